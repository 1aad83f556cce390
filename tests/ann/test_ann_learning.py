"""Learning rules against their papers' equations, against backpropagation, and on XOR."""

import copy
import pickle

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import InvalidTypeError, InvalidValueError
from ann.learning import DirectFeedbackAlignment, FeedbackAlignment, PredictiveCoding, angles

RULES = ["backpropagation", "feedback_alignment", "direct_feedback_alignment", "predictive_coding"]


def convolutional(rule, **options):
    """Give a compiled residual network with convolution, pooling, normalisation and a layer that stands twice."""
    inputs = ann.Input((6, 6, 2))
    shared = layers.Conv2D(2, 3, padding="same", activation="tanh", name="shared")
    summed = layers.Add()([inputs, shared(shared(inputs))])
    pooled = layers.Flatten()(layers.AveragePooling2D(2)(summed))
    hidden = layers.Dense(5, kernel_regularizer="l2")(pooled)
    outputs = layers.Dense(3, activation="softmax")(layers.Activation("tanh")(hidden))
    model = ann.Model(inputs, outputs, dtype="float64", seed=1, **options)
    model.compile("sgd", "sparse_categorical_crossentropy", learning=rule)
    rng = np.random.default_rng(2)
    return model, rng.normal(size=(40, 6, 6, 2)), rng.integers(0, 3, 40)


def two_layers(rule):
    """Give a compiled network of two tanh layers and a linear one, in float64, with data."""
    model = ann.Sequential(
        [layers.Dense(6, activation="tanh"), layers.Dense(5, activation="tanh"), layers.Dense(2)], dtype="float64"
    )
    model.build((4,))
    model.compile("sgd", "mean_squared_error", learning=rule)
    rng = np.random.default_rng(3)
    return model, rng.normal(size=(7, 4)), rng.normal(size=(7, 2))


def true_gradients(model, x, y):
    """Give backpropagation's gradients."""
    outputs, cache = model.forward(x, training=True)
    return model.backward(model.loss(outputs, y)[1], cache)


def test_feedback_alignment_by_hand():
    """Errors go back through B: the equations of Lillicrap et al., written out for two hidden layers."""
    model, x, y = two_layers("feedback_alignment")
    _, outputs, found = model.learning.gradients(model, x, y)
    activity, back = model.activations(x), model.learning.feedback(model)
    third = 2 * (outputs - y) / y.size
    second = third @ back["dense_3"].T * (1 - activity["dense_2"] ** 2)
    first = second @ back["dense_2"].T * (1 - activity["dense_1"] ** 2)
    np.testing.assert_allclose(found["dense_3"]["kernel"], activity["dense_2"].T @ third, rtol=1e-12)
    np.testing.assert_allclose(found["dense_2"]["kernel"], activity["dense_1"].T @ second, rtol=1e-12)
    np.testing.assert_allclose(found["dense_1"]["kernel"], x.T @ first, rtol=1e-12)
    np.testing.assert_allclose(found["dense_1"]["bias"], first.sum(axis=0), rtol=1e-12)
    assert set(back) == {"dense_2", "dense_3"}


def test_direct_feedback_alignment_by_hand():
    """The output's error reaches each layer through its own B: the equations of Nokland."""
    model, x, y = two_layers("direct_feedback_alignment")
    _, outputs, found = model.learning.gradients(model, x, y)
    activity, back = model.activations(x), model.learning.feedback(model)
    error = 2 * (outputs - y) / y.size
    second = error @ back["dense_3"] * (1 - activity["dense_2"] ** 2)
    first = error @ back["dense_2"] * (1 - activity["dense_1"] ** 2)
    np.testing.assert_allclose(found["dense_3"]["kernel"], activity["dense_2"].T @ error, rtol=1e-12)
    np.testing.assert_allclose(found["dense_2"]["kernel"], activity["dense_1"].T @ second, rtol=1e-12)
    np.testing.assert_allclose(found["dense_1"]["kernel"], x.T @ first, rtol=1e-12)


def test_feedback_through_the_forward_weights_is_backpropagation():
    """Where B equals W, feedback alignment is backpropagation, in a graph with convolution and a shared layer."""
    model, x, y = convolutional("feedback_alignment")
    for name, back in model.learning.feedback(model).items():
        back[...] = model.get_weights()[name]["kernel"]
    np.testing.assert_allclose(
        model.learning.gradients(model, x, y)[2].flat, true_gradients(model, x, y).flat, rtol=1e-10, atol=1e-14
    )


