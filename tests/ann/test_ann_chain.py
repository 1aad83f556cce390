"""The short way through a chain of layers has the very bits of the way that a graph goes."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import ann
from ann import layers
from ann.learning import FeedbackAlignment

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 6)).astype(np.float32)
Y = RNG.integers(0, 3, 12)


def network(learning="backpropagation"):
    """Give a chain with dropout, a layer that stands twice, and one that has no weights."""
    twice = layers.Dense(6, "tanh")
    stack = [twice, layers.Dropout(0.3), twice, layers.Activation("relu"), layers.Dense(3, "softmax")]
    model = ann.Sequential(stack, seed=1)
    model.compile("adam", "sparse_categorical_crossentropy", learning=learning)
    model.build((6,))
    return model


def both_ways(**settings):
    """Give the same network twice; the second goes the long way."""
    short, long = network(**settings), network(**settings)
    assert short.plan.chain is not None
    long.plan.chain = None
    return short, long


@pytest.mark.parametrize("inputs", [False, True])
def test_both_ways_have_the_same_bits(inputs):
    """Outputs, gradients for weights and those for stimuli are the same, in training with the same dropout."""
    found = []
    for model in both_ways():
        outputs, cache = model.forward(X, training=True)
        gradients = model.backward(model.loss(outputs, Y)[1], cache, inputs=inputs)
        found.append((outputs, gradients.flat, gradients.inputs))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (found[0][2] is None) == (not inputs)


def test_other_layers_on_the_way_back_have_the_same_bits_too():
    """A rule that puts other weights in the place of the model's is as well served by the short way."""
    short, long = both_ways(learning=FeedbackAlignment(seed=3))
    long.learning._backward_plan(long).chain = None
    for model in (short, long):
        model.fit(X, Y, epochs=3, batch_size=4)
    np.testing.assert_array_equal(short.flat_weights, long.flat_weights)


def test_inner_gradients_are_the_same_behind_the_short_way():
    """Gradients by layer are taken from what the short way forward has kept."""
    short, long = (model.gradients(X, Y).layers for model in both_ways())
    for name in short:
        np.testing.assert_array_equal(short[name], long[name])


def test_a_fork_is_no_chain():
    """A model whose layers part, or that makes masks, goes the long way."""
    symbol = ann.Input((6,))
    first = layers.Dense(6)(symbol)
    forked = ann.Model(symbol, layers.Add()([first, symbol]))
    masking = ann.Sequential([layers.Masking(), layers.SimpleRNN(2)])
    masking.build((5, 3))
    assert forked.plan.chain is None
    assert masking.plan.chain is None


@pytest.mark.parametrize("stimuli", [32, 96])
def test_gradients_stay_what_they_are(stimuli):
    """Memory that is used again is nobody else's: gradients that are held do not change while more are computed."""
    model = ann.Sequential([layers.Dense(800, "tanh"), layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = RNG.normal(size=(stimuli, 100)).astype(np.float32), RNG.integers(0, 3, stimuli)
    outputs, cache = model.forward(x, training=True)
    assert len(cache.parts) == -(-stimuli // layers.Dense.part)
    gradient = model.loss(outputs, y)[1]
    kernel = model.backward(gradient, cache)["dense_1"]["kernel"]
    before = kernel.copy()
    for _ in range(3):
        again = model.backward(-gradient, cache)
        np.testing.assert_array_equal(kernel, before)
        np.testing.assert_array_equal(again["dense_1"]["kernel"], -before)


def test_memory_that_is_used_again_is_not_shared_with_copies_or_threads():
    """A copied network has gradients of its own; on several threads at once each call's are right."""
    model = network()
    outputs, cache = model.forward(X, training=True)
    gradient = model.loss(outputs, Y)[1]
    expected = model.backward(gradient, cache).flat.copy()
    twin = copy.deepcopy(model)
    found = twin.backward(gradient, cache)
    model.backward(-gradient, cache)
    np.testing.assert_array_equal(found.flat, expected)

    def factor(sign):
        return [model.backward(sign * gradient, cache).flat for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        for sign, flats in zip((1, -1, 1, -1), pool.map(factor, (1, -1, 1, -1)), strict=True):
            for flat in flats:
                np.testing.assert_array_equal(flat, sign * expected)


def test_the_gradient_for_stimuli_is_an_array_of_its_own():
    """Where every layer hands on what comes in, changing the result leaves the caller's gradient alone."""
    model = ann.Sequential([layers.Activation("linear", input_shape=(6,))])
    outputs, cache = model.forward(X)
    gradient = np.ones_like(outputs)
    model.backward(gradient, cache, inputs=True).inputs[:] = 0
    assert gradient.all()


@pytest.mark.parametrize("kind", [int, np.float32, np.float64])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_of_another_type_is_brought_into_the_models(dtype, kind):
    """Whatever numbers a gradient comes in, those for the weights are of the model's type, and right."""
    model = ann.Sequential([layers.Dense(3, input_shape=(6,))], dtype=dtype)
    outputs, cache = model.forward(X)
    found = model.backward(np.ones(outputs.shape, kind), cache)
    assert found.flat.dtype == dtype
    np.testing.assert_allclose(found["dense_1"]["kernel"], np.repeat(X.sum(0)[:, None], 3, 1), rtol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}])
def test_an_update_leaves_the_gradients_alone(settings):
    """Without clipping, the gradients can be looked at behind the fourth step too."""
    model = network()
    model.compile(ann.optimizers.SGD(0.1, **settings), "sparse_categorical_crossentropy")
    outputs, cache = model.forward(X, training=True)
    gradients = model.backward(model.loss(outputs, Y)[1], cache)
    before = gradients.flat.copy()
    model.update(gradients)
    np.testing.assert_array_equal(gradients.flat, before)


def test_training_checks_targets_once(monkeypatch):
    """`fit` holds the targets against the outputs before it begins, not at every step."""
    model, calls = network(), []
    true = type(model.objective).targets
    monkeypatch.setattr(
        type(model.objective), "targets", lambda self, y, outputs: (calls.append(len(y)), true(self, y, outputs))[1]
    )
    model.fit(X, Y, epochs=3, batch_size=4)
    assert calls == [12]
