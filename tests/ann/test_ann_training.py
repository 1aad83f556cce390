"""Training: known solutions, reproducible runs, early stopping, splits, and what is refused."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import ann
from ann import layers
from ann.callbacks import Callback
from ann.data import batches, split
from ann.errors import DataError, DivergenceError, InvalidTypeError, InvalidValueError, NotCompiledError, ShapeError


def image():
    """Give a network of images of one channel."""
    return ann.Sequential([layers.Flatten(input_shape=(4, 4, 1)), layers.Dense(1)])


def line(seed=0, **options):
    """Give a compiled line, y = w x + b."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,))], seed=seed)
    model.compile("sgd", "mean_squared_error", **options)
    return model


def classifier(seed=0, optimizer="adam", dropout=0.0):
    """Give a compiled small classifier of 5 features into 3 classes."""
    stack = [layers.Dense(8, activation="relu", input_shape=(5,)), layers.Dropout(dropout), layers.Dense(3, "softmax")]
    model = ann.Sequential(stack, seed=seed)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
Y = X[:, :3].argmax(axis=1)


def test_xor_is_learned():
    """Two layers learn what one cannot: exclusive or, to a probability above 0.9 for every right answer."""
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    model = ann.Sequential([layers.Dense(8, "tanh", input_shape=(2,)), layers.Dense(1, "sigmoid")], seed=0)
    model.compile(ann.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=400)
    assert model.evaluate(x, y).accuracy == 1
    assert np.abs(model.predict(x)[:, 0] - y).max() < 0.1


def test_images_are_learned_by_a_convolutional_network():
    """Upright and lying bars at random places are told apart, where position alone says nothing."""
    rng = np.random.default_rng(0)
    x, y = np.zeros((200, 9, 9, 1), np.float32), np.arange(200) % 2
    for image, lying in zip(x, y, strict=True):
        row, column = rng.integers(0, 6, 2)
        image[row : row + (1 if lying else 4), column : column + (4 if lying else 1)] = 1
    model = ann.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", activation="relu", input_shape=(9, 9, 1)),
            layers.MaxPooling2D(3),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(ann.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:150], y[:150], epochs=15, batch_size=16)
    assert model.evaluate(x[150:], y[150:]).accuracy > 0.95


def test_the_same_seed_gives_the_same_bits():
    """Two runs of one seed agree bit for bit, dropout and shuffling included; another seed differs."""
    runs = []
    for seed in (0, 0, 1):
        model = classifier(seed, dropout=0.3)
        history = model.fit(X, Y, epochs=3, batch_size=16, validation_split=0.2)
        runs.append((model.flat_weights, history.history))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not np.array_equal(runs[0][0], runs[2][0])


def test_training_goes_on_where_it_stopped():
    """Two epochs and two more are four epochs, bit for bit."""
    once, twice = classifier(dropout=0.3), classifier(dropout=0.3)
    once.fit(X, Y, epochs=4, batch_size=16)
    twice.fit(X, Y, epochs=2, batch_size=16)
    twice.fit(X, Y, epochs=2, batch_size=16)
    np.testing.assert_array_equal(once.flat_weights, twice.flat_weights)


def test_a_step_of_fit_is_train_on_batch():
    """One unshuffled epoch of one batch is one call of train_on_batch."""
    one, other = classifier(), classifier()
    history = one.fit(X, Y, batch_size=60, shuffle=False).history
    assert other.train_on_batch(X, Y) == history["loss"][0]
    np.testing.assert_array_equal(one.flat_weights, other.flat_weights)


def test_the_history_holds_every_epoch():
    """Loss and metrics, of training and validation, stand once an epoch; the last validation is `evaluate`."""
    model = classifier()
    history = model.fit(X[:40], Y[:40], epochs=3, validation_data=(X[40:], Y[40:]))
    assert list(history.history) == ["loss", "accuracy", "learning_rate", "val_loss", "val_accuracy"]
    assert {len(values) for values in history.history.values()} == {history.epochs} == {3}
    assert model.evaluate(X[40:], Y[40:]) == (history.history["val_loss"][-1], history.history["val_accuracy"][-1])