@pytest.mark.parametrize("rule", ["feedback_alignment", "direct_feedback_alignment"])
def test_feedback_changes_what_lies_before_it_alone(rule):
    """The last layer learns as by backpropagation, the layers before it otherwise; penalties are in both."""
    model, x, y = convolutional(rule)
    found, true = model.learning.gradients(model, x, y)[2], true_gradients(model, x, y)
    np.testing.assert_allclose(found["dense_2"]["kernel"], true["dense_2"]["kernel"], rtol=1e-12)
    for name in ("shared", "dense_1"):
        assert not np.allclose(found[name]["kernel"], true[name]["kernel"])
    weights = model.get_weights()["dense_1"]["kernel"]
    unpenalised = model.untrained()
    unpenalised.layers[model.names.index("dense_1")].kernel_regularizer = None
    unpenalised._penalties = []
    unpenalised.compile("sgd", "sparse_categorical_crossentropy", learning=model.learning)
    without = unpenalised.learning.gradients(unpenalised, x, y)[2]
    np.testing.assert_allclose(found["dense_1"]["kernel"] - without["dense_1"]["kernel"], 0.02 * weights, rtol=1e-8)


@pytest.mark.parametrize("rule", RULES)
def test_threads_change_no_bit(rule, monkeypatch):
    """Parts of a batch on two threads give the same bits as on one."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    found = []
    for threads in (1, 2):
        model, x, y = convolutional(rule, threads=threads)
        model.fit(x, y, epochs=2)
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("network", [two_layers, convolutional])
def test_predictive_coding_becomes_backpropagation(network):
    """As the output's variance grows, the settled gradients approach backpropagation's in proportion to its inverse."""
    off = []
    for variance in (1e3, 1e5):
        model, x, y = network(PredictiveCoding(steps=400, rate=0.2, output_variance=variance))
        found, true = model.learning.gradients(model, x, y)[2].flat, true_gradients(model, x, y).flat
        off.append(np.linalg.norm(found - true) / np.linalg.norm(true))
    assert off[1] < 1e-4
    assert 50 < off[0] / off[1] < 200


def test_predictive_coding_settles_where_theory_says():
    """A linear network's activity settles at the least energy, which linear algebra gives."""
    model = ann.Sequential([layers.Dense(5), layers.Dense(2)], dtype="float64")
    model.build((4,))
    model.compile("sgd", "mean_squared_error", learning=PredictiveCoding(steps=500, rate=0.2, output_variance=3))
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 4)), rng.normal(size=(7, 2))
    settled = model.learning.settle(model, x, y)
    weights = model.get_weights()
    first, second = weights["dense_1"]["kernel"], weights["dense_2"]["kernel"]
    # F = |v - x W1|^2 / 2 + |v W2 - y|^2 / (2 outputs) / 3, whose slope in v is 0 where
    expected = np.linalg.solve(np.eye(5) + second @ second.T / 3, (x @ first + y @ second.T / 3).T).T
    np.testing.assert_allclose(settled.activity["dense_1"], expected, rtol=1e-10)
    np.testing.assert_allclose(settled.errors["dense_1"], expected - x @ first, atol=1e-12)
    np.testing.assert_allclose(settled.errors["dense_2"], (y - expected @ second) / 3, atol=1e-12)
    hebbian = -x.T @ settled.errors["dense_1"] * 3 / 7
    np.testing.assert_allclose(settled.gradients["dense_1"]["kernel"], hebbian, atol=1e-12)


def test_settling_lowers_the_energy():
    """The energy falls with every step, and dropout drops the same units in all of them."""
    model = ann.Sequential([layers.Dense(20, activation="relu"), layers.Dropout(0.5), layers.Dense(3)], seed=1)
    model.compile("sgd", "mean_squared_error", learning="predictive_coding")
    rng = np.random.default_rng(0)
    energy = model.learning.settle(model, rng.normal(size=(9, 6)), rng.normal(size=(9, 3))).energy
    assert len(energy) == 21
    assert (np.diff(energy) < 0).all()


def test_a_rate_that_is_too_large_is_halved(monkeypatch):
    """With large weights the energy would rise at this rate; halved, it falls with every step."""

    def settled():
        model, x, y = two_layers(PredictiveCoding(100, rate=0.6, output_variance=0.5))
        model.flat_weights[:] *= 2
        return np.array(model.learning.settle(model, x, y).energy)

    halved = settled()
    assert (np.diff(halved) <= 1.01e-5 * halved[:-1]).all()
    assert halved[-1] < 0.9 * halved[0]
    monkeypatch.setattr("ann.learning.predictive_coding.MOST_HALVINGS", 0)
    assert (np.diff(settled()) > 0.01).any()


