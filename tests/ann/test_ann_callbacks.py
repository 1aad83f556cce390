"""Callbacks: what they are told, what they do to a run, and what they refuse."""

import csv
import os
import signal

import numpy as np
import pytest

import ann
from ann import layers
from ann.callbacks import (
    Callback,
    Checkpoint,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from ann.errors import (
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    UnreadableFileError,
    UnwritableFileError,
)

X = np.linspace(-1, 1, 20)[:, None]
Y = 3 * X


def line(rate=0.01, **options):
    """Give a compiled line, y = w x + b."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,), **options)], seed=0)
    model.compile(ann.optimizers.SGD(rate), "mean_squared_error")
    return model


@pytest.fixture
def interruptible():
    """Have Ctrl-C raise KeyboardInterrupt, also where the suite runs in the background or Brian2 listens too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Told(Callback):
    """Puts numbers into the logs in the place of those that were measured."""

    def __init__(self, **numbers):
        self.numbers = numbers

    def on_epoch_end(self, epoch, logs, model):
        """Put them there."""
        logs.update({name: values[epoch] for name, values in self.numbers.items()})


def test_callbacks_are_called_in_order():
    """Every hook is called when its time comes, with what belongs to it; `last` ones behind the others."""
    seen = []

    class Spy(Callback):
        def __init__(self, name):
            self.name = name

        def on_train_begin(self, model):
            seen.append(f"{self.name} begins")

        def on_epoch_begin(self, epoch, model):
            seen.append(f"{self.name} epoch {epoch}")

        def on_batch_end(self, batch, logs, model):
            seen.append(f"{self.name} batch {batch} {sorted(logs)}")

        def on_epoch_end(self, epoch, logs, model):
            seen.append(f"{self.name} ends {epoch} of {model.history.epochs}")

        def on_train_end(self, model):
            seen.append(f"{self.name} is done")

    class Late(Spy):
        last = True

    line().fit(X, Y, callbacks=[Late("b"), Spy("a")], batch_size=10)
    assert seen == [
        "a begins",
        "b begins",
        "a epoch 0",
        "b epoch 0",
        "a batch 0 ['loss']",
        "b batch 0 ['loss']",
        "a batch 1 ['loss']",
        "b batch 1 ['loss']",
        "a ends 0 of 1",
        "b ends 0 of 1",
        "b is done",
        "a is done",
    ]


def test_functions_make_a_callback():
    """LambdaCallback calls what it is given, and a text from on_epoch_end ends training."""
    losses = []
    chosen = LambdaCallback(
        on_batch_end=lambda batch, logs, model: losses.append(logs["loss"]),
        on_epoch_end=lambda epoch, logs, model: "enough" if epoch == 1 else None,
    )
    history = line().fit(X, Y, epochs=9, batch_size=20, callbacks=chosen)
    assert losses == history.history["loss"]
    assert (history.epochs, history.stopped) == (2, "enough")


def test_the_learning_rate_is_scheduled_by_epochs():
    """The rate is what the function says, stands in the history, and moves the weights."""
    model, twin = line(), line()
    history = model.fit(X, Y, epochs=3, callbacks=LearningRateScheduler(lambda epoch, rate: rate / (epoch + 1)))
    assert history.history["learning_rate"] == pytest.approx([0.01, 0.005, 0.005 / 3])
    for rate in history.history["learning_rate"]:
        twin.optimizer.learning_rate = rate
        twin.fit(X, Y)
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)


def test_the_history_holds_the_rate_of_a_schedule():
    """With a schedule it is the rate of the last step of the epoch."""
    model = line(ann.schedules.ExponentialDecay(0.1, 1, 0.5))
    assert model.fit(X, Y, epochs=2, batch_size=10).history["learning_rate"] == [0.05, 0.0125]


@pytest.mark.parametrize(
    ("values", "options", "rates"),
    [
        ([3, 3, 3, 3, 3], {"patience": 2}, [8, 8, 4, 4, 2]),
        ([3, 2, 2, 1, 1], {"patience": 1}, [8, 8, 4, 4, 2]),
        ([3, 3, 3, 3, 3], {"patience": 1, "cooldown": 2}, [8, 4, 4, 2, 2]),
        ([3, 3, 3, 3, 3], {"patience": 1, "min_lr": 3}, [8, 4, 3, 3, 3]),
        ([3, 2.9, 2.8, 2.7, 2.6], {"patience": 1, "min_delta": 0.5}, [8, 4, 2, 1, 0.5]),
        ([1, 2, 3, 4, 5], {"patience": 1, "mode": "max"}, [8, 8, 8, 8, 8]),
    ],
)
def test_the_rate_falls_on_a_plateau(values, options, rates):
    """Patience, rest, floor and threshold do what they say, as in Keras."""
    found = []
    reduce = ReduceLROnPlateau("told", factor=0.5, **{"mode": "min", **options})
    spy = LambdaCallback(on_epoch_end=lambda epoch, logs, model: found.append(model.optimizer.learning_rate))
    line(8.0).fit(0 * X[:1], 0 * Y[:1], epochs=5, callbacks=[Told(told=values), reduce, spy])
    assert found == rates


