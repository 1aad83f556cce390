"""The covariance of noise from few residuals, shrunk: the sample covariance alone has no inverse, or a poor one.

``Σ = λT + (1 - λ)S`` with S the unbiased sample covariance and T a target that few numbers fix. λ is the estimate of
what minimises the expected squared error of Σ, ``Σ var(s_ij) / Σ (s_ij - t_ij)²``:

* ``"diagonal"``: T holds the variances; λ for correlations: Schäfer and Strimmer (2005), Statistical Applications in
  Genetics and Molecular Biology 4:32, doi:10.2202/1544-6115.1175.
* ``"identity"``: T is the mean variance times the identity: Ledoit and Wolf (2004), Journal of Multivariate Analysis
  88:365-411, doi:10.1016/S0047-259X(03)00096-4.

Both are written for independent rows of known mean. Residuals about the means of many small groups (trials about their
stimulus's mean) are not independent: n rows of them are worth only m, their degrees of freedom, and with two trials
that is half. So each row counts ``√(n/m)`` times, and variances of the ``s_ij`` are divided by m. (rsatoolbox 0.3.2
divides by n: with two trials it shrinks half as much to the identity as it should, and twice as much to the diagonal.)
"""

from dataclasses import dataclass

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.blocks import BLOCK
from compare.measures.patterns import CONSTANT
from isocortex.errors import nearest

__all__ = ["TARGETS", "Residuals", "ShrunkNoise", "checked_target", "chosen", "helmert", "shrunk_noise"]

TARGETS = ("diagonal", "identity")
LEAST_DEGREES = 2


@dataclass(frozen=True, eq=False)
class Residuals:
    """Trials about the means of their groups, as orthonormal contrasts: as many as they are worth.

    A stimulus's contrasts and its residuals have the same sums of products, and the residuals are `helmert`'s
    transpose times the contrasts.
    """

    contrasts: tuple[np.ndarray, ...]
    """(stimulus, trial less one, unit) of each group of trials."""


