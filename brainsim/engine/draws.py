"""Random numbers that are a function of what they are for, not of what was drawn before.

Philox 4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405) turns a counter and a key into four words of 32 bits.
The key and half of the counter are a hash of (seed, stimulus id, trial, population, stream); the other half is the unit
and the step. So a unit's numbers are the same whatever else is simulated, on whatever thread.

Units are taken in chunks of 64, which fills vector lanes: counter ``16 * chunk + lane`` gives the words of units
``64 * chunk + 16 * word + lane``.
"""

import hashlib

import numpy as np
from numba import njit

from brainsim.engine.operation import Compiled, doubles_at, integers_at, ints_at, uints_at

__all__ = ["draw_sources", "poisson_spikes", "stream_key", "words"]

CHUNK = 64  # units
LANES = 16  # counters that fill a chunk
SCALE = 2.0**32


def stream_key(seed: int, stimulus_id: int, trial: int, population: str, stream: str) -> np.ndarray:
    """Give the four words, int64 (4,), that tell one stream of random numbers from all others.

    Examples
    --------
    >>> bool((stream_key(0, 1, 2, "V1.E", "spikes") == stream_key(0, 1, 2, "V1.E", "spikes")).all())
    True
    """
    text = repr((int(seed), int(stimulus_id), int(trial), population, stream)).encode()
    return np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype="<u4").astype(np.int64)


@njit(inline="always")
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Ten rounds of Philox 4x32; all words are uint64 below 2**32."""
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & low, (p0 >> half) ^ c3 ^ k1, p0 & low
        k0 = (k0 + np.uint64(0x9E3779B9)) & low
        k1 = (k1 + np.uint64(0xBB67AE85)) & low
    return c0, c1, c2, c3


@njit(inline="always")
def fill_chunk(chunk, step, key, out):  # type: ignore[no-untyped-def]
    """Write the words of 64 units in one step to `out`."""
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    c1, c2, c3 = np.uint64(step), np.uint64(key[2]), np.uint64(key[3])
    for lane in range(LANES):
        w0, w1, w2, w3 = philox(np.uint64(chunk * LANES + lane), c1, c2, c3, k0, k1)
        out[lane] = np.uint32(w0)
        out[LANES + lane] = np.uint32(w1)
        out[2 * LANES + lane] = np.uint32(w2)
        out[3 * LANES + lane] = np.uint32(w3)


@njit(cache=True, nogil=True)
def words(key: np.ndarray, size: int, steps: int, first: int = 0) -> np.ndarray:
    """Give the words of `size` units in `steps` steps from step `first`, uint32 (step, unit)."""
    out = np.empty((steps, size), np.uint32)
    chunk_words = np.empty(CHUNK, np.uint32)
    for step in range(steps):
        for start in range(0, size, CHUNK):
            fill_chunk(start // CHUNK, first + step, key, chunk_words)
            for unit in range(start, min(start + CHUNK, size)):
                out[step, unit] = chunk_words[unit - start]
    return out


def poisson_spikes(
    key: np.ndarray, rates: np.ndarray, bin_steps: int, steps: int, dt: float, first: int = 0, began: int = 0
) -> np.ndarray:
    """Say who spikes when, bool (step, unit): with probability ``rate * dt`` in each step.

    Parameters
    ----------
    key : numpy.ndarray
        From `stream_key`.
    rates : numpy.ndarray
        Hz, (bin, unit); the last bin lasts on.
    bin_steps, steps : int
        Steps of a bin, and in all.
    dt : float
        Seconds.
    first, began : int
        The first of the steps, and the one in which the first bin began.
    """
    which = np.minimum((np.arange(first, first + steps) - began) // bin_steps, len(rates) - 1)
    return words(key, rates.shape[1], steps, first) < (rates * (dt * SCALE))[which]


@Compiled
def draw_sources(arguments, step, row):  # type: ignore[no-untyped-def]
    """Let each unit of a source group spike with its probability, and log and count the spikes."""
    size, bin_steps, last_bin = arguments[0], arguments[1], arguments[2]
    key, log, ends = integers_at(arguments[3]), uints_at(arguments[4]), integers_at(arguments[5])
    counts, first = ints_at(arguments[6]), ints_at(arguments[7])
    scale = doubles_at(arguments[9])[0]
    begin, units = arguments[11], arguments[12]  # this part's first unit, and all of the group
    rates = doubles_at(arguments[8] + 8 * (units * min((step - arguments[10]) // bin_steps, last_bin) + begin))
    drawn = np.empty(CHUNK, np.uint32)
    end = ends[row]
    for start in range(0, size, CHUNK):
        fill_chunk((begin + start) // CHUNK, step, key, drawn)
        stop = min(CHUNK, size - start)
        hits = 0
        for k in range(stop):
            hits += drawn[k] < rates[start + k] * scale
        if hits:
            for k in range(stop):
                if drawn[k] < rates[start + k] * scale:
                    unit = start + k
                    log[end] = unit
                    end += 1
                    if counts[unit] == 0:
                        first[unit] = step
                    counts[unit] += 1
    ends[row + 1] = end
    return 0
