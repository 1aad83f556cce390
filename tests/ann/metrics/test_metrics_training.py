"""Metrics of models: in training, in evaluation, with weights, in files, and watched by callbacks."""

import numpy as np
import pytest

import ann
from ann import layers, metrics
from ann.callbacks import Checkpoint, EarlyStopping, ReduceLROnPlateau
from ann.callbacks.monitor import Monitor
from ann.errors import DataError, InvalidValueError, ShapeError

RNG = np.random.default_rng(2)
X = RNG.normal(size=(50, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 50)
YES = (X[:, 0] > 0.3).astype(int)
WEIGHTS = RNG.uniform(0, 2, 50)


class Distance(metrics.MeanMetric):
    """A metric of somebody else's: how far outputs are from targets."""

    smaller_is_better = True

    def checked(self, outputs, targets):
        """Take them as they are."""
        return targets

    def each(self, outputs, targets):
        """Give the Euclidean distance."""
        return np.linalg.norm(outputs - targets, axis=-1)


def network(units, activation, loss, **options):
    """Give a compiled network with one layer."""
    model = ann.Sequential([layers.Dense(units, activation=activation, input_shape=(4,))], seed=1)
    model.compile(ann.optimizers.SGD(0.05), loss, **options)
    return model


def classifier(**options):
    """Give a compiled classifier of three classes."""
    return network(3, "softmax", "sparse_categorical_crossentropy", **options)


NAMES = ["accuracy", "auc", "f1", "balanced_accuracy", "top_k_categorical_accuracy", "precision", "recall"]


def test_a_model_reports_what_the_functions_give():
    """`evaluate` in batches is the function on all outputs, whatever the batch; validation is the same."""
    model = classifier(metrics=[*NAMES, metrics.F1("weighted", name="heavy"), "sparse_categorical_crossentropy"])
    history = model.fit(X, LABELS, epochs=2, validation_data=(X, LABELS))
    outputs = model.predict(X)
    expected = {name: getattr(metrics, name)(outputs, LABELS) for name in NAMES}
    expected |= {"heavy": metrics.f1(outputs, LABELS, "weighted"), "sparse_categorical_crossentropy": None}
    for size in (7, 256):
        found = model.evaluate(X, LABELS, batch_size=size)
        expected["sparse_categorical_crossentropy"] = pytest.approx(found.loss)
        assert found._asdict() == {"loss": found.loss, **{name: pytest.approx(n) for name, n in expected.items()}}
    for name in expected:
        assert history.history[f"val_{name}"][-1] == pytest.approx(getattr(found, name))
        assert len(history.history[name]) == 2


def sureness(y_true, y_pred):
    """Give the probability of the right class, one number a stimulus."""
    return y_pred[np.arange(len(y_true)), y_true]


def spread_error(y_true, y_pred):
    """Give the squared error in the outputs' shape."""
    return (y_true - y_pred) ** 2


def share(y_true, y_pred):
    """Give one number for a batch."""
    return (y_pred.argmax(axis=-1) == y_true).mean()


def test_functions_are_metrics(tmp_path):
    """One number a stimulus, an output or a batch is averaged over stimuli, and comes back from a file."""
    model = classifier(metrics=[sureness, share, "accuracy", metrics.OfFunction(lambda t, y: t == 1, name="ones")])
    history = model.fit(X, LABELS, epochs=2, validation_data=(X, LABELS))
    ann.io.save(model, tmp_path / "model.npz")
    for found in (model.evaluate(X, LABELS, batch_size=7), ann.io.load(tmp_path / "model.npz").evaluate(X, LABELS)):
        assert found.sureness == pytest.approx(sureness(LABELS, model.predict(X)).mean(), rel=1e-6)
        assert found.share == pytest.approx(found.accuracy)
        assert found.ones == (LABELS == 1).mean()
    assert history.history["val_sureness"][-1] == pytest.approx(found.sureness)
    weighted = classifier(weighted_metrics=[sureness]).evaluate(X, LABELS, sample_weight=WEIGHTS)
    assert weighted.sureness == pytest.approx(
        np.average(sureness(LABELS, classifier().predict(X)), weights=WEIGHTS), rel=1e-6
    )
    regression = network(1, "linear", "mse", metrics=[spread_error, "mse"])
    found = regression.evaluate(X, X[:, 0])  # targets without an axis of outputs do not spread over it
    assert found.spread_error == pytest.approx(found.mse)
    assert Monitor("test", "val_spread_error").read({"val_spread_error": 1.0}, regression) == 1.0


def test_functions_that_give_what_cannot_be_averaged_are_refused():
    """Shapes that fit nothing, other things than numbers, and one number for a batch whose weights differ."""
    strange = metrics.OfFunction(lambda t, y: np.ones(3), name="strange")
    with pytest.raises(ShapeError, match=r"metric strange: its function gave \(3,\), expects one number or \(50,\)"):
        classifier(metrics=[strange]).evaluate(X, LABELS)
    words = metrics.OfFunction(lambda t, y: "no", name="words")
    with pytest.raises(DataError, match=r"metric words: its function must give numbers"):
        classifier(metrics=[words]).evaluate(X, LABELS)
    with pytest.raises(
        DataError, match=r"metric share: its function gives one number for a batch.*let it give \(50,\)"
    ):
        classifier(weighted_metrics=[share]).evaluate(X, LABELS, sample_weight=WEIGHTS)
    with pytest.raises(ShapeError, match=r"targets of share: got \(2,\) beside outputs \(1, 2\)"):
        metrics.OfFunction(share)([[0.2, 0.8]], [0, 1])


def test_the_running_metric_is_of_all_batches():
    """In training it is computed from all outputs of the epoch, also where a generator gives the batches."""
    model = classifier(metrics=["auc", "f1"])
    seen = []
    learn = model._learn

    def listen(x, y, weights):
        found = learn(x, y, weights)
        seen.append((found[1].copy(), y))
        return found

    model._learn = listen
    history = model.fit((X[rows], LABELS[rows]) for rows in np.array_split(np.arange(50), 4))
    outputs, targets = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    assert history.history["auc"] == [pytest.approx(metrics.auc(outputs, targets))]
    assert history.history["f1"] == [pytest.approx(metrics.f1(outputs, targets))]


def test_weighted_metrics_weigh():
    """Stimuli count by their weights in weighted metrics, and as 1 in the others, from arrays and from batches."""
    model = classifier(metrics=["accuracy"], weighted_metrics=["accuracy", "auc"])
    outputs = model.predict(X)
    batches = [(X[rows], LABELS[rows], WEIGHTS[rows]) for rows in np.array_split(np.arange(50), 3)]
    for found in (model.evaluate(X, LABELS, sample_weight=WEIGHTS), model.evaluate(batches)):
        assert found.accuracy == pytest.approx(metrics.accuracy(outputs, LABELS))
        weighted = metrics.accuracy(outputs, LABELS, sample_weight=WEIGHTS)
        assert found.weighted_accuracy == pytest.approx(weighted, rel=1e-5)
        assert found.auc == pytest.approx(metrics.auc(outputs, LABELS, sample_weight=WEIGHTS), rel=1e-5)
    plain = model.evaluate(X, LABELS)
    assert plain.accuracy == plain.weighted_accuracy
    rare = model.fit(X, LABELS, class_weight={0: 0, 1: 0}, batch_size=50).history["weighted_accuracy"][0]
    assert rare == pytest.approx(metrics.accuracy(outputs[LABELS == 2], LABELS[LABELS == 2]))


def test_steps_that_a_mask_leaves_out_do_not_count():
    """With the mask as weights of steps, padding changes no weighted metric."""
    model = ann.Sequential(
        [layers.Masking(input_shape=(6, 2)), layers.SimpleRNN(5, return_sequences=True), layers.Dense(3)],
        seed=0,
    )
    loss = ann.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, weighted_metrics=["accuracy", "f1", "auc"])
    x, y = RNG.normal(size=(8, 6, 2)), RNG.integers(0, 3, (8, 6))
    mask = np.arange(6) < np.array([6, 4, 3, 6, 1, 2, 5, 6])[:, None]
    x[~mask] = 0
    np.testing.assert_array_equal(model.forward(x)[1].mask, mask)
    found = model.evaluate(x, y, sample_weight=mask)
    outputs = model.predict(x)[mask]
    exponentials = np.exp(outputs)
    assert found.accuracy == pytest.approx(metrics.accuracy(outputs, y[mask]))
    assert found.f1 == pytest.approx(metrics.f1(outputs, y[mask]))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert found.auc == pytest.approx(metrics.auc(probabilities, y[mask]))


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("linear", ann.losses.BinaryCrossentropy(from_logits=True)),
        ("linear", "hinge"),
        ("linear", "squared_hinge"),
        ("sigmoid", "binary_crossentropy"),
    ],
)
def test_a_single_output_is_read_as_its_loss_means_it(activation, loss):
    """Log odds and margins are yes above 0, probabilities above 0.5."""
    names = ["accuracy", "f1", "precision", "recall", "balanced_accuracy", "binary_accuracy"]
    model = network(1, activation, loss, metrics=names)
    model.fit(X, YES, epochs=5)
    outputs = model.predict(X)
    yes = (outputs > (0.5 if activation == "sigmoid" else 0)).astype(float)
    found = model.evaluate(X, YES)
    for name in names:
        assert getattr(found, name) == pytest.approx(getattr(metrics, name)(yes, YES))
    assert len(np.unique(yes)) == 2


