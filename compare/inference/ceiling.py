"""Noise ceilings from trials: how similar anything could be to the mean of so many noisy trials.

Nili et al. (2014), doi:10.1371/journal.pcbi.1003553, bound a model by the other subjects; here the repetitions are
trials of one subject, and what is bounded is a similarity computed on its mean over T trials.

Derivation. Write the centred vector over pairs (see `PairVectors`) of a t-trial mean as ``D_t = S + N_t``: the
noise-free geometry, and an error that is independent between disjoint sets of trials and of every model. With
``v(t) = var N_t / var S``,

* two disjoint t-trial means have the similarity ``ρ(t) = 1 / (1 + v(t))``, the reliability;
* the noise-free geometry S, and so the best model that there can be, has the similarity
  ``1 / √(1 + v(T)) = √ρ(T)`` to the T-trial mean: the upper ceiling. No model exceeds it but by chance.
* another measurement of the very same subject with T trials has ``ρ(T)``: the lower ceiling. A model that reaches it
  predicts the subject as well as a repetition of the experiment does.

``ρ(T)`` cannot be measured with T trials, so it is extrapolated from smaller sets. Spearman and Brown's formula does so
by ``v(t) = a / t``. But patterns are averaged here before their geometry is taken, and products of two noisy patterns
hold a term that is linear in the noise and one that is quadratic: ``v(t) = a/t + b/t²``. With four trials or more both
are found from the reliabilities at half and at a quarter of the trials; with two or three, b cannot be told and
Spearman-Brown is used, which errs on the low side (in simulated regions by up to 0.1). The reliability is never
squared, and the ceiling is in the units of the similarity itself.
"""

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from compare.errors import BiasWarning, DataError, InvalidOptionError, TooFewStimuliError
from compare.inference.pair_form import pair_vector
from compare.inference.pairs import PairVectors
from compare.inference.subsets import ByPatterns, rotated
from compare.measures.blocks import Patterns, chosen_from
from compare.measures.canonical_correlation import CCA
from compare.measures.kernel_alignment import CKA
from compare.measures.measure import Measure
from compare.measures.named import measure_named
from compare.measures.patterns import stimulus_trial_unit
from compare.measures.predictivity import BothDirections
from compare.measures.predictivity.regression import RegressionMeasure
from compare.measures.projection_weighted_cca import PWCCA
from compare.measures.rdm_comparators import compare_rdms
from compare.measures.rsa import RSA
from compare.measures.singular_vector_cca import SVCCA
from isocortex.seeds import generator

__all__ = ["ceiling_of_mean", "has_ceiling", "noise_ceiling", "reliability_of_mean", "two_sided_ceiling"]

PARTITIONS = 10
Comparison = tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray], float]]
"""How a set of trials is prepared, and how similar two prepared ones are."""


def noise_ceiling(
    x: Any,
    measure: str | Measure = "rsa",
    distance: str = "correlation",
    method: str = "spearman",
    seed: int | np.random.Generator = 0,
) -> tuple[float, float]:
    """Estimate the noise ceiling of similarities to the mean over trials of `x`.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit), at least 2 trials.
    measure, distance, method
        As in `compare.map_layers`.
    seed : int or numpy.random.Generator
        For the partitions of the trials: up to ten different ones are averaged.

    Returns
    -------
    lower, upper : float
        What a repetition of the experiment, and what a noise-free copy of the subject would reach, in the measure's
        own units (for a distance `lower` is the larger number). A similarity of 0 where the trials agree no more than
        by chance; NaN if the subject does not vary over stimuli, trials are too few for the measure, or the measure
        has no ceiling of this kind (`has_ceiling`).

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 trials, or fewer stimuli than the measure needs.
    InvalidOptionError, InvalidActivityError, ActivityTypeError
        If the measure does not exist or the activity cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> signal = rng.normal(size=(30, 1, 50))
    >>> lower, upper = noise_ceiling(signal + rng.normal(size=(30, 4, 50)))
    >>> 0.5 < lower < upper < 1
    True
    """
    chosen = measure_named(measure, distance=distance, method=method) if measure == "rsa" else measure_named(measure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)  # of halves of the trials, which nobody else sees
        return ceiling_of_mean(x, chosen, seed)


