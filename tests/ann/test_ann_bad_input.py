"""Whatever is given to the public names is taken, or refused with an error of ann's own; a model is then as before."""

import contextlib
import inspect
import itertools

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import DataError, DivergenceError, InvalidTypeError, InvalidValueError, IsocortexError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 5)).astype(np.float32)
Y = np.arange(24) % 3


class Broken:
    """What raises when NumPy asks for an array."""

    def __array__(self, *arguments, **options):
        """Refuse."""
        raise TypeError("no")

    def __repr__(self):
        return "Broken()"


def generator():
    """Give nothing that is a batch."""
    yield 1


SCALARS = [
    *(None, True, -1, 0, 1, 7, 1.5, float("nan"), float("inf"), 10**400, 2j, "", "abc", "relu", b"x"),
    *(np.float32(0.5), np.int64(-3), np.array(3), np.array("a"), np.bool_(True)),
    *([], [[]], {}, {"kind": "Dense"}, {"kind": 5}, {"a": 1}, (), (1, 2), (0,), [1, "a"], {1, 2}, range(3)),
    *(object(), Broken(), Exception, layers.Dense, ann.optimizers.SGD, lambda *given: given),
]
ARRAYS = [
    *(X, X[:0], X[:, :0], X[:, :3], X[0], X[..., None], X.T, X.astype(str), X.astype(object), X > 0, X.astype(int)),
    *(X.astype(">f4"), X.astype(np.float16), X.astype(np.longdouble), X.astype(complex), np.asfortranarray(X)),
    *(X * np.nan, np.where(X > 1, np.inf, X), X.astype(float) * 1e300, np.full(X.shape, 3e38, np.float32)),
    *(np.zeros(24, "M8[s]"), np.zeros(24, [("a", "f4")]), np.ma.masked_array(X, X > 0), X[:7], np.zeros((24, 5, 5, 5))),
    *([[1.0], [1.0, 2.0]], X.tolist(), [X, X], [(X, Y)], [X], (X, Y), iter([(X, Y)]), iter([X]), iter([()])),
    *(Y, Y[:-1], Y + 1, Y - 1, Y + 0.5, Y.astype(float), Y.astype(str), Y.astype(object), Y == 1, Y[:, None]),
    *(np.eye(3)[Y], np.eye(3)[Y] * 2, np.eye(4)[Y], np.eye(3)[Y] - 0.5, np.array(0.0), Y * 10**9, Y.astype(np.uint8)),
]
JUNK = [*SCALARS, *ARRAYS]
"""Nonsense of every kind, and some sense among it."""


def some(cases, every):
    """Mark all cases but some as slow."""
    return [case if index % every == 0 else pytest.param(case, marks=pytest.mark.slow) for index, case in cases]


def classifier(loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    """Give a compiled classifier with all that has a state."""
    stack = [
        layers.Dense(4, input_shape=(5,)),
        layers.BatchNormalization(),
        layers.Dropout(0.1),
        layers.Dense(3, "softmax"),
    ]
    model = ann.Sequential(stack, seed=1)
    model.compile("sgd", loss, metrics=list(metrics))
    return model


def taken(call):
    """Say whether a call is taken; what it raises must be ann's own."""
    try:
        # Data of 3e38 are data; that nothing can be computed with them is no warning's business here.
        with np.errstate(all="ignore"):
            call()
    except IsocortexError:
        return False
    return True


def left_alone(model, call):
    """Make a call; if it is refused, the model must be as before."""
    before = model.flat_weights.copy(), model.flat_statistics.copy(), model.optimizer.iterations
    if not taken(call):
        after = model.flat_weights, model.flat_statistics, model.optimizer.iterations
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)


def names(junk):
    """Name nonsense."""
    return f"{type(junk).__name__}-{str(junk)[:12]!r}"


