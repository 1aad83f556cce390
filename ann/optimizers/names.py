"""Optimisers by name."""

from typing import Any

from ann.optimizers.adam import Adam, Adamax, AdamW, Nadam
from ann.optimizers.adaptive import Adagrad, RMSprop
from ann.optimizers.lbfgs import LBFGS
from ann.optimizers.lion import Lion
from ann.optimizers.optimizer import Optimizer
from ann.optimizers.sgd import SGD
from ann.registry import resolve

__all__ = ["get"]

_KINDS: tuple[type[Optimizer], ...] = (SGD, Adagrad, RMSprop, Adam, AdamW, Adamax, Nadam, Lion, LBFGS)
_CHOICES: dict[str, type[Optimizer]] = {
    **{kind.__name__.lower(): kind for kind in _KINDS},
    **{kind.__name__: kind for kind in _KINDS},
}


def get(optimizer: Any, what: str = "optimizer") -> Optimizer:
    """Give the optimiser that a name stands for: its class's name, or that in small letters.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("lion").beta_2
    0.99
    """
    return resolve(optimizer, Optimizer, _CHOICES, what)
