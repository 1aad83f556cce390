"""Predictivity: what it is in theory, what it is divided by, what it never sees."""

import importlib

import numpy as np
import pytest

from compare import predictivity
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import TRANSFORMATIONS, BothDirections, PLSPredictivity, RidgePredictivity
from compare.measures.predictivity.folds import held_out_folds
from compare.measures.predictivity.ridge import PENALTIES, LeaveOneOut
from compare.measures.predictivity.score import correlations
from compare.measures.predictivity.spectrum import spectrum

METHODS = ("ridge", "pls")
RIDGE, REGRESSION = (
    importlib.import_module(f"compare.measures.predictivity.{name}") for name in ("ridge", "regression")
)


def _planted(stimuli=300, trials=4, noise=2.0, seed=0, units=20):
    """Give x, and y whose mean over trials has the reliability 1 / (1 + noise²/trials)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(stimuli, 10))
    signal = x @ np.linalg.qr(rng.normal(size=(10, 10)))[0][:, np.arange(units) % 10]
    return x, signal[:, None] + noise * rng.normal(size=(stimuli, trials, units))


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_is_right_reaches_its_ceiling(method):
    """The noise-free subject predicts √ρ of a noisy one, and all of it once divided by the ceiling."""
    x, y = _planted()
    result = predictivity(x, y, method)

    assert np.median(result.units["correlation"]) == pytest.approx(np.sqrt(0.5), abs=0.04)
    assert result.score == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(200, 20), (60, 400)])
def test_a_model_that_is_wrong_predicts_nothing(method, shape):
    """Independent data have a mean r of 0, whether stimuli or units are more."""
    rng = np.random.default_rng(1)
    result = predictivity(rng.normal(size=shape), rng.normal(size=(shape[0], 100)), method)

    assert abs(result.units["correlation"].mean()) < 0.03


def test_explained_variance_is_divided_by_the_reliability_never_by_its_square():
    """Of a ceiling of 0.5 a right model explains 1, where the ceiling squared would make it 2."""
    x, y = _planted(stimuli=600)
    result = predictivity(x, y, statistic="explained variance")
    units = result.units

    assert result.score == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(
        units["explained_variance"], units["correlation"] ** 2 / units["reliability"], rtol=1e-12
    )
    np.testing.assert_allclose(units["corrected"] ** 2, units["explained_variance"], rtol=1e-12)


def test_spearman_brown_is_for_trials_never_for_the_prediction():
    """R is Pearson's between prediction and response, not 2r / (1 + r)."""
    x, y = _planted(stimuli=60)
    mean = y.mean(axis=1)
    fitted = RidgePredictivity().fit(x[:40], mean[:40])
    r = [np.corrcoef(fitted.predict(x[40:])[:, unit], mean[40:, unit])[0, 1] for unit in range(20)]

    np.testing.assert_allclose(fitted.evaluate(x[40:], mean[40:]).units["correlation"], r, rtol=1e-10)
    assert fitted.score(x[40:], mean[40:]) == pytest.approx(np.median(r), rel=1e-10)


@pytest.mark.parametrize("method", [RidgePredictivity(), PLSPredictivity(components=5)])
def test_held_out_stimuli_are_not_standardised_by_themselves(method):
    """What is predicted of a stimulus does not depend on which others are held out with it, nor moves to mean 0."""
    x, y = _planted(stimuli=60)
    fitted = method.fit(x[:40], y[:40])
    together = fitted.predict(x[40:])
    alone = np.concatenate([fitted.predict(x[[index]]) for index in range(40, 60)])

    np.testing.assert_allclose(alone, together, rtol=1e-9)
    high = x[:, 0] > 0.5
    assert np.abs(fitted.predict(x[high]).mean(axis=0)).max() > 0.2


def test_responses_held_out_have_no_part_in_choosing():
    """Other held-out responses change neither the penalty nor the prediction of their fold."""
    x, y = _planted(stimuli=60, trials=1)
    measure = RidgePredictivity(folds=5)
    _, held_out = held_out_folds(60, 5, measure.seed)[0]
    other = y.copy()
    other[held_out] = 100 * np.random.default_rng(2).normal(size=other[held_out].shape)
    before, after = (measure.evaluate(x, targets).units["penalty"] for targets in (y, other))

    np.testing.assert_array_equal(before[0], after[0])
    assert (before[1:] != after[1:]).any()


