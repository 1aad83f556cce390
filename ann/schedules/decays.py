"""Rates that fall by a power, a root or a fraction of the steps, or in stairs."""

import math
from bisect import bisect_left
from collections.abc import Sequence

from ann.checks import finite_number, positive
from ann.errors import InvalidTypeError, InvalidValueError
from ann.schedules.schedule import Schedule

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay"]


class _Falling(Schedule):
    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False):
        kind = type(self).__name__
        self.initial_learning_rate = positive(initial_learning_rate, f"{kind}.initial_learning_rate")
        self.decay_steps = positive(decay_steps, f"{kind}.decay_steps")
        self.decay_rate = positive(decay_rate, f"{kind}.decay_rate")
        self.staircase = bool(staircase)

    def _passed(self, step: int) -> float:
        passed = step / self.decay_steps
        return math.floor(passed) if self.staircase else passed


class ExponentialDecay(_Falling):
    r"""Multiplies the rate by :math:`r` every :math:`T` steps, :math:`\eta_t = \eta_0 r^{t / T}`.

    PyTorch's ``ExponentialLR(gamma)`` is ``ExponentialDecay(rate, 1, gamma)``, its ``StepLR(size, gamma)`` is
    ``ExponentialDecay(rate, size, gamma, staircase=True)``.

    Parameters
    ----------
    initial_learning_rate : float
        :math:`\eta_0`.
    decay_steps : float
        :math:`T`.
    decay_rate : float
        :math:`r`.
    staircase : bool
        Whether :math:`t / T` is rounded down, so that the rate falls every :math:`T` steps at once.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a number is none, or not positive.

    Examples
    --------
    >>> [ExponentialDecay(1, 10, 0.25)(step) for step in (0, 5, 10)]
    [1.0, 0.5, 0.25]
    """

    def __call__(self, step: int) -> float:
        """Give the rate."""
        return self.initial_learning_rate * self.decay_rate ** self._passed(step)


class InverseTimeDecay(_Falling):
    r"""Divides the rate by what grows with the steps, :math:`\eta_t = \eta_0 / (1 + r t / T)`.

    Parameters
    ----------
    initial_learning_rate : float
        :math:`\eta_0`.
    decay_steps : float
        :math:`T`.
    decay_rate : float
        :math:`r`.
    staircase : bool
        Whether :math:`t / T` is rounded down.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a number is none, or not positive.

    Examples
    --------
    >>> [InverseTimeDecay(1, 10, 1)(step) for step in (0, 10, 30)]
    [1.0, 0.5, 0.25]
    """

    def __call__(self, step: int) -> float:
        """Give the rate."""
        return self.initial_learning_rate / (1 + self.decay_rate * self._passed(step))


class PolynomialDecay(Schedule):
    r"""Falls to an end along a power, :math:`\eta_t = (\eta_0 - \eta_T) (1 - t / T)^p + \eta_T`, and stays there.

    PyTorch's ``PolynomialLR(T, p)`` is ``PolynomialDecay(rate, T, 0, p)``.

    Parameters
    ----------
    initial_learning_rate : float
        :math:`\eta_0`.
    decay_steps : float
        :math:`T`.
    end_learning_rate : float
        :math:`\eta_T`, at least 0.
    power : float
        :math:`p`; 1 is a straight line.
    cycle : bool
        Whether :math:`T` grows to its next multiple whenever it is passed, instead of the rate staying.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a number is none, or out of range.

    Examples
    --------
    >>> line = PolynomialDecay(1.0, 10, end_learning_rate=0.5)
    >>> [line(step) for step in (0, 5, 10, 99)]
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ):
        self.initial_learning_rate = positive(initial_learning_rate, "PolynomialDecay.initial_learning_rate")
        self.decay_steps = positive(decay_steps, "PolynomialDecay.decay_steps")
        self.end_learning_rate = finite_number(end_learning_rate, "PolynomialDecay.end_learning_rate", least=0)
        self.power = positive(power, "PolynomialDecay.power")
        self.cycle = bool(cycle)

    def __call__(self, step: int) -> float:
        """Give the rate."""
        length = self.decay_steps
        if self.cycle:
            length *= max(math.ceil(step / length), 1)
        left = 1 - min(step / length, 1)
        return (self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate


class PiecewiseConstantDecay(Schedule):
    """The first value up to the step of the first boundary, that step included, the second up to the next, and so on.

    PyTorch's ``MultiStepLR`` changes a step earlier: at its milestones, not after them.

    Parameters
    ----------
    boundaries : sequence of int
        Steps, ascending.
    values : sequence of float
        Rates, one more than boundaries.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If they are not as many, not ascending, or a rate is not positive.

    Examples
    --------
    >>> stairs = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> [stairs(step) for step in (0, 100, 101, 200, 201)]
    [0.1, 0.1, 0.01, 0.01, 0.001]
    """

    def __init__(self, boundaries: Sequence[int], values: Sequence[float]):
        kind = "PiecewiseConstantDecay"
        for name, given in (("boundaries", boundaries), ("values", values)):
            if not isinstance(given, (list, tuple)):
                raise InvalidTypeError(f"{kind}.{name}: must be a list of numbers, got {given!r}")
        self.boundaries = [finite_number(step, f"{kind}.boundaries", least=0) for step in boundaries]
        self.values = [positive(value, f"{kind}.values") for value in values]
        if len(values) != len(boundaries) + 1:
            raise InvalidValueError(
                f"{kind}.values: got {len(values)} for {len(boundaries)} boundaries; there must be one more"
            )
        if any(later <= step for step, later in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise InvalidValueError(f"{kind}.boundaries: must ascend, got {list(boundaries)}")

    def __call__(self, step: int) -> float:
        """Give the rate."""
        return self.values[bisect_left(self.boundaries, step)]
