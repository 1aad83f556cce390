"""A run that is cut off and gone on with from its last checkpoint has the bits of a run that was not."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

import ann
from ann import layers
from ann.callbacks import Checkpoint, CSVLogger, EarlyStopping, ReduceLROnPlateau
from ann.errors import InvalidTypeError, InvalidValueError, UnreadableFileError
from isocortex.files import read_arrays, write_arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
Y = X[:, :3].argmax(axis=1)


def classifier(seed=3, optimizer=None):
    """Give a compiled classifier with all that has a state: moments, a schedule, dropout, running statistics."""
    model = ann.Sequential(
        [
            layers.Dense(8, input_shape=(5,)),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ],
        seed=seed,
    )
    optimizer = optimizer or ann.optimizers.Adam(ann.schedules.CosineDecay(0.01, 100))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def callbacks(folder, *more):
    """Give callbacks, of which three remember something."""
    return [Checkpoint(folder / "run.npz"), EarlyStopping("loss", patience=4), CSVLogger(folder / "log.csv"), *more]


def same(one, other):
    """Check that two models are at the same place, bit for bit."""
    np.testing.assert_array_equal(one.flat_weights, other.flat_weights)
    np.testing.assert_array_equal(one.flat_statistics, other.flat_statistics)
    assert one.history.history == other.history.history
    assert one.optimizer.iterations == other.optimizer.iterations
    for name, memory in one.optimizer.state.items():
        np.testing.assert_array_equal(memory, other.optimizer.state[name])
    for name in ("shuffling", "noise"):
        assert getattr(one, name).bit_generator.state == getattr(other, name).bit_generator.state


def test_a_resumed_run_has_the_bits_of_a_whole_one(tmp_path):
    """Weights, moments, generators, history, table and the best epoch's weights are the same, whenever it was cut."""
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    options = {"validation_split": 0.2, "batch_size": 7}
    whole = classifier()
    whole.fit(X, Y, epochs=9, callbacks=callbacks(tmp_path / "whole"), **options)
    classifier().fit(X, Y, epochs=2, callbacks=callbacks(tmp_path / "parts"), **options)
    for epochs in (5, 9):
        part = ann.io.load(tmp_path / "parts" / "run.npz")
        part.fit(X, Y, epochs=epochs, callbacks=callbacks(tmp_path / "parts"), resume=True, **options)
    same(part, whole)
    assert (tmp_path / "parts" / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()
    np.testing.assert_array_equal(part.history.validation_rows, whole.history.validation_rows)


OPTIMIZERS = [
    ann.optimizers.SGD(0.01, momentum=0.9),
    ann.optimizers.Adam(amsgrad=True),
    *map(ann.optimizers.get, ["adagrad", "rmsprop", "adamw", "adamax", "nadam", "lion", "lbfgs"]),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: type(one).__name__)
def test_every_optimiser_goes_on(tmp_path, optimizer):
    """What an optimiser remembers is in the file."""
    whole, cut = classifier(optimizer=optimizer.copy()), classifier(optimizer=optimizer.copy())
    whole.fit(X, Y, epochs=4)
    cut.fit(X, Y, epochs=2)
    cut.save(tmp_path / "run.npz", training=True)
    loaded = ann.io.load(tmp_path / "run.npz")
    loaded.fit(X, Y, epochs=4, resume=True)
    same(loaded, whole)


def test_patience_is_remembered(tmp_path):
    """A plateau that began before the cut reduces the rate when it would have, and an early stop stays one."""
    runs = []
    for cuts in ((9,), (2, 4, 9)):
        folder = tmp_path / str(len(cuts))
        folder.mkdir()
        model = classifier(optimizer=ann.optimizers.SGD(1e-9))
        for index, epochs in enumerate(cuts):
            watching = [
                ReduceLROnPlateau("loss", patience=2, cooldown=1, min_delta=9),
                EarlyStopping("loss", 5, min_delta=9),
                Checkpoint(folder / "run.npz"),
            ]
            if index:
                model = ann.io.load(folder / "run.npz")
            model.fit(X, Y, epochs=epochs, callbacks=watching, resume=True)
        runs.append((model.history.history["learning_rate"], model.history.stopped, watching[1].best_epoch))
    assert runs[0] == runs[1]
    assert len(runs[0][0]) == 6
    assert runs[0][1] == "loss has not improved since epoch 1"
    again = ann.io.load(tmp_path / "3" / "run.npz")
    best = EarlyStopping("loss", 5, min_delta=9)
    assert again.fit(X, Y, epochs=99, resume=True, callbacks=best).epochs == 6  # it had stopped, so it does not go on
    np.testing.assert_array_equal(again.flat_weights, model.flat_weights)


KILLED = """
import os, signal, sys
import ann
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_ann_resume import X, Y, callbacks, classifier

model = classifier()
kill = lambda batch, logs, model: os.kill(os.getpid(), signal.SIGKILL) if model.optimizer.iterations == 23 else None
model.fit(X, Y, epochs=9, batch_size=7, callbacks=callbacks(
    Path(sys.argv[1]), ann.callbacks.LambdaCallback(on_batch_end=kill)))
"""


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path):
    """Another process is killed amid its third epoch; what it left behind is whole and goes on, bit for bit."""
    here = str(__file__).rpartition("/")[0]
    found = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), here], capture_output=True, text=True)
    assert found.returncode == -signal.SIGKILL, found.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "run.npz"]
    model, whole = ann.io.load(tmp_path / "run.npz"), classifier()
    assert (model.history.epochs, model.optimizer.iterations) == (2, 18)
    model.fit(X, Y, epochs=4, batch_size=7, callbacks=callbacks(tmp_path), resume=True)
    (tmp_path / "whole").mkdir()
    whole.fit(X, Y, epochs=4, batch_size=7, callbacks=callbacks(tmp_path / "whole"))
    same(model, whole)
    assert (tmp_path / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()


def test_rows_behind_the_checkpoint_are_trained_again(tmp_path):
    """A table that is ahead of the checkpoint loses the rows of epochs that come again."""
    model = classifier()
    model.fit(X, Y, epochs=2)
    model.save(tmp_path / "run.npz", training=True)
    model.fit(X, Y, epochs=4, resume=True, callbacks=CSVLogger(tmp_path / "log.csv"))
    ahead = ann.io.load(tmp_path / "run.npz")
    ahead.fit(X, Y, epochs=3, resume=True, callbacks=CSVLogger(tmp_path / "log.csv"))
    assert [row.split(",")[0] for row in (tmp_path / "log.csv").read_text().splitlines()] == ["epoch", "3"]


def test_an_interrupted_run_goes_on_in_place():
    """After an exception `resume` goes on counting where the history ends."""
    halt = ann.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs, model: 1 / (2 - epoch) and None)
    model = classifier()
    with pytest.raises(ZeroDivisionError):
        model.fit(X, Y, epochs=5, callbacks=halt)
    assert model.history.epochs == 3
    assert model.fit(X, Y, epochs=5, resume=True).epochs == 5
    assert model.fit(X, Y, epochs=1).epochs == 1  # and without it, a new run begins