def test_silent_and_unreliable_units_are_masked_and_counted():
    """A unit that never varies and one whose trials agree on nothing are NaN, never 0, and do not enter the median."""
    x, y = _planted()
    broken = y.copy()
    broken[:, :, 0] = 0.1
    rng = np.random.default_rng(3)
    broken[:, :, 1] = rng.normal(size=(300, 1)) * np.array([3, -1, -1, -1]) + 0.1 * rng.normal(size=(300, 4))
    result, whole = predictivity(x, broken), predictivity(x, y)

    assert np.isnan(result.units["corrected"][:2]).all()
    assert not result.units["used"][:2].any()
    assert [result.units.attrs[name] for name in ("units", "used", "silent", "unreliable")] == [20, 18, 1, 1]
    assert result.score == pytest.approx(np.median(whole.units["corrected"][2:]), abs=1e-9)
    assert "left out: 1 silent, 1 unreliable" in repr(result)


def test_values_above_1_are_told_and_not_clipped():
    """At its ceiling, about half of a right model's units are above 1 by chance."""
    result = predictivity(*_planted())

    assert RidgePredictivity()(*_planted()) == result.score
    assert result.units.attrs["above_1"] == int((result.units["corrected"] > 1).sum()) > 2
    assert f"above 1 by chance: {result.units.attrs['above_1']}" in repr(result)


def test_without_trials_nothing_is_divided_and_the_result_says_so():
    """One trial gives no ceiling; a reliability from elsewhere does."""
    x, y = _planted()
    mean = y.mean(axis=1)
    plain, known = predictivity(x, mean), predictivity(x, mean, reliability=np.full(20, 0.5))

    np.testing.assert_array_equal(plain.units["corrected"], plain.units["correlation"])
    assert "no trials, so no ceiling" in repr(plain)
    assert known.score == pytest.approx(plain.score / np.sqrt(0.5), rel=1e-12)


def test_a_prediction_upside_down_explains_less_than_nothing():
    """The square of a negative correlation keeps its sign."""
    x, y = _planted(trials=1, noise=0.1)
    fitted = RidgePredictivity(statistic="explained variance").fit(x, y)

    assert fitted.score(x, -y) == pytest.approx(-fitted.score(x, y), rel=1e-9)


def test_each_direction_asks_its_own_question():
    """A subject predicts its own part, which does not predict the whole; the mean of both is symmetric."""
    x = np.random.default_rng(4).normal(size=(120, 8))
    measure = BothDirections()
    result = measure.evaluate(x, x[:, :2])

    assert result.forward.score > 0.99 > 0.5 > result.backward.score
    assert measure(x, x[:, :2]) == pytest.approx(measure(x[:, :2], x), rel=1e-12) == pytest.approx(result.score)
    assert measure.fit(x, x[:, :2]).score(x, x[:, :2]) > result.score
    assert "x from y" in repr(result)
    assert float(result) == result.score


@pytest.mark.parametrize("method", [RidgePredictivity, PLSPredictivity])
@pytest.mark.parametrize("units", [10, 400])
def test_two_sided_correction_undoes_the_noise_of_the_predictor(method, units):
    """Noise in x alone: 1 once divided by √ρ of the predictions, but for what learning from noise costs."""
    rng = np.random.default_rng(9)
    latent = rng.normal(size=(300, 10))
    x = (latent @ np.linalg.qr(rng.normal(size=(units, 10)))[0].T * np.sqrt(units / 10))[:, None]
    x = x + 2 * np.sqrt(units / 10) * rng.normal(size=(300, 4, units))
    y = latent @ rng.normal(size=(10, 20))
    one, two = (method(two_sided=two_sided, seed=1).evaluate(x, y) for two_sided in (False, True))

    assert one.score < 0.9
    assert two.score == pytest.approx(1, abs=0.06 if units == 10 else 0.12)
    assert two.score > one.score + 0.1
    np.testing.assert_allclose(
        two.units["corrected"] ** 2 * two.units["prediction_reliability"], two.units["correlation"] ** 2, rtol=1e-9
    )
    assert method(two_sided=True, seed=1)(x, y) == two.score


