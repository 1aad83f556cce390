"""The facades before scikit-learn's own checks, beside its estimators, and beside `Sequential`."""

import copy
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import linear_model
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ann
from ann import LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor
from ann.errors import (
    DataError,
    DivergenceError,
    InvalidTypeError,
    InvalidValueError,
    NotCompiledError,
    ShapeError,
)
from ann.estimators import NotFittedError
from ann.estimators.descent import descend

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
TWO = X @ RNG.normal(size=(4, 2)) + 3 + 0.1 * RNG.normal(size=(80, 2))
THREE = (X @ RNG.normal(size=(4, 3)) + RNG.normal(size=(80, 3))).argmax(axis=1)

FAST = {"epochs": 25, "learning_rate": 0.02, "hidden_layer_sizes": 16}


@parametrize_with_checks(
    [
        LinearRegression(),
        LinearRegression("gradient", optimizer={"kind": "Adam", "learning_rate": 0.3}, epochs=25),
        LogisticRegression(epochs=100),
        MLPClassifier(**FAST),
        MLPRegressor(**FAST),
        MLPClassifier(**FAST, early_stopping=True, validation_fraction=0.3, dropout=0.1, l2=1e-4, dtype="float64"),
        MLPRegressor(**FAST, early_stopping=True, validation_fraction=0.3, l1=1e-4),
        LogisticRegression(C=10, epochs=100, class_weight="balanced"),
        MLPClassifier(**FAST, class_weight="balanced"),
        MLPClassifier(**FAST, batch_size=1000, dtype="float64"),
        MLPRegressor(**FAST, batch_size=1000, dtype="float64"),
    ],
    expected_failed_checks=lambda estimator: (
        {"check_sample_weight_equivalence_on_dense_data": "a stimulus twice is in other batches than one of weight 2"}
        if isinstance(estimator, (MLPClassifier, MLPRegressor)) and estimator.batch_size < 1000
        else {}
    ),
)
def test_scikit_learns_checks(estimator, check):
    """Every check of scikit-learn passes; weights equal repetitions where all stimuli are one batch, in float64."""
    check(estimator)


