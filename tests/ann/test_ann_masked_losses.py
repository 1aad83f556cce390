"""Padded steps count in no loss, gradient or metric: a padded batch is its sequences as they are."""

import numpy as np
import pytest

import ann
from ann import explain, layers, losses, metrics, optimizers
from ann.errors import DataError, ShapeError
from ann.training.checks import checked_batch

RNG = np.random.default_rng(3)
STEPS, LENGTHS = 7, np.array([5, 3, 7, 5, 1, 3, 2, 7])
PADDED = np.arange(STEPS) >= LENGTHS[:, None]
X = RNG.normal(size=(8, STEPS, 3))
X[PADDED] = 0
Y = RNG.integers(0, 2, (8, STEPS))
EXACT = {"rtol": 1e-12, "atol": 1e-12}

CELLS = {
    "lstm": lambda: layers.LSTM(4, return_sequences=True),
    "gru": lambda: layers.GRU(4, return_sequences=True),
    "bidirectional": lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
}
WEIGHTS = {
    "plain": None,
    "by stimulus": RNG.uniform(0.5, 2, 8),
    "by step": RNG.uniform(0.5, 2, (8, STEPS)),
}


def tagger(cell, steps, form="sequential", masking=True, optimizer="adam", loss=None, learning="backpropagation"):
    """Build a model that says yes or no of every step."""
    own = [layers.Masking()] * masking + [CELLS[cell](), layers.Dense(4, "tanh"), layers.Dense(1)]
    if form == "sequential":
        model = ann.Sequential(own, seed=0, dtype="float64")
    else:
        symbol = stimuli = ann.Input((steps, 3))
        for layer in own:
            symbol = layer(symbol)
        model = ann.Model(stimuli, symbol, seed=0, dtype="float64")
    model.build((steps, 3))
    loss = loss or losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer, loss, ["accuracy"], learning, weighted_metrics=["mse"])
    return model


class Unpadded:
    """The same sequences in batches by length, through models of the same weights that know no masks."""

    def __init__(self, model, cell):
        self.twins = {int(length): tagger(cell, int(length), masking=False) for length in set(LENGTHS)}
        self.model = model

    def batches(self, weights=None):
        """Give twins with the sequences of their length, and where these stand."""
        for length, twin in self.twins.items():
            twin.set_weights(self.model.get_weights())
            rows = np.flatnonzero(length == LENGTHS)
            own = None if weights is None else weights[rows][:, :length] if weights.ndim == 2 else weights[rows]
            yield twin, X[rows, :length], Y[rows, :length], own

    def gradients(self, weights=None):
        """Give the loss and its gradient: means over all steps."""
        value, flat = 0.0, np.zeros_like(self.model.flat_weights)
        for twin, x, y, own in self.batches(weights):
            outputs, cache = twin.forward(x, training=True)
            loss, gradient = twin.loss(outputs, y, own)
            share = y.size / LENGTHS.sum()
            value += share * loss
            flat += share * twin.backward(gradient, cache).flat
        return value, flat

    def read(self, weights=None):
        """Give outputs, targets and weights of all steps, one after the other."""
        found = []
        for twin, x, y, own in self.batches(weights):
            own = np.ones(len(y)) if own is None else own
            own = np.broadcast_to(own.reshape(len(y), -1), y.shape)
            found.append((twin.predict(x).reshape(-1, 1), y.ravel(), own.ravel()))
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]