@pytest.mark.parametrize("junk", some(enumerate(JUNK), 5), ids=names)
def test_any_data_are_taken_or_refused(junk):
    """As stimuli, targets, weights and validation data of every call that takes them."""
    model = classifier()
    again = lambda: list(junk) if hasattr(junk, "__next__") else junk  # noqa: E731 an iterator is gone after one use
    junk = again() if hasattr(junk, "__next__") else junk
    for call in (
        lambda: model.train_on_batch(junk, Y),
        lambda: model.train_on_batch(X, junk),
        lambda: model.train_on_batch(X, Y, junk),
        lambda: model.train_on_batch(X, Y, class_weight=junk),
        lambda: model.fit(junk, Y),
        lambda: model.fit(junk),
        lambda: model.fit(X, junk),
        lambda: model.fit(X, Y, sample_weight=junk),
        lambda: model.fit(X, Y, class_weight=junk),
        lambda: model.fit([(X, Y, junk)]),
        lambda: model.fit([junk]),
        lambda: model.forward(junk),
        lambda: model.forward(junk, training=True),
        lambda: model.activations(junk),
        lambda: model.gradients(junk, Y),
        lambda: model.gradients(X, junk),
    ):
        left_alone(model, call)
    for call in (
        lambda: model.fit(X, Y, validation_data=junk),
        lambda: model.fit(X, Y, validation_data=(junk, Y)),
        lambda: model.fit(X, Y, validation_data=(X, junk)),
        lambda: model.fit(X, Y, validation_data=(X, Y, junk)),
        lambda: model.evaluate(junk, Y),
        lambda: model.evaluate(junk),
        lambda: model.evaluate(X, junk),
        lambda: model.evaluate(X, Y, sample_weight=junk),
        lambda: model.predict(junk),
        lambda: model.predict_on_batch(junk),
        lambda: model.test_on_batch(junk, Y),
        lambda: model.test_on_batch(X, junk),
        lambda: model.loss(junk, Y),
        lambda: model.loss(X[:, :3], junk),
        lambda: model.backward(junk, model.forward(X)[1]),
        lambda: model.backward(X[:, :3], junk),
        lambda: model.update(junk),
        lambda: model.set_weights(junk),
        lambda: model.set_weights({"dense_1": junk}),
        lambda: model.set_weights({**model.get_weights(), "dense_1": {"kernel": junk, "bias": np.zeros(4)}}),
        lambda: ann.Sequential([layers.Dense(2)]).build(junk),
        lambda: ann.Sequential([layers.Dense(2)]).predict(junk),
        lambda: ann.Input(junk),
    ):
        taken(call)


SETTINGS = ["epochs", "batch_size", "validation_split", "callbacks", "shuffle", "progress"]
SETTINGS += ["steps_per_epoch", "validation_steps", "train_eval", "resume"]


@pytest.mark.parametrize("name", SETTINGS)
def test_any_setting_is_taken_or_refused(name):
    """Every argument of `fit`, of the other calls, and of `compile`."""
    model = classifier()
    for junk in SCALARS:
        if name == "epochs" and isinstance(junk, int) and junk > 10**300:
            continue  # refused nowhere, and never done
        if name == "progress" and callable(junk):
            continue  # a function draws what it likes
        left_alone(model, lambda junk=junk: model.fit(X, Y, **{name: junk}))
        if name in ("batch_size", "steps_per_epoch"):
            for call in (model.predict, model.activations):
                taken(lambda call=call, junk=junk: call(X, junk))
            taken(lambda junk=junk: model.evaluate(X, Y, junk))
            taken(lambda junk=junk: model.evaluate([(X, Y)], steps=junk))
            taken(lambda junk=junk: model.predict(iter([X]), steps=junk))
            taken(lambda junk=junk: model.summary(junk))


@pytest.mark.parametrize("name", some(enumerate(["loss", "optimizer", "metrics", "weighted_metrics", "learning"]), 5))
def test_anything_compiled_is_taken_or_refused(name):
    """A refused `compile` leaves what was compiled before."""
    for junk in JUNK:
        model = classifier()
        before = model.optimizer, model.objective, model.metrics, model.learning
        if not taken(lambda model=model, junk=junk: model.compile(**{name: junk})):
            assert before == (model.optimizer, model.objective, model.metrics, model.learning)


