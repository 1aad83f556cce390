"""The gated recurrent cell in both its forms; see `ann.layers.GRU` for their equations.

The forms differ in the candidate, the last of three gates: the state is reset after the product with it, or before.
"""

import numpy as np

from ann.fast.recurrent.squash import contracted, slope, squash
from ann.fast.recurrent.step import add_upstream, clear, gate, hold, hold_back, multiply, multiply_back

__all__ = ["gru_reset_after", "gru_reset_after_gradient", "gru_reset_before", "gru_reset_before_gradient"]


@contracted
def gru_reset_after(z, recurrent, bias, second_bias, h, inner, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Turn `z` into the gates; fill `h`, and `inner` with what the state gives the candidate before it is reset."""
    _, steps, count, units = z.shape
    product, both = np.empty((3, count, units), z.dtype), bias + second_bias
    for t in range(steps):
        multiply(h[t], recurrent, product)
        for b in range(count):
            for g in range(2):
                gate(z[g, t, b], product[g, b], both[g], gate_kind)
            row, reset, candidate, through = inner[t, b], z[1, t, b], z[2, t, b], product[2, b]
            for k in range(units):
                row[k] = through[k] + second_bias[2, k]
            for k in range(units):
                candidate[k] += reset[k] * row[k] + bias[2, k]
        _blend(t, z, h, kind)
        hold(t, skipped, h)


@contracted
def gru_reset_before(z, recurrent, bias, h, reset_h, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Turn `z` into the gates; fill `h`, and `reset_h` with the states that were reset."""
    _, steps, count, units = z.shape
    product = np.empty((3, count, units), z.dtype)
    for t in range(steps):
        multiply(h[t], recurrent, product[:2])
        for b in range(count):
            for g in range(2):
                gate(z[g, t, b], product[g, b], bias[g], gate_kind)
            row, reset, old = reset_h[t, b], z[1, t, b], h[t, b]
            for k in range(units):
                row[k] = reset[k] * old[k]
        np.dot(reset_h[t], recurrent[2], product[2])
        for b in range(count):
            candidate, through = z[2, t, b], product[2, b]
            for k in range(units):
                candidate[k] += through[k] + bias[2, k]
        _blend(t, z, h, kind)
        hold(t, skipped, h)


@contracted
def gru_reset_after_gradient(upstream, z, h, inner, transposed, skipped, kind, gate_kind, d, d_inner, d_h):  # type: ignore[no-untyped-def]
    """Fill `d`, and `d_inner` with the gradient for `inner`; `d_h` becomes that for the initial state."""
    _, steps, count, units = d.shape
    product, kept = np.empty((2, count, units), d.dtype), np.empty_like(d_h)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        kept[:] = d_h
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        for b in range(count):
            reset, row, d_candidate, d_reset, d_row = z[1, t, b], inner[t, b], d[2, t, b], d[1, t, b], d_inner[t, b]
            for k in range(units):
                d_row[k] = d_candidate[k] * reset[k]
            for k in range(units):
                d_reset[k] = d_candidate[k] * row[k]
            slope(gate_kind, reset, d_reset)
        multiply_back(t, d, transposed, product, d_h)
        np.dot(d_inner[t], transposed[2], product[0])
        _add(product[0], d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def gru_reset_before_gradient(upstream, z, h, transposed, skipped, kind, gate_kind, d, d_h):  # type: ignore[no-untyped-def]
    """Fill `d`; `d_h` becomes the gradient for the initial state."""
    _, steps, count, units = d.shape
    product, kept = np.empty((2, count, units), d.dtype), np.empty_like(d_h)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        kept[:] = d_h
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        np.dot(d[2, t], transposed[2], product[0])
        for b in range(count):
            reset, old, through, d_reset, down = z[1, t, b], h[t, b], product[0, b], d[1, t, b], d_h[b]
            for k in range(units):
                d_reset[k] = through[k] * old[k]
            for k in range(units):
                down[k] += through[k] * reset[k]
            slope(gate_kind, reset, d_reset)
        multiply_back(t, d, transposed, product, d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def _blend(t, z, h, kind):  # type: ignore[no-untyped-def]
    """Turn ``z[2, t]`` into the candidate, and fill ``h[t + 1]``."""
    for b in range(z.shape[2]):
        update, candidate, old, new = z[0, t, b], z[2, t, b], h[t, b], h[t + 1, b]
        squash(kind, candidate)
        for k in range(new.size):
            new[k] = candidate[k] + update[k] * (old[k] - candidate[k])


@contracted
def _blend_back(t, z, h, kind, gate_kind, d_h, d):  # type: ignore[no-untyped-def]
    """Fill ``d[0, t]`` and ``d[2, t]``; the gradient for ``h[t + 1]`` becomes what goes straight to ``h[t]``."""
    for b in range(z.shape[2]):
        update, candidate, old, up = z[0, t, b], z[2, t, b], h[t, b], d_h[b]
        d_update, d_candidate = d[0, t, b], d[2, t, b]
        for k in range(up.size):
            d_update[k] = up[k] * (old[k] - candidate[k])
        for k in range(up.size):
            d_candidate[k] = up[k] - up[k] * update[k]
        for k in range(up.size):
            up[k] *= update[k]
        slope(gate_kind, update, d_update)
        slope(kind, candidate, d_candidate)


@contracted
def _add(more, total):  # type: ignore[no-untyped-def]
    for b in range(total.shape[0]):
        for k in range(total.shape[1]):
            total[b, k] += more[b, k]
