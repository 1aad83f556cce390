"""Who is wired to whom: a list of synapses, or a bank of filters that all positions share.

Delays are counted in steps, weights are in the SI unit of the variable that they increment.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from brainsim.engine.errors import NetworkError

__all__ = [
    "ConvolutionConnections",
    "SparseConnections",
    "as_delays",
    "as_indptr",
    "as_targets",
    "as_weights",
    "convolved_size",
    "longest",
]

MAX_DELAY = 1_000_000  # steps; a longer delay is a mistake of units
MAX_SYNAPSES = 2**32  # of one projection; places are numbered in 32 bits


@dataclass(frozen=True, eq=False)
class SparseConnections:
    """Synapses row by row: source ``i`` reaches ``targets[indptr[i]:indptr[i + 1]]``, in order of creation.

    Parameters
    ----------
    indptr : numpy.ndarray
        Where each source's row begins, and the end; (sources + 1,), stored as int64.
    targets : numpy.ndarray
        Target unit of each synapse, (synapses,), stored as uint32.
    weights : float or numpy.ndarray
        Weight of all synapses, or of each; SI, stored as float64, or as float32 where it comes so.
    delays : int or numpy.ndarray
        Delay of all synapses, or of each, in steps, not negative; arrays are stored in as few bytes as will do.

    Raises
    ------
    NetworkError
        If the rows do not cover the targets, or a weight or delay cannot be used.

    Examples
    --------
    >>> chain = SparseConnections(np.array([0, 1, 1]), np.array([1]), weights=6e-9, delays=2)
    >>> chain.sources, chain.synapses
    (2, 1)
    """

    indptr: np.ndarray  # (sources + 1,) int64
    targets: np.ndarray  # (synapses,) uint32
    weights: float | np.ndarray  # SI
    delays: int | np.ndarray  # steps

    def __post_init__(self) -> None:
        indptr = as_indptr(self.indptr)
        targets = as_targets(self.targets, indptr)
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "weights", as_weights(self.weights, len(targets)))
        object.__setattr__(self, "delays", as_delays(self.delays, len(targets)))

    @property
    def sources(self) -> int:
        """Number of source units."""
        return len(self.indptr) - 1

    @property
    def synapses(self) -> int:
        """Number of synapses."""
        return len(self.targets)

    @property
    def reach(self) -> int:
        """Highest target unit plus one."""
        return int(self.targets.max()) + 1 if len(self.targets) else 0

    @property
    def longest_delay(self) -> int:
        """Longest delay in steps."""
        return longest(self.delays)

    def expand(self) -> "SparseConnections":
        """Give the synapses one by one: these are already."""
        return self


@dataclass(frozen=True, eq=False)
class ConvolutionConnections:
    """One bank of filters at every position: the weights are stored once, an entry of 0 is no synapse.

    Target ``(y, x, o)`` hears source ``(y * stride - padding[0] + i, x * stride - padding[1] + j, c)`` with weight
    ``bank[o, c, i, j]``, as far as there is such a source (correlation, as in convolutional networks).

    Parameters
    ----------
    bank : numpy.ndarray
        (out, in, height, width), SI, stored as float64.
    source_shape, target_shape : tuple of int
        (height, width, channel); a unit's number is its position in C order.
    stride : int
        Source positions from one target position to the next.
    padding : int or tuple of int
        Rows above and columns left of the source that the first target's filter covers.
    delay : int
        Steps, not negative.

    Raises
    ------
    NetworkError
        If the shapes do not fit the bank, or a number cannot be used.

    Examples
    --------
    >>> bank = np.ones((1, 1, 2, 2))
    >>> wiring = ConvolutionConnections(bank, (4, 4, 1), (2, 2, 1), stride=2, padding=0, delay=1)
    >>> wiring.synapses, wiring.expand().targets.tolist()
    (16, [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])
    """

    bank: np.ndarray  # (out, in, height, width), SI
    source_shape: tuple[int, int, int]  # (height, width, in)
    target_shape: tuple[int, int, int]  # (height, width, out)
    stride: int = 1
    padding: int | tuple[int, int] = 0
    delay: int = 1  # steps

    def __post_init__(self) -> None:
        bank = np.ascontiguousarray(self.bank, dtype=np.float64)
        if bank.ndim != 4 or 0 in bank.shape or not np.isfinite(bank).all():
            raise NetworkError(
                f"ConvolutionConnections.bank: must be finite (out, in, height, width), got {bank.shape}"
            )
        for name, shape, channels in (
            ("source", self.source_shape, bank.shape[1]),
            ("target", self.target_shape, bank.shape[0]),
        ):
            if len(shape) != 3 or min(shape) < 1 or shape[2] != channels:
                raise NetworkError(
                    f"ConvolutionConnections.{name}_shape: must be (height, width, {channels}) for a bank of "
                    f"{bank.shape}, got {tuple(shape)}"
                )
        if self.stride < 1:
            raise NetworkError(f"ConvolutionConnections.stride: must be at least 1, got {self.stride}")
        padding = (self.padding, self.padding) if isinstance(self.padding, int) else tuple(self.padding)
        if len(padding) != 2 or min(padding) < 0:
            raise NetworkError(f"ConvolutionConnections.padding: must be two counts not below 0, got {self.padding}")
        for axis in (0, 1):
            if (self.target_shape[axis] - 1) * self.stride - padding[axis] >= self.source_shape[axis]:
                raise NetworkError(
                    f"ConvolutionConnections.target_shape: {tuple(self.target_shape)} reaches beyond the source "
                    f"{tuple(self.source_shape)} at stride {self.stride}"
                )
        object.__setattr__(self, "bank", bank)
        object.__setattr__(self, "source_shape", tuple(int(size) for size in self.source_shape))
        object.__setattr__(self, "target_shape", tuple(int(size) for size in self.target_shape))
        object.__setattr__(self, "padding", (int(padding[0]), int(padding[1])))
        object.__setattr__(self, "delay", as_delays(self.delay, 0))

    @property
    def sources(self) -> int:
        """Number of source units."""
        return int(np.prod(self.source_shape))

    @property
    def reach(self) -> int:
        """Number of target units."""
        return int(np.prod(self.target_shape))

    @property
    def synapses(self) -> int:
        """Number of synapses that the bank stands for."""
        entries = (self.bank != 0).sum(axis=(0, 1))
        rows, columns = (self._positions(axis)[1].sum(axis=0) for axis in (0, 1))
        return int(rows @ entries @ columns)

    @property
    def longest_delay(self) -> int:
        """The delay in steps."""
        return self.delay

    def expand(self) -> SparseConnections:
        """List the synapses one by one: by source, then target."""
        width = self.source_shape[1]
        out_width, out_channels = self.target_shape[1:]
        rows, row_there = self._positions(0)
        columns, column_there = self._positions(1)
        sources, targets, weights = [], [], []
        for i, j in np.argwhere((self.bank != 0).any(axis=(0, 1))):
            y, x = np.nonzero(row_there[:, i])[0], np.nonzero(column_there[:, j])[0]
            o, c = np.nonzero(self.bank[:, :, i, j])
            position = (rows[y, i][:, None] * width + columns[x, j]).ravel()
            sources.append((position[:, None] * self.source_shape[2] + c).ravel())
            targets.append(((y[:, None] * out_width + x).reshape(-1, 1) * out_channels + o).ravel())
            weights.append(np.tile(self.bank[o, c, i, j], position.size))
        source, target, weight = (
            np.concatenate(part) if part else np.zeros(0, int) for part in (sources, targets, weights)
        )
        order = np.lexsort((target, source))
        indptr = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=self.sources))))
        return SparseConnections(indptr, target[order], weight[order], self.delay)

    def _positions(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Source row of (target row, filter row) and whether there is one; the same for columns."""
        padding: tuple[int, int] = self.padding  # type: ignore[assignment]
        target = np.arange(self.target_shape[axis])[:, None] * self.stride - padding[axis]
        source = target + np.arange(self.bank.shape[2 + axis])
        return source, (source >= 0) & (source < self.source_shape[axis])


