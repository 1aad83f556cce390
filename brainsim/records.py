"""What a simulation shall keep beside spikes: state variables and weights, at chosen intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.lower import public_unit
from brainsim.neurons import Source
from brainsim.pathways import pathway
from brainsim.timing import whole_steps
from brainsim.units import number
from isocortex.errors import nearest

__all__ = ["Record", "RecordWeights", "Recorded", "listed", "recorded"]


@dataclass(frozen=True)
class Record:
    """A state variable that a simulation shall keep.

    Parameters
    ----------
    population : str
        Full name.
    variable : str
        A state variable: ``"v"``, another one of the model, or the name of a receptor.
    units : iterable of int, optional
        Which units; all of them by default.
    every : float, optional
        Interval between samples in ms, a whole number of steps; every step by default. A sample is the value at the
        end of a step; the first step is sampled, and then every `every` ms.

    Examples
    --------
    >>> Record("V1.E", "v", units=range(3), every=1.0).variable
    'v'
    """

    population: str
    variable: str = "v"
    units: Iterable[int] | None = None
    every: float | None = None


@dataclass(frozen=True)
class RecordWeights:
    """Weights of plastic synapses that a simulation shall keep as they change.

    Parameters
    ----------
    projection : str
        Name of the projection, or ``"source -> target"`` where it has none or several targets.
    synapses : iterable of int, optional
        Which synapses, numbered in order of creation (sources, then targets); all of them by default.
    every : float, optional
        Interval between samples in ms, as for :class:`Record`.

    Examples
    --------
    >>> RecordWeights("input", synapses=range(10), every=100).projection
    'input'
    """

    projection: str
    synapses: Iterable[int] | None = None
    every: float | None = None


@dataclass(frozen=True)
class Recorded:
    """A record as the engine takes it, and what it was called."""

    engine: engines.Record | engines.SynapseRecord
    name: str  # of the population or projection
    variable: str
    unit: str
    scale: float = 1.0  # what a value in `unit` was multiplied by for the engine

    @property
    def synaptic(self) -> bool:
        """Whether it is of synapses."""
        return isinstance(self.engine, engines.SynapseRecord)


def recorded(brain: Brain, record: Sequence[Record | RecordWeights], network: engines.Network) -> list[Recorded]:
    """Check what shall be recorded, and give it as the engine takes it.

    Raises
    ------
    KindError, UnknownNameError, ModelError, ParameterError
        If it cannot be recorded; the message names it.
    """
    records: list[Recorded] = []
    for one in listed(record, "record"):
        if not isinstance(one, (Record, RecordWeights)):
            raise KindError(f"record: must hold Record or RecordWeights objects, got {one!r}")
        names = (one.population, one.variable) if isinstance(one, Record) else (one.projection,)
        if not all(isinstance(name, str) for name in names):
            raise KindError(f"{_where(one)}: names must be text")
        found = _state(brain, one, network.dt) if isinstance(one, Record) else _weights(brain, one, network)
        if any((found.name, found.variable) == (other.name, other.variable) for other in records):
            raise ModelError(f"{_where(one)}: is there twice; name all of them in one record")
        records.append(found)
    return records


def listed(values: Any, where: str) -> list:
    """Give a sequence as a list.

    Raises
    ------
    KindError
        If it is none.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise KindError(f"{where}: must be a sequence, got {values!r}")
    return list(values)


def _state(brain: Brain, one: Record, dt: float) -> Recorded:
    where = _where(one)
    numbers = {name: position for position, name in enumerate(brain.populations)}
    if one.population not in numbers:
        raise UnknownNameError(f"{where}: there is no such population; {nearest(str(one.population), numbers)}")
    population = brain.populations[one.population]
    if isinstance(population.model, Source):
        raise ModelError(f"{where}: sources have no state variables")
    unit = public_unit(brain, one.population, one.variable)
    if unit is None:
        known = brain.state_units(one.population)
        raise UnknownNameError(f"{where}: there is no such variable; {nearest(str(one.variable), known)}")
    units = _chosen(one.units, population.units, f"{where}: units")
    asked = engines.Record(numbers[one.population], one.variable, units, _every(one.every, dt, where))
    return Recorded(asked, one.population, one.variable, unit)


def _weights(brain: Brain, one: RecordWeights, network: engines.Network) -> Recorded:
    where = _where(one)
    place = pathway(brain, one.projection, where)
    projection = network.projections[place]
    if projection.synapse is None or not projection.synapse.plastic:
        raise ModelError(f"{where}: its weights are constant; Simulation.weights gives them")
    synapses = _chosen(one.synapses, projection.connections.synapses, f"{where}: synapses")
    asked = engines.SynapseRecord(place, synapses, _every(one.every, network.dt, where))
    receptor = brain.pathways[place].projection.receptor
    return Recorded(asked, one.projection, "w", receptor.weight_unit, receptor.gain)


def _chosen(numbers: Iterable[int] | None, count: int, where: str) -> np.ndarray:
    asked = range(count) if numbers is None else listed(numbers, where)
    chosen = np.array([np.nan if np.ndim(one) else one for one in asked])
    if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
        raise KindError(f"{where} must be whole numbers, got {numbers!r}")
    if chosen.size == 0 or chosen.min() < 0 or chosen.max() >= count:
        raise ParameterError(f"{where} must be from 0 to {count - 1}, at least one, got {asked}")
    return chosen.astype(np.int64)


def _every(interval: float | None, dt: float, where: str) -> int:
    """Give an interval in steps; `dt` in seconds."""
    if interval is None:
        return 1
    return whole_steps(number(interval, "ms", f"{where}: every"), dt * 1e3, f"{where}: every")


def _where(one: Record | RecordWeights) -> str:
    if isinstance(one, RecordWeights):
        return f"RecordWeights({one.projection!r})"
    return f"Record({one.population!r}, {one.variable!r})"
