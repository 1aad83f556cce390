"""Layer normalisation."""

import math
from typing import Any

import numpy as np

from ann.errors import InvalidValueError, ShapeError
from ann.layers.axes import checked_axis, place_of
from ann.layers.layer import Shape
from ann.layers.normalization.normalization import Normalization

__all__ = ["LayerNormalization"]


class LayerNormalization(Normalization):
    r"""Each stimulus (or step of one) to mean 0 and variance 1 over its features (Ba et al. 2016, arXiv:1607.06450).

    The same in training and at inference. :math:`\gamma` and :math:`\beta` have the shape of the axes that are gone
    over. PyTorch's default epsilon is 1e-5.

    Parameters
    ----------
    axis : int or tuple of int
        The axes of the array (stimulus, ...) that mean and variance are taken over, the last by default; not 0.
    epsilon : float
        :math:`\epsilon`, above 0.
    center, scale : bool
        Whether there is a :math:`\beta`, and a :math:`\gamma`.
    beta_initializer, gamma_initializer : str or ann.initializers.Initializer
        How :math:`\beta` and :math:`\gamma` begin.
    beta_regularizer, gamma_regularizer : str or ann.regularizers.Regularizer, optional
        Penalties on them.
    beta_constraint, gamma_constraint : str or ann.constraints.Constraint, optional
        Where they are held to after every step.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an argument is none of these.

    Examples
    --------
    >>> layer = LayerNormalization(epsilon=1e-9, center=False, scale=False)
    >>> layer.forward(np.array([[1.0, 3.0, 1.0, 3.0]]))[0].round(6)
    array([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        axis: int | tuple[int, ...] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        initial, penalties = (beta_initializer, gamma_initializer), (beta_regularizer, gamma_regularizer)
        super().__init__(epsilon, center, scale, initial, penalties, input_shape, name)
        self._constrain(beta_constraint=beta_constraint, gamma_constraint=gamma_constraint)
        several = isinstance(axis, (tuple, list))
        if several and not axis:
            raise InvalidValueError("LayerNormalization.axis: must name at least one axis, got none")
        axes = tuple(checked_axis(one, "LayerNormalization.axis") for one in (axis if several else (axis,)))  # type: ignore[union-attr]
        self.axis: int | tuple[int, ...] = axes if several else axes[0]

    def _axes(self, input_shape: Shape) -> tuple[int, ...]:
        """Give the axes of one stimulus that are gone over, in rising order."""
        chosen = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        axes = sorted({place_of(axis, input_shape) for axis in chosen})
        if len(axes) < len(chosen):
            raise ShapeError(f"got {input_shape} a stimulus, of which axis={self.axis} names an axis twice")
        return tuple(axes)

    def _weight_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape[axis] for axis in self._axes(input_shape))

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Normalise."""
        from ann import fast

        weight_shape = self._weight_shape(x.shape[1:])
        order = self._order(x.shape[1:])
        moved = x if order is None else x.transpose(order)
        rows = np.ascontiguousarray(moved).reshape(-1, math.prod(weight_shape))
        out = np.empty_like(rows)
        mean, inverse = np.empty(len(rows), x.dtype), np.empty(len(rows), x.dtype)
        fast.normalize_rows(rows, *self._scale_and_shift(rows.shape[1], x.dtype), self.epsilon, out, mean, inverse)
        return _in_order(out, moved.shape, order), (rows, mean, inverse, moved.shape, order, weight_shape)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the class of layers' gradients."""
        from ann import fast

        rows, mean, inverse, shape, order, weight_shape = cache
        upstream = np.ascontiguousarray(gradient if order is None else gradient.transpose(order)).reshape(rows.shape)
        gamma, _ = self._scale_and_shift(rows.shape[1], rows.dtype)
        d_gamma, d_beta, d_x = np.zeros_like(gamma), np.zeros_like(gamma), np.empty_like(rows)
        fast.normalize_rows_gradient(upstream, rows, gamma, mean, inverse, d_x, d_gamma, d_beta)
        return _in_order(d_x, shape, order), self._own(d_gamma, d_beta, weight_shape, rows.dtype)

    def _order(self, input_shape: Shape) -> tuple[int, ...] | None:
        """Give the order that brings the axes to the end, None if they are there."""
        axes = [axis + 1 for axis in self._axes(input_shape)]
        rest = [axis for axis in range(len(input_shape) + 1) if axis not in axes]
        return None if rest + axes == list(range(len(input_shape) + 1)) else (*rest, *axes)


def _in_order(rows: np.ndarray, shape: Shape, order: tuple[int, ...] | None) -> np.ndarray:
    """Undo a transposition to `order`, after which the shape was `shape`."""
    found = rows.reshape(shape)
    return found if order is None else np.ascontiguousarray(found.transpose(np.argsort(order)))
