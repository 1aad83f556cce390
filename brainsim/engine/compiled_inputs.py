"""Inputs as operations of a step: what threads share of each, and what one of them does to its memory."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from brainsim.engine.counts import Counts, counts_of
from brainsim.engine.draws import CHUNK
from brainsim.engine.inputs import (
    Input,
    NormalInput,
    OrnsteinUhlenbeckInput,
    PoissonInput,
    SpikeInput,
    StimulusInput,
    TimedInput,
)
from brainsim.engine.normals import normals_operation
from brainsim.engine.operation import Compiled, Operation, bytes_at, doubles_at, integers_at, ints_at, uints_at

__all__ = ["Place", "PreparedInput", "clearing", "count_from", "emit_listed", "prepared_input", "show"]

FOREVER = 2**62  # steps


@dataclass(frozen=True, eq=False)
class Place:
    """The memory that an input works on: of all units, or of a part of them that begins at a multiple of 64."""

    variable: np.ndarray  # float64 (unit)
    active: np.ndarray | None  # uint8 (unit), where refractory units take nothing
    key: np.ndarray  # of the trial's draws
    state: np.ndarray | None  # float64 (unit), where `brainsim.engine.inputs.Input.remembers`
    first: int = 0  # number of the first unit within the group


class PreparedInput(ABC):
    """What threads share of an input."""

    @abstractmethod
    def operations(self, place: Place) -> list[Operation]:
        """Give what happens in every step."""


def prepared_input(one: Input, size: int, dt: float) -> PreparedInput:
    """Prepare an input onto a group of `size` units."""
    if isinstance(one, PoissonInput):
        return _Background(counts_of(one.means(dt), one.bin_steps or 1), one.weight)
    if isinstance(one, SpikeInput):
        return _Events(*one.events())
    if isinstance(one, TimedInput):
        stop = FOREVER if one.stop is None else one.stop
        return _Waveform(np.array(one.values, dtype=np.float64, order="C"), one.bin_steps, one.start, stop)
    if isinstance(one, StimulusInput):
        return _Shown(size)
    if isinstance(one, OrnsteinUhlenbeckInput):
        return _Fluctuations(*one.coefficients(size, dt))
    if isinstance(one, NormalInput):
        return _Normals()
    raise TypeError(f"no compiled form of {type(one).__name__}")


def clearing(variable: np.ndarray) -> Operation:
    """Give the operation that sets an external variable to 0, before its inputs add to it."""
    return Operation.of(clear, len(variable), variable)


@dataclass(frozen=True, eq=False)
class _Background(PreparedInput):
    counts: Counts
    weight: float

    def operations(self, place: Place) -> list[Operation]:
        return [self.counts.operation(place.key, self.weight, place.variable, place.active, place.first)]


@dataclass(frozen=True, eq=False)
class _Events(PreparedInput):
    steps: np.ndarray  # int64 (event), rising
    units: np.ndarray  # int64 (event)
    weights: np.ndarray  # float64 (event)

    def operations(self, place: Place) -> list[Operation]:
        mask = 0 if place.active is None else place.active
        part = (place.variable, mask, place.first, len(place.variable))
        return [Operation.of(add_events, len(self.steps), self.steps, self.units, self.weights, *part)]


@dataclass(frozen=True, eq=False)
class _Waveform(PreparedInput):
    values: np.ndarray  # float64 (bin, unit) or (bin, 1)
    bin_steps: int
    start: int
    stop: int

    def operations(self, place: Place) -> list[Operation]:
        bins, wide = self.values.shape
        times = (self.start, self.stop, self.bin_steps, bins - 1)
        return [Operation.of(follow, len(place.variable), *times, wide, self.values, place.variable, place.first)]


@dataclass(frozen=True, eq=False)
class _Shown(PreparedInput):
    size: int

    def operations(self, place: Place) -> list[Operation]:
        # From when, how long its bins are and where they lie: set by `show` when a stimulus is presented.
        own = (place.variable, place.first)
        return [Operation.of(follow, len(place.variable), 0, FOREVER, 1, 0, self.size, 0, *own)]


def show(operation: Operation, values: np.ndarray, bin_steps: int) -> None:
    """Let the operation of a `StimulusInput` follow the values (bin, unit) of a stimulus, which must be kept alive."""
    operation.arguments[3:5] = bin_steps, len(values) - 1
    operation.arguments[6] = values.ctypes.data


def count_from(operation: Operation, step: int) -> None:
    """Let the operation of a `StimulusInput` count its bins from a step."""
    operation.arguments[1] = step


@dataclass(frozen=True, eq=False)
class _Fluctuations(PreparedInput):
    mean: np.ndarray  # float64 (unit), like all
    sigma: np.ndarray
    decay: np.ndarray
    scale: np.ndarray

    def operations(self, place: Place) -> list[Operation]:
        size = len(place.variable)
        deviation = np.zeros(size) if place.state is None else place.state
        noise = np.empty(-(-size // CHUNK) * CHUNK)
        own = [one[place.first : place.first + size] for one in (self.mean, self.sigma, self.decay, self.scale)]
        return [
            normals_operation(place.key, noise, place.first),
            Operation.of(fluctuate, size, noise, deviation, *own, place.variable),
        ]


@dataclass(frozen=True, eq=False)
class _Normals(PreparedInput):
    def operations(self, place: Place) -> list[Operation]:
        size = len(place.variable)
        noise = np.empty(-(-size // CHUNK) * CHUNK)
        return [normals_operation(place.key, noise, place.first), Operation.of(copy, size, noise, place.variable)]


@Compiled
def copy(arguments, step, row):  # type: ignore[no-untyped-def]
    """Set a variable to the numbers just drawn."""
    drawn, variable = doubles_at(arguments[1]), doubles_at(arguments[2])
    for unit in range(arguments[0]):
        variable[unit] = drawn[unit]
    return 0


@Compiled
def clear(arguments, step, row):  # type: ignore[no-untyped-def]
    """Set a variable to 0."""
    variable = doubles_at(arguments[1])
    for unit in range(arguments[0]):
        variable[unit] = 0.0
    return 0


@Compiled
def follow(arguments, step, row):  # type: ignore[no-untyped-def]
    """Add the value of the step's bin."""
    size, start, stop, wide = arguments[0], arguments[1], arguments[2], arguments[5]
    if step < start or step >= stop:
        return 0
    place = min((step - start) // arguments[3], arguments[4])
    variable = doubles_at(arguments[7])
    if wide > 1:
        each = doubles_at(arguments[6] + 8 * (wide * place + arguments[8]))
        for unit in range(size):
            variable[unit] += each[unit]
    else:
        value = doubles_at(arguments[6])[place]
        for unit in range(size):
            variable[unit] += value
    return 0


@Compiled
def fluctuate(arguments, step, row):  # type: ignore[no-untyped-def]
    """Take an Ornstein-Uhlenbeck process one step on, from its stationary distribution in step 0, and add it."""
    noise, deviation, mean = doubles_at(arguments[1]), doubles_at(arguments[2]), doubles_at(arguments[3])
    sigma, decay, scale = doubles_at(arguments[4]), doubles_at(arguments[5]), doubles_at(arguments[6])
    variable = doubles_at(arguments[7])
    for unit in range(arguments[0]):
        if step == 0:
            deviation[unit] = sigma[unit] * noise[unit]
        else:
            deviation[unit] = deviation[unit] * decay[unit] + scale[unit] * noise[unit]
        variable[unit] += mean[unit] + deviation[unit]
    return 0


@Compiled
def add_events(arguments, step, row):  # type: ignore[no-untyped-def]
    """Add the step's listed events, found by bisection."""
    count = arguments[0]
    steps, units, weights = integers_at(arguments[1]), integers_at(arguments[2]), doubles_at(arguments[3])
    variable, active = doubles_at(arguments[4]), bytes_at(arguments[5])
    masked, first, size = arguments[5] != 0, arguments[6], arguments[7]
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if steps[middle] < step:
            low = middle + 1
        else:
            high = middle
    while low < count and steps[low] == step:
        unit = units[low] - first
        if 0 <= unit < size and (not masked or active[unit]):
            variable[unit] += weights[low]
        low += 1
    return 0


@Compiled
def emit_listed(arguments, step, row):  # type: ignore[no-untyped-def]
    """Let the units of a source group spike that are listed for the step, found by bisection; log and count them."""
    count, begin, size = arguments[0], arguments[8], arguments[9]
    steps, units = integers_at(arguments[1]), integers_at(arguments[2])
    log, ends = uints_at(arguments[4]), integers_at(arguments[5])
    counts, first = ints_at(arguments[6]), ints_at(arguments[7])
    since, low, high = step - arguments[3], 0, count
    while low < high:
        middle = (low + high) // 2
        if steps[middle] < since:
            low = middle + 1
        else:
            high = middle
    end = ends[row]
    while low < count and steps[low] == since:
        unit = units[low] - begin
        low += 1
        if unit < 0 or unit >= size:  # of another part
            continue
        log[end] = unit
        end += 1
        if counts[unit] == 0:
            first[unit] = step
        counts[unit] += 1
    ends[row + 1] = end
    return 0
