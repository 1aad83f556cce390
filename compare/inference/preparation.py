"""From one subject's responses to what is compared, the same for the data and for every resample of units."""

from dataclasses import dataclass

import numpy as np

from compare.inference.pair_form import PairForm, pair_form, pair_vector
from compare.inference.subsets import ByPatterns, ByRdms, ByWhitenedRdms, Comparison
from compare.measures.blocks import Patterns
from compare.measures.measure import Measure
from compare.measures.rotation import rotated
from compare.measures.rsa import RSA

__all__ = ["Preparation"]


@dataclass(frozen=True)
class Preparation:
    """How responses (stimulus, trial, unit) are made ready for a measure.

    Parameters
    ----------
    measure : Measure
        A cosine of pairs takes vectors over pairs, another RSA square RDMs (beside their noise
        covariance), any other measure patterns.
    """

    measure: Measure

    @property
    def form(self) -> PairForm | None:
        """The measure as a cosine of pairs, if it is one."""
        return pair_form(self.measure)

    @property
    def comparison(self) -> Comparison:
        """How two subjects are compared that are no vectors over pairs."""
        if not isinstance(self.measure, RSA):
            return ByPatterns(self.measure)
        by = ByRdms if self.measure.noise_covariance is None else ByWhitenedRdms
        return by(self.measure.method)

    def __call__(self, responses: np.ndarray, side: int, silent: bool = False) -> np.ndarray:
        """Prepare one subject.

        Parameters
        ----------
        responses : numpy.ndarray
            (stimulus, trial, unit).
        side : int
            0 for a layer, 1 for a region.
        silent : bool
            Whether its RDM is unknown; it is then all zeros, and similar to nothing.
        """
        if self.form is None and not isinstance(self.measure, RSA):
            sees = self.measure.sees_trials(side)
            return np.asarray(responses) if sees else rotated(Patterns(responses), self.measure.invariances)
        stimuli = len(responses)
        vector = np.zeros(stimuli * (stimuli - 1) // 2) if silent else self._vector(responses, side)
        if self.form is not None:
            return vector
        from scipy.spatial.distance import squareform

        square = np.asarray(squareform(vector))
        noise = self.measure.noise_covariance if isinstance(self.measure, RSA) else None
        if noise is None:
            return square
        return np.concatenate([square, np.diag(noise) if noise.ndim == 1 else noise], axis=1)

    def _vector(self, responses: np.ndarray, side: int) -> np.ndarray:
        vector: np.ndarray = pair_vector(self.measure, responses, side)  # type: ignore[arg-type]
        return vector