def convolved_size(size: int, width: int, stride: int, padding: int | Literal["same", "valid"]) -> tuple[int, int]:
    """Give how many target positions a filter has along one axis, and the padding before the first source.

    ``"valid"`` keeps the filter inside the source; ``"same"`` gives ``ceil(size / stride)`` positions, the padding
    split evenly with the odd one behind; a number pads as much before as behind.

    Raises
    ------
    NetworkError
        If the filter fits nowhere, or the padding is unknown.

    Examples
    --------
    >>> convolved_size(40, 7, 2, "same"), convolved_size(40, 7, 2, "valid"), convolved_size(40, 7, 1, 3)
    ((20, 2), (17, 0), (40, 3))
    """
    if padding == "same":
        count = -(-size // stride)
        return count, max((count - 1) * stride + width - size, 0) // 2
    before = 0 if padding == "valid" else padding
    if not isinstance(before, (int, np.integer)) or before < 0:
        raise NetworkError(f"padding: must be 'same', 'valid' or a count not below 0, got {padding!r}")
    count = (size + 2 * before - width) // stride + 1
    if count < 1:
        raise NetworkError(f"padding: a filter {width} wide does not fit {size} positions with padding {padding!r}")
    return count, int(before)


def as_indptr(indptr: np.ndarray) -> np.ndarray:
    """Check where rows begin; int64 (sources + 1,).

    Raises
    ------
    NetworkError
        If they do not rise from 0.
    """
    indptr = np.ascontiguousarray(indptr)
    if indptr.ndim != 1 or len(indptr) < 2 or indptr[0] != 0 or np.any(indptr[1:] < indptr[:-1]):
        raise NetworkError("SparseConnections.indptr: must rise from 0, one entry more than there are sources")
    if int(indptr[-1]) >= MAX_SYNAPSES:
        raise NetworkError(
            f"SparseConnections: a projection holds fewer than {MAX_SYNAPSES:,} synapses, got {int(indptr[-1]):,}; "
            "split its source or its target"
        )
    return indptr.astype(np.int64, copy=False)


def as_targets(targets: np.ndarray, indptr: np.ndarray) -> np.ndarray:
    """Check target units against the rows; uint32 (synapses,).

    Raises
    ------
    NetworkError
        If there are more or fewer than the rows hold, or one is no unit number.
    """
    targets = np.asarray(targets)
    if int(indptr[-1]) != len(targets):
        raise NetworkError(f"SparseConnections.targets: {len(targets)} synapses, but indptr ends at {int(indptr[-1])}")
    if targets.size and (targets.min() < 0 or targets.max() >= 2**32):
        raise NetworkError("SparseConnections.targets: must be unit numbers, from 0 to below 2**32")
    return np.ascontiguousarray(targets, dtype=np.uint32)


def as_weights(weights: float | np.ndarray, synapses: int) -> float | np.ndarray:
    """Check weights: one number, or float64 or float32 (synapses,).

    Raises
    ------
    NetworkError
        If they are not so many, or not finite.
    """
    values = np.asarray(weights)
    if values.dtype != np.float32:
        values = values.astype(np.float64, copy=False)
    if values.ndim and values.shape != (synapses,):
        raise NetworkError(f"weights: must be one number or {synapses}, got an array of shape {values.shape}")
    if not np.isfinite(values).all():
        raise NetworkError("weights: must be finite")
    return np.ascontiguousarray(values) if values.ndim else float(values)


def as_delays(delays: int | np.ndarray, synapses: int) -> int | np.ndarray:
    """Check delays: one number, or uint8, uint16 or uint32 (synapses,).

    Raises
    ------
    NetworkError
        If they are not so many, or not whole steps within `MAX_DELAY`.
    """
    values = np.asarray(delays)
    if values.ndim and values.shape != (synapses,):
        raise NetworkError(f"delays: must be one number of steps or {synapses}, got an array of shape {values.shape}")
    if values.dtype.kind not in "iu" or (values.size and (values.min() < 0 or values.max() > MAX_DELAY)):
        raise NetworkError(f"delays: must be whole steps from 0 to {MAX_DELAY}")
    if not values.ndim:
        return int(values)
    return np.ascontiguousarray(values, dtype=np.min_scalar_type(int(values.max(initial=0))))


def longest(delays: int | np.ndarray) -> int:
    """Give the longest delay in steps."""
    if isinstance(delays, np.ndarray):
        return int(delays.max()) if delays.size else 0
    return delays
