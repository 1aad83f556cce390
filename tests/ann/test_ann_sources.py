"""Where batches come from: arrays, files larger than memory, generators; and how much each stimulus counts."""

import threading
import tracemalloc

import numpy as np
import pytest

import ann
from ann import layers
from ann.data import batches, classes_of, rows_of
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = X[:, :3].argmax(axis=1)


def classifier(metrics=("accuracy",), **options):
    """Give a compiled small classifier of 4 features into 3 classes."""
    model = ann.Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))], seed=0, **options)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def cut(size=16, *more):
    """Give the batches of an unshuffled epoch."""
    return [tuple(array[start : start + size] for array in (X, Y, *more)) for start in range(0, 50, size)]


@pytest.fixture
def mapped(tmp_path):
    """Give stimuli of another type and their targets, in files."""
    np.save(tmp_path / "x.npy", X.astype(np.float64))
    np.save(tmp_path / "y.npy", Y)
    return np.load(tmp_path / "x.npy", mmap_mode="r"), np.load(tmp_path / "y.npy", mmap_mode="r")


@pytest.mark.parametrize("weights", [None, RNG.random(50)])
@pytest.mark.parametrize("block", [50, 200, 300, 2000])
def test_batches_gathered_ahead_are_the_same(weights, block, monkeypatch):
    """One batch a block or several, with a smaller last one: a second thread changes nothing, and ends with them."""
    monkeypatch.setattr("ann.data.BLOCK_BYTES", block)
    before = threading.active_count()
    plain, ahead = (list(batches(X, Y, 6, np.random.default_rng(3), weights, way)) for way in (False, True))
    assert len(plain) == len(ahead) == 9
    for one, other in zip(plain, ahead, strict=True):
        for array, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, same)
    abandoned = batches(X, Y, 6, np.random.default_rng(3), weights, True)
    next(abandoned), next(abandoned)
    abandoned.close()
    assert threading.active_count() == before


def test_training_has_the_same_bits_with_batches_gathered_ahead(monkeypatch):
    """On one thread or two, however much is gathered at once."""
    monkeypatch.setattr("ann.data.BLOCK_BYTES", 500)
    one, two = classifier(threads=1), classifier(threads=2)
    for model in (one, two):
        model.fit(X, Y, epochs=3, batch_size=8, validation_split=0.2)
    np.testing.assert_array_equal(one.flat_weights, two.flat_weights)


@pytest.mark.parametrize("options", [{}, {"shuffle": False}, {"validation_split": 0.3}, {"class_weight": "balanced"}])
def test_arrays_in_files_give_the_same_bits(mapped, options, monkeypatch):
    """Weights, history and predictions are those of the same arrays in memory, however little is read at a time."""
    monkeypatch.setattr("ann.training.sources.BLOCK_BYTES", 500)
    inner, outer = classifier(), classifier()
    weight = RNG.random(50)
    first = inner.fit(X, Y, epochs=3, batch_size=8, sample_weight=weight, **options)
    second = outer.fit(*mapped, epochs=3, batch_size=8, sample_weight=weight, **options)
    np.testing.assert_array_equal(inner.flat_weights, outer.flat_weights)
    assert first.history == second.history
    assert inner.evaluate(X, Y, batch_size=9) == outer.evaluate(*mapped, batch_size=9)
    np.testing.assert_array_equal(inner.predict(X, 9), outer.predict(mapped[0], 9))


