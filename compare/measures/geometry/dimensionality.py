"""Dimensionality: over how many directions the patterns of the stimuli spread.

The participation ratio of the eigenvalues of the covariance of units over stimuli,
``PR = (Σ λ)² / Σ λ² = (tr Σ)² / tr Σ²`` (Rajan, Abbott and Sompolinsky 2010, NeurIPS 23; Gao et al. 2017,
bioRxiv:214262).

Of the covariance of a sample it is too small: isotropic Gaussian patterns of p units, PR = p, give about
``n p / (n + p)`` with n stimuli, and so never more than n. Both traces have estimates without this bias, means over
different stimuli i, j, k, l: ``tr Σ = E |x_i - x_j|² / 2`` and ``tr Σ² = E [(x_i - x_j)·(x_k - x_l)]² / 4``, the
second of which is the unbiased criterion of Song et al. (2012), JMLR 13:1393-1434. With trials, the two factors of each
product are taken from different halves, in which the noise is independent, so that what is left is the signal's.
"""

from typing import Any

import numpy as np

from compare.errors import TooFewStimuliError
from compare.measures.invariances import invariant_to
from compare.measures.patterns import as_patterns, centred, stimulus_trial_unit

__all__ = ["participation_ratio", "signal_dimensionality"]

LEAST = 4  # different stimuli in one product


@invariant_to("translation", "scale", "permutation", "rotation")
def participation_ratio(x: Any, debiased: bool = True) -> float:
    """Estimate the dimensionality of the mean patterns, noise and all.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is taken.
    debiased : bool
        True: the ratio of unbiased estimates of ``(tr Σ)²`` and ``tr Σ²``. False: of the sample's own covariance, which
        cannot exceed the number of stimuli less one.

    Returns
    -------
    float
        1 where all patterns lie on a line, p where p units vary alike and independently. NaN if nothing varies, or if
        the estimate of ``tr Σ²`` is not positive: then the stimuli are too few to tell.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 4 stimuli (2 if not debiased).
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 50))
    >>> round(participation_ratio(x, debiased=False), -1), round(participation_ratio(x), -1)
    (30.0, 50.0)
    """
    patterns = centred(as_patterns(x, least=LEAST if debiased else 2))
    products = patterns @ patterns.T
    if not debiased:
        return _ratio(np.trace(products) ** 2, float(np.vdot(products, products)))
    return _ratio(_squared_trace(products), _trace_of_square(products, products))


@invariant_to("translation", "scale", "permutation", "rotation")
def signal_dimensionality(x: Any, splits: int = 10, seed: int | np.random.Generator = 0) -> float:
    """Estimate the dimensionality of what the trials have in common, by the participation ratio across their halves.

    Parameters
    ----------
    x : array-like
        (stimulus, trial, unit), at least 2 trials and 4 stimuli.
    splits : int
        How many different halvings of the trials are averaged.
    seed : int or numpy.random.Generator
        Of the halvings.

    Returns
    -------
    float
        As `participation_ratio` of the noise-free patterns. NaN where the halves share too little to tell.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 trials or 4 stimuli.
    InvalidOptionError, InvalidActivityError, ActivityTypeError
        If an option or the activity cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> signal = rng.normal(size=(300, 1, 3)) @ rng.normal(size=(3, 40))
    >>> x = signal + 4 * rng.normal(size=(300, 8, 40))
    >>> participation_ratio(x) > 4, round(signal_dimensionality(x))
    (True, 3)
    """
    from compare.inference.reliability import half_splits
    from isocortex.seeds import generator

    array = stimulus_trial_unit(x)
    stimuli, trials = array.shape[:2]
    if trials < 2:
        raise TooFewStimuliError("signal_dimensionality: needs at least 2 trials, got 1; see participation_ratio")
    if stimuli < LEAST:
        raise TooFewStimuliError(f"signal_dimensionality: needs at least {LEAST} stimuli, got {stimuli}")
    squared, square = 0.0, 0.0
    for halves in half_splits(trials, splits, generator(seed, "signal dimensionality")):
        a, b = (centred(array[:, half].mean(axis=1, dtype=np.float64)) for half in halves)
        across = a @ b.T
        squared += _squared_trace((across + across.T) / 2)
        square += _trace_of_square(a @ a.T, b @ b.T)
    return _ratio(squared, square)


def _squared_trace(products: np.ndarray) -> float:
    """Estimate ``(tr Σ)²`` from the products of stimuli: the mean of ``d_ij d_kl``, d half a squared distance."""
    n = len(products)
    size = np.diag(products)
    half = (size[:, None] + size) / 2 - products
    rows = half.sum(axis=1)
    # All pairs of pairs, less those that share a stimulus; pairs that share both were taken away twice.
    return float(rows.sum() ** 2 - 4 * rows @ rows + 2 * np.vdot(half, half)) / (n * (n - 1) * (n - 2) * (n - 3))


def _trace_of_square(first: np.ndarray, second: np.ndarray) -> float:
    """Estimate ``tr Σ²`` from products of stimuli in two independent measurements, which may be the same."""
    from compare.measures.kernel_alignment import u_centred

    n = len(first)
    return float(np.vdot(u_centred(first), u_centred(second))) / (n * (n - 3))


def _ratio(squared_trace: float, trace_of_square: float) -> float:
    return float(squared_trace / trace_of_square) if trace_of_square > 0 and squared_trace > 0 else float("nan")
