"""Embedding and Masking: what makes sequences of words and of different lengths."""

import numpy as np
import pytest

import ann
from ann import gradcheck
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import LSTM, Dense, Embedding, Masking


def table(rows=5, width=3, **options):
    """Give an embedding with a table of known numbers."""
    layer = Embedding(rows, width, **options)
    layer.parameters = {"embeddings": np.arange(rows * width, dtype=float).reshape(rows, width)}
    return layer


def test_embedding_looks_rows_up_and_adds_gradients_up():
    """Each number gives its row; a row's gradient is the sum over its places, in any shape of stimulus."""
    layer, x = table(), np.array([[[1.0, 1.0], [4.0, 0.0]]])
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, layer.parameters["embeddings"][x.astype(int)])
    d_x, gradients = layer.backward(np.ones_like(y), cache)
    np.testing.assert_array_equal(gradients["embeddings"], np.repeat([1, 2, 0, 0, 1], 3).reshape(5, 3))
    np.testing.assert_array_equal(d_x, np.zeros_like(x))
    assert gradcheck.check_layer(Embedding(6, 3), (4,), x=np.array([[1, 1, 5, 0], [2, 0, 1, 3]])) < 1e-6


def test_masking_lets_through_what_counts():
    """A step is masked if all its features are the value; its output and gradient are 0."""
    x = np.array([[[7.0, 7.0], [7.0, 1.0], [0.0, 0.0]]])
    layer = Masking(7)
    np.testing.assert_array_equal(layer.mask_after(x, None), [[False, True, True]])
    np.testing.assert_array_equal(layer.mask_after(x, np.array([[True, True, False]])), [[False, True, False]])
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, [[[0, 0], [7, 1], [0, 0]]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(x), cache)[0], [[[0, 0], [1, 1], [1, 1]]])
    assert layer.makes_mask
    np.testing.assert_array_equal(Masking(0.1).mask_after(np.full((1, 1, 2), 0.1, np.float32), None), [[False]])


@pytest.mark.parametrize("first", ["words", "features"])
def test_padding_changes_nothing(first):
    """Padded sequences give what the sequences of their own length give, through a whole model."""
    rng = np.random.default_rng(0)
    words = rng.integers(1, 9, (4, 6))
    x = words if first == "words" else rng.normal(size=(4, 6, 2))
    begin = [Embedding(9, 3, mask_zero=True)] if first == "words" else [Masking()]
    short = ann.Sequential([*begin, LSTM(4, return_sequences=True), LSTM(3), Dense(2)], seed=1)
    expected = short.predict(x)
    long = ann.Sequential([layer.copy() for layer in short.layers], seed=1)
    padded = np.concatenate([x, np.zeros_like(x[:, :3])], axis=1)
    np.testing.assert_allclose(long.predict(padded), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(long.flat_weights, short.flat_weights)


def test_masks_begin_at_zeros_only_where_asked():
    """Without `mask_zero` the mask goes on as it came; with it zeros are added."""
    x, mask = np.array([[1, 0, 2]]), np.array([[False, True, True]])
    assert Embedding(3, 2).mask_after(x, None) is None
    assert Embedding(3, 2).mask_after(x, mask) is mask
    np.testing.assert_array_equal(table(mask_zero=True).mask_after(x, mask), [[False, False, True]])
    np.testing.assert_array_equal(table(mask_zero=True).mask_after(x, None), [[True, False, True]])


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (
            lambda: table().forward(np.array([[1.0, 5.0]])),
            DataError,
            r"Embedding: takes whole .* 0 to 4, got 5 at step",
        ),
        (lambda: table(name="words").forward(np.array([[-1.0]])), DataError, r"words: takes whole numbers .* got -1"),
        (lambda: table().forward(np.array([[0.5]])), DataError, r"got 0.5 at step \(0,\)"),
        (lambda: table().forward(np.array([[np.nan]])), DataError, r"got nan"),
        (lambda: Embedding(0, 2), InvalidValueError, r"Embedding.input_dim: must be at least 1"),
        (lambda: Embedding(2, 2.5), InvalidTypeError, r"Embedding.output_dim: must be an integer"),
        (
            lambda: Embedding(3, 2, mask_zero=True).output_shape((4, 4)),
            ShapeError,
            r"expects \(step,\), since mask_zero",
        ),
        (lambda: Embedding(2**25, 1).forward(np.ones((1, 1), np.float32)), InvalidValueError, r"of float64"),
        (lambda: Masking("0"), InvalidTypeError, r"Masking.mask_value: must be a number"),
        (lambda: Masking(np.inf), InvalidValueError, r"Masking.mask_value: must be finite"),
        (lambda: Masking().output_shape((4,)), ShapeError, r"expects \(step, feature\)"),
    ],
)
def test_what_does_not_fit_is_named(act, error, message):
    """Numbers without a row, and settings that cannot be used, are refused in words."""
    with pytest.raises(error, match=message):
        act()
