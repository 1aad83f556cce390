"""What comes from outside, as plain data in SI units: each input acts on one variable of one group of neurons.

Two kinds. Event inputs add to a state variable where synapses do, after the threshold and before the projections'
spikes. Continuous inputs set an *external* variable of the group (`NeuronGroup.external`) at the start of every step,
before the state update: it is 0, and each of its inputs adds its own, in the network's order.

Steps and bins count from the beginning of the trial or session, and so does every input; a stimulus that is presented
later changes none of them but the random numbers' key.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from brainsim.engine.errors import NetworkError
from brainsim.engine.values import check_values

__all__ = [
    "Input",
    "NormalInput",
    "OrnsteinUhlenbeckInput",
    "PoissonInput",
    "SpikeInput",
    "StimulusInput",
    "TimedInput",
    "input_streams",
]


@dataclass(frozen=True, eq=False)
class Input(ABC):
    """One input onto `variable` of the group of neurons with the number `target`."""

    target: int
    variable: str

    continuous: ClassVar[bool] = False
    """Whether it sets an external variable; an event input adds to a state variable."""

    remembers: ClassVar[bool] = False
    """Whether its next values depend on one number a unit of its own, which is part of a session's state."""

    stream: ClassVar[str] = ""
    """Kind of its random stream; empty where nothing is random."""

    @abstractmethod
    def check(self, where: str, size: int) -> None:
        """Check the numbers against the target's size.

        Raises
        ------
        NetworkError
            If they cannot be used.
        """


@dataclass(frozen=True, eq=False)
class PoissonInput(Input):
    """Background: in every step each unit gets ``weight`` times a Poisson count of mean ``rate * dt``.

    Each unit's counts are independent of all others'.

    Parameters
    ----------
    rate : float or numpy.ndarray
        Hz; of all units, (unit), or with `bin_steps` (bin, unit) or (bin, 1).
    weight : float
        SI.
    bin_steps : int, optional
        Steps that a bin of rates lasts; the last one goes on.
    """

    rate: float | np.ndarray
    weight: float
    bin_steps: int | None = None

    stream: ClassVar[str] = "input"

    def check(self, where: str, size: int) -> None:
        """Check rate, weight and bins."""
        check_values(f"{where}.weight", self.weight, 0)
        if self.bin_steps is None:
            check_values(f"{where}.rate", self.rate, size, low=0.0)
        else:
            _check_bins(f"{where}.rate", self.rate, self.bin_steps, size, low=0.0)

    def means(self, dt: float) -> np.ndarray:
        """Give the mean count in a step, (bin, unit) or (bin, 1)."""
        rate = np.atleast_1d(np.asarray(self.rate, dtype=np.float64)) * dt
        return rate if self.bin_steps is not None else rate[None, :]


