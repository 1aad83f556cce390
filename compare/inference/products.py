"""Cosines of weighted vectors over pairs for many draws at once, where no draw needs its own ranks.

With the weight ``ω_p = w_i w_j`` of pair p, everything that a Pearson correlation or a cosine needs are the sums
``Σ ω``, ``Σ ω x`` and ``Σ ω x y``: one matrix product of the products of all subjects with the weights (pair, draw). A
block of weights is made while it is in the cache, each stimulus's row times the rows behind it, and used up at once.

A fit of ``a_i + a_j`` needs no more than the weighted row sums ``r_i = Σ_j w_j x_ij`` besides: the inner product of two
residuals is that of the values less ``Σ g_i r_i(x) r_i(y) - c(x) c(y) / (1 + Σ g_i)``, with ``g_i = w_i / (S - 2w_i)``,
``S = Σ w_i`` and ``c = Σ g_i r_i``: the normal equations of `_loops.additive_residuals`, put into the inner product.

Both are differences, whose digits are lost where hardly anything remains. What is known to be removed under any weights
is removed beforehand, and draws in which more than a few digits are lost all the same are named.
"""

from collections.abc import Iterator

import numpy as np

__all__ = ["additive_cosines", "weighted_cosines"]

BLOCK = 1024  # pairs at a time: their weights in a few hundred draws stay in the cache
LOST = 1e-4  # of a square, if less remains, the digits of what remains are not to be trusted


def weighted_cosines(values: np.ndarray, draws: np.ndarray, centre: bool) -> tuple[np.ndarray, np.ndarray]:
    """Compute the cosine of every two rows, each pair of stimuli weighing the product of how often both were drawn.

    Parameters
    ----------
    values : numpy.ndarray
        (subject, pair), in condensed order.
    draws : numpy.ndarray
        (draw, stimulus).
    centre : bool
        Remove each row's weighted mean before.

    Returns
    -------
    numpy.ndarray
        (draw, subject, subject); NaN where a row is nothing but rounding.
    numpy.ndarray
        (draw,) bool, where digits were lost.
    """
    weights, sizes = draws.astype(np.float64), np.abs(values).max(axis=1)
    total = _total(weights)
    if not centre:
        inner = _pair_sums(values, weights)[1]
        return _cosines(inner, inner, sizes, total)
    # A mean removed beforehand changes no correlation.
    x = _varying(values - values.mean(axis=1, keepdims=True), sizes)
    sums, inner = _pair_sums(x, weights, linear=True)
    return _cosines(inner - _outer(sums) / total[:, None, None], inner, sizes, total)


