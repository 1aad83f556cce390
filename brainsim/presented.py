"""Stimuli as the engine takes them: an encoder's rates, for every group of Poisson units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.brain import Brain
from brainsim.errors import KindError, ModelError, StimulusError
from brainsim.neurons import Poisson
from brainsim.timing import whole_steps

__all__ = ["Presented", "presented"]


@dataclass(frozen=True, eq=False)
class Presented:
    """What the sources of a network are given.

    Parameters
    ----------
    rates : dict of int to numpy.ndarray
        Number of a group -> Hz, (stimulus, unit) or (stimulus, bin, unit).
    bin_steps : int
        Steps that a bin lasts; the last one goes on.
    stimuli : int
        How many there are.
    """

    rates: dict[int, np.ndarray]
    bin_steps: int
    stimuli: int


def presented(brain: Brain, stimuli: Any, dt: float, steps: int | None = None) -> Presented:
    """Ask the encoders.

    Parameters
    ----------
    brain : Brain
        Whose.
    stimuli : Any
        What they take, stimuli first; a mapping gives each region its own.
    dt : float
        Step in ms.
    steps : int, optional
        Length of a trial, which rates are cut or extended to; they are left as they are where it is not known.

    Raises
    ------
    StimulusError, ModelError, KindError, ParameterError
        If stimuli and encoders do not fit, or an encoder gives what cannot be used.
    """
    if not brain.inputs:
        if stimuli is not None:
            raise StimulusError(f"simulate: brain {brain.name!r} has no encoder, so it takes no stimuli")
        return Presented({}, steps or 1, 1)
    if stimuli is None:
        raise StimulusError(f"simulate: brain {brain.name!r} needs stimuli for {', '.join(brain.inputs)}")
    if isinstance(stimuli, Mapping) and set(stimuli) != set(brain.inputs):
        raise StimulusError(f"stimuli: must be for {sorted(brain.inputs)}, got {sorted(map(str, stimuli))}")
    numbers = {name: position for position, name in enumerate(brain.populations)}
    rates: dict[int, np.ndarray] = {}
    bin_steps = {
        whole_steps(float(width), dt, f"Brain.inputs[{name!r}].bin")
        for name, encoder in brain.inputs.items()
        if (width := getattr(encoder, "bin", None)) is not None
    } or {steps or 1}
    if len(bin_steps) > 1:
        raise ModelError(f"Brain.inputs: encoders must have bins of one width, got {sorted(bin_steps)} steps")
    width = bin_steps.pop()
    for name, encoder in brain.inputs.items():
        sources = {one.name: one for one in brain.region(name).populations if isinstance(one.model, Poisson)}
        given = encoder.rates(stimuli[name] if isinstance(stimuli, Mapping) else stimuli, sources)
        if not isinstance(given, Mapping):
            raise KindError(f"Brain.inputs[{name!r}]: its rates must map populations to arrays, got {given!r}")
        for source, population in sources.items():
            full = f"{name}.{source}"
            if source not in given:
                raise ModelError(f"Brain.inputs[{name!r}]: its encoder gives no rates for {full}")
            rates[numbers[full]] = _covering(
                np.asarray(given[source]), population.units, None if steps is None else -(-steps // width), full
            )
    counts = {len(values) for values in rates.values()}
    if len(counts) > 1:
        raise StimulusError(f"stimuli: encoders were given different numbers of them, {sorted(counts)}")
    return Presented(rates, width, counts.pop())


def _covering(rates: np.ndarray, units: int, bins: int | None, where: str) -> np.ndarray:
    """Check rates, and let their last bin go on to the end of the trial."""
    if rates.dtype.kind not in "biuf":
        raise KindError(f"{where}: rates must be real numbers, got {rates.dtype}")
    if rates.ndim not in (2, 3) or rates.shape[-1] != units or 0 in rates.shape:
        raise StimulusError(
            f"{where}: rates must be (stimulus, unit) or (stimulus, bin, unit) with {units} units, got {rates.shape}"
        )
    if not np.isfinite(rates).all() or rates.min() < 0:
        raise StimulusError(f"{where}: rates must be finite and not negative")
    if rates.ndim == 3 and bins is not None:
        rates = rates[:, :bins]
        if rates.shape[1] < bins:
            rates = np.pad(rates, ((0, 0), (0, bins - rates.shape[1]), (0, 0)), mode="edge")
    return rates
