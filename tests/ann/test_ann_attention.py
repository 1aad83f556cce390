"""Attention against loops written out, central differences, and what masks and order may and may not change."""

import math

import numpy as np
import pytest
from scipy.special import softmax

import ann
from ann import gradcheck, layers
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import MultiHeadAttention

RNG = np.random.default_rng(0)
MASK = np.array([[1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]], bool)
CASES = {  # layer, shapes of a stimulus, mask
    "self": (MultiHeadAttention(2, 3), (6, 4), None),
    "self, values of another width": (MultiHeadAttention(3, 2, value_dim=5), (6, 4), None),
    "self, no bias": (MultiHeadAttention(2, 3, use_bias=False), (6, 4), None),
    "self, causal": (MultiHeadAttention(2, 3, use_causal_mask=True), (6, 4), None),
    "self, masked": (MultiHeadAttention(2, 3), (6, 4), MASK),
    "self, one head, causal and masked": (MultiHeadAttention(1, 2, use_causal_mask=True), (6, 4), MASK),
    "query and value": (MultiHeadAttention(2, 3), ((5, 4), (6, 7)), None),
    "query, value and key": (MultiHeadAttention(2, 3, value_dim=2), ((5, 4), (6, 7), (6, 3)), None),
    "two masks": (MultiHeadAttention(2, 3), ((5, 4), (6, 7), (6, 3)), (None, MASK, MASK[::-1])),
    "causal, fewer queries": (MultiHeadAttention(2, 3, use_causal_mask=True), ((4, 4), (6, 7)), None),
    "causal, more queries": (MultiHeadAttention(2, 3, use_causal_mask=True), ((7, 4), (6, 7)), (None, MASK)),
}


def filled(layer, shape):
    """Give a copy of the layer with random parameters."""
    layer = layer.copy()
    initial = layer.initial_parameters(shape, RNG)
    layer.parameters = {name: value + 0.5 * RNG.normal(size=value.shape) for name, value in initial.items()}
    return layer


def drawn(shape, count=3):
    """Give inputs of a layer."""
    several = isinstance(shape[0], tuple)
    x = tuple(RNG.normal(size=(count, *one)) for one in (shape if several else (shape,)))
    return x if several else x[0]


def written_out(layer, x, mask):
    """Give the output and the weights, one stimulus, head and query at a time."""
    inputs, masks = (x, mask or (None,) * len(x)) if isinstance(x, tuple) else ((x,) * 3, (None, mask, mask))
    query, value, key = inputs[0], inputs[1], inputs[-1]
    own = layer.parameters
    heads, width, depth = layer.num_heads, layer.key_dim, layer.value_dim
    weights = np.zeros((len(query), heads, query.shape[1], key.shape[1]))
    output = np.zeros(query.shape)
    for n, h, i in np.ndindex(len(query), heads, query.shape[1]):
        keys, values = slice(h * width, (h + 1) * width), slice(h * depth, (h + 1) * depth)
        bias = {
            part: own.get(f"{part}_bias", np.zeros(heads * max(width, depth))) for part in ("query", "key", "value")
        }
        q = query[n, i] @ own["query_kernel"][:, keys] + bias["query"][keys]
        seen = [
            j
            for j in range(key.shape[1])
            if all(one is None or one[n, j] for one in masks[1:]) and (j <= i or not layer.use_causal_mask)
        ]
        if not seen:
            continue
        scores = [q @ (key[n, j] @ own["key_kernel"][:, keys] + bias["key"][keys]) / math.sqrt(width) for j in seen]
        weights[n, h, i, seen] = softmax(scores)
        mixed = sum(
            weights[n, h, i, j] * (value[n, j] @ own["value_kernel"][:, values] + bias["value"][values]) for j in seen
        )
        output[n, i] += mixed @ own["output_kernel"][values]
    return output + own.get("output_bias", 0), weights


