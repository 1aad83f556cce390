r"""Losses: how wrong the outputs are, as one number, and its gradient with respect to them.

Every loss is a mean over stimuli (and over outputs, where there are several independent ones), so that the gradient
does not grow with the batch. Where a cross-entropy meets the activation that belongs to it (softmax, or sigmoid for
the binary one), the two are differentiated as one: :math:`\partial L / \partial z = (p - t) / n`, which neither
divides by a vanishing probability nor loses digits.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from ann.activations import Activation, Sigmoid, Softmax
from ann.data import cast
from ann.errors import DataError, ShapeError
from ann.registry import Configurable, resolve

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]


class Loss(Configurable, ABC):
    """A loss; `value_and_gradient` computes it."""

    partner: ClassVar[type[Activation] | None] = None
    """The activation with which this loss is differentiated as one."""

    from_logits: bool = False
    """Whether the outputs are pre-activations, to which the loss applies its partner itself."""

    @abstractmethod
    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Bring targets into the form that `value_and_gradient` takes beside these outputs.

        Raises
        ------
        ShapeError, DataError
            If they do not fit the outputs, or are out of range.
        """

    @abstractmethod
    def value_and_gradient(
        self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False
    ) -> tuple[float, np.ndarray]:
        """Give the loss, and its gradient with respect to the outputs.

        Parameters
        ----------
        outputs : numpy.ndarray
            (stimulus, output).
        targets : numpy.ndarray
            What `targets` gave.
        fused : bool
            The outputs come from this loss's partner, and the gradient wanted is that before it.
        """


class MeanSquaredError(Loss):
    r"""The mean of :math:`(y - t)^2` over stimuli and outputs.

    Examples
    --------
    >>> MeanSquaredError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))
    (4.0, array([[4.]]))
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers in the shape of the outputs; (stimulus,) serves a single output."""
        if type(y) is np.ndarray and y.shape == outputs.shape and y.dtype == outputs.dtype:
            return y
        return _numbers(y, outputs, "mean_squared_error")

    def value_and_gradient(
        self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False
    ) -> tuple[float, np.ndarray]:
        """Give the loss and :math:`2 (y - t) / n`."""
        difference = outputs - targets
        flat = difference.ravel()
        value = float(np.dot(flat, flat)) / flat.size
        difference *= 2 / flat.size
        return value, difference


class BinaryCrossentropy(Loss):
    r"""The mean of :math:`-t \log p - (1 - t) \log (1 - p)` over stimuli and outputs, each its own yes or no.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are log odds rather than probabilities.
    """

    partner = Sigmoid

    def __init__(self, from_logits: bool = False):
        self.from_logits = bool(from_logits)

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give numbers between 0 and 1 in the shape of the outputs."""
        targets = _numbers(y, outputs, "binary_crossentropy")
        _within_unit(targets, "binary_crossentropy")
        return targets

    def value_and_gradient(
        self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False
    ) -> tuple[float, np.ndarray]:
        """Give the loss and its gradient."""
        if self.from_logits:
            # log(1 + exp(-|z|)) never overflows; the rest is linear.
            values = np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs)))
            return float(values.mean()), (Sigmoid()(outputs) - targets) / targets.size
        inside = _inside(outputs)
        value = -float((targets * np.log(inside) + (1 - targets) * np.log1p(-inside)).mean())
        gradient = outputs - targets if fused else (inside - targets) / (inside * (1 - inside))
        return value, gradient / targets.size


class CategoricalCrossentropy(Loss):
    r"""The mean over stimuli of :math:`-\sum_i t_i \log p_i`, with targets (stimulus, class) that sum to 1.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are pre-activations of softmax rather than probabilities.
    """

    partner = Softmax

    def __init__(self, from_logits: bool = False):
        self.from_logits = bool(from_logits)

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give probabilities in the shape of the outputs."""
        if np.ndim(y) == 1 and outputs.ndim == 2:
            raise ShapeError(
                f"targets of categorical_crossentropy: got {np.shape(y)}, expects the shape of the outputs "
                f"{outputs.shape}; for class numbers use sparse_categorical_crossentropy"
            )
        targets = _numbers(y, outputs, "categorical_crossentropy")
        _within_unit(targets, "categorical_crossentropy")
        off = np.abs(targets.sum(axis=-1) - 1)
        if off.max() > 1e-3:
            row = int(off.argmax())
            raise DataError(
                f"targets of categorical_crossentropy: row {row} sums to {targets[row].sum():g}, not 1; "
                "for class numbers use sparse_categorical_crossentropy"
            )
        return targets

    def value_and_gradient(
        self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False
    ) -> tuple[float, np.ndarray]:
        """Give the loss and its gradient."""
        count = len(outputs)
        if self.from_logits:
            logs = _log_softmax(outputs)
            return -float((targets * logs).sum()) / count, (np.exp(logs) - targets) / count
        floored = _floored(outputs)
        value = -float((targets * np.log(floored)).sum()) / count
        return value, (outputs - targets if fused else -targets / floored) / count