def classes(*modules):
    """Give the classes that modules offer, without those that only others are made of."""
    for module in modules:
        for name in module.__all__:
            kind = getattr(module, name)
            if inspect.isclass(kind) and not inspect.isabstract(kind):
                yield kind


MADE = [
    *classes(layers, ann.losses, ann.optimizers, ann.schedules, ann.regularizers, ann.constraints, ann.initializers),
    *classes(ann.activations, ann.learning, ann.metrics),
    *(kind for kind in classes(ann.callbacks) if kind not in (ann.callbacks.History, ann.callbacks.Callback)),
]


def largest_output(targets, outputs):
    """Give one number a stimulus, as a function that becomes a metric does."""
    return outputs.max(axis=-1)


USUAL = {
    "function": largest_output,
    **{"units": 2, "filters": 2, "kernel_size": 2, "rate": 0.1, "n": 2, "dims": (1,), "target_shape": (-1,)},
    **{"num_heads": 1, "key_dim": 2, "groups": 1, "input_dim": 5, "output_dim": 2, "activation": "tanh"},
    **{"path": "x", "schedule": lambda epoch, rate: rate, "initial_learning_rate": 0.1, "decay_steps": 3},
    **{"decay_rate": 0.5, "pool_size": 2, "loss": "mse", "start": 0, "shape": (2,)},
    **{"first_decay_steps": 3, "boundaries": [1], "values": [0.1, 0.2]},
}
SHAPES = [(6,), (6, 4), (6, 6, 4)]


def usual(kind, name):
    """Give an argument that a class takes."""
    return layers.LSTM(2) if name == "layer" else USUAL[name]


def tried(made):
    """Let an object do its work, where that is quick."""
    if isinstance(made, layers.Layer):
        for shape in SHAPES:
            model = ann.Sequential([made.copy(), layers.Flatten(), layers.Dense(1)])
            with contextlib.suppress(ShapeError):
                model.build(shape)
                model.compile()
                model.train_on_batch(np.ones((2, *shape)), np.ones(2))
    elif isinstance(made, (ann.optimizers.Optimizer, ann.learning.Rule, ann.metrics.Metric)):
        name = {ann.optimizers.Optimizer: "optimizer", ann.learning.Rule: "learning", ann.metrics.Metric: "metrics"}
        model = ann.Sequential([layers.Dense(3, "softmax", input_shape=(5,))])
        argument = next(word for kind, word in name.items() if isinstance(made, kind))
        loss = "sparse_categorical_crossentropy"
        model.compile(**{"loss": loss, argument: [made] if argument == "metrics" else made})
        model.fit(X, Y)
    elif isinstance(made, ann.schedules.Schedule):
        assert made(5) >= 0
    elif isinstance(made, ann.initializers.Initializer):
        made.draw((3, 4), np.random.default_rng(0))
    elif isinstance(made, (ann.regularizers.Regularizer, ann.constraints.Constraint, ann.activations.Activation)):
        role = {ann.regularizers.Regularizer: "kernel_regularizer", ann.constraints.Constraint: "kernel_constraint"}
        argument = next((word for kind, word in role.items() if isinstance(made, kind)), "activation")
        tried(layers.Dense(2, **{argument: made}))


