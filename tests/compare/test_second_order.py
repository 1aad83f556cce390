"""The jackknife of second order: exact where theory is, left out where a quantity jumps, and the scale of intervals."""

import numpy as np
import pytest

from compare.inference import Estimate
from compare.inference.draws import complementary_draws, left_out_draws, left_out_pairs
from compare.inference.scale import ANGLE, COSINE, PLAIN, scale_of
from compare.inference.second_order import SecondOrder
from compare.mapping.resampled import resampled_matrix
from compare.measures import CKA, RidgePredictivity, StochasticShape, UnitMatching


def _jackknifed(function, x):
    """Leave out each row, and every two rows."""
    rng = np.random.default_rng(0)
    one = left_out_draws(len(x), rng)
    two, pairs = left_out_pairs(one, rng)
    values = [np.array([function(x[row > 0]) for row in rows]) for rows in (one, two)]
    return SecondOrder(np.array(function(x)), *values, pairs, len(x))


def test_a_mean_has_its_standard_error_and_no_pairs():
    """Of a mean the squared standard error, and n degrees of freedom or fewer."""
    x = np.random.default_rng(0).normal(size=30)
    found = _jackknifed(np.mean, x)

    assert found.of_pairs == pytest.approx(0, abs=1e-20)
    assert found.variance == pytest.approx(x.var(ddof=1) / 30)
    assert 10 < found.degrees <= 29


def test_pairs_that_carry_all_are_counted_once():
    """A mean over pairs of products of signs has variance 2/(n(n - 1)); the plain jackknife gives twice that."""
    rng = np.random.default_rng(1)

    def mean_product(x):
        n = len(x)
        return float(((x.sum(axis=0) ** 2 - (x**2).sum(axis=0)) / (n * (n - 1))).mean())

    # Many independent columns: their mean has the variance of one column divided by their number.
    found = [_jackknifed(mean_product, rng.choice([-1.0, 1.0], size=(20, 40))) for _ in range(20)]
    truth = 2 / (20 * 19) / 40

    assert np.mean([each.jackknife for each in found]) == pytest.approx(2 * truth, rel=0.2)
    assert np.mean([each.of_pairs for each in found]) == pytest.approx(truth, rel=0.2)
    assert np.mean([each.variance for each in found]) == pytest.approx(truth, rel=0.2)


def test_one_stimulus_that_carries_all_leaves_few_degrees():
    """The variance of a mean with an outlier is hardly known."""
    x = np.r_[np.random.default_rng(2).normal(size=39), 100.0]

    assert _jackknifed(np.mean, x).degrees == pytest.approx(4)
    assert _jackknifed(np.mean, np.ones(20)).degrees == 19


def test_a_quantity_that_jumps_has_no_variance():
    """A quantity that is another one with every other set of stimuli gets the spread of the draws."""
    x = np.random.default_rng(3).normal(size=30)
    found = _jackknifed(lambda part: float(np.random.default_rng(int(1e6 * abs(part.sum()))).normal()), x)

    assert np.isinf(found.variance)
    low, high = Estimate(np.array(0.0), np.linspace(-1, 1, 201), second=found).interval()
    assert high - low == pytest.approx(2 * 2.0452 * np.linspace(-1, 1, 201).std(), rel=1e-4)  # Student's, 29 degrees


def test_what_does_not_vary_has_an_interval_of_no_width():
    """Equal subjects: every value is the same, also where Fisher's z is infinite."""
    one = np.ones(10)
    found = Estimate(
        np.array(1.0), np.ones(100), second=SecondOrder(np.array(1.0), one, one, np.zeros((10, 2), int), 10)
    )

    assert found.interval(scale=COSINE) == (1.0, 1.0)


def test_scales_go_there_and_back_and_increase():
    """Fisher's z of a cosine, of an angle, and the quantity itself."""
    values = np.linspace(0.1, 0.9, 9)
    for scale in (PLAIN, COSINE, ANGLE):
        assert (np.diff(scale.there(values)) > 0).all()
        np.testing.assert_allclose(scale.back(scale.there(values)), values)
    np.testing.assert_allclose(COSINE.there(values), np.arctanh(values))
    assert scale_of(CKA()) is COSINE
    assert scale_of(UnitMatching()) is ANGLE
    assert scale_of(StochasticShape()) is PLAIN


def test_intervals_are_the_same_for_an_angle_and_its_cosine():
    """Procrustes and Bures are one measure on two scales: their intervals are each other's."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(20, 2)) @ [[1, 0.7], [0, 1]]
    second = _jackknifed(lambda part: float(np.corrcoef(part.T)[0, 1]), x)
    cosine = Estimate(second.value, second.value + 0.1 * rng.uniform(-1, 1, 200), second=second, halves_of=20)
    low, high = cosine.interval(0.9, COSINE)
    nearest, furthest = cosine.map(np.arccos).interval(0.9, ANGLE)

    assert 0 < low < second.value < high < 1
    assert [float(np.cos(end)) for end in (furthest, nearest)] == pytest.approx([float(low), float(high)])


def test_halves_tell_stimuli_from_chance():
    """What two halves share, chance included, is taken out of the spread; halves are kept or dropped together."""
    rng = np.random.default_rng(6)
    signal, chance = rng.normal(size=(2, 2000))
    draws = np.stack([chance + signal, chance - signal], axis=1).ravel()
    wide, told = (Estimate(np.array(0.0), draws, halves_of=stimuli) for stimuli in (0, 100))

    assert wide.ratio == 1
    assert told.ratio == pytest.approx(np.sqrt(0.5), rel=0.05)
    assert told.interval()[1] == pytest.approx(1.984, rel=0.05)  # Student's, 99 degrees
    kept = told.where(lambda part: np.arange(len(part)) != 7)
    assert len(kept.draws) == 3998


def test_folds_are_chance_and_no_jackknife():
    """Predictivity draws folds anew, so its interval is from halves, and holds the estimate."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(30, 4))
    y = x + rng.normal(size=(30, 4))
    found = resampled_matrix({"a": x}, {"b": y}, RidgePredictivity(folds=3), options={}, bootstrap=100).similarity

    assert found.second is None
    assert found.halves_of == 30
    low, high = found.interval(scale=COSINE)
    assert low < found.value < high < 1


def test_halves_are_each_others_rest():
    """Half of the stimuli, then the others; of an odd number one is in neither."""
    draws = complementary_draws(7, 5, np.random.default_rng(7))

    assert draws.shape == (5, 7)
    assert (draws.sum(axis=1) == 3).all()
    assert (draws[0] * draws[1]).sum() == (draws[2] * draws[3]).sum() == 0


def test_very_many_stimuli_are_left_out_in_part():
    """Of 400 stimuli 250 are left out, and 250 pairs of these; a mean keeps its standard error, nearly."""
    x = np.random.default_rng(5).normal(size=400)
    found = _jackknifed(np.mean, x)

    assert found.without_one.shape == found.without_two.shape == (250,)
    assert found.of_pairs == pytest.approx(0, abs=1e-18)
    assert found.variance == pytest.approx(x.var(ddof=1) / 400, rel=0.15)
