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

Measures that align the two subjects fit noise, which follows other laws: see `compare.inference.aligned_ceiling`.
"""

import warnings
from concurrent.futures import Executor
from typing import Any

import numpy as np

from compare.errors import BiasWarning, TooFewStimuliError
from compare.inference.aligned_ceiling import aligned_ceiling, aligner_of
from compare.inference.trial_sets import comparison_of, is_tau, mean_similarity, partitions
from compare.measures.alignment import AlignmentMeasure
from compare.measures.measure import Measure
from compare.measures.named import measure_named
from compare.measures.patterns import stimulus_trial_unit
from compare.measures.predictivity import BothDirections
from compare.measures.predictivity.regression import RegressionMeasure
from compare.measures.singular_vector_cca import SVCCA
from compare.parallel import Workers, checked_workers
from isocortex.seeds import generator

__all__ = ["ceiling_of_mean", "has_reliability", "noise_ceiling", "reliability_of_mean", "two_sided_ceiling"]


def noise_ceiling(
    x: Any,
    measure: str | Measure = "rsa",
    distance: str | None = None,
    method: str | None = None,
    seed: int | np.random.Generator = 0,
    *,
    parallel: Executor | None = None,
    threads: int | None = None,
) -> tuple[float, float]:
    """Estimate the noise ceiling of similarities to the mean over trials of `x`.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit), at least 2 trials.
    measure, distance, method
        As in `compare.map_layers`.
    seed : int or numpy.random.Generator
        For the partitions of the trials, up to ten different ones, and for what is drawn where a measure aligns.
    parallel : concurrent.futures.Executor, optional
        Who compares the sets of trials instead of threads of this process. The numbers are the same bit for bit.
    threads : int, optional
        As many as there are cores by default.

    Returns
    -------
    lower, upper : float
        What a repetition of the experiment reaches, and what no model exceeds but by chance, in the measure's own units
        (for a distance `lower` is the larger number). The upper end is what a noise-free copy of the subject reaches,
        and more than that for measures that align (`compare.inference.aligned_ceiling`). A similarity of 0 where the
        trials agree no more than by chance; NaN if the subject does not vary over stimuli, trials are too few for the
        measure, or the measure has no ceiling (`has_reliability`).

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
    chosen = measure_named(measure, distance=distance, method=method)
    workers = checked_workers(parallel, threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)  # of halves of the trials, which nobody else sees
        return ceiling_of_mean(x, chosen, seed, workers)


def ceiling_of_mean(
    x: Any, measure: Measure, seed: int | np.random.Generator, workers: Workers = 1
) -> tuple[float, float]:
    """Give `noise_ceiling` as threads may ask for it: filters of warnings belong to the whole process, not to one."""
    aligner = aligner_of(measure)
    if aligner is None:
        reliability = reliability_of_mean(x, measure, seed, workers=workers)
        lower, upper = reliability, float(np.sqrt(reliability))
    else:
        array = _repeated(x, measure)
        lower, upper = aligned_ceiling(array, measure, aligner, generator(seed, "noise ceiling"), workers)
    return in_own_units(lower, measure), in_own_units(upper, measure)


def has_reliability(measure: Measure) -> bool:
    """Say whether noise does to a measure what it does to a cosine, so that its ceiling follows from a reliability.

    Not so where an alignment is learnt from the noise itself: angles and fidelities have a ceiling of another kind
    (`aligner_of`). Canonical correlations have none, since their mean is over as many dimensions as the *model* has:
    one with fewer dimensions than the subject, the reliable ones, exceeds the subject's noise-free copy. Predictivity
    has divided by the reliability of every unit already.
    """
    if isinstance(measure, SVCCA):
        return measure.components is not None
    return not isinstance(measure, (AlignmentMeasure, RegressionMeasure, BothDirections))


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
        A similarity that is a cosine; NaN for measures that align, which align the noise of both as well.
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
        return float(np.arccos(np.clip(cosine, -1, 1)))
    return float(np.arcsin(np.clip(cosine, -1, 1)) * 2 / np.pi) if is_tau(measure) else cosine


def reliability_of_mean(
    x: Any, measure: Measure, seed: int | np.random.Generator = 0, side: int = 1, workers: Workers = 1
) -> float:
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
    workers : int, Executor or None
        See `compare.parallel`.

    Returns
    -------
    float
        0 to 1, or NaN, as `noise_ceiling`.

    Raises
    ------
    TooFewStimuliError, InvalidActivityError, ActivityTypeError
        As `noise_ceiling`.
    """
    if not has_reliability(measure):
        return float("nan")
    array = _repeated(x, measure)
    trials = array.shape[1]
    half = trials // 2
    quarter = half // 2
    if half < measure.least_trials:
        return float("nan")
    if quarter < measure.least_trials:
        quarter = 0
    orders = partitions(trials, generator(seed, "noise ceiling"))
    comparison = comparison_of(measure, side)
    reliability = mean_similarity(array, comparison, half, orders, workers)
    if np.isnan(reliability) or reliability <= 0:
        return max(reliability, 0.0) if reliability <= 0 else reliability
    smaller = mean_similarity(array, comparison, quarter, orders, workers) if quarter else 0.0
    return float(1 / (1 + _extrapolated(half, 1 / reliability - 1, quarter, smaller, trials)))


def _repeated(x: Any, measure: Measure) -> np.ndarray:
    """Give activity (stimulus, trial, unit) with at least 2 trials, and as many stimuli as the measure needs."""
    array = stimulus_trial_unit(x)
    if array.shape[1] < 2:
        raise TooFewStimuliError("noise_ceiling: needs at least 2 trials, got 1; without repetition noise is unknown")
    if len(array) < measure.least_stimuli:
        raise TooFewStimuliError(f"{len(array)} stimuli: {measure.label} needs at least {measure.least_stimuli}")
    return array


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
