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
from compare.measures.blocks import Patterns, chosen_from, columns_at_once
from compare.measures.distances.differences import centred_columns
from compare.measures.distances.residuals import Contrasts, Residuals, helmert
from compare.measures.patterns import CONSTANT
from compare.room import NUMBER, Extent
from isocortex.errors import nearest

__all__ = ["TARGETS", "ShrunkNoise", "checked_target", "room_of_noise", "shrunk_noise"]

TARGETS = ("diagonal", "identity")
LEAST_DEGREES = 2
STRIP = 256  # rows of a square that are computed at a time


@dataclass(frozen=True, eq=False)
class ShrunkNoise:
    """A shrunk covariance, kept as its contrasts, so that wide activity needs no square of its width.

    In units of `scale`, the root of the target's diagonal, ``Σ = λI + c RᵀR`` with R the contrasts. Products with its
    inverse go through the Cholesky factor of Σ, or with more units than contrasts through that of ``R Rᵀ + λ/c I``:
    ``Σ⁻¹ = (I - Rᵀ (R Rᵀ + λ/c I)⁻¹ R) / λ``, whose products with R are sums over units, taken some at a time.
    """

    units: np.ndarray
    """Which units have noise, (unit,) bool; the others take no part."""
    scale: np.ndarray
    residuals: Residuals
    """Of the units with noise, in units of `scale`."""
    shrinkage: float
    factor: np.ndarray
    """Lower Cholesky factor, (unit, unit) or (degree, degree), or (0, 0) where Σ is the target."""

    @property
    def weight(self) -> float:
        """How much the products of residuals count: c."""
        return (1.0 - self.shrinkage) / self.residuals.degrees

    @property
    def by_degrees(self) -> bool:
        """Whether the factor is that of the contrasts' products with each other, or of none."""
        return len(self.factor) != len(self.scale) or self.residuals.degrees < len(self.scale)

    def covariance(self) -> np.ndarray:
        """Give Σ among the units that have noise."""
        mixed = _among_units(self.residuals)
        mixed *= self.weight
        mixed[np.diag_indices_from(mixed)] += self.shrinkage
        return mixed * self.scale[:, None] * self.scale

    def products(self, a: Patterns, b: Patterns) -> np.ndarray:
        """Compute ``a Σ⁻¹ bᵀ`` of patterns, each unit's mean over stimuli removed."""
        first = Patterns(chosen_from(a.array, units=self.units))
        second = first if b is a else Patterns(chosen_from(b.array, units=self.units))
        return self._by_degrees(first, second) if self.by_degrees else self._by_units(first, second)

    def squared_lengths(self, a: np.ndarray) -> np.ndarray:
        """Compute ``a_i Σ⁻¹ a_iᵀ`` of each row (row, unit)."""
        rows = a[:, self.units] / self.scale
        if not self.by_degrees:
            rows = self._solved(rows.T)
            return np.einsum("ij,ij->j", rows, rows)
        whole = np.einsum("ij,ij->i", rows, rows)
        if not self.factor.size:
            return whole
        seen = np.zeros((self.residuals.degrees, len(rows)))
        for start, parts in self.residuals.columns():
            contrasts = _joined(parts)
            seen += contrasts @ rows[:, start : start + contrasts.shape[1]].T
        part = self._solved(seen)
        return (whole - np.einsum("ij,ij->j", part, part)) / self.shrinkage

    def _by_degrees(self, a: Patterns, b: Patterns) -> np.ndarray:
        """Sum over units, some at a time."""
        products = np.zeros((a.shape[0], b.shape[0]))
        degrees = self.residuals.degrees * bool(self.factor.size)
        seen = [np.zeros((degrees, len(products)), order="F") for _ in {id(a), id(b)}]  # to be solved in place
        for start, parts in self.residuals.columns():
            contrasts = _joined(parts)
            part = slice(start, start + contrasts.shape[1])
            rows = [centred_columns(one, part) / self.scale[part] for one in ([a] if b is a else [a, b])]
            _add_products(products, rows[0], rows[-1])
            if self.factor.size:
                for total, row in zip(seen, rows, strict=True):
                    _add_products(total.T, row, contrasts)
            del parts, contrasts, rows
        if not self.factor.size:
            return products
        solved = [self._solved(total) for total in seen]
        for start in range(0, len(products), STRIP):
            products[start : start + STRIP] -= solved[0][:, start : start + STRIP].T @ solved[-1]
        products /= self.shrinkage
        return products

    def _by_units(self, a: Patterns, b: Patterns) -> np.ndarray:
        """Whiten all of b, and a some stimuli at a time."""
        means = [np.zeros(one.shape[1]) for one in (a, b)]
        for one, mean in zip((a, b), means, strict=True):
            step = columns_at_once(*one.shape)
            for start in range(0, len(mean), step):
                mean[start : start + step] = one.columns(start, start + step).mean(axis=0)
        whole = self._solved(self._standardised(b.rows(slice(None)), means[1]).T)
        if b is a:
            return whole.T @ whole
        products = np.empty((a.shape[0], b.shape[0]))
        for part, rows in a.row_blocks():
            products[part] = self._solved(self._standardised(rows, means[0]).T).T @ whole
        return products

    def _standardised(self, rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
        rows = np.subtract(rows, mean, out=rows if rows.flags.owndata else None)
        rows /= self.scale
        return rows

    def _solved(self, columns: np.ndarray) -> np.ndarray:
        from scipy.linalg import solve_triangular

        return solve_triangular(self.factor, columns, lower=True, overwrite_b=True, check_finite=False)


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
        As `residuals_of` gives them.
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
    degrees = residuals.degrees
    if degrees < LEAST_DEGREES:
        raise TooFewStimuliError(
            f"noise: {degrees} degrees of freedom, at least {LEAST_DEGREES} are needed; give more trials or stimuli, "
            "or a precision from elsewhere"
        )
    variances = residuals.squares / degrees
    units = variances > 0
    if not units.any():
        raise InvalidActivityError(
            "noise: no unit ever differs between trials, so its noise is unknown; take the Euclidean distance, or give "
            "a precision"
        )
    variances = variances[units]
    scale = np.sqrt(variances if target == "diagonal" else np.full(variances.size, variances.mean()))
    scaled = residuals.scaled(units, scale)
    moment = sum(_fourth_moment(group, target) for group in scaled.groups)
    moment *= sum(len(group.trials) * group.trials.shape[1] for group in scaled.groups) / degrees**2
    products = _among_degrees(scaled) if degrees < variances.size else _among_units(scaled)
    shrinkage = _shrinkage(moment, products, variances.size, degrees, target)
    return ShrunkNoise(units, scale, scaled, shrinkage, _factor(products, shrinkage, degrees, variances.size))


def _factor(products: np.ndarray, shrinkage: float, degrees: int, units: int) -> np.ndarray:
    """Give the Cholesky factor of what `ShrunkNoise` inverts; the products are used up."""
    from scipy.linalg import LinAlgError, cholesky

    weight = (1 - shrinkage) / degrees
    if weight <= 0:
        return np.empty((0, 0))
    if degrees < units:
        products[np.diag_indices_from(products)] += shrinkage / weight
    else:
        products *= weight
        products[np.diag_indices_from(products)] += shrinkage
    try:  # the transpose is in Fortran's order, and so taken in place
        return cholesky(products.T, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        raise InvalidActivityError(
            "noise: its covariance has no inverse (residuals of few kinds only); give more trials, or a precision"
        ) from None


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Put groups of contrasts (stimulus, contrast, unit) below each other: (contrast, unit)."""
    flat = [part.reshape(-1, part.shape[2]) for part in parts]
    return flat[0] if len(flat) == 1 else np.concatenate(flat)


def _among_degrees(residuals: Residuals) -> np.ndarray:
    """Compute ``R Rᵀ``, some units at a time."""
    products = np.zeros((residuals.degrees,) * 2)
    for _, parts in residuals.columns():
        _add_squares(products, _joined(parts))
        del parts
    return _mirrored(products)


def _among_units(residuals: Residuals) -> np.ndarray:
    """Compute ``RᵀR``, some stimuli at a time."""
    products = np.zeros((residuals.units,) * 2)
    for rows in residuals.rows():
        _add_squares(products, rows.T)
        del rows
    return _mirrored(products)


def _add_squares(products: np.ndarray, rows: np.ndarray) -> None:
    """Add the products of all rows to the lower triangle, a strip at a time."""
    for start in range(0, len(rows), STRIP):
        stop = min(start + STRIP, len(rows))
        products[start:stop, :stop] += rows[start:stop] @ rows[:stop].T


def _add_products(total: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Add the products of the rows of a with those of b, a strip at a time."""
    for start in range(0, len(total), STRIP):
        total[start : start + STRIP] += a[start : start + STRIP] @ b.T


def _mirrored(products: np.ndarray) -> np.ndarray:
    """Copy the lower triangle onto the upper one, a strip at a time."""
    for start in range(0, len(products), STRIP):
        stop = min(start + STRIP, len(products))
        products[:start, start:stop] = products[start:stop, :start].T
    return products


def _fourth_moment(group: Contrasts, target: str) -> float:
    """Sum ``(r_i r_j)²`` over residuals, and over the units i and j whose product is shrunk."""
    stimuli, free, units = group.shape
    back = helmert(free + 1).T
    lengths = np.zeros((stimuli, free + 1))
    own = 0.0
    step = columns_at_once(stimuli * (free + 1), units, 2)
    for start in range(0, units, step):
        squares = back @ group.columns(start, start + step)
        squares *= squares
        lengths += squares.sum(axis=2)
        if target == "diagonal":
            own += float(np.vdot(squares, squares))
    return float(np.vdot(lengths, lengths)) - own


def _shrinkage(moment: float, products: np.ndarray, units: int, degrees: int, target: str) -> float:
    """Estimate λ from the fourth moment and the contrasts' products in either direction."""
    second = np.vdot(products, products) / degrees**2
    off_target = second - units  # squares of the entries that the target takes to 0; its diagonal is 1 on average
    if off_target <= CONSTANT * units:
        return 1.0
    spread = (moment - (off_target if target == "diagonal" else second)) / degrees
    return float(np.clip(spread / off_target, 0.0, 1.0))


def room_of_noise(extent: Extent, contrasts: int, compared: int) -> int:
    """Give how many bytes estimating noise and taking products takes at most.

    Parameters
    ----------
    extent : Extent
        Of the activity.
    contrasts : int
        How many there are of each stimulus.
    compared : int
        1 for products of patterns with themselves, 2 for those of two sets of patterns.
    """
    degrees, units = extent.stimuli * contrasts, extent.units
    few = degrees < units
    factor = min(degrees, units) ** 2 * NUMBER
    strip = STRIP * max(min(degrees, units), extent.stimuli) * NUMBER
    if few:
        blocks = 3 * extent.columns(2, degrees + extent.stimuli) + strip
        return factor + blocks + compared * degrees * extent.stimuli * NUMBER + extent.square
    others = extent.rows() if compared == 2 else 0
    return factor + max(strip + extent.rows(contrasts + 1), extent.patterns + 2 * extent.square + others)
