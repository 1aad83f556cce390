"""Forward and backward through all layers, a large batch in parts on several threads."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.parallel import blas_on_one_thread, run_parts
from ann.structure import Place

__all__ = ["Cache", "LogitGradient", "backward", "forward"]

PART = 16
"""Stimuli in one part of a large batch. It is fixed, so that bits do not depend on the number of threads."""

WORTH_PARTING = 4_000_000
"""Operations of a forward pass below which a batch stays whole, since handing it to a thread costs more."""

Cache = list[tuple[slice, list[Any]]]
"""For every part of a batch its rows, and what each layer's `backward` needs."""


class LogitGradient(np.ndarray):
    """The gradient of a loss with respect to the last layer's pre-activation: softmax and cross-entropy as one."""


def forward(
    places: Sequence[Place], x: np.ndarray, training: bool, noise: np.random.Generator, threads: int
) -> tuple[np.ndarray, Cache]:
    """Send stimuli through the layers.

    Parameters
    ----------
    places : sequence of Place
        The layers in order.
    x : numpy.ndarray
        (stimulus, ...).
    training : bool
        Whether dropout acts.
    noise : numpy.random.Generator
        Where it draws from: one number a part, if any layer is random in training.
    threads : int
        How many parts run at once.
    """
    parts = [slice(0, len(x))]
    if len(x) > PART and len(x) * sum([place.operations for place in places]) >= WORTH_PARTING:
        parts = [slice(start, min(start + PART, len(x))) for start in range(0, len(x), PART)]
    rngs: list[np.random.Generator | None] = [None] * len(parts)
    if training and any(place.layer.random for place in places):
        rngs = [np.random.default_rng(seed) for seed in noise.integers(2**63, size=len(parts)).tolist()]

    def one(index: int) -> tuple[np.ndarray, list[Any]]:
        y, rng, caches = x[parts[index]], rngs[index], []
        for place in places:
            y, cache = place.layer.forward(y, training, rng)
            caches.append(cache)
        return y, caches

    with blas_on_one_thread:
        results = run_parts(one, range(len(parts)), threads)
    outputs = results[0][0] if len(results) == 1 else np.concatenate([y for y, _ in results])
    return outputs, [(part, caches) for part, (_, caches) in zip(parts, results, strict=True)]


def backward(
    places: Sequence[Place], gradient: np.ndarray, cache: Cache, size: int, inputs: bool, threads: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Carry a gradient back through the layers.

    Parameters
    ----------
    places : sequence of Place
        The layers in order.
    gradient : numpy.ndarray
        With respect to the outputs, or a `LogitGradient`.
    cache : Cache
        What `forward` gave.
    size : int
        How many weights there are.
    inputs : bool
        Whether the gradient with respect to the stimuli is wanted.
    threads : int
        How many parts run at once.

    Returns
    -------
    flat : numpy.ndarray
        The gradient for all weights, the parts added in their order.
    inputs : numpy.ndarray or None
        The gradient for the stimuli.
    """
    activated = not isinstance(gradient, LogitGradient)
    upstream = np.asarray(gradient)

    def one(item: tuple[slice, list[Any]]) -> tuple[np.ndarray, np.ndarray | None]:
        rows, caches = item
        return _one_part(places, upstream[rows], caches, size, inputs, activated)

    with blas_on_one_thread:
        results = run_parts(one, cache, threads)
    flat = results[0][0]
    for other, _ in results[1:]:
        flat += other
    return flat, np.concatenate([d_part for _, d_part in results if d_part is not None]) if inputs else None


def _one_part(
    places: Sequence[Place], gradient: Any, caches: list[Any], size: int, inputs: bool, activated: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    flat = np.empty(size, gradient.dtype)
    for index in range(len(places) - 1, -1, -1):
        place = places[index]
        gradient, own = place.layer.backward(gradient, caches[index], inputs=inputs or index > 0, activated=activated)
        activated = True
        for slot in place.slots:
            if place.last:
                flat[slot.start : slot.stop] = own[slot.parameter].ravel()
            else:
                flat[slot.start : slot.stop] += own[slot.parameter].ravel()
    return flat, gradient