def test_divergence_is_an_error_or_the_end():
    """A loss that is not finite raises; with TerminateOnNaN it ends the run, which says so, and the best stays."""
    model = line(1e6)
    with pytest.raises(DivergenceError, match=r"epoch \d+, batch 1: sequential: the loss became") as raised:
        model.fit(X, Y, epochs=50)
    finished = model.history.epochs
    assert 0 < finished < 50
    assert np.isfinite(model.flat_weights).all()

    model, stopping = line(1e6), EarlyStopping("loss", patience=99)
    history = model.fit(X, Y, epochs=50, callbacks=[stopping, TerminateOnNaN()])
    assert (history.stopped, history.epochs) == (str(raised.value), finished)
    assert stopping.best == min(history.history["loss"])


def test_the_table_holds_the_history(tmp_path):
    """Every epoch is a row whose numbers are those of the history, to the last digit; a new run begins a new table."""
    path = tmp_path / "log.csv"
    line().fit(X, Y, epochs=5, callbacks=CSVLogger(path))
    history = line().fit(X, Y, epochs=3, validation_data=(X, Y), callbacks=CSVLogger(path))
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row.pop("epoch") for row in rows] == ["1", "2", "3"]
    for name, values in history.history.items():
        assert [float(row[name]) for row in rows] == values


def test_a_table_may_be_added_to(tmp_path):
    """With append=True another run stands below; other columns are refused, and so is what is no table."""
    path = tmp_path / "log.csv"
    for _ in range(2):
        line().fit(X, Y, epochs=2, callbacks=CSVLogger(path, append=True))
    assert [row.split(",")[0] for row in path.read_text().splitlines()] == ["epoch", "1", "2", "1", "2"]
    with pytest.raises(UnreadableFileError, match=r"log\.csv: has the columns epoch, loss, learning_rate, the run"):
        line().fit(X, Y, validation_data=(X, Y), callbacks=CSVLogger(path, append=True))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFileError, match=r"log\.csv: is no table"):
        line().fit(X, Y, callbacks=CSVLogger(path, append=True))
    with pytest.raises(UnwritableFileError, match=r"cannot be written"):
        line().fit(X, Y, callbacks=CSVLogger(tmp_path / "no such folder" / "log.csv"))


def test_checkpoints_are_written(tmp_path):
    """Each epoch, every second and the last, or each better one; names are filled in; nothing else is left behind."""

    def written(name, **options):
        folder = tmp_path / name
        told = Told(told=[3.0, 4.0, 2.0, 5.0, 6.0])
        stop = LambdaCallback(on_epoch_end=lambda epoch, logs, model: "stop" if epoch == 4 else None)
        checkpoint = Checkpoint(folder / "{epoch:02d} {told:.1f}.npz", monitor="told", mode="min", **options)
        line().fit(X, Y, epochs=9, callbacks=[checkpoint, told, stop])
        return sorted(path.stem for path in folder.iterdir())

    assert written("all") == ["01 3.0", "02 4.0", "03 2.0", "04 5.0", "05 6.0"]
    assert written("even", every=2) == ["02 4.0", "04 5.0", "05 6.0"]
    assert written("best", save_best_only=True) == ["01 3.0", "03 2.0"]


def test_a_better_loss_is_smaller_and_a_better_score_larger():
    """What counts as better by default depends on the name."""
    for name, better in (("val_loss", 1.0), ("mae", 1.0), ("mean_squared_error", 1.0), ("accuracy", 3.0), ("r2", 3.0)):
        stopping = EarlyStopping(name, patience=9)
        line().fit(X, Y, epochs=3, callbacks=[Told(**{name: [2.0, 1.0, 3.0]}), stopping])
        assert stopping.best == better, name


def test_the_penalty_is_told_apart():
    """With a penalty the history holds its part of the loss, and the rest is the loss without it."""
    model, plain = line(1e-9, kernel_regularizer="l2"), line(1e-9)
    found = model.fit(X, Y, batch_size=7).history
    assert found["penalty"][0] == pytest.approx(model.penalty())
    assert found["loss"][0] - found["penalty"][0] == pytest.approx(plain.fit(X, Y, batch_size=7).history["loss"][0])
    assert "penalty" not in plain.history.history


