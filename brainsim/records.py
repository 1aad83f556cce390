"""What a simulation shall keep beside spikes: state variables of chosen units at chosen intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.lower import public_unit
from brainsim.neurons import Source
from brainsim.timing import whole_steps
from brainsim.units import number
from isocortex.errors import nearest

__all__ = ["Record", "Recorded", "listed", "recorded"]


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
        Interval between samples in ms, a whole number of steps; every step by default.

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
class Recorded:
    """A record as the engine takes it, and what it was called."""

    engine: engines.Record
    population: str
    variable: str
    unit: str


def recorded(brain: Brain, record: Sequence[Record], dt: float) -> list[Recorded]:
    """Check what shall be recorded, and give it as the engine takes it.

    Raises
    ------
    KindError, UnknownNameError, ModelError, ParameterError
        If it cannot be recorded; the message names it.
    """
    numbers = {name: position for position, name in enumerate(brain.populations)}
    records: list[Recorded] = []
    for one in listed(record, "simulate: record"):
        if not isinstance(one, Record):
            raise KindError(f"simulate: record must hold Record objects, got {one!r}")
        where = f"Record({one.population!r}, {one.variable!r})"
        if one.population not in numbers:
            raise UnknownNameError(f"{where}: there is no such population; {nearest(str(one.population), numbers)}")
        population = brain.populations[one.population]
        if isinstance(population.model, Source):
            raise ModelError(f"{where}: sources have no state variables")
        unit = public_unit(brain, one.population, one.variable)
        if unit is None:
            known = brain.state_units(one.population)
            raise UnknownNameError(f"{where}: there is no such variable; {nearest(str(one.variable), known)}")
        if any((one.population, one.variable) == (other.population, other.variable) for other in records):
            raise ModelError(f"{where}: is there twice; name all units in one Record")
        asked = range(population.units) if one.units is None else listed(one.units, f"{where}: units")
        units = np.array([np.nan if np.ndim(unit) else unit for unit in asked])
        if units.ndim != 1 or (units.size and units.dtype.kind not in "iu"):
            raise KindError(f"{where}: units must be whole numbers, got {one.units!r}")
        if units.size == 0 or units.min() < 0 or units.max() >= population.units:
            raise ParameterError(f"{where}: units must be from 0 to {population.units - 1}, at least one, got {asked}")
        every = (
            1 if one.every is None else whole_steps(number(one.every, "ms", f"{where}: every"), dt, f"{where}: every")
        )
        engine_record = engines.Record(numbers[one.population], one.variable, units.astype(np.int64), every)
        records.append(Recorded(engine_record, one.population, one.variable, unit))
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
