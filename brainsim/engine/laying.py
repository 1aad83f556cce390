"""Rows of synapses laid out for delivery: sorted by the part of the targets and by delay, else in order of creation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from brainsim.engine.connections import SparseConnections
from brainsim.engine.drawing import OFFSET, PART, copy_row, draw_row, member
from brainsim.engine.recipes import DrawnConnections, DrawnValues
from isocortex.threads import run_on_threads

__all__ = ["Listed", "Member", "Rows", "delays_of", "lay_out", "weight_kind"]

Listed = SparseConnections | DrawnConnections
BLOCKS = 64  # of rows, laid out one after the other on each thread
PARTS, KINDS, LONGEST, SHARED = range(
    4
)  # what a layout says: parts, delays, synapses of the longest row, see `lay_out`


@dataclass(frozen=True, eq=False)
class Member:
    """One projection's share of what is laid out together."""

    connections: Listed
    offset: int = 0  # added to each target
    part: int = 2**32  # targets that one part holds


@dataclass(frozen=True, eq=False)
class Rows:
    """Synapses in the order in which they are delivered."""

    bounds: np.ndarray  # uint32: where each source's synapses of a part, and of a delay unless lags tell it, begin
    targets: np.ndarray  # uint32 (synapses,)
    weights: np.ndarray  # float64 or float32 (synapses,), or float64 (1,)
    lags: np.ndarray  # uint16 (synapses,), the delay of each, or none where bounds tell it


