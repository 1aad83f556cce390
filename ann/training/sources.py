"""Where batches come from: arrays in memory, arrays mapped from files, or whatever gives batches one by one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import BLOCK_BYTES, as_array, batches, cast, require_finite, rows_of
from ann.errors import DataError, InvalidTypeError, InvalidValueError, IsocortexError
from ann.training.checks import Batch, checked_batch, checked_targets, pretended, require_loss
from ann.training.weighting import checked_weights, counting_steps, is_balanced, with_classes

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Arrays", "Batches", "Mapped", "Source", "gives_batches", "is_mapped", "source_of"]


class Source(ABC):
    """Gives the batches of one epoch after the other."""

    steps: int | None
    """How many batches an epoch has; None where only going through them tells."""

    stimuli: int | None
    """How many stimuli an epoch has, where that is known."""

    @abstractmethod
    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """Give the batches of the next epoch, in an order drawn from `rng` if there is one."""


class Arrays(Source):
    """Arrays in memory, checked as a whole so that a step need not.

    Parameters
    ----------
    x, y : numpy.ndarray
        In the form that a step takes.
    weights : numpy.ndarray or None
        Of the stimuli.
    size : int
        Stimuli in a batch.
    ahead : bool
        Whether a thread gathers batches ahead of their turn.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None, size: int, ahead: bool = False):
        self.x, self.y, self.weights, self.size, self.ahead = x, y, weights, size, ahead
        self.stimuli = len(x)
        self.steps = -(-len(x) // size)

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """Give the batches of an epoch."""
        return batches(self.x, self.y, self.size, rng, self.weights, self.ahead)

    def part(self, rows: np.ndarray, size: int) -> "Arrays":
        """Give some of the rows, in batches of another size."""
        weights = None if self.weights is None else self.weights[rows]
        return Arrays(self.x[rows], self.y[rows], weights, size, self.ahead)


class Mapped(Source):
    """Arrays of which one at least is mapped from a file, and may be larger than memory.

    Some megabytes are read at a time, rows in the order in which the file has them, and checked then. The order of
    stimuli, and so every bit of training, is that of the same arrays in memory.

    Parameters
    ----------
    model : Network
        Whose stimuli and targets they are.
    x, y : numpy.ndarray
        As they stand in the files.
    weights : numpy.ndarray or None
        Of the stimuli.
    class_weight : mapping or str, optional
        See `ann.training.weighting.with_classes`.
    size : int
        Stimuli in a batch.
    rows : numpy.ndarray, optional
        Which stimuli; all by default.
    """

    def __init__(
        self,
        model: "Network",
        x: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray | None,
        class_weight: Any,
        size: int,
        rows: np.ndarray | None = None,
    ):
        self.model, self.x, self.y, self.weights, self.class_weight = model, x, y, weights, class_weight
        self.size, self.rows = size, rows
        count = len(x) if rows is None else len(rows)
        self.stimuli, self.steps = count, -(-count // size)

    def part(self, rows: np.ndarray, size: int) -> "Mapped":
        """Give some of the rows, in batches of another size."""
        return Mapped(self.model, self.x, self.y, self.weights, self.class_weight, size, rows)

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """Give the batches of an epoch."""
        rows = np.arange(len(self.x)) if self.rows is None else self.rows
        order = rows if rng is None else rows[rng.permutation(len(rows))]
        wide = max(self.model.dtype.itemsize * int(np.prod(self.x.shape[1:])), 1)
        block = max(BLOCK_BYTES // (wide * self.size), 1) * self.size
        for begin in range(0, len(order), block):
            x, y, weights = self._read(order[begin : begin + block])
            for start in range(0, len(x), self.size):
                cut = slice(start, start + self.size)
                yield x[cut], y[cut], None if weights is None else weights[cut]

    def _read(self, rows: np.ndarray) -> Batch:
        model = self.model
        x = cast(rows_of(self.x, rows), model.dtype, "x")
        y = rows_of(self.y, rows)
        for array, what in ((x, "x"), (y, "y")):
            require_finite(array, what, rows)
        y = checked_targets(model, y)
        weights = None if self.weights is None else self.weights[rows]
        return x, y, with_classes(self.class_weight, y, pretended(model, len(y)), weights)


class Batches(Source):
    """Whatever gives batches ``(x, y)`` or ``(x, y, sample_weight)``, each checked as it comes.

    Parameters
    ----------
    model : Network
        Whose stimuli and targets they are.
    given : iterable, iterator or callable
        An iterable is gone through anew every epoch, a function is called for the iterator of every epoch, and an
        iterator goes on from epoch to epoch.
    steps : int, optional
        How many batches an epoch has; by default all that there are.
    what : str
        Stands before names in error messages.
    class_weight : mapping, optional
        See `ann.training.weighting.with_classes`.

    Raises
    ------
    InvalidValueError
        If the classes shall be balanced, whose counts are not known beforehand.
    """

    stimuli = None

    def __init__(self, model: "Network", given: Any, steps: int | None, what: str = "", class_weight: Any = None):
        if isinstance(class_weight, str):
            raise InvalidValueError(
                f"class_weight: {class_weight!r} needs all targets beforehand; with batches give {{class: weight}}"
            )
        self.model, self.given, self.what, self.class_weight = model, given, what, class_weight
        self.steps = steps
        self.epochs = 0

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """Give the batches of an epoch, as they come."""
        self.epochs += 1
        came = 0
        for batch in islice(self._iterator(), self.steps):
            came += 1
            yield self._checked(batch, came)
        if came < (self.steps or 1):
            wanted = f"needs {self.steps}" if self.steps else "needs one at least"
            hint = ""
            if hasattr(self.given, "__next__"):
                hint = "; it is used up: give a list, or a function that makes a new generator for every epoch"
            raise DataError(f"{self.what}batches: ended after {came} in epoch {self.epochs}, which {wanted}{hint}")

    def _iterator(self) -> Iterator[Any]:
        given = self.given() if callable(self.given) else self.given
        if not isinstance(given, Iterable):
            raise InvalidTypeError(
                f"{self.what}batches: the function gave {type(given).__name__}, nothing to go through"
            )
        return iter(given)

    def _checked(self, batch: Any, number: int) -> Batch:
        try:
            return checked_batch(self.model, batch, self.class_weight)
        except IsocortexError as error:
            where = f"{self.what}batch {number} of epoch {self.epochs}"
            raise type(error)(f"{where}: {str(error).removeprefix('batch: ')}") from None


def source_of(
    model: "Network",
    x: Any,
    y: Any,
    size: int | None,
    sample_weight: Any = None,
    class_weight: Any = None,
    steps: int | None = None,
    what: str = "",
) -> Source:
    """Give the batches of what `fit` or `evaluate` was given.

    Parameters
    ----------
    model : Network
        With a loss.
    x, y : array
        Or batches as `x`, and no `y`.
    size : int, optional
        Stimuli in a batch; 32 by default.
    sample_weight, class_weight, steps
        As in `fit`.
    what : str
        Stands before names in error messages.

    Raises
    ------
    NotCompiledError, InvalidTypeError, InvalidValueError, ShapeError, DataError
        If the data do not fit the model or each other.
    """
    require_loss(model)
    if gives_batches(x) or (y is None and isinstance(x, (list, tuple))):
        for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", size)):
            if value is not None:
                raise InvalidTypeError(f"{what}{name}: x gives batches (x, y[, sample_weight]), so leave it away")
        return Batches(model, x, steps, what, class_weight)
    if y is None:
        raise InvalidTypeError(f"{what}y: missing; give targets beside the array x")
    if steps is not None:
        raise InvalidValueError(f"{what}steps: are those of batches that x gives; arrays have theirs")
    if is_mapped(x) or is_mapped(y):
        return _mapped(model, x, y, sample_weight, class_weight, size or 32, what)
    return Arrays(*checked_batch(model, (x, y, sample_weight), class_weight, what), size or 32, model.threads > 1)


def _mapped(model: "Network", x: Any, y: Any, sample_weight: Any, class_weight: Any, size: int, what: str) -> Mapped:
    x, y = as_array(x, f"{what}x"), as_array(y, f"{what}y")
    checked_batch(model, (x[:1] if x.ndim else x, y[:1] if y.ndim else y), what=what)
    if len(x) != len(y):
        raise DataError(f"{what}x and y: got {len(x)} stimuli and {len(y)} targets; they must be as many")
    outputs = pretended(model, len(x))
    weights = checked_weights(sample_weight, outputs, f"{what}sample_weight")
    if isinstance(class_weight, str):  # the counts are those of all targets, not of a block
        seen = checked_targets(model, y, what)
        counts = counting_steps(model, x) if is_balanced(class_weight) else None
        weights = with_classes(class_weight, seen, outputs, weights, counts)
        class_weight = None
    return Mapped(model, x, y, weights, class_weight, size)


def is_mapped(array: Any) -> bool:
    """Say whether an array looks into a file."""
    return isinstance(array, np.memmap)


def gives_batches(x: Any) -> bool:
    """Say whether something gives batches one by one, rather than being an array or what makes one."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple, str, bytes, Mapping, type)):
        return False
    return isinstance(x, (Iterable, Callable))  # type: ignore[arg-type]
