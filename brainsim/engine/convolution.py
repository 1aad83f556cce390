"""Spikes through a bank of filters that all positions share.

For a source position and a filter row, the targets of neighbouring positions and of all channels lie side by side in
memory. The bank is stored so that their weights do too: one addition of two stretches of memory. Where a stretch
holds mostly zeros (pooling), its few entries are listed instead.
"""

from dataclasses import dataclass

import numpy as np
from numba import cfunc

from brainsim.engine.connections import ConvolutionConnections
from brainsim.engine.operation import SIGNATURE, Operation, bytes_at, doubles_at, integers_at, uints_at

__all__ = ["FilterBank"]

DENSE = 0.25  # share of non-zero entries from which a stretch is added whole


@dataclass(frozen=True, eq=False)
class FilterBank:
    """A bank laid out for delivery; threads share it.

    Filter column ``phase + stride * m`` reaches the target ``m`` positions to the left, so a stretch holds m falling.
    """

    shape: tuple[int, ...]
    stretches: np.ndarray  # float64 (in, filter row, phase, m falling, out)
    listed: np.ndarray  # int64 (in * filter row * phase + 1,): where each stretch's entries begin; dense ones have none
    dense: np.ndarray  # uint8 (in * filter row * phase,)
    entry_shift: np.ndarray  # int64 (entry,), m
    entry_channel: np.ndarray  # int64 (entry,)
    entry_weight: np.ndarray  # float64 (entry,)
    delay: int

    @classmethod
    def of(cls, connections: ConvolutionConnections) -> "FilterBank":
        """Lay out a bank."""
        stride = connections.stride
        out, channels, height, width = connections.bank.shape
        shifts = -(-width // stride)
        stretches = np.zeros((channels, height, stride, shifts, out))
        for column in range(width):
            m, phase = divmod(column, stride)
            stretches[:, :, phase, shifts - 1 - m, :] = connections.bank[:, :, :, column].transpose(1, 2, 0)
        flat = stretches.reshape(channels * height * stride, shifts, out)
        filled = (flat != 0).sum(axis=(1, 2))
        dense = filled >= DENSE * shifts * out
        sparse = np.where(dense[:, None, None], 0.0, flat)
        where, shift, channel = np.nonzero(sparse)
        listed = np.concatenate(([0], np.cumsum(np.where(dense, 0, filled))))
        padding = connections.padding
        numbers = (*connections.source_shape, *connections.target_shape, height, stride, shifts, *padding)  # type: ignore[misc]
        return cls(
            numbers,
            stretches,
            listed.astype(np.int64),
            dense.astype(np.uint8),
            (shifts - 1 - shift).astype(np.int64),
            channel.astype(np.int64),
            sparse[where, shift, channel],
            connections.delay,
        )

    def operation(
        self, log: np.ndarray, ends: np.ndarray, variable: np.ndarray, active: np.ndarray | None
    ) -> Operation:
        """Give the operation that adds to `variable`, to active units alone where `active` is given."""
        arrays = (self.stretches, self.listed, self.dense, self.entry_shift, self.entry_channel, self.entry_weight)
        mask = 0 if active is None else active
        return Operation.of(convolve, *self.shape, self.delay, log, ends, variable, mask, *arrays)


@cfunc(SIGNATURE, cache=True)
def convolve(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver the spikes of the step that is due."""
    source_width, channels = arguments[1], arguments[2]
    height, width, out = arguments[3], arguments[4], arguments[5]
    filter_height, stride, shifts = arguments[6], arguments[7], arguments[8]
    top, left, emitted = arguments[9], arguments[10], row - arguments[11]
    log, ends = uints_at(arguments[12]), integers_at(arguments[13])
    variable, active, masked = doubles_at(arguments[14]), bytes_at(arguments[15]), arguments[15] != 0
    stretches, listed, dense = doubles_at(arguments[16]), integers_at(arguments[17]), bytes_at(arguments[18])
    entry_shift, entry_channel = integers_at(arguments[19]), integers_at(arguments[20])
    entry_weight = doubles_at(arguments[21])
    for position in range(ends[emitted], ends[emitted + 1]):
        unit = np.int64(log[position])
        place, channel = unit // channels, unit % channels
        y, x = place // source_width + top, place % source_width + left
        phase, right = x % stride, x // stride  # the rightmost target that hears column x
        first = max(right - shifts + 1, 0)
        last = min(right, width - 1)
        for filter_row in range(y % stride, min(filter_height, y + 1), stride):
            target_row = (y - filter_row) // stride
            if target_row >= height:
                continue
            stretch = (channel * filter_height + filter_row) * stride + phase
            begin = target_row * width
            if dense[stretch]:
                weight = (stretch * shifts + first - (right - shifts + 1)) * out
                target = (begin + first) * out
                count = (last - first + 1) * out
                if masked:
                    for k in range(count):
                        if active[target + k]:
                            variable[target + k] += stretches[weight + k]
                else:
                    for k in range(count):
                        variable[target + k] += stretches[weight + k]
            else:
                for entry in range(listed[stretch], listed[stretch + 1]):
                    column = right - entry_shift[entry]
                    if first <= column <= last:
                        target = (begin + column) * out + entry_channel[entry]
                        if not masked or active[target]:
                            variable[target] += entry_weight[entry]
    return 0
