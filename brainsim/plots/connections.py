"""Weights: as a matrix, as the fields that units have learned, and through time."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from brainsim.errors import KindError, ParameterError
from brainsim.plots.canvas import axes_or_new
from brainsim.recording import Recording, check_position, chosen
from brainsim.wiring.rule import count
from isocortex.style import COLORS, DIVERGING, SEQUENTIAL, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["weight_fields", "weight_matrix", "weights_over_time"]

LINES = 20  # curves that can be followed one by one


def weight_matrix(weights: Any, unit: str = "nS", ax: "Axes | None" = None) -> "Axes":
    """Draw weights as an image: target units across, source units downwards; where there is no synapse, white.

    Parameters
    ----------
    weights : array-like (source, target) or scipy.sparse array
        In a dense array, 0 and NaN are no synapse.
    unit : str
        Of the weights.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError
        If it is no matrix of numbers.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = weight_matrix([[0.5, 0], [1, 2]])
    >>> axes.get_xlabel()
    'Target unit'
    >>> plt.close(axes.figure)
    """
    matrix = _matrix(weights, "weight_matrix")
    shown = np.ma.masked_where((matrix == 0) | np.isnan(matrix), matrix)
    axes = axes_or_new(ax)
    # Square synapses as long as the matrix is about square; a sliver would show nothing.
    _image(axes, shown, unit, "equal" if max(shown.shape) <= 2 * min(shown.shape) else "auto")
    axes.set(xlabel="Target unit", ylabel="Source unit")
    return axes


def weight_fields(
    weights: Any,
    shape: Sequence[int],
    units: Sequence[int] | None = None,
    columns: int | None = None,
    unit: str = "nS",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw what each unit has learned to respond to: its weights, laid out as its sources are, side by side.

    Parameters
    ----------
    weights : array-like (source, target) or scipy.sparse array
        From a population on a grid.
    shape : (height, width)
        Of that grid.
    units : sequence of int, optional
        Which target units are drawn, row by row; all by default.
    columns : int, optional
        How many stand in a row; about as many as there are rows by default.
    unit : str
        Of the weights.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    KindError, ParameterError
        If it is no matrix of numbers, its sources do not fill the grid, or there is no such unit.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> axes = weight_fields(np.random.default_rng(0).random((16, 3)), shape=(4, 4))
    >>> len(axes.images)
    1
    >>> plt.close(axes.figure)
    """
    matrix = _matrix(weights, "weight_fields")
    height, width = shape if len(shape) == 2 else (0, 0)
    if height * width != len(matrix) or height < 1:
        raise ParameterError(f"weight_fields: shape {tuple(shape)} is not a (height, width) of {len(matrix)} sources")
    drawn = list(range(matrix.shape[1])) if units is None else list(units)
    if not drawn:
        raise ParameterError("weight_fields: units must be at least one, got none")
    for one in drawn:
        check_position(one, matrix.shape[1], "weight_fields: units")
    across = math.ceil(math.sqrt(len(drawn))) if columns is None else count(columns, "weight_fields: columns", least=1)
    down = math.ceil(len(drawn) / across)
    # One pixel of nothing between neighbours.
    mosaic = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for position, one in enumerate(drawn):
        row, column = divmod(position, across)
        top, left = row * (height + 1), column * (width + 1)
        mosaic[top : top + height, left : left + width] = matrix[:, one].reshape(height, width)
    axes = axes_or_new(ax)
    _image(axes, np.ma.masked_invalid(mosaic), unit, "equal")
    axes.set_axis_off()
    axes.set_title(f"Weights onto {len(drawn)} of {matrix.shape[1]} units,\n{height} × {width} sources each")
    return axes