@pytest.mark.parametrize("rule", ["feedback_alignment", "direct_feedback_alignment"])
def test_angles_fall_below_a_right_angle(rule):
    """The rule's gradients turn from a right angle towards the true ones (Lillicrap et al., figure 2)."""
    rng = np.random.default_rng(2)
    x, target = rng.normal(size=(500, 30)), rng.normal(size=(30, 10)) / 5
    y = x @ target
    model = ann.Sequential([layers.Dense(20), layers.Dense(10)], seed=4)
    model.compile(ann.optimizers.SGD(0.1), "mean_squared_error", learning=rule)
    model.build((30,))

    def angle():
        return angles(model.learning.gradients(model, x, y)[2], true_gradients(model, x, y))

    before = angle()
    model.fit(x, y, epochs=15)
    after = angle()
    assert before["dense_1"] > 80
    assert after["dense_1"] < 70
    assert after["dense_2"] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_learns_xor(rule):
    """Exclusive or, which no single layer can tell, is learned by each."""
    x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    model = ann.Sequential([layers.Dense(8, activation="tanh"), layers.Dense(2, activation="softmax")], seed=0)
    model.compile(ann.optimizers.Adam(0.05), "sparse_categorical_crossentropy", ["accuracy"], learning=rule)
    model.fit(x, y, epochs=200)
    assert model.evaluate(x, y).accuracy == 1


@pytest.mark.parametrize("rule", RULES)
def test_a_file_holds_the_rule(rule, tmp_path):
    """A saved model goes on learning by the same rule, bit for bit as the first."""
    model, x, y = convolutional(rule)
    ann.io.save(model, tmp_path / "model.npz")
    again = ann.io.load(tmp_path / "model.npz")
    assert again.learning == model.learning
    for each in (model, again):
        each.train_on_batch(x, y)
    np.testing.assert_array_equal(model.flat_weights, again.flat_weights)
    assert model.untrained().learning == model.learning