@pytest.mark.parametrize("kind", some(enumerate(MADE), 7), ids=lambda kind: kind.__name__)
def test_any_argument_of_a_constructor_is_taken_or_refused(kind):
    """Of layers, losses, optimisers, schedules and callbacks; what is taken works, or says what does not fit."""
    parameters = inspect.signature(kind).parameters.values()
    plain = [one for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    given = {one.name: usual(kind, one.name) for one in plain if one.default is one.empty}
    more = ["weight_decay", "clipvalue"] if any(one.kind is one.VAR_KEYWORD for one in parameters) else []
    for name, junk in itertools.product([*(one.name for one in plain), *more], SCALARS):

        def call(name=name, junk=junk):
            tried(kind(**{**given, name: junk}))

        taken(call)
    assert taken(lambda: kind(**given))


REGRESSION = ["mse", "mae", "huber", "poisson", "kl_divergence", "binary_crossentropy", "hinge", "squared_hinge"]
LOSSES = [
    *REGRESSION,
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "negative_log_likelihood",
    "categorical_hinge",
]


@pytest.mark.parametrize("loss", some(enumerate(LOSSES), 4))
def test_any_targets_are_taken_or_refused_by_any_loss(loss):
    """Labels that are negative, fractional, out of range, words, objects or of another shape."""
    model = classifier(loss, ())
    for junk in JUNK:
        if not hasattr(junk, "__next__"):
            left_alone(model, lambda junk=junk: model.train_on_batch(X, junk))


WORDS = np.array(["a", "b", "c"])[Y]


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: classifier().fit(X, Y, callbacks=5), InvalidTypeError, "callbacks: must be one of ann.callbacks"),
        (
            lambda: classifier().fit(X, Y, callbacks=ann.EarlyStopping),
            InvalidTypeError,
            r"got the class EarlyStopping; write EarlyStopping\(...\)",
        ),
        (
            lambda: classifier().fit(X, Y, callbacks=[ann.EarlyStopping]),
            InvalidTypeError,
            r"got the class EarlyStopping; write EarlyStopping\(...\)",
        ),
        (lambda: classifier().fit(X, Y, shuffle="batch"), InvalidTypeError, "shuffle: must be True or False"),
        (lambda: classifier().fit(X, Y, batch_size=10**400), InvalidValueError, "batch_size: must be at most"),
        (lambda: classifier().fit(X, Y, batch_size=-1), InvalidValueError, "batch_size: must be at least 1, got -1"),
        (lambda: classifier().fit(X, Y, validation_split=None, epochs="3"), InvalidTypeError, "epochs: must be an int"),
        (
            lambda: classifier().fit(X, Y, validation_split=[0.2]),
            InvalidTypeError,
            "validation_split: must be a number",
        ),
        (lambda: classifier().fit(X, WORDS), DataError, "must be whole class numbers, got <U1"),
        (lambda: classifier().fit(X, Y + 0.5), DataError, "must be whole class numbers"),
        (lambda: classifier().fit(X, Y - 1), DataError, "class -1 is out of range; the model has outputs 0 to 2"),
        (lambda: classifier().fit(X.astype(object), Y), DataError, "x: must be numbers, got object"),
        (lambda: classifier().fit(np.ma.masked_array(X, X > 0), Y), DataError, "x: holds masked values"),
        (lambda: classifier().fit(Broken(), Y), DataError, r"x: Broken makes no array \(no\)"),
        (lambda: classifier().fit(X, Y, class_weight={0: None}), InvalidTypeError, r"class_weight\[0\]: must be a num"),
        (
            lambda: classifier().fit(X, Y, class_weight={0: np.nan}),
            InvalidValueError,
            r"class_weight\[0\]: must be fin",
        ),
        (lambda: classifier().predict(iter([()])), ShapeError, "got"),
        (lambda: classifier().predict(lambda: 5), InvalidTypeError, "x: the function gave int, nothing to go through"),
        (lambda: classifier().predict(X, steps=3), InvalidValueError, "steps: are those of batches"),
        (lambda: classifier().backward(X, 5), InvalidTypeError, "backward takes the cache that forward gave, got int"),
        (
            lambda: classifier().backward(X, classifier().forward(X)[1]),
            ShapeError,
            r"got a gradient \(24, 5\), expects that of the outputs \(24, 3\)",
        ),
        (lambda: classifier().update({}), InvalidTypeError, "update takes what its own backward gave, got dict"),
        (lambda: classifier().set_weights(5), InvalidTypeError, "weights must be mappings"),
        (lambda: ann.callbacks.CSVLogger("a\0b"), InvalidValueError, "CSVLogger.path: no file can have the name"),
        (lambda: ann.callbacks.Checkpoint("\ud800"), InvalidValueError, "Checkpoint.path: no file can have the name"),
        (lambda: classifier().save("a\0b"), InvalidValueError, "path: no file can have the name"),
    ],
)
def test_what_is_wrong_is_named(run, error, message):
    """The error says what was given, and what is expected or to be done."""
    with pytest.raises(error, match=message):
        run()


