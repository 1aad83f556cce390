"""The gated recurrent cell in both its forms; see `ann.layers.GRU` for their equations.

The forms differ in the candidate, the last of three gates: the state is reset after the product with it, or before. So
only the first two gates are one product of all that a step sees; what the inputs give the candidate is in `z` already,
and its matrix for the state stands by itself, `recurrent` (unit, unit).
"""

import numpy as np

from ann.fast.recurrent.squash import contracted, slope, squash
from ann.fast.recurrent.step import add, add_upstream, clear, hold, hold_back, keep, multiply_back, show

__all__ = ["gru_reset_after", "gru_reset_after_gradient", "gru_reset_before", "gru_reset_before_gradient"]


@contracted
def gru_reset_after(seen, weights, recurrent, second_bias, z, h, inner, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Fill `z` with the gates; `h`; and `inner` with what the state gives the candidate before it is reset."""
    for t in range(seen.shape[0]):
        _gates(t, seen, weights, z, gate_kind)
        np.dot(h[t], recurrent, inner[t])
        for b in range(h.shape[1]):
            row = inner[t, b]
            for k in range(row.size):
                row[k] += second_bias[k]
        rows, reset, candidate = inner[t].reshape(-1), z[1, t].reshape(-1), z[2, t].reshape(-1)
        for k in range(rows.size):
            candidate[k] += reset[k] * rows[k]
        _blend(t, z, h, kind)
        hold(t, skipped, h)
        show(t + 1, h, seen)


@contracted
def gru_reset_before(seen, weights, recurrent, z, h, reset_h, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Fill `z` with the gates; `h`; and `reset_h` with the states that were reset."""
    product = np.empty_like(h[0])
    for t in range(seen.shape[0]):
        _gates(t, seen, weights, z, gate_kind)
        rows, reset, old = reset_h[t].reshape(-1), z[1, t].reshape(-1), h[t].reshape(-1)
        for k in range(rows.size):
            rows[k] = reset[k] * old[k]
        np.dot(reset_h[t], recurrent, product)
        add(product, z[2, t])
        _blend(t, z, h, kind)
        hold(t, skipped, h)
        show(t + 1, h, seen)


@contracted
def gru_reset_after_gradient(upstream, z, h, inner, transposed, skipped, kind, gate_kind, d, d_inner, d_h):  # type: ignore[no-untyped-def]
    """Fill `d`, and `d_inner` with the gradient for `inner`; `d_h` becomes that for the initial state."""
    steps = d.shape[1]
    product, kept = np.empty_like(d_h), np.empty_like(d_h)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        reset, rows, d_candidate = z[1, t].reshape(-1), inner[t].reshape(-1), d[2, t].reshape(-1)
        d_reset, d_rows = d[1, t].reshape(-1), d_inner[t].reshape(-1)
        for k in range(rows.size):
            d_rows[k] = d_candidate[k] * reset[k]
        for k in range(rows.size):
            d_reset[k] = d_candidate[k] * rows[k]
        slope(gate_kind, reset, d_reset)
        multiply_back(t, d, transposed[:2], product, d_h)
        np.dot(d_inner[t], transposed[2], product)
        add(product, d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def gru_reset_before_gradient(upstream, z, h, transposed, skipped, kind, gate_kind, d, d_h):  # type: ignore[no-untyped-def]
    """Fill `d`; `d_h` becomes the gradient for the initial state."""
    steps = d.shape[1]
    product, kept = np.empty_like(d_h), np.empty_like(d_h)
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        np.dot(d[2, t], transposed[2], product)
        reset, old, through = z[1, t].reshape(-1), h[t].reshape(-1), product.reshape(-1)
        d_reset, down = d[1, t].reshape(-1), d_h.reshape(-1)
        for k in range(old.size):
            d_reset[k] = through[k] * old[k]
        for k in range(old.size):
            down[k] += through[k] * reset[k]
        slope(gate_kind, reset, d_reset)
        multiply_back(t, d, transposed[:2], product, d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def _gates(t, seen, weights, z, gate_kind):  # type: ignore[no-untyped-def]
    """Fill ``z[0, t]`` and ``z[1, t]``."""
    for g in range(2):
        np.dot(seen[t], weights[g], z[g, t])
        squash(gate_kind, z[g, t].reshape(-1))


@contracted
def _blend(t, z, h, kind):  # type: ignore[no-untyped-def]
    """Turn ``z[2, t]`` into the candidate, and fill ``h[t + 1]``."""
    update, candidate, old, new = z[0, t].reshape(-1), z[2, t].reshape(-1), h[t].reshape(-1), h[t + 1].reshape(-1)
    squash(kind, candidate)
    for k in range(new.size):
        new[k] = candidate[k] + update[k] * (old[k] - candidate[k])


@contracted
def _blend_back(t, z, h, kind, gate_kind, d_h, d):  # type: ignore[no-untyped-def]
    """Fill ``d[0, t]`` and ``d[2, t]``; the gradient for ``h[t + 1]`` becomes what goes straight to ``h[t]``."""
    update, candidate, old, up = z[0, t].reshape(-1), z[2, t].reshape(-1), h[t].reshape(-1), d_h.reshape(-1)
    d_update, d_candidate = d[0, t].reshape(-1), d[2, t].reshape(-1)
    for k in range(up.size):
        d_update[k] = up[k] * (old[k] - candidate[k])
    for k in range(up.size):
        d_candidate[k] = up[k] - up[k] * update[k]
    for k in range(up.size):
        up[k] *= update[k]
    slope(gate_kind, update, d_update)
    slope(kind, candidate, d_candidate)