def test_resuming_with_nothing_begins():
    """A model that has not been trained begins, so that one script serves both."""
    model, twin = classifier(), classifier()
    model.fit(X, Y, epochs=2, resume=True)
    twin.fit(X, Y, epochs=2)
    same(model, twin)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 8}, "resume: the run had batch_size 32, got 8"),
        ({"shuffle": False}, "resume: the run had shuffle True, got False"),
        ({"validation_split": 0.5}, "resume: the run had stimuli 60, got 30"),
    ],
)
def test_another_run_is_not_resumed(options, message):
    """What would give other bits is refused."""
    model = classifier()
    model.fit(X, Y, epochs=1)
    with pytest.raises(InvalidValueError, match=message):
        model.fit(X, Y, epochs=2, resume=True, **options)


def altered(tmp_path, change):
    """Save a run, let `change` alter its arrays and its description, and give the path."""
    path = tmp_path / "run.npz"
    classifier().fit(X, Y, epochs=2, validation_split=0.2, callbacks=callbacks(tmp_path))
    arrays = read_arrays(path)
    description = json.loads(arrays["description"].tobytes())
    change(arrays, description["training"])
    arrays["description"] = np.frombuffer(json.dumps(description).encode(), np.uint8)
    write_arrays(path, arrays)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays, told: told.pop("generators"), "training stored in it is damaged.*generators"),
        (lambda arrays, told: told["generators"].update(noise=3), "training stored in it is damaged"),
        (lambda arrays, told: told["generators"]["noise"].update(bit_generator="X"), "must be of the kind PCG64"),
        (
            lambda arrays, told: told["generators"]["noise"].update(uinteger=2**40),
            "1099511627776 is no part of a state",
        ),
        (lambda arrays, told: told["generators"]["noise"]["state"].update(inc="1"), "'1' is no part of a state"),
        (lambda arrays, told: told.update(iterations=1.5), "iterations: must be a whole number of at least 0, got 1.5"),
        (lambda arrays, told: told.update(history=3), "training stored in it is damaged"),
        (lambda arrays, told: told["history"]["names"].append("x"), "training stored in it is damaged.*@history/x"),
        (lambda arrays, told: told["callbacks"].append(5), "training stored in it is damaged"),
        (lambda arrays, told: arrays.update({"@history/loss": np.ones(9)}), "columns of different lengths"),
        (lambda arrays, told: arrays.update({"@history/loss": np.array(["a"])}), "loss: must be numbers"),
        (lambda arrays, told: arrays.update({"@optimizer/mean": np.ones((2, 2))}), r"mean: got \(2, 2\) of"),
        (
            lambda arrays, told: arrays.update({"@optimizer/mean": np.ones(2)}),
            r"mean: got \(2,\) of float64, expects \(91,",
        ),
    ],
)
def test_a_damaged_run_is_refused(tmp_path, change, message):
    """What is stored of the training is checked like all else."""
    with pytest.raises(UnreadableFileError, match=rf"run\.npz.*{message}"):
        ann.io.load(altered(tmp_path, change))


