"""The simple recurrent cell; see `ann.layers.SimpleRNN` for its equation."""

import numpy as np

from ann.fast.recurrent.squash import contracted, slope, squash
from ann.fast.recurrent.step import add_upstream, clear, hold, hold_back, keep, look, send_back, show

__all__ = ["simple_rnn", "simple_rnn_gradient"]


@contracted
def simple_rnn(seen, begun, weights, h, skipped, kind):  # type: ignore[no-untyped-def]
    """Fill `h`."""
    for t in range(seen.shape[0]):
        look(t, begun, seen, weights[0], h[t + 1])
        squash(kind, h[t + 1].reshape(-1))
        hold(t, skipped, h)
        show(t + 1, h, seen)


@contracted
def simple_rnn_gradient(  # type: ignore[no-untyped-def]
    upstream, seen, begun, h, to_state, to_inputs, skipped, kind, d_weights, d_x, d_h
):
    """Add to `d_weights` and `d_x`; `d_h` becomes the gradient for the initial state."""
    d, kept = np.empty((1, *d_h.shape), d_h.dtype), np.empty_like(d_h)
    steps = seen.shape[0]
    for t in range(steps - 1, -1, -1):
        add_upstream(t, steps, upstream, d_h)
        keep(skipped, d_h, kept)
        d[0] = d_h
        slope(kind, h[t + 1].reshape(-1), d[0].reshape(-1))
        clear(t, skipped, d)
        d_h[:] = 0
        send_back(t, 1, d, seen, begun, to_state, to_inputs, d_weights, d_x, d_h)
        hold_back(t, skipped, kept, d_h)
