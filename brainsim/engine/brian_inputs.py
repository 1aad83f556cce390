"""Inputs played to Brian2: what each unit gets in each step, computed in NumPy ahead, block by block."""

from abc import ABC, abstractmethod

import numpy as np

from brainsim.engine.counts import counts_of, poisson_counts
from brainsim.engine.inputs import (
    Input,
    NormalInput,
    OrnsteinUhlenbeckInput,
    PoissonInput,
    SpikeInput,
    StimulusInput,
    TimedInput,
)
from brainsim.engine.normals import normals

__all__ = ["Player", "ShownPlayer", "player"]

BLOCK = 256  # steps for which random numbers are drawn at once


class Player(ABC):
    """One input, step by step. Random numbers follow from `key`, and from the step."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.key = np.zeros(4, dtype=np.int64)
        self.state = np.zeros(size)  # what the input remembers

    def begin(self, key: np.ndarray) -> None:
        """Take the key of another trial."""
        self.key = key

    @abstractmethod
    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        """Add to the variable's values what the input gives in this step, to active units alone."""


def player(one: Input, size: int, dt: float) -> Player:
    """Make the player of an input onto a group of `size` units."""
    kinds = {
        PoissonInput: _Background,
        SpikeInput: _Events,
        TimedInput: _Waveform,
        StimulusInput: ShownPlayer,
        OrnsteinUhlenbeckInput: _Fluctuations,
        NormalInput: _Normals,
    }
    return kinds[type(one)](one, size, dt)


class _Drawn(Player):
    """An input that draws its numbers a block of steps at a time."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.first, self.block = 0, np.zeros((0, size))

    def begin(self, key: np.ndarray) -> None:
        super().begin(key)
        self.block = np.zeros((0, self.size))

    def drawn(self, step: int) -> np.ndarray:
        """Give the numbers of a step."""
        if not self.first <= step < self.first + len(self.block):
            self.first, self.block = step, self.draw(step, BLOCK)
        return self.block[step - self.first]

    @abstractmethod
    def draw(self, first: int, steps: int) -> np.ndarray:
        """Draw the numbers of a block, (step, unit)."""


class _Background(_Drawn):
    def __init__(self, one: PoissonInput, size: int, dt: float) -> None:
        super().__init__(size)
        self.counts, self.weight = counts_of(one.means(dt), one.bin_steps or 1), one.weight

    def draw(self, first: int, steps: int) -> np.ndarray:
        return poisson_counts(self.key, self.counts, self.size, steps, first) * self.weight

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        amount = self.drawn(step)
        values += amount if active is None else np.where(active, amount, 0.0)


class _Events(Player):
    def __init__(self, one: SpikeInput, size: int, dt: float) -> None:
        super().__init__(size)
        self.steps, self.units, self.weights = one.events()

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        begin, end = np.searchsorted(self.steps, [step, step + 1])
        for unit, weight in zip(self.units[begin:end], self.weights[begin:end], strict=True):
            if active is None or active[unit]:
                values[unit] += weight


class _Waveform(Player):
    def __init__(self, one: TimedInput, size: int, dt: float) -> None:
        super().__init__(size)
        self.one = one

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        since, stop = step - self.one.start, self.one.stop
        if since >= 0 and (stop is None or step < stop):
            values += self.one.values[min(since // self.one.bin_steps, len(self.one.values) - 1)]


class ShownPlayer(Player):
    """What neurons are given of a stimulus."""

    def __init__(self, one: StimulusInput, size: int, dt: float) -> None:
        super().__init__(size)
        self.values, self.bin_steps, self.began = np.zeros((1, size)), 1, 0

    def show(self, values: np.ndarray, bin_steps: int) -> None:
        """Take the values (bin, unit) of another stimulus."""
        self.values, self.bin_steps = values, bin_steps

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        """Add the value of the step's bin."""
        values += self.values[min((step - self.began) // self.bin_steps, len(self.values) - 1)]


class _Normals(_Drawn):
    def __init__(self, one: NormalInput, size: int, dt: float) -> None:
        super().__init__(size)

    def draw(self, first: int, steps: int) -> np.ndarray:
        return normals(self.key, self.size, steps, first)

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        values[:] = self.drawn(step)


class _Fluctuations(_Drawn):
    def __init__(self, one: OrnsteinUhlenbeckInput, size: int, dt: float) -> None:
        super().__init__(size)
        self.mean, self.sigma, self.decay, self.scale = one.coefficients(size, dt)

    def draw(self, first: int, steps: int) -> np.ndarray:
        return normals(self.key, self.size, steps, first)

    def add(self, step: int, values: np.ndarray, active: np.ndarray | None) -> None:
        noise = self.drawn(step)
        self.state[:] = self.sigma * noise if step == 0 else self.state * self.decay + self.scale * noise
        values += self.mean + self.state
