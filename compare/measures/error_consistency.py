"""Error consistency: whether two observers err on the same stimuli, beyond what their accuracies make likely.

Geirhos, Meding and Wichmann (2020), NeurIPS, arXiv:2006.16736: Cohen's kappa (1960, Educational and Psychological
Measurement 20:37-46) of the two sequences of right and wrong answers. Klein et al. (2025) on its intervals, on its
bounds, and on what is undefined.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.checks import check_count, check_share
from compare.errors import InvalidActivityError, TooFewStimuliError
from compare.measures.patterns import real_array
from isocortex.seeds import generator

__all__ = ["ErrorConsistency", "error_consistency"]


@dataclass(frozen=True)
class ErrorConsistency:
    """Kappa of two observers' errors, and all that tells how far to trust it.

    Parameters
    ----------
    kappa : float
        ``(observed - expected) / (1 - expected)``: 0 for independent errors, 1 for the same ones, negative where one
        errs where the other does not. NaN where `expected` is 1.
    low, high : float
        Its interval over stimuli.
    lowest, highest : float
        What kappa can be at these two accuracies: 1 only where they are equal.
    observed : float
        Share of stimuli on which both are right or both are wrong.
    expected : float
        The same for independent observers of these accuracies, ``p_a p_b + (1 - p_a)(1 - p_b)``.
    accuracy_a, accuracy_b : float
        Shares of right answers.
    stimuli : int
        How many stimuli there are.
    confidence : float
        Nominal coverage of the interval.
    """

    kappa: float
    low: float
    high: float
    lowest: float
    highest: float
    observed: float
    expected: float
    accuracy_a: float
    accuracy_b: float
    stimuli: int
    confidence: float

    def __float__(self) -> float:
        return self.kappa


def error_consistency(
    correct_a: Any, correct_b: Any, *, confidence: float = 0.95, bootstrap: int = 5000, seed: int = 0
) -> ErrorConsistency:
    """Compute the error consistency of two observers before the same stimuli.

    Parameters
    ----------
    correct_a, correct_b : array-like of bool
        (stimulus): whether the answer was right; 0 and 1 will do.
    confidence : float
        Nominal coverage of the interval.
    bootstrap : int
        Bootstraps over stimuli, for the interval.
    seed : int
        Of the bootstraps.

    Returns
    -------
    ErrorConsistency

    Raises
    ------
    ActivityTypeError, InvalidActivityError, TooFewStimuliError
        If they are not sequences of right and wrong of the same at least 2 stimuli.
    InvalidOptionError
        If `confidence` or `bootstrap` is out of range.

    Notes
    -----
    The interval is of percentiles, from stimuli drawn with replacement, both observers' answers together; a half is
    added to each of the four counts (right or wrong, twice) from which is drawn, so that an answer pattern that was not
    seen is not taken for impossible. It generalises to other stimuli of the same kind and accuracy. Observers with few
    errors are hardly comparable, and the interval says so by its width.

    Average kappas of several conditions or people after they are computed: pooled trials of different accuracy look
    consistent though no two observers are.

    Examples
    --------
    >>> result = error_consistency([1, 1, 1, 0, 0, 1, 1, 1], [1, 1, 0, 0, 1, 1, 1, 1])
    >>> round(result.kappa, 3), result.highest
    (0.333, 1.0)
    """
    a, b = _checked(correct_a, "correct_a"), _checked(correct_b, "correct_b")
    if a.size != b.size:
        raise InvalidActivityError(
            f"correct_a has {a.size} stimuli and correct_b has {b.size}: both must see the same stimuli"
        )
    if a.size < 2:
        raise TooFewStimuliError(f"error_consistency: needs at least 2 stimuli, got {a.size}")
    check_share("confidence", confidence)
    check_count("bootstrap", bootstrap, 100)
    counts = np.array([(a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum()])
    rng = generator(seed, "error consistency")
    draws = rng.multinomial(a.size, (counts + 0.5) / (a.size + 2), size=bootstrap)
    kappa, observed, expected = (float(value) for value in _kappa(counts))
    drawn = _kappa(draws)[0]
    tail = (1 - confidence) / 2
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, [tail, 1 - tail]) if np.isfinite(kappa) and known.size else (np.nan, np.nan)
    p, q = float(a.mean()), float(b.mean())
    room = 1 - expected
    most, least = 1 - abs(p - q), abs(p + q - 1)
    return ErrorConsistency(
        kappa=kappa,
        low=float(low),
        high=float(high),
        lowest=(least - expected) / room if room > 0 else float("nan"),
        highest=(most - expected) / room if room > 0 else float("nan"),
        observed=observed,
        expected=expected,
        accuracy_a=p,
        accuracy_b=q,
        stimuli=int(a.size),
        confidence=confidence,
    )


def _kappa(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give kappa, observed and expected agreement from counts (..., both, a only, b only, neither)."""
    both, only_a, only_b, neither = np.moveaxis(counts.astype(np.float64), -1, 0)
    total = both + only_a + only_b + neither
    # Whole numbers up to the last division, so that an expected agreement of 1 is exactly that.
    expected = (both + only_a) * (both + only_b) + (only_b + neither) * (only_a + neither)
    room = total**2 - expected
    kappa = np.where(room > 0, ((both + neither) * total - expected) / np.where(room > 0, room, 1.0), np.nan)
    return kappa, (both + neither) / total, expected / total**2


def _checked(correct: Any, name: str) -> np.ndarray:
    array = real_array(correct, name)
    if array.ndim != 1:
        raise InvalidActivityError(f"{name}: must be one answer a stimulus, got shape {array.shape}")
    if not np.isin(array, (0, 1)).all():
        raise InvalidActivityError(
            f"{name}: must hold right (1) and wrong (0) only, got {np.unique(array)[:5].tolist()}"
        )
    return array.astype(bool)
