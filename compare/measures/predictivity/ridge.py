"""Ridge regression with a penalty for each target, chosen by leave-one-out error in closed form.

Hoerl and Kennard (1970), Technometrics 12:55-67. With ``X = U S Vᵀ`` and penalty λ the fit is ``ŷ = U d Uᵀ y``,
``d = s² / (s² + λ)``, and the residual of a stimulus left out of the fit is its residual divided by ``1 - h_i``, where
``h_i = 1/n + Σ U_ik² d_k`` (Allen 1974, Technometrics 16:125-127; Rifkin and Lippert 2007, MIT-CSAIL-TR-2007-025):
1/n is the intercept's, which carries no penalty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from compare.errors import InvalidOptionError
from compare.measures.predictivity.regression import Learnt, RegressionMeasure
from compare.measures.predictivity.spectrum import Spectrum

__all__ = ["PENALTIES", "LeaveOneOut", "RidgePredictivity"]

PENALTIES = tuple(float(penalty) for penalty in np.logspace(-5, 4, 20))
BLOCK = 256  # targets at a time
SMALL = 200_000  # numbers: fewer cost less at once than what it takes to choose among them


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
    targets_at_once: ClassVar[int | None] = BLOCK

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
        return self.learner(spectrum)(targets)

    def learner(self, spectrum: Spectrum) -> Callable[[np.ndarray], Learnt]:
        """Give the same for several sets of targets: what the penalties leave out is computed once."""
        penalties = np.array(self.penalties) * spectrum.scale
        left_out = LeaveOneOut(spectrum, penalties) if len(penalties) > 1 else None

        def learn(targets: np.ndarray) -> Learnt:
            projected = spectrum.directions.T @ targets
            chosen = np.zeros(targets.shape[1], np.intp) if left_out is None else left_out.all_of(targets, projected)
            for start in range(0, len(chosen), BLOCK):  # in place: these are as large as the targets
                block = slice(start, start + BLOCK)
                projected[:, block] /= spectrum.sizes[:, None] + penalties[chosen[block]]
            return Learnt(projected, {"penalty": np.array(self.penalties)[chosen]})

        return learn


class LeaveOneOut:
    """The mean squared leave-one-out residuals of targets, for every penalty.

    Parameters
    ----------
    spectrum : Spectrum
        Of n training stimuli.
    penalties : numpy.ndarray
        Absolute.
    """

    def __init__(self, spectrum: Spectrum, penalties: np.ndarray) -> None:
        n = len(spectrum.directions)
        self._spectrum = spectrum
        self._single = spectrum.directions.astype(np.float32)
        # 1 - d, and from it 1 - h: never a difference of nearly equal numbers.
        self._shrunk = penalties[:, None] / (spectrum.sizes + penalties[:, None])
        squared = spectrum.directions**2
        left_over = 0.0 if spectrum.complete else 1 - 1 / n - squared.sum(axis=1)
        self._own = left_over + self._shrunk @ squared.T

    def errors(self, row: int, projected: np.ndarray, outside: np.ndarray | None, precise: bool = True) -> np.ndarray:
        """Give the error of each target under one penalty.

        Parameters
        ----------
        row : int
            Which penalty.
        projected : numpy.ndarray
            ``Uᵀ y`` (rank, target).
        outside : numpy.ndarray or None
            ``y - U Uᵀ y`` (stimulus, target); None if the directions are complete.
        precise : bool
            False: the large product in single precision, at half the time.
        """
        directions = self._spectrum.directions if precise else self._single
        residual = directions @ (self._shrunk[row][:, None] * projected).astype(directions.dtype)
        if outside is not None:
            residual += outside
        residual *= residual
        return (1 / self._own[row] ** 2).astype(residual.dtype) @ residual / len(directions)

    def least(self, projected: np.ndarray, outside: np.ndarray | None) -> np.ndarray:
        """Give each target's penalty of least error, by its index, with as few large products as being sure takes.

        U is orthonormal, so the length of a target's residuals is known without their product, and its error lies
        between that length times the least and times the greatest ``1 / (1 - h_i)²``. The penalty of least generalised
        cross-validation (Golub, Heath and Wahba 1979, Technometrics 21:215-223), which puts the mean of ``1 - h_i`` in
        their place, is tried first; others only where their bound lies below what it reached.

        A first product is taken in single precision. Its factors are computed in double, so whatever the condition of X
        a residual is off by about ``√n u`` times the length of its target's residuals (u is the unit roundoff; Higham
        and Mary 2019, SIAM Journal on Scientific Computing 41:A2815-A2835); errors that lie closer together than ten
        times that are computed again in double precision.
        """
        if projected.size * len(self._shrunk) < SMALL:
            return self._every_error(projected, outside).argmin(axis=0)
        lengths = self._shrunk**2 @ projected**2
        if outside is not None:
            lengths += np.einsum("ij,ij->j", outside, outside)
        lengths /= len(self._single)
        close = 1 + 20 * np.sqrt(len(self._single)) * np.finfo(np.float32).eps
        errors = np.full(lengths.shape, np.inf)
        guess = (lengths / self._own.mean(axis=1)[:, None] ** 2).argmin(axis=0)
        self._fill(errors, guess == np.arange(len(lengths))[:, None], projected, outside, precise=False)
        bound = lengths / self._own.max(axis=1)[:, None] ** 2
        self._fill(errors, np.isinf(errors) & (bound <= close * errors.min(axis=0)), projected, outside, precise=False)
        rivals = errors <= close * errors.min(axis=0)
        self._fill(errors, rivals & (rivals.sum(axis=0) > 1), projected, outside, precise=True)
        return errors.argmin(axis=0)

    def all_of(self, targets: np.ndarray, projected: np.ndarray) -> np.ndarray:
        """Give `least` of all targets (stimulus, target), some at a time."""
        chosen = np.zeros(targets.shape[1], np.intp)
        for start in range(0, len(chosen), BLOCK):
            block = slice(start, start + BLOCK)
            part = projected[:, block]
            complete = self._spectrum.complete
            outside = None if complete else targets[:, block] - self._spectrum.directions @ part
            chosen[block] = self.least(part, outside)
        return chosen

    def _every_error(self, projected: np.ndarray, outside: np.ndarray | None) -> np.ndarray:
        """Give `errors` of every penalty at once, (penalty, target)."""
        residual = self._spectrum.directions @ (self._shrunk[:, :, None] * projected)
        if outside is not None:
            residual += outside
        residual /= self._own[:, :, None]
        return np.einsum("kij,kij->kj", residual, residual) / len(self._single)

    def _fill(
        self, errors: np.ndarray, wanted: np.ndarray, projected: np.ndarray, outside: np.ndarray | None, precise: bool
    ) -> None:
        for row, columns in enumerate(wanted):
            if columns.any():
                part = None if outside is None else outside[:, columns]
                errors[row, columns] = self.errors(row, projected[:, columns], part, precise)