def weights_over_time(
    recording: Recording,
    projection: str,
    variable: str = "w",
    stimulus: int = 0,
    trial: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how synapses change: one line each, or their median and spread where there are more than 20.

    Parameters
    ----------
    recording : Recording
        With the variable of the synapses recorded.
    projection, variable : str
        Which.
    stimulus, trial : int
        Positions.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError, ParameterError, KindError
        If it was not recorded, or there is no such stimulus or trial.

    Examples
    --------
    >>> import brainsim, numpy as np
    >>> import matplotlib.pyplot as plt
    >>> from brainsim import AMPA, LIF, STDP, Brain, Poisson, Population, Projection, RecordWeights, Region
    >>> eye = Region("eye", [Population("P", Poisson(), size=50)])
    >>> cortex = Region("cortex", [Population("E", LIF(), size=4)])
    >>> every = brainsim.wiring.all_to_all()
    >>> way = Projection("eye.P", "cortex.E", every, AMPA(), weight=0.5, name="seen", plasticity=STDP(W_max=1))
    >>> brain = Brain("learner", [eye, cortex], [way], inputs={"eye": brainsim.encoders.Rate(max_rate=40)})
    >>> recording = brainsim.simulate(brain, np.ones((1, 50)), duration=50, record=[RecordWeights("seen", every=5)])
    >>> axes = weights_over_time(recording, "seen")
    >>> axes.get_xlabel()
    'Time (ms)'
    >>> plt.close(axes.figure)
    """
    chosen(recording, None)
    check_position(stimulus, len(recording.stimulus_ids), "weights_over_time: stimulus")
    check_position(trial, recording.trials, "weights_over_time: trial")
    trace = recording.synapse_trace(projection, variable)[stimulus, trial]
    time, values = trace["time"].values, trace.values
    axes = axes_or_new(ax)
    if trace.sizes["synapse"] <= LINES:
        for position in range(trace.sizes["synapse"]):
            axes.plot(time, values[:, position], linewidth=0.8, color=colour(position))
    else:
        lowest, low, middle, high, highest = np.quantile(values, [0, 0.05, 0.5, 0.95, 1], axis=1)
        blue = COLORS["blue"]
        axes.fill_between(time, lowest, highest, color=blue, alpha=0.15, linewidth=0, label="all")
        axes.fill_between(time, low, high, color=blue, alpha=0.3, linewidth=0, label="5 to 95 %")
        axes.plot(time, middle, color=blue, label="median")
        # Above the axes, since weights may lie anywhere.
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.0)
    what = "Weight" if variable == "w" else variable
    label = what if trace.units == "1" else f"{what} ({trace.units})"
    axes.set(xlim=(recording.start, recording.end), xlabel="Time (ms)", ylabel=label)
    several = trace.sizes["synapse"] > LINES
    name = f"{projection}: {trace.sizes['synapse']:,} synapses" if several else projection
    axes.set_title(name, pad=24 if several else None)
    return axes


def _matrix(weights: Any, where: str) -> np.ndarray:
    dense = weights.toarray() if hasattr(weights, "toarray") else weights
    try:
        matrix = np.asarray(dense, dtype=np.float64)
    except (TypeError, ValueError):
        raise KindError(f"{where}: weights must be a matrix of numbers, got {type(weights).__name__}") from None
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise KindError(f"{where}: weights must be (source, target), got shape {matrix.shape}")
    return matrix


def _image(axes: "Axes", shown: np.ma.MaskedArray, unit: str, aspect: Literal["equal", "auto"]) -> None:
    """Draw a matrix and its colour bar: around 0 where it has both signs, else from the lowest to the highest."""
    low, high = (float(shown.min()), float(shown.max())) if shown.count() else (0.0, 1.0)
    if low < 0 < high:
        high = max(high, -low)
        low = -high
    image = axes.imshow(
        shown,
        aspect=aspect,
        cmap=DIVERGING if low < 0 < high else SEQUENTIAL,
        vmin=low,
        vmax=high,
        interpolation="none",
    )
    axes.figure.colorbar(image, ax=axes, label="Weight" if unit == "1" else f"Weight ({unit})", shrink=0.9)
