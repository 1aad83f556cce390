"""Batch normalisation."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidValueError
from ann.layers.axes import checked_axis, columns_of, place_of, put_back
from ann.layers.layer import Shape
from ann.layers.normalization.normalization import Normalization

__all__ = ["BatchNormalization"]


@dataclass(frozen=True)
class _Cache:
    """What `BatchNormalization.backward` and `observe` need."""

    columns: np.ndarray  # the input as a matrix, one column a channel
    shape: Shape  # of the input, and its axis of channels
    place: int
    mean: np.ndarray  # these channel by channel
    variance: np.ndarray
    inverse: np.ndarray  # 1 / sqrt(variance + epsilon)
    training: bool
    counts: np.ndarray | None  # which elements of the columns count in these; None where all do


class BatchNormalization(Normalization):
    r"""Each channel to mean 0 and variance 1 over a batch (Ioffe and Szegedy 2015, ICML), scaled and shifted.

    In training :math:`m` and :math:`v` are those of the batch, over stimuli and all axes but `axis`, so the output for
    one stimulus depends on the others. At inference they are running ones, moved once a batch of training by

    .. math:: m_r \leftarrow \mu\, m_r + (1 - \mu)\, m \qquad v_r \leftarrow \mu\, v_r + (1 - \mu)\, v

    The variance that goes into the running one is the same :math:`v` that normalises, over :math:`n`: as in Keras 3
    and ONNX. PyTorch normalises by it too, but moves its running variance by that over :math:`n - 1`, so that after
    training on batches of :math:`n` numbers a channel its running variance is :math:`n / (n - 1)` times ours.
    Its `momentum` is one minus this one (0.1 there is 0.9 here), and its default epsilon is 1e-5.
    Steps that a mask hides count in none of these, as in Keras 3, and are normalised like the others; where no step
    of a channel counts, the running ones stay and serve.

    Parameters
    ----------
    axis : int
        The axis of channels in the array (stimulus, ...), the last by default; not 0.
    momentum : float
        :math:`\mu`, from 0 to 1.
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
    >>> layer = BatchNormalization(epsilon=1e-9, center=False, scale=False)
    >>> layer.forward(np.array([[1.0], [3.0]]), training=True)[0].round(6)
    array([[-1.],
           [ 1.]])
    """

    whole_batch = True
    takes_mask = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
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
        self.axis = checked_axis(axis, "BatchNormalization.axis")
        self.momentum = finite_number(momentum, "BatchNormalization.momentum", least=0)
        if self.momentum > 1:
            raise InvalidValueError(f"BatchNormalization.momentum: must be from 0 to 1, got {momentum}")

    def _weight_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[place_of(self.axis, input_shape)],)

    def statistic_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give those of the running mean and variance (channel,)."""
        shape = self._weight_shape(input_shape)
        return {"moving_mean": shape, "moving_variance": shape}

    def initial_statistics(self, input_shape: Shape) -> dict[str, np.ndarray]:
        """Give a running mean of 0 and a running variance of 1."""
        shape = self._weight_shape(input_shape)
        return {"moving_mean": np.zeros(shape), "moving_variance": np.ones(shape)}

    def observe(self, cache: Any) -> None:
        """Move the running mean and variance."""
        for name, value in (("moving_mean", cache.mean), ("moving_variance", cache.variance)):
            running = self.statistics[name]
            running *= self.momentum
            running += (1 - self.momentum) * value

    def forward(
        self,
        x: np.ndarray,
        training: bool = False,
        rng: np.random.Generator | None = None,
        *,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Normalise by the batch in training, by what was seen in training otherwise."""
        from ann import fast

        place = place_of(self.axis, x.shape[1:]) + 1
        columns, counts = columns_of(x, place), None
        size = columns.shape[1]
        if training and mask is not None and mask.shape == x.shape[:2]:
            counts = columns_of(np.broadcast_to(mask.reshape(*mask.shape, *(1,) * (x.ndim - 2)), x.shape), place)
            mean, variance = _counted_moments(columns, counts, *self._seen_in_training())
        elif training:
            mean, variance = np.empty(size), np.empty(size)
            fast.column_moments(columns, mean, variance)
        else:
            mean, variance = self._seen_in_training()
        inverse = 1 / np.sqrt(variance + self.epsilon)
        cache = _Cache(columns, x.shape, place, mean, variance, inverse, training, counts)
        gamma, beta = self._scale_and_shift(size, x.dtype)
        out = np.empty_like(columns)
        factor = (gamma * cache.inverse).astype(x.dtype, copy=False)
        fast.normalize_columns(columns, mean.astype(x.dtype, copy=False), factor, beta, out)
        return put_back(out, x.shape, place), cache

    def _seen_in_training(self) -> tuple[np.ndarray, np.ndarray]:
        return self.statistics["moving_mean"], self.statistics["moving_variance"]

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give the class of layers' gradients; at inference mean and variance do not depend on the input."""
        from ann import fast

        upstream, size, dtype = columns_of(gradient, cache.place), len(cache.mean), cache.columns.dtype
        mean, inverse = cache.mean.astype(dtype, copy=False), cache.inverse
        total, product = np.empty(size), np.empty(size)
        fast.column_sums(upstream, cache.columns, mean, total, product)
        own = self._own(product * inverse, total, (size,), dtype)
        if not inputs:
            return None, own
        factor = self._scale_and_shift(size, dtype)[0] * inverse
        number = len(upstream) if cache.counts is None else np.maximum(cache.counts.sum(axis=0), 1)
        share = factor / number if cache.training else 0 * factor
        d_x = np.empty_like(upstream)
        slope, offset = share * product * inverse**2, share * total
        factor, slope, offset = (one.astype(dtype, copy=False) for one in (factor, slope, offset))
        fast.normalize_columns_gradient(upstream, cache.columns, mean, factor, slope, offset, d_x)
        if cache.counts is not None:  # what does not count moves neither mean nor variance
            np.copyto(d_x, upstream * factor, where=~cache.counts)
        return put_back(d_x, cache.shape, cache.place), own


def _counted_moments(
    columns: np.ndarray, counts: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give mean and variance of what counts in each column, those given where nothing does; float64."""
    number = counts.sum(axis=0)
    first = np.where(counts, columns, 0).sum(axis=0, dtype=np.float64) / np.maximum(number, 1)
    spread = np.where(counts, columns - first, 0)
    second = np.square(spread).sum(axis=0) / np.maximum(number, 1)
    return np.where(number, first, mean), np.where(number, second, variance)
