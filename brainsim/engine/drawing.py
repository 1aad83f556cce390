"""Rows of synapses, read from arrays or drawn, for whoever lays them out.

A projection is told to compiled code as a few words (`member`): addresses of arrays, or of the keys and distributions
of `brainsim.engine.recipes`.
"""

import numpy as np
from numba import njit

from brainsim.engine.connections import SparseConnections
from brainsim.engine.draws import CHUNK, fill_chunk
from brainsim.engine.exponential import exp
from brainsim.engine.operation import address_of, bytes_at, doubles_at, floats_at, integers_at, shorts_at, uints_at
from brainsim.engine.quantile import MIDDLE, quantile_middle, quantile_tail
from brainsim.engine.recipes import SHAPES, DrawnConnections, DrawnValues, UniformTargets

__all__ = ["copy_row", "draw_row", "draw_rows", "draw_values", "member", "values_of"]

UNIFORM, LOGNORMAL = SHAPES.index("uniform"), SHAPES.index("lognormal")
# What a member says of a projection: int64 words.
INDPTR, TARGETS, CANDIDATES, SKIPS, OFFSET, PART, WEIGHTS, WEIGHT_KIND, DELAYS, DELAY_KIND, WORDS = range(11)
SCALAR, DRAWN = 0, 9  # other kinds are the bytes of an entry