@dataclass(frozen=True, eq=False)
class SpikeInput(Input):
    """Listed events: in step ``steps[k]`` unit ``units[k]`` gets ``weights[k]``; several in one step add up.

    Parameters
    ----------
    steps, units : numpy.ndarray of int (event)
        In any order.
    weights : float or numpy.ndarray (event)
        SI.
    """

    steps: np.ndarray
    units: np.ndarray
    weights: float | np.ndarray

    def check(self, where: str, size: int) -> None:
        """Check that steps and units are there."""
        steps, units = np.asarray(self.steps), np.asarray(self.units)
        if steps.ndim != 1 or units.shape != steps.shape or any(one.dtype.kind not in "iu" for one in (steps, units)):
            raise NetworkError(f"{where}: steps and units must be whole numbers, one of each an event")
        if len(steps) and (steps.min() < 0 or units.min() < 0 or units.max() >= size):
            raise NetworkError(f"{where}: steps must not be negative and units must be from 0 to {size - 1}")
        check_values(f"{where}.weights", self.weights, len(steps))

    def events(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give steps, units and weights by step; those of one step stay in their order."""
        order = np.argsort(self.steps, kind="stable")
        weights = np.broadcast_to(np.asarray(self.weights, dtype=np.float64), order.shape)
        return (
            np.asarray(self.steps, dtype=np.int64)[order],
            np.asarray(self.units, dtype=np.int64)[order],
            weights[order],
        )


@dataclass(frozen=True, eq=False)
class TimedInput(Input):
    """A variable that follows a table: ``values[bin]`` during bin ``(step - start) // bin_steps``.

    Parameters
    ----------
    values : numpy.ndarray
        SI; (bin, unit) or (bin, 1).
    bin_steps : int
        Steps that a bin lasts; the last one goes on.
    start, stop : int
        First step, and the one after the last; 0 outside. `stop` is None where it goes on for ever.
    """

    values: np.ndarray
    bin_steps: int = 1
    start: int = 0
    stop: int | None = None

    continuous: ClassVar[bool] = True

    def check(self, where: str, size: int) -> None:
        """Check values, bins and the time."""
        _check_bins(f"{where}.values", self.values, self.bin_steps, size)
        if self.start < 0 or (self.stop is not None and self.stop < self.start):
            raise NetworkError(f"{where}: needs 0 <= start <= stop, got {self.start} and {self.stop}")


@dataclass(frozen=True, eq=False)
class StimulusInput(Input):
    """A variable that follows the stimulus: a trial's rates hold under its target what it is, in SI units.

    Values are (stimulus, unit), or (stimulus, bin, unit) where they change in time; bins count from when the stimulus
    was presented, and the last one goes on. A group has at most one such input.
    """

    continuous: ClassVar[bool] = True

    def check(self, where: str, size: int) -> None:
        """There is nothing to check until a stimulus comes."""


@dataclass(frozen=True, eq=False)
class NormalInput(Input):
    """A variable that is a standard normal number in every step, each unit's its own: what white noise is made of.

    A network adds one for every white noise (``xi``, ``xi_NAME``) in the equations of its groups.
    """

    continuous: ClassVar[bool] = True
    stream: ClassVar[str] = "noise"

    def check(self, where: str, size: int) -> None:
        """There is nothing to check."""


@dataclass(frozen=True, eq=False)
class OrnsteinUhlenbeckInput(Input):
    """A variable that fluctuates: ``dx = (mean - x) / tau dt + sigma sqrt(2 / tau) dW``, one process a unit.

    Its values at the steps are drawn exactly (Gillespie 1996, doi:10.1103/PhysRevE.54.2084), and each is held for its
    step. It begins in its stationary distribution: in step 0 with ``mean + sigma N``, then::

        x = mean + (x - mean) exp(-dt / tau) + sigma sqrt(1 - exp(-2 dt / tau)) N

    Parameters
    ----------
    mean, sigma : float or numpy.ndarray (unit)
        Mean and standard deviation of x, SI.
    tau : float or numpy.ndarray (unit)
        Correlation time, seconds.
    """

    mean: float | np.ndarray
    sigma: float | np.ndarray
    tau: float | np.ndarray

    continuous: ClassVar[bool] = True
    remembers: ClassVar[bool] = True
    stream: ClassVar[str] = "fluctuations"

    def check(self, where: str, size: int) -> None:
        """Check mean, standard deviation and time constant."""
        check_values(f"{where}.mean", self.mean, size)
        check_values(f"{where}.sigma", self.sigma, size, low=0.0)
        check_values(f"{where}.tau", self.tau, size, low=np.finfo(float).tiny)

    def coefficients(self, size: int, dt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Give mean, sigma, and the factors of the deviation and of the normal number in a step, (unit) each."""
        mean, sigma, tau = (np.zeros(size) + np.asarray(value) for value in (self.mean, self.sigma, self.tau))
        return mean, sigma, np.exp(-dt / tau), sigma * np.sqrt(-np.expm1(-2 * dt / tau))


def input_streams(inputs: tuple[Input, ...]) -> tuple[str, ...]:
    """Give the name of each input's random stream: unique among those of its target, and of no other group's concern.

    Examples
    --------
    >>> input_streams((PoissonInput(0, "AMPA", 5.0, 1e-9), PoissonInput(0, "AMPA", 9.0, 1e-9)))
    ('input AMPA 0', 'input AMPA 1')
    """
    names = []
    for number, one in enumerate(inputs):
        alike = [(other.target, other.variable) for other in inputs[:number] if other.stream == one.stream]
        names.append(f"{one.stream} {one.variable} {alike.count((one.target, one.variable))}")
    return tuple(names)


def _check_bins(where: str, values: float | np.ndarray, bin_steps: int, size: int, low: float = -np.inf) -> None:
    shape = np.shape(values)
    if len(shape) != 2 or shape[1] not in (1, size) or shape[0] < 1:
        raise NetworkError(f"{where}: must be (bin, {size}) or (bin, 1), got shape {shape}")
    if bin_steps < 1:
        raise NetworkError(f"{where}: a bin must last at least 1 step, got {bin_steps}")
    check_values(where, np.ravel(values), int(np.prod(shape)), low=low)
