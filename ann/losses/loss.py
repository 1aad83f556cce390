"""What a loss is, and how the losses of stimuli become one number."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from ann.activations import Activation
from ann.data import as_array, cast, require_finite
from ann.errors import DataError, InvalidValueError, ShapeError
from ann.registry import Configurable
from isocortex.errors import nearest

__all__ = ["Loss", "checked_mask", "checked_weights", "masked_weights", "numbers", "smoothed", "within_unit"]

REDUCTIONS = ("sum_over_batch_size", "sum", "mean_with_sample_weight")


class Loss(Configurable, ABC):
    r"""A loss: one number for every stimulus (for every step, where the outputs are sequences), and from those one.

    With the losses :math:`l_i` and weights :math:`w_i` (1 unless given), the reductions are Keras's:

    - ``"sum_over_batch_size"``, the default: :math:`\sum_i w_i l_i / n`, whatever the weights add up to. A stimulus of
      weight 2 pulls as hard as two of it; a batch of small weights pulls little.
    - ``"mean_with_sample_weight"``: :math:`\sum_i w_i l_i / \sum_i w_i`. A stimulus of weight 2 is exactly the
      stimulus twice in the same batch; a batch of small weights pulls as hard as any.
    - ``"sum"``: :math:`\sum_i w_i l_i`.

    Where a mask hides steps, those weigh 0 and are not among the :math:`n`: the mean is over the steps that count.

    Parameters
    ----------
    reduction : str
        One of these three.

    Raises
    ------
    InvalidValueError
        If there is no such reduction.
    """

    partner: ClassVar[type[Activation] | None] = None
    """The activation with which this loss is differentiated as one."""

    from_logits: bool = False
    """Whether the outputs are pre-activations, to which the loss applies its partner itself."""

    def __init__(self, reduction: str = "sum_over_batch_size"):
        if reduction not in REDUCTIONS:
            what = f"{type(self).__name__}.reduction"
            raise InvalidValueError(f"{what}: unknown {reduction!r}; {nearest(str(reduction), REDUCTIONS)}")
        self.reduction = reduction

    @abstractmethod
    def targets(self, y: Any, outputs: np.ndarray) -> np.ndarray:
        """Bring targets into the form that `each` takes beside these outputs; only their shape and type are read.

        Raises
        ------
        ShapeError, DataError
            If they do not fit the outputs, or are out of range.
        """

    @abstractmethod
    def each(self, outputs: np.ndarray, targets: np.ndarray, fused: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Give the loss of every stimulus, and its own gradient.

        Parameters
        ----------
        outputs : numpy.ndarray
            (stimulus, output), or (stimulus, step, output), or any axes between.
        targets : numpy.ndarray
            What `targets` gave.
        fused : bool
            The outputs come from this loss's partner, and the gradient wanted is that before it.

        Returns
        -------
        values : numpy.ndarray
            The outputs' shape without their last axis.
        gradient : numpy.ndarray
            Of each value with respect to its outputs: a new array in their shape.
        """

    def value_and_gradient(
        self,
        outputs: np.ndarray,
        targets: np.ndarray,
        fused: bool = False,
        weights: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[float, np.ndarray]:
        """Give the loss as one number, and its gradient with respect to the outputs; 0 where nothing counts.

        Parameters
        ----------
        outputs, targets, fused
            As `each` takes them.
        weights : numpy.ndarray, optional
            What `checked_weights` gave: of each stimulus, or of each step.
        mask : numpy.ndarray, optional
            The outputs' shape without their last axis: True where a step counts.
        """
        values, gradient = self.each(outputs, targets, fused)
        count = values.size if mask is None else int(np.count_nonzero(mask))
        weights = masked_weights(weights, mask, outputs.dtype)
        factor = self._factor(count, values.shape, weights)
        if weights is None:
            gradient *= factor
            return float(np.add.reduce(values, None)) * factor, gradient
        gradient *= (weights * factor)[..., None]
        return float(np.sum(values * weights)) * factor, gradient

    def _factor(self, count: int, shape: tuple[int, ...], weights: np.ndarray | None) -> float:
        if self.reduction == "sum":
            return 1.0
        if weights is None or self.reduction == "sum_over_batch_size":
            return 1 / count if count else 0.0
        total = float(np.broadcast_to(weights, shape).sum())
        return 1 / total if total else 0.0


def checked_weights(sample_weight: Any, outputs: np.ndarray, what: str = "sample_weight") -> np.ndarray | None:
    """Give weights in the form that `Loss.value_and_gradient` takes beside these outputs; None stays None.

    Raises
    ------
    ShapeError, DataError
        If there is not one weight a stimulus (or one a step), or one is no number, negative or not finite.

    Examples
    --------
    >>> checked_weights([1, 2], np.zeros((2, 3, 4))).shape
    (2, 1)
    """
    if sample_weight is None:
        return None
    weights = as_array(sample_weight, what)
    inner = outputs.shape[:-1]
    if weights.shape not in (inner, inner[:1]):
        steps = f", or one a step {inner}" if len(inner) > 1 else ""
        raise ShapeError(f"{what}: got {weights.shape}, expects one weight a stimulus {inner[:1]}{steps}")
    if weights.dtype.kind not in "fiub":
        raise DataError(f"{what}: must be numbers, got {weights.dtype}")
    require_finite(weights, what)
    if weights.size and weights.min() < 0:
        raise DataError(f"{what}: must not be negative, got {weights.min():g}")
    if weights.shape != inner:
        weights = weights.reshape(-1, *(1,) * (len(inner) - 1))
    return cast(weights, outputs.dtype, what)


def masked_weights(weights: np.ndarray | None, mask: np.ndarray | None, dtype: np.dtype) -> np.ndarray | None:
    """Give weights that are 0 wherever a mask hides a step; None where there is neither.

    Examples
    --------
    >>> masked_weights(np.array([[2.0], [3.0]]), np.array([[True, False], [True, True]]), np.dtype(float))
    array([[2., 0.],
           [3., 3.]])
    """
    if mask is None:
        return weights
    return mask.astype(dtype) if weights is None else weights * mask


def checked_mask(mask: Any, outputs: np.ndarray, what: str = "mask") -> np.ndarray | None:
    """Give a mask in the form that `Loss.value_and_gradient` takes beside these outputs; None stays None.

    Raises
    ------
    ShapeError, DataError
        If it is not True or False for each step.
    """
    if mask is None:
        return None
    found = as_array(mask, what)
    if outputs.ndim < 3 or found.shape != outputs.shape[:2]:
        raise ShapeError(f"{what}: got {found.shape}, expects (stimulus, step) of the outputs {outputs.shape}")
    if found.dtype != np.bool_:
        raise DataError(f"{what}: must be True or False, got {found.dtype}; numbers are a sample_weight")
    return np.broadcast_to(found.reshape(*found.shape, *(1,) * (outputs.ndim - 3)), outputs.shape[:-1])


def numbers(y: Any, outputs: np.ndarray, what: str) -> np.ndarray:
    """Give targets that are numbers in the shape of the outputs; where each is single, its axis may be missing.

    Raises
    ------
    ShapeError, DataError
        If they have another shape, or are no numbers.
    """
    if type(y) is np.ndarray and y.shape == outputs.shape and y.dtype == outputs.dtype:
        return y
    targets = as_array(y, f"targets of {what}")
    if targets.dtype.kind not in "fiub":
        raise DataError(f"targets of {what}: must be numbers, got {targets.dtype}")
    if outputs.shape[-1] == 1 and targets.shape == outputs.shape[:-1]:
        targets = targets[..., None]
    if targets.shape != outputs.shape:
        raise ShapeError(f"targets of {what}: got {targets.shape}, expects the shape of the outputs {outputs.shape}")
    return cast(targets, outputs.dtype, f"targets of {what}")


def within_unit(targets: np.ndarray, what: str) -> np.ndarray:
    """Give the targets, which must lie between 0 and 1.

    Raises
    ------
    DataError
        If one does not.
    """
    if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
        wrong = targets.min() if not targets.min() >= 0 else targets.max()
        raise DataError(f"targets of {what}: must lie between 0 and 1, got {wrong:g}")
    return targets


def smoothed(targets: np.ndarray, smoothing: float, count: int) -> np.ndarray:
    """Move targets towards ``1 / count`` by a share `smoothing` of the way (Szegedy et al. 2016, CVPR, section 7)."""
    return targets * (1 - smoothing) + smoothing / count if smoothing else targets
