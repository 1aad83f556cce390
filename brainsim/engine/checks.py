"""What an engine is asked to run is checked before anything is computed, and what it computed afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainsim.engine.engine import AnyRecord, SynapseRecord, Trial
from brainsim.engine.errors import NetworkError
from brainsim.engine.listed import check_listed
from brainsim.engine.network import Network, NeuronGroup, SourceGroup, SpikeGroup

LAST_STEP = 2**31 - 1  # a spike's step is stored in 32 bits

__all__ = ["check_changing", "check_finite", "check_rates", "check_records", "check_run", "check_trial"]


def check_run(
    network: Network,
    rates: Mapping[int, Any],
    bin_steps: int,
    steps: int,
    trials: Sequence[Trial],
    keep: str,
    records: Sequence[AnyRecord],
) -> dict[int, Any]:
    """Check what a network shall be run with, and give the rates and spikes as `check_rates` does.

    Raises
    ------
    NetworkError
        If something does not fit; the message names it.
    """
    check_records(network, steps, keep, records)
    stimuli = 1 + max((trial.stimulus for trial in trials), default=-1)
    checked = check_rates(network, rates, bin_steps, stimuli)
    bins = -(-steps // bin_steps)
    for number, values in checked.items():
        if isinstance(values, np.ndarray) and np.ndim(rates[number]) == 3 and values.shape[1] < bins:
            name = network.groups[number].name
            raise NetworkError(f"rates of {name}: {values.shape[1]} bins, but the trial lasts {bins}")
    return checked


def check_records(network: Network, steps: int, keep: str, records: Sequence[AnyRecord], step: int = 0) -> None:
    """Check how long is run from `step` on, and what is to be kept of it.

    Raises
    ------
    NetworkError
        If something does not fit; the message names it.
    """
    if steps < 1:
        raise NetworkError(f"steps: must be at least 1, got {steps}")
    if step + steps > LAST_STEP:
        raise NetworkError(f"steps: {step} + {steps} are more than the {LAST_STEP} that can be numbered; raise dt")
    if keep not in ("spikes", "counts"):
        raise NetworkError(f"keep: must be 'spikes' or 'counts', got {keep!r}")
    for number, record in enumerate(records):
        _check_record(f"records[{number}]", network, record)


def check_rates(network: Network, rates: Mapping[int, Any], bin_steps: int, stimuli: int) -> dict[int, Any]:
    """Check what the sources do, and what neurons are given, for `stimuli` stimuli or more.

    Rates and values become float64 (stimulus, bin, unit), listed spikes a list of `brainsim.engine.listed.Listed`.

    Raises
    ------
    NetworkError
        If a source has none, or they do not fit it.
    """
    if bin_steps < 1:
        raise NetworkError(f"bin_steps: must be at least 1, got {bin_steps}")
    checked: dict[int, Any] = {}
    for number, group in enumerate(network.groups):
        if isinstance(group, SourceGroup):
            if number not in rates:
                raise NetworkError(f"rates: {group.name} (group {number}) is a source and has none")
            checked[number] = _checked_rates(group, rates[number], stimuli, network.dt)
        elif isinstance(group, SpikeGroup):
            if number not in rates:
                raise NetworkError(f"rates: {group.name} (group {number}) is a source and has no spikes")
            checked[number] = check_listed(group, rates[number], stimuli)
        elif number in network.shown:
            if number not in rates:
                raise NetworkError(f"rates: {group.name} (group {number}) follows the stimulus and has no values")
            checked[number] = _checked_values(group, rates[number], stimuli)
    for number in rates:
        if number not in checked:
            raise NetworkError(f"rates: group {number} is not a source, so it cannot have rates")
    return checked


def check_changing(network: Network, projection: int) -> None:
    """Check that a projection is there, and that its synapses can be changed.

    Raises
    ------
    NetworkError
        If not.
    """
    if not 0 <= projection < len(network.projections):
        raise NetworkError(f"synapses: there is no projection {projection}, only {len(network.projections)}")
    if network.projections[projection].synapse is None:
        raise NetworkError(f"synapses: those of projection {projection} are constant; give it a synapse model")


def check_trial(trial: Trial) -> None:
    """Check the numbers of a trial.

    Raises
    ------
    NetworkError
        If one is negative: rows of rates count from 0.
    """
    for name in ("stimulus", "stimulus_id", "trial"):
        if getattr(trial, name) < 0:
            raise NetworkError(f"Trial.{name}: must not be negative, got {getattr(trial, name)}")


def check_finite(group: str, variable: str, values: np.ndarray) -> None:
    """Check a state variable at the end of a trial: a unit whose potential is NaN would merely seem silent.

    Raises
    ------
    NetworkError
        If a value is NaN or infinite.
    """
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise NetworkError(
            f"{group}: {variable} of unit {bad[0]} became {values[bad[0]]}, so the integration is unstable; lower dt, "
            "or use method 'exponential_euler' or 'exact'"
        )


def _checked_values(group: NeuronGroup | SourceGroup, given: np.ndarray, stimuli: int) -> np.ndarray:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim == 2:
        values = values[:, None, :]
    if values.ndim != 3 or values.shape[2] != group.size or values.shape[0] < stimuli or not values.shape[1]:
        raise NetworkError(
            f"rates of {group.name}: must be (stimulus, unit) or (stimulus, bin, unit) with at least {stimuli} stimuli "
            f"and {group.size} units, got {np.shape(given)}"
        )
    if not np.isfinite(values).all():
        raise NetworkError(f"rates of {group.name}: must be finite")
    return np.ascontiguousarray(values)


def _checked_rates(group: SourceGroup, rates: np.ndarray, stimuli: int, dt: float) -> np.ndarray:
    values = _checked_values(group, rates, stimuli)
    if np.any(values < 0):
        raise NetworkError(f"rates of {group.name}: must be finite and not negative")
    if values.size and values.max() * dt > 1:
        raise NetworkError(
            f"rates of {group.name}: {values.max():g} Hz is more than one spike a step of {dt * 1e3:g} ms; "
            "lower the rate or the step"
        )
    return values


def _check_record(where: str, network: Network, record: AnyRecord) -> None:
    if isinstance(record, SynapseRecord):
        check_changing(network, record.projection)
        projection = network.projections[record.projection]
        if projection.synapse is None or not projection.synapse.plastic:
            raise NetworkError(f"{where}: the weights of projection {record.projection} are constant")
        name, size = f"projection {record.projection}", projection.connections.synapses
    else:
        if not 0 <= record.group < len(network.groups) or not isinstance(network.groups[record.group], NeuronGroup):
            raise NetworkError(f"{where}.group: group {record.group} is not a group of neurons")
        name, size = network.groups[record.group].name, network.groups[record.group].size
    units = np.asarray(record.units)
    if units.ndim != 1 or units.dtype.kind not in "iu":
        raise NetworkError(f"{where}.units: must be a list of unit numbers")
    if units.size and (units.min() < 0 or units.max() >= size):
        raise NetworkError(f"{where}.units: {name} has units 0 to {size - 1}")
    if record.every < 1:
        raise NetworkError(f"{where}.every: must be at least 1 step, got {record.every}")
