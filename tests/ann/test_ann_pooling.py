"""Pooling against central differences, plain loops, and each other."""

import numpy as np
import pytest

from ann import fast, gradcheck
from ann.errors import InvalidValueError, ShapeError
from ann.layers import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from ann.layers.windows import Windows

LAYERS = {
    "maximum, margins": (MaxPooling2D(3, strides=2, padding=1), (6, 5, 2)),
    "maximum, dilation": (MaxPooling2D(2, strides=1, dilation_rate=(2, 3)), (6, 7, 2)),
    "maximum, gaps": (MaxPooling2D(2, strides=3), (8, 7, 2)),
    "maximum, sequence": (MaxPooling1D(3, strides=2, padding="same"), (8, 2)),
    "mean, margins": (AveragePooling2D((3, 2), strides=2, padding=((2, 0), (1, 1))), (6, 5, 2)),
    "mean, padding counts": (AveragePooling2D(3, padding=1, padding_counts=True), (6, 5, 2)),
    "mean, dilation": (AveragePooling2D(2, strides=1, dilation_rate=2, padding="same"), (5, 5, 2)),
    "mean, sequence": (AveragePooling1D(3, strides=2, padding=(2, 1)), (7, 3)),
    "mean of all": (GlobalAveragePooling2D(), (4, 3, 2)),
    "mean of all, axes kept": (GlobalAveragePooling2D(keepdims=True), (4, 3, 2)),
    "mean of all steps": (GlobalAveragePooling1D(), (5, 3)),
    "maximum of all": (GlobalMaxPooling2D(), (4, 3, 2)),
    "maximum of all steps, axes kept": (GlobalMaxPooling1D(keepdims=True), (5, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_central_differences(name):
    """Every layer's gradient for its input agrees with central differences to 1e-6."""
    layer, shape = LAYERS[name]
    assert gradcheck.check_layer(layer, shape, tolerance=1e-6) < 1e-6


@pytest.mark.parametrize("name", LAYERS)
def test_layers_keep_what_they_promise(name):
    """Shapes are as announced, the input and float32 stay, and without inputs there is no gradient."""
    layer, shape = LAYERS[name]
    assert layer.copy() == layer
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    before = x.copy()
    y, cache = layer.forward(x, True)
    assert y.shape == (3, *layer.output_shape(shape))
    assert y.dtype == np.float32
    d_x, own = layer.backward(y, cache)
    assert d_x.shape == x.shape
    assert d_x.dtype == np.float32
    assert own == {}
    assert layer.backward(y, cache, inputs=False) == (None, {})
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(("layer", "reduce"), [(MaxPooling2D, np.nanmax), (AveragePooling2D, np.nanmean)])
@pytest.mark.parametrize(
    ("size", "stride", "dilation", "margins"),
    [(3, 2, 1, ((1, 2), (0, 2))), (2, 1, 2, ((1, 0), (0, 1))), (2, 3, 1, ((1, 1), (0, 0)))],
)
def test_pooling_is_the_plain_loop(layer, reduce, size, stride, dilation, margins):
    """Pooling equals a loop over windows, where what lies outside does not count."""
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3))
    y = layer(size, strides=stride, dilation_rate=dilation, padding=margins).forward(x)[0]
    around = np.pad(x, ((0, 0), *margins, (0, 0)), constant_values=np.nan)
    reach = dilation * (size - 1) + 1
    assert y.shape[1:3] == tuple((around.shape[axis] - reach) // stride + 1 for axis in (1, 2))
    for row in range(y.shape[1]):
        for column in range(y.shape[2]):
            top, left = row * stride, column * stride
            window = around[:, top : top + reach : dilation, left : left + reach : dilation]
            np.testing.assert_allclose(y[:, row, column], reduce(window, axis=(1, 2)), atol=1e-12)


def test_zeros_around_count_where_asked():
    """With `padding_counts` the mean is that of the image with zeros around it."""
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3))
    counted = AveragePooling2D(3, padding=((1, 2), (2, 1)), padding_counts=True)
    plain = AveragePooling2D(3)
    np.testing.assert_allclose(
        counted.forward(x)[0], plain.forward(np.pad(x, ((0, 0), (1, 2), (2, 1), (0, 0))))[0], atol=1e-12
    )


