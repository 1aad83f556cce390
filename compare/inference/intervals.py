"""From resampled values to intervals and p-values."""

from collections.abc import Callable

import numpy as np

from compare.errors import InvalidOptionError
from isocortex.errors import nearest

__all__ = [
    "crossed_ratio",
    "crossed_variance",
    "false_discovery_q",
    "max_statistic_p",
    "partial_similarity",
    "percentile_interval",
    "quiet",
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
    return quiet(lambda: np.nanquantile(resampled, tail, axis=0)), quiet(
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
    boot = quiet(lambda: np.nanvar(resampled, axis=0))
    jackknife = (len(left_out) - 1) * left_out.var(axis=0)
    known = (boot > 0) & np.isfinite(jackknife)
    share = np.where(known, jackknife, 1.0) / np.where(known, boot, 1.0)
    return np.sqrt(np.clip(2 * share - 1, 1 / 3, 1.0))


def crossed_ratio(stimuli: np.ndarray, units: np.ndarray, both: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Give how wide a distribution over stimuli and units drawn at once should be, as a share of how wide it is.

    Resampling a factor adds once more whatever noise there is between the factors: with variances A of the stimuli, B
    of the units and C of what is special to stimulus and unit together, drawing stimuli gives ``V_a = A + C``, drawing
    units ``V_b = B + C``, drawing both ``V_ab = A + B + 3C``. The true variance is ``A + B + C = 2(V_a + V_b) - V_ab``:
    the corrected two-factor bootstrap of Schütt et al. (2023), doi:10.7554/eLife.82566 (their subjects are our units).
    As there, it cannot lie below what one factor gives, nor above what both give. What pairs of stimuli inflate is
    taken off as by `spread_ratio`.

    Parameters
    ----------
    stimuli, units, both : numpy.ndarray
        (draw, ...), resampled over one, the other, and both at once.
    ratio : numpy.ndarray
        Of shape (...), `spread_ratio` of the draws over stimuli.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b, c = rng.normal(size=(3, 4000))
    >>> float(crossed_ratio(a, b, a + b + c, np.array(1.0)).round(1))
    0.6
    """
    of_stimuli = quiet(lambda: np.nanvar(stimuli, axis=0))
    of_units = quiet(lambda: np.nanvar(units, axis=0))
    of_both = quiet(lambda: np.nanvar(both, axis=0))
    variance = 2 * (of_stimuli + of_units) - of_both - (1 - ratio**2) * of_stimuli
    variance = np.minimum(np.maximum(variance, np.maximum(ratio**2 * of_stimuli, of_units)), of_both)
    return np.sqrt(np.where(of_both > 0, variance / np.where(of_both > 0, of_both, 1.0), 1.0))


def crossed_variance(over_stimuli: np.ndarray, stimuli: np.ndarray, units: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Give the variance over stimuli and units where that over stimuli is known better than by drawing them.

    In the words of `crossed_ratio`: ``A + C`` and ``B + C`` are given by themselves, ``C = V_ab - V_a - V_b`` by the
    draws, and the variance is ``(A + C) + (B + C) - C``, at least the larger of the two and at most their sum.

    Parameters
    ----------
    over_stimuli : numpy.ndarray
        Of shape (...), ``A + C``.
    stimuli, units, both : numpy.ndarray
        (draw, ...), as in `crossed_ratio`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b, c = rng.normal(size=(3, 4000))
    >>> float(crossed_variance(np.array(2.0), a + c, b + c, a + b + np.sqrt(3) * c).round(1))
    3.0
    """
    of_stimuli, of_units, of_both = quiet(
        lambda: np.array([np.nanvar(part, axis=0) for part in (stimuli, units, both)])
    )
    common = np.maximum(of_both - of_stimuli - of_units, 0.0)
    return np.clip(over_stimuli + of_units - common, np.maximum(over_stimuli, of_units), over_stimuli + of_units)


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
    largest = quiet(lambda: np.nanmax(scaled, axis=cells))
    # A hair's breadth of tolerance: a permutation that changes nothing must count, whatever the rounding.
    reach = scaled[0] - 1e-9
    corrected = (np.expand_dims(largest, cells) >= reach).mean(axis=0)
    uncorrected = (scaled >= reach).mean(axis=0)
    missing = np.isnan(observed)
    return np.where(missing, np.nan, corrected), np.where(missing, np.nan, uncorrected)


def false_discovery_q(p_values: np.ndarray, method: str = "bh") -> np.ndarray:
    """Give the share of false findings to be expected among all cells whose q-value is no larger.

    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x, for tests that are independent or depend
    positively, as cells that share stimuli do; Benjamini and Yekutieli (2001), doi:10.1214/aos/1013699998, whatever
    their dependence. By `scipy.stats.false_discovery_control`.

    Parameters
    ----------
    p_values : numpy.ndarray
        Uncorrected, any shape. NaN stays NaN and does not count as a test.
    method : str
        ``"bh"`` or ``"by"``.

    Raises
    ------
    InvalidOptionError
        If there is no such method.

    Examples
    --------
    >>> false_discovery_q(np.array([0.01, 0.04, np.nan, 0.5])).round(3)
    array([0.03, 0.06,  nan, 0.5 ])
    """
    from scipy.stats import false_discovery_control

    if method not in ("bh", "by"):
        raise InvalidOptionError(f"fdr: there is no {method!r}; {nearest(str(method), ('bh', 'by'))}")
    known = ~np.isnan(p_values)
    result = np.full(p_values.shape, np.nan)
    if known.any():
        result[known] = false_discovery_control(p_values[known], method=method)
    return result


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
    left = similarity[..., rows, rows] - np.einsum("...ij,...jk,...ik->...i", row_given, inverse, row_given)
    right = similarity[..., columns, columns] - np.einsum(
        "...ij,...jk,...ik->...i", column_given, inverse, column_given
    )
    size = (
        np.sqrt(np.where(left > 1e-9, left, np.nan))[..., :, None]
        * np.sqrt(np.where(right > 1e-9, right, np.nan))[..., None, :]
    )
    partial = (similarity[..., rows[:, None], columns] - explained) / size
    return np.where(usable, np.clip(partial, -1.0, 1.0), np.nan)


def quiet(function: Callable[[], np.ndarray]) -> np.ndarray:
    """Call a function that warns where everything is NaN; NaN is then the answer."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function()
