"""Spikes through a bank of filters that all positions share.

For a source position and a filter row, the targets of neighbouring positions and of all channels lie side by side in
memory. The bank is stored so that their weights do too: one addition of two stretches of memory. Where a stretch
holds mostly zeros (pooling), its few entries are listed instead.
"""

from dataclasses import dataclass

import numpy as np

from brainsim.engine.connections import ConvolutionConnections
from brainsim.engine.operation import Compiled, Operation, bytes_at, doubles_at, integers_at, ints_at, uints_at

__all__ = ["FilterBank"]

DENSE = 0.2  # share of non-zero entries from which a stretch is added whole


@dataclass(frozen=True, eq=False)
class FilterBank:
    """A bank laid out for delivery; threads share it.

    Filter column ``phase + stride * m`` reaches the target ``m`` positions to the left, so a stretch holds m falling.
    """

    shape: tuple[int, ...]
    stretches: np.ndarray  # float64 (in, filter row, phase, m falling, out)
    listed: np.ndarray  # int64 (in * filter row * phase * m + 1,): where the entries begin; dense stretches have none
    dense: np.ndarray  # uint8 (in * filter row * phase,)
    offsets: np.ndarray  # int32 (entry,): target unit, from the first channel of the rightmost target
    weights: np.ndarray  # float64 (entry,)
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
        filled = np.count_nonzero(flat, axis=2)
        dense = filled.sum(axis=1) >= DENSE * shifts * out
        thin = np.flatnonzero(~dense)
        where, shift, channel = np.nonzero(flat[thin])
        listed = np.concatenate(([0], np.cumsum(np.where(dense[:, None], 0, filled))))
        padding = connections.padding
        numbers = (*connections.source_shape, *connections.target_shape, height, stride, shifts, *padding)  # type: ignore[misc]
        return cls(
            numbers,
            stretches,
            listed.astype(np.int64),
            dense.astype(np.uint8),
            (channel - (shifts - 1 - shift) * out).astype(np.int32),
            flat[thin[where], shift, channel],
            connections.delay,
        )

    def operation(
        self, log: np.ndarray, ends: np.ndarray, variable: np.ndarray, active: np.ndarray | None, history: int
    ) -> Operation:
        """Give the operation that adds to `variable`, to active units alone where `active` is given.

        A delay beyond `history`, the steps for which the log remembers spikes, is one beyond the trial's end.
        """
        arrays = (self.stretches, self.listed, self.dense, self.offsets, self.weights)
        mask = 0 if active is None else active
        return Operation.of(convolve, *self.shape, min(self.delay, history), log, ends, variable, mask, *arrays)


@Compiled
def convolve(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver the spikes of the step that is due."""
    source_width, channels = arguments[1], arguments[2]
    height, width, out = arguments[3], arguments[4], arguments[5]
    filter_height, stride, shifts = arguments[6], arguments[7], arguments[8]
    top, left, emitted = arguments[9], arguments[10], row - arguments[11]
    log, ends = uints_at(arguments[12]), integers_at(arguments[13])
    variable, active, masked = doubles_at(arguments[14]), bytes_at(arguments[15]), arguments[15] != 0
    stretches, listed, dense = doubles_at(arguments[16]), integers_at(arguments[17]), bytes_at(arguments[18])
    offsets, weights = ints_at(arguments[19]), doubles_at(arguments[20])
    for spike in range(ends[emitted], ends[emitted + 1]):
        unit = np.int64(log[spike])
        position, channel = unit // channels, unit % channels
        y, x = position // source_width + top, position % source_width + left
        phase, right = x % stride, x // stride  # the rightmost target that hears column x
        first = max(right - shifts + 1, 0)
        last = min(right, width - 1)
        if last < first:
            continue  # no target hears this column
        for filter_row in range(y % stride, min(filter_height, y + 1), stride):
            target_row = (y - filter_row) // stride
            if target_row >= height:
                continue
            stretch = (channel * filter_height + filter_row) * stride + phase
            start, stop = (target_row * width + first) * out, (target_row * width + last + 1) * out
            skipped = first - (right - shifts + 1)
            if dense[stretch]:
                shift = (stretch * shifts + skipped) * out - start
                if masked:
                    for target in range(start, stop):
                        if active[target]:
                            variable[target] += stretches[shift + target]
                else:
                    for target in range(start, stop):
                        variable[target] += stretches[shift + target]
            else:
                place = stretch * shifts + skipped
                origin = (target_row * width + right) * out
                for entry in range(listed[place], listed[place + last - first + 1]):
                    target = origin + offsets[entry]
                    if not masked or active[target]:
                        variable[target] += weights[entry]
    return 0