def test_seeds_give_the_feedback():
    """One seed, one feedback; another seed, another."""
    found = [FeedbackAlignment(seed=seed).feedback(two_layers("backpropagation")[0])["dense_2"] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_rule_belongs_to_one_network():
    """A rule given as an object is copied, so that it serves several networks."""
    rule = DirectFeedbackAlignment()
    model, x, y = convolutional(rule)
    model.train_on_batch(x, y)
    other, x, y = two_layers(rule)
    other.train_on_batch(x, y)
    assert model.learning is not rule


class Inner(layers.Dense):
    """A layer that does not say what its weights join."""

    synapses = ()


@pytest.mark.parametrize("rule", RULES[1:])
def test_layers_that_a_rule_cannot_serve_are_named(rule):
    """A layer with weights within is refused behind others, and allowed as the first, where nothing goes back."""
    x, y = np.eye(4), np.ones(4)
    model = ann.Sequential([layers.Dense(3), Inner(2, name="within"), layers.Dense(1)])
    model.compile("sgd", "mse", learning=rule)
    with pytest.raises(InvalidValueError, match=r"within \(Inner\): .* does not reach its kernel"):
        model.train_on_batch(x, y)
    first = ann.Sequential([Inner(3), layers.Dense(1)])
    first.compile("sgd", "mse", learning=rule)
    assert first.train_on_batch(x, y) > 0


def test_predictive_coding_refuses_what_ties_stimuli_together():
    """Layers that need the whole batch, and masks, are refused in words."""

    class Tied(layers.Activation):
        """Needs its batch whole."""

        whole_batch = True

    class Masks(layers.Activation):
        """Makes a mask."""

        makes_mask = True

    for kind, words in ((Tied, "ties the stimuli"), (Masks, "takes no masks")):
        model = ann.Sequential([layers.Dense(3), kind("tanh"), layers.Dense(1)])
        model.compile("sgd", "mse", learning="predictive_coding")
        with pytest.raises(InvalidValueError, match=words):
            model.train_on_batch(np.eye(4), np.ones(4))


def test_settings_that_are_none_are_refused():
    """Unknown rules, seeds and numbers are refused in words."""
    model = ann.Sequential([layers.Dense(1)])
    with pytest.raises(InvalidValueError, match="did you mean 'feedback_alignment'"):
        model.compile("sgd", "mse", learning="feedback_aligment")
    with pytest.raises(InvalidTypeError, match="learning"):
        model.compile("sgd", "mse", learning=3)
    with pytest.raises(InvalidValueError, match="seed"):
        FeedbackAlignment(seed=-1)
    with pytest.raises(InvalidTypeError, match="seed"):
        DirectFeedbackAlignment(seed="zero")
    with pytest.raises(InvalidValueError, match=r"PredictiveCoding\.steps"):
        PredictiveCoding(steps=0)
    with pytest.raises(InvalidValueError, match=r"PredictiveCoding\.rate"):
        PredictiveCoding(rate=0.0)
    with pytest.raises(InvalidTypeError, match="gradients: must be the gradients of a network"):
        angles([1.0], {})
    with pytest.raises(InvalidTypeError, match=r"PredictiveCoding\.output_variance"):
        PredictiveCoding(output_variance="large")


def through(*between, input_shape, rule):
    """Give a compiled chain of some layers between a recurrent-free beginning and a softmax."""
    model = ann.Sequential([*between, layers.Flatten(), layers.Dense(3, activation="softmax")], dtype="float64", seed=2)
    model.build(input_shape)
    model.compile("sgd", "sparse_categorical_crossentropy", learning=rule)
    return model


CHAINS = {
    "one axis": ([layers.Conv1D(4, 3, activation="relu"), layers.Conv1D(3, 2, dilation_rate=2)], (9, 2)),
    "depthwise": ([layers.DepthwiseConv2D(3), layers.DepthwiseConv2D(2, activation="tanh")], (7, 7, 2)),
    "transposed": ([layers.Conv2DTranspose(3, 3), layers.Conv2DTranspose(2, 2, activation="elu")], (3, 3, 2)),
    "grouped": ([layers.Conv2D(4, 3, groups=2), layers.MaxPooling2D(2), layers.Conv2D(2, 2, groups=2)], (8, 8, 2)),
    "normalised": ([layers.Dense(5), layers.BatchNormalization(), layers.Dense(4), layers.LayerNormalization()], (6,)),
    "normalised over axes": (
        [
            layers.Conv1D(4, 3, activation="tanh"),
            layers.LayerNormalization(axis=(1, 2), gamma_initializer="glorot_normal"),
            layers.Conv1D(3, 2),
        ],
        (9, 2),
    ),
    "recurrent first": ([layers.LSTM(4), layers.Dense(5, activation="tanh")], (3, 2)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_backward_reads_synapses_for_the_inputs_gradient_alone(name):
    """With the forward weights as feedback every kind of layer gives backpropagation's gradient, with others not."""
    between, shape = CHAINS[name]
    model = through(*[layer.copy() for layer in between], input_shape=shape, rule="feedback_alignment")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, *shape)), rng.integers(0, 3, 8)
    true = true_gradients(model, x, y)
    last = model.places[-1].owner
    assert not np.allclose(model.learning.gradients(model, x, y)[2].flat, true.flat)
    np.testing.assert_allclose(model.learning.gradients(model, x, y)[2][last]["kernel"], true[last]["kernel"])
    for owner, back in model.learning.feedback(model).items():
        back[...] = model.get_weights()[owner]["kernel"]
    np.testing.assert_allclose(model.learning.gradients(model, x, y)[2].flat, true.flat, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("rule", RULES[1:])
@pytest.mark.parametrize("name", [name for name in CHAINS if name != "normalised"])
def test_rules_go_through_every_layer_with_synapses(name, rule):
    """A few steps lower the loss, whatever kind the layers are of."""
    between, shape = CHAINS[name]
    model = through(*[layer.copy() for layer in between], input_shape=shape, rule=rule)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, *shape)), rng.integers(0, 3, 8)
    model.optimizer.learning_rate = 0.05
    before = model.evaluate(x, y)
    for _ in range(30):
        model.train_on_batch(x, y)
    assert model.evaluate(x, y) < before


def test_a_recurrent_layer_behind_others_is_refused():
    """Its recurrent weights are within it, so that errors cannot go round them."""
    model = ann.Sequential([layers.Conv1D(4, 2), layers.LSTM(3), layers.Dense(1)])
    model.compile("sgd", "mse", learning="feedback_alignment")
    with pytest.raises(InvalidValueError, match=r"lstm_1 \(LSTM\): .* kernel and recurrent_kernel"):
        model.train_on_batch(np.zeros((2, 5, 2)), np.zeros(2))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
