"""A plain function of targets and outputs as a metric."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError
from ann.metrics.metric import MeanMetric, total
from isocortex.errors import nearest

__all__ = ["OfFunction"]

_KNOWN: dict[str, Callable[..., Any]] = {}  # every function that became a metric in this process, for `ann.io.load`


class OfFunction(MeanMetric):
    """The mean over stimuli (over steps, where outputs are sequences) of what a function gives.

    Files hold the function's name alone: a model that was saved with one is loaded where the function has become a
    metric before, by ``OfFunction(function)`` or `compile`.

    Parameters
    ----------
    function : callable or str
        ``f(y_true, y_pred)``, in Keras's order: targets as the loss takes them (in the outputs' shape where they are as
        many numbers) and outputs, (stimulus, output) or (stimulus, step, output). It gives one number a stimulus
        (step), one an output, of which the mean is taken, or one for the batch, which counts by its stimuli. Or the
        name of a function that has become a metric before.
    name : str, optional
        See `Metric`; by default the function's own.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `function` is none, is not known by this name, or has no name that a metric could have.

    Examples
    --------
    >>> def distance(y_true, y_pred):
    ...     return np.linalg.norm(y_true - y_pred, axis=-1)
    >>> OfFunction(distance)([[3.0, 4.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]])
    3.0
    """

    def __init__(self, function: Any, name: str | None = None):
        if isinstance(function, str):
            if function not in _KNOWN:
                raise InvalidValueError(
                    f"OfFunction.function: no function {function!r} is known here; {nearest(function, _KNOWN)}; "
                    f"define it and call ann.metrics.OfFunction({function}) first"
                )
            function = _KNOWN[function]
        if not callable(function) or isinstance(function, type):
            raise InvalidTypeError(f"OfFunction.function: must be a function f(y_true, y_pred), got {function!r}")
        own = getattr(function, "__name__", "")
        if name is None and not own.isidentifier():
            raise InvalidValueError(
                f"OfFunction.function: {function!r} has no name of its own; define it by def, or write "
                "ann.metrics.OfFunction(function, name='...')"
            )
        super().__init__(own if name is None else name)
        self.function = function
        self._known = own if own.isidentifier() else self.name
        _KNOWN[self._known] = function

    def config(self) -> dict[str, Any]:
        """Give what rebuilds it where the function is known."""
        return {"kind": type(self).__name__, "function": self._known, "name": self.name}

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give the targets as an array, one for each stimulus."""
        found = as_array(targets, f"targets of {self.name}")
        if not found.ndim or len(found) != len(outputs):
            raise ShapeError(f"targets of {self.name}: got {found.shape} beside outputs {outputs.shape}")
        return found

    def each(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Give what the function gives for every stimulus (step); a single number is that of all."""
        shape = outputs.shape
        found = np.asarray(self.function(targets.reshape(shape) if targets.size == outputs.size else targets, outputs))
        if found.dtype.kind not in "fiub":
            raise DataError(f"metric {self.name}: its function must give numbers, got {found.dtype}")
        if found.shape == shape:
            return found.mean(axis=-1)
        if found.shape not in ((), shape[:-1]):
            raise ShapeError(
                f"metric {self.name}: its function gave {found.shape}, expects one number or {shape[:-1]}, for outputs "
                f"{shape}"
            )
        return found

    def summary(
        self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None
    ) -> tuple[float, float]:
        """Give the sum of the numbers, and how much counted.

        Raises
        ------
        ShapeError, DataError
            If the function does not give numbers of these shapes, or one number where weights or a mask tell stimuli
            or steps apart.
        """
        values = self.each(outputs, targets)
        if values.ndim:
            return total(values, weights)
        if weights is not None:
            raise DataError(
                f"metric {self.name}: its function gives one number for a batch, in which sample weights and masks "
                f"cannot count; let it give {outputs.shape[:-1]}"
            )
        count = float(np.prod(outputs.shape[:-1]))
        return float(values) * count, count