def additive_cosines(
    values: np.ndarray, draws: np.ndarray, diagonal: bool, centre: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the cosine of every two rows less their weighted least-squares fit of ``a_i + a_j``.

    Parameters
    ----------
    values, draws
        As in `weighted_cosines`; no stimulus is drawn half of the time or more.
    diagonal : bool
        Fit each stimulus's zero distance from itself too, by ``2 a_i`` and with the weight ``w_i``; every pair then
        stands for both of its orders.
    centre : bool
        Remove the pairs' weighted mean before the fit.

    Returns
    -------
    numpy.ndarray
        (draw, subject, subject); NaN where a row is nothing but rounding.
    numpy.ndarray
        (draw,) bool, where digits were lost.
    """
    from scipy.spatial.distance import squareform

    weights, sizes = draws.astype(np.float64), np.abs(values).max(axis=1)
    total = _total(weights)
    x, own = _without_mean(values) if centre else _without_effects(values, diagonal)
    x = _varying(x, sizes)
    before = inner = _pair_sums(x, weights)[1]
    rows = np.empty((len(weights), *own.shape))
    for index, row in enumerate(x):
        np.matmul(weights, squareform(row, checks=False), out=rows[:, index])
    if centre:
        others = weights.sum(axis=1, keepdims=True) - weights
        mean = np.einsum("dsi,di->ds", rows, weights) / (2 * total[:, None])
        inner = inner - _outer(mean) * total[:, None, None]
        rows -= mean[:, :, None] * others[:, None, :]
    whole = weights.sum(axis=1, keepdims=True)
    if diagonal:
        rows += own
        inner = 2 * inner + np.einsum("di,si,ti->dst", weights, own, own, optimize=True)
        whole += 2
    gains = weights / (whole - 2 * weights)
    common = np.einsum("dsi,di->ds", rows, gains)
    rows *= np.sqrt(gains)[:, None, :]
    fitted = rows @ rows.transpose(0, 2, 1) - _outer(common) / (1 + gains.sum(axis=1))[:, None, None]
    both = 2.0 if diagonal else 1.0
    return _cosines(inner - both * fitted, both * before, sizes, both * total)


def _pair_sums(values: np.ndarray, weights: np.ndarray, linear: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Give ``Σ ω x`` (draw, subject), if `linear`, and ``Σ ω x y`` (draw, subject, subject)."""
    (subjects, _), (draws, stimuli) = values.shape, weights.shape
    a, b = np.triu_indices(subjects)
    alone = subjects if linear else 0
    by_stimulus = np.ascontiguousarray(weights.T)
    blocks = list(_blocks(stimuli))
    largest = max(stop - start for *_, start, stop in blocks)
    table, pairs = np.empty((alone + a.size, largest)), np.empty((largest, draws))
    sums = np.zeros((len(table), draws))
    part = np.empty_like(sums)
    for first, last, start, stop in blocks:
        place = 0
        for one in range(first, last):
            behind = stimuli - 1 - one
            np.multiply(by_stimulus[one], by_stimulus[one + 1 :], out=pairs[place : place + behind])
            place += behind
        x, columns = values[:, start:stop], table[:, : stop - start]
        columns[:alone] = x[:alone]
        row = alone
        for one in range(subjects):
            np.multiply(x[one], x[one:], out=columns[row : row + subjects - one])
            row += subjects - one
        sums += np.matmul(columns, pairs[: stop - start], out=part)
    inner = np.empty((draws, subjects, subjects))
    inner[:, a, b] = inner[:, b, a] = sums[alone:].T
    return sums[:alone].T, inner


def _blocks(stimuli: int) -> Iterator[tuple[int, int, int, int]]:
    """Part the pairs in condensed order: the first stimulus, the last less one, the first pair, the last less one."""
    first = start = 0
    stop = 0
    for one in range(stimuli - 1):
        stop += stimuli - 1 - one
        if stop - start >= BLOCK or one == stimuli - 2:
            yield first, one + 1, start, stop
            first, start = one + 1, stop


def _total(weights: np.ndarray) -> np.ndarray:
    """Give ``Σ ω`` (draw,), whole numbers."""
    return (weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)) / 2


def _outer(rows: np.ndarray) -> np.ndarray:
    return rows[:, :, None] * rows[:, None, :]


def _without_mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give values less their mean, and the distances of the stimuli from themselves, which are not touched."""
    from compare.measures.rdm_comparators import stimuli_of

    stimuli = stimuli_of(values.shape[1]) or 0
    return values - values.mean(axis=1, keepdims=True), np.zeros((len(values), stimuli))


def _without_effects(values: np.ndarray, diagonal: bool) -> tuple[np.ndarray, np.ndarray]:
    """Give values less their fit of ``a_i + a_j``, each stimulus once, and what that leaves of the zeros ``x_ii``."""
    from scipy.spatial.distance import squareform

    sums = np.stack([squareform(row, checks=False).sum(axis=1) for row in values])
    stimuli = sums.shape[1]
    whole = stimuli + 2 * diagonal
    effects = (sums - sums.sum(axis=1, keepdims=True) / (whole - 2 + stimuli)) / (whole - 2)
    first, second = np.triu_indices(stimuli, 1)
    return values - effects[:, first] - effects[:, second], -2 * effects * diagonal


def _varying(x: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Give exact zeros for rows of which nothing but rounding is left."""
    x[np.abs(x).max(axis=1) <= 1e-10 * sizes] = 0.0
    return x


def _cosines(
    inner: np.ndarray, before: np.ndarray, sizes: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give cosines from inner products, and where these are little of what they were `before` something was removed."""
    squared, whole = (np.diagonal(products, axis1=1, axis2=2) for products in (inner, before))
    length = np.sqrt(np.where(squared > (1e-10 * sizes) ** 2 * total[:, None], squared, np.nan))
    lost = np.asarray((squared < LOST * whole).any(axis=1))
    return np.clip(inner / length[:, :, None] / length[:, None, :], -1.0, 1.0), lost