def test_data_that_are_refused_teach_no_shape():
    """A model that does not know its input shape does not take it from data that it refuses."""
    model = ann.Sequential([layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    for x, y in ((X[:, :2], Y[:3]), (X[:, :2] * np.nan, Y), (X[:0, :2], Y[:0]), (X[:, :2], Y * np.nan)):
        with pytest.raises(DataError):
            model.fit(x, y)
    assert model.fit(X, Y).epochs == 1


def test_numpy_numbers_are_numbers(tmp_path):
    """Settings that are NumPy's are kept, saved and loaded as Python's."""
    model = ann.Sequential(
        [layers.Dense(np.int64(3), "softmax", input_shape=(np.int32(5),)), layers.Dropout(np.float32(0.25))],
        seed=np.int64(4),
    )
    model.compile(ann.optimizers.SGD(np.float32(0.5), momentum=np.float64(0.5)), "sparse_categorical_crossentropy")
    checkpoint = ann.callbacks.Checkpoint(tmp_path / "run.npz")
    model.fit(X, Y, epochs=np.int8(2), batch_size=np.int8(100), callbacks=checkpoint)
    loaded = ann.io.load(tmp_path / "run.npz")
    assert loaded.optimizer.config() == model.optimizer.config()
    loaded.fit(X, Y, epochs=3, batch_size=100, resume=True)
    assert loaded.history.epochs == 3


def test_a_batch_size_beyond_the_data_is_one_batch():
    """One step an epoch, in memory and from a file."""
    model, twin = classifier(), classifier()
    model.fit(X, Y, batch_size=10**12)
    twin.fit(X, Y, batch_size=24)
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)


def line(rate):
    """Give a compiled linear model."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,))], seed=0)
    model.compile(ann.optimizers.SGD(rate), "mse")
    return model


def test_weights_that_left_the_numbers_in_the_last_step_are_told():
    """No loss sees what the last step of a run did; the run still does not end as if all were well."""
    model = line(1e30)
    with pytest.raises(DivergenceError, match="epoch 1: sequential: the weights are no longer finite; lower the"):
        model.fit(np.full((4, 1), 1e10), np.ones(4), batch_size=4)
    assert model.history.epochs == 0
    stopped = line(1e30)
    quiet = ann.callbacks.TerminateOnNaN()
    assert "no longer finite" in stopped.fit(np.full((4, 1), 1e10), np.ones(4), callbacks=quiet).stopped


def test_weights_that_are_no_numbers_take_no_good_files_place(tmp_path):
    """A checkpoint of a run that diverges, and a model with NaN, leave the file that was there."""
    path = tmp_path / "model.npz"
    good = line(0.1)
    good.save(path)
    bad = line(1e30)
    with pytest.raises(DivergenceError):
        bad.fit(np.full((4, 1), 1e10), np.ones(4), callbacks=ann.callbacks.Checkpoint(path))
    for write in (bad.save, bad.save_weights):
        with pytest.raises(InvalidValueError, match="dense_1/kernel: holds numbers that are not finite"):
            write(path)
    np.testing.assert_array_equal(ann.io.load(path).flat_weights, good.flat_weights)


def test_a_batch_that_diverges_moves_no_statistics():
    """Weights and running means are those from before the batch, and no warning comes beside the error."""
    model = classifier()
    model.fit(X, Y)
    before = model.flat_weights.copy(), model.flat_statistics.copy()
    with pytest.raises(DivergenceError, match="the loss became nan"):
        model.train_on_batch(np.full((24, 5), 3e38), Y)
    np.testing.assert_array_equal(model.flat_weights, before[0])
    np.testing.assert_array_equal(model.flat_statistics, before[1])
