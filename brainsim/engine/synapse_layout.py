"""Plastic synapses in memory: sorted for delivery, with the way back from each target to its synapses.

Synapses of one source and one delay share what arrives, and so their presynaptic variables: such a row is a place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from brainsim.engine.connections import SparseConnections
from brainsim.engine.operation import Operation
from brainsim.engine.synapse_code import compile_synapses
from brainsim.engine.synapses import SynapseModel

__all__ = ["SynapseLayout", "SynapseState"]


@dataclass(frozen=True, eq=False)
class SynapseLayout:
    """What no trial changes; threads share it."""

    model: SynapseModel
    dt: float  # s
    units: int  # of the target
    delays: np.ndarray  # int64 (delay,), falling
    bounds: np.ndarray  # int64 (place + 1,): where the synapses of each source and delay begin
    targets: np.ndarray  # uint32 (synapse,)
    weights: np.ndarray  # float64 (synapse,), or (1,) if one serves all
    order: np.ndarray  # int64 (synapse,): number of each synapse in order of creation

    @classmethod
    def of(cls, model: SynapseModel, connections: SparseConnections, units: int, dt: float) -> "SynapseLayout":
        """Sort each source's synapses by falling delay; those of one delay stay in their order."""
        synapses = connections.synapses
        steps = np.broadcast_to(np.asarray(connections.delays, dtype=np.int64), synapses)
        delays, which = np.unique(steps, return_inverse=True)
        kinds = max(len(delays), 1)
        rows = np.repeat(np.arange(connections.sources), np.diff(connections.indptr.astype(np.int64)))
        place = rows * kinds + (kinds - 1 - which)
        order = np.argsort(place, kind="stable")
        bounds = np.concatenate(([0], np.cumsum(np.bincount(place, minlength=connections.sources * kinds))))
        weights = np.asarray(connections.weights, dtype=np.float64)
        if model.plastic or weights.ndim:
            weights = np.broadcast_to(weights, synapses)[order]
        falling = delays[::-1].copy() if len(delays) else np.zeros(1, dtype=np.int64)
        targets = connections.targets[order]
        return cls(model, dt, units, falling, bounds.astype(np.int64), targets, np.atleast_1d(weights), order)

    @cached_property
    def back(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each target's synapses begin, int64 (unit + 1,); which they are and their places, uint32 (synapse,)."""
        synapses = np.argsort(self.targets, kind="stable")
        begins = np.concatenate(([0], np.cumsum(np.bincount(self.targets, minlength=self.units)))).astype(np.int64)
        places = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        return begins, synapses.astype(np.uint32), places[synapses].astype(np.uint32)

    def places(self, synapses: np.ndarray) -> np.ndarray:
        """Give where synapses lie that are numbered in order of creation: int64, as many."""
        back = np.empty(len(self.order), np.int64)
        back[self.order] = np.arange(len(self.order))
        return back[synapses]

    @cached_property
    def numbers(self) -> np.ndarray:
        """The model's parameters, then rate (of a step) and rest of each variable that relaxes."""
        relaxing = [one for one in self.model.variables.values() if one.tau is not None]
        rates = [number for one in relaxing for number in (self.dt / (one.tau or np.inf), one.rest)]
        return np.array([*self.model.parameters.values(), *rates, 0.0])


@dataclass(frozen=True, eq=False)
class SynapseState:
    """What one trial changes: weights, variables, and the step to which each variable is up to date."""

    layout: SynapseLayout
    weights: np.ndarray = field(init=False)
    last: dict[str, np.ndarray] = field(init=False)  # home -> int64
    variables: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        layout = self.layout
        sizes = {"source": len(layout.bounds) - 1, "target": layout.units, "synapse": len(layout.targets)}
        relaxing = {layout.model.homes[name] for name, one in layout.model.variables.items() if one.tau is not None}
        homes = layout.model.homes.items()
        weights = layout.weights.copy() if layout.model.plastic else layout.weights
        last = {home: np.zeros(size if home in relaxing else 1, np.int64) for home, size in sizes.items()}
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "last", last)
        object.__setattr__(self, "variables", {name: np.zeros(sizes[home]) for name, home in homes})
        self.begin(0)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that a trial changes, by name."""
        weights = {"w": self.weights} if self.layout.model.plastic else {}
        return {**weights, **self.variables, **{f"last {home}": steps for home, steps in self.last.items()}}

    def begin(self, step: int) -> None:
        """Go back to the initial state, as of this step."""
        if self.layout.model.plastic:
            self.weights[:] = self.layout.weights
        for name, variable in self.layout.model.variables.items():
            self.variables[name][:] = variable.initial
        for steps in self.last.values():
            steps[:] = step

    def values(self, step: int) -> dict[str, np.ndarray]:
        """Give weights and variables at the beginning of a step, in order of creation, (synapse,)."""
        layout = self.layout
        synapses = len(layout.targets)
        place = np.repeat(np.arange(len(layout.bounds) - 1), np.diff(layout.bounds))
        where = {"source": place, "target": layout.targets, "synapse": np.arange(synapses)}
        found = {"w": np.broadcast_to(self.weights, synapses)}
        for name, variable in layout.model.variables.items():
            home = layout.model.homes[name]
            elapsed = 0.0 if variable.tau is None else (step - self.last[home]) * layout.dt
            found[name] = variable.relaxed(self.variables[name], elapsed)[where[home]]
        back = layout.places(np.arange(synapses))
        return {name: values[back] for name, values in found.items()}

    def set(self, values: Mapping[str, np.ndarray], step: int) -> None:
        """Set weights or variables at the beginning of a step, in order of creation.

        Raises
        ------
        NetworkError
            If a variable is not each synapse's own, or a weight is beyond the bounds.
        """
        layout = self.layout
        checked = layout.model.check_values(values, len(layout.targets))
        if "w" in checked:
            self.weights[:] = checked["w"][layout.order]
        if set(checked) - {"w"}:
            # All of a synapse's variables share the step to which they are up to date.
            now = self.values(step)
            for name, home in layout.model.homes.items():
                if home == "synapse":
                    self.variables[name][:] = checked.get(name, now[name])[layout.order]
            self.last["synapse"][:] = step

    def arrivals(
        self, log: np.ndarray, ends: np.ndarray, variable: np.ndarray, active: np.ndarray | None, history: int
    ) -> Operation:
        """Give the operation that delivers to `variable`, to active units alone where `active` is given."""
        layout = self.layout
        mask = 0 if active is None else active
        rows = (np.minimum(layout.delays, history), layout.bounds, layout.targets, layout.units)
        own = (log, ends, variable, mask, len(layout.delays), self._stride, *rows)
        return self._operation("on_pre", active is not None, *own)

    def answers(self, log: np.ndarray, ends: np.ndarray, held: bool) -> Operation:
        """Give the operation for spikes of the target, whose log this is; `held` as for the arrivals."""
        return self._operation("on_post", held, log, ends, *self.layout.back, self._stride)

    @property
    def _stride(self) -> int:
        return int(len(self.weights) == len(self.layout.targets))

    def _operation(self, name: str, held: bool, *own: int | np.ndarray) -> Operation:
        """Place the common arguments, the operation's own from the eighth on, the variables from the twentieth on."""
        common = (self.layout.numbers, self.weights, *(self.last[home] for home in ("source", "target", "synapse")))
        arguments = [*common, 0, 0, 0, *own, *[0] * (12 - len(own)), *self.variables.values()]
        module = compile_synapses(self.layout.model, held)
        return Operation.of(getattr(module, name), *arguments)
