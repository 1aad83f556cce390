"""State variables through time."""

from typing import TYPE_CHECKING

from brainsim.plots.canvas import axes_or_new
from brainsim.recording import Recording, check_position, single
from isocortex.style import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["traces"]

LEGEND = 5  # curves that a legend tells apart


def traces(
    recording: Recording,
    population: str,
    variable: str = "v",
    stimulus: int = 0,
    trial: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a recorded state variable, one line a unit.

    Parameters
    ----------
    recording : Recording
        With the variable recorded.
    population, variable : str
        Which: ``"v"``, a receptor's name, or any other that was recorded.
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
    >>> import brainsim
    >>> import matplotlib.pyplot as plt
    >>> record = [brainsim.Record("cortex.E", "v", units=range(3))]
    >>> recording = brainsim.simulate(brainsim.atlas.coba(), duration=50, record=record)
    >>> axes = traces(recording, "cortex.E")
    >>> axes.get_ylabel()
    'Membrane potential (mV)'
    >>> plt.close(axes.figure)
    """
    single(recording, population)
    check_position(stimulus, len(recording.stimulus_ids), "traces: stimulus")
    check_position(trial, recording.trials, "traces: trial")
    trace = recording.trace(population, variable)[stimulus, trial]
    axes = axes_or_new(ax)
    units = trace.sizes["unit"]
    for position in range(units):
        label = f"unit {int(trace['unit'][position])}"
        shade = colour(position) if units <= LEGEND else None
        axes.plot(trace["time"].values, trace.values[:, position], linewidth=0.8, label=label, color=shade)
    axes.set(xlim=(recording.start, recording.end), xlabel="Time (ms)", ylabel=_label(variable, trace.units))
    axes.set_title(population)
    if 1 < units <= LEGEND:
        axes.legend()
    return axes


def _label(variable: str, unit: str) -> str:
    if variable == "v" and unit == "mV":
        return "Membrane potential (mV)"
    quantity = {"nS": f"{variable} conductance", "pA": f"{variable} current"}.get(unit, variable)
    return quantity if unit == "1" else f"{quantity} ({unit})"
