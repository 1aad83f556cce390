"""Wiring between populations laid out on a grid: convolution and pooling, in the sense of convolutional networks.

Shapes are (height, width) or (height, width, channel). A bank of filters is stored once, however many positions share
it.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from brainsim.engine.connections import ConvolutionConnections, convolved_size
from brainsim.errors import ModelError, ParameterError
from brainsim.wiring.rule import Connectivity, Ends, Rule, count, pointers, reals
from isocortex.errors import nearest

__all__ = ["Convolution", "Padding", "Pooling"]

Padding = int | Literal["same", "valid"]


@dataclass(frozen=True, eq=False)
class Convolution(Rule):
    """Every target position sees a patch of the source through the same filters.

    Target ``(y, x, o)`` receives from source ``(y * stride - before + i, x * stride - before + j, c)`` a synapse of
    ``bank[o, c, i, j]`` times the projection's weight. This is correlation, as convolutional networks have it: the
    filter is not turned round. An entry of 0 is no synapse.

    Parameters
    ----------
    bank : array-like (out, in, height, width)
        Filters.
    stride : int
        Source positions from one target position to the next.
    padding : "same", "valid" or int
        ``"same"`` gives ``ceil(size / stride)`` target positions, ``"valid"`` keeps the filter inside the source, a
        number pads so many positions on every side. Outside the source there is nothing, so no synapse.

    Examples
    --------
    >>> rule = Convolution(np.ones((8, 1, 5, 5)), stride=2)
    >>> rule.target_shape((40, 40))
    (20, 20, 8)
    """

    bank: Any
    stride: int = 1
    padding: Padding = "same"

    def __post_init__(self) -> None:
        bank = reals(self.bank, "convolution.bank")
        if bank.ndim != 4 or 0 in bank.shape:
            raise ParameterError(f"convolution.bank: must be (out, in, height, width), got shape {bank.shape}")
        bank = bank.astype(np.float64)
        if not np.isfinite(bank).all():
            raise ParameterError("convolution.bank: must be finite, got NaN or infinity")
        bank.flags.writeable = False
        object.__setattr__(self, "bank", bank)
        object.__setattr__(self, "stride", count(self.stride, "convolution.stride", least=1))
        _check_padding(self.padding, "convolution.padding")

    @property
    def factors(self) -> tuple[float, float]:
        """Smallest and largest entry."""
        return (float(self.bank.min()), float(self.bank.max()))

    def target_shape(self, source: tuple[int, ...]) -> tuple[int, int, int]:
        """Give the shape that the target of a source of this shape must have.

        Raises
        ------
        ModelError
            If the filter fits nowhere.
        """
        (height, _), (width, _) = (
            _positions(source[axis], self.bank.shape[2 + axis], self.stride, self.padding, "convolution")
            for axis in (0, 1)
        )
        return (height, width, self.bank.shape[0])

    def check(self, ends: Ends) -> None:
        """Shapes must be on a grid, with the bank's channels, and fit stride and padding."""
        source, target = _grid(ends, "convolution")
        if source[2] != self.bank.shape[1]:
            raise ModelError(
                f"{ends.where}: the bank {self.bank.shape} reads {self.bank.shape[1]} channels, "
                f"the source {ends.source} has {source[2]}"
            )
        expected = self.target_shape(source)
        if target != expected:
            raise ModelError(
                f"{ends.where}: convolution of {ends.source} with bank {self.bank.shape}, stride {self.stride} and "
                f"padding {self.padding!r} gives {expected}, the target has {ends.target}"
            )

    def synapses(self, ends: Ends) -> float:
        """Exactly as many as filter entries that meet the source."""
        return self.shared(ends, weight=1.0, delay=0).synapses

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """List the synapses one by one; nothing is drawn."""
        listed = self.shared(ends, weight=1.0, delay=0).expand()
        return Connectivity(listed.indptr.astype(np.int64), listed.targets, np.asarray(listed.weights))

    def shared(self, ends: Ends, weight: float, delay: int) -> ConvolutionConnections:
        """Give the wiring with its filters stored once.

        Parameters
        ----------
        ends : Ends
            What is connected.
        weight : float
            What the bank is multiplied by, in SI.
        delay : int
            In steps.
        """
        source, target = _grid(ends, "convolution")
        height, width = self.bank.shape[2:]
        before = (
            _positions(source[0], height, self.stride, self.padding, ends.where)[1],
            _positions(source[1], width, self.stride, self.padding, ends.where)[1],
        )
        return ConvolutionConnections(self.bank * weight, source, target, self.stride, before, delay)