@pytest.mark.parametrize("facade", [MLPClassifier, MLPRegressor])
def test_weights_of_stimuli_count_by_their_ratios(facade):
    """One of 0 is not there and one of 2 there twice, on any scale, for any optimiser; a part at a time is the same."""
    y = np.arange(80) % 3
    counts = np.arange(80) % 4
    settings = {"hidden_layer_sizes": 5, "epochs": 4, "optimizer": "sgd", "l2": 0.01, "dtype": "float64"}
    settings |= {"batch_size": 200, "activation": "tanh"}
    repeated = facade(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    weighted = facade(**settings).fit(X, y, sample_weight=counts)
    scaled = facade(**settings).fit(X, y, sample_weight=10.0 * counts)
    parts = facade(**settings)
    for _ in range(4):
        parts.partial_fit(X, y, sample_weight=counts)
    for other in (repeated, scaled):
        np.testing.assert_allclose(other.model_.flat_weights, weighted.model_.flat_weights, rtol=1e-9)
    np.testing.assert_array_equal(parts.model_.flat_weights, weighted.model_.flat_weights)
    assert np.abs(facade(**settings).fit(X, y).model_.flat_weights - weighted.model_.flat_weights).max() > 1e-3


def test_scikit_learn_is_loaded_when_it_is_needed():
    """`import ann` leaves scikit-learn alone; the facades are there all the same, and other names are not."""
    code = "import sys, ann; assert 'sklearn' not in sys.modules; ann.MLPClassifier; assert 'sklearn' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert {"MLPClassifier", "estimators"} <= set(dir(ann))
    with pytest.raises(AttributeError, match="no attribute 'MLPClasifier'"):
        ann.MLPClasifier  # noqa: B018


@pytest.mark.parametrize("y", [TWO, TWO[:, 0]], ids=["two targets", "one target"])
def test_linear_regression_is_least_squares(y):
    """The closed form is what `numpy.linalg.lstsq` gives with a column of ones."""
    design = np.column_stack([X, np.ones(80)])
    solution = np.linalg.lstsq(design, y, rcond=None)[0]
    fitted = LinearRegression().fit(X, y)
    np.testing.assert_allclose(fitted.coef_, solution[:-1].T, atol=1e-12)
    np.testing.assert_allclose(fitted.intercept_, solution[-1], atol=1e-12)
    np.testing.assert_allclose(fitted.predict(X), design @ solution, atol=1e-12)


def test_gradient_descent_finds_the_same_line():
    """The gradient, through Sequential, arrives where the closed form is."""
    closed = LinearRegression().fit(X, TWO)
    descended = LinearRegression("gradient", epochs=400, batch_size=80, optimizer={"kind": "SGD", "learning_rate": 0.2})
    descended.fit(X, TWO)
    np.testing.assert_allclose(descended.coef_, closed.coef_, atol=1e-8)
    np.testing.assert_allclose(descended.intercept_, closed.intercept_, atol=1e-8)
    assert descended.score(X, TWO) == pytest.approx(closed.score(X, TWO))


def test_many_solutions_give_the_smallest():
    """With more features than stimuli the solution of least norm is found, as by the pseudo-inverse."""
    x, y = X[:3], TWO[:3, 0]
    expected = np.linalg.pinv(x - x.mean(axis=0)) @ (y - y.mean())
    np.testing.assert_allclose(LinearRegression().fit(x, y).coef_, expected, atol=1e-10)


@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_is_scikit_learns(C, classes):
    """Coefficients and probabilities agree with scikit-learn's to 1e-6, for two classes and for more."""
    y = np.array(["a", "b", "c"])[THREE % classes]
    ours = LogisticRegression(C=C).fit(X, y)
    theirs = linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    assert ours.score(X, y) == theirs.score(X, y)


def test_without_a_penalty_the_gradient_vanishes():
    """At C = infinity the mean gradient of the likelihood is zero at the solution."""
    fitted = LogisticRegression(C=math.inf).fit(X, THREE)
    residual = fitted.predict_proba(X) - np.eye(3)[THREE]
    assert np.abs(X.T @ residual / 80).max() < 1e-6


def test_a_weight_is_a_number_of_stimuli():
    """Whole weights are repetitions, as in `numpy.linalg.lstsq` of the repeated rows; one weight for all is none."""
    times = RNG.integers(0, 4, 80)
    again = np.repeat(np.arange(80), times)
    for model in (
        LinearRegression(),
        LinearRegression("gradient", epochs=20, batch_size=500, optimizer={"kind": "SGD", "learning_rate": 0.1}),
    ):
        weighted = clone(model).fit(X, TWO, times)
        np.testing.assert_allclose(weighted.coef_, model.fit(X[again], TWO[again]).coef_, rtol=1e-9)
        np.testing.assert_allclose(
            clone(model).fit(X, TWO, 2.5).coef_, clone(model).fit(X, TWO).coef_, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("class_weight", [None, "balanced", {"a": 3, "c": 0.1}])
@pytest.mark.parametrize("classes", [2, 3])
def test_weighted_logistic_regression_is_scikit_learns(class_weight, classes):
    """Weights of stimuli and of classes are those of scikit-learn, to 1e-6."""
    y, weights = np.array(["a", "b", "c"])[THREE % classes], RNG.uniform(0, 3, 80)
    if isinstance(class_weight, dict) and classes == 2:
        class_weight = {"a": 3}
    ours = LogisticRegression(class_weight=class_weight).fit(X, y, weights)
    theirs = linear_model.LogisticRegression(class_weight=class_weight, tol=1e-10, max_iter=100_000)
    theirs.fit(X, y, weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6, atol=1e-6)
    assert ours.converged_


def test_too_few_steps_are_told():
    """A solution that was not reached says so."""
    assert LogisticRegression().fit(X, THREE).converged_
    early = LogisticRegression(epochs=2).fit(X, THREE)
    assert (early.converged_, early.n_iter_) == (False, 2)


def test_the_descent_reaches_the_last_digits():
    """Where values no longer tell two places apart, gradients do: softplus is least where its derivative says."""
    slopes, pulls = np.array([1.0, 30.0, 1000.0]), np.array([0.2, 0.5, 0.7])

    def function(x):
        value = np.logaddexp(0, slopes * x).sum() - (pulls * slopes * x).sum()
        return float(value), slopes * (1 / (1 + np.exp(-slopes * x)) - pulls)

    place, _, found = descend(function, np.zeros(3), 10_000, 1e-11)
    assert found
    np.testing.assert_allclose(place, np.log(pulls / (1 - pulls)) / slopes, rtol=1e-9, atol=1e-12)


def test_class_weights_of_a_network_are_those_of_fit():
    """The facade's weights by label are `Sequential.fit`'s by class number; a part at a time as well."""
    y = np.array(["a", "b", "c"])[THREE]
    settings = {"hidden_layer_sizes": 6, "random_state": 7, "epochs": 3}
    for by_label, by_number in (("balanced", "balanced"), ({"b": 4.0}, {1: 4.0})):
        fitted = MLPClassifier(**settings, class_weight=by_label).fit(X, y)
        by_hand = ann.Sequential([ann.layers.Dense(6, "relu"), ann.layers.Dense(3, "softmax")], seed=7)
        by_hand.compile("adam", "sparse_categorical_crossentropy")
        by_hand.fit(X, THREE, epochs=3, class_weight=by_number)
        np.testing.assert_allclose(fitted.model_.flat_weights, by_hand.flat_weights, rtol=1e-5, atol=1e-7)
        part = MLPClassifier(**settings, class_weight=by_label)
        for _ in range(3):
            part.partial_fit(X, y)
        assert (part.model_.flat_weights == fitted.model_.flat_weights).all()


FACADES = [
    LinearRegression(),
    LinearRegression("gradient", epochs=5),
    LogisticRegression(epochs=50),
    MLPClassifier(8, epochs=3),
    MLPRegressor(8, epochs=3),
]


@pytest.mark.parametrize("facade", FACADES, ids=repr)
def test_a_facade_goes_where_scikit_learns_go(facade):
    """In a pipeline, cloned, pickled, searched and cross-validated, it gives what it gives alone."""
    y = np.array(["a", "b", "c"])[THREE] if is_classifier(facade) else TWO[:, 0]
    scaled = StandardScaler().fit(X[:60])
    alone = clone(facade).fit(scaled.transform(X[:60]), y[:60])
    expected = alone.predict(scaled.transform(X[60:]))
    pipeline = make_pipeline(StandardScaler(), facade)
    whole = clone(pipeline).fit(X[:60], y[:60])
    again = pickle.loads(pickle.dumps(whole))  # noqa: S301
    assert (whole.predict(X[60:]) == expected).all()
    assert (again.predict(X[60:]) == expected).all()
    rows = [(np.arange(60), np.arange(60, 80))]
    (score,) = cross_val_score(pipeline, X, y, cv=rows)
    assert score == whole.score(X[60:], y[60:])
    name = {"LogisticRegression": "C", "LinearRegression": "epochs"}.get(type(facade).__name__, "l2")
    grid = {f"{type(facade).__name__.lower()}__{name}": [1, 2]}
    search = GridSearchCV(pipeline, grid, cv=rows, error_score="raise").fit(X, y)
    assert set(search.best_params_) == set(grid)


def test_several_targets_at_once():
    """Two targets are two regressions to least squares, and one network of two outputs to a perceptron."""
    both, one = LinearRegression().fit(X, TWO), LinearRegression().fit(X, TWO[:, 1])
    np.testing.assert_allclose(both.predict(X)[:, 1], one.predict(X), rtol=1e-10)
    network = MLPRegressor(8, learning_rate=0.02, epochs=80).fit(X, TWO)
    assert network.predict(X).shape == (80, 2)
    assert network.score(X, TWO) > 0.9
    assert MLPRegressor(8, epochs=1).fit(X, TWO[:, :1]).predict(X).shape == (80, 1)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_partial_fit_takes_the_path_of_fit(kind):
    """Three epochs at once or one by one give the same bits, dropout and shuffling included."""
    settings = {"dropout": 0.2, "l2": 1e-3, "hidden_layer_sizes": (8, 5), "random_state": 3}
    whole = kind(epochs=3, **settings).fit(X, THREE)
    steps = kind(early_stopping=True, **settings)
    for _ in range(3):
        steps.partial_fit(X, THREE)
    assert (steps.model_.flat_weights == whole.model_.flat_weights).all()
    assert steps.history_.history == whole.history_.history
    assert steps.n_iter_ == whole.n_iter_ == 3


def test_the_facade_is_a_sequential():
    """The settings arrive in the layers, and training is that of the network written by hand."""
    fitted = MLPClassifier((6,), "tanh", "sgd", 0.1, dropout=0.2, l1=1e-3, l2=1e-2, epochs=4, random_state=7)
    fitted.fit(X, THREE)
    penalty = {"kind": "L1L2", "l1": 1e-3, "l2": 1e-2}
    by_hand = ann.Sequential(
        [
            ann.layers.Dense(6, "tanh", kernel_regularizer=penalty),
            ann.layers.Dropout(0.2),
            ann.layers.Dense(3, "softmax", kernel_regularizer=penalty),
        ],
        seed=7,
    )
    by_hand.compile({"kind": "SGD", "learning_rate": 0.1}, "sparse_categorical_crossentropy")
    history = by_hand.fit(X, THREE, epochs=4)
    assert (fitted.model_.flat_weights == by_hand.flat_weights).all()
    assert fitted.history_.history == history.history


def test_early_stopping_returns_to_the_best_epoch():
    """Training ends before its time, and the weights are those of the epoch with the least validation loss."""
    labels = RNG.integers(0, 2, 80)  # nothing to learn but the stimuli themselves
    fitted = MLPClassifier(64, learning_rate=0.01, early_stopping=True, validation_fraction=0.25, patience=3)
    fitted.fit(X, labels)
    losses, rows = fitted.history_.history["val_loss"], fitted.history_.validation_rows
    assert fitted.n_iter_ == len(losses) < 200
    assert np.argmin(losses) == len(losses) - 4
    assert "val_loss" in fitted.history_.stopped
    assert np.bincount(labels[rows]).tolist() == [round(count / 4) for count in np.bincount(labels)]
    assert fitted.model_.evaluate(X[rows], labels[rows]) == pytest.approx(min(losses), rel=1e-6)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))])  # noqa: S301