def ceiling_of_mean(x: Any, measure: Measure, seed: int | np.random.Generator) -> tuple[float, float]:
    """Give `noise_ceiling` as threads may ask for it: filters of warnings belong to the whole process, not to one."""
    reliability = reliability_of_mean(x, measure, seed)
    return in_own_units(reliability, measure), in_own_units(float(np.sqrt(reliability)), measure)


def has_ceiling(measure: Measure) -> bool:
    """Say whether noise does to a measure what it does to a cosine, so that its ceiling follows from a reliability.

    Not so for canonical correlations of all dimensions, whose mean is over as many as the noise fills; nor for
    predictivity, which has divided by the reliability of every unit already.
    """
    if isinstance(measure, SVCCA):
        return measure.components is not None
    return not isinstance(measure, (CCA, PWCCA, RegressionMeasure, BothDirections))


def two_sided_ceiling(
    x: Any, y: Any, measure: str | Measure = "rsa", seed: int | np.random.Generator = 0, **options: Any
) -> float:
    """Estimate how similar two subjects could be at most whose means over trials are compared, both of them noisy.

    Were their noise-free geometries the same, their means would have the similarity ``√(ρ_x ρ_y)``; a similarity
    divided by it is corrected for the noise of both (Spearman 1904, American Journal of Psychology 15:72-101).

    Parameters
    ----------
    x, y : array-like
        (stimulus, trial, unit), at least 2 trials each.
    measure : str or Measure
        A similarity that is a cosine.
    seed : int or numpy.random.Generator
        For the partitions of the trials.
    **options
        For the measure, where its name is given.

    Raises
    ------
    TooFewStimuliError, InvalidOptionError, InvalidActivityError, ActivityTypeError
        As `noise_ceiling`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> signal = rng.normal(size=(40, 1, 50))
    >>> x, y = (signal + rng.normal(size=(40, 4, 50)) for _ in range(2))
    >>> round(measure_named("cka")(x, y) / two_sided_ceiling(x, y, "cka"), 1)
    1.0
    """
    chosen = measure_named(measure, **options)
    product = reliability_of_mean(x, chosen, seed, side=0) * reliability_of_mean(y, chosen, seed, side=1)
    return in_own_units(float(np.sqrt(product)), chosen)


def in_own_units(cosine: float, measure: Measure) -> float:
    """Give the value of a measure that is this cosine: an angle for distances; Greiner's relation for Kendall's tau."""
    if not measure.greater_is_closer:
        return float(np.arccos(cosine))
    return float(np.arcsin(cosine) * 2 / np.pi) if _is_tau(measure) else cosine


def _is_tau(measure: Measure) -> bool:
    return isinstance(measure, RSA) and measure.method.startswith("tau")


def reliability_of_mean(x: Any, measure: Measure, seed: int | np.random.Generator = 0, side: int = 1) -> float:
    """Estimate how similar the mean over all trials of `x` is to that of as many further trials.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit), at least 2 trials.
    measure : Measure
        How similar; of a distance, which is an angle, the cosine is taken.
    seed : int or numpy.random.Generator
        For the partitions of the trials.
    side : int
        0 if `x` stands where layers do, 1 where regions do, for measures that treat the two differently.

    Returns
    -------
    float
        0 to 1, or NaN, as `noise_ceiling`.

    Raises
    ------
    TooFewStimuliError, InvalidActivityError, ActivityTypeError
        As `noise_ceiling`.
    """
    array = stimulus_trial_unit(x)
    trials = array.shape[1]
    if not has_ceiling(measure):
        return float("nan")
    if trials < 2:
        raise TooFewStimuliError("noise_ceiling: needs at least 2 trials, got 1; without repetition noise is unknown")
    if len(array) < measure.least_stimuli:
        raise TooFewStimuliError(f"{len(array)} stimuli: {measure.label} needs at least {measure.least_stimuli}")
    rng = generator(seed, "noise ceiling")
    half = trials // 2
    quarter = half // 2
    if half < measure.least_trials:
        return float("nan")
    if quarter < measure.least_trials:
        quarter = 0
    orders = _orders(trials, half, rng)
    comparison = _comparison(measure, side)
    reliability = _reliability(array, comparison, half, orders)
    if np.isnan(reliability) or reliability <= 0:
        return max(reliability, 0.0) if reliability <= 0 else reliability
    noise = _extrapolated(
        half, 1 / reliability - 1, quarter, _reliability(array, comparison, quarter, orders) if quarter else 0.0, trials
    )
    return float(1 / (1 + noise))