def test_files_larger_than_the_limit_are_never_whole_in_memory(tmp_path):
    """Training on 32 MB of bytes (128 MB as float32) shuffled, with validation, and prediction, take a few blocks."""
    x = np.memmap(tmp_path / "x", np.uint8, "w+", shape=(8_000, 4_000))
    model = ann.Sequential([layers.Dense(2, activation="softmax", input_shape=(4_000,))])
    model.compile("sgd", "sparse_categorical_crossentropy")
    y = np.arange(8_000) % 2
    model.fit(x[:64], y[:64])
    tracemalloc.start()
    model.fit(x, y, validation_split=0.2)
    model.evaluate(x, y)
    model.predict(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25e6


def test_rows_of_a_file_are_read_in_its_order():
    """Whatever the order that is asked for, indices go up."""
    asked = []

    class Spy(np.ndarray):
        def __getitem__(self, rows):
            asked.append(np.asarray(rows))
            return super().__getitem__(rows)

    rows = RNG.permutation(50)[:20]
    np.testing.assert_array_equal(rows_of(X.view(Spy), rows), X[rows])
    np.testing.assert_array_equal(asked[0], np.sort(rows))


def test_nonsense_in_a_file_is_found_where_it_stands(mapped, tmp_path):
    """A NaN deep in a file is named by its row, in fit, evaluate and predict; a label by its number."""
    x = np.load(tmp_path / "x.npy", mmap_mode="r+")
    x[37, 2] = np.nan
    for run in (lambda: classifier().fit(x, Y), lambda: classifier().evaluate(x, Y), lambda: classifier().predict(x)):
        with pytest.raises(DataError, match=r"x: must be finite, got nan at \(37, 2\)"):
            run()
    y = np.load(tmp_path / "y.npy", mmap_mode="r+")
    y[11] = 7
    with pytest.raises(DataError, match=r"class 7 is out of range"):
        classifier().fit(X, y)
    with pytest.raises(DataError, match=r"got 50 stimuli and 49 targets"):
        classifier().fit(x, y[:49])
    with pytest.raises(ShapeError, match=r"dense_1 \(Dense\): got \(3,\) a stimulus, expects \(4,\)"):
        classifier().predict(x[:, :3])


@pytest.mark.parametrize(
    "give",
    [
        lambda batches: batches,
        lambda batches: lambda: iter(batches),
        lambda batches: (batch for _ in range(2) for batch in batches),
    ],
    ids=["list", "function", "generator"],
)
def test_batches_are_taken_as_they_come(give):
    """A list, a function and a generator of batches train like the arrays that they are cut from, unshuffled."""
    inner, outer = classifier(), classifier()
    first = inner.fit(X, Y, epochs=2, batch_size=16, shuffle=False, validation_data=(X, Y)).history
    second = outer.fit(give(cut()), epochs=2, steps_per_epoch=4, validation_data=(X, Y)).history
    np.testing.assert_array_equal(inner.flat_weights, outer.flat_weights)
    assert first == second


def test_batches_are_measured_and_predicted():
    """Evaluate and predict take batches too, also some of them."""
    model = classifier(("accuracy",))
    assert model.evaluate(cut()) == pytest.approx(model.evaluate(X, Y))
    assert model.evaluate(iter(cut()), steps=2) == pytest.approx(model.evaluate(X[:32], Y[:32]))
    np.testing.assert_array_equal(model.predict(lambda: iter(cut())), model.predict(X, 16))
    np.testing.assert_array_equal(model.predict((x for x, _ in cut()), steps=1), model.predict(X[:16]))
    history = classifier().fit(X, Y, validation_data=(batch for batch in cut()))
    assert history.history["val_loss"][0] == pytest.approx(classifier_after(X, Y).evaluate(X, Y).loss)


def classifier_after(x, y):
    """Give a classifier after an epoch."""
    model = classifier()
    model.fit(x, y)
    return model


def test_batches_bring_their_weights():
    """The third part of a batch is what its stimuli weigh."""
    weight = RNG.random(50)
    inner, outer = classifier(), classifier()
    inner.fit(X, Y, batch_size=16, shuffle=False, sample_weight=weight)
    outer.fit(cut(16, weight))
    np.testing.assert_array_equal(inner.flat_weights, outer.flat_weights)
    assert inner.evaluate(X, Y, 16, sample_weight=weight) == inner.evaluate(cut(16, weight))


def test_a_model_learns_its_shape_from_the_first_batch():
    """A model without an input shape is built by what comes first."""
    model = ann.Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(cut())
    assert model.input_shape == (4,)


def test_a_weight_of_two_is_the_stimulus_twice():
    """Whole weights are repetitions, up to the number of stimuli that the loss is divided by; zero is absence."""
    weight = np.arange(50) % 3
    weighted, repeated = classifier(dtype="float64"), classifier(dtype="float64")
    optimizer = ann.optimizers.SGD(0.1)
    weighted.compile(optimizer.copy(), "sparse_categorical_crossentropy")
    repeated.compile(ann.optimizers.SGD(0.1 * weight.sum() / 50), "sparse_categorical_crossentropy")
    twice = np.repeat(np.arange(50), weight)
    first = weighted.train_on_batch(X, Y, sample_weight=weight)
    second = repeated.train_on_batch(X[twice], Y[twice])
    assert first == pytest.approx(second * weight.sum() / 50)
    np.testing.assert_allclose(weighted.flat_weights, repeated.flat_weights, rtol=1e-12)


def test_classes_weigh_what_is_said():
    """A class's weight is that of its stimuli; balanced classes weigh the same in all, one-hot or not."""
    weights = {0: 2.0, 2: 0.5}
    by_class, by_stimulus = classifier(), classifier()
    by_class.fit(X, Y, class_weight=weights)
    by_stimulus.fit(X, Y, sample_weight=np.array([2.0, 1.0, 0.5])[Y])
    np.testing.assert_array_equal(by_class.flat_weights, by_stimulus.flat_weights)

    balanced = 50 / (3 * np.bincount(Y))
    assert sum(balanced[Y][Y == 1]) == pytest.approx(50 / 3)
    one, other, hot = classifier(), classifier(), classifier()
    one.train_on_batch(X, Y, class_weight="balanced")
    other.train_on_batch(X, Y, sample_weight=balanced[Y])
    np.testing.assert_array_equal(one.flat_weights, other.flat_weights)
    hot.compile("adam", "categorical_crossentropy")
    hot.train_on_batch(X, np.eye(3)[Y], class_weight="balanced")
    np.testing.assert_allclose(hot.flat_weights, one.flat_weights, rtol=1e-6)


def test_steps_of_sequences_weigh_by_themselves():
    """A weight for every step, or one for the whole sequence; a class's weight is that of its steps."""
    x, y = RNG.normal(size=(6, 5, 4)), RNG.integers(0, 3, (6, 5))
    found = []
    steps = np.array([1.0, 2.0, 4.0])[y]
    for options in ({"sample_weight": steps}, {"class_weight": {1: 2.0, 2: 4.0}}):
        model = ann.Sequential([layers.Dense(3, activation="softmax", input_shape=(5, 4))], seed=0)
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=2, batch_size=4, **options)
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)


