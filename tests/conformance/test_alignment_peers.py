"""CCA, Procrustes, Bures similarity and CKA beside scikit-learn, SciPy and rsatoolbox."""

import numpy as np
import pytest

import compare
from compare.measures import CCA


@pytest.fixture(scope="module")
def pair():
    """Two subjects of 80 stimuli that share four dimensions."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(80, 4)) * [4, 3, 2, 1]
    return latent @ rng.normal(size=(4, 6)) + rng.normal(size=(80, 6)), latent @ rng.normal(size=(4, 5)) + 2 * (
        rng.normal(size=(80, 5))
    )


def test_canonical_axes_are_scikit_learns_on_training_and_on_other_stimuli(pair):
    """Its canonical variates correlate as ours do, where it learnt them and where it did not."""
    from sklearn.cross_decomposition import CCA as Theirs

    (x, y), (a, b) = (array[:50] for array in pair), (array[50:] for array in pair)
    theirs = Theirs(n_components=5, scale=False, max_iter=5000, tol=1e-12).fit(x, y)

    def correlations(first, second):
        u, v = theirs.transform(first, second)
        return np.array([np.corrcoef(u[:, k], v[:, k])[0, 1] for k in range(5)])

    ours = CCA().fit(x, y)
    np.testing.assert_allclose(ours.correlations, correlations(x, y), atol=1e-6)
    assert ours.score(a, b) == pytest.approx(correlations(a, b).mean(), abs=1e-4)


def test_canonical_correlations_are_cosines_of_scipys_subspace_angles(pair):
    """The mean, and the mean of squares, over the angles between the column spaces."""
    from scipy.linalg import subspace_angles

    cosines = np.cos(subspace_angles(*(array - array.mean(axis=0) for array in pair)))
    assert compare.cca(*pair) == pytest.approx(cosines.mean(), abs=1e-12)
    assert compare.cca(*pair, squared=True) == pytest.approx((cosines**2).mean(), abs=1e-12)


def test_scipys_disparity_is_the_squared_sine_of_the_angle(pair):
    """SciPy also scales one of two shapes of size one, which leaves the sine; it wants as many units."""
    from scipy.spatial import procrustes

    x, y = pair[0], np.hstack([pair[1], np.zeros((80, 1))])
    assert np.sin(compare.procrustes(x, y)) ** 2 == pytest.approx(procrustes(x, y)[2], abs=1e-12)


def test_rotation_is_scipys(pair):
    """The Euclidean distance is what SciPy's orthogonal Procrustes rotation leaves."""
    from scipy.linalg import orthogonal_procrustes

    x, y = (array - array.mean(axis=0) for array in (pair[0][:, :5], pair[1]))
    rotation, _ = orthogonal_procrustes(x, y)
    assert compare.procrustes(x, y, "euclidean") == pytest.approx(np.linalg.norm(x @ rotation - y), rel=1e-12)


def test_bures_similarity_is_rsatoolboxs(pair):
    """Its comparison of RDMs by the Bures metric of their kernels is ours of the patterns."""
    rsatoolbox = pytest.importorskip("rsatoolbox")

    rdms = [rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(array), method="euclidean") for array in pair]
    theirs = rsatoolbox.rdm.compare(*rdms, method="bures")[0, 0]
    assert compare.bures_similarity(*pair) == pytest.approx(theirs, abs=1e-6)


def test_linear_cka_is_the_whitened_cosine_of_rsatoolbox(pair):
    """Of squared Euclidean distances, as first published."""
    rsatoolbox = pytest.importorskip("rsatoolbox")

    rdms = [rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(array), method="euclidean") for array in pair]
    theirs = rsatoolbox.rdm.compare(*rdms, method="cosine_cov")[0, 0]
    assert compare.cka(*pair, debiased=False) == pytest.approx(theirs, abs=1e-9)