def test_a_penalty_is_part_of_the_loss():
    """With an L2 penalty the loss is the data's plus the penalty."""
    plain, penalised = line(), ann.Sequential([layers.Dense(1, kernel_regularizer="l2", input_shape=(1,))])
    penalised.compile("sgd", "mean_squared_error")
    x, y = [[1.0], [2.0]], [1.0, 2.0]
    assert penalised.penalty() == pytest.approx(0.01 * float(penalised.layers[0].parameters["kernel"][0, 0]) ** 2)
    assert penalised.evaluate(x, y) == pytest.approx(plain.evaluate(x, y) + penalised.penalty())


def test_progress_counts_batches():
    """The bar is told the number of batches, and advances one by one."""
    seen = []

    def bar(total, description):
        seen.append((total, description))
        return seen.append

    line().fit(np.ones((10, 1)), np.ones(10), epochs=2, batch_size=4, progress=bar)
    assert seen == [(6, "batches"), 1, 1, 1, 1, 1, 1]


class Jolt(Callback):
    """Throws the weights far away in one epoch, so that validation gets worse."""

    def __init__(self, at):
        self.at = at

    def on_epoch_end(self, epoch, logs, model):
        """Throw them."""
        if epoch == self.at:
            model.flat_weights[:] += 100


@pytest.mark.parametrize("epochs", [4, 50])
def test_early_stopping_restores_the_best_weights(epochs):
    """The best weights come back, whether three epochs without improvement ended the training or the epochs did."""
    stopping = ann.EarlyStopping(patience=3)
    model = line()
    x = np.linspace(-1, 1, 20)[:, None]
    history = model.fit(x, 3 * x, epochs=epochs, validation_data=(x, 3 * x), callbacks=[stopping, Jolt(1)])
    losses = history.history["val_loss"]
    assert model.evaluate(x, 3 * x) == stopping.best == min(losses)
    assert stopping.best_epoch == int(np.argmin(losses)) == 1
    assert history.epochs == (4 if epochs == 4 else 5)
    assert (history.stopped is None) == (epochs == 4)


@pytest.mark.parametrize(("patience", "epochs"), [(0, 3), (1, 3), (2, 4)])
def test_patience_counts_epochs_without_improvement(patience, epochs):
    """After the best epoch, the second, so many more are trained, as in Keras; none and one are the same."""
    model, x = line(), np.linspace(-1, 1, 20)[:, None]
    stopping = ann.EarlyStopping("loss", patience)
    assert model.fit(x, 3 * x, epochs=9, callbacks=[Jolt(1), stopping]).epochs == epochs


def test_anything_is_better_than_nan():
    """A first epoch without a value does not make every later one no better."""
    stopping, model = ann.EarlyStopping("val_loss", patience=5), line()
    stopping.on_train_begin(model)
    for epoch, value in enumerate([np.nan, 2.0, 3.0]):
        stopping.on_epoch_end(epoch, {"val_loss": value}, model)
    assert (stopping.best, stopping.best_epoch) == (2.0, 1)


def test_one_callback_or_none_need_no_list():
    """A single callback is taken as it is, as in Keras, and None is none."""
    stopping = ann.EarlyStopping("loss", patience=9)
    classifier().fit(X, Y, epochs=2, callbacks=stopping)
    assert stopping.best_epoch == 1
    assert classifier().fit(X, Y, callbacks=None).epochs == 1


def test_a_partial_last_batch_weighs_by_its_stimuli():
    """The running loss and accuracy of weights that hardly move are those of all stimuli at once."""
    model = ann.Sequential([layers.Dense(3, activation="softmax", input_shape=(5,))], dtype="float64")
    model.compile(ann.optimizers.SGD(1e-12), "sparse_categorical_crossentropy", ["accuracy"])
    size = 2 * len(X) // 3  # two batches, of two thirds and one third
    history = model.fit(X, Y, batch_size=size).history
    assert history["loss"][0] == pytest.approx(model.evaluate(X, Y).loss, abs=1e-9)
    assert history["accuracy"][0] == pytest.approx(model.evaluate(X, Y).accuracy, abs=1e-12)