def test_several_labels_at_once():
    """With a threshold every output is a yes or no; the accuracy of one class is refused with what to do."""
    labels = np.stack([YES, 1 - YES, YES], axis=1)
    model = network(3, "sigmoid", "binary_crossentropy", metrics=[metrics.F1("macro", 0.5), "binary_accuracy", "auc"])
    found = model.evaluate(X, labels)
    assert found.f1 == pytest.approx(metrics.f1(model.predict(X), labels, "macro", 0.5))
    model = network(3, "sigmoid", "binary_crossentropy", metrics=["accuracy"])
    with pytest.raises(ann.errors.DataError, match="for several labels at once use binary_accuracy"):
        model.fit(X, labels)


def test_a_metric_that_does_not_fit_says_so_at_the_first_batch():
    """R² of class numbers is refused before an epoch is over."""
    model = classifier(metrics=["r2"])
    before = model.optimizer.iterations
    with pytest.raises(ShapeError, match=r"targets of r2: got \(25,\), expects the shape of the outputs \(25, 3\)"):
        model.fit(X, LABELS, batch_size=25)
    assert model.optimizer.iterations == before + 1


def test_a_model_keeps_its_metrics_in_files_and_copies(tmp_path):
    """Names, settings, and which are weighted, are saved and handed to untrained copies."""
    chosen = ["acc", metrics.TopK(2), metrics.F1("macro", name="mean_f1"), metrics.OfLoss("categorical_hinge")]
    model = classifier(metrics=chosen, weighted_metrics=["acc", "auc"])
    model.save(tmp_path / "model.npz")
    for other in (ann.io.load(tmp_path / "model.npz"), model.untrained()):
        assert list(other.metrics) == [
            "acc", "top_k_categorical_accuracy", "mean_f1", "categorical_hinge", "weighted_acc", "auc"
        ]  # fmt: skip
        assert list(other.metrics.values()) == list(model.metrics.values())
        assert [metric.weighted for metric in other.metrics.values()] == [False] * 4 + [True] * 2