def test_the_loss_of_all_follows_the_reduction():
    """Cut into batches or not, `evaluate` gives the sum, or the mean by weights, that the loss stands for."""
    weight = RNG.random(50)
    for reduction in ("sum", "mean_with_sample_weight", "sum_over_batch_size"):
        model = classifier((), dtype="float64")
        model.compile("sgd", ann.losses.SparseCategoricalCrossentropy(reduction=reduction))
        whole = model.loss(model.predict(X), Y, weight)[0]
        assert model.evaluate(X, Y, batch_size=7, sample_weight=weight) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (np.array([[1.0], [0.0]]), [1, 0]),
        (np.eye(3)[[2, 0]], [2, 0]),
        (np.array([4, 4]), [4, 4]),
        (np.array([0.5, 1.0]), None),
        (np.array([[0.3, 0.7]]), None),
        (np.array([[1.0, 1.0]]), None),
    ],
)
def test_targets_are_classes_or_not(y, expected):
    """Numbers, columns of 0 and 1 and one-hot rows are classes; shares and quantities are not."""
    found = classes_of(y)
    assert (None if found is None else found.tolist()) == expected


def test_one_hot_targets_are_stratified():
    """validation_split keeps a share of every class whatever the form of the targets."""
    labels = np.repeat([0, 1, 2], [30, 10, 10])
    for loss, y in (("sparse_categorical_crossentropy", labels), ("categorical_crossentropy", np.eye(3)[labels])):
        model = classifier()
        model.compile("sgd", loss)
        rows = model.fit(X, y, validation_split=0.2).validation_rows
        assert np.bincount(labels[rows]).tolist() == [6, 2, 2]


def test_one_batch_at_a_time():
    """test_on_batch is evaluate and predict_on_batch is predict, uncut."""
    model = classifier()
    assert model.test_on_batch(X, Y) == model.evaluate(X, Y)
    np.testing.assert_array_equal(model.predict_on_batch(X), model.predict(X))


def endless():
    """Give batches without end."""
    while True:
        yield from cut()