def test_explained_variance_is_of_the_whole_epoch():
    """R² is no mean over batches: one of a single stimulus has none, and the epoch has that of all stimuli."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,))], dtype="float64")
    model.compile(ann.optimizers.SGD(1e-12), "mse", ["r2"])
    x = np.linspace(-1, 1, 33)[:, None]
    assert model.fit(x, 3 * x, batch_size=32).history["r2"][0] == pytest.approx(model.evaluate(x, 3 * x).r2, abs=1e-9)


def test_log_odds_are_yes_above_zero():
    """Accuracy of one output is the same whether the model ends in a sigmoid or its loss takes log odds."""
    found = []
    for activation, from_logits in (("sigmoid", False), (None, True)):
        model = ann.Sequential([layers.Dense(1, activation, input_shape=(5,))], seed=1)
        model.compile("sgd", ann.losses.BinaryCrossentropy(from_logits), ["accuracy"])
        found.append(model.evaluate(X, X[:, 0] > 0).accuracy)
    assert found[0] == found[1] != 0.5


def test_two_models_train_side_by_side():
    """Two models on two threads, each cutting its batches into parts, get the bits that they get alone."""

    def train(seed):
        stack = [layers.Conv2D(16, 5, padding="same", input_shape=(20, 20, 1)), layers.Flatten(), layers.Dense(3)]
        model = ann.Sequential(stack, seed=seed, threads=2)
        model.compile("adam", "mse")
        rng = np.random.default_rng(seed)
        model.fit(rng.normal(size=(64, 20, 20, 1)), rng.normal(size=(64, 3)), epochs=2)
        return model.flat_weights

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(train, [1, 2]))
    for seed, weights in zip([1, 2], together, strict=True):
        np.testing.assert_array_equal(weights, train(seed))


def test_early_stopping_restores_after_an_interruption():
    """The best weights come back also when training ends with an exception."""

    class Interrupt(Callback):
        def on_epoch_end(self, epoch, logs, model):
            if epoch == 2:
                raise KeyboardInterrupt

    stopping = ann.EarlyStopping(patience=9)
    model = line()
    x = np.linspace(-1, 1, 20)[:, None]
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, 3 * x, epochs=9, validation_data=(x, 3 * x), callbacks=[stopping, Jolt(0), Interrupt()])
    assert model.evaluate(x, 3 * x) == stopping.best


def test_larger_is_better_for_a_metric():
    """What is not called a loss is better when larger, unless told otherwise."""
    stopping = ann.EarlyStopping(monitor="accuracy", patience=99)
    history = classifier().fit(X, Y, epochs=6, callbacks=[stopping])
    assert stopping.best == max(history.history["accuracy"])


def test_batches_hold_every_stimulus_once_beside_its_target():
    """Every epoch's batches are a permutation of the rows, and rows keep their targets, over several blocks."""
    x = np.arange(3 * 2**20, dtype=np.float32)[: 300 * 10_000].reshape(300, 10_000)
    y = np.arange(300)
    found = list(batches(x, y, 7, np.random.default_rng(0)))
    assert [len(part) for part, *_ in found] == [7] * 42 + [6]
    order = np.concatenate([targets for _, targets, _ in found])
    np.testing.assert_array_equal(np.sort(order), y)
    np.testing.assert_array_equal(np.concatenate([part for part, *_ in found]), x[order])
    assert not np.array_equal(order, y)


def test_the_split_is_stratified_and_complete():
    """Every class gives its share, every row is on one side, and the seed decides."""
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    training, validation = split(labels, 0.2, np.random.default_rng(0))
    assert np.bincount(labels[validation]).tolist() == [10, 6, 4]
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), np.arange(100))
    assert not np.array_equal(validation, split(labels, 0.2, np.random.default_rng(1))[1])
    assert len(split(RNG.normal(size=100), 0.25, np.random.default_rng(0))[1]) == 25


def test_validation_split_says_which_rows():
    """The rows kept for validation are reported, and do not train."""
    model, twin = classifier(), classifier()
    history = model.fit(X, Y, validation_split=0.25, batch_size=16)
    kept = np.setdiff1d(np.arange(60), history.validation_rows)
    twin.fit(X[kept], Y[kept], batch_size=16)
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)
    assert history.history["val_loss"][0] == model.evaluate(X[history.validation_rows], Y[history.validation_rows]).loss