def member(
    connections: SparseConnections | DrawnConnections, offset: int = 0, part: int = 2**32
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Describe synapses to compiled code: int64 (WORDS,), and the arrays that must live as long.

    `offset` is added to every target; `part` is how many targets one part holds.
    """
    if isinstance(connections, DrawnConnections):
        targets, weights, delays = connections.drawn_targets, connections.drawn_weights, connections.drawn_delays
    else:
        targets, weights, delays = connections.targets, connections.weights, connections.delays
    words = np.zeros(WORDS, dtype=np.int64)
    alive = [connections.indptr]
    words[INDPTR], words[OFFSET], words[PART] = address_of(connections.indptr), offset, part
    if isinstance(targets, UniformTargets):
        alive.append(np.asarray(targets.key, dtype=np.int64))
        words[CANDIDATES], words[SKIPS] = targets.candidates, targets.skips_self
    else:
        alive.append(targets)
    words[TARGETS] = address_of(alive[-1])
    for place, values, scalar_type in ((WEIGHTS, weights, np.float64), (DELAYS, delays, np.int64)):
        if isinstance(values, DrawnValues):
            alive.append(values.numbers)
            words[place + 1] = DRAWN
        elif isinstance(values, np.ndarray):
            alive.append(values)
            words[place + 1] = values.itemsize
        else:
            alive.append(np.array([values], dtype=scalar_type))
            words[place + 1] = SCALAR
        words[place] = address_of(alive[-1])
    return words, alive


@njit(cache=True, nogil=True, error_model="numpy")
def shape_words(words, numbers, out):  # type: ignore[no-untyped-def]
    """Turn 64 words into values of the distribution that `numbers` describe."""
    shape, location, spread, below, share = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    low, high, divisor = numbers[5], numbers[6], numbers[7]
    if shape == UNIFORM:
        for k in range(CHUNK):
            out[k] = location + spread * ((words[k] + 0.5) * share)
    else:
        for k in range(CHUNK):
            out[k] = quantile_middle(below + (words[k] + 0.5) * share)
        for k in range(CHUNK):
            p = below + (words[k] + 0.5) * share
            if abs(p - 0.5) > MIDDLE:
                out[k] = quantile_tail(p)
        if shape == LOGNORMAL:
            for k in range(CHUNK):
                out[k] = exp(location + spread * out[k])
        else:
            for k in range(CHUNK):
                out[k] = location + spread * out[k]
    for k in range(CHUNK):
        out[k] = min(max(out[k], low), high) / divisor


def values_of(words: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Give the values of single words, uint32; `numbers` as in `DrawnValues.numbers`."""
    values = np.empty(CHUNK)
    shape_words(np.resize(words, CHUNK), numbers[4:].view(np.float64), values)
    return values[: len(words)]


@njit(cache=True, nogil=True, error_model="numpy")
def draw_values(described, indptr):  # type: ignore[no-untyped-def]
    """Draw one value a synapse, in order of creation."""
    out = np.empty(indptr[-1])
    numbers = described[4:].view(np.float64)
    words, values = np.empty(CHUNK, np.uint32), np.empty(CHUNK)
    for row in range(indptr.size - 1):
        begin, length = indptr[row], indptr[row + 1] - indptr[row]
        for start in range(0, length, CHUNK):
            fill_chunk(start // CHUNK, row, described, words)
            shape_words(words, numbers, values)
            for k in range(min(CHUNK, length - start)):
                out[begin + start + k] = values[k]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def copy_row(described, row, at, targets, weights, delays):  # type: ignore[no-untyped-def]
    """Write what is listed of a row's targets, weights and delays from place `at` on, and give the place after."""
    indptr = integers_at(described[INDPTR])
    begin = indptr[row]
    length = indptr[row + 1] - begin
    if not described[CANDIDATES]:
        offset = described[OFFSET]
        listed = uints_at(described[TARGETS])
        for k in range(length):
            targets[at + k] = np.uint32(listed[begin + k] + offset)
    kind = described[WEIGHT_KIND]
    if kind == 8:
        doubles = doubles_at(described[WEIGHTS])
        for k in range(length):
            weights[at + k] = doubles[begin + k]
    elif kind == 4:
        floats = floats_at(described[WEIGHTS])
        for k in range(length):
            weights[at + k] = floats[begin + k]
    kind = described[DELAY_KIND]
    if kind == SCALAR:
        lag = integers_at(described[DELAYS])[0]
        for k in range(length):
            delays[at + k] = lag
    elif kind != DRAWN:
        listed_bytes, shorts = bytes_at(described[DELAYS]), shorts_at(described[DELAYS])
        wide = uints_at(described[DELAYS])
        for k in range(length):
            place = begin + k
            delays[at + k] = listed_bytes[place] if kind == 1 else shorts[place] if kind == 2 else wide[place]
    return at + length


@njit(cache=True, nogil=True, error_model="numpy")
def draw_row(described, row, at, targets, weights, delays):  # type: ignore[no-untyped-def]
    """Write what is drawn of a row; apart from `copy_row`, because compiling it takes a second that few need."""
    indptr = integers_at(described[INDPTR])
    length = indptr[row + 1] - indptr[row]
    candidates, skips = np.uint64(described[CANDIDATES]), described[SKIPS]
    words, values = np.empty(CHUNK, np.uint32), np.empty(CHUNK)
    if candidates:
        key, offset = integers_at(described[TARGETS]), described[OFFSET]
        for start in range(0, length, CHUNK):
            fill_chunk(start // CHUNK, row, key, words)
            for k in range(min(CHUNK, length - start)):
                target = np.int64((words[k] * candidates) >> np.uint64(32))
                if skips:
                    target += target >= row
                targets[at + start + k] = np.uint32(target + offset)
    if described[WEIGHT_KIND] == DRAWN:
        key, numbers = integers_at(described[WEIGHTS]), doubles_at(described[WEIGHTS] + 32)
        for start in range(0, length, CHUNK):
            fill_chunk(start // CHUNK, row, key, words)
            shape_words(words, numbers, values)
            for k in range(min(CHUNK, length - start)):
                weights[at + start + k] = values[k]
    if described[DELAY_KIND] == DRAWN:
        key, numbers = integers_at(described[DELAYS]), doubles_at(described[DELAYS] + 32)
        for start in range(0, length, CHUNK):
            fill_chunk(start // CHUNK, row, key, words)
            shape_words(words, numbers, values)
            for k in range(min(CHUNK, length - start)):
                delays[at + start + k] = np.int64(np.rint(values[k]))


def draw_rows(connections: SparseConnections | DrawnConnections) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give targets (uint32), weights (float64) and delays (int64) of all synapses, in order of creation."""
    described, alive = member(connections)
    targets = np.empty(connections.synapses, dtype=np.uint32)
    weights, delays = np.empty(connections.synapses), np.empty(connections.synapses, dtype=np.int64)
    read_rows(described, connections.sources, targets, weights, delays)
    del alive
    return targets, weights, delays


@njit(cache=True, nogil=True)
def read_rows(described, sources, targets, weights, delays):  # type: ignore[no-untyped-def]
    """Write all rows one after the other."""
    at = np.int64(0)
    for row in range(sources):
        draw_row(described, row, at, targets, weights, delays)
        at = copy_row(described, row, at, targets, weights, delays)
