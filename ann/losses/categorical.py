"""Cross-entropies between classes that exclude each other, with targets as probabilities or as class numbers."""

from functools import cache
from typing import Any

import numpy as np

from ann.activations import Softmax
from ann.checks import share
from ann.data import as_array
from ann.errors import DataError, ShapeError
from ann.losses.loss import Loss, numbers, smoothed, within_unit

__all__ = ["CategoricalCrossentropy", "NegativeLogLikelihood", "SparseCategoricalCrossentropy"]


class CategoricalCrossentropy(Loss):
    r"""The cross-entropy :math:`-\sum_i t_i \log p_i`, with targets (stimulus, class) that sum to 1.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are pre-activations of softmax rather than probabilities.
    label_smoothing : float
        Targets are moved towards the same probability for all classes by this share of the way.
    reduction : str
        See `Loss`.
    """

    partner = Softmax

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, reduction: str = "sum_over_batch_size"):
        super().__init__(reduction)
        self.from_logits = bool(from_logits)
        self.label_smoothing = share(label_smoothing, "CategoricalCrossentropy.label_smoothing")

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give probabilities in the shape of the outputs."""
        return distributions(y, outputs, "categorical_crossentropy")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and its gradient."""
        targets = smoothed(targets, self.label_smoothing, outputs.shape[-1])
        if self.from_logits:
            logs = log_softmax(outputs)
            return -(targets * logs).sum(axis=-1), np.exp(logs) - targets
        inside = floored(outputs)
        values = -(targets * np.log(inside)).sum(axis=-1)
        return values, outputs - targets if fused else -targets / inside


class SparseCategoricalCrossentropy(Loss):
    r"""The cross-entropy :math:`-\log p_t`, with targets (stimulus,) or (stimulus, step) that are class numbers from 0.

    With label smoothing :math:`s` it is :math:`-(1 - s) \log p_t - \frac{s}{k} \sum_i \log p_i` over :math:`k` classes.

    Parameters
    ----------
    from_logits : bool
        Whether the outputs are pre-activations of softmax rather than probabilities.
    label_smoothing : float
        :math:`s`.
    reduction : str
        See `Loss`.

    Examples
    --------
    >>> loss = SparseCategoricalCrossentropy()
    >>> round(loss.value_and_gradient(np.array([[0.25, 0.75]]), np.array([0]))[0], 4)
    1.3863
    """

    partner = Softmax

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, reduction: str = "sum_over_batch_size"):
        super().__init__(reduction)
        self.from_logits = bool(from_logits)
        self.label_smoothing = share(label_smoothing, "SparseCategoricalCrossentropy.label_smoothing")

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give class numbers in the outputs' shape without its last axis."""
        return class_numbers(y, outputs, "sparse_categorical_crossentropy")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and its gradient."""
        count, smoothing = outputs.shape[-1], self.label_smoothing
        flat = np.ascontiguousarray(outputs).reshape(-1, count)
        chosen = np.arange(0, flat.size, count) + targets.reshape(-1)  # counted through all rows
        if self.from_logits:
            logs = log_softmax(flat)
            values, gradient = -logs.take(chosen), np.exp(logs)
            gradient.reshape(-1)[chosen] -= 1 - smoothing
        elif fused:
            values, gradient = -np.log(floored(flat.take(chosen))), flat.copy()
            gradient.reshape(-1)[chosen] -= 1 - smoothing
        else:
            likely = floored(flat.take(chosen))
            values, gradient = -np.log(likely), np.zeros_like(flat)
            gradient.reshape(-1)[chosen] = -(1 - smoothing) / likely
        if smoothing:
            every = logs if self.from_logits else np.log(floored(flat))
            values = (1 - smoothing) * values - smoothing * every.mean(axis=-1)
            gradient -= smoothing / count if self.from_logits or fused else smoothing / count / floored(flat)
        return values.reshape(outputs.shape[:-1]), gradient.reshape(outputs.shape)


class NegativeLogLikelihood(Loss):
    r"""The negative :math:`t`-th output, :math:`-y_t`, for outputs that are logarithms of probabilities (log-softmax).

    Parameters
    ----------
    reduction : str
        See `Loss`.

    Examples
    --------
    >>> loss = NegativeLogLikelihood()
    >>> loss.value_and_gradient(np.array([[-1.5, -0.25]]), np.array([0]))
    (1.5, array([[-1.,  0.]]))
    """

    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Give class numbers in the outputs' shape without its last axis."""
        return class_numbers(y, outputs, "negative_log_likelihood")

    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss and its gradient, -1 at the right class."""
        gradient = np.zeros_like(outputs)
        np.put_along_axis(gradient, targets[..., None], -1, axis=-1)
        return -np.take_along_axis(outputs, targets[..., None], axis=-1)[..., 0], gradient


def distributions(y: Any, outputs: np.ndarray, what: str) -> np.ndarray:
    """Give targets that are probabilities of classes, in the shape of the outputs.

    Raises
    ------
    ShapeError, DataError
        If they have another shape, lie outside 0 and 1, or do not sum to 1.
    """
    if outputs.ndim > 1 and np.shape(y) == outputs.shape[:-1]:
        raise ShapeError(
            f"targets of {what}: got {np.shape(y)}, expects the shape of the outputs {outputs.shape}; "
            "for class numbers use sparse_categorical_crossentropy"
        )
    targets = within_unit(numbers(y, outputs, what), what)
    off = np.abs(targets.sum(axis=-1) - 1)
    if off.size and off.max() > 1e-3:
        row = np.unravel_index(int(off.argmax()), off.shape)
        named = int(row[0]) if len(row) == 1 else tuple(map(int, row))
        raise DataError(
            f"targets of {what}: row {named} sums to {targets[row].sum():g}, not 1; "
            "for class numbers use sparse_categorical_crossentropy"
        )
    return targets


def class_numbers(y: Any, outputs: np.ndarray, what: str) -> np.ndarray:
    """Give targets that are class numbers from 0, in the outputs' shape without its last axis.

    Raises
    ------
    ShapeError, DataError
        If they have another shape, are not whole numbers, or name a class that is not there.
    """
    labels = as_array(y, f"targets of {what}")
    inner, count = outputs.shape[:-1], outputs.shape[-1]
    if labels.ndim == outputs.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.shape != inner or outputs.ndim < 2:
        raise ShapeError(
            f"targets of {what}: got {labels.shape} beside outputs {outputs.shape}, "
            f"expects one class number a {'stimulus' if outputs.ndim < 3 else 'step'}"
            + ("; for one-hot targets use categorical_crossentropy" if labels.shape == outputs.shape else "")
        )
    if labels.dtype.kind not in "iu":
        if labels.dtype.kind not in "fb" or not np.array_equal(labels, np.floor(labels)):
            raise DataError(f"targets of {what}: must be whole class numbers, got {labels.dtype}")
        labels = labels.astype(np.intp)
    if labels.size and (labels.min() < 0 or labels.max() >= count):
        wrong = int(labels.min()) if labels.min() < 0 else int(labels.max())
        raise DataError(f"targets: class {wrong} is out of range; the model has outputs 0 to {count - 1}")
    return labels


def floored(probabilities: np.ndarray) -> np.ndarray:
    """Keep the logarithm finite: a float32 probability can vanish."""
    return np.maximum(probabilities, _tiny(probabilities.dtype))


@cache
def _tiny(kind: np.dtype) -> Any:
    return np.finfo(kind).tiny  # which takes longer to look up than a batch to floor


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Give the logarithm of softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
