"""Spikes onto their targets where delays are many: each spike waits for its next synapse.

A list with a place for each source and delay (`SynapseList`) is looked up as often as there are delays, and where they
are many, hardly any look-up finds a synapse. Here a source's synapses lie in order of rising delay, and every spike in
the log knows the row in which its next one is due; a step reads these numbers, which lie side by side. It goes
from the oldest spike to the newest, and each one's synapses of a delay in order of creation: targets get the same in
the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from brainsim.engine.laying import Listed, Member, delays_of, lay_out
from brainsim.engine.lookups import waiting_pays
from brainsim.engine.operation import (
    Compiled,
    Operation,
    address_of,
    bytes_at,
    doubles_at,
    floats_at,
    integers_at,
    ints_at,
    prefetch,
    shorts_at,
    uints_at,
)
from brainsim.engine.spike_log import SpikeLog

__all__ = ["WaitingList", "suits"]

NEVER = -1
WORDS = 5  # of a log: addresses of its units, their ends, rows that are due and synapses; the first unit
UNITS, ENDS, DUE, NEXT, FIRST = range(WORDS)


def suits(members: Sequence[Member], delays: np.ndarray) -> bool:
    """Tell whether synapses of these delays, falling, are delivered faster so; see `brainsim.engine.lookups`."""
    synapses = sum(one.connections.synapses for one in members)
    return waiting_pays(members[0].connections.sources, synapses, len(delays), int(delays[0]))


@dataclass(frozen=True, eq=False)
class WaitingList:
    """Synapses of each source in order of their delays; threads share it."""

    longest: int  # steps
    parts: int
    bounds: np.ndarray  # uint32 (sources * parts + 1,): where each source's synapses of a part begin
    targets: np.ndarray  # uint32 (synapses,)
    weights: np.ndarray  # float64 or float32 (synapses,), or float64 (1,)
    lags: np.ndarray  # uint16 (synapses,): delays in steps, rising in each source's synapses of a part

    @classmethod
    def of(
        cls, *members: Listed | Member, delays: np.ndarray | None = None, parts: int = 1, threads: int | None = None
    ) -> "WaitingList":
        """Sort each source's synapses by part and rising delay; arguments as for `SynapseList.of`."""
        listed = [one if isinstance(one, Member) else Member(one) for one in members]
        delays = delays_of(listed) if delays is None else delays
        rows = lay_out(listed, delays[::-1].copy(), parts, lagged=True, threads=threads)
        return cls(int(delays[0]), parts, rows.bounds, rows.targets, rows.weights, rows.lags)

    def operation(
        self,
        logs: Sequence[SpikeLog],
        variable: np.ndarray,
        active: np.ndarray | None,
        history: int,
        part: int = 0,
    ) -> Operation:
        """Give the operation that adds to `variable`; arguments as for `SynapseList.operation`."""
        entry = self.weights.itemsize if len(self.weights) == len(self.targets) else 0
        filled = [log for log in logs if log.size]
        # Memory is taken where it is written to: as much as there are spikes.
        waiting = [(np.empty(log.units.size, np.int32), np.empty(log.units.size, np.uint32)) for log in filled]
        words = np.empty((len(filled), WORDS), dtype=np.int64)
        for row, log, (due, following) in zip(words, filled, waiting, strict=True):
            row[UNITS], row[ENDS], row[FIRST] = address_of(log.units), address_of(log.ends), log.first
            row[DUE], row[NEXT] = address_of(due), address_of(following)
        arrays = (
            words,
            np.array([NEVER], dtype=np.int64),
            variable,
            self.bounds,
            self.lags,
            self.targets,
            self.weights,
        )
        numbers = (len(filled), self.parts, part, min(self.longest, history), entry)
        operation = Operation.of(deliver_waiting, *numbers, *arrays, 0 if active is None else active)
        held = [array for log in filled for array in (log.units, log.ends)]
        return replace(operation, alive=(*operation.alive, *held, *(array for pair in waiting for array in pair)))


@Compiled
def deliver_waiting(arguments, step, row):  # type: ignore[no-untyped-def]
    """Take up the spikes of this step, then deliver what is due of all, the oldest first.

    The logs are begun anew now and then, which shows in a row that does not follow the last; what spikes wait for is
    found again then, from the time since they were emitted.
    """
    logs, window, follows, described = arguments[0], arguments[3], integers_at(arguments[6]), integers_at(arguments[5])
    first = row if follows[0] == row else row - window
    follows[0] = row + 1
    for k in range(logs):
        ends = integers_at(described[WORDS * k + ENDS])
        for emitted in range(first, row + 1):
            take_up(arguments, k, ends[emitted], ends[emitted + 1], emitted, row)
    if logs == 1:
        ends = integers_at(described[ENDS])
        deliver_due(arguments, 0, ends[row - window], ends[row + 1], row)
    else:
        for emitted in range(row - window, row + 1):
            for k in range(logs):
                ends = integers_at(described[WORDS * k + ENDS])
                deliver_due(arguments, k, ends[emitted], ends[emitted + 1], row)
    return 0


@njit(error_model="numpy")
def take_up(arguments, k, begin, end, emitted, row):  # type: ignore[no-untyped-def]
    """Find the first synapse that is not yet past, for the spikes of a log from `begin` on, emitted in one row."""
    parts, part, described = arguments[1], arguments[2], integers_at(arguments[5])
    bounds, lags = uints_at(arguments[8]), shorts_at(arguments[9])
    units, first = uints_at(described[WORDS * k + UNITS]), described[WORDS * k + FIRST]
    due, following = ints_at(described[WORDS * k + DUE]), uints_at(described[WORDS * k + NEXT])
    for position in range(begin, end):
        place = (first + units[position]) * parts + part
        synapse, stop = np.int64(bounds[place]), np.int64(bounds[place + 1])
        while synapse < stop and emitted + lags[synapse] < row:
            synapse += 1
        following[position] = synapse
        due[position] = emitted + lags[synapse] if synapse < stop else NEVER


@njit(error_model="numpy")
def deliver_due(arguments, k, begin, end, row):  # type: ignore[no-untyped-def]
    """Deliver what is due in this row of a log's spikes from `begin` to before `end`; fetch what is due in the next."""
    parts, part, entry, described = arguments[1], arguments[2], arguments[4], integers_at(arguments[5])
    variable, bounds, lags = doubles_at(arguments[7]), uints_at(arguments[8]), shorts_at(arguments[9])
    targets, double, single = uints_at(arguments[10]), doubles_at(arguments[11]), floats_at(arguments[11])
    active = bytes_at(arguments[12])
    units, first = uints_at(described[WORDS * k + UNITS]), described[WORDS * k + FIRST]
    due, following = ints_at(described[WORDS * k + DUE]), uints_at(described[WORDS * k + NEXT])
    for position in range(begin, end):
        if due[position] == row:
            synapse, stop = (
                np.int64(following[position]),
                np.int64(bounds[(first + units[position]) * parts + part + 1]),
            )
            lag = lags[synapse]
            while synapse < stop and lags[synapse] == lag:
                target = targets[synapse]
                if arguments[12] == 0 or active[target]:
                    variable[target] += single[synapse] if entry == 4 else double[synapse if entry == 8 else 0]
                synapse += 1
            following[position] = synapse
            due[position] = row + lags[synapse] - lag if synapse < stop else NEVER
        elif due[position] == row + 1:
            prefetch(arguments[10] + 4 * following[position])
            prefetch(arguments[9] + 2 * following[position])
            if entry:
                prefetch(arguments[11] + entry * following[position])
