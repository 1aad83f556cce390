"""The gated recurrent cell in both its forms; see `ann.layers.GRU` for their equations.

The forms differ in the candidate, the last of three gates: the state is reset after the product with it, or before. So
only the first two gates are one product of all that a step sees; what the inputs give the candidate is in `z` already,
and its matrix for the state stands by itself, `recurrent` (unit, unit).
"""

import numpy as np

from ann.fast.products import add_product, add_turned_product, product
from ann.fast.recurrent.squash import contracted, slope, squash
from ann.fast.recurrent.step import add_upstream, clear, hold, hold_back, keep, look, send_back, show

__all__ = ["gru_reset_after", "gru_reset_after_gradient", "gru_reset_before", "gru_reset_before_gradient"]


@contracted
def gru_reset_after(seen, begun, weights, recurrent, second_bias, z, h, inner, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Fill `z` with the gates; `h`; and `inner` with what the state gives the candidate before it is reset."""
    for t in range(seen.shape[0]):
        _gates(t, seen, begun, weights, z, gate_kind)
        product(h[t], recurrent, inner[t])
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
def gru_reset_before(seen, begun, weights, recurrent, z, h, reset_h, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Fill `z` with the gates; `h`; and `reset_h` with the states that were reset."""
    for t in range(seen.shape[0]):
        _gates(t, seen, begun, weights, z, gate_kind)
        rows, reset, old = reset_h[t].reshape(-1), z[1, t].reshape(-1), h[t].reshape(-1)
        for k in range(rows.size):
            rows[k] = reset[k] * old[k]
        add_product(reset_h[t], recurrent, z[2, t])
        _blend(t, z, h, kind)
        hold(t, skipped, h)
        show(t + 1, h, seen)


@contracted
def gru_reset_after_gradient(  # type: ignore[no-untyped-def]
    upstream, seen, begun, z, h, inner, to_state, to_inputs, skipped, kind, gate_kind, d_weights, d_second, d_x, d_h
):
    """Add to `d_weights`, `d_second` and `d_x`; `d_h` becomes the gradient for the initial state."""
    d, d_inner, kept = np.empty((3, *d_h.shape), d_h.dtype), np.empty_like(d_h), np.empty_like(d_h)
    steps = seen.shape[0]
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        reset, rows, d_candidate = z[1, t].reshape(-1), inner[t].reshape(-1), d[2].reshape(-1)
        d_reset, d_rows = d[1].reshape(-1), d_inner.reshape(-1)
        for k in range(rows.size):
            d_rows[k] = d_candidate[k] * reset[k]
        for k in range(rows.size):
            d_reset[k] = d_candidate[k] * rows[k]
        slope(gate_kind, reset, d_reset)
        for b in range(d_inner.shape[0]):
            row = d_inner[b]
            for k in range(row.size):
                d_second[k] += row[k]
        add_product(d_inner, to_state[2], d_h)
        _candidate_back(t, seen, h[t], d, d_inner, to_inputs, d_weights, d_x)
        send_back(t, 2, d, seen, begun, to_state, to_inputs, d_weights, d_x, d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def gru_reset_before_gradient(  # type: ignore[no-untyped-def]
    upstream, seen, begun, z, h, reset_h, to_state, to_inputs, skipped, kind, gate_kind, d_weights, d_x, d_h
):
    """Add to `d_weights` and `d_x`; `d_h` becomes the gradient for the initial state."""
    d, through, kept = np.empty((3, *d_h.shape), d_h.dtype), np.empty_like(d_h), np.empty_like(d_h)
    steps = seen.shape[0]
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        _blend_back(t, z, h, kind, gate_kind, d_h, d)
        clear(t, skipped, d)
        product(d[2], to_state[2], through)
        reset, old, sent = z[1, t].reshape(-1), h[t].reshape(-1), through.reshape(-1)
        d_reset, down = d[1].reshape(-1), d_h.reshape(-1)
        for k in range(old.size):
            d_reset[k] = sent[k] * old[k]
        for k in range(old.size):
            down[k] += sent[k] * reset[k]
        slope(gate_kind, reset, d_reset)
        _candidate_back(t, seen, reset_h[t], d, d[2], to_inputs, d_weights, d_x)
        send_back(t, 2, d, seen, begun, to_state, to_inputs, d_weights, d_x, d_h)
        hold_back(t, skipped, kept, d_h)


@contracted
def _candidate_back(t, seen, met, d, d_met, to_inputs, d_weights, d_x):  # type: ignore[no-untyped-def]
    """Add what the candidate gives to the gradients for its weights and the inputs; its matrix met `met`."""
    first = seen.shape[2] - met.shape[1]
    add_turned_product(seen[t, :, :first], d[2], d_weights[2, :first])
    add_turned_product(met, d_met, d_weights[2, first:])
    if d_x.size:
        add_product(d[2], to_inputs[2], d_x[t])


@contracted
def _gates(t, seen, begun, weights, z, gate_kind):  # type: ignore[no-untyped-def]
    """Fill ``z[0, t]`` and ``z[1, t]``."""
    for g in range(2):
        look(t, begun, seen, weights[g], z[g, t])
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
    """Fill ``d[0]`` and ``d[2]``; the gradient for ``h[t + 1]`` becomes what goes straight to ``h[t]``."""
    update, candidate, old, up = z[0, t].reshape(-1), z[2, t].reshape(-1), h[t].reshape(-1), d_h.reshape(-1)
    d_update, d_candidate = d[0].reshape(-1), d[2].reshape(-1)
    for k in range(up.size):
        d_update[k] = up[k] * (old[k] - candidate[k])
    for k in range(up.size):
        d_candidate[k] = up[k] - up[k] * update[k]
    for k in range(up.size):
        up[k] *= update[k]
    slope(gate_kind, update, d_update)
    slope(kind, candidate, d_candidate)