@pytest.mark.parametrize("form", ["sequential", "model"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_padded_batch_is_its_sequences(cell, form, weights):
    """Loss, gradients and metrics, in training and outside, in batches of any size."""
    weights = WEIGHTS[weights]
    model = tagger(cell, STEPS, form)
    unpadded = Unpadded(model, cell)
    expected, flat = unpadded.gradients(weights)
    value, _, gradients = model.learning.gradients(model, X, Y, weights)
    np.testing.assert_allclose(value, expected, **EXACT)
    np.testing.assert_allclose(gradients.flat, flat, **EXACT)
    outputs, targets, each = unpadded.read(weights)
    numbers = {
        "loss": expected,
        "accuracy": metrics.accuracy(outputs, targets, threshold=0),
        "mse": metrics.mean_squared_error(outputs, targets, sample_weight=each),
    }
    for size in (3, 256):
        found = model.evaluate(X, Y, batch_size=size, sample_weight=weights)._asdict()
        assert found == {name: pytest.approx(number, rel=1e-12) for name, number in numbers.items()}
    assert model.test_on_batch(X, Y, weights).loss == pytest.approx(expected, rel=1e-12)
    assert model.train_on_batch(X, Y, weights) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_fitting_a_padded_batch_is_fitting_its_sequences(cell, weights):
    """Weights and history after some steps, validation included."""
    weights = WEIGHTS[weights]
    model, other = tagger(cell, STEPS), tagger(cell, STEPS)
    unpadded, optimizer = Unpadded(other, cell), optimizers.get("adam")
    history = model.fit(X, Y, epochs=3, sample_weight=weights, validation_data=(X[::-1], Y[::-1])).history
    for epoch in range(3):
        value, flat = unpadded.gradients(weights)
        outputs, targets, _ = unpadded.read()
        assert history["loss"][epoch] == pytest.approx(value, rel=1e-11)
        assert history["accuracy"][epoch] == metrics.accuracy(outputs, targets, threshold=0)
        optimizer.step(other.flat_weights, flat)
        assert history["val_loss"][epoch] == pytest.approx(unpadded.gradients()[0], rel=1e-11)
    np.testing.assert_allclose(model.flat_weights, other.flat_weights, **EXACT)


@pytest.mark.parametrize("where", ["behind", "before"])
@pytest.mark.parametrize("rule", ["backpropagation", "feedback_alignment", "direct_feedback_alignment", "lbfgs"])
def test_every_rule_heeds_the_mask(rule, where):
    """Batches of sequences of one length, padded or not, give the same weights, whatever is asked of padded steps."""
    x, y = RNG.normal(size=(10, 4, 3)), RNG.integers(0, 2, (10, 4))
    own = slice(4) if where == "behind" else slice(3, STEPS)
    padded, asked = np.zeros((10, STEPS, 3)), RNG.integers(0, 2, (10, STEPS))
    padded[:, own], asked[:, own] = x, y
    chosen = {"optimizer": "lbfgs"} if rule == "lbfgs" else {"learning": rule}
    long, short = tagger("lstm", STEPS, **chosen), tagger("lstm", 4, masking=False, **chosen)
    short.set_weights(long.get_weights())
    if rule == "direct_feedback_alignment":  # a step's errors go back to steps: those of the shorter are among them
        for name, feedback in short.learning.feedback(short).items():
            of_steps = long.learning.feedback(long)[name].reshape(STEPS, 1, STEPS, -1)
            feedback[...] = of_steps[own, :, own].reshape(feedback.shape)
    ours, theirs = long.fit(padded, asked, epochs=3, batch_size=4), short.fit(x, y, epochs=3, batch_size=4)
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], rtol=1e-10)
    np.testing.assert_allclose(long.flat_weights, short.flat_weights, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("reduction", "divided"),
    [
        ("sum_over_batch_size", LENGTHS.sum()),
        ("mean_with_sample_weight", WEIGHTS["by step"][~PADDED].sum()),
        ("sum", 1),
    ],
)
def test_reductions_are_those_of_keras(reduction, divided):
    """The sum over steps that count, by their number or their weights, in each of the ways to read a loss."""
    loss = losses.BinaryCrossentropy(from_logits=True, reduction=reduction)
    model, weights = tagger("gru", STEPS, loss=loss), WEIGHTS["by step"]
    z, t = model.predict(X)[~PADDED][:, 0], Y[~PADDED]
    expected = (weights[~PADDED] * (np.logaddexp(0, z) - t * z)).sum() / divided
    outputs, cache = model.forward(X)
    assert model.loss(outputs, Y, weights, mask=cache.mask)[0] == pytest.approx(expected, rel=1e-12)
    for size in (3, 8):
        found = model.evaluate(X, Y, batch_size=size, sample_weight=weights)
        assert found.loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight", "sum"])
def test_gradients_inside_are_of_the_steps_that_count(reduction):
    """Whatever the batches; the outputs of padded steps have none."""
    loss = losses.BinaryCrossentropy(from_logits=True, reduction=reduction)
    model = tagger("lstm", STEPS, loss=loss)
    whole, cut = model.gradients(X, Y), model.gradients(X, Y, batch_size=3)
    assert whole.value == pytest.approx(model.evaluate(X, Y).loss, rel=1e-12)
    assert cut.value == pytest.approx(whole.value, rel=1e-12)
    np.testing.assert_allclose(whole.parameters.flat, model.learning.gradients(model, X, Y)[2].flat, **EXACT)
    np.testing.assert_allclose(cut.parameters.flat, whole.parameters.flat, **EXACT)
    np.testing.assert_allclose(cut.inputs, whole.inputs, **EXACT)
    last = list(whole.layers)[-1]
    np.testing.assert_allclose(cut.layers[last], whole.layers[last], **EXACT)
    assert not whole.layers[last][PADDED].any()
    assert whole.layers[last][~PADDED].all()


