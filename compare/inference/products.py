"""Cosines of weighted vectors over pairs for many draws at once, where no draw needs its own ranks or fit.

With the weight ``ω_p`` of pair p, everything that a Pearson correlation or a cosine needs are the sums ``Σ ω``,
``Σ ω x`` and ``Σ ω x y``: one matrix product of the weights (draw, pair) with the products of all subjects.
"""

import numpy as np

__all__ = ["weighted_cosines"]

BLOCK = 16_384  # pairs at a time, so that memory does not grow with them


def weighted_cosines(values: np.ndarray, draws: np.ndarray, centre: bool) -> np.ndarray:
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
    """
    subjects, pairs = values.shape
    stimuli = draws.shape[1]
    first, second = np.triu_indices(stimuli, 1)
    a, b = np.triu_indices(subjects)
    # A mean removed beforehand changes no correlation, and keeps the digits of what is left.
    level = values.mean(axis=1, keepdims=True) if centre else np.zeros((subjects, 1))
    weights_of = np.ascontiguousarray(draws.T, dtype=np.float64)
    sums = np.zeros((len(draws), 1 + subjects + a.size))
    for start in range(0, pairs, BLOCK):
        block = slice(start, start + BLOCK)
        table = np.empty((1 + subjects + a.size, values[:1, block].size))
        table[0] = 1.0
        x = table[1 : 1 + subjects]
        np.subtract(values[:, block], level, out=x)
        for row, (one, other) in enumerate(zip(a, b, strict=True), 1 + subjects):
            np.multiply(x[one], x[other], out=table[row])
        sums += ((weights_of[first[block]] * weights_of[second[block]]).T) @ table.T
    total, means, products = sums[:, :1], sums[:, 1 : 1 + subjects], sums[:, 1 + subjects :]
    if centre:
        products = products - means[:, a] * means[:, b] / total
    inner = np.empty((len(draws), subjects, subjects))
    inner[:, a, b] = inner[:, b, a] = products
    squared = inner[:, np.arange(subjects), np.arange(subjects)]
    rounding = (1e-10 * np.abs(values).max(axis=1)) ** 2 * total
    length = np.sqrt(np.where(squared > rounding, squared, np.nan))
    return np.clip(inner / length[:, :, None] / length[:, None, :], -1.0, 1.0)
