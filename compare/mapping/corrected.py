"""Similarities divided by what the noise of both subjects leaves reachable; never above 1 without a word."""

from functools import partial

import numpy as np

from compare.inference.ceiling import reliability_of_mean
from compare.inference.pair_form import pair_form
from compare.mapping.cast import Cast
from compare.measures.measure import Measure
from compare.measures.rsa import RSA
from compare.parallel import Workers, run

__all__ = ["noise_corrected"]


def noise_corrected(
    cast: Cast, measure: Measure, similarity: np.ndarray, upper: np.ndarray, seed: int, workers: Workers
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Divide each similarity by the ceiling of its region, and of its layer where that has trials too.

    Parameters
    ----------
    cast : Cast
        Who takes part.
    measure : Measure
        A cosine of pairs of stimuli; of any other nothing is known, and all is NaN.
    similarity : numpy.ndarray
        (layer, region).
    upper : numpy.ndarray
        (region): upper noise ceilings; NaN without trials.
    seed : int
        Of the partitions of the trials.
    workers : int, Executor or None
        See `compare.parallel`.

    Returns
    -------
    corrected : numpy.ndarray
        (layer, region); NaN where a ceiling is unknown or 0.
    notes : tuple of str
        How many exceed 1.
    """
    whitened = isinstance(measure, RSA) and measure.noise_covariance is not None
    if pair_form(measure) is None and not whitened:
        return np.full(similarity.shape, np.nan), ()
    responses = [cast.sound.of(("network", name)) for name in cast.layers]
    bounds = np.array(run(partial(_bound, measure, seed), responses, workers, names=cast.layers))
    reachable = bounds[:, None] * upper
    corrected = similarity / np.where(reachable > 0, reachable, np.nan)
    above = int((corrected > 1).sum())
    if not above:
        return corrected, ()
    known = int(np.isfinite(corrected).sum())
    return corrected, (f"noise-corrected similarity exceeds 1 in {above} of {known} cells: ceilings are estimates",)


def _bound(measure: Measure, seed: int, responses: np.ndarray) -> float:
    if responses.shape[1] == 1:
        return 1.0
    return float(np.sqrt(reliability_of_mean(responses, measure, seed, side=0)))
