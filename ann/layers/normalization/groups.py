"""Group normalisation."""

import math
from typing import Any

import numpy as np

from ann.errors import ShapeError
from ann.layers.axes import checked_axis, columns_of, place_of, put_back
from ann.layers.layer import Shape, positive_integer
from ann.layers.normalization.normalization import Normalization

__all__ = ["GroupNormalization"]


class GroupNormalization(Normalization):
    r"""Each group of channels of a stimulus to mean 0 and variance 1, over all its places (Wu and He 2018, ECCV).

    The same in training and at inference. With one group it is layer normalisation over all axes of a stimulus, but
    with one :math:`\gamma` and :math:`\beta` a channel; with as many groups as channels, instance normalisation.

    Parameters
    ----------
    groups : int
        How many groups of neighbouring channels; -1 for one a channel. The number of channels must be a multiple.
    axis : int
        The axis of channels in the array (stimulus, ...), the last by default; not 0.
    epsilon : float
        :math:`\epsilon`, above 0.
    center, scale : bool
        Whether there is a :math:`\beta`, and a :math:`\gamma`.
    beta_initializer, gamma_initializer : str or ann.initializers.Initializer
        How :math:`\beta` and :math:`\gamma` (channel,) begin.
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
    >>> layer = GroupNormalization(groups=2, epsilon=1e-9, center=False, scale=False)
    >>> layer.forward(np.array([[1.0, 3.0, 10.0, 30.0]]))[0].round(6)
    array([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        self.groups = -1 if groups == -1 else positive_integer(groups, "GroupNormalization.groups")
        self.axis = checked_axis(axis, "GroupNormalization.axis")

    def _weight_shape(self, input_shape: Shape) -> Shape:
        channels = input_shape[place_of(self.axis, input_shape)]
        if self.groups > channels or channels % self.groups:
            raise ShapeError(
                f"got {input_shape} a stimulus, whose {channels} channels do not part into {self.groups} groups"
            )
        return (channels,)

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Normalise."""
        from ann import fast

        place = place_of(self.axis, x.shape[1:]) + 1
        channels = x.shape[place]
        rows = columns_of(x, place).reshape(len(x), math.prod(x.shape[1:]) // channels, channels)
        groups = channels if self.groups == -1 else self.groups
        mean, inverse = np.empty((len(x), groups), x.dtype), np.empty((len(x), groups), x.dtype)
        out = np.empty_like(rows)
        fast.normalize_groups(rows, *self._scale_and_shift(channels, x.dtype), self.epsilon, out, mean, inverse)
        return put_back(out, x.shape, place), (rows, mean, inverse, x.shape, place)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the class of layers' gradients."""
        from ann import fast

        rows, mean, inverse, shape, place = cache
        channels = rows.shape[2]
        gamma, _ = self._scale_and_shift(channels, rows.dtype)
        d_gamma, d_beta, d_x = np.zeros(channels), np.zeros(channels), np.empty_like(rows)
        upstream = columns_of(gradient, place).reshape(rows.shape)
        fast.normalize_groups_gradient(upstream, rows, gamma, mean, inverse, d_x, d_gamma, d_beta)
        return put_back(d_x, shape, place), self._own(d_gamma, d_beta, (channels,), rows.dtype)