@pytest.mark.parametrize("name", CASES)
def test_attention_is_its_equation(name):
    """Output and scores are those of the equation, written out for every stimulus, head and query."""
    layer, shape, mask = CASES[name]
    layer = filled(layer, shape)
    x = drawn(shape)
    y, cache = layer.forward(x, mask=mask)
    expected, weights = written_out(layer, x, mask)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    np.testing.assert_allclose(cache.scores, weights, atol=1e-12)
    np.testing.assert_array_equal(layer.attention_scores(x, mask), cache.scores)
    assert y.shape[1:] == layer.output_shape(shape)


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_central_differences(name):
    """Gradients for every input and parameter agree with central differences, with and without dropout."""
    layer, shape, mask = CASES[name]
    assert gradcheck.check_layer(layer, shape, mask=mask, samples=60) < 1e-6
    dropping = MultiHeadAttention(layer.num_heads, layer.key_dim, layer.value_dim, dropout=0.4)
    assert gradcheck.check_layer(dropping, shape, mask=mask, samples=20) < 1e-6


def test_the_order_of_steps_does_not_matter():
    """Self-attention is equivariant: steps in another order give the output in that order; a causal one is not."""
    order = RNG.permutation(6)
    x = drawn((6, 4))
    layer = filled(MultiHeadAttention(2, 3), (6, 4))
    np.testing.assert_allclose(layer.forward(x[:, order])[0], layer.forward(x)[0][:, order], atol=1e-12)
    causal = filled(MultiHeadAttention(2, 3, use_causal_mask=True), (6, 4))
    assert np.abs(causal.forward(x[:, order])[0] - causal.forward(x)[0][:, order]).max() > 0.01


def test_the_future_is_not_seen():
    """With a causal mask, what comes later changes no earlier output."""
    layer = filled(MultiHeadAttention(2, 3, use_causal_mask=True), (6, 4))
    x = drawn((6, 4))
    changed = x.copy()
    changed[:, 4:] += 10
    before, after = layer.forward(x)[0], layer.forward(changed)[0]
    np.testing.assert_array_equal(before[:, :4], after[:, :4])
    assert np.abs(before[:, 4:] - after[:, 4:]).max() > 0.01


def test_hidden_steps_are_not_seen():
    """What stands at a hidden step changes nothing; who sees no step at all gives the output's bias."""
    layer = filled(MultiHeadAttention(2, 3), ((5, 4), (6, 7)))
    query, value = drawn(((5, 4), (6, 7)))
    changed = np.where(MASK[:, :, None], value, 1e3)
    y = layer.forward((query, value), mask=(None, MASK))[0]
    np.testing.assert_array_equal(layer.forward((query, changed), mask=(None, MASK))[0], y)
    np.testing.assert_array_equal(y[2], np.broadcast_to(layer.parameters["output_bias"], (5, 4)))


def test_scores_do_not_overflow():
    """Very large scores in float32 give weights that are finite and sum to 1."""
    layer = MultiHeadAttention(2, 8)
    layer.parameters = {
        name: (100 * RNG.normal(size=shape)).astype(np.float32)
        for name, shape in layer.parameter_shapes((20, 16)).items()
    }
    y, cache = layer.forward(100 * RNG.normal(size=(2, 20, 16)).astype(np.float32))
    assert np.isfinite(y).all()
    np.testing.assert_allclose(cache.scores.sum(-1), 1, rtol=1e-5)
    d_x, own = layer.backward(np.ones_like(y), cache)
    assert all(np.isfinite(array).all() for array in (d_x, *own.values()))