def test_a_metric_of_ones_own(tmp_path):
    """A subclass is compiled like the others, named after its class, watched in its direction, and saved."""
    model = network(2, None, "mse", metrics=[Distance()])
    model.save(tmp_path / "model.npz")
    assert ann.io.load(tmp_path / "model.npz").metrics == {"distance": Distance()}
    targets = RNG.normal(size=(50, 2))
    found = model.evaluate(X, targets)
    assert found.distance == pytest.approx(np.linalg.norm(model.predict(X) - targets, axis=1).mean(), rel=1e-5)
    stopping = EarlyStopping("distance", patience=3)
    history = model.fit(X, targets, epochs=20, callbacks=stopping)
    assert stopping.best == min(history.history["distance"])


@pytest.mark.parametrize("name", ["mse", "mae", "rmse", "huber", "mean_squared_error", "root_mean_squared_error"])
def test_errors_are_better_when_smaller(name):
    """Callbacks that watch an error wait for it to fall, and for a score to rise."""
    model = network(1, None, "mse", metrics=[name, "r2"])
    logs = {f"val_{name}": 1.0, "val_r2": 1.0}
    for callback in (EarlyStopping(f"val_{name}"), ReduceLROnPlateau(f"val_{name}"), Checkpoint("x", monitor=name)):
        assert not callback._watched.larger
    for watched, larger in ((f"val_{name}", False), ("val_r2", True)):
        monitor = Monitor("EarlyStopping", watched)
        assert monitor.read(logs, model) == 1
        assert monitor.larger is larger
    named = network(1, None, "mse", metrics=[metrics.MeanSquaredError(name="score")])
    monitor = Monitor("EarlyStopping", "score")
    assert monitor.larger
    monitor.read({"score": 1.0}, named)
    assert not monitor.larger
    forced = Monitor("EarlyStopping", "score", "max")
    forced.read({"score": 1.0}, named)
    assert forced.larger


def test_an_unknown_weighted_metric_is_named():
    """Errors say which of the two lists."""
    with pytest.raises(InvalidValueError, match="weighted_metrics: unknown metric 'acuracy'; did you mean 'accuracy'"):
        classifier(weighted_metrics=["acuracy"])


def test_the_mask_of_the_outputs_is_told():
    """Over all parts of a batch, through normalisation of the whole batch; None where it ends, or nothing is masked."""
    x = RNG.normal(size=(40, 6, 2))
    mask = np.arange(6) < RNG.integers(1, 7, 40)[:, None]
    x[~mask] = 0
    inner = [layers.SimpleRNN(3, return_sequences=True), layers.BatchNormalization(), layers.Dense(2)]
    model = ann.Sequential([layers.Masking(), *inner], seed=0)
    for training in (False, True):
        np.testing.assert_array_equal(model.forward(x, training)[1].mask, mask)
    assert ann.Sequential([layers.Masking(), layers.SimpleRNN(3)]).forward(x)[1].mask is None
    assert ann.Sequential([layers.Dense(3)]).forward(x)[1].mask is None
