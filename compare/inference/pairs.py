"""Geometries as vectors over pairs of stimuli, and their similarity under any multiplicities of the stimuli.

Both families of measure are one computation. Each subject is a vector over the pairs i < j: its dissimilarities (RSA)
or the off-diagonal of its kernel (CKA). The vector is centred, and the similarity is the cosine of two centred vectors.
What differs is only the centring:

====================  =======================================  ===========================================
centring              removes                                  the cosine is then
====================  =======================================  ===========================================
``"ranks"``           ranks the values, removes the mean rank  Spearman's correlation of RDMs
``"untied ranks"``    the same                                 rho-a: lengths are those of ranks without ties
``"mean"``            the mean                                 Pearson's correlation of RDMs
``"none"``            nothing                                  the cosine of RDMs
``"additive"``        the least-squares fit of ``a_i + a_j``   debiased CKA (Song's estimator, U-centred)
``"gower"``           the same, each stimulus's zero distance  the whitened cosine of RDMs (Gower's centring);
                      from itself fitted too                   of squared distances, CKA as first published
``"mean gower"``      the mean, then as ``"gower"``            the whitened correlation of RDMs
====================  =======================================  ===========================================

A bootstrap over stimuli draws some of them twice and more. A stimulus is identical to itself, so those pairs would show
every subject the same spurious similarity: with debiased CKA, independent data of 200 stimuli and 1000 units get a
"95 % interval" around 0.84. Here a pair weighs ``w_i w_j``, the number of times that it occurs among *different*
stimuli, and everything (ranks, means, fits, cosines) is weighted by it. For CKA this stays debiased: with independent
stimuli the off-diagonal of a kernel is ``μ + a_i + a_j + g_ij`` with uncorrelated g; the fit removes ``μ + a_i + a_j``
whatever the weights, and the expected weighted product of two residuals is the product moment of g times a factor that
depends on the weights alone, so that it cancels in the ratio.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference.draws import bootstrap_draws
from compare.inference.products import additive_cosines, weighted_cosines
from compare.measures.rdm_comparators import rounded, stimuli_of
from isocortex.errors import nearest

__all__ = ["CENTRINGS", "LEAST_STIMULI", "PairVectors"]

LEAST_STIMULI = {
    "ranks": 3,
    "untied ranks": 3,
    "mean": 3,
    "none": 3,
    "additive": 4,
    "gower": 3,
    "mean gower": 3,
}
"""How many different stimuli each centring needs."""
CENTRINGS = tuple(LEAST_STIMULI)
RANKED = ("ranks", "untied ranks")
GOWER = ("gower", "mean gower")
ROW_SUMS = 2**21  # numbers: 16 MiB a thread


@dataclass(frozen=True)
class PairVectors:
    """Several subjects' vectors over the pairs of the same stimuli.

    Parameters
    ----------
    values : numpy.ndarray
        (subject, pair), pairs in scipy's condensed order. A row without any variance has similarity NaN to all.
    centring : str
        One of `CENTRINGS`.

    Raises
    ------
    InvalidOptionError, InvalidActivityError, TooFewStimuliError
        If there is no such centring, the values are not finite vectors over pairs, or the stimuli are too few.

    Examples
    --------
    >>> from compare.measures import rdm
    >>> x = np.random.default_rng(0).normal(size=(5, 3))
    >>> PairVectors(np.stack([rdm(x), rdm(2 * x)]), "ranks").similarity().round(6)
    array([[1., 1.],
           [1., 1.]])
    """

    values: np.ndarray
    centring: str

    def __post_init__(self) -> None:
        if self.centring not in CENTRINGS:
            raise InvalidOptionError(f"centring: there is no {self.centring!r}; {nearest(self.centring, CENTRINGS)}")
        values = np.array(self.values, dtype=np.float64, order="C")
        stimuli = stimuli_of(values.shape[-1]) if values.ndim == 2 else None
        if stimuli is None or not np.isfinite(values).all():
            raise InvalidActivityError(f"values: must be finite, (subject, pair of stimuli), got shape {values.shape}")
        if stimuli < LEAST_STIMULI[self.centring]:
            raise TooFewStimuliError(f"{stimuli} stimuli: this measure needs at least {LEAST_STIMULI[self.centring]}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "_stimuli", stimuli)
        # The size of the numbers of each row, against which rounding is told from variance; ranks are exact.
        sizes = np.zeros(len(values)) if self.centring in RANKED else np.abs(values).max(axis=1)
        object.__setattr__(self, "_sizes", sizes)
        if self.centring in RANKED:
            order, groups = _sorted(values)
            object.__setattr__(self, "_order", order)
            object.__setattr__(self, "_groups", groups)

    @property
    def stimuli(self) -> int:
        """How many stimuli there are."""
        return int(self._stimuli)  # type: ignore[attr-defined]

    def usable(self, draws: np.ndarray) -> np.ndarray:
        """Say whether the measure is defined for these multiplicities (..., stimulus) of the stimuli."""
        enough = (draws > 0).sum(axis=-1) >= LEAST_STIMULI[self.centring]
        if self.centring == "additive" or self.centring in GOWER:
            enough &= 2 * draws.max(axis=-1) < draws.sum(axis=-1) + (2 if self.centring in GOWER else 0)
        return np.asarray(enough)

    @property
    def chunk(self) -> int:
        """Many draws at a time where they share one product, but no more than have room for their row sums."""
        if self.centring in RANKED:
            return 50
        return max(50, min(250, ROW_SUMS // (len(self.values) * self.stimuli)))

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw stimuli with replacement: (bootstrap, stimulus)."""
        return bootstrap_draws(self.stimuli, count, rng, self.usable)

    def settled(self, resampled: np.ndarray, observed: np.ndarray) -> np.ndarray:
        """Give the bootstraps as they are: they hold as many stimuli as there are."""
        return resampled

    def centred(self, draws: np.ndarray | None = None) -> np.ndarray:
        """Give the centred vectors, each value times the root of its pair's weight.

        Parameters
        ----------
        draws : numpy.ndarray, optional
            How often each stimulus was drawn; once each by default.

        Returns
        -------
        numpy.ndarray
            (subject, pair that weighs something), for Gower's centring followed by one value a stimulus.

        Raises
        ------
        InvalidActivityError
            If `draws` is not one number a stimulus.
        TooFewStimuliError
            If too few different stimuli were drawn.
        """
        from compare.inference import _loops

        n, (rows, pairs) = self.stimuli, self.values.shape
        w = self._checked(np.ones(n) if draws is None else draws)
        slot = np.empty(pairs, np.int32)
        weight = np.empty(pairs)
        member, first, second = (np.empty(pairs, np.int32) for _ in range(3))
        count = _loops.pair_weights(w, slot, member, weight, first, second)
        gower = self.centring in GOWER
        out = np.empty((rows, count + n * gower))
        if self.centring in RANKED:
            _loops.weighted_ranks(self._order, self._groups, slot, weight, count, out)  # type: ignore[attr-defined]
        elif gower or self.centring == "additive":
            centre = self.centring == "mean gower"
            _loops.additive_residuals(self.values, w, member, weight, first, second, count, gower, centre, out)
        else:
            _loops.centred_values(self.values, member, weight, count, self.centring == "mean", out)
        return out

    def _checked(self, draws: np.ndarray) -> np.ndarray:
        w = np.asarray(draws, dtype=np.float64)
        if w.shape[-1:] != (self.stimuli,) or w.min(initial=0) < 0:
            raise InvalidActivityError(f"draws: must be {self.stimuli} multiplicities, 0 or more, got shape {w.shape}")
        if not self.usable(w).all():
            raise TooFewStimuliError(
                f"draws: {int((w > 0).sum(axis=-1).min())} different stimuli drawn, at least "
                f"{LEAST_STIMULI[self.centring]} are needed, none of them half of the time"
            )
        return w

    def similarities(self, draws: np.ndarray) -> np.ndarray:
        """Give `similarity` for each row of multiplicities: (draw, subject, subject)."""
        if self.centring in RANKED:
            return np.stack([self.similarity(row) for row in draws])
        checked = self._checked(draws)
        if self.centring in ("mean", "none"):
            found, lost = weighted_cosines(self.values, checked, self.centring == "mean")
        else:
            gower = self.centring in GOWER
            found, lost = additive_cosines(self.values, checked, gower, self.centring == "mean gower")
        for index in np.flatnonzero(lost):
            found[index] = self.similarity(checked[index])
        return found

    def similarity(self, draws: np.ndarray | None = None) -> np.ndarray:
        """Give the similarity of every two subjects.

        Parameters
        ----------
        draws : numpy.ndarray, optional
            How often each stimulus was drawn; once each by default.

        Returns
        -------
        numpy.ndarray
            (subject, subject), NaN where one of the two does not vary.
        """
        vectors = self.centred(draws)
        length = self.lengths(draws, vectors)
        return np.clip(vectors @ vectors.T / length[:, None] / length[None, :], -1.0, 1.0)

    def alike(self) -> np.ndarray:
        """Give the cosine of every two subjects' centred vectors: 1 for the same geometry, under any centring."""
        vectors = self.centred()
        length = np.where(np.isnan(self.lengths(vectors=vectors)), np.nan, np.linalg.norm(vectors, axis=1))
        return vectors @ vectors.T / length[:, None] / length[None, :]

    def permuted(self, rows: np.ndarray, columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Give the similarity of `rows` and `columns` after the columns' stimuli were given other labels.

        Parameters
        ----------
        rows, columns : numpy.ndarray
            Which subjects.
        labels : numpy.ndarray
            (permutation, stimulus).

        Returns
        -------
        numpy.ndarray
            (permutation, row, column).
        """
        from scipy.spatial.distance import squareform

        from compare.inference import _loops

        centred = self.centred()
        unit = centred / self.lengths(vectors=centred)[:, None]
        left, right = np.ascontiguousarray(unit[rows]), unit[columns]
        squares = np.stack([squareform(row[: self.values.shape[1]], checks=False) for row in right])
        if self.centring in GOWER:
            squares[:, np.arange(self.stimuli), np.arange(self.stimuli)] = right[:, self.values.shape[1] :]
        shuffled = np.empty_like(right)
        result = np.empty((len(labels), len(rows), len(columns)))
        for index, order in enumerate(labels):
            _loops.permuted(squares, order, shuffled)
            result[index] = left @ shuffled.T
        return result

    def lengths(self, draws: np.ndarray | None = None, vectors: np.ndarray | None = None) -> np.ndarray:
        """Give what each centred vector is divided by; NaN where it is nothing but rounding.

        Parameters
        ----------
        draws : numpy.ndarray, optional
            How often each stimulus was drawn.
        vectors : numpy.ndarray, optional
            What `centred` gives for them, if it is known.
        """
        vectors = self.centred(draws) if vectors is None else vectors
        squared = np.einsum("ij,ij->i", vectors, vectors)
        varies = squared > (1e-10 * self._sizes) ** 2 * vectors.shape[1]  # type: ignore[attr-defined]
        if self.centring == "untied ranks":
            w = np.ones(self.stimuli) if draws is None else draws
            pairs = (w.sum() ** 2 - (w**2).sum()) / 2
            squared = np.full(len(vectors), (pairs**3 - pairs) / 12)
        return np.sqrt(np.where(varies, squared, np.nan))

    def replaced(self, rows: Mapping[int, np.ndarray]) -> "PairVectors":
        """Give the same subjects, some of them with other vectors; what was sorted stays sorted."""
        result = copy.copy(self)
        index = list(rows)
        fresh = PairVectors(np.stack([rows[row] for row in index]), self.centring)
        for name in ("values", "_sizes", "_order", "_groups"):
            if hasattr(self, name):
                everyone = getattr(self, name).copy()
                everyone[index] = getattr(fresh, name)
                object.__setattr__(result, name, everyone)
        return result

    def take(self, rows: Sequence[int]) -> "PairVectors":
        """Give some of the subjects."""
        return PairVectors(self.values[list(rows)], self.centring)


def _sorted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each row's sorting order, and the number of the group of equal values along it."""
    order = np.empty(values.shape, np.int32)
    groups = np.zeros(values.shape, np.int32)
    for row, vector in enumerate(values):
        exact = rounded(vector)
        order[row] = np.argsort(exact, kind="stable")
        in_order = exact[order[row]]
        np.cumsum(in_order[1:] != in_order[:-1], out=groups[row, 1:])
    return order, groups
