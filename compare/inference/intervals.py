"""From resampled values to intervals and p-values."""

from collections.abc import Callable

import numpy as np

__all__ = [
    "bootstrap_interval",
    "largest_deviation",
    "max_statistic_p",
    "partial_similarity",
    "percentile_interval",
    "spread_ratio",
]


def percentile_interval(resampled: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Give the central interval of the bootstrap distribution over the first axis.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Parameters
    ----------
    resampled : numpy.ndarray
        (bootstrap, ...). Bootstraps that are NaN are left out; NaN where all are.
    confidence : float
        The nominal coverage.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(1001.0))
    >>> round(float(low)), round(float(high))
    (25, 975)
    """
    tail = (1 - confidence) / 2
    return _quiet(lambda: np.nanquantile(resampled, tail, axis=0)), _quiet(
        lambda: np.nanquantile(resampled, 1 - tail, axis=0)
    )


def spread_ratio(resampled: np.ndarray, left_out: np.ndarray | None) -> np.ndarray:
    """Give how wide a bootstrap distribution of a similarity should be, as a share of how wide it is.

    A similarity is a mean over pairs of stimuli. Its variance has a part that each stimulus carries by itself and a
    part that only pairs carry, ``V = V1 + V2`` (Hoeffding's decomposition), and V2 is all that there is where two
    subjects are unrelated. Drawing stimuli with replacement gives pairs the weights ``w_i w_j``, whose variance is 3,
    so the bootstrap's variance is ``V1 + 3 V2``: intervals around 0 would be 1.7 times too wide. Leaving each stimulus
    out in turn gives ``V1 + 2 V2`` (Efron and Stein 1981, doi:10.1214/aos/1176345462). So
    ``V = 2 V_jackknife - V_bootstrap``, which cannot lie below a third of the bootstrap's variance nor above it. Schütt
    et al. (2023), doi:10.7554/eLife.82566, correct for resampling stimuli and subjects at once in the same spirit.

    Parameters
    ----------
    resampled : numpy.ndarray
        (bootstrap, ...).
    left_out : numpy.ndarray or None
        (stimulus, ...), the same quantity without one stimulus each; None where there are too few to leave one out.

    Returns
    -------
    numpy.ndarray
        Of shape (...), from 0.58 to 1; 1 where it is not known.

    Examples
    --------
    >>> float(spread_ratio(np.array([-1.0, 1.0]), np.array([0.5, 0.0, -0.5])).round(2))
    0.58
    """
    if left_out is None:
        return np.ones(resampled.shape[1:])
    boot = _quiet(lambda: np.nanvar(resampled, axis=0))
    jackknife = (len(left_out) - 1) * left_out.var(axis=0)
    known = (boot > 0) & np.isfinite(jackknife)
    share = (2 * np.where(known, jackknife, 1.0) - np.where(known, boot, 1.0)) / np.where(known, boot, 1.0)
    return np.sqrt(np.clip(share, 1 / 3, 1.0))


def bootstrap_interval(
    resampled: np.ndarray, left_out: np.ndarray | None, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Give the percentile interval, drawn in towards the bootstraps' mean by `spread_ratio`.

    Parameters
    ----------
    resampled : numpy.ndarray
        (bootstrap, ...).
    left_out : numpy.ndarray or None
        (stimulus, ...).
    confidence : float
        The nominal coverage.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.linspace(-1, 1, 2001), np.array([0.1, 0.0, -0.1]))
    >>> round(float(low), 2), round(float(high), 2)
    (-0.55, 0.55)
    """
    low, high = percentile_interval(resampled, confidence)
    middle = _quiet(lambda: np.nanmean(resampled, axis=0))
    ratio = spread_ratio(resampled, left_out)
    return middle + ratio * (low - middle), middle + ratio * (high - middle)


def max_statistic_p(observed: np.ndarray, null: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Test every cell of a matrix against 0 from permutations, with and without correction for the number of cells.

    The correction compares each cell with the largest of all cells in each permutation (Westfall and Young 1993;
    Nichols and Holmes 2002, doi:10.1002/hbm.1058), each cell in units of its own spread under permutation, so that
    cells with a wide null do not hide the others. The observed matrix counts as one permutation, so no p is 0 and the
    chance that any true null of the matrix falls below alpha is at most alpha.

    Parameters
    ----------
    observed : numpy.ndarray
        Any shape.
    null : numpy.ndarray
        (permutation, *shape).

    Returns
    -------
    corrected, uncorrected : numpy.ndarray
        One-sided p-values (greater than 0) of the same shape; NaN where the cell is NaN.

    Examples
    --------
    >>> null = np.random.default_rng(0).normal(size=(999, 2))
    >>> corrected, uncorrected = max_statistic_p(np.array([9.0, 0.0]), null)
    >>> float(corrected[0]), bool(corrected[1] > uncorrected[1])
    (0.001, True)
    """
    everything = np.concatenate([observed[None], null])
    spread = everything.std(axis=0)
    scaled = (everything - everything.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    cells = tuple(range(1, scaled.ndim))
    largest = _quiet(lambda: np.nanmax(scaled, axis=cells))
    # A hair's breadth of tolerance: a permutation that changes nothing must count, whatever the rounding.
    reach = scaled[0] - 1e-9
    corrected = (np.expand_dims(largest, cells) >= reach).mean(axis=0)
    uncorrected = (scaled >= reach).mean(axis=0)
    missing = np.isnan(observed)
    return np.where(missing, np.nan, corrected), np.where(missing, np.nan, uncorrected)


def largest_deviation(
    resampled: np.ndarray, left_out: np.ndarray | None = None, confidence: float = 0.95
) -> tuple[np.ndarray, float]:
    """Give each quantity's bootstrap standard error, and how many of them a simultaneous interval extends.

    The factor is the quantile, over bootstraps, of the largest standardised deviation of any quantity from its mean:
    intervals ``estimate ± factor * error`` hold all at once with the nominal confidence (max-t).

    Parameters
    ----------
    resampled : numpy.ndarray
        (bootstrap, ...).
    left_out : numpy.ndarray, optional
        (stimulus, ...), to correct the standard errors by `spread_ratio`.
    confidence : float
        The nominal simultaneous coverage.

    Returns
    -------
    error : numpy.ndarray
        Of shape (...).
    factor : float
        0 if nothing varies.

    Examples
    --------
    >>> error, factor = largest_deviation(np.random.default_rng(0).normal(size=(4000, 20)))
    >>> round(float(error.mean()), 1), round(factor, 1)
    (1.0, 3.0)
    """
    error = resampled.std(axis=0)
    varies = error > 1e-12
    if not varies.any():
        return error, 0.0
    deviation = np.abs(resampled - resampled.mean(axis=0))[:, varies] / error[varies]
    return error * spread_ratio(resampled, left_out), float(np.quantile(deviation.max(axis=1), confidence))


def partial_similarity(similarity: np.ndarray, rows: np.ndarray, columns: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Give the similarity of `rows` and `columns` that the `given` subjects do not account for.

    Both vectors over pairs are replaced by their residuals on the given ones, and compared again: for RSA with
    Spearman the partial rank correlation, for debiased CKA the partial correlation of U-centred kernels (Székely and
    Rizzo 2014, doi:10.1214/14-AOS1255, section 3). As cosines are all that it takes, it follows from `similarity`.

    Parameters
    ----------
    similarity : numpy.ndarray
        (..., subject, subject).
    rows, columns, given : numpy.ndarray
        Which subjects.

    Returns
    -------
    numpy.ndarray
        (..., row, column); NaN where the given subjects account for a row or column wholly.

    Examples
    --------
    >>> r = np.array([[1.0, 0.5, 0.6], [0.5, 1.0, 0.4], [0.6, 0.4, 1.0]])
    >>> partial_similarity(r, np.array([0]), np.array([1]), np.array([2])).round(4)
    array([[0.3546]])
    """
    inner = similarity[..., given[:, None], given]
    usable = np.isfinite(inner).all(axis=(-2, -1), keepdims=True)
    inverse = np.linalg.pinv(np.where(usable, inner, np.eye(len(given))), rcond=1e-10, hermitian=True)
    row_given = similarity[..., rows[:, None], given]
    column_given = similarity[..., columns[:, None], given]
    explained = row_given @ inverse @ np.swapaxes(column_given, -1, -2)
    left = 1 - np.einsum("...ij,...jk,...ik->...i", row_given, inverse, row_given)
    right = 1 - np.einsum("...ij,...jk,...ik->...i", column_given, inverse, column_given)
    size = (
        np.sqrt(np.where(left > 1e-9, left, np.nan))[..., :, None]
        * np.sqrt(np.where(right > 1e-9, right, np.nan))[..., None, :]
    )
    partial = (similarity[..., rows[:, None], columns] - explained) / size
    return np.where(usable, np.clip(partial, -1.0, 1.0), np.nan)


def _quiet(function: Callable[[], np.ndarray]) -> np.ndarray:
    """Call a function that warns where everything is NaN; NaN is then the answer."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function()
