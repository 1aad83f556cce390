"""Seeing inside every kind of layer: gradients of activity against differences, shares that add up, silenced units."""

import numpy as np
import pytest

import ann
from ann import explain, layers
from ann.errors import InvalidValueError

L = layers
RNG = np.random.default_rng(7)
IMAGES, STEPS = RNG.normal(size=(3, 5, 5, 2)), RNG.normal(size=(3, 5, 2))
PADDED = STEPS.copy()
PADDED[0, 3:] = PADDED[2, 1:] = 0
WORDS = np.array([[3, 1, 2, 0], [1, 0, 0, 0], [4, 4, 2, 1]])
FLAT = [L.Flatten]


def chain(*kinds):
    """Give a function that makes a chain of layers."""
    return lambda: ann.Sequential(
        [kind() for kind in kinds] + [L.Dense(2, activation="softmax")], dtype="float64", seed=3
    )


def crossed():
    """Give attention of one half of a network to the other, with branches that join in three ways."""
    inputs = ann.Input((5, 2))
    both = L.Dense(2, activation="tanh", name="twice")
    query = both(both(inputs))
    seen = L.MultiHeadAttention(2, 3)([query, inputs])
    joined = L.Concatenate()([L.Add()([seen, inputs]), L.Multiply()([query, inputs])])
    return ann.Model(inputs, L.Dense(2, activation="softmax")(L.Flatten()(joined)), dtype="float64", seed=2)


def handed_on():
    """Give a layer that begins with the states that another ended with."""
    inputs = ann.Input((5, 2))
    _, h, c = L.LSTM(3, return_state=True)(inputs)
    last = L.LSTM(3)(inputs, initial_state=[h, c])
    return ann.Model(inputs, L.Dense(2, activation="softmax")(last), dtype="float64", seed=4)


NETWORKS = {
    "normalised": (
        chain(lambda: L.Dense(4), L.BatchNormalization, lambda: L.Activation("tanh"), lambda: L.Dropout(0.5)),
        RNG.normal(size=(3, 4)),
    ),
    "convolution": (
        chain(
            lambda: L.Conv2D(4, 2, activation="tanh"),
            lambda: L.GroupNormalization(2),
            L.BatchNormalization,
            lambda: L.AveragePooling2D(2),
            *FLAT,
        ),
        IMAGES,
    ),
    "depthwise": (
        chain(
            lambda: L.DepthwiseConv2D(2), lambda: L.Conv2DTranspose(2, 2, activation="gelu"), L.GlobalAveragePooling2D
        ),
        IMAGES,
    ),
    "maximum": (chain(lambda: L.Conv2D(3, 2), lambda: L.MaxPooling2D(2), *FLAT), IMAGES),
    "one axis": (
        chain(lambda: L.Conv1D(3, 2, activation="swish"), L.LayerNormalization, L.GlobalMaxPooling1D),
        STEPS,
    ),
    "rearranged": (
        chain(
            lambda: L.Permute((2, 1)),
            lambda: L.Reshape((2, 5, 1)),
            lambda: L.ZeroPadding2D(1),
            *FLAT,
            lambda: L.RepeatVector(2),
            *FLAT,
        ),
        STEPS,
    ),
    "recurrent": (
        chain(
            lambda: L.GRU(3, return_sequences=True), lambda: L.SimpleRNN(3, return_sequences=True), lambda: L.LSTM(3)
        ),
        STEPS,
    ),
    "masked": (
        chain(
            L.Masking,
            lambda: L.Bidirectional(L.GRU(2, return_sequences=True)),
            lambda: L.LSTM(3, return_sequences=True, go_backwards=True),
            lambda: L.SimpleRNN(2),
        ),
        PADDED,
    ),
    "attention": (crossed, STEPS),
    "states": (handed_on, STEPS),
    "words": (chain(lambda: L.Embedding(5, 3, mask_zero=True), lambda: L.LSTM(3, return_sequences=True), *FLAT), WORDS),
}


def network(name):
    """Give a network that has seen a few batches, so that what it remembers of them is its own, and stimuli."""
    make, x = NETWORKS[name]
    model = make()
    model.compile(ann.optimizers.SGD(0.1), "sparse_categorical_crossentropy", ["accuracy"])
    more = np.concatenate([x, x[::-1]])
    for _ in range(5):
        model.train_on_batch(more, np.array([0, 1, 1, 0, 1, 0]))
    return model, x


