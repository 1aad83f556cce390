r"""Attention of every head by itself (Vaswani et al. 2017, NeurIPS, equation 1).

With queries :math:`Q` (query step, key feature), keys :math:`K` and values :math:`V` of one stimulus and head,

.. math:: A = \mathrm{softmax}(Q K^T) \qquad Y = A V ,

softmax along the keys; the factor :math:`1/\sqrt{d}` is in :math:`Q` already. With the gradient :math:`G` for
:math:`Y`, that for :math:`A` is :math:`G V^T`, and through softmax :math:`S = A \circ (G V^T - r)`, where :math:`r` is
the row sum of :math:`A \circ G V^T`; then the gradients for Q, K and V are :math:`S K`, :math:`S^T Q` and
:math:`A^T G`.

Arrays are (stimulus, head, step, feature), and may be views that lie crosswise in memory: BLAS takes them as they are.
"""

import numpy as np

from ann import room

__all__ = ["attend", "attend_gradient"]


def attend(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, hidden: np.ndarray | None, kept: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mix the values of all visible steps.

    Parameters
    ----------
    query, key, value : numpy.ndarray
        (stimulus, head, step, feature).
    hidden : numpy.ndarray, optional
        True where a query must not see a key; broadcast to (stimulus, head, query step, key step).
    kept : numpy.ndarray, optional
        What dropout multiplies the weights with, of their shape.

    Returns
    -------
    mixed : numpy.ndarray
        (stimulus, query step, head, feature), contiguous.
    weights : numpy.ndarray
        (stimulus, head, query step, key step), before dropout. Each row sums to 1, or to 0 where all is hidden.
    """
    from ann import fast

    stimuli, heads, steps, _ = query.shape
    weights = room.empty((stimuli, heads, steps, key.shape[2]), query.dtype)
    np.matmul(query, _transposed(key), out=weights)
    if hidden is not None:
        np.copyto(weights, -np.inf, where=hidden)
    rows = weights.reshape(-1, weights.shape[-1])
    fast.subtract_largest(rows)
    np.exp(rows, out=rows)
    fast.divide_by_sum(rows)
    mixed = room.empty((stimuli, steps, heads, value.shape[-1]), query.dtype)
    np.matmul(weights if kept is None else weights * kept, value, out=mixed.swapaxes(1, 2))
    return mixed, weights


def attend_gradient(
    gradient: np.ndarray,
    weights: np.ndarray,
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    kept: np.ndarray | None,
    into: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Give the gradients for query, key and value.

    Parameters
    ----------
    gradient : numpy.ndarray
        (stimulus, head, query step, feature), for what `attend` mixed.
    weights, query, key, value, kept : numpy.ndarray
        As `attend` took and gave them.
    into : tuple of numpy.ndarray
        Arrays that the gradients for query, key and value are written to.
    """
    from ann import fast

    d_query, d_key, d_value = into
    np.matmul((weights if kept is None else weights * kept).swapaxes(2, 3), gradient, out=d_value)
    d_scores = np.matmul(gradient, _transposed(value), out=room.empty_like(weights))
    if kept is not None:
        d_scores *= kept
    length = weights.shape[-1]
    fast.softmax_gradient(weights.reshape(-1, length), d_scores.reshape(-1, length))
    np.matmul(d_scores, key, out=d_query)
    np.matmul(d_scores.swapaxes(2, 3), query, out=d_key)


def _transposed(array: np.ndarray) -> np.ndarray:
    """Copy (stimulus, head, step, feature) to (..., feature, step): BLAS takes a third off for such a second factor."""
    return np.ascontiguousarray(array.swapaxes(2, 3))