def _greiner(method: str) -> Callable[[np.ndarray, np.ndarray], float]:
    """Compare by the correlation of normal variables with this tau, ``sin(π τ / 2)`` (Greiner 1909)."""
    return lambda a, b: float(np.sin(np.pi / 2 * compare_rdms(a, b, method)))


def _extrapolated(half: int, v_half: float, quarter: int, r_quarter: float, trials: int) -> float:
    """Extrapolate ``v(t) = a/t + b/t²``, a and b not negative, from two sizes of trial sets to `trials`."""
    ratio = half / quarter if quarter else 1.0
    # Between the two pure laws; a quarter that agrees no more than by chance leaves the quadratic one.
    v_quarter = np.clip(1 / r_quarter - 1 if r_quarter > 0 else np.inf, v_half * ratio, v_half * ratio**2)
    if not quarter:
        return v_half * half / trials
    linear, quadratic = np.linalg.solve(
        [[1 / quarter, 1 / quarter**2], [1 / half, 1 / half**2]], [float(v_quarter), v_half]
    )
    return float(linear / trials + quadratic / trials**2)


def _orders(trials: int, half: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Give orders of the trials whose first and second halves are different partitions: all, or ten at random."""
    if trials <= 5:
        orders = []
        for first in combinations(range(trials), half):
            rest = [trial for trial in range(trials) if trial not in first]
            orders += [np.array([*first, *second]) for second in combinations(rest, half) if first < second]
        return orders
    return [rng.permutation(trials) for _ in range(PARTITIONS)]


def _reliability(array: np.ndarray, comparison: Comparison, size: int, orders: list[np.ndarray]) -> float:
    """Give the mean similarity of disjoint sets of `size` trials."""
    prepare, between = comparison
    subjects: dict[tuple[int, ...], np.ndarray] = {}
    similarities: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
    for order in orders:
        sets = [tuple(sorted(order[start : start + size].tolist())) for start in range(0, len(order) - size + 1, size)]
        for a, b in combinations(sorted(sets), 2):
            if (a, b) in similarities:
                continue
            for members in (a, b):
                if members not in subjects:
                    subjects[members] = prepare(chosen_from(array, trials=members))
            try:
                similarities[a, b] = between(subjects[a], subjects[b])
            except (DataError, InvalidOptionError):  # patterns that so few trials leave silent, or too few of them
                similarities[a, b] = float("nan")
    known = [value for value in similarities.values() if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _comparison(measure: Measure, side: int) -> Comparison:
    """Give how a set of trials is prepared, and how two prepared ones are compared."""
    if isinstance(measure, RSA):
        return (
            lambda trials: pair_vector(measure, trials, side),
            _greiner(measure.method) if _is_tau(measure) else lambda a, b: compare_rdms(a, b, measure.method),
        )
    if isinstance(measure, CKA):
        centring = "additive" if measure.debiased else "gower"
        return (
            lambda trials: pair_vector(measure, trials),
            lambda a, b: float(PairVectors(np.stack([a, b]), centring).similarity()[0, 1]),
        )
    by = ByPatterns(measure)
    return (
        lambda trials: np.asarray(trials) if by.sees_trials else rotated(Patterns(trials), measure),
        lambda a, b: measure.cosine(by.between(a, b)),
    )
