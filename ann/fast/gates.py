"""One step of a recurrent layer between two matrix products, stimulus by stimulus.

Arrays: `z` (gate, step, stimulus, unit) holds what the inputs give, and then the gates; `product` (gate, stimulus,
unit) what the last state gives; `states` such as `h` have one step more than the sequence, the first the initial one.
Gates stand one after the other in memory, so that each product is one small contiguous matrix: OpenBLAS multiplies
those without packing them first, half as fast again.
"""

from ann.fast.squash import contracted, slope, squash

__all__ = [
    "gru_blend",
    "gru_blend_gradient",
    "gru_gates",
    "gru_inner",
    "gru_inner_gradient",
    "gru_reset",
    "gru_reset_gradient",
    "lstm",
    "lstm_gradient",
    "simple_rnn",
    "simple_rnn_gradient",
]


@contracted
def _gate(row, product, bias, kind):  # type: ignore[no-untyped-def]
    for k in range(row.size):
        row[k] += product[k] + bias[k]
    squash(kind, row)


@contracted
def simple_rnn(t, z, product, bias, h, kind):  # type: ignore[no-untyped-def]
    """Fill ``h[t + 1]``."""
    for b in range(h.shape[1]):
        row = h[t + 1, b]
        row[:] = z[0, t, b]
        _gate(row, product[0, b], bias[0], kind)


@contracted
def simple_rnn_gradient(t, h, kind, d_h, d):  # type: ignore[no-untyped-def]
    """Fill ``d[0, t]`` from the gradient for ``h[t + 1]``."""
    for b in range(h.shape[1]):
        row = d[0, t, b]
        row[:] = d_h[b]
        slope(kind, h[t + 1, b], row)


@contracted
def lstm(t, z, product, bias, h, c, squashed, kind, gate_kind):  # type: ignore[no-untyped-def]
    """Turn ``z[:, t]`` into the gates, and fill ``c[t + 1]``, its activation and ``h[t + 1]``."""
    for b in range(h.shape[1]):
        for g in range(4):
            _gate(z[g, t, b], product[g, b], bias[g], kind if g == 2 else gate_kind)
        enter, forget, cell, leave = z[0, t, b], z[1, t, b], z[2, t, b], z[3, t, b]
        old, new, active, out = c[t, b], c[t + 1, b], squashed[t, b], h[t + 1, b]
        for k in range(out.size):
            new[k] = forget[k] * old[k] + enter[k] * cell[k]
        active[:] = new
        squash(kind, active)
        for k in range(out.size):
            out[k] = leave[k] * active[k]


@contracted
def lstm_gradient(t, z, c, squashed, kind, gate_kind, d_h, d_c, d):  # type: ignore[no-untyped-def]
    """Fill ``d[:, t]`` from the gradients for ``h[t + 1]`` and ``c[t + 1]``; the latter becomes that for ``c[t]``."""
    for b in range(d_h.shape[0]):
        enter, forget, cell, leave = z[0, t, b], z[1, t, b], z[2, t, b], z[3, t, b]
        active, old, up, memory = squashed[t, b], c[t, b], d_h[b], d_c[b]
        d_enter, d_forget, d_cell, d_leave = d[0, t, b], d[1, t, b], d[2, t, b], d[3, t, b]
        for k in range(up.size):
            d_leave[k] = up[k] * leave[k]
        slope(kind, active, d_leave)
        for k in range(up.size):
            memory[k] += d_leave[k]
        for k in range(up.size):
            d_leave[k] = up[k] * active[k]
        for k in range(up.size):
            d_enter[k] = memory[k] * cell[k]
        for k in range(up.size):
            d_forget[k] = memory[k] * old[k]
        for k in range(up.size):
            d_cell[k] = memory[k] * enter[k]
        for k in range(up.size):
            memory[k] *= forget[k]
        slope(gate_kind, enter, d_enter)
        slope(gate_kind, forget, d_forget)
        slope(kind, cell, d_cell)
        slope(gate_kind, leave, d_leave)


@contracted
def gru_gates(t, z, product, bias, gate_kind):  # type: ignore[no-untyped-def]
    """Turn ``z[:2, t]`` into the update and the reset gate."""
    for b in range(z.shape[2]):
        for g in range(2):
            _gate(z[g, t, b], product[g, b], bias[g], gate_kind)


@contracted
def gru_inner(t, z, product, bias, recurrent_bias, inner):  # type: ignore[no-untyped-def]
    """Reset what the state gives the candidate, after the product: fill ``inner[t]``, and add it to ``z[2, t]``."""
    for b in range(z.shape[2]):
        row, reset, candidate, made = inner[t, b], z[1, t, b], z[2, t, b], product[b]
        for k in range(row.size):
            row[k] = made[k] + recurrent_bias[k]
        for k in range(row.size):
            candidate[k] += reset[k] * row[k] + bias[k]


@contracted
def gru_reset(t, z, h, reset_h):  # type: ignore[no-untyped-def]
    """Reset the state before the product: fill ``reset_h[t]``."""
    for b in range(z.shape[2]):
        row, reset, old = reset_h[t, b], z[1, t, b], h[t, b]
        for k in range(row.size):
            row[k] = reset[k] * old[k]


@contracted
def gru_blend(t, z, h, kind):  # type: ignore[no-untyped-def]
    """Turn ``z[2, t]`` into the candidate, and fill ``h[t + 1]``."""
    for b in range(z.shape[2]):
        update, candidate, old, new = z[0, t, b], z[2, t, b], h[t, b], h[t + 1, b]
        squash(kind, candidate)
        for k in range(new.size):
            new[k] = candidate[k] + update[k] * (old[k] - candidate[k])


@contracted
def gru_blend_gradient(t, z, h, kind, gate_kind, d_h, d):  # type: ignore[no-untyped-def]
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
def gru_inner_gradient(t, z, inner, gate_kind, d, d_inner):  # type: ignore[no-untyped-def]
    """Fill ``d[1, t]`` and ``d_inner[t]``, the gradient for what the state gives the candidate."""
    for b in range(z.shape[2]):
        reset, row, d_candidate, d_reset, d_row = z[1, t, b], inner[t, b], d[2, t, b], d[1, t, b], d_inner[t, b]
        for k in range(row.size):
            d_row[k] = d_candidate[k] * reset[k]
        for k in range(row.size):
            d_reset[k] = d_candidate[k] * row[k]
        slope(gate_kind, reset, d_reset)


@contracted
def gru_reset_gradient(t, z, h, gate_kind, d_reset_h, d_h, d):  # type: ignore[no-untyped-def]
    """Fill ``d[1, t]``, and add to the gradient for ``h[t]``."""
    for b in range(z.shape[2]):
        reset, old, through, d_reset, down = z[1, t, b], h[t, b], d_reset_h[b], d[1, t, b], d_h[b]
        for k in range(old.size):
            d_reset[k] = through[k] * old[k]
        for k in range(old.size):
            down[k] += through[k] * reset[k]
        slope(gate_kind, reset, d_reset)
