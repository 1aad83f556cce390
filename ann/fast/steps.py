"""Steps of optimisers over flat arrays, in one pass instead of a dozen; every number is in the weights' own type."""

import numpy as np

from ann.fast.compiling import compiled

__all__ = ["adagrad_step", "adam_step", "adamax_step", "amsgrad_step", "lion_step", "nadam_step", "rmsprop_step"]


@compiled
def adagrad_step(weights, gradient, square, rate, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adagrad."""
    for i in range(weights.size):
        square[i] += gradient[i] * gradient[i]
        weights[i] -= rate * gradient[i] / (np.sqrt(square[i]) + epsilon)


@compiled
def rmsprop_step(weights, gradient, square, mean, velocity, rate, keep, new, momentum, epsilon):  # type: ignore[no-untyped-def]
    """One step of RMSprop, centred unless `mean` is empty, with momentum unless `velocity` is."""
    zero = weights.dtype.type(0)
    for i in range(weights.size):
        square[i] = keep * square[i] + new * gradient[i] * gradient[i]
        spread = square[i]
        if mean.size:
            mean[i] = keep * mean[i] + new * gradient[i]
            spread = max(spread - mean[i] * mean[i], zero)
        change = rate * gradient[i] / (np.sqrt(spread) + epsilon)
        if velocity.size:
            velocity[i] = momentum * velocity[i] + change
            change = velocity[i]
        weights[i] -= change


@compiled
def adam_step(weights, gradient, mean, square, rate, keep_1, new_1, keep_2, new_2, scale_1, scale_2, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adam."""
    for i in range(weights.size):
        mean[i] = keep_1 * mean[i] + new_1 * gradient[i]
        square[i] = keep_2 * square[i] + new_2 * gradient[i] * gradient[i]
        weights[i] -= rate * (mean[i] * scale_1) / (np.sqrt(square[i] * scale_2) + epsilon)


@compiled
def amsgrad_step(  # type: ignore[no-untyped-def]
    weights, gradient, mean, square, largest, rate, keep_1, new_1, keep_2, new_2, scale_1, scale_2, epsilon
):
    """One step of AMSGrad."""
    for i in range(weights.size):
        mean[i] = keep_1 * mean[i] + new_1 * gradient[i]
        square[i] = keep_2 * square[i] + new_2 * gradient[i] * gradient[i]
        largest[i] = max(largest[i], square[i])
        weights[i] -= rate * (mean[i] * scale_1) / (np.sqrt(largest[i] * scale_2) + epsilon)


@compiled
def adamax_step(weights, gradient, mean, largest, rate, keep_1, new_1, keep_2, epsilon):  # type: ignore[no-untyped-def]
    """One step of Adamax."""
    for i in range(weights.size):
        mean[i] = keep_1 * mean[i] + new_1 * gradient[i]
        largest[i] = max(keep_2 * largest[i], abs(gradient[i]) + epsilon)
        weights[i] -= rate * mean[i] / largest[i]


@compiled
def nadam_step(  # type: ignore[no-untyped-def]
    weights, gradient, mean, square, rate_gradient, rate_mean, keep_1, new_1, keep_2, new_2, scale, epsilon
):
    """One step of Nadam."""
    for i in range(weights.size):
        mean[i] = keep_1 * mean[i] + new_1 * gradient[i]
        square[i] = keep_2 * square[i] + new_2 * gradient[i] * gradient[i]
        change = rate_gradient * gradient[i] + rate_mean * mean[i]
        weights[i] -= change / (np.sqrt(square[i] * scale) + epsilon)


@compiled
def lion_step(weights, gradient, mean, rate, keep_1, new_1, keep_2, new_2):  # type: ignore[no-untyped-def]
    """One step of Lion."""
    for i in range(weights.size):
        weights[i] -= rate * np.sign(keep_1 * mean[i] + new_1 * gradient[i])
        mean[i] = keep_2 * mean[i] + new_2 * gradient[i]