class SparseCategoricalCrossentropy(Loss):
    r"""The mean over stimuli of :math:`-\log p_t`, with targets (stimulus,) that are class numbers from 0.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are pre-activations of softmax rather than probabilities.

    Examples
    --------
    >>> loss = SparseCategoricalCrossentropy()
    >>> round(loss.value_and_gradient(np.array([[0.25, 0.75]]), np.array([0]))[0], 4)
    1.3863
    """

    partner = Softmax

    def __init__(self, from_logits: bool = False):
        self.from_logits = bool(from_logits)

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give class numbers (stimulus,)."""
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1 or outputs.ndim != 2 or len(labels) != len(outputs):
            raise ShapeError(
                f"targets of sparse_categorical_crossentropy: got {labels.shape} beside outputs {outputs.shape}, "
                f"expects one class number a stimulus"
                + ("; for one-hot targets use categorical_crossentropy" if labels.shape == outputs.shape else "")
            )
        if labels.dtype.kind not in "iu":
            if labels.dtype.kind not in "fb" or not np.array_equal(labels, np.floor(labels)):
                raise DataError(
                    f"targets of sparse_categorical_crossentropy: must be whole class numbers, got {labels.dtype}"
                )
            labels = labels.astype(np.intp)
        if labels.size and (labels.min() < 0 or labels.max() >= outputs.shape[1]):
            wrong = int(labels.min()) if labels.min() < 0 else int(labels.max())
            raise DataError(
                f"targets: class {wrong} is out of range; the model has outputs 0 to {outputs.shape[1] - 1}"
            )
        return labels

    def value_and_gradient(
        self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False
    ) -> tuple[float, np.ndarray]:
        """Give the loss and its gradient."""
        rows, count = np.arange(len(outputs)), len(outputs)
        if self.from_logits:
            logs = _log_softmax(outputs)
            gradient = np.exp(logs)
            gradient[rows, targets] -= 1
            return -float(logs[rows, targets].sum()) / count, gradient / count
        chosen = _floored(outputs[rows, targets])
        value = -float(np.log(chosen).sum()) / count
        if fused:
            gradient = outputs / count
            gradient[rows, targets] -= 1 / count
        else:
            gradient = np.zeros_like(outputs)
            gradient[rows, targets] = -1 / (count * chosen)
        return value, gradient


_CHOICES = {
    "mse": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    **{
        kind.__name__: kind
        for kind in (MeanSquaredError, BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)
    },
}


def get(loss: Any, what: str = "loss") -> Loss:
    """Give the loss that a name stands for.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("sparse_categorical_crossentropy")
    SparseCategoricalCrossentropy(from_logits=False)
    """
    return resolve(loss, Loss, _CHOICES, what)


def _numbers(y: Any, outputs: np.ndarray, what: str) -> np.ndarray:
    targets = np.asarray(y)
    if targets.dtype.kind not in "fiub":
        raise DataError(f"targets of {what}: must be numbers, got {targets.dtype}")
    if targets.shape == outputs.shape[:1] and outputs.shape[1:] == (1,):
        targets = targets[:, None]
    if targets.shape != outputs.shape:
        raise ShapeError(f"targets of {what}: got {targets.shape}, expects the shape of the outputs {outputs.shape}")
    return cast(targets, outputs.dtype, f"targets of {what}")


def _within_unit(targets: np.ndarray, what: str) -> None:
    if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
        wrong = targets.min() if not targets.min() >= 0 else targets.max()
        raise DataError(f"targets of {what}: must lie between 0 and 1, got {wrong:g}")


def _floored(probabilities: np.ndarray) -> np.ndarray:
    """Keep the logarithm finite: a float32 probability can vanish."""
    return np.maximum(probabilities, np.finfo(probabilities.dtype).tiny)


def _inside(probabilities: np.ndarray) -> np.ndarray:
    kind = np.finfo(probabilities.dtype)
    return np.clip(probabilities, kind.tiny, 1 - kind.epsneg)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
