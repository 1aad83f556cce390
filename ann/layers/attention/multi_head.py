"""Multi-head attention."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ann import initializers, regularizers, room
from ann.checks import share
from ann.errors import InvalidTypeError, ShapeError
from ann.layers.attention.heads import attend, attend_gradient
from ann.layers.layer import Layer, Shape, positive_integer

__all__ = ["MultiHeadAttention"]

PARTS = ("query", "key", "value")


class MultiHeadAttention(Layer):
    r"""Every step of a sequence mixes what it sees at all steps (Vaswani et al. 2017, NeurIPS).

    With queries :math:`x`, keys :math:`k` and values :math:`v`, each (step, feature), head :math:`h` gives

    .. math:: A_h = \mathrm{softmax}\left(\frac{(x W^q_h + b^q_h)(k W^k_h + b^k_h)^T}{\sqrt{d}}\right) \qquad
        Y_h = A_h\, (v W^v_h + b^v_h)

    with :math:`d` features of a key, and the output is :math:`y = [Y_1 \ldots Y_H]\, W^o + b^o`, of as many features as
    :math:`x` has. One input is all three (self-attention); several are (query, value) or (query, value, key), in
    Keras's order. A mask hides steps of key and value from all queries; a query that sees none gives :math:`b^o`.
    The mask of the query is that of the output.

    The parameters are matrices ``query_kernel`` (feature, head x key_dim), ``key_kernel``, ``value_kernel`` (feature,
    head x value_dim), ``output_kernel`` (head x value_dim, feature), and a bias of each, the heads one after the other.
    Each matrix is drawn for itself, where PyTorch draws the first three as one.

    Parameters
    ----------
    num_heads : int
        :math:`H`.
    key_dim : int
        :math:`d`, the features of a query and of a key in each head.
    value_dim : int, optional
        Those of a value; `key_dim` by default.
    dropout : float
        Share of the attention weights dropped in training, at least 0 and below 1.
    use_bias : bool
        Whether there are biases.
    use_causal_mask : bool
        Whether a query sees keys up to its own step only.
    kernel_initializer, bias_initializer : str or ann.initializers.Initializer
        How the matrices and the biases begin.
    kernel_regularizer, bias_regularizer : str or ann.regularizers.Regularizer, optional
        Penalty on all four matrices, and on all biases.
    kernel_constraint, bias_constraint : str or ann.constraints.Constraint, optional
        Where each of them is held to after every step.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an argument is none of these.

    Examples
    --------
    >>> layer = MultiHeadAttention(num_heads=2, key_dim=8)
    >>> layer.output_shape((10, 16))
    (10, 16)
    >>> layer.output_shape(((10, 16), (12, 20)))
    (10, 16)
    """

    compiled = True
    takes_mask = True
    mask_per_input = True
    most_inputs = 3
    regularized = tuple(f"{part}_{kind}" for kind in ("kernel", "bias") for part in (*PARTS, "output"))
    argument_words = MappingProxyType({name: name.rpartition("_")[2] for name in regularized})

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        use_causal_mask: bool = False,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        self.num_heads = positive_integer(num_heads, "MultiHeadAttention.num_heads")
        self.key_dim = positive_integer(key_dim, "MultiHeadAttention.key_dim")
        self.value_dim = (
            self.key_dim if value_dim is None else positive_integer(value_dim, "MultiHeadAttention.value_dim")
        )
        self.dropout = share(dropout, "MultiHeadAttention.dropout")
        self.random = self.dropout > 0
        self.use_bias = bool(use_bias)
        self.use_causal_mask = bool(use_causal_mask)
        self.kernel_initializer = initializers.get(kernel_initializer, "MultiHeadAttention.kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "MultiHeadAttention.bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "MultiHeadAttention.kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "MultiHeadAttention.bias_regularizer")
        self._constrain(kernel_constraint=kernel_constraint, bias_constraint=bias_constraint)

    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of the query."""
        query, value, key = _three(input_shape)
        for shape in (query, value, key):
            if len(shape) != 2:
                raise ShapeError(f"got {shape} a stimulus, expects (step, feature)")
        if key[0] != value[0]:
            raise ShapeError(f"got a value {value} and a key {key}, expects as many steps in both")
        return query

    def parameter_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """Give those of four matrices, and of their biases."""
        query, value, key = _three(input_shape)
        shapes: dict[str, Shape] = {}
        for part, features in zip(PARTS, (query[1], key[1], value[1]), strict=True):
            shapes[f"{part}_kernel"] = (features, self._width(part))
        shapes["output_kernel"] = (self._width("value"), query[1])
        if self.use_bias:
            shapes |= {f"{part}_bias": (self._width(part),) for part in PARTS}
            shapes["output_bias"] = (query[1],)
        return shapes

    def initial_parameters(self, input_shape: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw matrices and biases."""
        return {
            name: (self.kernel_initializer if name.endswith("kernel") else self.bias_initializer).draw(shape, rng)
            for name, shape in self.parameter_shapes(input_shape).items()
        }

    def operations(self, input_shape: Any) -> int:
        """Count the products with four matrices, and those of queries with keys and of weights with values."""
        query, value, key = _three(input_shape)
        width, depth = self._width("query"), self._width("value")
        projections = math.prod(query) * (width + depth) + math.prod(key) * width + math.prod(value) * depth
        return 2 * projections + 2 * query[0] * key[0] * (width + depth)

    def mask_after(self, x: Any, mask: Any) -> np.ndarray | None:
        """Give the mask of the query."""
        found: np.ndarray | None = mask[0] if isinstance(mask, tuple) else mask
        return found

    def forward(
        self, x: Any, training: bool = False, rng: np.random.Generator | None = None, mask: Any = None
    ) -> tuple[np.ndarray, "Attention"]:
        """Look, and mix; `mask` (stimulus, step) is a tuple, one or None for each, where there are several inputs."""
        query, value, key = _three(x)
        sources = _sources(query, value, key)
        projected = {part: view for parts, source in sources for part, view in self._project(parts, source).items()}
        hidden = self._hidden(query.shape[1], key.shape[1], mask)
        kept = None
        if training and self.dropout:
            if rng is None:
                raise InvalidTypeError("MultiHeadAttention.forward: needs rng=, a numpy.random.Generator, in training")
            shape = (len(query), self.num_heads, query.shape[1], key.shape[1])
            kept = (rng.random(shape, np.float32) >= self.dropout) * query.dtype.type(1 / (1 - self.dropout))
        mixed, weights = attend(projected["query"], projected["key"], projected["value"], hidden, kept)
        rows = mixed.reshape(-1, self._width("value"))
        y = np.dot(rows, self.parameters["output_kernel"])
        if self.use_bias:
            y += self.parameters["output_bias"]
        several = len(x) if isinstance(x, tuple) else 0
        return y.reshape(*query.shape[:2], -1), Attention(weights, projected, rows, sources, several, kept)

    def attention_scores(self, x: Any, mask: Any = None) -> np.ndarray:
        """Give how much every query looks at every key: (stimulus, head, query step, key step), each row summing to 1.

        Parameters
        ----------
        x : array or tuple of arrays
            (stimulus, step, feature): the layer's inputs, which `Network.activations` gives.
        mask : array or tuple, optional
            As in `forward`.
        """
        dtype = self.parameters["query_kernel"].dtype
        several = isinstance(x, (tuple, list)) and np.ndim(x[0]) == 3
        inputs = tuple(np.asarray(one, dtype) for one in (x if several else (x,)))
        return self.forward(inputs if several else inputs[0], mask=mask)[1].scores

    def backward(
        self, gradient: np.ndarray, cache: "Attention", *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Go back through the output's matrix, the heads, and the three matrices before them."""
        upstream = gradient.reshape(-1, gradient.shape[-1])
        own = {"output_kernel": np.dot(cache.mixed.T, upstream)}
        if self.use_bias:
            own["output_bias"] = np.add.reduce(upstream)
        stimuli, steps = gradient.shape[:2]
        d_mixed = np.dot(upstream, self.parameters["output_kernel"].T)
        d_mixed = d_mixed.reshape(stimuli, steps, self.num_heads, self.value_dim).swapaxes(1, 2)
        d_rows, views = [], {}
        for parts, source in cache.sources:
            d_rows.append(room.empty((source.shape[0] * source.shape[1], sum(map(self._width, parts))), gradient.dtype))
            views.update(self._views(parts, d_rows[-1], source.shape))
        query, key, value = (cache.projected[part] for part in PARTS)
        into = (views["query"], views["key"], views["value"])
        attend_gradient(d_mixed, cache.scores, query, key, value, cache.kept, into)
        d_sources = {}
        for (parts, source), rows in zip(cache.sources, d_rows, strict=True):
            own |= self._projection_gradients(parts, source, rows)
            if inputs:
                d_sources[parts] = np.dot(rows, self._matrix(parts).T).reshape(source.shape)
        return _inputs_gradient(d_sources, cache.several) if inputs else None, own

    def _width(self, part: str) -> int:
        return self.num_heads * (self.value_dim if part == "value" else self.key_dim)

    def _matrix(self, parts: tuple[str, ...], kind: str = "kernel") -> np.ndarray:
        """Give the matrices (or biases) of parts that look at the same input as one, the query's scaled."""
        scale = 1 / math.sqrt(self.key_dim)
        arrays = [self.parameters[f"{part}_{kind}"] * (scale if part == "query" else 1) for part in parts]
        return np.concatenate(arrays, axis=-1)

    def _project(self, parts: tuple[str, ...], source: np.ndarray) -> dict[str, np.ndarray]:
        """Give the parts (stimulus, head, step, feature) of all heads, from one product of matrices."""
        matrix = self._matrix(parts)
        rows = room.empty((source.shape[0] * source.shape[1], matrix.shape[1]), source.dtype)
        np.dot(source.reshape(-1, source.shape[-1]), matrix, out=rows)
        if self.use_bias:
            rows += self._matrix(parts, "bias")
        return self._views(parts, rows, source.shape)

    def _views(self, parts: tuple[str, ...], rows: np.ndarray, shape: Shape) -> dict[str, np.ndarray]:
        """Cut columns of rows (stimulus x step, all parts) into parts and heads, without copying."""
        found, start = {}, 0
        for part in parts:
            stop = start + self._width(part)
            cut = rows[:, start:stop].reshape(shape[0], shape[1], self.num_heads, -1)
            found[part], start = cut.swapaxes(1, 2), stop
        return found

    def _projection_gradients(
        self, parts: tuple[str, ...], source: np.ndarray, d_rows: np.ndarray
    ) -> dict[str, np.ndarray]:
        kernel = np.dot(source.reshape(-1, source.shape[-1]).T, d_rows)
        bias = np.add.reduce(d_rows) if self.use_bias else None
        own, start = {}, 0
        for part in parts:
            columns = slice(start, start + self._width(part))
            scale = 1 / math.sqrt(self.key_dim) if part == "query" else 1
            own[f"{part}_kernel"] = kernel[:, columns] * scale
            if bias is not None:
                own[f"{part}_bias"] = bias[columns] * scale
            start = columns.stop
        return own

    def _hidden(self, queries: int, keys: int, mask: Any) -> np.ndarray | None:
        """Give where a query must not see a key, to be broadcast to (stimulus, head, query step, key step)."""
        masks = mask[1:] if isinstance(mask, tuple) else (mask,)
        hidden = [~np.asarray(one)[:, None, None, :] for one in masks if one is not None]
        if self.use_causal_mask:
            hidden.append(np.arange(queries)[:, None] < np.arange(keys))
        if not hidden:
            return None
        found = hidden[0]
        for one in hidden[1:]:
            found = found | one
        return found


@dataclass(frozen=True)
class Attention:
    """What a forward pass leaves behind; `scores` are there to be looked at."""

    scores: np.ndarray  # (stimulus, head, query step, key step), before dropout
    projected: dict[str, np.ndarray]  # query (scaled), key and value, each (stimulus, head, step, feature)
    mixed: np.ndarray  # (stimulus x step, head x value feature)
    sources: list[tuple[tuple[str, ...], np.ndarray]]  # inputs, and which parts look at each
    several: int  # how many inputs there were, 0 for one that is no tuple
    kept: np.ndarray | None  # what dropout multiplied the scores with


def _three(x: Any) -> tuple[Any, Any, Any]:
    """Give query, value and key (or their shapes) of one, two or three inputs."""
    if not isinstance(x, tuple) or not isinstance(x[0], (tuple, np.ndarray)):
        return x, x, x
    return (x[0], x[1], x[-1]) if len(x) > 1 else (x[0],) * 3


def _sources(query: np.ndarray, value: np.ndarray, key: np.ndarray) -> list[tuple[tuple[str, ...], np.ndarray]]:
    """Tell which parts look at the same array, so that one product of matrices serves them."""
    found: list[tuple[tuple[str, ...], np.ndarray]] = []
    for part, source in (("query", query), ("value", value), ("key", key)):
        for index, (parts, other) in enumerate(found):
            if source is other:
                found[index] = ((*parts, part), other)
                break
        else:
            found.append(((part,), source))
    return found


def _inputs_gradient(d_sources: dict[tuple[str, ...], np.ndarray], several: int) -> Any:
    """Bring the gradients for different arrays into the order of the inputs."""
    if not several:
        return next(iter(d_sources.values()))
    wanted = ("query", "value", "key")[:several]
    found, seen = [], set()
    for part in wanted:
        parts, d_source = next((parts, one) for parts, one in d_sources.items() if part in parts)
        # An array that is two inputs has its whole gradient at the first of them.
        found.append(np.zeros_like(d_source) if parts in seen else d_source)
        seen.add(parts)
    return tuple(found)
