"""Spikes onto their targets: the synapses of a list, each with its weight and delay.

A source's synapses lie together, and among them those of one delay, in order of creation. A step takes the
longest delay first, so a target gets what was emitted earlier first, then by source, then by synapse: the order in
which Brian2 adds, so that sums agree to the last bit.

Projections of one source onto several targets share a list, whose targets are counted from one common place: a spike
then finds all its synapses of one delay side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from brainsim.engine.connections import SparseConnections
from brainsim.engine.drawing import OFFSET, PART, copy_row, draw_row, member
from brainsim.engine.operation import (
    Compiled,
    Operation,
    address_of,
    bytes_at,
    doubles_at,
    floats_at,
    integers_at,
    prefetch,
    uints_at,
)
from brainsim.engine.recipes import DrawnConnections, DrawnValues
from brainsim.engine.spike_log import SpikeLog
from isocortex.threads import run_on_threads

__all__ = ["Member", "SynapseList", "weight_kind"]

Listed = SparseConnections | DrawnConnections
BLOCKS = 64  # of rows, laid out one after the other on each thread
BATCH = 256  # stretches that are looked up before they are added
AHEAD = 8  # stretches that are fetched while one is added
LINE = 16  # synapses that are fetched at once
PARTS, KINDS, LONGEST = range(3)  # what a layout says: parts, delays that occur, synapses of the longest row


@dataclass(frozen=True, eq=False)
class Member:
    """One projection's share of a list."""

    connections: Listed
    offset: int = 0  # added to each target
    part: int = 2**32  # targets that one part holds


@dataclass(frozen=True, eq=False)
class SynapseList:
    """Synapses sorted for delivery; threads share it."""

    delays: np.ndarray  # int64 (delay,), falling
    parts: int
    bounds: np.ndarray  # uint32 (sources * parts * delays + 1,): where each source's synapses of a part and delay begin
    targets: np.ndarray  # uint32 (synapses,)
    weights: np.ndarray  # float64 or float32 (synapses,), or float64 (1,)

    @classmethod
    def of(cls, *members: Listed | Member, parts: int = 1, threads: int | None = None) -> "SynapseList":
        """Sort each source's synapses by part and falling delay; those of one delay stay in their order.

        Members have as many sources, and weights of one kind (`weight_kind`).

        Parameters
        ----------
        members : SparseConnections, DrawnConnections or Member
            In the order in which they are delivered.
        parts : int
            How many threads will each deliver to their own targets.
        threads : int, optional
            That sort rows side by side; they change no bit.
        """
        listed = [one if isinstance(one, Member) else Member(one) for one in members]
        first = listed[0].connections
        delays = _delays(listed)
        if parts == 1 and len(listed) == 1 and len(delays) == 1 and isinstance(first, SparseConnections):
            weights = np.atleast_1d(np.asarray(first.weights))
            if not listed[0].offset:
                return cls(delays, 1, first.indptr.astype(np.uint32), first.targets, weights)
        starts = np.sum([one.connections.indptr for one in listed], axis=0)
        kind = weight_kind(first)
        synapses = int(starts[-1])
        single = np.empty(synapses if kind == "single" else 0, dtype=np.float32)
        double = np.empty(synapses if kind == "double" else 0)
        bounds = np.empty(first.sources * parts * len(delays) + 1, dtype=np.uint32)
        bounds[-1] = synapses
        targets = np.empty(synapses, dtype=np.uint32)
        described, alive = [], []
        for one in listed:
            words, arrays = member(one.connections)
            words[OFFSET], words[PART] = one.offset, one.part
            described.append(words)
            alive.append(arrays)
        place = np.zeros(int(delays[0]) + 1, dtype=np.int64)
        place[delays] = np.arange(len(delays))
        edges = np.unique(np.linspace(0, first.sources, BLOCKS + 1).astype(np.int64))
        layout = np.array([parts, len(delays), np.diff(starts).max()], dtype=np.int64)  # PARTS, KINDS, LONGEST
        drawn = any(isinstance(one.connections, DrawnConnections) for one in listed)
        function = lay_drawn_rows if drawn else lay_rows

        def lay(block: int) -> None:
            filled = (bounds, targets, single, double)
            function(np.array(described), edges[block], edges[block + 1], starts, layout, place, *filled)

        run_on_threads(lay, range(len(edges) - 1), threads)
        del alive
        weights = single if kind == "single" else double if kind == "double" else np.array([kind])
        return cls(delays, parts, bounds, targets, weights)

    def operation(
        self,
        logs: Sequence[SpikeLog],
        variable: np.ndarray,
        active: np.ndarray | None,
        history: int,
        part: int = 0,
    ) -> Operation:
        """Give the operation that adds to `variable`, to active units alone where `active` is given.

        Parameters
        ----------
        logs : sequence of SpikeLog
            Of the source's parts.
        variable : numpy.ndarray
            From which targets are counted.
        active : numpy.ndarray, optional
            uint8 (unit,).
        history : int
            Steps for which the logs remember spikes: a longer delay is one beyond the trial's end.
        part : int
            Which part of the targets.
        """
        entry = self.weights.itemsize if len(self.weights) == len(self.targets) else 0
        lags = np.minimum(self.delays, history)
        filled = [log for log in logs if log.size]
        origins = np.array([(address_of(log.units), address_of(log.ends), log.first) for log in filled], dtype=np.int64)
        arrays = (origins, variable, lags, self.bounds, self.targets, self.weights, 0 if active is None else active)
        numbers = (len(self.delays), entry, len(filled), self.parts, part)
        operation = Operation.of(deliver if active is None else deliver_active, *numbers, *arrays)
        return replace(operation, alive=(*operation.alive, *(one for log in filled for one in (log.units, log.ends))))