@dataclass(frozen=True)
class Pooling(Rule):
    """Every target position gathers a square of source positions, channel by channel.

    Parameters
    ----------
    size : int
        Side of the square.
    stride : int, optional
        Source positions from one target position to the next; `size` by default.
    padding : "same", "valid" or int
        As in :class:`Convolution`.

    Examples
    --------
    >>> rule = Pooling(2)
    >>> rule.target_shape((20, 20, 8))
    (10, 10, 8)
    """

    size: int
    stride: int | None = None
    padding: Padding = "valid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", count(self.size, "pooling.size", least=1))
        stride = self.size if self.stride is None else self.stride
        object.__setattr__(self, "stride", count(stride, "pooling.stride", least=1))
        _check_padding(self.padding, "pooling.padding")

    def target_shape(self, source: tuple[int, ...]) -> tuple[int, int, int]:
        """Give the shape that the target of a source of this shape must have.

        Raises
        ------
        ModelError
            If the square fits nowhere.
        """
        height, width = (self._along(source[axis], "pooling")[0] for axis in (0, 1))
        return (height, width, source[2] if len(source) == 3 else 1)

    def check(self, ends: Ends) -> None:
        """Shapes must be on a grid, of as many channels, and fit stride and padding."""
        source, target = _grid(ends, "pooling")
        expected = self.target_shape(source)
        if target != expected:
            raise ModelError(
                f"{ends.where}: pooling of {ends.source} with size {self.size}, stride {self.stride} and padding "
                f"{self.padding!r} gives {expected}, the target has {ends.target}"
            )

    def synapses(self, ends: Ends) -> float:
        """Exactly as many as positions that meet the source."""
        rows, columns = (self._pairs(ends, axis)[0].size for axis in (0, 1))
        return rows * columns * _grid(ends, "pooling")[0][2]

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Connect; nothing is drawn."""
        source, target = _grid(ends, "pooling")
        (row, row_target), (column, column_target) = (self._pairs(ends, axis) for axis in (0, 1))
        channels = np.arange(source[2])

        def unit(rows: np.ndarray, columns: np.ndarray, width: int) -> np.ndarray:
            position = rows[:, None] * width + columns[None, :]
            return (position[:, :, None] * len(channels) + channels).ravel()

        sources = unit(row, column, source[1])
        targets = unit(row_target, column_target, target[1])
        order = np.lexsort((targets, sources))
        lengths = np.bincount(sources, minlength=ends.sources)
        return Connectivity(pointers(lengths), targets[order].astype(np.uint32))

    def _along(self, length: int, where: str) -> tuple[int, int]:
        return _positions(length, self.size, self.stride or self.size, self.padding, where)

    def _pairs(self, ends: Ends, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Give source and target position of every pair along one axis."""
        length = ends.source[axis]
        positions, before = self._along(length, ends.where)
        target = np.repeat(np.arange(positions), self.size)
        source = target * (self.stride or self.size) - before + np.tile(np.arange(self.size), positions)
        inside = (source >= 0) & (source < length)
        return source[inside], target[inside]


def _check_padding(padding: Any, where: str) -> None:
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ParameterError(f"{where}: {padding!r} is unknown; {nearest(padding, ['same', 'valid'])}")
    else:
        count(padding, where)


def _positions(size: int, width: int, stride: int, padding: Padding, where: str) -> tuple[int, int]:
    if padding != "same" and size + 2 * (0 if padding == "valid" else int(padding)) < width:
        raise ModelError(f"{where}: {width} wide does not fit {size} positions with padding {padding!r}")
    return convolved_size(size, width, stride, padding)


def _grid(ends: Ends, rule: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    shapes = []
    for side, shape in (("source", ends.source), ("target", ends.target)):
        if len(shape) not in (2, 3):
            raise ModelError(
                f"{ends.where}: {rule} needs a {side} with shape=(height, width) or (height, width, channel), "
                f"got {shape}"
            )
        shapes.append((shape[0], shape[1], shape[2] if len(shape) == 3 else 1))
    return shapes[0], shapes[1]