def by_moving(model, x, layer, value):
    """Give the differences of a number of the outputs when each unit of a layer is moved a little, for one stimulus."""
    activity = model.activations(x)[layer][0]
    found = np.empty(activity.size)
    for unit in range(activity.size):
        ends = []
        for step in (1e-5, -1e-5):
            moved = activity.copy()
            moved.flat[unit] += step
            ends.append(value(explain.ablated_outputs(model, x, layer, value=moved)))
        found[unit] = (ends[0] - ends[1]) / 2e-5
    return found.reshape(activity.shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_of_every_layers_activity(name):
    """Of an output and of the loss, for each unit of each layer, they are what moving that unit does."""
    model, x = network(name)
    x = x[:1]
    outputs = explain.output_gradients(model, x, 1)
    loss = model.gradients(x, [0]).layers
    assert set(loss) | {"input"} == set(outputs) | {"input"}
    assert {layer: array.shape for layer, array in loss.items()} == {
        layer: array.shape for layer, array in model.activations(x).items()
    }
    for layer, gradient in loss.items():
        moved = by_moving(model, x, layer, lambda found: float(found[0, 1]))
        np.testing.assert_allclose(outputs[layer][0], moved, atol=1e-7)
        moved = by_moving(model, x, layer, lambda found: -float(np.log(found[0, 0])))
        np.testing.assert_allclose(gradient[0], moved, atol=1e-6)


def test_a_mask_hides_steps_from_explanations():
    """Masked steps have no gradient and no share, and a baseline that keeps them hidden leaves nothing out."""
    model, x = network("masked")
    hidden = (PADDED == 0).all(axis=2)
    assert not explain.saliency(model, x, 1)[hidden].any()
    assert explain.saliency(model, x, 1)[~hidden].all()
    baseline = np.where(hidden[..., None], 0.0, np.full(x.shape, 0.1))
    values, delta = explain.integrated_gradients(model, x, 1, baseline)
    np.testing.assert_allclose(delta, 0, atol=1e-10)
    assert not values[hidden].any()


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("words", "masked", "maximum", "one axis")])
def test_shares_add_up_in_every_network_without_kinks(name):
    """Integrated gradients sum to the change of the output to ten digits, whatever the layers."""
    model, x = network(name)
    values, delta = explain.integrated_gradients(model, x, 0, baseline=0.5, steps=60)
    change = (model.predict(x) - model.predict(0 * x + 0.5))[:, 0]
    np.testing.assert_allclose(values.reshape(3, -1).sum(axis=1), change, atol=1e-10)
    np.testing.assert_allclose(delta, 0, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_are_silenced_in_every_network(name):
    """Held at its own activity a layer changes nothing, held at its mean over stimuli it gives one answer to all."""
    model, x = network(name)
    whole = model.predict(x)
    for layer, activity in model.activations(x).items():
        alone = [explain.ablated_outputs(model, x[i : i + 1], layer, value=activity[i])[0] for i in range(len(x))]
        np.testing.assert_allclose(alone, whole, rtol=1e-12)
    found = explain.ablation(model, x, [0, 1, 1], replace="mean")
    assert found.intact == pytest.approx(model.evaluate(x, [0, 1, 1]).loss)
    assert list(found.effects) == [place.name for place in model.places[:-1]]


def test_features_of_sequences_and_words_are_shuffled():
    """A feature of a sequence goes with all its steps, a step of words by itself; what is not read is worth nothing."""
    model, x = network("recurrent")
    weights = model.get_weights()
    weights["gru_1"]["kernel"][1] = 0
    model.set_weights(weights)
    found = explain.permutation_importance(model, x, [0, 1, 1], repeats=3, bootstraps=5)
    assert found.mean[0] != 0
    assert found.mean[1] == pytest.approx(0, abs=1e-12)
    model, x = network("words")
    assert explain.permutation_importance(model, x, [0, 1, 1], repeats=2, bootstraps=5).features == [0, 1, 2, 3]


def test_words_have_no_gradient_but_can_be_covered():
    """Numbers of things are refused in words by all that needs their gradient; their vectors, and covering, serve."""
    model, x = network("words")
    for method in (explain.saliency, explain.input_x_gradient, explain.smooth_gradients, explain.integrated_gradients):
        with pytest.raises(InvalidValueError, match="numbers of things, which have no gradient"):
            method(model, x, 1)
    assert "input" not in explain.output_gradients(model, x, 1)
    assert model.gradients(x, [0, 1, 1]).inputs is None
    covered = explain.occlusion(model, x, 1)
    changed = x.copy()
    changed[:, 2] = 0
    np.testing.assert_allclose(covered[:, 2], (model.predict(x) - model.predict(changed))[:, 1], atol=1e-12)


def test_words_may_branch_and_be_rearranged_before_they_are_looked_up():
    """Two tables for the same numbers, one of them behind a layer without weights, have no gradient before them."""
    inputs = ann.Input((4,))
    rows = L.Reshape((2, 2))(inputs)
    joined = L.Concatenate()([L.Flatten()(L.Embedding(5, 2)(inputs)), L.Flatten()(L.Embedding(5, 3)(rows))])
    model = ann.Model(inputs, L.Dense(2, activation="softmax")(joined))
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = model.gradients(WORDS, [0, 1, 1])
    assert found.inputs is None
    assert set(found.layers) == {place.name for place in model.places} - {"reshape_1"}
    assert set(explain.output_gradients(model, WORDS, 0)) == set(found.layers)