def test_weights_of_stimuli_and_reductions_reach_every_rule(rule, reduction):
    """A stimulus of weight 0 teaches nothing, and a sum is the number of stimuli times the mean."""
    found = []
    for kind in (reduction, "sum_over_batch_size"):
        model, x, y = two_layers(rule)
        if rule == "predictive_coding":
            model.compile("sgd", ann.losses.MeanSquaredError(kind), learning=PredictiveCoding(30, 0.2, 1e5))
        else:
            model.compile("sgd", ann.losses.MeanSquaredError(kind), learning=rule)
        weights = np.array([1.0, 0, 2, 1, 0, 0, 1])
        kept = model.learning.gradients(model, x[weights > 0], y[weights > 0], weights[weights > 0])[2].flat
        all_of_them = model.learning.gradients(model, x, y, weights)[2].flat
        found.append(all_of_them)
        factor = 4 / 7 if kind == "sum_over_batch_size" else 1
        np.testing.assert_allclose(all_of_them, factor * kept, rtol=1e-3, atol=1e-7)
    factor = 7 if reduction == "sum" else 7 / 5
    np.testing.assert_allclose(found[0], factor * found[1], rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("rule", RULES)
def test_copies_go_on_learning_by_the_same_rule(rule):
    """A network copied amid training by copy or pickle goes on as the first."""
    model, x, y = two_layers(rule)
    model.train_on_batch(x, y)
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]  # noqa: S301 (our own bytes)
    for each in (model, *twins):
        each.train_on_batch(x, y)
        each.train_on_batch(x, y)
    for twin in twins:
        np.testing.assert_array_equal(twin.flat_weights, model.flat_weights)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_learns_digits(rule):
    """On a few digits each rule tells most others, and its gradients have turned towards the true ones."""
    from compare.datasets import digits
    from evidence.learning_rules import learned

    data = digits()
    x, y = (data.images[:1200] / data.images.max())[..., None], data.labels[:1200]
    stack = [layers.Flatten(), layers.Dense(32, activation="tanh"), layers.Dense(10, activation="softmax")]
    epochs = 4 if rule in ("backpropagation", "predictive_coding") else 15  # random feedback is slow to begin with
    _, told, before, after = learned(stack, rule, x, y, epochs=epochs, trained=900)
    assert told > 0.75
    assert after["dense_1"] < 70
    assert after["dense_1"] <= before["dense_1"] + 1


@pytest.mark.parametrize("rule", RULES)
def test_a_run_that_is_resumed_has_the_bits_of_a_whole_one(rule, tmp_path):
    """Weights, penalties, constraints, weights of stimuli and dropout under a rule go on from a checkpoint."""

    def run(folder, epochs):
        model = ann.Sequential(
            [
                layers.Dense(6, activation="tanh", kernel_regularizer="l2"),
                layers.Dropout(0.3),
                layers.Dense(5, activation="relu", kernel_constraint=ann.constraints.MaxNorm(0.7)),
                layers.Dense(3, activation="softmax"),
            ],
            seed=4,
        )
        model.compile(ann.optimizers.Adam(0.01), "sparse_categorical_crossentropy", learning=rule)
        for number in epochs:
            if number != epochs[0]:
                model = ann.io.load(folder / "run.npz")
            checkpoint = ann.callbacks.Checkpoint(folder / "run.npz")
            weights = np.linspace(0, 2, 40)
            model.fit(
                x, y, number, 8, sample_weight=weights, callbacks=[checkpoint], resume=number != epochs[0], shuffle=True
            )
        return model

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole, parts = run(tmp_path / "whole", [6]), run(tmp_path / "parts", [2, 6])
    np.testing.assert_array_equal(whole.flat_weights, parts.flat_weights)
    assert whole.history.history == parts.history.history
    assert parts.learning == whole.learning
    norms = np.linalg.norm(whole.get_weights()["dense_2"]["kernel"], axis=0)
    assert norms.max() == pytest.approx(0.7, abs=1e-5)