def test_where_softmax_meets_its_loss_the_mask_is_heeded():
    """Words as numbers: the gradient of the two as one, and that of the outputs, know nothing of padding."""
    words = np.where(PADDED, 0, RNG.integers(1, 9, (8, STEPS)))
    own = [layers.Embedding(9, 4, mask_zero=True), layers.GRU(4, return_sequences=True), layers.Dense(3, "softmax")]
    model = ann.Sequential(own, seed=0, dtype="float64")
    model.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"])
    found = model.evaluate(words, words % 3)
    likely = model.predict(words)[~PADDED]
    classes = (words % 3)[~PADDED]
    assert found.loss == pytest.approx(-np.log(likely[np.arange(len(classes)), classes]).mean(), rel=1e-12)
    assert found.accuracy == (likely.argmax(1) == classes).mean()
    other = np.where(PADDED, 2, words % 3)
    same = model.learning.gradients(model, words, other)[2].flat
    np.testing.assert_array_equal(same, model.learning.gradients(model, words, words % 3)[2].flat)
    inside = model.gradients(words, other, batch_size=3).layers["dense_1"]
    assert not inside[PADDED].any()
    slopes = -1 / likely[np.arange(len(classes)), classes]
    np.testing.assert_allclose(inside[~PADDED].sum(), slopes.mean(), rtol=1e-12)


def test_a_batch_of_padding_teaches_nothing():
    """Its loss is 0, and its gradient; metrics of nothing are NaN."""
    model = tagger("gru", STEPS)
    value, _, gradients = model.learning.gradients(model, X * 0, Y)
    assert value == 0
    assert not gradients.flat.any()
    found = model.evaluate(X * 0, Y)
    assert found.loss == 0
    assert np.isnan(found.accuracy)
    assert model.gradients(X * 0, Y).value == 0
    whole = model.evaluate(np.concatenate([X * 0, X]), np.concatenate([Y, Y]), batch_size=8)
    assert whole == pytest.approx(model.evaluate(X, Y), rel=1e-12)


def test_a_mask_that_ends_is_no_matter():
    """Where the outputs have no steps, or others, every stimulus counts as it is."""
    y = RNG.normal(size=(8, 1))
    last = ann.Sequential([layers.Masking(), layers.LSTM(4), layers.Dense(1)], seed=0, dtype="float64")
    flat = ann.Sequential([layers.Masking(), layers.Dense(1), layers.Flatten(), layers.Dense(1)], dtype="float64")
    for model in (last, flat):
        model.compile("sgd", "mean_squared_error")
        assert model.evaluate(X, y) == pytest.approx(np.square(model.predict(X) - y).mean(), rel=1e-12)
        assert model.train_on_batch(X, y) == pytest.approx(np.square(model.predict(X) - y).mean(), rel=1)


@pytest.mark.parametrize(
    ("mask", "error", "match"),
    [
        (np.ones((8, 3), bool), ShapeError, r"mask: got \(8, 3\), expects \(stimulus, step\) of the outputs"),
        (np.ones((8, STEPS)), DataError, "mask: must be True or False, got float64; numbers are a sample_weight"),
    ],
)
def test_a_mask_must_be_one(mask, error, match):
    """Of the steps of the outputs, and of yes and no."""
    model = tagger("gru", STEPS)
    outputs, _ = model.forward(X)
    with pytest.raises(error, match=match):
        model.loss(outputs, Y, mask=mask)


def test_balanced_classes_are_those_of_steps_that_count(tmp_path):
    """Hidden steps are of no class: arrays, arrays in files and the sequences side by side have the same weights."""
    model = tagger("lstm", STEPS)
    seen = np.bincount(Y[~PADDED], minlength=2)
    wanted = (seen.sum() / 2 / seen)[Y]
    found = checked_batch(model, (X, Y), "balanced")[2]
    np.testing.assert_allclose(found[~PADDED], wanted[~PADDED], rtol=1e-12)
    assert not np.allclose(found, checked_batch(tagger("lstm", STEPS, masking=False), (X, Y), "balanced")[2])
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    losses_ = [tagger("lstm", STEPS).fit(x, Y, 2, class_weight="balanced").history["loss"] for x in (X, mapped)]
    assert losses_[0] == losses_[1]
    given = tagger("lstm", STEPS).fit(X, Y, 2, class_weight=dict(enumerate(seen.sum() / 2 / seen))).history["loss"]
    np.testing.assert_allclose(losses_[0], given, rtol=1e-12)


def test_scores_count_no_hidden_steps():
    """Importance and ablation score as `evaluate` does; a function of one's own gets all steps."""
    model = tagger("gru", STEPS)
    found = model.evaluate(X, Y)
    for metric, value in (("loss", found.loss), ("accuracy", found.accuracy)):
        assert explain.permutation_importance(model, X, Y, metric, repeats=1, bootstraps=2).intact == pytest.approx(
            value
        )
        assert explain.ablation(model, X, Y, metric=metric).intact == pytest.approx(value)
    shapes = []
    explain.ablation(model, X, Y, ["dense_1"], metric=lambda outputs, targets: shapes.append(outputs.shape) or 0.0)
    assert set(shapes) == {(8, STEPS, 1)}