def test_training_data_are_measured_on_demand():
    """train_eval reads the training data as `evaluate` does, without dropout, and changes no bit of the training."""

    def run(**options):
        model = ann.Sequential([layers.Dense(4, input_shape=(1,)), layers.Dropout(0.5), layers.Dense(1)], seed=0)
        model.compile("sgd", "mse", ["r2"])
        return model, model.fit(X, Y, epochs=2, **options).history

    model, found = run(train_eval=True)
    twin, plain = run()
    assert (found["train_eval_loss"][-1], found["train_eval_r2"][-1]) == model.evaluate(X, Y)
    assert found["train_eval_loss"][-1] != found["loss"][-1]
    assert plain == {name: values for name, values in found.items() if not name.startswith("train_eval")}
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)


def test_an_interrupted_model_is_whole(interruptible):
    """Ctrl-C amid a step waits for its end: weights and steps are those of so many whole steps; the history stays."""
    model, twin, ended = line(), line(), []
    step = model.optimizer.step

    def interrupted(weights, gradient, parts):
        if model.optimizer.iterations == 5:  # the second epoch's second step
            os.kill(os.getpid(), signal.SIGINT)
        step(weights, gradient, parts)

    model.optimizer.step = interrupted
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, batch_size=5, callbacks=LambdaCallback(on_train_end=ended.append))
    assert signal.getsignal(signal.SIGINT) is before
    assert (model.history.epochs, model.optimizer.iterations, ended) == (1, 6, [model])
    twin.fit(X, Y, epochs=1, batch_size=5)
    halt = LambdaCallback(on_batch_end=lambda batch, logs, model: 1 / (1 - batch))
    with pytest.raises(ZeroDivisionError):
        twin.fit(X, Y, batch_size=5, callbacks=halt)
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)
    assert model.evaluate(X, Y) == twin.evaluate(X, Y)


def test_progress_shows_the_loss(capsys):
    """The bar shows epoch and loss beside the time left."""
    line().fit(X, Y, epochs=2, progress=True)
    assert "epoch 2/2, loss" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Checkpoint(3), InvalidTypeError, "Checkpoint.path: must be a string or a path, got 3"),
        (lambda: Checkpoint("x", every=0), InvalidValueError, "Checkpoint.every: must be at least 1"),
        (lambda: Checkpoint("x", mode="up"), InvalidValueError, "Checkpoint.mode: unknown 'up'"),
        (lambda: Checkpoint("x", monitor=3), InvalidTypeError, "Checkpoint.monitor: must be a name"),
        (lambda: CSVLogger(3), InvalidTypeError, "CSVLogger.path: must be a string or a path, got 3"),
        (lambda: EarlyStopping(min_delta="1"), InvalidTypeError, "EarlyStopping.min_delta: must be a number"),
        (lambda: LambdaCallback(on_epoch_end=3), InvalidTypeError, "LambdaCallback.on_epoch_end: must be a function"),
        (
            lambda: ReduceLROnPlateau(factor=1.0),
            InvalidValueError,
            "ReduceLROnPlateau.factor: must lie between 0 and 1",
        ),
        (lambda: ReduceLROnPlateau(min_lr=-1), InvalidValueError, "ReduceLROnPlateau.min_lr: must not be negative"),
        (lambda: ReduceLROnPlateau(patience=1.5), InvalidTypeError, "ReduceLROnPlateau.patience: must be a number"),
        (lambda: ReduceLROnPlateau(cooldown=-1), InvalidValueError, "ReduceLROnPlateau.cooldown: must not be negative"),
        (lambda: LearningRateScheduler(0.1), InvalidTypeError, "LearningRateScheduler.schedule: must be a function"),
        (
            lambda: LearningRateScheduler(ann.schedules.CosineDecay(0.1, 10)),
            InvalidTypeError,
            "an object of ann.schedules is the learning_rate of an optimiser",
        ),
        (
            lambda: line().fit(X, Y, callbacks=LearningRateScheduler(lambda epoch, rate: -1)),
            InvalidValueError,
            "LearningRateScheduler: the learning rate: must be positive, got -1",
        ),
        (
            lambda: line(ann.schedules.CosineDecay(0.1, 10)).fit(X, Y, callbacks=ReduceLROnPlateau("loss")),
            InvalidValueError,
            "ReduceLROnPlateau: the optimiser has no constant learning rate to change, but CosineDecay",
        ),
        (
            lambda: line().fit(X, Y, callbacks=Checkpoint("{los}.npz")),
            InvalidValueError,
            "Checkpoint.path: '{los}.npz' cannot be filled in .*; known: epoch, loss, learning_rate",
        ),
        (
            lambda: line().fit(X, Y, callbacks=Checkpoint("x.npz", save_best_only=True)),
            InvalidValueError,
            "Checkpoint.monitor: no 'val_loss' here; did you mean 'loss'",
        ),
    ],
)
def test_settings_that_are_none_are_named(make, error, message):
    """Callbacks refuse what they cannot do anything with, by name."""
    with pytest.raises(error, match=message):
        make()
