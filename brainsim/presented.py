"""Stimuli as the engine takes them: rates or spikes of every group of sources, currents into groups of neurons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.brain import Brain
from brainsim.drives.spikes import spike_list
from brainsim.encoders.encoder import Events
from brainsim.errors import KindError, ModelError, StimulusError
from brainsim.fitting import current_targets
from brainsim.neurons import Poisson, SpikeSource
from brainsim.parts import Population
from brainsim.timing import steps_holding, whole_steps
from brainsim.units import to_si

__all__ = ["Presented", "presented"]


@dataclass(frozen=True, eq=False)
class Presented:
    """What the sources and neurons of a network are given.

    Parameters
    ----------
    rates : dict
        Number of a group of Poisson units -> Hz, (stimulus, unit) or (stimulus, bin, unit); number of a group of spike
        sources -> list of (steps, units), one a stimulus; number of a group of neurons -> ampere, as rates.
    bin_steps : int
        Steps that a bin lasts; the last one goes on.
    stimuli : int
        How many there are.
    """

    rates: dict[int, Any]
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
    rates: dict[int, Any] = {}
    bin_steps = {
        whole_steps(float(width), dt, f"Brain.inputs[{name!r}].bin")
        for name, encoder in brain.inputs.items()
        if (width := getattr(encoder, "bin", None)) is not None
    } or {steps or 1}
    if len(bin_steps) > 1:
        raise ModelError(f"Brain.inputs: encoders must have bins of one width, got {sorted(bin_steps)} steps")
    width = bin_steps.pop()
    bins = None if steps is None else -(-steps // width)
    for name, encoder in brain.inputs.items():
        own = stimuli[name] if isinstance(stimuli, Mapping) else stimuli

        def sources(kind: type, region: str = name) -> dict[str, Population]:
            return {one.name: one for one in brain.region(region).populations if isinstance(one.model, kind)}

        for source, (population, values) in _asked(name, encoder, "rates", sources(Poisson), own).items():
            full = f"{name}.{source}"
            rates[numbers[full]] = _covering(np.asarray(values), population.units, bins, full, "rates")
        neurons = current_targets(brain, name, encoder)
        for target, (population, values) in _asked(name, encoder, "currents", neurons, own).items():
            full = f"{name}.{target}"
            currents = _covering(np.asarray(values), population.units, bins, full, "currents")
            rates[numbers[full]] = to_si(currents.astype(np.float64), "pA")
        for source, (population, values) in _asked(name, encoder, "spikes", sources(SpikeSource), own).items():
            full = f"{name}.{source}"
            rates[numbers[full]] = _in_steps(values, population.units, dt, full)
    counts = {len(values) for values in rates.values()}
    if len(counts) > 1:
        raise StimulusError(f"stimuli: encoders were given different numbers of them, {sorted(counts)}")
    return Presented(rates, width, counts.pop())


def _covering(rates: np.ndarray, units: int, bins: int | None, where: str, what: str) -> np.ndarray:
    """Check rates or currents, and let their last bin go on to the end of the trial."""
    if rates.dtype.kind not in "biuf":
        raise KindError(f"{where}: {what} must be real numbers, got {rates.dtype}")
    if rates.ndim not in (2, 3) or rates.shape[-1] != units or 0 in rates.shape:
        raise StimulusError(
            f"{where}: {what} must be (stimulus, unit) or (stimulus, bin, unit) with {units} units, got {rates.shape}"
        )
    if not np.isfinite(rates).all():
        raise StimulusError(f"{where}: {what} must be finite")
    if what == "rates" and rates.min() < 0:
        raise StimulusError(f"{where}: rates must be finite and not negative")
    if rates.ndim == 3 and bins is not None:
        rates = rates[:, :bins]
        if rates.shape[1] < bins:
            rates = np.pad(rates, ((0, 0), (0, bins - rates.shape[1]), (0, 0)), mode="edge")
    return rates


def _asked(
    region: str, encoder: Any, method: str, asked: Mapping[str, Population], stimuli: Any
) -> dict[str, tuple[Population, Any]]:
    """Ask an encoder for the rates or spikes of a region's sources of one kind, or the currents into its neurons."""
    if not asked:
        return {}
    given = getattr(encoder, method)(stimuli, dict(asked))
    if not isinstance(given, Mapping):
        raise KindError(f"Brain.inputs[{region!r}]: its {method} must map populations to arrays, got {given!r}")
    if missing := [one for one in asked if one not in given]:
        raise ModelError(f"Brain.inputs[{region!r}]: its encoder gives no {method} for {region}.{missing[0]}")
    return {name: (population, given[name]) for name, population in asked.items()}


def _in_steps(given: Any, units: int, dt: float, where: str) -> list[Events]:
    """Check listed spikes, and give their times in steps."""
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise KindError(f"{where}: spikes must be a list of (times, units), one a stimulus, got {given!r}")
    if not given:
        raise StimulusError(f"{where}: stimuli are empty")
    events = []
    for number, one in enumerate(given):
        if not isinstance(one, Sequence) or len(one) != 2:
            raise KindError(f"{where}: spikes of stimulus {number} must be a pair of (times, units), got {one!r}")
        times, who = spike_list(one[0], one[1], f"{where}: stimulus {number}")
        if len(who) and who.max() >= units:
            raise StimulusError(f"{where}: stimulus {number} has a spike of unit {who.max()}, of 0 to {units - 1}")
        steps = steps_holding(times, dt)
        order = np.lexsort((who, steps))
        twice = order[:-1][(np.diff(steps[order]) == 0) & (np.diff(who[order]) == 0)]
        if len(twice):
            raise StimulusError(
                f"{where}: stimulus {number} lets unit {who[twice[0]]} spike twice in the step of {dt:g} ms at "
                f"{times[twice[0]]:g} ms; take one of them out, or lower dt"
            )
        events.append((steps, who))
    return events
