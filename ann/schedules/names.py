"""Learning rates from what a caller or a file gives."""

from typing import Any

from ann.checks import positive
from ann.registry import resolve
from ann.schedules.cosine import CosineDecay, CosineDecayRestarts
from ann.schedules.decays import ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay
from ann.schedules.schedule import Schedule

__all__ = ["get"]

_KINDS = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
_CHOICES: dict[str, type[Schedule]] = {kind.__name__: kind for kind in _KINDS}


def get(rate: Any, what: str) -> float | Schedule:
    """Give a learning rate: a positive number as it is, a schedule from its configuration.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is neither.

    Examples
    --------
    >>> get({"kind": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5}, "rate")(5)
    0.05
    """
    if isinstance(rate, Schedule):
        return rate
    if isinstance(rate, dict):
        found: Schedule = resolve(rate, Schedule, _CHOICES, what)
        return found
    return positive(rate, what)
