"""Ridge regression with a penalty for each target, chosen by leave-one-out error in closed form.

Hoerl and Kennard (1970), Technometrics 12:55-67. With ``X = U S Vᵀ`` and penalty λ the fit is ``ŷ = U d Uᵀ y``,
``d = s² / (s² + λ)``, and the residual of a stimulus left out of the fit is its residual divided by ``1 - h_i``, where
``h_i = 1/n + Σ U_ik² d_k`` (Allen 1974, Technometrics 16:125-127; Rifkin and Lippert 2007, MIT-CSAIL-TR-2007-025):
1/n is the intercept's, which carries no penalty.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.predictivity.regression import Learnt, RegressionMeasure
from compare.measures.predictivity.spectrum import Spectrum

__all__ = ["PENALTIES", "RidgePredictivity", "leave_one_out_errors"]

PENALTIES = tuple(float(penalty) for penalty in np.logspace(-5, 4, 20))
BLOCK = 256  # targets at a time


@dataclass(frozen=True)
class RidgePredictivity(RegressionMeasure):
    """Ridge predictivity: how well the units of y are predicted from x by ridge regression, on held-out stimuli.

    Parameters
    ----------
    folds, seed, statistic
        See `RegressionMeasure`.
    penalties : tuple of float
        Penalties tried for each target, in multiples of the mean squared length of x's centred training patterns (so
        that the scale of x does not matter); chosen by leave-one-out squared error within the training stimuli. One
        penalty alone is taken as it is.

    Raises
    ------
    InvalidOptionError
        If an option is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 20))
    >>> y = x @ rng.normal(size=(20, 5))
    >>> round(RidgePredictivity()(x, y), 3)
    1.0
    >>> round(RidgePredictivity().fit(x[:80], y[:80]).score(x[80:], y[80:]), 3)
    1.0
    """

    penalties: tuple[float, ...] = PENALTIES

    invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation", "rotation"})

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "penalties", tuple(float(penalty) for penalty in np.ravel(self.penalties)))
        if not self.penalties or not all(0 < penalty < np.inf for penalty in self.penalties):
            raise InvalidOptionError(f"penalties: must be positive numbers, got {self.penalties}")

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"ridge predictivity ({self.statistic})"

    def learn(self, spectrum: Spectrum, targets: np.ndarray) -> Learnt:
        """Choose each target's penalty and give its weights."""
        penalties = np.array(self.penalties) * spectrum.scale
        projected = spectrum.directions.T @ targets
        chosen = _least(spectrum, targets, projected, penalties)
        weights = projected / (spectrum.sizes[:, None] + penalties[chosen])
        return Learnt(weights, {"penalty": np.array(self.penalties)[chosen]})


def leave_one_out_errors(
    spectrum: Spectrum,
    targets: np.ndarray,
    projected: np.ndarray,
    penalties: np.ndarray,
    precision: type[np.floating] = np.float64,
) -> np.ndarray:
    """Give the mean squared leave-one-out residual of each penalty and target.

    Parameters
    ----------
    spectrum : Spectrum
        Of n training stimuli.
    targets : numpy.ndarray
        (stimulus, target), centred.
    projected : numpy.ndarray
        ``Uᵀ y`` (rank, target).
    penalties : numpy.ndarray
        Absolute.
    precision : type
        Of the large products: numpy.float32 is twice as fast.

    Returns
    -------
    numpy.ndarray
        (penalty, target).
    """
    n = len(targets)
    directions: np.ndarray = spectrum.directions.astype(precision)
    squared = spectrum.directions**2
    shrunk = penalties[:, None] / (spectrum.sizes + penalties[:, None])  # 1 - d: no difference of nearly equal numbers
    outside = None if spectrum.complete else (targets - spectrum.directions @ projected).astype(precision)
    left_over = 0.0 if spectrum.complete else 1 - 1 / n - squared.sum(axis=1)
    errors = np.empty((len(penalties), targets.shape[1]))
    for row, weight in enumerate(shrunk):
        inverse = (1 / (left_over + squared @ weight)).astype(precision)
        residual = (directions * inverse[:, None]) @ (weight[:, None] * projected).astype(precision)
        if outside is not None:
            residual += outside * inverse[:, None]
        errors[row] = np.einsum("ij,ij->j", residual, residual) / n
    return errors


def _least(spectrum: Spectrum, targets: np.ndarray, projected: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Give the index of each target's penalty of least error, as float64 would choose it, mostly from float32.

    Only the last product is taken in single precision: its factors are computed in double, and U is orthonormal, so
    whatever the condition of X a residual is off by about ``√n u`` times the length of its target's residuals (u is the
    unit roundoff; Higham and Mary 2019, SIAM Journal on Scientific Computing 41:A2815-A2835). Targets whose least
    errors lie closer together than ten times that are computed again in double precision.
    """
    chosen = np.zeros(targets.shape[1], np.intp)
    if len(penalties) == 1:
        return chosen
    close = 20 * np.sqrt(len(targets)) * np.finfo(np.float32).eps
    for start in range(0, len(chosen), BLOCK):
        block = slice(start, start + BLOCK)
        errors = leave_one_out_errors(spectrum, targets[:, block], projected[:, block], penalties, np.float32)
        rivals = (errors <= errors.min(axis=0) * (1 + close)).sum(axis=0) > 1
        if rivals.any():
            again = np.flatnonzero(rivals) + start
            errors[:, rivals] = leave_one_out_errors(spectrum, targets[:, again], projected[:, again], penalties)
        chosen[block] = errors.argmin(axis=0)
    return chosen
