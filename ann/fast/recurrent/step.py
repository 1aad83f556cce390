"""What the cells share within a step: what they see, the products back, and the steps that a mask leaves out."""

import numpy as np

from ann.fast.recurrent.squash import contracted

__all__ = ["add", "add_upstream", "clear", "hold", "hold_back", "keep", "multiply_back", "show"]


@contracted
def show(t, h, seen):  # type: ignore[no-untyped-def]
    """Let the step `t` see the state ``h[t]``, behind its inputs."""
    if t < seen.shape[0]:
        first = seen.shape[2] - h.shape[2]
        for b in range(h.shape[1]):
            row, state = seen[t, b], h[t, b]
            for k in range(state.size):
                row[first + k] = state[k]


@contracted
def multiply_back(t, d, transposed, product, d_h):  # type: ignore[no-untyped-def]
    """Add to `d_h` what comes through the matrices of the first gates, as many as `transposed` has."""
    for g in range(transposed.shape[0]):
        np.dot(d[g, t], transposed[g], product)
        add(product, d_h)


@contracted
def add(more, total):  # type: ignore[no-untyped-def]
    """Add one contiguous array to another."""
    row, sums = more.reshape(-1), total.reshape(-1)
    for k in range(sums.size):
        sums[k] += row[k]


@contracted
def hold(t, skipped, state):  # type: ignore[no-untyped-def]
    """Let the state stay as it was where the step is skipped."""
    if skipped.size:
        for b in range(state.shape[1]):
            if skipped[t, b]:
                state[t + 1, b] = state[t, b]


@contracted
def keep(skipped, d_state, kept):  # type: ignore[no-untyped-def]
    """Keep the gradient as it is before a step, if any is skipped."""
    if skipped.size:
        kept[:] = d_state


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
