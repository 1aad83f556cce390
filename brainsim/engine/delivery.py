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
from brainsim.engine.laying import Listed, Member, delays_of, lay_out
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
from brainsim.engine.spike_log import SpikeLog

__all__ = ["SynapseList"]

BATCH = 256  # stretches that are looked up before they are added
AHEAD = 8  # stretches that are fetched while one is added
LINE = 16  # synapses that are fetched at once


@dataclass(frozen=True, eq=False)
class SynapseList:
    """Synapses sorted for delivery; threads share it."""

    delays: np.ndarray  # int64 (delay,), falling
    parts: int
    bounds: np.ndarray  # uint32 (sources * parts * delays + 1,): where each source's synapses of a part and delay begin
    targets: np.ndarray  # uint32 (synapses,)
    weights: np.ndarray  # float64 or float32 (synapses,), or float64 (1,)

    @classmethod
    def of(
        cls, *members: Listed | Member, delays: np.ndarray | None = None, parts: int = 1, threads: int | None = None
    ) -> "SynapseList":
        """Sort each source's synapses by part and falling delay; those of one delay stay in their order.

        Members have as many sources, and weights of one kind (`weight_kind`).

        Parameters
        ----------
        members : SparseConnections, DrawnConnections or Member
            In the order in which they are delivered.
        delays : numpy.ndarray, optional
            All that occur, falling, where they are known: finding them sorts those of all synapses.
        parts : int
            How many threads will each deliver to their own targets.
        threads : int, optional
            That sort rows side by side; they change no bit.
        """
        listed = [one if isinstance(one, Member) else Member(one) for one in members]
        first, delays = listed[0].connections, delays_of(listed) if delays is None else delays
        if parts == 1 and len(listed) == 1 and len(delays) == 1 and isinstance(first, SparseConnections):
            weights = np.atleast_1d(np.asarray(first.weights))
            if not listed[0].offset:
                return cls(delays, 1, first.indptr.astype(np.uint32), first.targets, weights)
        rows = lay_out(listed, delays, parts, lagged=False, threads=threads)
        return cls(delays, parts, rows.bounds, rows.targets, rows.weights)

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