@pytest.mark.parametrize("rate", [1e20, 1e38, 1e300])
@pytest.mark.parametrize("kind", ["dense", "recurrent"])
def test_outputs_beyond_all_numbers_are_told(kind, rate):
    """After a step that was absurdly long, `predict` and `evaluate` say so in ann's words, not in NumPy's warnings."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4, 3)), rng.normal(size=20)
    first = [layers.Flatten(), layers.Dense(8, activation="relu")] if kind == "dense" else [layers.LSTM(8)]
    model = ann.Sequential([*first, layers.Dense(8), layers.Dense(1)], seed=0)
    model.compile(ann.optimizers.SGD(rate), "mse")
    with contextlib.suppress(DivergenceError):
        model.fit(x, y, batch_size=20)
    with pytest.raises(DivergenceError, match=r"the loss is (inf|nan), with weights up to .*; scale the data, or"):
        model.evaluate(x, y)
    if kind == "dense" or rate == 1e300:
        with pytest.raises(DivergenceError, match=r"the output for stimulus \d+ is (-?inf|nan), with weights up to"):
            model.predict(x)


def test_a_diverging_loss_stops_and_says_so():
    """A learning rate far too high ends in an error that names epoch and rate, without a warning."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,))])
    model.compile(ann.optimizers.SGD(1e6), "mean_squared_error")
    with pytest.raises(
        DivergenceError, match=r"epoch \d+, batch \d+: sequential: the loss became (inf|nan); lower the learning rate"
    ):
        model.fit(np.ones((40, 1)), np.ones(40), epochs=50)