WIDE = [(X, Y), (X[:, :3], Y)]
REGRESSION = ann.Sequential([layers.Dense(1, input_shape=(4,))])
REGRESSION.compile("sgd", "mse")


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: classifier().fit(X), InvalidTypeError, "y: missing; give targets beside the array x"),
        (lambda: classifier().evaluate(X), InvalidTypeError, "y: missing; give targets"),
        (lambda: classifier().fit(iter(cut()), Y), InvalidTypeError, r"y: x gives batches \(x, y\[, sample_weight\]\)"),
        (lambda: classifier().fit(cut(), batch_size=8), InvalidTypeError, "batch_size: x gives batches"),
        (lambda: classifier().fit(cut(), sample_weight=Y), InvalidTypeError, "sample_weight: x gives batches"),
        (lambda: classifier().fit(X, Y, steps_per_epoch=3), InvalidValueError, "steps: are those of batches"),
        (lambda: classifier().fit(cut(), steps_per_epoch=0), InvalidValueError, "steps_per_epoch: must be at least 1"),
        (lambda: classifier().evaluate(cut(), steps=0.5), InvalidTypeError, "steps: must be an integer"),
        (lambda: classifier().fit(cut(), validation_split=0.1), InvalidValueError, "validation_split: needs arrays"),
        (lambda: classifier().fit([]), DataError, "batches: ended after 0 in epoch 1, which needs one at least"),
        (
            lambda: classifier().fit(iter(cut()), epochs=3),
            DataError,
            "ended after 0 in epoch 2, which needs one at least; it is used up: give a list, or a function",
        ),
        (
            lambda: classifier().fit(iter(cut()), epochs=2, steps_per_epoch=3),
            DataError,
            "batches: ended after 1 in epoch 2, which needs 3; it is used up",
        ),
        (lambda: classifier().fit(cut(), steps_per_epoch=5), DataError, "ended after 4 in epoch 1, which needs 5"),
        (lambda: classifier().fit(WIDE), ShapeError, r"batch 2 of epoch 1: dense_1 \(Dense\): got \(3,\) a stimulus"),
        (lambda: classifier().fit([(X, Y), X]), InvalidTypeError, r"batch 2 of epoch 1: must be \(x, y\) or"),
        (
            lambda: classifier().fit([(X,)]),
            InvalidTypeError,
            r"must be \(x, y\) or \(x, y, sample_weight\), got 1 parts",
        ),
        (
            lambda: classifier().fit([(X, Y[:9])]),
            DataError,
            "batch 1 of epoch 1: x and y: got 50 stimuli and 9 targets",
        ),
        (lambda: classifier().fit([(X, Y + 1)]), DataError, "batch 1 of epoch 1: .*class 3 is out of range"),
        (lambda: classifier().fit([(X * np.nan, Y)]), DataError, "batch 1 of epoch 1: x: must be finite"),
        (
            lambda: classifier().fit(lambda: 5),
            InvalidTypeError,
            "batches: the function gave int, nothing to go through",
        ),
        (
            lambda: classifier().fit(X, Y, validation_data=[(X, Y)]),
            InvalidTypeError,
            "validation_data: must be a pair",
        ),
        (
            lambda: classifier().fit(X, Y, epochs=2, validation_data=iter(cut())),
            DataError,
            "validation batches: ended after 0 in epoch 2",
        ),
        (lambda: classifier().predict(iter([])), DataError, "x: gave no batch"),
        (lambda: classifier().fit(X, Y, sample_weight=np.ones(9)), ShapeError, "sample_weight: got"),
        (lambda: classifier().fit(X, Y, sample_weight=-np.ones(50)), DataError, "sample_weight: must not be negative"),
        (lambda: classifier().fit(X, Y, class_weight={3: 1}), InvalidValueError, "class_weight: no class 3; the model"),
        (
            lambda: classifier().fit(X, Y, class_weight={0: -1}),
            InvalidValueError,
            r"class_weight\[0\]: must be finite and at least 0, got -1",
        ),
        (lambda: classifier().fit(X, Y, class_weight=3), InvalidTypeError, "class_weight: must be a mapping"),
        (lambda: classifier().fit(cut(), class_weight="balanced"), InvalidValueError, "needs all targets beforehand"),
        (lambda: REGRESSION.fit(X, X[:, 0], class_weight={0: 1}), DataError, "the targets .* are no classes"),
    ],
)
def test_what_cannot_be_trained_on_is_named(run, error, message):
    """Batches that end early or do not fit, and weights that are none, are refused by name and place."""
    with pytest.raises(error, match=message):
        run()


def test_endless_generators_need_steps():
    """A generator without end is taken so many steps an epoch, and goes on in the next."""
    history = classifier().fit(endless(), epochs=3, steps_per_epoch=5)
    assert history.epochs == 3
