"""One input on which many implementations agree: the digits are theirs.

The input and the digits are from the similarity repository (nacloos/similarity-repository, MIT), which runs the
implementations of many laboratories on it; each number here was given by several of them.
"""

import warnings

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning


@pytest.fixture(scope="module")
def golden():
    """Two subjects of 30 stimuli and 25 units."""
    rng = np.random.RandomState(0)
    return rng.uniform(size=(30, 25)), rng.uniform(size=(30, 25))


MEASURES = {
    "linear CKA": (lambda x, y: compare.cka(x, y, debiased=False), 0.489342739104415),
    "debiased linear CKA": (compare.cka, 0.02359869858056),
    "rbf CKA": (lambda x, y: compare.cka(x, y, kernel="rbf", sigma=1, debiased=False), 0.894026798628891),
    "mean CCA": (compare.cca, 0.890104973815781),
    "mean squared CCA": (lambda x, y: compare.cca(x, y, squared=True), 0.858300142631553),
    "SVCCA 0.95": (lambda x, y: compare.svcca(x, y, variance=0.95), 0.72816055868),
    "SVCCA 0.99": (lambda x, y: compare.svcca(x, y, variance=0.99), 0.78318141226),
    "SVCCA 10 components": (lambda x, y: compare.svcca(x, y, components=10), 0.53797444610),
    "angular Procrustes": (compare.procrustes, 0.762981579934097),
    "squared Euclidean Procrustes": (lambda x, y: compare.procrustes(x, y, "euclidean") ** 2, 34.2356763789364),
    "permutation angular": (compare.unit_matching, 1.22982875951),
    "normalised Bures similarity": (compare.bures_similarity, np.cos(0.762981579934097)),
}

BIASED = {"mean CCA", "mean squared CCA", "SVCCA 0.95", "SVCCA 0.99"}
"""Those of which some correlations are 1 for whatever data, so that we warn."""


@pytest.mark.parametrize("name", MEASURES)
def test_measure_gives_the_published_digits(golden, name):
    """Each measure agrees to the last digit that is given."""
    measure, published = MEASURES[name]

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert measure(*golden) == pytest.approx(published, abs=1e-11)
    assert [warning.category for warning in told] == ([BiasWarning] if name in BIASED else [])


@pytest.mark.parametrize(
    ("distance", "method", "published"),
    [
        ("correlation", "pearson", 0.003506246019),
        ("correlation", "spearman", -0.004092795694),
        ("correlation", "tau-b", -0.002002224694),
        ("correlation", "tau-a", -0.002002224694),
        ("euclidean", "pearson", 0.048084920),
        ("euclidean", "cosine", 0.951085355),
        ("euclidean", "whitened-cosine", 0.48934273910441),
    ],
)
def test_rsa_gives_the_published_digits(golden, distance, method, published):
    """Each pair of distance and comparator agrees to the digits that are given."""
    a, b = (compare.rdm(x, distance) for x in golden)

    assert compare.compare_rdms(a, b, method) == pytest.approx(published, abs=1e-9)


def test_centring_before_the_diagonal_is_removed_is_not_the_unbiased_estimate(golden):
    """The variant that centres, then zeroes the diagonal, gives 0.0533 where Song's estimator gives 0.0236."""
    kernels = [(x - x.mean(axis=0)) @ (x - x.mean(axis=0)).T for x in golden]
    for kernel in kernels:
        np.fill_diagonal(kernel, 0)
    first, second = kernels

    other = np.vdot(first, second) / np.sqrt(np.vdot(first, first) * np.vdot(second, second))
    assert other == pytest.approx(0.0533, abs=5e-5)
    assert compare.cka(*golden) == pytest.approx(0.0236, abs=5e-5)
