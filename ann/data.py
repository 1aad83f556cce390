"""Data on its way into a model: checked once, shuffled with a seed, cut into batches, split by class."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import DataError, InvalidValueError

__all__ = ["as_array", "as_stimuli", "batches", "cast", "classes_of", "require_finite", "rows_of", "split"]

Batch = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Stimuli, targets and maybe weights."""

BLOCK_BYTES = 2**21
"""How much is gathered at once when shuffled data are cut into batches."""


def as_stimuli(x: Any, dtype: np.dtype, what: str = "x") -> np.ndarray:
    """Give an array (stimulus, ...) of the model's type.

    Raises
    ------
    DataError
        If it is not numeric, has no axis of stimuli, or its numbers are too large for the type.
    """
    if type(x) is np.ndarray and x.dtype == dtype and x.ndim:
        return x
    array = as_array(x, what)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what}: must be numbers, got {array.dtype}")
    if array.ndim == 0:
        raise DataError(f"{what}: must have an axis of stimuli, got the single number {array}")
    return cast(array, dtype, what)


def as_array(x: Any, what: str) -> np.ndarray:
    """Give an array of whatever type.

    Raises
    ------
    DataError
        If rows have different lengths.
    """
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise DataError(f"{what}: holds masked values; fill or drop them first")
    try:
        return np.asarray(x)
    except ValueError as error:
        raise DataError(f"{what}: rows of different lengths make no array ({error})") from error
    except (TypeError, RuntimeError, RecursionError, OverflowError) as error:  # what an object's own conversion raises
        raise DataError(f"{what}: {type(x).__name__} makes no array ({error})") from error


def cast(array: np.ndarray, dtype: np.dtype, what: str) -> np.ndarray:
    """Give the same numbers in another type, uncopied where they have it already.

    Raises
    ------
    DataError
        If finite numbers would become infinite.
    """
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype, copy=False)
    except FloatingPointError:
        raise DataError(f"{what}: numbers too large for {dtype}; scale them, or make the model of float64") from None


def require_finite(array: np.ndarray, what: str, rows: np.ndarray | None = None) -> None:
    """Check that no number is NaN or infinite.

    Parameters
    ----------
    array : numpy.ndarray
        (stimulus, ...).
    what : str
        How an error message calls it.
    rows : numpy.ndarray, optional
        Which stimuli of all these are.

    Raises
    ------
    DataError
        Naming the first such number and where it stands.
    """
    # The extremes carry a NaN along, and need no second array as large as the data.
    if array.size and array.dtype.kind == "f" and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = place if rows is None else (int(rows[place[0]]), *place[1:])
        raise DataError(f"{what}: must be finite, got {array[place]} at {where}; drop or fill such stimuli first")


