"""Products of many subjects' centred kernels, block by block, so that nearly all of the time goes into matrix products.

What CKA needs of its kernels are the sums ``Σ_ij K̃_ij L̃_ij`` of every two of them, K̃ the centred kernel (`u_centred`
or double-centred). Kernels are symmetric, so that only the tiles on and above the diagonal are computed, and the units
are taken in blocks that are centred when they are read: no centred copy of the activity is held, and of the kernels no
more than fits into half of the memory that the activity itself takes. The row sums that centring needs are known
beforehand for the linear kernel: with centred units, what is not on the diagonal of row i sums to ``-‖x_i‖²``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from compare.measures.patterns import centred
from isocortex.threads import run_on_threads

__all__ = ["kernel_products"]

TILE = 512  # stimuli a side; a product of two tiles is near the best that the processor can do
UNITS = 256  # units that are centred at a time, while they are in the cache
LEAST_MEMORY, MOST_MEMORY = 2**24, 2**31  # bytes of kernels: below one never in parts, of activity on disk never more


@dataclass(frozen=True)
class _Tile:
    """One tile of the kernel, and where its numbers lie among those of its part."""

    rows: slice
    columns: slice
    place: slice

    @property
    def on_diagonal(self) -> bool:
        return self.rows == self.columns

    def of(self, numbers: np.ndarray) -> np.ndarray:
        return numbers[self.place].reshape(self.rows.stop - self.rows.start, -1)


def kernel_products(
    activity: Sequence[np.ndarray],
    kernel: str = "linear",
    debiased: bool = True,
    sigma: float | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the summed products of every two subjects' centred kernels.

    Parameters
    ----------
    activity : sequence of numpy.ndarray
        (stimulus, trial, unit), real and finite; the mean over trials is taken.
    kernel, debiased, sigma
        See `compare.measures.CKA`.
    threads : int, optional
        As many as there are cores by default; the numbers do not depend on it.

    Returns
    -------
    products : numpy.ndarray
        (subject, subject).
    sizes : numpy.ndarray
        (subject,): the sum of squares of each kernel before it was centred, against which rounding is told from zero.

    Notes
    -----
    The linear kernel takes subjects × stimuli² × units multiplications, and beside the activity half its memory and
    some blocks of 256 units; the rbf kernel holds stimuli² / 2 numbers a subject.
    """
    from threadpoolctl import threadpool_limits

    subjects = len(activity)
    memory = min(max(sum(array.nbytes for array in activity) / 2, LEAST_MEMORY), MOST_MEMORY)
    parts = list(_parts(len(activity[0]), memory / (8 * subjects) if kernel == "linear" else np.inf))
    buffer = np.empty((subjects, max(tiles[-1].place.stop for tiles in parts)))
    products, sizes = np.zeros((subjects, subjects)), np.zeros(subjects)
    with threadpool_limits(limits=1, user_api="blas"):
        for tiles in parts:
            kernels = buffer[:, : tiles[-1].place.stop]

            def compute(subject: int, tiles: list[_Tile] = tiles, kernels: np.ndarray = kernels) -> float:
                out = kernels[subject]
                out[:] = 0.0
                norms = _linear(activity[subject], tiles, out)
                if kernel == "linear":
                    hollow, total = (-norms, -norms.sum()) if debiased else (np.zeros_like(norms), 0.0)
                else:
                    hollow, total = _radial(norms, tiles, out, sigma, debiased)
                return _centre(hollow, total, tiles, out, debiased)

            sizes += run_on_threads(compute, range(subjects), threads)
            products += kernels @ kernels.T
    return products, sizes


def _parts(stimuli: int, most: float) -> Iterator[list[_Tile]]:
    """Cut the upper triangle of the kernel into tiles, and these into parts of at most so many numbers."""
    edges = np.linspace(0, stimuli, -(-stimuli // TILE) + 1).astype(int).tolist()
    sides = [slice(start, stop) for start, stop in pairwise(edges)]
    part: list[_Tile] = []
    used = 0
    for index, rows in enumerate(sides):
        for columns in sides[index:]:
            numbers = (rows.stop - rows.start) * (columns.stop - columns.start)
            if part and used + numbers > most:
                yield part
                part, used = [], 0
            part.append(_Tile(rows, columns, slice(used, used + numbers)))
            used += numbers
    yield part


def _linear(activity: np.ndarray, tiles: list[_Tile], out: np.ndarray) -> np.ndarray:
    """Add the tiles of ``XXᵀ`` to `out`, units centred; give each stimulus's squared norm."""
    norms = np.zeros(len(activity))
    for start in range(0, activity.shape[2], UNITS):
        block = activity[:, :, start : start + UNITS]
        one = block.shape[1] == 1
        block = centred(block[:, 0].astype(np.float64, copy=False) if one else block.mean(axis=1, dtype=np.float64))
        norms += np.einsum("ij,ij->i", block, block)
        for tile in tiles:
            view = tile.of(out)
            view += block[tile.rows] @ block[tile.columns].T
    return norms


def _radial(
    norms: np.ndarray, tiles: list[_Tile], out: np.ndarray, sigma: float | None, debiased: bool
) -> tuple[np.ndarray, float]:
    """Make tiles of ``XXᵀ`` those of the rbf kernel; give the sums of its rows (debiased: without the diagonal)."""
    rounding = 1e-14 * norms.max()
    for tile in tiles:
        view = tile.of(out)
        view *= -2
        view += norms[tile.rows, None]
        view += norms[tile.columns]
        view[view < rounding] = 0.0
        if tile.on_diagonal:
            np.fill_diagonal(view, 0.0)
    rows = np.zeros(len(norms))
    if not out.any():
        return rows, 0.0
    out /= -2 * (_median(tiles, out) if sigma is None else sigma**2)
    np.exp(out, out=out)
    for tile in tiles:
        view = tile.of(out)
        rows[tile.rows] += view.sum(axis=1)
        if not tile.on_diagonal:
            rows[tile.columns] += view.sum(axis=0)
    if debiased:
        rows -= 1
    return rows, float(rows.sum())


def _median(tiles: list[_Tile], squared: np.ndarray) -> float:
    pairs = [
        tile.of(squared)[np.triu_indices(tile.rows.stop - tile.rows.start, 1)]
        if tile.on_diagonal
        else squared[tile.place]
        for tile in tiles
    ]
    every = np.concatenate(pairs)
    return float(np.median(every[every > 0]))


def _centre(rows: np.ndarray, total: float, tiles: list[_Tile], out: np.ndarray, debiased: bool) -> float:
    """Centre the tiles by the kernel's row sums, weigh those that stand for two; give the sum of squares before."""
    n = len(rows)
    effect, grand = (rows / (n - 2), total / ((n - 1) * (n - 2))) if debiased else (rows / n, total / n**2)
    size = 0.0
    for tile in tiles:
        view = tile.of(out)
        if debiased and tile.on_diagonal:
            np.fill_diagonal(view, 0.0)
        size += float(np.vdot(view, view)) * (1 if tile.on_diagonal else 2)
        view -= effect[tile.rows, None]
        view -= effect[tile.columns] - grand
        if debiased and tile.on_diagonal:
            np.fill_diagonal(view, 0.0)
        if not tile.on_diagonal:
            view *= np.sqrt(2)
    return size
