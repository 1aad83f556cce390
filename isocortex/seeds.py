"""Randomness is an explicit seed or Generator; this derives one seed from another."""

import hashlib

import numpy as np

from isocortex.errors import InvalidTypeError, InvalidValueError

__all__ = ["child_seed", "generator"]


def child_seed(seed: int, *labels: object) -> int:
    """Derive a 63-bit seed from `seed` and what it is for.

    Streams with different labels are independent, and adding one shifts no other: the labels are hashed
    (BLAKE2b), not counted.

    Parameters
    ----------
    seed : int
        The parent, non-negative.
    *labels : object
        What the new stream is for; told apart by their ``repr``.

    Examples
    --------
    >>> child_seed(0, "wiring", "V1.E") == child_seed(0, "wiring", "V1.E")
    True
    >>> child_seed(0, "wiring") == child_seed(0, "weights")
    False
    """
    text = repr((_checked(seed), *labels)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def generator(seed: int | np.random.Generator, *labels: object) -> np.random.Generator:
    """Give a Generator: `seed` itself if it is one, else a new one from the seed and the labels.

    Examples
    --------
    >>> bool(generator(0, "shuffle").random() == generator(0, "shuffle").random())
    True
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(child_seed(seed, *labels) if labels else _checked(seed))


def _checked(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise InvalidTypeError(f"seed: must be an integer, got {type(seed).__name__}")
    if seed < 0:
        raise InvalidValueError(f"seed: must not be negative, got {seed}")
    return int(seed)
