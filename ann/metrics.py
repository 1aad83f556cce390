"""Metrics: what is read besides the loss. Each is a mean over stimuli, or is computed on all of them at once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from isocortex.errors import nearest

__all__ = ["OVER_ALL", "Metric", "accuracy", "get", "r2"]

Metric = Callable[[np.ndarray, np.ndarray], float]
"""From outputs and targets to a number."""


def accuracy(outputs: np.ndarray, targets: np.ndarray, threshold: float = 0.5) -> float:
    """Share of stimuli that are classified right.

    Parameters
    ----------
    outputs : numpy.ndarray
        (stimulus, class), where the largest is the answer; or (stimulus, 1) probabilities, where above 0.5 is yes.
        Where the loss takes log odds (``BinaryCrossentropy(from_logits=True)``), a model counts those above 0 as yes.
    targets : numpy.ndarray
        Class numbers (stimulus,), or one-hot (stimulus, class), or (stimulus, 1) of 0 and 1.
    threshold : float
        Above which a single output is yes.

    Examples
    --------
    >>> accuracy(np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0]))
    0.5
    """
    if outputs.shape[-1] == 1:
        right = (outputs > threshold) == (targets.reshape(outputs.shape) > 0.5)
    else:
        classes = targets if targets.ndim < outputs.ndim else targets.argmax(axis=-1)
        right = outputs.argmax(axis=-1) == classes
    return float(np.count_nonzero(right)) / right.size


def r2(outputs: np.ndarray, targets: np.ndarray) -> float:
    r"""Share of the targets' variance that is explained, :math:`1 - \sum (y - t)^2 / \sum (t - \bar t)^2`.

    The mean over outputs; NaN where the targets do not vary.
    """
    targets = targets.reshape(outputs.shape)
    spread = np.square(targets - targets.mean(axis=0)).sum(axis=0)
    error = np.square(outputs - targets).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.mean(np.where(spread > 0, 1 - error / spread, np.nan)))


OVER_ALL = frozenset({"r2"})
"""Metrics that are no mean over stimuli, so that those of batches cannot be averaged."""

_CHOICES: dict[str, Metric] = {"accuracy": accuracy, "r2": r2}


def get(metrics: Any, what: str = "metrics") -> dict[str, Metric]:
    """Give metrics by name.

    Parameters
    ----------
    metrics : None, str or sequence of str
        Names.
    what : str
        How an error message calls it.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.
    """
    if metrics is None:
        return {}
    names: Sequence[Any] = [metrics] if isinstance(metrics, str) else metrics
    if not isinstance(names, (list, tuple)):
        raise InvalidTypeError(f"{what}: must be names, got {metrics!r}")
    chosen = {}
    for name in names:
        if not isinstance(name, str):
            raise InvalidTypeError(f"{what}: must be names, got {name!r}")
        if name not in _CHOICES:
            raise InvalidValueError(f"{what}: unknown metric {name!r}; {nearest(name, _CHOICES)}")
        chosen[name] = _CHOICES[name]
    return chosen