def test_predictive_coding_by_hand():
    """With activations as layers of their own each step is that of Whittington and Bogacz, for two hidden layers."""
    steps, rate, variance = 7, 0.3, 2.0
    model = ann.Sequential(
        [layers.Dense(6), layers.Activation("tanh"), layers.Dense(5), layers.Activation("tanh"), layers.Dense(2)],
        dtype="float64",
    )
    model.build((4,))
    model.compile("sgd", "mean_squared_error", learning=PredictiveCoding(steps, rate, variance))
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 4)), rng.normal(size=(7, 2))
    settled = model.learning.settle(model, x, y)
    (w1, b1), (w2, b2), (w3, b3) = ((own["kernel"], own["bias"]) for own in model.get_weights().values())
    v1 = x @ w1 + b1
    v2 = np.tanh(v1) @ w2 + b2

    def errors():
        last = (y - (np.tanh(v2) @ w3 + b3)) * 2 / 2 / variance  # the mean over two outputs
        return v1 - (x @ w1 + b1), v2 - (np.tanh(v1) @ w2 + b2), last

    for _ in range(steps):
        e1, e2, e3 = errors()
        v1 = v1 + rate * (-e1 + (1 - np.tanh(v1) ** 2) * (e2 @ w2.T))
        v2 = v2 + rate * (-e2 + (1 - np.tanh(v2) ** 2) * (e3 @ w3.T))
    e1, e2, e3 = errors()
    for name, value in (("dense_1", v1), ("dense_2", v2)):
        np.testing.assert_allclose(settled.activity[name], value, rtol=1e-12)
    for name, error, before in (("dense_1", e1, x), ("dense_2", e2, np.tanh(v1)), ("dense_3", e3, np.tanh(v2))):
        np.testing.assert_allclose(settled.errors[name], error, atol=1e-13)
        found = settled.gradients[name]
        np.testing.assert_allclose(found["kernel"], -before.T @ error * variance / 7, atol=1e-12)
        np.testing.assert_allclose(found["bias"], -error.sum(axis=0) * variance / 7, atol=1e-12)


def test_feedback_of_a_layer_is_one_wherever_it_stands():
    """A layer that stands three times has one B, which `feedback` gives: set to its weights, all of it is exact."""
    shared = layers.Dense(4, activation="tanh", name="shared")
    model = ann.Sequential([shared, shared, shared, layers.Dense(2)], dtype="float64", seed=1)
    model.build((4,))
    model.compile("sgd", "mse", learning="feedback_alignment")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    for name, back in model.learning.feedback(model).items():
        back[...] = model.get_weights()[name]["kernel"]
    found = model.learning.gradients(model, x, y)[2].flat
    np.testing.assert_allclose(found, true_gradients(model, x, y).flat, rtol=1e-10)


@pytest.mark.parametrize("rule", RULES[1:])
def test_no_error_goes_back_where_no_weights_stand_before(rule):
    """Behind layers without weights a recurrent layer is the first that learns, and a dense one needs no feedback."""
    model = ann.Sequential([layers.Reshape((3, 2)), layers.LSTM(4), layers.Dense(1)])
    model.compile("sgd", "mse", learning=rule)
    assert model.train_on_batch(np.ones((4, 6)), np.ones(4)) > 0
    flat = ann.Sequential([layers.Flatten(), layers.Dense(3), layers.Dense(1)])
    flat.compile("sgd", "mse", learning=rule)
    assert flat.train_on_batch(np.ones((4, 2, 2)), np.ones(4)) > 0
    if rule != "predictive_coding":
        assert list(flat.learning.feedback(flat)) == ["dense_2"]


@pytest.mark.parametrize("rule", ["feedback_alignment", "direct_feedback_alignment"])
def test_masks_reach_the_rules(rule):
    """Masked steps teach nothing under random feedback."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 5, 2)), rng.normal(size=6)
    x[:, 3:] = 0
    found = []
    for seen in (x, x[:, :3]):
        stack = [layers.Masking(), layers.LSTM(4), layers.Dense(3, activation="tanh"), layers.Dense(1)]
        model = ann.Sequential(stack, dtype="float64", seed=1)
        model.compile("sgd", "mse", learning=rule)
        found.append(model.learning.gradients(model, seen, y)[2].flat)
    np.testing.assert_allclose(*found, atol=1e-14)
    assert found[0].any()


@pytest.mark.parametrize("rule", RULES[1:])
def test_lbfgs_takes_the_losses_own_gradient_alone(rule):
    """A search along another rule's gradient is refused, and leaves the model as it was compiled."""
    model = ann.Sequential([layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(InvalidValueError, match=r"LBFGS searches along the loss's own gradient.* use 'adam'"):
        model.compile("lbfgs", "mse", learning=rule)
    assert isinstance(model.optimizer, ann.optimizers.Adam)
