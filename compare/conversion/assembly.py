"""From a trained network to a spiking brain."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.balancing import data_scales, model_scales, stage_activity
from compare.conversion.reading import stages_of
from compare.conversion.stage import Stage
from compare.errors import ConversionError, InvalidActivityError, InvalidOptionError
from isocortex.errors import nearest

if TYPE_CHECKING:
    from ann.network import Network
    from brainsim import Brain, Projection

__all__ = ["LAG", "STEP", "UNITS", "to_spiking"]

STEP = 1.0
"""Length of a step in ms for which a converted brain is made."""

LAG = 2
"""Steps from a spike to when its target can answer: one on the way, and it arrives after that step's threshold."""

UNITS = "units"
"""Name of the one population of every region."""


def to_spiking(
    model: "Network",
    images: Any,
    *,
    balancing: str = "data",
    percentile: float = 99.9,
    start: float = 0.5,
    name: str | None = None,
) -> "Brain":
    """Give a trained network as a brain of integrate-and-fire units, a region a layer.

    The rate of a unit becomes proportional to the activation that it stands for: spikes of layer l reach the next with
    the network's own weights times ``scale_l``, thresholds are the scales, and resets subtract the threshold, so no
    charge is lost. The stimulus is a constant current into the first layer, ``x W``, and biases are constant currents.

    Parameters
    ----------
    model : ann.Sequential
        A chain of Dense, Conv2D, ReLU, average and max-pooling, batch normalisation, Flatten and Dropout; the last
        activation may be softmax or sigmoid, and is then read by its input.
    images : array-like (stimulus, ...)
        To calibrate with, as the network takes them; not those that it will be judged by.
    balancing : {"data", "model"}
        What a spike stands for: by the activations on `images`, or by the weights alone.
    percentile : float
        Of each layer's activations, which becomes its scale; 100 is the largest. For ``"data"`` only.
    start : float
        Potential at the beginning, as a share of the threshold: 0.5 rounds to the nearest spike, 0 rounds down.
    name : str, optional
        Of the brain; the network's by default.

    Returns
    -------
    brainsim.Brain
        Run it at steps of 1 ms: ``brainsim.simulate(brain, images, duration=T, dt=1)`` is T steps. A unit's activation
        is ``V_th * count / steps``; `read_out` gives it for every layer.

    Raises
    ------
    ConversionError
        If a layer cannot be told by spikes; names it, and what to do.
    ActivityTypeError, InvalidActivityError, InvalidOptionError
        If something is no network, no stimuli, or no such option.

    Notes
    -----
    Diehl et al. (2015, doi:10.1109/IJCNN.2015.7280696) scale the weights and leave thresholds at 1; here the weights
    stay and thresholds are the scales, which is the same but for units. Reset by subtraction, analog input, biases,
    percentiles and folded normalisation are those of Rueckauer et al. (2017, doi:10.3389/fnins.2017.00682).

    Examples
    --------
    >>> import ann, numpy as np
    >>> model = ann.Sequential([ann.layers.Dense(4, activation="relu", input_shape=(3,)), ann.layers.Dense(2)], seed=1)
    >>> to_spiking(model, np.random.default_rng(0).random((20, 3)))
    Brain('sequential': 2 regions, 6 units, 1 projections)
    """
    from brainsim import Brain, CurrentDrive
    from brainsim.encoders import Current

    _check_options(balancing, percentile, start)
    stages = stages_of(model)
    stimuli = _calibration(images)
    activity = stage_activity(model, stages, stimuli)
    if balancing == "data":
        scales = data_scales(activity, stages, percentile)
    else:
        scales = model_scales(activity, stages, float(np.abs(stimuli).max()))
    first = stages[0]
    if first.layers == () and stimuli.min() < 0:
        raise ConversionError(
            f"{stages[1].name}: pools stimuli that hold negative numbers, down to {stimuli.min():g}, which spikes "
            "cannot tell; shift them above 0 for the network, or put a Conv2D first"
        )
    drives = [
        CurrentDrive(f"{stage.name}.{UNITS}", stage.bias, start=depth * LAG * STEP)
        for depth, stage in enumerate(stages)
        if stage.bias is not None and stage.bias.any()
    ]
    return Brain(
        name or str(model.name or "converted"),
        [_region(stage, scales[stage.name], start) for stage in stages],
        [
            projection
            for before, stage in pairwise(stages)
            for projection in _projections(before, stage, scales[before.name])
        ],
        drives,
        inputs={first.name: Current(wiring=first.rule, shape=first.source)},
    )


def _region(stage: Stage, scale: float, start: float) -> Any:
    from brainsim import IntegrateAndFire, Maximum, Population, Region

    if stage.slots:
        return Region(stage.name, [Population(UNITS, Maximum(len(stage.slots), scale), shape=stage.shape)], "largest")
    cell, initial = IntegrateAndFire(V_th=scale), {"v": start * scale}
    cells = Population(UNITS, cell, shape=stage.shape, initial=initial, excitatory=True)
    return Region(stage.name, [cells], "rectified" if stage.rectified else "read by its input")


def _projections(before: Stage, stage: Stage, scale: float) -> "Sequence[Projection]":
    from brainsim import Delta, Projection, Tally, wiring

    ends = (f"{before.name}.{UNITS}", f"{stage.name}.{UNITS}")
    if not stage.slots:
        return [Projection(*ends, stage.rule, Delta(), weight=scale, delay=STEP)]  # type: ignore[arg-type]
    return [
        Projection(*ends, wiring.from_pairs(*pairs), Tally(slot), weight=scale, delay=STEP)
        for slot, pairs in enumerate(stage.slots)
        if len(pairs[0])
    ]


def _calibration(images: Any) -> np.ndarray:
    try:
        stimuli = np.asarray(images, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidActivityError("images: must be an array of numbers, stimuli first") from None
    if stimuli.ndim < 2 or 0 in stimuli.shape:
        raise InvalidActivityError(f"images: must be (stimulus, ...) to calibrate with, got shape {stimuli.shape}")
    return stimuli


def _check_options(balancing: str, percentile: float, start: float) -> None:
    if balancing not in ("data", "model"):
        raise InvalidOptionError(f"balancing: {balancing!r} is unknown; {nearest(str(balancing), ['data', 'model'])}")
    for label, value, low, high in (("percentile", percentile, 0, 100), ("start", start, 0, 1)):
        if not isinstance(value, (int, float)) or not low <= value <= high or (label == "percentile" and value == 0):
            bounds = "above 0 and at most 100" if label == "percentile" else "from 0 to 1"
            raise InvalidOptionError(f"{label}: must be {bounds}, got {value!r}")
