"""Learning curves against what theory says of least squares."""

from concurrent.futures import ThreadPoolExecutor

import matplotlib.pyplot as plt
import numpy as np
import pytest

import ann
from ann.errors import DataError, InvalidTypeError, InvalidValueError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 9))
Y = X @ RNG.normal(size=9) + RNG.normal(size=300)


def build(seed=0):
    """Give a linear model that takes a seed."""
    model = ann.Sequential([ann.layers.Dense(1)], seed=seed)
    model.compile("adam")
    return model


def test_least_squares_learns_as_theory_says():
    """With n Gaussian stimuli, p weights and noise 1 the errors are (n - p) / n and 1 + p / (n - p - 1).

    The second is the mean over draws of a Wishart inverse, plus the noise (Hastie et al., Elements of Statistical
    Learning, section 7); p counts the intercept.
    """
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6000, 9))
    y = x.sum(axis=1) + rng.normal(size=6000)
    sizes = [30, 60, 240]
    curve = ann.learning_curve(ann.LinearRegression(), x, y, sizes, 40, score="neg_mean_squared_error", validation=0.5)
    n, p = np.array(sizes), 10
    for scores, expected in ((curve.training, (n - p) / n), (curve.validation, 1 + p / (n - p - 1))):
        error = scores.std(axis=1, ddof=1) / np.sqrt(40)
        assert (np.abs(-scores.mean(axis=1) - expected) < 4 * error + 0.03).all()
    assert curve.larger_is_better


def test_repeats_differ_and_sizes_nest():
    """Every repeat has other stimuli and another seed; a larger size holds the smaller."""
    seen = []

    def watched(seed):
        model = build(seed)
        fit = model.fit
        model.fit = lambda x, y: (seen.append((seed, x)), fit(x, y))
        return model

    curve = ann.learning_curve(watched, X, Y, [20, 40], repeats=3)
    assert [len(x) for _, x in seen] == [20] * 3 + [40] * 3
    assert len({seed for seed, _ in seen}) == 3
    for (seed, small), (again, large) in zip(seen[:3], seen[3:], strict=True):
        assert seed == again
        assert (large[:20] == small).all()
    assert (seen[0][1] != seen[1][1]).any()
    assert curve.validation.shape == (2, 3)
    assert (ann.learning_curve(build, X, Y, [20, 40], repeats=3).validation == curve.validation).all()


def test_executors_change_nothing():
    """Threads give the numbers of a plain loop."""
    with ThreadPoolExecutor(2) as executor:
        beside = ann.learning_curve(build, X, Y, [20], repeats=3, executor=executor, fit={"epochs": 2})
    alone = ann.learning_curve(build, X, Y, [20], repeats=3, fit={"epochs": 2})
    assert (beside.training == alone.training).all()
    assert alone.score_name == "loss"
    assert not alone.larger_is_better


def test_the_curve_is_a_table_and_a_figure():
    """Records hold means and standard errors of the repeats; the figure draws the means."""
    labels = np.where(Y > 0, "yes", "no")
    curve = ann.learning_curve(
        ann.LogisticRegression(epochs=50), X, labels, repeats=4, score=lambda m, x, y: m.score(x, y)
    )
    assert curve.sizes.tolist() == [15, 30, 60, 120, 240]
    rows = curve.to_records()
    assert [row["stimuli"] for row in rows] == curve.sizes.tolist()
    assert rows[1]["validation"] == pytest.approx(curve.validation[1].mean())
    assert rows[1]["validation_standard_error"] == pytest.approx(curve.validation[1].std(ddof=1) / 2)
    assert rows[-1]["validation"] > rows[0]["validation"]
    ax = curve.plot()
    np.testing.assert_allclose(ax.get_lines()[1].get_ydata(), curve.validation.mean(axis=1))
    assert ax.get_xscale() == "log"
    plt.close("all")


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: ann.learning_curve(build, X, Y, [241]), DataError, r"241 stimuli are more than the 240"),
        (lambda: ann.learning_curve(build, X, Y, []), InvalidValueError, r"sizes: must hold at least one"),
        (lambda: ann.learning_curve(build, X, Y, 5), InvalidTypeError, r"sizes: must be a list of numbers"),
        (lambda: ann.learning_curve(build, X, Y, validation="x"), InvalidTypeError, r"validation: must be a number"),
        (lambda: ann.learning_curve(build, X, Y, executor=2), InvalidTypeError, r"executor: must be a conc"),
        (lambda: ann.learning_curve(build, X, Y, [0]), InvalidValueError, r"sizes"),
        (lambda: ann.learning_curve(build, X, Y, repeats=1), InvalidValueError, r"repeats: must be at least 2"),
        (lambda: ann.learning_curve(build, X, Y[1:]), DataError, r"as many stimuli as targets"),
        (lambda: ann.learning_curve(build, X, Y, score=2), InvalidTypeError, r"score: must be"),
        (lambda: ann.learning_curve(build, X, Y, fit={"epoch": 1}), InvalidValueError, r"fit: takes no 'epoch'"),
        (lambda: ann.learning_curve(build(), X, Y), InvalidTypeError, r"builds a new model each time"),
    ],
)
def test_misuse_is_named(run, error, message):
    """What makes no curve is refused by name."""
    with pytest.raises(error, match=message):
        run()
