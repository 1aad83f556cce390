"""Steps of optimisers over flat arrays, in one pass instead of a dozen; every number is in the weights' own type.

What is written is kept in a name too: read back from its array, where the compiler cannot rule out that another array
lies in the same place, it would take three times as long.
"""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["adagrad_step", "adam_step", "adamax_step", "amsgrad_step", "lion_step", "nadam_step", "rmsprop_step"]


@compiled
def adagrad_step(weights, gradient, square, rate, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adagrad."""
    for i in range(weights.size):
        g = gradient[i]
        s = square[i] + g * g
        square[i] = s
        weights[i] -= rate * g / (np.sqrt(s) + epsilon)


@compiled
def rmsprop_step(weights, gradient, square, mean, velocity, rate, keep, new, momentum, epsilon):  # type: ignore[no-untyped-def]
    """One step of RMSprop, centred unless `mean` is empty, with momentum unless `velocity` is."""
    zero = weights.dtype.type(0)
    for i in range(weights.size):
        g = gradient[i]
        s = keep * square[i] + new * g * g
        square[i] = s
        if mean.size:
            m = keep * mean[i] + new * g
            mean[i] = m
            s = max(s - m * m, zero)
        change = rate * g / (np.sqrt(s) + epsilon)
        if velocity.size:
            change = momentum * velocity[i] + change
            velocity[i] = change
        weights[i] -= change


@compiled
def adam_step(weights, gradient, mean, square, rate, keep_1, new_1, keep_2, new_2, scale_1, scale_2, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adam."""
    for i in range(weights.size):
        g = gradient[i]
        m = keep_1 * mean[i] + new_1 * g
        s = keep_2 * square[i] + new_2 * g * g
        mean[i] = m
        square[i] = s
        weights[i] -= rate * (m * scale_1) / (np.sqrt(s * scale_2) + epsilon)


@compiled
def amsgrad_step(  # type: ignore[no-untyped-def]
    weights, gradient, mean, square, largest, rate, keep_1, new_1, keep_2, new_2, scale_1, scale_2, epsilon
):
    """One step of AMSGrad."""
    for i in range(weights.size):
        g = gradient[i]
        m = keep_1 * mean[i] + new_1 * g
        s = keep_2 * square[i] + new_2 * g * g
        most = max(largest[i], s)
        mean[i] = m
        square[i] = s
        largest[i] = most
        weights[i] -= rate * (m * scale_1) / (np.sqrt(most * scale_2) + epsilon)


@compiled
def adamax_step(weights, gradient, mean, largest, rate, keep_1, new_1, keep_2, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adamax."""
    for i in range(weights.size):
        g = gradient[i]
        m = keep_1 * mean[i] + new_1 * g
        most = max(keep_2 * largest[i], abs(g) + epsilon)
        mean[i] = m
        largest[i] = most
        weights[i] -= rate * m / most


@compiled
def nadam_step(  # type: ignore[no-untyped-def]
    weights, gradient, mean, square, rate_gradient, rate_mean, keep_1, new_1, keep_2, new_2, scale, epsilon
):
    """One step of Nadam."""
    for i in range(weights.size):
        g = gradient[i]
        m = keep_1 * mean[i] + new_1 * g
        s = keep_2 * square[i] + new_2 * g * g
        mean[i] = m
        square[i] = s
        weights[i] -= (rate_gradient * g + rate_mean * m) / (np.sqrt(s * scale) + epsilon)


@compiled
def lion_step(weights, gradient, mean, rate, keep_1, new_1, keep_2, new_2):  # type: ignore[no-untyped-def]
    """One step of Lion."""
    for i in range(weights.size):
        g, m = gradient[i], mean[i]
        mean[i] = keep_2 * m + new_2 * g
        weights[i] -= rate * np.sign(keep_1 * m + new_1 * g)
