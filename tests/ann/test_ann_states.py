"""States that are given to recurrent layers and that they give: sequences cut in two, encoders and decoders."""

import numpy as np
import pytest

import ann
from ann import gradcheck
from ann.errors import InvalidValueError, ShapeError
from ann.layers import GRU, LSTM, Add, Bidirectional, Concatenate, Dense, Embedding, Masking, SimpleRNN

CELLS = {
    "rnn": SimpleRNN(4, return_state=True),
    "lstm": LSTM(4, return_state=True, return_sequences=True),
    "lstm, backwards": LSTM(3, return_state=True, return_sequences=True, go_backwards=True),
    "gru": GRU(4, return_state=True),
    "gru, reset before": GRU(3, return_state=True, return_sequences=True, reset_after=False),
    "both ways": Bidirectional(LSTM(2, return_state=True, return_sequences=True)),
    "both ways, product": Bidirectional(GRU(3, return_state=True), merge_mode="mul"),
    "both ways, mean": Bidirectional(SimpleRNN(3, return_state=True, return_sequences=True), merge_mode="ave"),
}
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]], bool)
"""Padded behind, padded before, nothing that counts, and gaps."""


def states(layer):
    """Give the shapes of a layer's initial states."""
    return [(getattr(layer, "layer", layer).units,)] * (layer.most_inputs - 1)


def in_model(make, steps=6, seed=0):
    """Give a model in float64 of what is made from sequences (step, 3)."""
    inputs = ann.Input((steps, 3))
    return ann.Model(inputs, make(inputs), seed=seed, dtype="float64")


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all steps", "masked"])
def test_gradients_of_last_states_are_those_of_central_differences(name, mask):
    """Inputs, initial states and parameters have the right gradients where last states are looked at as well."""
    layer = CELLS[name]
    assert gradcheck.check_layer(layer, (5, 3), 4, mask=mask, samples=15) < 1e-6
    assert gradcheck.check_layer(layer, ((5, 3), *states(layer)), 4, mask=mask, samples=15) < 1e-6


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_sequence_may_be_cut_in_two(kind, backwards):
    """One layer, used twice, goes on with its own last states as if the sequence had not been cut."""

    def cut(inputs):
        halves = [ann.layers.Piece(start, (3, 3))(inputs) for start in (0, 9)]
        layer = kind(4, return_sequences=True, return_state=True, go_backwards=backwards, name="memory")
        first, *last = layer(halves[backwards])
        second, *_ = layer(halves[not backwards], initial_state=last)
        return Concatenate(axis=1)([first, second])

    parted = in_model(cut)
    whole = in_model(kind(4, return_sequences=True, go_backwards=backwards, name="memory"))
    whole.flat_weights[:] = parted.flat_weights
    x = np.random.default_rng(0).normal(size=(5, 6, 3))
    np.testing.assert_allclose(parted.predict(x), whole.predict(x), rtol=0, atol=1e-14)
    upstream = np.random.default_rng(1).normal(size=(5, 6, 4))
    (_, one), (_, other) = parted.forward(x), whole.forward(x)
    found, expected = parted.backward(upstream, one, inputs=True), whole.backward(upstream, other, inputs=True)
    np.testing.assert_allclose(found.inputs, expected.inputs, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.flat, expected.flat, rtol=0, atol=1e-12)


def test_rows_without_a_step_keep_their_initial_state():
    """Where all steps are masked the states go through as they came, and so does their gradient."""
    layer = LSTM(2, return_state=True)
    layer.parameters = layer.initial_parameters((3, 1), np.random.default_rng(0))
    x, h, c = np.ones((2, 3, 1)), np.full((2, 2), 0.3), np.full((2, 2), 0.7)
    mask = np.array([[True] * 3, [False] * 3])
    packed, run = layer.forward((x, h, c), mask=mask)
    np.testing.assert_array_equal(packed[1], [0.3, 0.3, 0.3, 0.3, 0.7, 0.7])
    (d_x, d_h, d_c), _ = layer.backward(np.arange(12.0).reshape(2, 6), run)
    np.testing.assert_array_equal(d_h[1], [6 + 8, 7 + 9])
    np.testing.assert_array_equal(d_c[1], [10, 11])
    assert not d_x[1].any()


