"""Gradients shortened before a step, in place."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

__all__ = ["Part", "clip_each", "clip_whole"]


class Part(Protocol):
    """One parameter's place in a flat array."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def stop(self) -> int:
        """Where it ends."""

    @property
    def shape(self) -> tuple[int, ...]:
        """What it looks like outside."""


def clip_whole(gradient: np.ndarray, limit: float) -> None:
    """Shorten a gradient to the Euclidean norm `limit` where it is longer, in place.

    Examples
    --------
    >>> gradient = np.array([3.0, 4.0])
    >>> clip_whole(gradient, 1.0)
    >>> gradient
    array([0.6, 0.8])
    """
    norm = math.sqrt(float(np.dot(gradient, gradient)))
    if norm > limit:
        gradient *= limit / norm


def clip_each(gradient: np.ndarray, parts: Sequence[Part], limit: float) -> None:
    """Do so with the gradient of each parameter by itself."""
    for part in parts:
        clip_whole(gradient[part.start : part.stop], limit)
    if not parts:
        clip_whole(gradient, limit)
