"""Partial least squares regression with several targets (PLS2).

Wold, Sjöström and Eriksson (2001), Chemometrics and Intelligent Laboratory Systems 58:109-130,
doi:10.1016/S0169-7439(01)00155-1, computed as Dayal and MacGregor (1997), Journal of Chemometrics 11:73-85: of X and Y
only their products need be deflated. The components are those of the classical iteration (NIPALS) run to convergence;
SIMPLS (de Jong 1993) gives the same for one target, and others for several.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.predictivity.regression import Learnt, RegressionMeasure
from compare.measures.predictivity.spectrum import Spectrum

__all__ = ["PLSPredictivity"]

NOTHING_LEFT = 1e-12  # of the first covariance: what remains is rounding


@dataclass(frozen=True)
class PLSPredictivity(RegressionMeasure):
    """PLS predictivity: how well the units of y are predicted by partial least squares, on held-out stimuli.

    Each component is the direction in x whose covariance with some direction in y is greatest; then what it explains is
    taken from x. Neither subject's units are standardised.

    Parameters
    ----------
    folds, seed, statistic
        See `RegressionMeasure`.
    components : int
        How many; fewer where x has fewer dimensions, or nothing of y is left.

    Raises
    ------
    InvalidOptionError
        If an option is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 20))
    >>> y = x @ rng.normal(size=(20, 5))
    >>> round(PLSPredictivity()(x, y), 3)
    1.0
    """

    components: int = 25

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.components, bool) or not isinstance(self.components, (int, np.integer)):
            raise InvalidOptionError(f"components: must be a whole number, got {self.components!r}")
        if self.components < 1:
            raise InvalidOptionError(f"components: must be at least 1, got {self.components}")

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"PLS predictivity ({self.components} components, {self.statistic})"

    def learn(self, spectrum: Spectrum, targets: np.ndarray) -> Learnt:
        """Find the components one after the other.

        In the coordinates ``Z = U S`` of x, and in any orthonormal basis of the targets' rows, the components are the
        same; both have at most as many columns as there are stimuli.
        """
        roots = np.sqrt(spectrum.sizes)
        # ZᵀY; of Y only what U spans enters.
        projected = spectrum.directions.T @ targets
        basis, reduced = np.eye(targets.shape[1]), projected
        if targets.shape[1] > len(projected):
            orthonormal, triangle = np.linalg.qr(projected.T)
            basis, reduced = orthonormal.T, triangle.T
        rotations, loadings = _components(roots, reduced, int(self.components))
        # Predictions are Z R Qᵀ, and what enters are coordinates X_new V S = Z_new S.
        weights = (rotations / np.where(roots > 0, roots, 1)[:, None]) @ (loadings.T @ basis)
        return Learnt(weights, {"components": np.array(rotations.shape[1])})


def _components(roots: np.ndarray, projected: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Give rotations (rank, component) from Z to its scores, and the targets' loadings (target, component).

    With ``Z = U S``, scores ``t = Z r`` have ``tᵀ t = |S r|²``, loadings ``Zᵀ t = S² r`` and ``Yᵀ t = (UᵀY)ᵀ S r``, so
    that no matrix over stimuli is needed.
    """
    covariance = roots[:, None] * projected
    rotations: list[np.ndarray] = []
    x_loadings: list[np.ndarray] = []
    loadings: list[np.ndarray] = []
    first = np.linalg.norm(covariance)
    for _ in range(min(count, len(roots))):
        if np.linalg.norm(covariance) <= NOTHING_LEFT * first:
            break
        weight = _leading(covariance)
        rotation = weight.copy()
        for loading, earlier in zip(x_loadings, rotations, strict=True):
            rotation -= (loading @ weight) * earlier
        score = roots * rotation  # in the basis U
        size = score @ score
        x_loading = roots * score / size
        loading = covariance.T @ rotation / size
        covariance = covariance - size * np.outer(x_loading, loading)
        rotations.append(rotation)
        x_loadings.append(x_loading)
        loadings.append(loading)
    if not rotations:
        return np.zeros((len(roots), 0)), np.zeros((projected.shape[1], 0))
    return np.stack(rotations, axis=1), np.stack(loadings, axis=1)


def _leading(covariance: np.ndarray) -> np.ndarray:
    """Give the left singular vector of the largest singular value."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import LinearOperator, eigsh

    rows, columns = covariance.shape
    if min(rows, columns) <= 64:
        if rows <= columns:
            return eigh(covariance @ covariance.T, subset_by_index=(rows - 1, rows - 1))[1][:, 0]
        right = eigh(covariance.T @ covariance, subset_by_index=(columns - 1, columns - 1))[1][:, 0]
    else:
        # Lanczos from the longest row: deterministic, and never orthogonal to what is sought.
        start = covariance[np.einsum("ij,ij->i", covariance, covariance).argmax()]
        product = LinearOperator((columns, columns), matvec=lambda v: covariance.T @ (covariance @ v), dtype=float)
        right = eigsh(product, k=1, v0=start, tol=0)[1][:, 0]
    left = covariance @ right
    return left / np.linalg.norm(left)
