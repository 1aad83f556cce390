"""SimpleRNN, LSTM, GRU and Bidirectional against their equations, central differences and shorter sequences."""

import numpy as np
import pytest

import ann
from ann import gradcheck
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.fast.recurrent import squash
from ann.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Masking, SimpleRNN
from ann.layers.recurrent.recurrence import SQUASHING

LAYERS = {
    "rnn": SimpleRNN(4),
    "rnn, sigmoid, no bias": SimpleRNN(3, activation="sigmoid", use_bias=False, return_sequences=True),
    "rnn, relu, backwards": SimpleRNN(3, activation="relu", go_backwards=True, return_sequences=True),
    "lstm": LSTM(4),
    "lstm, sequences, backwards": LSTM(3, return_sequences=True, go_backwards=True),
    "lstm, other activations": LSTM(3, activation="linear", recurrent_activation="tanh", use_bias=False),
    "lstm, dropout": LSTM(3, dropout=0.4, go_backwards=True),
    "gru": GRU(4),
    "gru, sequences, backwards, no bias": GRU(3, return_sequences=True, go_backwards=True, use_bias=False),
    "gru, reset before": GRU(4, reset_after=False),
    "gru, reset before, sequences": GRU(3, reset_after=False, return_sequences=True, use_bias=False),
    "both ways": Bidirectional(LSTM(2)),
    "both ways, sequences": Bidirectional(GRU(2, return_sequences=True)),
    "both ways, sum": Bidirectional(SimpleRNN(3, return_sequences=True), merge_mode="sum"),
    "both ways, product": Bidirectional(GRU(2, return_sequences=True, go_backwards=True), merge_mode="mul"),
    "both ways, mean": Bidirectional(LSTM(2, return_sequences=True), merge_mode="ave"),
}
CELLS = [SimpleRNN(4), LSTM(4), GRU(4), GRU(4, reset_after=False)]
MASK = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0]], bool)


def named(layer):
    """Name a cell for a test."""
    return f"{type(layer).__name__}{'' if getattr(layer, 'reset_after', True) else ', reset before'}"


def states(layer):
    """Give the shapes of a layer's initial states."""
    inner = getattr(layer, "layer", layer)
    return [(inner.units,)] * (layer.most_inputs - 1)


def filled(layer, features=3, seed=0, dtype=float):
    """Give a copy of a layer with random weights."""
    rng = np.random.default_rng(seed)
    layer = layer.copy()
    drawn = layer.initial_parameters((5, features), rng)
    layer.parameters = {name: (value + rng.normal(size=value.shape)).astype(dtype) for name, value in drawn.items()}
    return layer


def sequences(layer, **options):
    """Give the same layer, weights included, with other arguments."""
    config = {name: value for name, value in layer.config().items() if name != "kind"}
    other = type(layer)(**{**config, "return_sequences": True, **options})
    other.parameters = layer.parameters
    return other


def sigmoid(x):
    """Give the logistic function."""
    return 1 / (1 + np.exp(-x))