@pytest.mark.parametrize("length", [1, 5, 16, 33])
def test_single_precision_follows_double(length):
    """In float32 output and gradients are those of float64, whatever the number of steps."""
    double = filled(MultiHeadAttention(2, 4), (length, 6))
    single = double.copy()
    single.parameters = {name: value.astype(np.float32) for name, value in double.parameters.items()}
    x, gradient = drawn((length, 6)).astype(np.float32), drawn((length, 6)).astype(np.float32)
    found = []
    for layer, dtype in ((single, np.float32), (double, float)):
        y, cache = layer.forward(x.astype(dtype))
        d_x, own = layer.backward(gradient.astype(dtype), cache)
        assert {array.dtype for array in (y, d_x, *own.values())} == {np.dtype(dtype)}
        found.append([y, d_x, *(own[name] for name in sorted(own))])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=3e-5)


def test_dropout_keeps_the_mean_of_the_weights():
    """Half of the weights fall, the others double; at inference none does, and training asks for a generator."""
    layer = filled(MultiHeadAttention(4, 3, dropout=0.5), (30, 4))
    x = drawn((30, 4))
    kept = layer.forward(x, True, np.random.default_rng(0))[1].kept
    assert set(np.unique(kept)) == {0, 2}
    assert abs(kept.mean() - 1) < 5 / np.sqrt(kept.size)
    assert layer.forward(x)[1].kept is None
    assert layer.random
    assert not MultiHeadAttention(4, 3).random
    with pytest.raises(InvalidTypeError, match="needs rng="):
        layer.forward(x, training=True)


class Fives(layers.Activation):
    """A layer that hides the steps whose first feature is above 5."""

    makes_mask = True

    def mask_after(self, x, mask):
        """Show the others."""
        return x[..., 0] <= 5


def test_masks_reach_attention_inside_a_network():
    """Masks of query and value go their own ways: the value's hides its steps, the query's goes on to what follows."""
    inputs = ann.Input((7, 3))
    marked = Fives("linear")(inputs)
    unmarked = layers.Reshape((7, 3))(inputs)
    crossed = MultiHeadAttention(1, 4, name="crossed")([unmarked, marked])
    onward = MultiHeadAttention(1, 4, name="onward")([marked, crossed])
    model = ann.Model(inputs, onward)
    x = RNG.normal(size=(4, 7, 3))
    x[:2, 3:, 0] = 9
    part = model.forward(x)[1].parts[0]
    crossed, onward = model.names.index("crossed"), model.names.index("onward")
    scores = part.caches[crossed].scores
    assert (scores[:2, :, :, 3:] == 0).all()
    assert (scores[:2, :, :, :3] > 0).all()
    assert (scores[2:] > 0).all()
    assert part.masks[crossed] is None
    assert (part.caches[onward].scores > 0).all()
    np.testing.assert_array_equal(part.masks[onward], x[..., 0] <= 5)


def test_words_that_are_padding_are_not_looked_at():
    """Behind an embedding whose number 0 is padding, no query looks there, and what is appended changes nothing."""
    words = np.array([[3, 1, 4, 1, 5, 0, 0], [2, 7, 0, 0, 0, 0, 0]])
    inputs = ann.Input((7,))
    embedded = layers.Embedding(10, 4, mask_zero=True)(inputs)
    mixed = MultiHeadAttention(2, 3, name="mixed")(embedded)
    model = ann.Model(inputs, mixed, seed=0)
    y, cache = model.forward(words)
    scores = cache.parts[0].caches[model.names.index("mixed")].scores
    hidden = np.broadcast_to((words == 0)[:, None, None], scores.shape)
    assert (scores[hidden] == 0).all()
    assert (scores[~hidden] > 0).all()
    vectors = model.activations(words)["embedding_1"]
    alone = model.layers[-1].attention_scores(list(vectors[:1, :5][None]), None)
    np.testing.assert_allclose(scores[0, :, :5, :5], alone[0], rtol=1e-5)
    crossed = model.layers[-1].attention_scores([vectors, vectors], (None, words > 0))
    np.testing.assert_array_equal(crossed, scores)
    assert y.shape == (2, 7, 4)


