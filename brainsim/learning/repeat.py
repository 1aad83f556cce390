"""When a stimulus is shown again, brighter."""

from dataclasses import dataclass
from typing import Any

from brainsim.brain import Brain
from brainsim.errors import KindError, ParameterError, UnknownNameError
from brainsim.units import number
from brainsim.wiring.rule import count
from isocortex.errors import nearest

__all__ = ["Repeat", "check_repeat"]


@dataclass(frozen=True)
class Repeat:
    """A stimulus that draws too few spikes is presented again, after the rest, at higher rates.

    Listed spikes are presented again as they are.

    Parameters
    ----------
    population : str
        Full name of the population whose spikes count.
    least : int
        Fewest spikes, of all its units together, that are enough.
    step : float
        The k-th repetition multiplies the stimulus' rates by ``1 + k * step``. Diehl and Cook 2015
        (doi:10.3389/fncom.2015.00099) begin with an intensity of 2 and add 1: a step of 0.5.
    most : int
        Most repetitions; then learning goes on.

    Raises
    ------
    ParameterError, KindError
        If a number is out of range.

    Examples
    --------
    >>> Repeat("cortex.E").factor(2)
    2.0
    """

    population: str
    least: int = 5
    step: float = 0.5
    most: int = 20

    def __post_init__(self) -> None:
        if not isinstance(self.population, str):
            raise KindError(f"Repeat.population: must be a population's full name, got {self.population!r}")
        count(self.least, "Repeat.least", least=1)
        count(self.most, "Repeat.most", least=1)
        object.__setattr__(self, "step", number(self.step, "1", "Repeat.step", positive=True))

    def factor(self, repetition: int) -> float:
        """Give what a repetition's rates are multiplied by; 1 at repetition 0."""
        return 1.0 + repetition * self.step


def check_repeat(repeat: Any, brain: Brain, duration: float, dt: float) -> None:
    """Check that what shall be repeated can be.

    Raises
    ------
    KindError, UnknownNameError, ParameterError
        If it is no `Repeat`, counts a population that is not there, or would never count enough.
    """
    if repeat is None:
        return
    if not isinstance(repeat, Repeat):
        raise KindError(f"learn: repeat must be a Repeat, got {repeat!r}")
    if repeat.population not in brain.populations:
        remedy = nearest(repeat.population, brain.populations)
        raise UnknownNameError(f"Repeat.population: there is no population {repeat.population!r}; {remedy}")
    most = brain.populations[repeat.population].units * duration / dt
    if repeat.least > most:
        raise ParameterError(f"Repeat.least: {repeat.least} spikes, but there is room for {most:.0f} only")