def test_a_copy_learns_on(again):
    """A network copied or sent to a process still learns: its layers look into its flat weights."""
    first = MLPRegressor(epochs=2).fit(X, TWO)
    second = again(first)
    assert (second.predict(X) == first.predict(X)).all()
    first.partial_fit(X, TWO)
    assert (second.predict(X) != first.predict(X)).any()
    second.partial_fit(X, TWO)
    assert (second.predict(X) == first.predict(X)).all()


@pytest.mark.parametrize("state", [5, np.int64(5), "old", "new"])
def test_a_random_state_is_a_seed(state):
    """Numbers and generators of the same state give the same network."""
    states = {"old": np.random.RandomState, "new": np.random.default_rng}

    def weights():
        drawn = states[state](5) if state in states else state
        return MLPRegressor(epochs=1, random_state=drawn).fit(X, TWO).model_.flat_weights

    assert (weights() == weights()).all()
    anew = [MLPRegressor(epochs=1, random_state=None).fit(X, TWO).model_.flat_weights for _ in range(2)]
    assert (anew[0] != anew[1]).any()


def test_classes_are_named_at_the_first_call():
    """Classes that come later are known, others are refused, and the list may not change."""
    fitted = MLPClassifier().partial_fit(X[:10], np.repeat(["a", "b"], 5), classes=["c", "b", "a"])
    assert fitted.predict_proba(X).shape == (80, 3)
    fitted.partial_fit(X[:1], ["c"])
    with pytest.raises(DataError, match=r"'d' is none of the classes \['a', 'b', 'c'\]; name all of them"):
        fitted.partial_fit(X[:1], ["d"])
    with pytest.raises(InvalidValueError, match=r"classes: got \['a'\], the first call had \['a', 'b', 'c'\]"):
        fitted.partial_fit(X[:1], ["a"], classes=["a"])