def test_two_sided_correction_of_other_stimuli_and_of_one_trial():
    """A fit scored elsewhere is corrected by the trials there; a predictor without trials has nothing to correct."""
    x, y = _planted(stimuli=200)
    noisy = x[:, None] + 0.7 * np.random.default_rng(10).normal(size=(200, 4, 10))
    measure = RidgePredictivity(two_sided=True)

    found = measure.fit(noisy[:120], y[:120]).evaluate(noisy[120:], y[120:])
    assert found.score > RidgePredictivity().fit(noisy[:120], y[:120]).score(noisy[120:], y[120:])
    assert (found.units["prediction_reliability"] < 1).all()
    assert measure(x, y) == RidgePredictivity()(x, y)


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize("measure", [RidgePredictivity(folds=4), PLSPredictivity(folds=4, components=3)])
def test_target_invariances_are_what_is_declared(measure, transformation):
    """What a regression does not see of its targets: with the units of y transformed."""
    from test_activity_measures import _transformed as transformed

    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 6)) * np.arange(1, 7)
    y = x @ rng.normal(size=(6, 8)) + rng.normal(size=(40, 8))
    change = abs(measure(x, transformed(y, transformation)) - measure(x, y))

    assert (change < 1e-9) if transformation in measure.target_invariances else (change > 1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_threads_change_no_bit(method, monkeypatch):
    """Folds run side by side, and the numbers are those of one thread."""
    monkeypatch.setattr(REGRESSION, "SMALL", 0)
    x, y = _planted(stimuli=60)
    one, two = (predictivity(x, y, method, threads=threads).units["corrected"].values for threads in (1, 2))

    np.testing.assert_array_equal(one, two)


def _prepared(x, y, penalties):
    """Give what leave-one-out errors of centred subjects are computed from."""
    found = spectrum(x)
    projected = found.directions.T @ y
    return LeaveOneOut(found, penalties), projected, None if found.complete else y - found.directions @ projected


@pytest.mark.parametrize("units", [5, 80])
def test_leave_one_out_is_leaving_out_one_by_one(units):
    """The closed form against fitting n times, in both forms and with duplicated stimuli."""
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(12, units)), rng.normal(size=(12, 3))
    x[1] = x[0]
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    left_out, projected, outside = _prepared(x, y, np.array([0.3, 7.0]))
    errors = [left_out.errors(row, projected, outside) for row in (0, 1)]
    for row, penalty in enumerate((0.3, 7.0)):
        residuals = []
        for left_out in range(12):
            rest = np.arange(12) != left_out
            xr, yr = x[rest] - x[rest].mean(axis=0), y[rest] - y[rest].mean(axis=0)
            weights = np.linalg.solve(xr.T @ xr + penalty * np.eye(units), xr.T @ yr)
            residuals.append(y[left_out] - y[rest].mean(axis=0) - (x[left_out] - x[rest].mean(axis=0)) @ weights)
        np.testing.assert_allclose(errors[row], np.mean(np.square(residuals), axis=0), rtol=1e-9)


def test_penalties_that_lie_close_are_told_apart_in_double_precision(monkeypatch):
    """Penalties a millionth apart, which single precision would confuse, are chosen as double precision says."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(50, 70)), rng.normal(size=(50, 200))
    left_out, *parts = _prepared(x - x.mean(axis=0), y - y.mean(axis=0), 10 * (1 + 1e-6 * np.arange(5)))
    exact, single = (np.stack([left_out.errors(row, *parts, precise) for row in range(5)]) for precise in (True, False))

    np.testing.assert_array_equal(left_out.least(*parts), exact.argmin(axis=0))
    assert (single.argmin(axis=0) != exact.argmin(axis=0)).any()
    monkeypatch.setattr(RIDGE, "SMALL", 0)
    np.testing.assert_array_equal(left_out.least(*parts), exact.argmin(axis=0))


@pytest.mark.parametrize("shape", [(60, 300), (60, 20)])
@pytest.mark.parametrize("uneven", [1, 30])
def test_penalties_passed_over_are_never_the_best(shape, uneven, monkeypatch):
    """The least error of all penalties, found with fewer products, also where single stimuli weigh much."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=shape) * rng.choice([1, uneven], size=(60, 1))
    y = x @ rng.normal(size=(shape[1], 40)) / 10 + np.logspace(-2, 2, 40) * rng.normal(size=(60, 40))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    left_out, *parts = _prepared(x, y, np.array(PENALTIES) * np.sum(x**2) / 60)
    every = np.stack([left_out.errors(row, *parts) for row in range(20)])
    monkeypatch.setattr(RIDGE, "SMALL", 0)
    products = []
    errors = LeaveOneOut.errors
    monkeypatch.setattr(LeaveOneOut, "errors", lambda *call: products.append(call[2].shape[1]) or errors(*call))

    np.testing.assert_array_equal(left_out.least(*parts), every.argmin(axis=0))
    assert sum(products) < 0.9 * 20 * 40


def test_subjects_that_do_not_vary_are_nan():
    """Nothing predicts, or is predicted by, what is the same for every stimulus."""
    x, y = _planted(stimuli=60)

    for method in METHODS:
        assert np.isnan(predictivity(np.full((60, 4), 0.1), y, method).score)
        assert np.isnan(predictivity(x, np.full((60, 4, 3), 0.1), method).score)