def written_out(layer, x, h, c):
    """Go through one sequence (step, feature) by the equations of the docstrings, and give all states."""
    w, u, b = (layer.parameters[name] for name in ("kernel", "recurrent_kernel", "bias"))
    n, found = layer.units, []
    for step in x:
        if isinstance(layer, SimpleRNN):
            h = np.tanh(step @ w + h @ u + b)
        elif isinstance(layer, LSTM):
            i, f, g, o = np.split(step @ w + h @ u + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            first, second = b if layer.reset_after else (b, np.zeros_like(b))
            z, r, m = np.split(step @ w + first, 3)
            z, r = sigmoid(z + h @ u[:, :n] + second[:n]), sigmoid(r + h @ u[:, n : 2 * n] + second[n : 2 * n])
            if layer.reset_after:
                m = np.tanh(m + r * (h @ u[:, 2 * n :] + second[2 * n :]))
            else:
                m = np.tanh(m + (r * h) @ u[:, 2 * n :])
            h = z * h + (1 - z) * m
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all steps", "masked"])
def test_gradients_are_those_of_central_differences(name, mask):
    """Gradients for inputs, parameters and initial states agree with central differences, with and without a mask."""
    layer = LAYERS[name]
    assert gradcheck.check_layer(layer, (5, 3), mask=mask, samples=25) < 1e-6
    assert gradcheck.check_layer(layer, ((5, 3), *states(layer)), mask=mask, samples=25) < 1e-6


def test_gradients_go_through_a_masked_stack_in_both_directions():
    """Three recurrent layers on each other, both ways and backwards, over padded words: all gradients are right."""
    rng = np.random.default_rng(0)
    model = ann.Sequential(
        [
            Embedding(7, 3, mask_zero=True, embeddings_initializer="random_normal", input_shape=(6,)),
            Bidirectional(LSTM(3, return_sequences=True)),
            GRU(3, return_sequences=True, go_backwards=True),
            SimpleRNN(4),
            Dense(3, activation="softmax"),
        ],
        seed=3,
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = rng.integers(1, 7, (5, 6))
    x[0, 4:], x[1, 2:], x[2, :3], x[3, 2] = 0, 0, 0, 0
    model.flat_weights[:] = rng.normal(size=model.flat_weights.size)
    assert gradcheck.check_model(model, x, np.array([0, 1, 2, 0, 1]), samples=40) < 1e-6


@pytest.mark.parametrize("layer", CELLS, ids=named)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float32", 5e-6)])
def test_layers_are_their_equations(layer, dtype, tolerance):
    """All states equal those of the equations, written out in float64, from given initial states on."""
    layer = sequences(filled(layer, dtype=dtype))
    rng = np.random.default_rng(1)
    x, *initial = (rng.normal(size=shape).astype(dtype) for shape in ((2, 9, 3), *[(2, 4)] * layer.states))
    found, _ = layer.forward((x, *initial))
    for row in range(2):
        h, c = initial[0][row], initial[-1][row]
        np.testing.assert_allclose(found[row], written_out(layer, x[row], h, c), rtol=0, atol=tolerance)
    np.testing.assert_array_equal(sequences(layer, return_sequences=False).forward((x, *initial))[0], found[:, -1])


@pytest.mark.parametrize("layer", CELLS, ids=named)
def test_a_masked_sequence_is_the_shorter_one(layer):
    """Steps that a mask leaves out change nothing: outputs and gradients are those of the sequence without them."""
    layer = filled(layer)
    rng = np.random.default_rng(2)
    x, upstream = rng.normal(size=(1, 8, 3)), rng.normal(size=(1, 4))
    mask = np.array([[1, 0, 1, 1, 0, 0, 1, 0]], bool)
    found, run = layer.forward(x, mask=mask)
    expected, short = layer.forward(x[:, mask[0]])
    np.testing.assert_array_equal(found, expected)
    (d_x, gradients), (d_short, shorter) = layer.backward(upstream, run), layer.backward(upstream, short)
    np.testing.assert_array_equal(d_x[:, mask[0]], d_short)
    assert not d_x[:, ~mask[0]].any()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, shorter[name], rtol=1e-12, atol=1e-14)
    kept = sequences(layer).forward(x, mask=mask)[0][0]
    np.testing.assert_array_equal(kept[1], kept[0])
    np.testing.assert_array_equal(kept[-1], expected[0])


@pytest.mark.parametrize("layer", CELLS, ids=named)
def test_backwards_is_the_turned_sequence(layer):
    """`go_backwards` is the same as turning the sequence and its mask round."""
    layer = filled(layer)
    x = np.random.default_rng(3).normal(size=(3, 5, 3))
    turned = sequences(layer, go_backwards=True)
    np.testing.assert_array_equal(
        turned.forward(x, mask=MASK)[0], sequences(layer).forward(x[:, ::-1], mask=MASK[:, ::-1])[0]
    )
    np.testing.assert_array_equal(turned.mask_after(x, MASK), MASK[:, ::-1])
    assert layer.mask_after(x, MASK) is None


def test_both_ways_are_two_layers():
    """A bidirectional layer is one layer and another with its own weights, led back to the order of the steps."""
    both = filled(Bidirectional(LSTM(3, return_sequences=True)))
    forth, back = LSTM(3, return_sequences=True), LSTM(3, return_sequences=True, go_backwards=True)
    forth.parameters = {name[8:]: own for name, own in both.parameters.items() if name.startswith("forward_")}
    back.parameters = {name[9:]: own for name, own in both.parameters.items() if name.startswith("backward_")}
    assert not np.array_equal(forth.parameters["kernel"], back.parameters["kernel"])
    x = np.random.default_rng(4).normal(size=(2, 5, 3))
    expected = forth.forward(x)[0], back.forward(x)[0][:, ::-1]
    np.testing.assert_array_equal(both.forward(x)[0], np.concatenate(expected, axis=-1))
    for mode, merge in {"sum": np.add, "mul": np.multiply, "ave": lambda a, b: (a + b) / 2}.items():
        other = Bidirectional(both.layer, merge_mode=mode)
        other.parameters = both.parameters
        np.testing.assert_array_equal(other.forward(x)[0], merge(*expected))


def test_weights_begin_as_announced():
    """The forget gate's bias begins at 1, the recurrent kernel has orthogonal rows, and shapes are as announced."""
    for layer in (LSTM(3), GRU(3), GRU(3, reset_after=False), SimpleRNN(3, use_bias=False), Bidirectional(GRU(3))):
        drawn = layer.initial_parameters((5, 2), np.random.default_rng(0))
        assert {name: value.shape for name, value in drawn.items()} == layer.parameter_shapes((5, 2))
    drawn = LSTM(3).initial_parameters((5, 2), np.random.default_rng(0))
    np.testing.assert_array_equal(drawn["bias"], [0] * 3 + [1] * 3 + [0] * 6)
    np.testing.assert_allclose(drawn["recurrent_kernel"] @ drawn["recurrent_kernel"].T, np.eye(3), atol=1e-12)
    assert not LSTM(3, unit_forget_bias=False).initial_parameters((5, 2), np.random.default_rng(0))["bias"].any()


def test_penalties_reach_every_weight():
    """The regularisers are found by the names of the parameters, on both sides of a bidirectional layer."""
    layer = LSTM(2, kernel_regularizer="l1", recurrent_regularizer="l2", bias_regularizer="l2")
    assert set(layer.regularizers) == {"kernel", "recurrent_kernel", "bias"}
    both = Bidirectional(layer).regularizers
    assert set(both) == {f"{side}_{name}" for side in ("forward", "backward") for name in layer.regularizers}


def test_dropout_drops_the_same_features_at_all_steps():
    """In training a feature is gone for a whole sequence; at inference nothing is."""
    layer = filled(LSTM(3, dropout=0.5), 20)
    x = np.ones((4, 6, 20))
    _, run = layer.forward(x, True, np.random.default_rng(0))
    seen = run.seen[:, :, 1:21]
    assert set(np.unique(seen)) == {0, 2}
    assert (seen == seen[0]).all()
    assert (layer.forward(x)[1].seen[:, :, :21] == 1).all()
    with pytest.raises(InvalidTypeError, match=r"LSTM.forward: needs rng="):
        layer.forward(x, True)


def test_threads_change_no_bit(monkeypatch):
    """A batch in parts of 32 gives the same bits on one thread and on two."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 5, 3)), rng.integers(0, 3, 70)
    x[::3, 3:] = 0
    found = []
    for threads in (1, 2):
        layers = [Masking(), Bidirectional(LSTM(4, return_sequences=True)), GRU(4, dropout=0.2), Dense(3, "softmax")]
        model = ann.Sequential(layers, seed=1, threads=threads)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=2, batch_size=70)
        assert [rows.stop - rows.start for rows in model.plan.rows(70)] == [32, 32, 6]
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)


def test_initial_states_come_from_the_graph():
    """An encoder's last state begins a decoder: the graph's gradients are right, its file brings it back."""
    inputs = ann.Input((5, 3))
    encoded = SimpleRNN(4)(inputs)
    decoded = GRU(4, return_sequences=True)([inputs, encoded])
    model = ann.Model(inputs, LSTM(4)([decoded, encoded, Dense(4, activation="tanh")(encoded)]))
    model.compile("sgd", "mean_squared_error")
    rng = np.random.default_rng(5)
    assert gradcheck.check_model(model, rng.normal(size=(3, 5, 3)), rng.normal(size=(3, 4)), samples=30) < 1e-6


@pytest.mark.parametrize("layer", CELLS, ids=named)
def test_initial_states_of_zeros_are_those_of_none(layer):
    """States of zeros that are given, and none, whose products are left out, give the same outputs and gradients."""
    rng = np.random.default_rng(3)
    layer = layer.copy()
    layer.parameters = layer.initial_parameters((5, 3), rng)
    x, upstream = rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 4))
    found = []
    for given in (x, (x, *[np.zeros((6, 4))] * layer.states)):
        y, cache = layer.forward(given)
        d_x, gradients = layer.backward(upstream, cache)
        found.append([y, d_x[0] if isinstance(d_x, tuple) else d_x, *gradients.values()])
    for none, zeros in zip(*found, strict=True):
        np.testing.assert_allclose(none, zeros, rtol=1e-12, atol=1e-14)


def test_files_name_the_gates(tmp_path, monkeypatch):
    """A saved network brings back layers and weights, and tells the order of the gates; another order is refused."""
    layers = [Bidirectional(LSTM(3, return_sequences=True), "ave"), GRU(2, reset_after=False, name="memory")]
    model = ann.Sequential([Masking(-1.0, input_shape=(5, 3)), *layers])
    path = tmp_path / "model.npz"
    ann.io.save(model, path)
    again = ann.io.load(path)
    x = np.random.default_rng(0).normal(size=(2, 5, 3))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert again.layers[1].layer == model.layers[1].layer
    assert model.layers[1].copy() == model.layers[1]
    monkeypatch.setattr(GRU, "gates", ("reset", "update", "candidate"))
    with pytest.raises(ann.errors.UnreadableFileError, match=r"memory: its gates are in the order \['update'"):
        ann.io.load(path)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: LSTM(0), InvalidValueError, r"LSTM.units: must be at least 1"),
        (lambda: GRU(2, activation="gelu"), InvalidValueError, r"GRU.activation: must be one of linear, tanh, .*GELU"),
        (lambda: LSTM(2, recurrent_activation="softmax"), InvalidValueError, r"LSTM.recurrent_activation: must be one"),
        (lambda: LSTM(2, dropout=1), InvalidValueError, r"LSTM.dropout: must be at least 0 and below 1, got 1"),
        (lambda: LSTM(2).output_shape((4,)), ShapeError, r"got \(4,\) a stimulus, expects \(step, feature\)"),
        (lambda: LSTM(2).output_shape(((4, 3), (2,))), ShapeError, r"initial states of \(2,\), expects \(2,\), \(2,\)"),
        (lambda: GRU(2).output_shape(((4, 3), (3,))), ShapeError, r"initial states of \(3,\), expects \(2,\) or none"),
        (lambda: Bidirectional(Dense(2)), InvalidTypeError, r"Bidirectional.layer: must be a name or an object of"),
        (lambda: Bidirectional(GRU(2), "cat"), InvalidValueError, r"merge_mode: unknown mode 'cat'.*'concat'"),
        (lambda: Bidirectional(GRU(2), None), InvalidValueError, r"merge_mode: unknown mode None; known: concat"),
        (lambda: Bidirectional(GRU(2)).output_shape(((4, 3), (2,))), ShapeError, r"got 2 inputs.*2 initial states"),
    ],
)
def test_what_does_not_fit_is_named(make, error, message):
    """Arguments and shapes that cannot be used are refused with their names and values."""
    with pytest.raises(error, match=message):
        make()


def test_compiled_activations_are_numpys():
    """The rational tanh stays within 5e-7 of the true one and within [-1, 1]; NaN passes; numbers match the classes."""
    x = np.linspace(-12, 12, 400_001).astype(np.float32)
    x[0] = np.nan
    exact = [np.asarray(kind()(x.astype(float))) for kind in SQUASHING]
    assert list(range(4)) == [squash.LINEAR, squash.TANH, squash.SIGMOID, squash.RELU]
    for number, expected in enumerate(exact):
        y = x.copy()
        squash.squash(number, y)
        assert np.isnan(y[0])
        np.testing.assert_allclose(y[1:], expected[1:], rtol=5e-7, atol=2e-7 if number == squash.SIGMOID else 0)
        gradient = np.ones_like(y[1:])
        squash.slope(number, y[1:], gradient)
        slopes = SQUASHING[number]().backward(np.ones(len(x) - 1), SQUASHING[number]().forward(x[1:].astype(float))[1])
        np.testing.assert_allclose(gradient, slopes, atol=1e-6)
    y = x[1:].copy()
    squash.squash(squash.TANH, y)
    assert abs(y).max() <= 1
