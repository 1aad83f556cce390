"""What the cells share within a step: the products, the gates, and the steps that a mask leaves out."""

import numpy as np

from ann.fast.recurrent.squash import contracted, squash

__all__ = ["add_upstream", "clear", "gate", "hold", "hold_back", "multiply", "multiply_back"]


@contracted
def multiply(state, recurrent, product):  # type: ignore[no-untyped-def]
    """Fill `product` (gate, stimulus, unit) with that of a state (stimulus, unit) and each gate's matrix."""
    for g in range(product.shape[0]):
        np.dot(state, recurrent[g], product[g])


@contracted
def multiply_back(t, d, transposed, product, d_h):  # type: ignore[no-untyped-def]
    """Add to `d_h` what comes through each gate's matrix."""
    for g in range(product.shape[0]):
        np.dot(d[g, t], transposed[g], product[g])
    for b in range(d_h.shape[0]):
        row = d_h[b]
        for g in range(product.shape[0]):
            through = product[g, b]
            for k in range(row.size):
                row[k] += through[k]


@contracted
def gate(row, product, bias, kind):  # type: ignore[no-untyped-def]
    """Turn what the inputs give a gate into the gate, in place, for one stimulus."""
    for k in range(row.size):
        row[k] += product[k] + bias[k]
    squash(kind, row)


@contracted
def hold(t, skipped, state):  # type: ignore[no-untyped-def]
    """Let the state stay as it was where the step is skipped."""
    if skipped.size:
        for b in range(state.shape[1]):
            if skipped[t, b]:
                state[t + 1, b] = state[t, b]


@contracted
def hold_back(t, skipped, kept, d_state):  # type: ignore[no-untyped-def]
    """Let the gradient pass by a skipped step as it was before it."""
    if skipped.size:
        for b in range(d_state.shape[0]):
            if skipped[t, b]:
                d_state[b] = kept[b]


@contracted
def clear(t, skipped, d):  # type: ignore[no-untyped-def]
    """Set the gradients for pre-activations of skipped steps to 0."""
    if skipped.size:
        for b in range(d.shape[2]):
            if skipped[t, b]:
                d[:, t, b] = 0


@contracted
def add_upstream(t, steps, upstream, d_h):  # type: ignore[no-untyped-def]
    """Add the output's gradient (stimulus, step, unit) to that of the state; it may be that of the last step alone."""
    at = t - (steps - upstream.shape[1])
    if at >= 0:
        for b in range(d_h.shape[0]):
            row, more = d_h[b], upstream[b, at]
            for k in range(row.size):
                row[k] += more[k]