def test_a_callback_refuses_what_is_not_its_own(tmp_path):
    """What callbacks remember is looked at when they take it up."""
    change = lambda arrays, told: arrays.update({"@callbacks/0/weights": np.ones(3)})  # noqa: E731
    model = ann.io.load(altered(tmp_path, change))
    with pytest.raises(UnreadableFileError, match=r"resume: EarlyStopping cannot take up its state"):
        model.fit(X, Y, epochs=3, validation_split=0.2, resume=True, callbacks=callbacks(tmp_path))


def test_a_run_whose_best_weights_came_back_goes_on_from_its_last(tmp_path):
    """What early stopping put the best in place of is remembered, in the model and in its file."""
    best = lambda: EarlyStopping("val_loss", patience=50, min_delta=9)  # noqa: E731 the first epoch stays the best
    whole, place, filed = classifier(), classifier(), classifier()
    for model in (place, filed):
        model.fit(X, Y, epochs=3, validation_split=0.2, callbacks=best())
    first = place.flat_weights.copy()
    filed.save(tmp_path / "run.npz", training=True)
    filed = ann.io.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(filed.flat_weights, first)
    whole.fit(X, Y, epochs=6, validation_split=0.2, callbacks=best())
    for model in (place, filed):
        model.fit(X, Y, epochs=6, validation_split=0.2, callbacks=best(), resume=True)
        same(model, whole)
        np.testing.assert_array_equal(model.flat_weights, first)


def test_a_row_of_a_table_that_was_cut_off_is_taken_out(tmp_path):
    """A process may be killed while it writes; the epochs of the checkpoint are whole rows."""
    model, path = classifier(), tmp_path / "log.csv"
    model.fit(X, Y, epochs=11, callbacks=CSVLogger(path))
    model.save(tmp_path / "run.npz", training=True)
    with path.open("a", newline="") as stream:
        stream.write("1")  # of the row of epoch 12
    ann.io.load(tmp_path / "run.npz").fit(X, Y, epochs=12, callbacks=CSVLogger(path), resume=True)
    assert [row.split(",")[0] for row in path.read_text().splitlines()][1:] == [str(epoch + 1) for epoch in range(12)]


def test_what_a_callback_cannot_write_is_told(tmp_path):
    """An object that no file holds is refused when it is saved, and the file that is there stays."""

    class Keeper(ann.callbacks.Callback):
        def state(self):
            return {"kept": object()}

    model = classifier()
    model.save(tmp_path / "run.npz")
    before = (tmp_path / "run.npz").read_bytes()
    model.fit(X, Y, callbacks=Keeper())
    with pytest.raises(InvalidTypeError, match="save: what the model or a callback remembers is nothing for a file"):
        model.save(tmp_path / "run.npz", training=True)
    assert (tmp_path / "run.npz").read_bytes() == before


def test_an_optimisers_memory_is_held_against_the_optimiser(tmp_path):
    """Names, shapes and types that it would not have after a step are refused, for those that search too."""
    for optimizer, name in (("adam", "mean"), ("lbfgs", "steps")):
        model = classifier(optimizer=ann.optimizers.get(optimizer))
        model.fit(X, Y, epochs=2)
        model.save(tmp_path / "run.npz", training=True)
        arrays = read_arrays(tmp_path / "run.npz")
        stored = arrays.pop(f"@optimizer/{name}")
        wide = np.float64 if stored.dtype == np.float32 else np.float32
        for wrong in ({}, {name: stored.astype(wide)}, {name: stored[..., :-1]}, {name: stored, "more": stored}):
            write_arrays(tmp_path / "x.npz", arrays | {f"@optimizer/{key}": array for key, array in wrong.items()})
            with pytest.raises(UnreadableFileError, match=r"got .*, expects .*, as (Adam|LBFGS) has it"):
                ann.io.load(tmp_path / "x.npz")