def batches(
    x: np.ndarray,
    y: np.ndarray,
    size: int,
    rng: np.random.Generator | None = None,
    weights: np.ndarray | None = None,
    ahead: bool = False,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Cut `x`, `y` and `weights` into batches of `size` stimuli, the last maybe smaller, in an order drawn from `rng`.

    Rows are gathered several batches at a time, so that small data cost one gathering an epoch and large data
    are never copied whole; with `ahead`, the next of them by a thread of its own, while the last are worked on.

    Examples
    --------
    >>> x = np.arange(5)
    >>> [part.tolist() for part, *_ in batches(x, x, 2)]
    [[0, 1], [2, 3], [4]]
    >>> sorted(int(i) for part, *_ in batches(x, x, 2, np.random.default_rng(0)) for i in part)
    [0, 1, 2, 3, 4]
    """
    count = len(x)
    order = None if rng is None else rng.permutation(count)
    block = max(BLOCK_BYTES // (max(x[:1].nbytes, 1) * size), 1) * size if rng is not None else count

    def gathered(begin: int) -> Batch:
        if order is None:
            return x, y, weights
        rows = order[begin : begin + block]
        return x.take(rows, axis=0), y.take(rows, axis=0), None if weights is None else weights.take(rows, axis=0)

    pool = ThreadPoolExecutor(1) if ahead and size < block < count else None
    coming: Future[Batch] | None = None
    try:
        for begin in range(0, count, block):
            x_block, y_block, w_block = gathered(begin) if coming is None else coming.result()
            for start in range(0, len(x_block), size):
                if start == size and pool is not None and begin + block < count:
                    coming = pool.submit(gathered, begin + block)  # now that the last block is let go
                stop = start + size
                yield x_block[start:stop], y_block[start:stop], None if w_block is None else w_block[start:stop]
    finally:
        if pool is not None:
            pool.shutdown()


def rows_of(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Give some rows of an array that may lie in a file, read in the order in which the file has them.

    Examples
    --------
    >>> rows_of(np.array([5, 6, 7, 8]), np.array([2, 0, 3]))
    array([7, 5, 8])
    """
    ascending = np.argsort(rows)
    found = np.empty((len(rows), *array.shape[1:]), array.dtype)
    found[ascending] = array[rows[ascending]]
    return found


def classes_of(targets: np.ndarray, outputs: int = 1) -> np.ndarray | None:
    """Give the class number of each stimulus (of each step), or None where the targets are no classes.

    Classes are whole numbers (stimulus,), 0 or 1 (stimulus, 1), or one-hot rows (stimulus, class).

    Parameters
    ----------
    targets : numpy.ndarray
        In the form that the loss takes.
    outputs : int
        How many axes the model's outputs have for one stimulus; 2 where they are sequences, whose steps have classes.

    Examples
    --------
    >>> classes_of(np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([1, 0])
    >>> classes_of(np.array([[0.5], [1.0]])) is None
    True
    """
    if targets.ndim == outputs:
        return targets.astype(np.intp) if targets.dtype.kind in "iub" else None
    if targets.ndim != outputs + 1 or not np.isin(targets, (0, 1)).all():
        return None
    if targets.shape[-1] == 1:
        return targets[..., 0].astype(np.intp)
    return targets.argmax(axis=-1) if (targets.sum(axis=-1) == 1).all() else None


def split(
    y: np.ndarray, share: float, rng: np.random.Generator, stratify: bool = True, outputs: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the rows that are kept for validation.

    Parameters
    ----------
    y : numpy.ndarray
        Targets (stimulus, ...).
    share : float
        Share of stimuli kept, above 0 and below 1.
    rng : numpy.random.Generator
        Where the choice comes from.
    stratify : bool
        Whether every class gives its share, where every stimulus has a class.
    outputs : int
        As in `classes_of`.

    Returns
    -------
    training, validation : numpy.ndarray
        Row numbers, ascending.

    Raises
    ------
    InvalidValueError, DataError
        If the share is not between 0 and 1 or leaves a side empty, or a class is too small to be on both sides.

    Examples
    --------
    >>> training, validation = split(np.repeat([0, 1], 10), 0.2, np.random.default_rng(0))
    >>> len(training), len(validation), int((validation < 10).sum())
    (16, 4, 2)
    """
    if not 0 < finite_number(share, "validation_split") < 1:
        raise InvalidValueError(f"validation_split: must lie between 0 and 1, got {share!r}")
    classes = classes_of(y, outputs) if stratify else None
    groups = [np.arange(len(y))]
    if classes is not None and classes.ndim == 1:
        groups = [np.flatnonzero(classes == label) for label in np.unique(classes)]
    chosen = []
    for rows in groups:
        kept = round(share * len(rows))
        if not 0 < kept < len(rows):
            which = f"{len(rows)} stimuli"
            if classes is not None and classes.ndim == 1:
                which = f"class {classes[rows[0]]} has {len(rows)} stimuli, which"
            raise DataError(
                f"validation_split: {which} cannot be split {share:g} to {1 - share:g}; give validation_data instead"
            )
        chosen.append(rng.permutation(rows)[:kept])
    validation = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(y)), validation, assume_unique=True), validation