def weight_kind(connections: Listed) -> float | str:
    """Give the one weight of all synapses, or "single" or "double" where each has its own."""
    weights = connections.drawn_weights if isinstance(connections, DrawnConnections) else connections.weights
    if isinstance(weights, DrawnValues):
        return "single"
    if isinstance(weights, np.ndarray):
        return "single" if weights.dtype == np.float32 else "double"
    return float(weights)


def _delays(members: Sequence[Member]) -> np.ndarray:
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
def lay_rows(members, first, last, starts, layout, place, bounds, targets, single, double):  # type: ignore[no-untyped-def]
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
        sort_row(row, starts, length, row_targets, row_weights, row_places, heads, bounds, targets, single, double)


@njit(cache=True, nogil=True)
def lay_drawn_rows(members, first, last, starts, layout, place, bounds, targets, single, double):  # type: ignore[no-untyped-def]
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
        sort_row(row, starts, length, row_targets, row_weights, row_places, heads, bounds, targets, single, double)


@njit(cache=True, nogil=True)
def count_places(member, begin, end, row_targets, row_delays, layout, place, row_places, heads):  # type: ignore[no-untyped-def]
    """Find where each synapse of a member goes, and count how many go there."""
    offset, size, parts, kinds = member[OFFSET], member[PART], layout[PARTS], layout[KINDS]
    for j in range(begin, end):
        part = 0 if parts == 1 else (np.int64(row_targets[j]) - offset) // size
        row_places[j] = part * kinds + place[row_delays[j]]
        heads[row_places[j]] += 1


@njit(cache=True, nogil=True)
def sort_row(row, starts, length, row_targets, row_weights, row_places, heads, bounds, targets, single, double):  # type: ignore[no-untyped-def]
    """Put a row's synapses to their places; `heads` comes in as how many go to each."""
    at = starts[row]
    for k in range(heads.size):
        bounds[row * heads.size + k] = at
        count = heads[k]
        heads[k] = at
        at += count
    for j in range(length):
        to = heads[row_places[j]]
        heads[row_places[j]] += 1
        targets[to] = row_targets[j]
        if single.size:
            single[to] = row_weights[j]
        elif double.size:
            double[to] = row_weights[j]


@Compiled
def deliver(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver to all units.

    First all stretches of synapses that are due are found, then looked up, then added one after the other, each time
    while what comes later is fetched from memory: they lie far apart, and waiting for them would take most of the time.
    """
    kinds, entry, logs, parts, part = arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]
    origins, variable = integers_at(arguments[5]), doubles_at(arguments[6])
    delays, bounds = integers_at(arguments[7]), uints_at(arguments[8])
    places = np.empty(BATCH, np.int64)
    filled = np.int64(0)  # or Numba compiles what it is given to twice, for this 0 and for all numbers
    for kind in range(kinds):
        emitted = row - delays[kind]
        for k in range(logs):
            log, ends, first = uints_at(origins[3 * k]), integers_at(origins[3 * k + 1]), origins[3 * k + 2]
            for position in range(ends[emitted], ends[emitted + 1]):
                place = ((first + log[position]) * parts + part) * kinds + kind
                prefetch(arguments[8] + 4 * place)
                places[filled] = place
                filled += 1
                if filled == BATCH:
                    add_stretches(bounds, places, filled, entry, arguments[9], arguments[10], variable)
                    filled = np.int64(0)
    add_stretches(bounds, places, filled, entry, arguments[9], arguments[10], variable)
    return 0


@njit(error_model="numpy")
def add_stretches(bounds, places, count, entry, at_targets, at_weights, variable):  # type: ignore[no-untyped-def]
    """Add the weights of some stretches of synapses, which begin where `bounds` says at `places`, in order."""
    begins, stops = np.empty(BATCH, np.uint32), np.empty(BATCH, np.uint32)
    for k in range(count):
        begins[k], stops[k] = bounds[places[k]], bounds[places[k] + 1]
    targets, double, single = uints_at(at_targets), doubles_at(at_weights), floats_at(at_weights)
    weight = double[0]
    for k in range(count + AHEAD):
        if k < count:
            for synapse in range(begins[k], stops[k], LINE):
                prefetch(at_targets + 4 * synapse)
                if entry:
                    prefetch(at_weights + entry * synapse)
        if k < AHEAD:
            continue
        begin, stop = begins[k - AHEAD], stops[k - AHEAD]
        if entry == 4:
            for synapse in range(begin, stop):
                variable[targets[synapse]] += single[synapse]
        elif entry == 8:
            for synapse in range(begin, stop):
                variable[targets[synapse]] += double[synapse]
        else:
            for synapse in range(begin, stop):
                variable[targets[synapse]] += weight


@Compiled
def deliver_active(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver to active units: a variable that stands still in refractoriness takes nothing then."""
    kinds, entry, logs, parts, part = arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]
    origins, variable = integers_at(arguments[5]), doubles_at(arguments[6])
    delays, bounds = integers_at(arguments[7]), uints_at(arguments[8])
    targets, weights, single = uints_at(arguments[9]), doubles_at(arguments[10]), floats_at(arguments[10])
    active = bytes_at(arguments[11])
    for kind in range(kinds):
        emitted = row - delays[kind]
        for k in range(logs):
            log, ends, first = uints_at(origins[3 * k]), integers_at(origins[3 * k + 1]), origins[3 * k + 2]
            for position in range(ends[emitted], ends[emitted + 1]):
                place = ((first + log[position]) * parts + part) * kinds + kind
                for synapse in range(bounds[place], bounds[place + 1]):
                    if active[targets[synapse]]:
                        weight = single[synapse] if entry == 4 else weights[synapse] if entry == 8 else weights[0]
                        variable[targets[synapse]] += weight
    return 0