def helmert(count: int) -> np.ndarray:
    """Give (count - 1, count) orthonormal rows that sum to zero."""
    matrix = np.tril(np.ones((count, count)), -1)[1:] - np.diag(np.arange(count))[1:]
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class ShrunkNoise:
    """A shrunk covariance, kept as its contrasts, so that wide activity needs no square of its width.

    In units of `scale`, the root of the target's diagonal, ``Σ = λI + c RᵀR`` with R the contrasts. Products with its
    inverse go through the Cholesky factor of Σ, or with more units than contrasts through that of ``R Rᵀ + λ/c I``:
    ``Σ⁻¹ = (I - Rᵀ (R Rᵀ + λ/c I)⁻¹ R) / λ``.
    """

    units: np.ndarray
    """Which units have noise, (unit,) bool; the others take no part."""
    scale: np.ndarray
    contrasts: np.ndarray
    """(degree of freedom, unit with noise), in units of `scale`."""
    shrinkage: float
    factor: np.ndarray
    """Lower Cholesky factor, (unit, unit) or (degree, degree), or (0, 0) where Σ is the target."""

    @property
    def weight(self) -> float:
        """How much the products of residuals count: c."""
        return (1.0 - self.shrinkage) / len(self.contrasts)

    def covariance(self) -> np.ndarray:
        """Give Σ among the units that have noise."""
        mixed = self.weight * (self.contrasts.T @ self.contrasts)
        mixed[np.diag_indices_from(mixed)] += self.shrinkage
        return mixed * self.scale[:, None] * self.scale

    def products(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Compute ``a Σ⁻¹ bᵀ`` of (row, unit), units without noise left out."""
        first, first_part = self._whitened(a)
        second, second_part = (first, first_part) if b is a else self._whitened(b)
        if first_part is None or second_part is None:
            return first @ second.T
        return (first @ second.T - first_part.T @ second_part) / self.shrinkage

    def squared_lengths(self, a: np.ndarray) -> np.ndarray:
        """Compute ``a_i Σ⁻¹ a_iᵀ`` of each row."""
        rows, part = self._whitened(a)
        whole = np.einsum("ij,ij->i", rows, rows)
        return whole if part is None else (whole - np.einsum("ij,ij->j", part, part)) / self.shrinkage

    def _whitened(self, a: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        from scipy.linalg import solve_triangular

        rows = chosen(a, self.units) * (1 / self.scale)
        if not self.factor.size:
            return rows, None
        if len(self.factor) == rows.shape[1]:
            return solve_triangular(self.factor, rows.T, lower=True, overwrite_b=True, check_finite=False).T, None
        seen = self.contrasts @ rows.T
        return rows, solve_triangular(self.factor, seen, lower=True, overwrite_b=True, check_finite=False)


def checked_target(target: str) -> str:
    """Give the target back.

    Raises
    ------
    InvalidOptionError
        If there is no such target.
    """
    if target not in TARGETS:
        raise InvalidOptionError(f"shrinkage: there is no target {target!r}; {nearest(str(target), TARGETS)}")
    return target


def shrunk_noise(residuals: Residuals, target: str = "diagonal") -> ShrunkNoise:
    """Estimate the covariance of noise from residuals.

    Parameters
    ----------
    residuals : Residuals
        As `residuals_of` gives them; they are written into.
    target : str
        ``"diagonal"`` or ``"identity"``.

    Raises
    ------
    InvalidOptionError
        If there is no such target.
    TooFewStimuliError
        If there are fewer than 2 degrees of freedom.
    InvalidActivityError
        If no unit has noise, or its covariance has no inverse.
    """
    checked_target(target)
    degrees = sum(part.shape[0] * part.shape[1] for part in residuals.contrasts)
    if degrees < LEAST_DEGREES:
        raise TooFewStimuliError(
            f"noise: {degrees} degrees of freedom, at least {LEAST_DEGREES} are needed; give more trials or stimuli, "
            "or a precision from elsewhere"
        )
    variances = sum(np.einsum("ijk,ijk->k", part, part) for part in residuals.contrasts) / degrees
    units = variances > 0
    if not units.any():
        raise InvalidActivityError(
            "noise: no unit ever differs between trials, so its noise is unknown; take the Euclidean distance, or give "
            "a precision"
        )
    variances = variances[units]
    scale = np.sqrt(variances if target == "diagonal" else np.full(variances.size, variances.mean()))
    parts = [chosen(part, units) for part in residuals.contrasts]
    for part in parts:
        part /= scale
    moment = sum(_fourth_moment(part, target) for part in parts)
    moment *= sum(len(part) * (part.shape[1] + 1) for part in parts) / degrees**2
    contrasts = np.concatenate([part.reshape(-1, scale.size) for part in parts]) if len(parts) > 1 else parts[0]
    contrasts = contrasts.reshape(degrees, scale.size)
    few = degrees < variances.size
    products = contrasts @ contrasts.T if few else contrasts.T @ contrasts
    shrinkage = _shrinkage(moment, products, variances.size, degrees, target)
    weight = (1 - shrinkage) / degrees
    factor = np.empty((0, 0))
    if weight > 0:
        if few:
            products[np.diag_indices_from(products)] += shrinkage / weight
        else:
            products *= weight
            products[np.diag_indices_from(products)] += shrinkage
        try:
            factor = np.linalg.cholesky(products)
        except np.linalg.LinAlgError:
            raise InvalidActivityError(
                "noise: its covariance has no inverse (residuals of few kinds only); give more trials, or a precision"
            ) from None
    return ShrunkNoise(units, scale, contrasts, shrinkage, factor)


def _fourth_moment(contrasts: np.ndarray, target: str) -> float:
    """Sum ``(r_i r_j)²`` over residuals, and over the units i and j whose product is shrunk."""
    stimuli, free, units = contrasts.shape
    back = helmert(free + 1).T
    total = 0.0
    for start in range(0, stimuli, max(BLOCK // (units * (free + 1)), 1)):
        squares = back @ contrasts[start : start + max(BLOCK // (units * (free + 1)), 1)]
        squares *= squares
        lengths = squares.sum(axis=2)
        total += float(np.vdot(lengths, lengths))
        if target == "diagonal":
            total -= float(np.vdot(squares, squares))
    return total


def _shrinkage(moment: float, products: np.ndarray, units: int, degrees: int, target: str) -> float:
    """Estimate λ from the fourth moment and the contrasts' products in either direction."""
    second = np.vdot(products, products) / degrees**2
    off_target = second - units  # squares of the entries that the target takes to 0; its diagonal is 1 on average
    if off_target <= CONSTANT * units:
        return 1.0
    spread = (moment - (off_target if target == "diagonal" else second)) / degrees
    return float(np.clip(spread / off_target, 0.0, 1.0))


def chosen(rows: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Give these units, the last axis, without a copy if it is all of them."""
    return rows if units.all() else rows[..., units]
