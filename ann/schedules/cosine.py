"""Rates that fall along half a cosine (Loshchilov and Hutter 2017, ICLR, equation 5)."""

import math
from typing import Any

from ann.checks import finite_number, positive
from ann.errors import InvalidTypeError, InvalidValueError
from ann.schedules.schedule import Schedule

__all__ = ["CosineDecay", "CosineDecayRestarts"]


class CosineDecay(Schedule):
    r"""Falls from the initial rate to `alpha` times it along half a cosine, maybe after a straight rise.

    :math:`\eta_t = \eta_0 \left(\alpha + (1 - \alpha) \frac{1}{2} \left(1 + \cos \frac{\pi t}{T}\right)\right)` while
    :math:`t < T`, and :math:`\alpha \eta_0` from then on. With `warmup_steps` the rate first rises in a straight line
    from the initial rate to `warmup_target`, from which the decay then begins.

    PyTorch's ``CosineAnnealingLR(T_max, eta_min)`` is ``CosineDecay(rate, T_max, eta_min / rate)`` up to ``T_max``,
    where it begins to rise again.

    Parameters
    ----------
    initial_learning_rate : float
        :math:`\eta_0`; with a warm-up where that begins, which may be 0.
    decay_steps : float
        :math:`T`: how many steps the decay takes, those of the warm-up not counted.
    alpha : float
        :math:`\alpha`, between 0 and 1.
    warmup_target : float, optional
        Where the warm-up ends.
    warmup_steps : int
        How many steps it takes; none by default.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a setting is no number or out of range, or one of a warm-up is given without the other.

    Examples
    --------
    >>> [round(CosineDecay(0.1, 100)(step), 3) for step in (0, 50, 100, 200)]
    [0.1, 0.05, 0.0, 0.0]
    >>> warm = CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=10)
    >>> [round(warm(step), 3) for step in (0, 5, 10, 60, 110)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ):
        self.decay_steps = positive(decay_steps, "CosineDecay.decay_steps")
        self.alpha = _share(alpha, "CosineDecay.alpha")
        self.warmup_steps = _count(warmup_steps, "CosineDecay.warmup_steps")
        if (warmup_target is None) is not (self.warmup_steps == 0):
            raise InvalidValueError(
                f"CosineDecay.warmup_target: got {warmup_target} with {self.warmup_steps} warmup_steps; give both or "
                "neither"
            )
        self.warmup_target = None
        if warmup_target is not None:
            self.warmup_target = positive(warmup_target, "CosineDecay.warmup_target")
            initial_learning_rate = finite_number(initial_learning_rate, "CosineDecay.initial_learning_rate", least=0)
        self.initial_learning_rate = (
            initial_learning_rate
            if warmup_target is not None
            else positive(initial_learning_rate, "CosineDecay.initial_learning_rate")
        )

    def __call__(self, step: int) -> float:
        """Give the rate."""
        begin = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return begin + (self.warmup_target - begin) * (step / self.warmup_steps)
            begin, step = self.warmup_target, step - self.warmup_steps
        return begin * (self.alpha + (1 - self.alpha) * half_cosine(min(step / self.decay_steps, 1)))


class CosineDecayRestarts(Schedule):
    r"""Falls as `CosineDecay` does, again and again: the i-th cycle takes :math:`T m_t^i` steps.

    Within it the rate is :math:`\eta_0 (\alpha + (1 - \alpha) \frac{m_m^i}{2} (1 + \cos \pi s))` where :math:`s` is
    the share of the cycle that is over.

    PyTorch's ``CosineAnnealingWarmRestarts(T_0, T_mult, eta_min)`` is
    ``CosineDecayRestarts(rate, T_0, T_mult, alpha=eta_min / rate)``.

    Parameters
    ----------
    initial_learning_rate : float
        :math:`\eta_0`.
    first_decay_steps : float
        :math:`T`.
    t_mul : float
        :math:`m_t`, at least 1: by how much each cycle is longer than the one before.
    m_mul : float
        :math:`m_m`: by how much its height is multiplied.
    alpha : float
        :math:`\alpha`, between 0 and 1.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a setting is no number or out of range.

    Examples
    --------
    >>> restarts = CosineDecayRestarts(0.1, 10)
    >>> [round(restarts(step), 3) for step in (0, 5, 9, 10, 20, 29, 30)]
    [0.1, 0.05, 0.002, 0.1, 0.05, 0.001, 0.1]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
    ):
        self.initial_learning_rate = positive(initial_learning_rate, "CosineDecayRestarts.initial_learning_rate")
        self.first_decay_steps = positive(first_decay_steps, "CosineDecayRestarts.first_decay_steps")
        self.t_mul = finite_number(t_mul, "CosineDecayRestarts.t_mul", least=1)
        self.m_mul = positive(m_mul, "CosineDecayRestarts.m_mul")
        self.alpha = _share(alpha, "CosineDecayRestarts.alpha")

    def __call__(self, step: int) -> float:
        """Give the rate."""
        # Counted cycle by cycle: a logarithm would misplace the step at which one begins.
        length, cycle, rest = self.first_decay_steps, 0, float(step)
        if self.t_mul == 1:
            cycle, rest = int(rest // length), rest % length
        while rest >= length:
            rest, length, cycle = rest - length, length * self.t_mul, cycle + 1
        height = self.m_mul**cycle * half_cosine(rest / length)
        return self.initial_learning_rate * (self.alpha + (1 - self.alpha) * height)


def half_cosine(share: float) -> float:
    """Give 1 at 0 and 0 at 1, along a cosine.

    Examples
    --------
    >>> half_cosine(0), half_cosine(1)
    (1.0, 0.0)
    """
    return (1 + math.cos(math.pi * share)) / 2


def _share(value: Any, what: str) -> float:
    number = finite_number(value, what)
    if not 0 <= number <= 1:
        raise InvalidValueError(f"{what}: must lie between 0 and 1, got {value}")
    return number


def _count(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidTypeError(f"{what}: must be a number of steps, got {value!r}")
    if value < 0:
        raise InvalidValueError(f"{what}: must not be negative, got {value}")
    return value