@pytest.mark.parametrize(
    ("size", "stride", "margins", "image"),
    [((2, 2), (2, 2), (0, 0), (8, 6)), ((3, 2), (3, 4), (1, 0), (8, 7)), ((2, 3), (2, 3), (0, 1), (7, 8))],
)
def test_windows_apart_give_what_others_give(size, stride, margins, image):
    """Windows that share no place are written without adding: the same gradients, with ties, margins and leftovers."""
    rng = np.random.default_rng(0)
    windows = Windows.over(image, size, stride, (1, 1), tuple((margin, margin) for margin in margins))
    assert windows.apart
    x = rng.integers(0, 3, (2, *image, 5)).astype(float)
    y = np.empty((2, *windows.count, 5))
    fast.max_pool(x, windows.places(), y)
    gradient = rng.normal(size=y.shape)
    expected, found = np.full_like(x, np.nan), np.full_like(x, np.nan)
    fast.max_pool_gradient(x, y, gradient, windows.places(), expected)
    fast.max_pool_gradient_apart(x, y, gradient, windows.places(), found)
    np.testing.assert_array_equal(found, expected)
    assert not Windows.over(image, (2, 2), (1, 1), (1, 1), "valid").apart


def test_gradients_of_overlapping_windows_add_up():
    """The first among equals wins in overlapping windows too, and the gradients of two windows add up."""
    layer = MaxPooling1D(2, strides=1)
    _, cache = layer.forward(np.array([[[1.0], [5.0], [5.0], [2.0]]]))
    gradient, _ = layer.backward(np.array([[[1.0], [10.0], [100.0]]]), cache)
    np.testing.assert_array_equal(gradient[0, :, 0], [0, 11, 100, 0])


@pytest.mark.parametrize(
    ("sliding", "over_all"), [(MaxPooling2D, GlobalMaxPooling2D), (AveragePooling2D, GlobalAveragePooling2D)]
)
def test_global_pooling_is_pooling_with_the_largest_window(sliding, over_all):
    """A window as large as the image gives the same, forward and backward."""
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3))
    y, cache = sliding((5, 4)).forward(x)
    kept, kept_cache = over_all(keepdims=True).forward(x)
    np.testing.assert_allclose(kept, y, atol=1e-15)
    np.testing.assert_allclose(
        over_all().backward(y[:, 0, 0], over_all().forward(x)[1])[0], sliding((5, 4)).backward(y, cache)[0], atol=1e-15
    )
    np.testing.assert_allclose(
        over_all(keepdims=True).backward(y, kept_cache)[0], sliding((5, 4)).backward(y, cache)[0], atol=1e-15
    )


def test_the_mean_of_all_steps_heeds_a_mask():
    """Steps that do not count take no part and get no gradient; a sequence without any gives 0."""
    rng = np.random.default_rng(0)
    x, mask = rng.normal(size=(3, 5, 2)), np.array([[True] * 5, [True, False, True, False, False], [False] * 5])
    layer = GlobalAveragePooling1D()
    y, cache = layer.forward(x, mask=mask)
    np.testing.assert_allclose(y[0], x[0].mean(axis=0))
    np.testing.assert_allclose(y[1], (x[1, 0] + x[1, 2]) / 2)
    np.testing.assert_array_equal(y[2], 0)
    d_x, _ = layer.backward(np.ones((3, 2)), cache)
    np.testing.assert_array_equal(d_x[~mask], 0)
    np.testing.assert_allclose(d_x[1, 0], 0.5)
    assert layer.mask_after(x, mask) is None


def test_masks_end_where_steps_are_lost():
    """A mask goes on behind pooling that keeps the steps, and ends behind any other."""
    x, mask = np.ones((2, 6, 3)), np.ones((2, 6), bool)
    assert MaxPooling1D(2, strides=1, padding="same").mask_after(x, mask) is mask
    assert AveragePooling1D(2).mask_after(x, mask) is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MaxPooling2D(2, padding="causal"), InvalidValueError, r"MaxPooling2D.padding: unknown padding"),
        (lambda: MaxPooling1D((2, 2)), InvalidValueError, r"MaxPooling1D.pool_size: must be one integer"),
        (lambda: AveragePooling2D(2, padding=2).output_shape((4, 4, 1)), ShapeError, r"nothing but padding: pad less"),
        (lambda: AveragePooling1D(3).output_shape((4, 4, 1)), ShapeError, r"expects \(step, feature\)"),
        (lambda: MaxPooling2D(5).output_shape((4, 4, 1)), ShapeError, r"4 x 4, smaller than the window"),
        (lambda: GlobalMaxPooling2D().output_shape((4, 4)), ShapeError, r"expects \(height, width, channel\)"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
