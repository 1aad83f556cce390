"""Projections of one source that are delivered together: a spike looks up its synapses once for all its targets.

All state variables of a network lie in one stretch of memory (`StateLayout`), so targets of several groups can be
counted from its beginning. Projections are delivered together where they follow one another, come from the same
source, reach different variables, and have delays of their own and weights of one kind; so no target hears anything
in another order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from brainsim.engine.connections import MAX_SYNAPSES, ConvolutionConnections, SparseConnections
from brainsim.engine.convolution import FilterBank
from brainsim.engine.delivery import SynapseList
from brainsim.engine.laying import Member, delays_of, weight_kind
from brainsim.engine.network import Network, Projection
from brainsim.engine.recipes import DrawnConnections
from brainsim.engine.synapse_layout import SynapseLayout
from brainsim.engine.waiting import WaitingList, suits

__all__ = ["Bundle", "StateLayout", "bundled", "part_count", "part_size"]

FEW = 12  # synapses of a source
SMALLEST_PART = 5000  # units; with fewer, meeting once a step takes longer than is gained
LINE = 8  # doubles that the processor loads at once


@dataclass(frozen=True, eq=False)
class StateLayout:
    """Where each state variable lies in the memory of a network's state."""

    offsets: dict[tuple[int, str], int]  # (group, variable) -> place of unit 0, in doubles
    doubles: int  # in all

    @classmethod
    def of(cls, variables: dict[int, tuple[str, ...]], sizes: Sequence[int]) -> "StateLayout":
        """Lay one variable after the other, each at the beginning of a line."""
        offsets, end = {}, 0
        for group, names in variables.items():
            for name in names:
                offsets[group, name] = end
                end += -(-sizes[group] // LINE) * LINE
        return cls(offsets, end)

    def memory(self) -> np.ndarray:
        """Take the memory, aligned to lines; float64 (doubles,)."""
        room = np.zeros(self.doubles + LINE)
        skipped = -(room.ctypes.data // 8) % LINE
        return room[skipped : skipped + self.doubles]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Projections that are delivered together."""

    numbers: tuple[int, ...]  # of the projections
    wiring: SynapseList | WaitingList | FilterBank | SynapseLayout

    @property
    def shared(self) -> bool:
        """Whether targets are counted from the beginning of all state, not from a variable's."""
        return len(self.numbers) > 1


def part_count(network: Network, threads: int) -> int:
    """Give into how many parts a network is split for some threads.

    One where it is small, so that threads would mostly wait, or where something in it is not split: plastic synapses,
    and banks of filters.
    """
    if not all(_is_split(one) for one in network.projections):
        return 1
    units = sum(group.size for group in network.groups)
    return max(1, min(threads, units // SMALLEST_PART))


def part_size(units: int, parts: int) -> int:
    """Give how many units of a group each part but the last holds: a multiple of 64."""
    return max(-(-units // (64 * parts)), 1) * 64


def bundled(
    network: Network, layout: StateLayout, masked: Callable[[int, str], bool], parts: int, threads: int | None
) -> list[Bundle]:
    """Lay out all synapses for delivery, once while the network lives."""
    known = _BUILT.get(network)
    if known is None or known[0] != parts:
        found = []
        for numbers in _gathered(network, masked):
            projections = [network.projections[number] for number in numbers]
            found.append(Bundle(numbers, _wiring(network, projections, layout, parts, threads)))
        known = _BUILT[network] = (parts, found)
    return known[1]


_BUILT: WeakKeyDictionary[Network, tuple[int, list[Bundle]]] = WeakKeyDictionary()


def _gathered(network: Network, masked: Callable[[int, str], bool]) -> list[tuple[int, ...]]:
    """Find which projections go together."""
    gathered: list[list[int]] = []
    for number, projection in enumerate(network.projections):
        if gathered and _joins(network, gathered[-1], projection, masked):
            gathered[-1].append(number)
        else:
            gathered.append([number])
    return [tuple(numbers) for numbers in gathered]


def _joins(network: Network, numbers: list[int], projection: Projection, masked: Callable[[int, str], bool]) -> bool:
    others = [network.projections[number] for number in numbers]
    every = [*others, projection]
    if projection.source != others[0].source or not all(_is_list(one) for one in every):
        return False
    if any(masked(one.target, one.variable) for one in every):
        return False  # which units take nothing is told group by group
    if (projection.target, projection.variable) in [(one.target, one.variable) for one in others]:
        return False
    if weight_kind(projection.connections) != weight_kind(others[0].connections):  # type: ignore[arg-type]
        return False
    return sum(one.connections.synapses for one in every) < MAX_SYNAPSES


def _is_list(projection: Projection) -> bool:
    """Say whether these are plain synapses that must be laid out: those of one delay are delivered as they are."""
    connections = projection.connections
    listed = isinstance(connections, DrawnConnections) or (
        isinstance(connections, SparseConnections) and isinstance(connections.delays, np.ndarray)
    )
    return listed and projection.synapse is None


def _is_banked(connections: ConvolutionConnections) -> bool:
    """Say whether a bank is delivered as one, not synapse by synapse."""
    return connections.synapses > FEW * connections.sources


def _is_split(projection: Projection) -> bool:
    connections = projection.connections
    banked = isinstance(connections, ConvolutionConnections) and _is_banked(connections)
    return projection.synapse is None and not banked


def _wiring(
    network: Network, projections: list[Projection], layout: StateLayout, parts: int, threads: int | None
) -> SynapseList | WaitingList | FilterBank | SynapseLayout:
    members = []
    for projection in projections:
        connections = projection.connections
        if projection.synapse is not None:
            units = network.groups[projection.target].size
            return SynapseLayout.of(projection.synapse, connections.expand(), units, network.dt)
        if isinstance(connections, ConvolutionConnections):
            # Pooling, and whatever else reaches a handful of units, is quicker listed than looked up in a bank.
            if _is_banked(connections):
                return FilterBank.of(connections)
            connections = connections.expand()
        offset = layout.offsets[projection.target, projection.variable] if len(projections) > 1 else 0
        size = part_size(network.groups[projection.target].size, parts)
        members.append(Member(connections, offset, size))
    delays = delays_of(members)
    kind = WaitingList if suits(members, delays) else SynapseList
    return kind.of(*members, delays=delays, parts=parts, threads=threads)
