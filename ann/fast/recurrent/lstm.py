"""The cell with a long short-term memory; see `ann.layers.LSTM` for its equations."""

import numpy as np

from ann.fast.recurrent.squash import contracted, sloped, squash
from ann.fast.recurrent.step import add_upstream, clear, hold, hold_back, keep, look, send_back, show

__all__ = ["lstm", "lstm_gradient"]


@contracted
def lstm(seen, begun, weights, z, h, c, squashed, skipped, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Fill `z` with the gates, and `h`, `c` and the activation of `c`."""
    for t in range(seen.shape[0]):
        for g in range(4):
            look(t, begun, seen, weights[g], z[g, t])
            squash(kind if g == 2 else gate_kind, z[g, t].reshape(-1))
        enter, forget, cell, leave = z[0, t].reshape(-1), z[1, t].reshape(-1), z[2, t].reshape(-1), z[3, t].reshape(-1)
        old, new = c[t].reshape(-1), c[t + 1].reshape(-1)
        active, out = squashed[t].reshape(-1), h[t + 1].reshape(-1)
        for k in range(new.size):
            active[k] = new[k] = forget[k] * old[k] + enter[k] * cell[k]
        squash(kind, active)
        for k in range(out.size):
            out[k] = leave[k] * active[k]
        hold(t, skipped, h)
        hold(t, skipped, c)
        show(t + 1, h, seen)


@contracted
def _step_back(t, z, c, squashed, kind, gate_kind, d_h, d_c, d):  # type: ignore[no-untyped-def]
    """Fill `d`; the gradient for ``c[t + 1]`` becomes that for ``c[t]``."""
    enter, forget, cell, leave = z[0, t].reshape(-1), z[1, t].reshape(-1), z[2, t].reshape(-1), z[3, t].reshape(-1)
    d_enter, d_forget, d_cell, d_leave = d[0].reshape(-1), d[1].reshape(-1), d[2].reshape(-1), d[3].reshape(-1)
    active, old, up, memory = squashed[t].reshape(-1), c[t].reshape(-1), d_h.reshape(-1), d_c.reshape(-1)
    for k in range(up.size):
        memory[k] += sloped(kind, active[k], up[k] * leave[k])
        d_leave[k] = sloped(gate_kind, leave[k], up[k] * active[k])
    for k in range(up.size):
        d_enter[k] = sloped(gate_kind, enter[k], memory[k] * cell[k])
    for k in range(up.size):
        d_cell[k] = sloped(kind, cell[k], memory[k] * enter[k])
    for k in range(up.size):
        d_forget[k] = sloped(gate_kind, forget[k], memory[k] * old[k])
        memory[k] *= forget[k]


@contracted
def lstm_gradient(  # type: ignore[no-untyped-def]
    upstream, seen, begun, z, c, squashed, to_state, to_inputs, skipped, kind, gate_kind, d_weights, d_x, d_h, d_c
):
    """Add to `d_weights` and `d_x`; `d_h` and `d_c` become the gradients for the initial states."""
    d, kept, kept_c = np.empty((4, *d_h.shape), d_h.dtype), np.empty_like(d_h), np.empty_like(d_c)
    steps = seen.shape[0]
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        keep(skipped, d_c, kept_c)
        _step_back(t, z, c, squashed, kind, gate_kind, d_h, d_c, d)
        clear(t, skipped, d)
        d_h[:] = 0
        send_back(t, 4, d, seen, begun, to_state, to_inputs, d_weights, d_x, d_h)
        hold_back(t, skipped, kept, d_h)
        hold_back(t, skipped, kept_c, d_c)
