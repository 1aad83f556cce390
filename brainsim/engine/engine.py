"""The one interface of all engines, and what goes in and comes out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from brainsim.engine.errors import NetworkError
from brainsim.engine.network import Network, NeuronGroup, SourceGroup
from isocortex.progress import Advance

__all__ = ["Engine", "Keep", "Record", "RunResult", "Trial", "check_finite", "check_run"]

Keep = Literal["spikes", "counts"]


@dataclass(frozen=True)
class Trial:
    """One presentation of one stimulus.

    Its random numbers follow from the seed, `stimulus_id` and `trial` alone, so the same trial gives the same spikes in
    whatever company it is run.
    """

    stimulus: int  # row of the rates
    stimulus_id: int  # what the random numbers depend on
    trial: int


@dataclass(frozen=True, eq=False)
class Record:
    """A state variable to be kept: the value at the end of every `every`-th step, beginning with step 0."""

    group: int  # number of a group of neurons
    variable: str
    units: np.ndarray  # unit numbers
    every: int = 1  # steps


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run gives, group by group in the network's order; trials in the order given.

    A spike's step is the step in which the threshold was crossed; its time is the start of that step, as in Brian2.
    """

    counts: tuple[np.ndarray, ...]  # int32 (trial, unit)
    first: tuple[np.ndarray, ...]  # int32 (trial, unit), step of the first spike, -1 if none
    spikes: (
        tuple[list[tuple[np.ndarray, np.ndarray]], ...] | None
    )  # per trial (steps int32, units uint32), by step and unit
    traces: tuple[np.ndarray, ...]  # per record float64 (trial, sample, unit), SI


class Engine(ABC):
    """Runs trials of a network. Every engine gives the same spikes for the same network, trials and seed."""

    @abstractmethod
    def run(
        self,
        network: Network,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        steps: int,
        trials: Sequence[Trial],
        seed: int,
        threads: int | None = None,
        keep: Keep = "spikes",
        records: Sequence[Record] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Run every trial from the initial state.

        Parameters
        ----------
        network : Network
            What is simulated.
        rates : mapping of int to numpy.ndarray
            For the number of each source group the rates in Hz: (stimulus, unit), or (stimulus, bin, unit) where they
            change in time.
        bin_steps : int
            Steps that a bin of rates lasts.
        steps : int
            Steps a trial lasts.
        trials : sequence of Trial
            What is run.
        seed : int
            Of all random numbers, not negative.
        threads : int, optional
            Trials run side by side; as many as there are cores by default. Changes no bit of the result.
        keep : {"spikes", "counts"}
            "counts" leaves `RunResult.spikes` out.
        records : sequence of Record
            State variables to keep.
        advance : callable, optional
            Called with the number of trials just finished.

        Returns
        -------
        RunResult

        Raises
        ------
        NetworkError
            If rates, trials or records do not fit the network, or a state variable does not stay finite.
        EquationError
            If a group's equations are refused.
        """


def check_run(
    network: Network,
    rates: Mapping[int, np.ndarray],
    bin_steps: int,
    steps: int,
    trials: Sequence[Trial],
    keep: str,
    records: Sequence[Record],
) -> dict[int, np.ndarray]:
    """Check what a network shall be run with, and give the rates as float64 (stimulus, bin, unit).

    Raises
    ------
    NetworkError
        If something does not fit; the message names it.
    """
    for name, value in (("steps", steps), ("bin_steps", bin_steps)):
        if value < 1:
            raise NetworkError(f"{name}: must be at least 1, got {value}")
    if keep not in ("spikes", "counts"):
        raise NetworkError(f"keep: must be 'spikes' or 'counts', got {keep!r}")
    for number, record in enumerate(records):
        _check_record(f"records[{number}]", network, record)
    stimuli = 1 + max((trial.stimulus for trial in trials), default=-1)
    checked = {}
    for number, group in enumerate(network.groups):
        if isinstance(group, SourceGroup):
            if number not in rates:
                raise NetworkError(f"rates: {group.name} (group {number}) is a source and has none")
            bins = -(-steps // bin_steps)
            checked[number] = _checked_rates(group, rates[number], stimuli, bins, network.dt)
    for number in rates:
        if number not in checked:
            raise NetworkError(f"rates: group {number} is not a source, so it cannot have rates")
    return checked


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


def _checked_rates(group: SourceGroup, rates: np.ndarray, stimuli: int, bins: int, dt: float) -> np.ndarray:
    values = np.asarray(rates, dtype=np.float64)
    constant = values.ndim == 2
    if constant:
        values = values[:, None, :]
    if values.ndim != 3 or values.shape[2] != group.size or values.shape[0] < stimuli:
        raise NetworkError(
            f"rates of {group.name}: must be (stimulus, unit) or (stimulus, bin, unit) with at least {stimuli} stimuli "
            f"and {group.size} units, got {np.shape(rates)}"
        )
    if not constant and values.shape[1] < bins:
        raise NetworkError(f"rates of {group.name}: {values.shape[1]} bins, but the trial lasts {bins}")
    if not np.isfinite(values).all() or np.any(values < 0):
        raise NetworkError(f"rates of {group.name}: must be finite and not negative")
    if values.size and values.max() * dt > 1:
        raise NetworkError(
            f"rates of {group.name}: {values.max():g} Hz is more than one spike a step of {dt * 1e3:g} ms; "
            "lower the rate or the step"
        )
    return np.ascontiguousarray(values)


def _check_record(where: str, network: Network, record: Record) -> None:
    if not 0 <= record.group < len(network.groups) or not isinstance(network.groups[record.group], NeuronGroup):
        raise NetworkError(f"{where}.group: group {record.group} is not a group of neurons")
    units = np.asarray(record.units)
    if units.ndim != 1 or units.dtype.kind not in "iu":
        raise NetworkError(f"{where}.units: must be a list of unit numbers")
    size = network.groups[record.group].size
    if units.size and (units.min() < 0 or units.max() >= size):
        raise NetworkError(f"{where}.units: {network.groups[record.group].name} has units 0 to {size - 1}")
    if record.every < 1:
        raise NetworkError(f"{where}.every: must be at least 1 step, got {record.every}")
