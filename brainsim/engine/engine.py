"""The one interface of all engines, and what goes in and comes out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from brainsim.engine.network import Network
from isocortex.progress import Advance

__all__ = ["AnyRecord", "Engine", "Interrupted", "Keep", "Record", "RunResult", "Session", "SynapseRecord", "Trial"]

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
class SynapseRecord:
    """Weights of plastic synapses to be kept, at the same times as a `Record`'s values."""

    projection: int  # number of a projection with a synapse model
    units: np.ndarray  # synapse numbers, in order of creation
    every: int = 1  # steps


AnyRecord = Record | SynapseRecord


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


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run, with what had been computed by then.

    Parameters
    ----------
    result : RunResult
        As if every trial had ended with the step that it reached; traces hold zeros beyond it.
    reached : numpy.ndarray of int64 (trial)
        How many steps each trial did.
    """

    def __init__(self, result: RunResult, reached: np.ndarray) -> None:
        super().__init__("interrupted")
        self.result, self.reached = result, reached


class Session(ABC):
    """One network that is run on and on; what it does next follows from its state, the stimulus and the step.

    ``run(a)`` and then ``run(b)`` give, bit for bit, what ``run(a + b)`` gives: random numbers are keyed by the
    absolute step. Groups and projections are addressed by their numbers, values are in SI units.
    """

    @property
    @abstractmethod
    def step(self) -> int:
        """How many steps have been run."""

    @abstractmethod
    def run(
        self,
        steps: int,
        keep: Keep = "spikes",
        records: Sequence[AnyRecord] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Go on for `steps` steps.

        Parameters
        ----------
        steps : int
            At least 1.
        keep : {"spikes", "counts"}
            "counts" leaves `RunResult.spikes` out.
        records : sequence of Record or SynapseRecord
            Sampled at the end of those steps that are multiples of `Record.every`, counted from step 0 of the session.
        advance : callable, optional
            Called with the number of steps just done, from the calling thread, some ten times a second.

        Returns
        -------
        RunResult
            Of one trial. Steps are absolute; counts and first spikes are those of this call.

        Raises
        ------
        NetworkError
            If a record does not fit the network, or a state variable does not stay finite.
        Interrupted
            On Ctrl-C. The session is then whole, at the step that it reached, and can be run on.
        """

    @abstractmethod
    def present(self, rates: Mapping[int, np.ndarray], bin_steps: int, trial: Trial) -> None:
        """Present another stimulus from now on; the state stays.

        Bins count from now, and random numbers become those of `trial` at the steps to come.

        Raises
        ------
        NetworkError
            If the rates do not fit the network.
        """

    @abstractmethod
    def state(self) -> dict[str, np.ndarray]:
        """Give everything that the future depends on, beside the network, the seed and the stimulus.

        It is the same on all engines; `brainsim.engine.state` says what is in it.
        """

    @abstractmethod
    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back, or forth, to a state.

        Raises
        ------
        NetworkError
            If it is not a state of this network.
        """

    @abstractmethod
    def get(self, group: int, variable: str) -> np.ndarray:
        """Give a state variable of all units, a copy.

        Raises
        ------
        NetworkError
            If the group has no such variable.
        """

    @abstractmethod
    def set(self, group: int, variable: str, values: np.ndarray) -> None:
        """Set a state variable of all units.

        Raises
        ------
        NetworkError
            If the group has no such variable, or the values are not finite or not one a unit.
        """

    @abstractmethod
    def synapses(self, projection: int) -> dict[str, np.ndarray]:
        """Give the synapses of a projection as they are now, in order of creation, (synapse,).

        Returns
        -------
        dict of str to numpy.ndarray
            The weight ``w``, and the variables of `Projection.synapse`; SI.

        Raises
        ------
        NetworkError
            If there is no such projection.
        """

    @abstractmethod
    def change_weights(self, projection: int, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        """Change the weights of a plastic projection as a whole.

        Parameters
        ----------
        projection : int
            Which.
        change : callable
            From weights (synapse), in SI, and their targets (synapse), in an order of the engine's own, to the new
            weights. What passes the bounds of the plasticity stops there.

        Raises
        ------
        NetworkError
            If the weights are constant, or do not stay finite.
        """

    @abstractmethod
    def set_synapses(self, projection: int, values: Mapping[str, np.ndarray]) -> None:
        """Set weights, or variables that are each synapse's own, in order of creation.

        Raises
        ------
        NetworkError
            If they cannot be set, are not finite, not one a synapse, or beyond bounds.
        """


class Engine(ABC):
    """Runs trials of a network. Every engine gives the same spikes for the same network, trials and seed."""

    @abstractmethod
    def start(
        self,
        network: Network,
        trial: Trial,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        seed: int,
        threads: int | None = None,
    ) -> Session:
        """Begin a session from the initial state; the parameters are those of `run`.

        Raises
        ------
        NetworkError, EquationError
            If something does not fit the network, or equations are refused.
        """

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
        records: Sequence[AnyRecord] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Run every trial from the initial state.

        Parameters
        ----------
        network : Network
            What is simulated.
        rates : mapping of int to numpy.ndarray
            For the number of each source group the rates in Hz: (stimulus, unit), or (stimulus, bin, unit) where they
            change in time; for that of each spike group a list of (steps, units), one a stimulus.
        bin_steps : int
            Steps that a bin of rates lasts; the last one goes on.
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
        records : sequence of Record or SynapseRecord
            State variables to keep.
        advance : callable, optional
            Called with the number of steps just done, of all trials together, from the calling thread, some ten times
            a second.

        Returns
        -------
        RunResult

        Raises
        ------
        NetworkError
            If rates, trials or records do not fit the network, or a state variable does not stay finite.
        EquationError
            If a group's equations are refused.
        Interrupted
            On Ctrl-C.
        """
