"""A convolution and its pooling, computed as one in training, are the two to the bit."""

import copy

import numpy as np
import pytest

import ann
from ann.joined import PooledConvolution
from ann.layers import Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D

CASES = {
    "digits": ((16, 3), {"padding": "same"}, {"pool_size": 2}, (12, 12, 1)),
    "edges that no window of pooling sees": ((5, 3), {}, {"pool_size": (2, 3)}, (11, 12, 3)),
    "steps between windows of pooling": ((17, 3), {"padding": "same"}, {"pool_size": 2, "strides": 3}, (11, 10, 4)),
    "strides": ((6, 3), {"strides": 2, "padding": "same"}, {"pool_size": 3}, (19, 13, 2)),
    "dilation, no bias": ((4, 3), {"dilation_rate": (2, 1), "use_bias": False}, {"pool_size": 2}, (9, 8, 2)),
    "a gradient for images as windows": ((8, 5), {"padding": "same"}, {"pool_size": 2}, (8, 8, 3)),
}


def images(shape, count=24):
    """Give stimuli in which equal numbers stand side by side, and class numbers."""
    rng = np.random.default_rng(0)
    return np.round(rng.normal(size=(count, *shape))), rng.integers(0, 3, count)


def network(layers, dtype="float64"):
    """Give a compiled network of three classes; what is first is not the layer that is looked at."""
    model = ann.Sequential([*layers, Flatten(), Dense(3, activation="softmax")], dtype=dtype, seed=1)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_training_gives_the_bits_of_the_four_steps(case, dtype, monkeypatch):
    """Loss, outputs and gradients are those of the layers one by one, undivided and in parts on any threads."""
    (filters, window), settings, pooling, shape = CASES[case]
    x, y = images(shape)
    before = Conv2D(shape[2], 1, padding="same", input_shape=shape)
    model = network([before, Conv2D(filters, window, activation="relu", **settings), MaxPooling2D(**pooling)], dtype)
    model.build(shape)
    for least in (10**12, 0):
        monkeypatch.setattr("ann.passes.WORTH_PARTING", least)
        assert [type(place.layer) for place in model.training_plan.places].count(PooledConvolution) == 1
        outputs, cache = model.forward(x, training=True)
        value, gradient = model.loss(outputs, y)
        expected = model.backward(gradient, cache)
        for threads in (1, 2):
            model.threads = threads
            own_value, own_outputs, own = model.learning.gradients(model, x, y)
            assert own_value == value
            np.testing.assert_array_equal(own_outputs, outputs)
            np.testing.assert_array_equal(own.flat, expected.flat)
            assert own["conv2d_2"]["kernel"].any()


def test_a_copy_trains_its_own_weights():
    """A deep copy's joined layers look into the copy's weights."""
    x, y = images((8, 8, 1))
    model = network([Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), MaxPooling2D(2)])
    model.build((8, 8, 1))
    other = copy.deepcopy(model)
    before = model.flat_weights.copy()
    losses = [other.train_on_batch(x, y) for _ in range(20)]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(model.flat_weights, before)


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(4, 3), MaxPooling2D(2)],
        [Conv2D(4, 3, activation="tanh"), MaxPooling2D(2)],
        [Conv2D(4, 3, activation="relu", groups=2), MaxPooling2D(2)],
        [Conv2D(4, 3, activation="relu"), MaxPooling2D(3, strides=2)],
        [Conv2D(4, 3, activation="relu"), MaxPooling2D(4, padding="same")],
        [Conv2D(4, 3, activation="relu"), Dropout(0.1), MaxPooling2D(2)],
        [Activation("relu"), MaxPooling2D(2)],
    ],
)
def test_others_stay_apart(layers):
    """Without rectification, with groups, overlapping or padded windows, or something between, nothing is joined."""
    model = network(layers)
    model.build((12, 12, 2))
    assert model.training_plan is model.plan


def test_what_others_see_too_is_kept():
    """In a graph, responses that a third layer takes are not joined, and others are, wherever they stand."""
    x, y = images((8, 8, 2))
    entry = ann.Input((8, 8, 2))
    seen = Conv2D(4, 3, padding="same", activation="relu")(entry)
    small, also = MaxPooling2D(2)(seen), Conv2D(4, 2, strides=2)(seen)
    alone = MaxPooling2D(2)(Conv2D(4, 3, padding="same", activation="relu")(entry))
    top = Dense(3, activation="softmax")(Flatten()(ann.layers.Add()([small, also, alone])))
    model = ann.Model(entry, top, seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    outputs, cache = model.forward(x, training=True)
    expected = model.backward(model.loss(outputs, y)[1], cache)
    assert len(model.plan.places) - len(model.training_plan.places) == 1
    np.testing.assert_array_equal(model.learning.gradients(model, x, y)[2].flat, expected.flat)
