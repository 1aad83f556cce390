"""The simple recurrent cell; see `ann.layers.SimpleRNN` for its equation."""

import numpy as np

from ann.fast.recurrent.squash import contracted, slope
from ann.fast.recurrent.step import add_upstream, clear, gate, hold, hold_back, multiply, multiply_back

__all__ = ["simple_rnn", "simple_rnn_gradient"]


@contracted
def simple_rnn(z, recurrent, bias, h, skipped, kind):  # type: ignore[no-untyped-def]
    """Fill `h`."""
    _, steps, count, units = z.shape
    product = np.empty((1, count, units), z.dtype)
    for t in range(steps):
        multiply(h[t], recurrent, product)
        for b in range(count):
            row = h[t + 1, b]
            row[:] = z[0, t, b]
            gate(row, product[0, b], bias[0], kind)
        hold(t, skipped, h)


@contracted
def simple_rnn_gradient(upstream, h, transposed, skipped, kind, d, d_h):  # type: ignore[no-untyped-def]
    """Fill `d`; `d_h` becomes the gradient for the initial state."""
    _, steps, count, units = d.shape
    product, kept = np.empty((1, count, units), d.dtype), np.empty_like(d_h)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        kept[:] = d_h
        for b in range(count):
            row = d[0, t, b]
            row[:] = d_h[b]
            slope(kind, h[t + 1, b], row)
        clear(t, skipped, d)
        d_h[:] = 0
        multiply_back(t, d, transposed, product, d_h)
        hold_back(t, skipped, kept, d_h)
