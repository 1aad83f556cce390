"""Spikes onto their targets: the synapses of a list, each with its weight and delay.

A source's synapses lie together, and among them those of one delay, in order of creation. A step takes the
longest delay first, so a target gets what was emitted earlier first, then by source, then by synapse: the order in
which Brian2 adds, so that sums agree to the last bit.
"""

from dataclasses import dataclass

import numpy as np

from brainsim.engine.connections import SparseConnections
from brainsim.engine.operation import Compiled, Operation, bytes_at, doubles_at, integers_at, uints_at

__all__ = ["SynapseList"]


@dataclass(frozen=True, eq=False)
class SynapseList:
    """Synapses sorted for delivery; threads share it."""

    delays: np.ndarray  # int64 (delay,), falling
    bounds: np.ndarray  # int64 (sources * delays + 1,): where each source's synapses of each delay begin
    targets: np.ndarray  # uint32 (synapses,)
    weights: np.ndarray  # float64 (synapses,) or (1,)

    @classmethod
    def of(cls, connections: SparseConnections) -> "SynapseList":
        """Sort each source's synapses by falling delay; those of one delay stay in their order."""
        weights = np.atleast_1d(np.asarray(connections.weights, dtype=np.float64))
        if not isinstance(connections.delays, np.ndarray):
            delays = np.array([connections.delays], dtype=np.int64)
            return cls(delays, connections.indptr.astype(np.int64), connections.targets, weights)
        delays, which = np.unique(connections.delays, return_inverse=True)
        kinds = max(len(delays), 1)
        rows = np.repeat(np.arange(connections.sources), np.diff(connections.indptr.astype(np.int64)))
        place = rows * kinds + (kinds - 1 - which)
        order = np.argsort(place, kind="stable")
        bounds = np.concatenate(([0], np.cumsum(np.bincount(place, minlength=connections.sources * kinds))))
        sorted_weights = weights[order] if isinstance(connections.weights, np.ndarray) else weights
        falling = delays[::-1].astype(np.int64) if len(delays) else np.zeros(1, dtype=np.int64)
        return cls(falling, bounds.astype(np.int64), connections.targets[order], sorted_weights)

    def operation(
        self, log: np.ndarray, ends: np.ndarray, variable: np.ndarray, active: np.ndarray | None, history: int
    ) -> Operation:
        """Give the operation that adds to `variable`, to active units alone where `active` is given.

        A delay beyond `history`, the steps for which the log remembers spikes, is one beyond the trial's end.
        """
        scalar = int(len(self.weights) != len(self.targets))
        shared = (log, ends, variable, np.minimum(self.delays, history), self.bounds, self.targets, self.weights)
        function = deliver if active is None else deliver_active
        return Operation.of(function, len(self.delays), scalar, *shared, 0 if active is None else active)


@Compiled
def deliver(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver to all units."""
    kinds, scalar = arguments[0], arguments[1]
    log, ends, variable = uints_at(arguments[2]), integers_at(arguments[3]), doubles_at(arguments[4])
    delays, bounds = integers_at(arguments[5]), integers_at(arguments[6])
    targets, weights = uints_at(arguments[7]), doubles_at(arguments[8])
    weight = weights[0]
    for kind in range(kinds):
        emitted = row - delays[kind]
        for position in range(ends[emitted], ends[emitted + 1]):
            place = log[position] * kinds + kind
            if scalar:
                for synapse in range(bounds[place], bounds[place + 1]):
                    variable[targets[synapse]] += weight
            else:
                for synapse in range(bounds[place], bounds[place + 1]):
                    variable[targets[synapse]] += weights[synapse]
    return 0


@Compiled
def deliver_active(arguments, step, row):  # type: ignore[no-untyped-def]
    """Deliver to active units: a variable that stands still in refractoriness takes nothing then."""
    kinds, scalar = arguments[0], arguments[1]
    log, ends, variable = uints_at(arguments[2]), integers_at(arguments[3]), doubles_at(arguments[4])
    delays, bounds = integers_at(arguments[5]), integers_at(arguments[6])
    targets, weights, active = uints_at(arguments[7]), doubles_at(arguments[8]), bytes_at(arguments[9])
    for kind in range(kinds):
        emitted = row - delays[kind]
        for position in range(ends[emitted], ends[emitted + 1]):
            place = log[position] * kinds + kind
            for synapse in range(bounds[place], bounds[place + 1]):
                if active[targets[synapse]]:
                    variable[targets[synapse]] += weights[0] if scalar else weights[synapse]
    return 0