def test_pls_takes_no_more_components_than_there_are():
    """Two units have two components, and the result says how many were taken."""
    x, y = _planted(stimuli=60)
    result = predictivity(x[:, :2], y, "pls", folds=3)

    assert result.units["components"].values.tolist() == [2, 2, 2]


def test_a_unit_silent_among_the_held_out_is_scored_by_the_other_folds():
    """Correlations exist only where response and prediction vary."""
    assert np.isnan(correlations(np.arange(4.0)[:, None], np.full((4, 1), 0.1)))[0]
    x, y = _planted(stimuli=60, trials=1)
    _, held_out = held_out_folds(60, 5, 0)[2]
    y[held_out, 0, 0] = 1.0
    units = predictivity(x, y, folds=5).units

    assert np.isnan(units["correlation_by_fold"][2, 0])
    assert units["correlation"][0] == pytest.approx(float(units["correlation_by_fold"][[0, 1, 3, 4], 0].mean()))


def test_folds_are_seeded_balanced_and_keep_groups_whole():
    """Every stimulus is held out once; every fold has its share of a class; no group is parted."""
    classes, groups = np.arange(60) % 3, np.arange(60) // 4
    for options in ({}, {"stratify": classes}, {"groups": groups}, {"stratify": classes, "groups": groups}):
        parts = held_out_folds(60, 5, 0, **options)
        assert sorted(np.concatenate([held_out for _, held_out in parts])) == list(range(60))
        if "groups" in options:
            assert all(not set(groups[training]) & set(groups[held_out]) for training, held_out in parts)
        if options.keys() == {"stratify"}:
            assert all((np.bincount(classes[held_out]) == 4).all() for _, held_out in parts)
    same, other = held_out_folds(60, 5, 0), held_out_folds(60, 5, 1)
    assert all((a[1] == b[1]).all() for a, b in zip(same, held_out_folds(60, 5, 0), strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(same, other, strict=True))


def test_result_prints_with_what_was_asked_and_left_out():
    """As text and in a notebook."""
    result = predictivity(*_planted(stimuli=60))

    assert repr(result).startswith(f"<ridge predictivity (correlation): {result.score:.3f}, divided by the ceiling")
    assert "xarray" in result._repr_html_()
    assert float(result) == result.score


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, y: predictivity(x, y, "rigde"), InvalidOptionError, "did you mean 'ridge'"),
        (lambda x, y: predictivity(x, y, component=3), InvalidOptionError, "component: RidgePredictivity has no"),
        (lambda x, y: predictivity(x, y, "pls", components=0), InvalidOptionError, "components: must be at least 1"),
        (lambda x, y: predictivity(x, y, "pls", components=2.5), InvalidOptionError, "components: must be a whole"),
        (lambda x, y: predictivity(x, y, penalties=(0, 1)), InvalidOptionError, "penalties: must be positive"),
        (lambda x, y: predictivity(x, y, statistic="r"), InvalidOptionError, "statistic: there is no 'r'"),
        (lambda x, y: predictivity(x, y, folds=1), InvalidOptionError, "folds: must be a whole number of at least 2"),
        (lambda x, y: held_out_folds(9, 1.5, 0), InvalidOptionError, "folds: must be a whole number of at least 2"),
        (lambda x, y: held_out_folds(9, 4, 0), TooFewStimuliError, "9 stimuli in 4 folds"),
        (lambda x, y: predictivity(x[:20], y[:20]), TooFewStimuliError, "at least 30"),
        (lambda x, y: predictivity(x, y[:-1]), InvalidActivityError, "x has 60 stimuli and y has 59"),
        (lambda x, y: predictivity(x, y, stratify=[1, 2]), InvalidActivityError, "stratify: must name one for each"),
        (lambda x, y: predictivity(x, y, stratify=np.arange(60) // 5), TooFewStimuliError, "a class has 5 stimuli"),
        (lambda x, y: predictivity(x, y, groups=np.arange(60) // 10), TooFewStimuliError, "6 groups cannot be parted"),
        (
            lambda x, y: predictivity(x, y, folds=2, groups=(np.arange(60) > 57).astype(int)),
            TooFewStimuliError,
            "a fold holds out 2 stimuli",
        ),
        (lambda x, y: predictivity(x, y, reliability=[0.5]), InvalidOptionError, "for each of the 20 units of y"),
        (lambda x, y: predictivity(x.astype(str), y), ActivityTypeError, "real numbers"),
        (lambda x, y: RidgePredictivity().fit(x, y).predict(x[:, :3]), InvalidActivityError, "fitted were 10"),
        (lambda x, y: RidgePredictivity().fit(x, y).score(x, y[..., :3]), InvalidActivityError, "fitted were 20"),
    ],
)
def test_what_cannot_be_predicted_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(*_planted(stimuli=60))
