"""Noise ceilings from several subjects, and of two noisy ones: against rsatoolbox, theory and further trials."""

import numpy as np
import pytest

import compare
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference import subject_ceiling, two_sided_ceiling
from compare.measures import RSA, Crossnobis, measure_named


@pytest.fixture(scope="module")
def subjects():
    """Five subjects who share half of their variance."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(12, 30))
    return [shared + rng.normal(size=(12, 30)) for _ in range(5)]


@pytest.mark.parametrize(
    ("method", "theirs"), [("cosine", "cosine"), ("pearson", "corr"), ("spearman", "spearman"), ("rho-a", "rho-a")]
)
def test_bounds_are_rsatoolboxs(subjects, method, theirs):
    """The same lower and upper bound, where its pool is the comparator's own."""
    rsatoolbox = pytest.importorskip("rsatoolbox")
    vectors = np.stack([compare.rdm(x) for x in subjects])
    lower, upper = rsatoolbox.inference.boot_noise_ceiling(rsatoolbox.rdm.RDMs(vectors), method=theirs)

    assert subject_ceiling(subjects, method=method) == pytest.approx((lower, upper), abs=1e-10)


@pytest.mark.parametrize("method", ["cosine", "pearson", "whitened-cosine", "whitened-correlation"])
def test_upper_bound_cannot_be_exceeded(subjects, method):
    """No geometry near the pool is on average more similar to the subjects, whitened comparators included."""
    measure = RSA("euclidean", method)
    _, upper = subject_ceiling(subjects, measure)
    vectors = [compare.rdm(x, "euclidean") for x in subjects]
    rng = np.random.default_rng(1)
    pool = np.mean(vectors, axis=0)

    near = [pool + size * rng.normal(size=pool.size) for size in (0, 0.001, 0.01, 0.1) for _ in range(20)]
    reached = [np.mean([compare.compare_rdms(one, each, method) for each in vectors]) for one in near]
    assert 0.95 * upper < max(reached) <= upper + 1e-12


def test_cka_has_bounds_of_its_own(subjects):
    """Those of debiased CKA hold the similarity of the shared geometry between them."""
    lower, upper = subject_ceiling(subjects, "cka")
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(12, 30))

    assert lower < np.mean([compare.cka(shared, each) for each in subjects]) < upper


def test_two_noisy_subjects_reach_the_root_of_both_reliabilities():
    """Two subjects of one noise-free geometry are as similar as the two-sided ceiling says."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(8):
        signal = rng.normal(size=(60, 1, 10)) @ rng.normal(size=(10, 40)) / 3
        x = signal + 2 * rng.normal(size=(60, 4, 40))
        y = signal + 3 * rng.normal(size=(60, 8, 40))
        found.append([compare.cka(x, y), two_sided_ceiling(x, y, "cka")])
    seen, ceiling = np.mean(found, axis=0)
    assert ceiling == pytest.approx(seen, abs=0.03)


@pytest.mark.parametrize("measure", [RSA("euclidean", "tau-a"), RSA("euclidean", "whitened-correlation"), "procrustes"])
def test_ceilings_of_other_measures_are_what_further_trials_show(measure):
    """Tau by Greiner's relation, whitened comparators, and where noise is small the angle of Procrustes."""
    rng = np.random.default_rng(4)
    measure = measure_named(measure)
    found = []
    for _ in range(5):
        signal = rng.normal(size=(100, 1, 8)) @ rng.normal(size=(8, 20)) / np.sqrt(8)
        few, again, more = (signal + rng.normal(size=(100, count, 20)) for count in (4, 4, 64))
        true = [measure(other.mean(axis=1), few.mean(axis=1)) for other in (again, more)]
        found.append(np.subtract(compare.noise_ceiling(few, measure), true))
    np.testing.assert_allclose(np.mean(found, axis=0), 0, atol=0.06)


@pytest.mark.parametrize("measure", ["cca", "pwcca", "svcca", "ridge"])
def test_measures_that_noise_does_something_else_to_have_no_ceiling(measure):
    """Canonical correlations of all dimensions, and what is divided by a ceiling already: NaN, not a wrong number."""
    x = np.random.default_rng(0).normal(size=(60, 4, 5))

    assert np.isnan(compare.noise_ceiling(x, measure)).all()


def test_distances_between_trials_need_as_many_in_each_half():
    """Crossnobis of two trials cannot be halved; of four it can."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 1, 6)) + 0.3 * rng.normal(size=(12, 8, 6))

    assert np.isnan(compare.noise_ceiling(x[:, :2], RSA("crossnobis", "cosine"))).all()
    lower, upper = compare.noise_ceiling(x, RSA("crossnobis", "cosine"))
    assert 0.9 < lower < upper < 1


def test_ceilings_of_crossnobis_are_what_further_trials_show():
    """Eight trials: a repetition, and the noise-free responses, reach what the two ends say."""
    rng = np.random.default_rng(5)
    white = Crossnobis(np.eye(12))
    measure, to_copy = RSA(white, "pearson"), RSA(("euclidean", white), "pearson")
    found = []
    for _ in range(6):
        signal = rng.normal(size=(30, 1, 4)) @ rng.normal(size=(4, 12)) / 2
        few, again = (signal + rng.normal(size=(30, 8, 12)) for _ in range(2))
        true = [measure(again, few), to_copy(signal[:, 0], few)]
        found.append(np.subtract(compare.noise_ceiling(few, measure), true))
    np.testing.assert_allclose(np.mean(found, axis=0), 0, atol=0.03)


@pytest.mark.parametrize("measure", ["procrustes", "bures", "cca"])
def test_what_aligns_has_no_two_sided_ceiling(measure):
    """The noise of both is aligned too, so dividing by reliabilities would correct nothing."""
    x = np.random.default_rng(0).normal(size=(60, 4, 5))

    assert np.isnan(two_sided_ceiling(x, x, measure))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: subject_ceiling(x, method="tau-a"), InvalidOptionError, "no pooled geometry"),
        (lambda x: subject_ceiling(x, "cca"), InvalidOptionError, "no pooled geometry"),
        (lambda x: subject_ceiling(x[:1]), TooFewStimuliError, "at least 2 subjects, got 1"),
        (
            lambda x: subject_ceiling([x[0], np.where(np.arange(12)[:, None] == 3, 0.0, x[1])]),
            InvalidActivityError,
            r"subjects\[1\]: 11 of 66 pairs of stimuli have no dissimilarity",
        ),
        (lambda x: subject_ceiling([x[0], x[1][:9]]), InvalidActivityError, r"subjects\[1\]: has 9 stimuli"),
    ],
)
def test_what_has_no_bounds_is_named(subjects, call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(subjects)