def translator(read):
    """Read a padded sequence both ways, and write one that begins where the reading ended."""
    _, h, c, other_h, other_c = Bidirectional(LSTM(3, return_state=True))(read)
    start = [Add()([h, other_h]), Dense(3, activation="tanh")(Concatenate()([c, other_c]))]
    return Dense(2)(LSTM(3, return_sequences=True)(read, initial_state=start))


def test_an_encoder_begins_a_decoder(tmp_path):
    """Gradients go through both, padding included; a file brings the graph back, and its copies are the same."""
    inputs = ann.Input((6,))
    words = Embedding(7, 3, mask_zero=True, embeddings_initializer="random_normal")(inputs)
    model = ann.Model(inputs, translator(words), dtype="float64")
    model.compile("adam", "mean_squared_error")
    rng = np.random.default_rng(0)
    x, y = rng.integers(1, 7, (4, 6)), rng.normal(size=(4, 6, 2))
    x[0, 4:], x[1, :2], x[2] = 0, 0, 0
    assert gradcheck.check_model(model, x, y, samples=15) < 1e-6
    model.fit(x, y, epochs=2)
    model.save(tmp_path / "model.npz")
    again = ann.io.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert again.untrained().get_weights().keys() == model.get_weights().keys()
    assert [node["kind"] for _, node in model.graph.nodes(data=True)].count("Piece") == 4


def test_masks_go_with_the_sequence_alone():
    """Of what a masked layer gives, the sequence keeps the mask and the states have none."""

    def made(inputs):
        words, h = GRU(4, return_sequences=True, return_state=True)(Masking()(inputs))
        return SimpleRNN(4)(words, initial_state=Dense(4)(h))

    model = in_model(made)
    x = np.random.default_rng(0).normal(size=(1, 6, 3))
    x[:, 4:] = 0
    shorter = in_model(made, steps=4)
    shorter.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(x), shorter.predict(x[:, :4]), rtol=0, atol=1e-15)


def test_the_first_of_several_is_what_there_was_without():
    """The output of a layer that gives its states is bit by bit that of one that does not."""
    for layer in CELLS.values():
        inner = getattr(layer, "layer", layer)
        bare = inner.config() | {"return_state": False}
        bare.pop("kind")
        other = type(inner)(**bare)
        other = other if inner is layer else Bidirectional(other, layer.merge_mode)
        one, two = in_model(lambda x, layer=layer: layer.copy()(x)[0]), in_model(lambda x, other=other: other(x))
        two.flat_weights[:] = one.flat_weights
        x = np.random.default_rng(0).normal(size=(3, 6, 3))
        np.testing.assert_array_equal(one.predict(x), two.predict(x))


def test_states_do_not_depend_on_threads(monkeypatch):
    """A batch in parts gives the same bits on one thread and on two."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 6, 3)), rng.normal(size=(70, 6, 2))
    found = []
    for threads in (1, 2):
        inputs = ann.Input((6, 3))
        model = ann.Model(inputs, translator(Masking()(inputs)), seed=1, threads=threads)
        model.compile("adam", "mean_squared_error")
        model.fit(x, y, epochs=1, batch_size=70)
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (
            lambda: ann.Sequential([Embedding(5, 3), LSTM(4, return_state=True)]),
            InvalidValueError,
            r"lstm_1 \(LSTM\): gives 3 arrays, .*use ann.Model, or leave return_state out",
        ),
        (
            lambda: ann.Sequential([Bidirectional(GRU(4, return_state=True))]),
            InvalidValueError,
            r"bidirectional_1 \(Bidirectional\): gives 3 arrays",
        ),
        (
            lambda: GRU(4)(ann.Input((5, 3)), initial_state=[ann.Input((4,))] * 2),
            ShapeError,
            "GRU: takes at most 2 inputs, got 3",
        ),
        (
            lambda: LSTM(4)(ann.Input((5, 3)), initial_state=ann.Input((4,))),
            ShapeError,
            r"LSTM: got initial states of \(4,\), expects \(4,\), \(4,\) or none",
        ),
    ],
)
def test_what_does_not_fit_is_named(act, error, message):
    """Several arrays where one is wanted, and states that are too few or too many, are refused."""
    with pytest.raises(error, match=message):
        act()