def _weighed(class_weight):
    return MLPClassifier(class_weight=class_weight).fit(X, THREE)


def _stopped(share, y):
    return MLPClassifier(early_stopping=True, validation_fraction=share).fit(X, y)


@pytest.mark.parametrize("facade", FACADES, ids=repr)
def test_sparse_matrices_are_refused(facade):
    """With what to do, in fitting as in predicting."""
    with pytest.raises(InvalidTypeError, match=r"[Ss]parse.*toarray"):
        clone(facade).fit(csr_array(X), THREE)
    fitted = clone(facade).fit(X, THREE)
    with pytest.raises(InvalidTypeError, match=r"[Ss]parse.*toarray"):
        fitted.predict(csr_array(X))


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: LinearRegression("gradiant").fit(X, TWO), InvalidValueError, r"LinearRegression.method.*'gradient'"),
        (lambda: LinearRegression("gradient").fit(1e4 * X, TWO), DivergenceError, "lower the learning rate"),
        (lambda: LinearRegression().predict(X), NotFittedError, r"LinearRegression: is not fitted yet"),
        (lambda: LinearRegression().predict(X), NotCompiledError, r"call fit\(X, y\) first"),
        (lambda: LinearRegression().fit(X[:, 0], TWO), DataError, r"Expected 2D array"),
        (lambda: LinearRegression().fit(X, TWO[:-1]), DataError, r"\[80, 79\]"),
        (lambda: LinearRegression().fit(X * np.nan, TWO), DataError, r"X contains NaN"),
        (lambda: LinearRegression().fit(X, TWO * np.inf), DataError, r"y contains infinity"),
        (lambda: LinearRegression().fit([[{}]], [1]), InvalidTypeError, r"argument must be a string"),
        (lambda: LogisticRegression(C=0).fit(X, THREE), InvalidValueError, r"LogisticRegression.C: must be positive"),
        (lambda: LogisticRegression(C="x").fit(X, THREE), InvalidTypeError, r"LogisticRegression.C: must be a number"),
        (lambda: LogisticRegression(tolerance=-1).fit(X, THREE), InvalidValueError, r"tolerance: .*at least 0"),
        (lambda: LinearRegression().fit(X, TWO, [1, 2]), ShapeError, r"sample_weight: got \(2,\), expects one .*\(80,"),
        (lambda: LinearRegression().fit(X, TWO, -np.ones(80)), DataError, r"sample_weight: must not be negative"),
        (lambda: MLPClassifier().fit(X, THREE, [1, 2]), ShapeError, r"sample_weight: got \(2,\), expects one .*\(80,"),
        (lambda: MLPRegressor().fit(X, TWO, np.zeros(80)), DataError, r"sample_weight: all weights are zero"),
        (lambda: MLPClassifier().partial_fit(X, THREE, None, -np.ones(80)), DataError, r"must not be negative"),
        (lambda: LinearRegression().fit(X, TWO, np.zeros(80)), DataError, r"sample_weight: all weights are zero"),
        (lambda: _weighed("equal"), InvalidTypeError, r"class_weight: must be a mapping .*got 'equal'"),
        (lambda: _weighed({7: 1}), InvalidValueError, r"class_weight: 7 is none of the classes \[0, 1, 2\]"),
        (lambda: _weighed({1: -1}), InvalidValueError, r"class_weight\[1\]: must be a number of at least 0, got -1"),
        (lambda: LogisticRegression(epochs=1.5).fit(X, THREE), InvalidTypeError, r"LogisticRegression.epochs"),
        (lambda: LogisticRegression().fit(X, np.zeros(80)), DataError, r"needs at least two classes, got 1 class"),
        (lambda: LogisticRegression().fit(X, X), DataError, r"1d array"),
        (lambda: LogisticRegression().fit(X, THREE).predict(X[:, 1:]), DataError, r"3 features.*expecting 4"),
        (lambda: MLPClassifier().fit(X, X[:, 0]), DataError, r"label type"),
        (lambda: MLPClassifier().predict(X), NotFittedError, r"MLPClassifier: is not fitted yet"),
        (lambda: MLPClassifier(optimizer="adm").fit(X, THREE), InvalidValueError, r"'adm'"),
        (lambda: MLPClassifier(hidden_layer_sizes=(0,)).fit(X, THREE), InvalidValueError, r"Dense.units"),
        (lambda: MLPClassifier(random_state="x").fit(X, THREE), InvalidTypeError, r"random_state: .*got 'x'"),
        (
            lambda: MLPRegressor(dropout=1).fit(X, TWO),
            InvalidValueError,
            r"MLPRegressor.dropout: must be at",
        ),
        (lambda: MLPRegressor().fit(X, 1e300 * TWO), DataError, r"y: numbers too large for float32"),
        (lambda: MLPRegressor().fit(1e300 * X, TWO), DataError, r"X contains infinity or a value too large"),
        (lambda: _stopped(0.0, THREE), InvalidValueError, r"MLPClassifier.validation_fraction: must be above 0"),
        (lambda: _stopped(np.ones(2), THREE), InvalidTypeError, r"validation_fraction: must be a number"),
        (lambda: MLPRegressor(early_stopping="yes").fit(X, TWO), InvalidTypeError, r"early_stopping: must be True or"),
        (lambda: MLPRegressor(dtype=[]).fit(X, TWO), InvalidValueError, r"MLPRegressor.dtype: must be float32 or"),
        (lambda: MLPRegressor(l2=-1).partial_fit(X, TWO), InvalidValueError, r"MLPRegressor.l2: .*at least 0"),
        (lambda: LinearRegression(np.ones(2)).fit(X, TWO), InvalidValueError, r"LinearRegression.method: unknown"),
        (lambda: _stopped(0.1, np.arange(80) < 3), DataError, r"fraction: 3 stimuli of class True cannot be"),
        (lambda: MLPRegressor(early_stopping=True).fit(X[:2], TWO[:2]), DataError, r"fraction: 2 stimuli cannot be"),
        (lambda: MLPRegressor(early_stopping=True).fit(X[:1], TWO[:1]), DataError, r"minimum of 2"),
        (lambda: ann.estimators.checking.class_numbers(np.array([]), []), DataError, r"y: is empty"),
    ],
)
def test_misuse_is_named(run, error, message):
    """What cannot be fitted is refused by name."""
    with pytest.raises(error, match=message):
        run()