def lay_out(members: Sequence[Member], delays: np.ndarray, parts: int, lagged: bool, threads: int | None) -> Rows:
    """Sort each source's synapses by part and delay; those of one delay stay in their order.

    Members have as many sources, and weights of one kind (`weight_kind`).

    Parameters
    ----------
    members : sequence of Member
        In the order in which they are delivered.
    delays : numpy.ndarray
        All that occur, int64, in the order that is wanted.
    parts : int
        How many threads will each deliver to their own targets.
    lagged : bool
        Whether each synapse tells its delay, and not the bounds.
    threads : int, optional
        That sort rows side by side; they change no bit.
    """
    first = members[0].connections
    starts = np.sum([one.connections.indptr for one in members], axis=0)
    kind, synapses = weight_kind(first), int(starts[-1])
    single = np.empty(synapses if kind == "single" else 0, dtype=np.float32)
    double = np.empty(synapses if kind == "double" else 0)
    shared = len(delays) if lagged else 1
    lags = np.empty(synapses if lagged else 0, dtype=np.uint16)
    bounds = np.empty(first.sources * parts * (len(delays) // shared) + 1, dtype=np.uint32)
    bounds[-1] = synapses
    targets = np.empty(synapses, dtype=np.uint32)
    described, alive = [], []
    for one in members:
        words, arrays = member(one.connections, one.offset, one.part)
        described.append(words)
        alive.append(arrays)
    place = np.zeros(int(delays.max()) + 1, dtype=np.int64)
    place[delays] = np.arange(len(delays))
    edges = np.unique(np.linspace(0, first.sources, BLOCKS + 1).astype(np.int64))
    layout = np.array([parts, len(delays), np.diff(starts).max(), shared], dtype=np.int64)
    drawn = any(isinstance(one.connections, DrawnConnections) for one in members)
    function = lay_drawn_rows if drawn else lay_rows

    def lay(block: int) -> None:
        filled = (bounds, targets, lags, single, double)
        function(np.array(described), edges[block], edges[block + 1], starts, layout, place, *filled)

    run_on_threads(lay, range(len(edges) - 1), threads)
    del alive
    weights = single if kind == "single" else double if kind == "double" else np.array([kind])
    return Rows(bounds, targets, weights, lags)


def weight_kind(connections: Listed) -> float | str:
    """Give the one weight of all synapses, or "single" or "double" where each has its own."""
    weights = connections.drawn_weights if isinstance(connections, DrawnConnections) else connections.weights
    if isinstance(weights, DrawnValues):
        return "single"
    if isinstance(weights, np.ndarray):
        return "single" if weights.dtype == np.float32 else "double"
    return float(weights)


def delays_of(members: Sequence[Member]) -> np.ndarray:
    """Give all delays that occur, falling; of drawn ones, all that may occur."""
    found = [np.zeros(0, dtype=np.int64)]
    for one in members:
        connections = one.connections
        delays = connections.drawn_delays if isinstance(connections, DrawnConnections) else connections.delays
        if isinstance(delays, DrawnValues):
            shortest, longest = np.rint(delays.extremes).astype(np.int64)
            found.append(np.arange(shortest, longest + 1))
        else:
            found.append(np.unique(delays).astype(np.int64))
    every = np.unique(np.concatenate(found))
    return every[::-1].copy() if every.size else np.zeros(1, dtype=np.int64)


@njit(cache=True, nogil=True)
def lay_rows(members, first, last, starts, layout, place, bounds, targets, lags, single, double):  # type: ignore[no-untyped-def]
    """Sort the synapses of rows `first` to `last` - 1 by part and place, keeping their order within."""
    longest = layout[LONGEST]
    row_targets, row_places = np.empty(longest, np.uint32), np.empty(longest, np.int64)
    row_weights, row_delays = np.empty(longest), np.empty(longest, np.int64)
    heads = np.empty(layout[PARTS] * layout[KINDS], np.int64)
    for row in range(first, last):
        heads[:] = 0
        length = np.int64(0)
        for k in range(len(members)):
            begin = length
            length = copy_row(members[k], row, begin, row_targets, row_weights, row_delays)
            count_places(members[k], begin, length, row_targets, row_delays, layout, place, row_places, heads)
        listed = (row_targets, row_weights, row_delays, row_places)
        sort_row(row, starts, length, layout[SHARED], *listed, heads, bounds, targets, lags, single, double)


@njit(cache=True, nogil=True)
def lay_drawn_rows(members, first, last, starts, layout, place, bounds, targets, lags, single, double):  # type: ignore[no-untyped-def]
    """Do the same for members of which something is drawn."""
    longest = layout[LONGEST]
    row_targets, row_places = np.empty(longest, np.uint32), np.empty(longest, np.int64)
    row_weights, row_delays = np.empty(longest), np.empty(longest, np.int64)
    heads = np.empty(layout[PARTS] * layout[KINDS], np.int64)
    for row in range(first, last):
        heads[:] = 0
        length = np.int64(0)
        for k in range(len(members)):
            begin = length
            draw_row(members[k], row, begin, row_targets, row_weights, row_delays)
            length = copy_row(members[k], row, begin, row_targets, row_weights, row_delays)
            count_places(members[k], begin, length, row_targets, row_delays, layout, place, row_places, heads)
        listed = (row_targets, row_weights, row_delays, row_places)
        sort_row(row, starts, length, layout[SHARED], *listed, heads, bounds, targets, lags, single, double)


@njit(cache=True, nogil=True)
def count_places(member, begin, end, row_targets, row_delays, layout, place, row_places, heads):  # type: ignore[no-untyped-def]
    """Find where each synapse of a member goes, and count how many go there."""
    offset, size, parts, kinds = member[OFFSET], member[PART], layout[PARTS], layout[KINDS]
    for j in range(begin, end):
        part = 0 if parts == 1 else (np.int64(row_targets[j]) - offset) // size
        row_places[j] = part * kinds + place[row_delays[j]]
        heads[row_places[j]] += 1


@njit(cache=True, nogil=True)
def sort_row(  # type: ignore[no-untyped-def]
    row,
    starts,
    length,
    shared,
    row_targets,
    row_weights,
    row_delays,
    row_places,
    heads,
    bounds,
    targets,
    lags,
    single,
    double,
):
    """Put a row's synapses to their places; `heads` comes in as how many go to each."""
    at = starts[row]
    for k in range(heads.size):
        if k % shared == 0:
            bounds[(row * heads.size + k) // shared] = at
        count = heads[k]
        heads[k] = at
        at += count
    for j in range(length):
        to = heads[row_places[j]]
        heads[row_places[j]] += 1
        targets[to] = row_targets[j]
        if lags.size:
            lags[to] = row_delays[j]
        if single.size:
            single[to] = row_weights[j]
        elif double.size:
            double[to] = row_weights[j]
