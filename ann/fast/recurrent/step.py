"""What the cells share within a step: what they see, the products back, and the steps that a mask leaves out."""

from ann.fast.products import add_product, add_turned_product, product
from ann.fast.recurrent.squash import contracted

__all__ = ["add_upstream", "clear", "hold", "hold_back", "keep", "look", "send_back", "show"]


@contracted
def show(t, h, seen):  # type: ignore[no-untyped-def]
    """Let the step `t` see the state ``h[t]``, behind its inputs."""
    if t < seen.shape[0]:
        first = seen.shape[2] - h.shape[2]
        for b in range(h.shape[1]):
            row, state = seen[t, b, first:], h[t, b]
            for k in range(state.size):
                row[k] = state[k]


@contracted
def look(t, begun, seen, weights, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the product of what the step sees; a first state of zeros needs none."""
    if t or begun:
        product(seen[t], weights, out)
    else:
        first = seen.shape[2] - out.shape[1]
        out[:] = 0
        add_product(seen[t, :, :first], weights[:first], out)


@contracted
def send_back(t, gates, d, seen, begun, to_state, to_inputs, d_weights, d_x, d_h):  # type: ignore[no-untyped-def]
    """Add what the gradients of the first `gates` give to those for the weights, the inputs and the state.

    They are hot in the cache now, so that it pays to add to the weights' gradients at every step. A first state of
    zeros adds nothing to these, and nobody wants its own.
    """
    first = seen.shape[2] - d.shape[2]
    for g in range(gates):
        if t or begun:
            add_turned_product(seen[t], d[g], d_weights[g])
            add_product(d[g], to_state[g], d_h)
        else:
            add_turned_product(seen[t, :, :first], d[g], d_weights[g, :first])
        if d_x.size:
            add_product(d[g], to_inputs[g], d_x[t])


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
        for b in range(d.shape[1]):
            if skipped[t, b]:
                d[:, b] = 0


@contracted
def add_upstream(t, steps, upstream, d_h):  # type: ignore[no-untyped-def]
    """Add the output's gradient (stimulus, step, unit) to that of the state; it may be that of the last step alone."""
    at = t - (steps - upstream.shape[1])
    if at >= 0:
        for b in range(d_h.shape[0]):
            row, more = d_h[b], upstream[b, at]
            for k in range(row.size):
                row[k] += more[k]
