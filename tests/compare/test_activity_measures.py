"""CKA, CCA and Procrustes: what they are in theory, what they see and what they do not."""

import numpy as np
import pytest

from compare import (
    bures_similarity,
    cca,
    cka,
    compare_rdms,
    minibatch_cka,
    procrustes,
    pwcca,
    rdm,
    svcca,
    unit_matching,
)
from compare.errors import BiasWarning, InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures import (
    CCA,
    CKA,
    PWCCA,
    RSA,
    SVCCA,
    TRANSFORMATIONS,
    BothDirections,
    BuresSimilarity,
    MinibatchCKA,
    PLSPredictivity,
    Procrustes,
    RidgePredictivity,
    UnitMatching,
    invariances_of,
)
from compare.measures.distances import Correlation, Euclidean

MEASURES = {
    "cka": cka,
    "CKA": CKA(),
    "CKA as first published": CKA(debiased=False),
    "CKA, rbf": CKA("rbf"),
    "CKA of mini-batches": MinibatchCKA(batch=20),
    "minibatch_cka": minibatch_cka,
    "RSA": RSA(),
    "RSA of Euclidean distances": RSA("euclidean", "pearson"),
    "cca": cca,
    "svcca": svcca,
    "procrustes": procrustes,
    "CCA": CCA(),
    "CCA, squared": CCA(squared=True),
    "SVCCA": SVCCA(0.9),
    "pwcca": pwcca,
    "PWCCA": PWCCA(),
    "Procrustes": Procrustes(),
    "Procrustes, Euclidean": Procrustes("euclidean"),
    "Procrustes, half white": Procrustes(alpha=0.5),
    "Procrustes, white": Procrustes(alpha=0),
    "Procrustes, Euclidean, white": Procrustes("euclidean", 0),
    "bures_similarity": bures_similarity,
    "BuresSimilarity": BuresSimilarity(),
    "unit_matching": unit_matching,
    "UnitMatching": UnitMatching(),
    "UnitMatching, Euclidean": UnitMatching("euclidean"),
    "ridge predictivity": RidgePredictivity(folds=4),
    "PLS predictivity": PLSPredictivity(folds=4, components=3),
    "ridge predictivity, both directions": BothDirections(RidgePredictivity(folds=4)),
    "correlation distance": Correlation(),
    "euclidean distance": Euclidean(),
}


def _transformed(x, name):
    """Apply one of the named transformations to activity (stimulus, unit)."""
    rng = np.random.default_rng(1)
    n, p = x.shape
    return {
        "translation": lambda: x + 3 * rng.normal(size=p),
        "pattern offset": lambda: x + 3 * rng.normal(size=(n, 1)),
        "scale": lambda: 4.2 * x,
        "pattern scale": lambda: x * rng.uniform(0.3, 3, size=(n, 1)),
        "permutation": lambda: x[:, rng.permutation(p)],
        "rotation": lambda: x @ np.linalg.qr(rng.normal(size=(p, p)))[0],
        "affine": lambda: x @ (rng.normal(size=(p, p)) + np.diag(np.arange(1.0, p + 1))),
    }[name]()


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize("name", MEASURES)
def test_measure_sees_what_it_does_not_declare_invisible(name, transformation):
    """A declared invariance holds to rounding; everything else changes the value."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 6)) * np.arange(1, 7) + 1
    y = x @ rng.normal(size=(6, 8)) + rng.normal(size=(40, 8))
    measure = MEASURES[name]
    if name.endswith("distance"):
        before, after = measure(x), measure(_transformed(x, transformation))
    else:
        before, after = measure(x, y), measure(_transformed(x, transformation), y)

    change = np.max(np.abs(np.asarray(after) - before))
    assert (change < 1e-9) if transformation in invariances_of(measure) else (change > 1e-4)


def test_debiased_cka_of_independent_data_is_about_zero_and_the_biased_one_is_not():
    """With units far beyond stimuli, only the debiased form says that there is nothing."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50, 5000))

    assert abs(cka(x, y)) < 0.1
    with pytest.warns(BiasWarning, match="5000 units and 50 stimuli"):
        assert cka(x, y, debiased=False) > 0.9


def test_debiased_cka_is_songs_estimator():
    """The ratio of the unbiased criteria as Song and others (2012) write them."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(9, 4))
    y = x[:, :2] + rng.normal(size=(9, 2))

    def criterion(k, m):
        n = len(k)
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        return (np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 * (k @ m).sum() / (n - 2)) / (n * (n - 3))

    k, m = x @ x.T, y @ y.T
    expected = criterion(k, m) / np.sqrt(criterion(k, k) * criterion(m, m))
    assert cka(x, y) == pytest.approx(expected, abs=1e-12)


def test_rbf_with_a_wide_kernel_is_linear():
    """A Gaussian much wider than the data sees only squared distances, so CKA becomes linear CKA."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 3))
    y = x + rng.normal(size=(20, 3))

    assert cka(x, y, kernel="rbf", sigma=1e3) == pytest.approx(cka(x, y), abs=1e-4)
    assert cka(x, 7 * y, kernel="rbf") == pytest.approx(cka(x, y, kernel="rbf"), abs=1e-12)


def test_cca_is_the_cosine_of_principal_angles():
    """Mean canonical correlation is the mean cosine of scipy's angles between the column spaces."""
    from scipy.linalg import subspace_angles

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 3))

    angles = subspace_angles(x - x.mean(0), y - y.mean(0))
    assert cca(x, y) == pytest.approx(np.cos(angles).mean(), abs=1e-12)


@pytest.mark.parametrize("measure", [cka, svcca, procrustes, cca])
def test_a_subject_that_does_not_vary_is_nan(measure):
    """There is nothing to compare in what is the same for every stimulus."""
    assert np.isnan(measure(np.full((10, 3), 0.1), np.random.default_rng(0).normal(size=(10, 3))))


def test_rbf_of_a_constant_subject_is_nan():
    """No distances, no kernel."""
    assert np.isnan(cka(np.ones((6, 2)), np.arange(12.0).reshape(6, 2), kernel="rbf"))


def test_rsa_of_a_subject_with_itself_is_one():
    """The same RDM has similarity 1 under every comparator that has 1 as its largest value."""
    x = np.random.default_rng(5).normal(size=(8, 5))

    for method in ("pearson", "spearman", "cosine", "tau-a", "tau-b", "rho-a", "whitened-cosine"):
        assert compare_rdms(rdm(x), rdm(x), method) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: cka(x, x, kernel="linea"), InvalidOptionError, "did you mean 'linear'"),
        (lambda x: cka(x, x, kernel="rbf", sigma=0), InvalidOptionError, "sigma: must be positive, got 0"),
        (lambda x: cka(x[:3], x[:3]), TooFewStimuliError, "at least 4"),
        (lambda x: cka(x, x[:9]), InvalidActivityError, "x has 10 stimuli and y has 9"),
        (lambda x: cca(np.hstack([x, x**2, x**3]), x), TooFewStimuliError, "every canonical correlation is 1"),
        (lambda x: svcca(x, x, variance=0), InvalidOptionError, "variance"),
        (lambda x: svcca(x, x, components=0), InvalidOptionError, "components"),
        (lambda x: procrustes(x[:1], x[:1]), TooFewStimuliError, "at least 2"),
    ],
)
def test_what_cannot_be_measured_is_named(call, error, message):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(0).normal(size=(10, 3)))
