"""The cell with a long short-term memory; see `ann.layers.LSTM` for its equations."""

import numpy as np

from ann.fast.recurrent.squash import contracted, slope, squash
from ann.fast.recurrent.step import add_upstream, clear, gate, hold, hold_back, multiply, multiply_back

__all__ = ["lstm", "lstm_gradient"]


@contracted
def lstm(z, recurrent, bias, h, c, squashed, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Turn `z` into the gates, and fill `h`, `c` and the activation of `c`."""
    _, steps, count, units = z.shape
    product = np.empty((4, count, units), z.dtype)
    for t in range(steps):
        multiply(h[t], recurrent, product)
        for b in range(count):
            for g in range(4):
                gate(z[g, t, b], product[g, b], bias[g], kind if g == 2 else gate_kind)
            enter, forget, cell, leave = z[0, t, b], z[1, t, b], z[2, t, b], z[3, t, b]
            old, new, active, out = c[t, b], c[t + 1, b], squashed[t, b], h[t + 1, b]
            for k in range(units):
                new[k] = forget[k] * old[k] + enter[k] * cell[k]
            active[:] = new
            squash(kind, active)
            for k in range(units):
                out[k] = leave[k] * active[k]
        hold(t, skipped, h)
        hold(t, skipped, c)


@contracted
def _step_back(t, z, c, squashed, kind, gate_kind, d_h, d_c, d):  # type: ignore[no-untyped-def]
    """Fill ``d[:, t]``; the gradient for ``c[t + 1]`` becomes that for ``c[t]``."""
    units = d.shape[3]
    for b in range(d.shape[2]):
        enter, forget, cell, leave = z[0, t, b], z[1, t, b], z[2, t, b], z[3, t, b]
        active, old, up, memory = squashed[t, b], c[t, b], d_h[b], d_c[b]
        d_enter, d_forget, d_cell, d_leave = d[0, t, b], d[1, t, b], d[2, t, b], d[3, t, b]
        for k in range(units):
            d_leave[k] = up[k] * leave[k]
        slope(kind, active, d_leave)
        for k in range(units):
            memory[k] += d_leave[k]
        for k in range(units):
            d_leave[k] = up[k] * active[k]
        for k in range(units):
            d_enter[k] = memory[k] * cell[k]
        for k in range(units):
            d_forget[k] = memory[k] * old[k]
        for k in range(units):
            d_cell[k] = memory[k] * enter[k]
        for k in range(units):
            memory[k] *= forget[k]
        slope(gate_kind, enter, d_enter)
        slope(gate_kind, forget, d_forget)
        slope(kind, cell, d_cell)
        slope(gate_kind, leave, d_leave)


@contracted
def lstm_gradient(upstream, z, c, squashed, transposed, skipped, kind, gate_kind, d, d_h, d_c):  # type: ignore[no-untyped-def]
    """Fill `d`; `d_h` and `d_c` become the gradients for the initial states."""
    _, steps, count, units = d.shape
    product, kept, kept_c = np.empty((4, count, units), d.dtype), np.empty_like(d_h), np.empty_like(d_c)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        kept[:] = d_h
        kept_c[:] = d_c
        _step_back(t, z, c, squashed, kind, gate_kind, d_h, d_c, d)
        clear(t, skipped, d)
        d_h[:] = 0
        multiply_back(t, d, transposed, product, d_h)
        hold_back(t, skipped, kept, d_h)
        hold_back(t, skipped, kept_c, d_c)