@pytest.mark.parametrize("shared", [False, True])
def test_gradients_through_a_transformers_block(shared):
    """Self-attention twice, residuals, normalisation and a dense layer, checked whole, one layer standing twice."""
    inputs = ann.Input((5, 4))
    attention = MultiHeadAttention(2, 2, dropout=0.2)
    mixed = layers.LayerNormalization()(layers.Add()([inputs, attention(inputs)]))
    other = attention if shared else MultiHeadAttention(2, 2, use_causal_mask=True)
    again = layers.LayerNormalization()(layers.Add()([mixed, (other(mixed) if shared else other([mixed, mixed]))]))
    hidden = layers.Add()([again, layers.Dense(4, activation="gelu")(again)])
    model = ann.Model(inputs, layers.Dense(3, activation="softmax")(layers.Flatten()(hidden)), seed=1)
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert gradcheck.check_model(model, RNG.normal(size=(3, 5, 4)), np.array([0, 2, 1]), samples=30) < 1e-6


def test_threads_and_files_change_nothing(monkeypatch, tmp_path):
    """A batch in parts gives the same bits on one thread and on two, and a saved network gives the same output."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    x, y = RNG.normal(size=(40, 6, 4)), RNG.normal(size=(40, 6, 4))
    found = []
    for threads in (1, 2):
        model = ann.Sequential([MultiHeadAttention(2, 3, dropout=0.1), layers.Dense(4)], threads=threads)
        model.compile("adam", "mean_squared_error")
        model.fit(x, y, epochs=2, batch_size=40)
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)
    ann.io.save(model, tmp_path / "model.npz")
    np.testing.assert_array_equal(ann.io.load(tmp_path / "model.npz").predict(x), model.predict(x))


def test_attention_learns_to_look_where_it_is_told():
    """Each sequence marks one step; what stands there is the answer. A head learns to look there."""
    rng = np.random.default_rng(1)
    values, marked = rng.normal(size=(512, 8)), rng.integers(0, 8, 512)
    x = np.stack([values, np.eye(8)[marked]], axis=-1).astype(np.float32)
    inputs = ann.Input((8, 2))
    pooled = layers.Flatten()(MultiHeadAttention(1, 8, name="look")(inputs))
    model = ann.Model(inputs, layers.Dense(1)(pooled), seed=0)
    model.compile(ann.optimizers.Adam(0.01), "mean_squared_error")
    model.fit(x, values[np.arange(512), marked], epochs=60, batch_size=64)
    scores = model.layers[0].attention_scores(x)[:, 0]
    assert scores[np.arange(512), :, marked].mean() > 0.8
    assert model.evaluate(x, values[np.arange(512), marked]) < 0.05


def test_a_penalty_lies_on_every_matrix():
    """The regulariser counts all four matrices, and no bias."""
    model = ann.Sequential([MultiHeadAttention(2, 3, kernel_regularizer={"kind": "L2", "l2": 0.5}, input_shape=(5, 4))])
    weights = model.get_weights()["multi_head_attention_1"]
    expected = 0.5 * sum((value**2).sum() for name, value in weights.items() if name.endswith("kernel"))
    assert model.penalty() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: MultiHeadAttention(0, 3),
            InvalidValueError,
            r"MultiHeadAttention.num_heads: must be at least 1, got 0",
        ),
        (lambda: MultiHeadAttention(2, 1.5), InvalidTypeError, r"MultiHeadAttention.key_dim: must be an integer"),
        (
            lambda: MultiHeadAttention(2, 3, dropout=1),
            InvalidValueError,
            r"dropout: must be at least 0 and below 1, got 1",
        ),
        (
            lambda: MultiHeadAttention(2, 3).output_shape((4,)),
            ShapeError,
            r"got \(4,\) a stimulus, expects \(step, feat",
        ),
        (
            lambda: MultiHeadAttention(2, 3).output_shape(((4, 2), (5, 2), (6, 2))),
            ShapeError,
            r"got a value \(5, 2\) and a key \(6, 2\), expects as many steps in both",
        ),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument or a shape that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