BAD = X.copy()
BAD[7, 2] = np.nan


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: classifier().fit(BAD, Y), DataError, r"x: must be finite, got nan at \(7, 2\)"),
        (lambda: classifier().predict(BAD), DataError, r"x: must be finite"),
        (lambda: line().fit([[1.0]], [np.inf]), DataError, r"y: must be finite, got inf at \(0,\)"),
        (lambda: classifier().fit(X, Y[:-1]), DataError, r"got 60 stimuli and 59 targets"),
        (lambda: classifier().fit(X, 3), DataError, r"60 stimuli and a single number targets"),
        (lambda: classifier().fit(X[:0], Y[:0]), DataError, r"x: holds no stimulus"),
        (lambda: classifier().fit(X, Y + 1), DataError, r"class 3 is out of range"),
        (
            lambda: classifier().fit(X[:, :4], Y),
            ShapeError,
            r"dense_1 \(Dense\): got \(4,\) a stimulus, expects \(5,\)",
        ),
        (lambda: classifier().fit(X.astype(str), Y), DataError, r"x: must be numbers"),
        (lambda: classifier().fit(X * 1e300, Y), DataError, r"x: numbers too large for float32"),
        (lambda: line().fit(X[:, :1], Y * 1e300), DataError, r"targets of mean_squared_error: numbers too large"),
        (lambda: classifier().fit(X, [[1], [1, 2]]), DataError, r"y: rows of different lengths"),
        (lambda: classifier().fit(X, np.eye(3)[Y]), ShapeError, r"for one-hot targets use categorical_crossentropy"),
        (lambda: classifier().fit(X, Y, callbacks=[3]), InvalidTypeError, r"callbacks: must be objects .* got 3"),
        (lambda: line().compile(ann.optimizers.SGD), InvalidTypeError, r"got the class SGD; write SGD\(\.\.\.\)"),
        (
            lambda: line().compile("sgd", "mse", 3),
            InvalidTypeError,
            r"metrics: must be names, functions or objects of ann.metrics, got 3",
        ),
        (lambda: ann.EarlyStopping(patience="3"), InvalidTypeError, r"EarlyStopping.patience: must be a number"),
        (lambda: ann.Sequential(layers.Dense(1)), InvalidTypeError, r"layers: must be a list of layers, got Dense"),
        (lambda: ann.Sequential([layers.Dense(1)], name=5), InvalidTypeError, r"Sequential.name: must be text, got 5"),
        (lambda: ann.Sequential([layers.Dense(1)], dtype="foo"), InvalidValueError, r"Sequential.dtype.*'foo'"),
        (lambda: classifier().fit(5, Y), DataError, r"x: must have an axis of stimuli"),
        (lambda: classifier().predict(X[0]), ShapeError, r"expects \(5,\); give one stimulus alone as x\[None\]"),
        (lambda: image().predict(np.ones((2, 4, 4))), ShapeError, r"add the axis of channels with x\[..., None\]"),
        (lambda: classifier().fit([[1.0], [1.0, 2.0]], Y), DataError, r"x: rows of different lengths"),
        (lambda: classifier().fit(X, Y, epochs=0), InvalidValueError, r"epochs: must be at least 1"),
        (lambda: classifier().fit(X, Y, batch_size=2.0), InvalidTypeError, r"batch_size: must be an integer"),
        (lambda: classifier().fit(X, Y, validation_data=X), InvalidTypeError, r"validation_data: must be a pair"),
        (lambda: classifier().fit(X, Y, validation_data=(BAD, Y)), DataError, r"validation x: must be finite"),
        (
            lambda: classifier().fit(X, Y, validation_data=(X, Y), validation_split=0.1),
            InvalidValueError,
            r"not both",
        ),
        (
            lambda: classifier().fit(X, Y, validation_split=1.5),
            InvalidValueError,
            r"validation_split: must lie between",
        ),
        (lambda: classifier().fit(X[:4], [0, 0, 1, 2], validation_split=0.5), DataError, r"class 1 has 1 stimuli"),
        (lambda: line().fit([[1.0], [2.0]], [0.5, 1], validation_split=0.1), DataError, r"2 stimuli cannot be split"),
        (
            lambda: ann.Sequential([layers.Dense(1)]).fit(X, Y),
            NotCompiledError,
            r"has no optimiser; call model.compile",
        ),
        (
            lambda: ann.Sequential([layers.Dense(1)]).evaluate(X, Y),
            NotCompiledError,
            r"has no loss; call model.compile",
        ),
        (lambda: line().compile("sgd", "mse", metrics=["r3"]), InvalidValueError, r"metrics: unknown metric 'r3'"),
        (lambda: ann.EarlyStopping(patience=-1), InvalidValueError, r"EarlyStopping.patience"),
        (lambda: ann.EarlyStopping(min_delta=-1), InvalidValueError, r"EarlyStopping.min_delta"),
        (lambda: ann.EarlyStopping(mode="mxa"), InvalidValueError, r"EarlyStopping.mode: unknown 'mxa'.*'max'"),
        (
            lambda: classifier().fit(X, Y, callbacks=[ann.EarlyStopping("val_los")]),
            InvalidValueError,
            r"EarlyStopping.monitor: no 'val_los' here",
        ),
    ],
)
def test_data_that_cannot_be_trained_on_are_named(run, error, message):
    """NaN, wrong shapes, labels and settings are refused before the first step, by name."""
    with pytest.raises(error, match=message):
        run()


def test_threads_change_no_bit_of_a_run(monkeypatch):
    """Dropout, batch statistics, recurrence, attention and convolution, shuffled and validated: one thread or three."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 1)
    x, runs = np.random.default_rng(0).normal(size=(90, 6, 6, 2)), []
    for threads in (1, 2, 3):
        i = ann.Input((6, 6, 2))
        a = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", activation="relu")(i))
        b = layers.Reshape((9, 4))(layers.MaxPooling2D(2)(layers.Dropout(0.2)(a)))
        b = layers.GRU(4, return_sequences=True)(layers.MultiHeadAttention(2, 2, dropout=0.1)(b))
        model = ann.Model(i, layers.Dense(3, "softmax")(layers.Flatten()(b)), seed=5, threads=threads)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, np.arange(90) % 3, epochs=2, batch_size=64, validation_split=0.2)
        runs.append((model.flat_weights, model.flat_statistics, model.history.history))
    for weights, statistics, history in runs[1:]:
        np.testing.assert_array_equal(weights, runs[0][0])
        np.testing.assert_array_equal(statistics, runs[0][1])
        assert history == runs[0][2]
