"""What the rest of the model needs to know of a plasticity rule, and how two rules act on one synapse."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from brainsim.engine.synapses import SynapseModel, SynapseVariable
from brainsim.errors import ParameterError
from brainsim.units import number
from isocortex.errors import nearest

__all__ = ["Plasticity", "Scale", "checked_bound", "checked_choice", "composed", "fraction", "trace"]

Scale = Callable[[float], float]
"""A weight in the projection's public unit -> what the engine counts it in."""

PAIRINGS = ("all", "nearest")


class Plasticity(ABC):
    """A rule that changes weights.

    Weights stay between 0 and `W_max`. Where the weights of an inhibitory current are negative, so is `W_max`.
    """

    W_max: float
    """Bound of the weights, in the unit of the projection's receptor: nS, pA or mV."""

    @abstractmethod
    def synapse(self, scale: Scale) -> SynapseModel:
        """Give the engine's model; ``w`` is the weight, counted as `scale` says."""


def composed(plasticity: SynapseModel | None, short_term: SynapseModel | None) -> SynapseModel | None:
    """Give the model of synapses that learn, and transmit by short-term dynamics: what each does, one after the other.

    A spike transmits what both find before it changes anything.
    """
    if plasticity is None or short_term is None:
        return short_term if plasticity is None else plasticity
    return replace(
        plasticity,
        on_pre=f"{plasticity.on_pre}\n{short_term.on_pre}",
        amount=short_term.amount,
        variables={**plasticity.variables, **short_term.variables},
        parameters={**plasticity.parameters, **short_term.parameters},
    )


def trace(tau: float) -> SynapseVariable:
    """Give a variable that decays to 0 with `tau` in ms."""
    return SynapseVariable(tau=tau / 1e3)


def checked_choice(value: object, where: str, known: tuple[str, ...] = PAIRINGS) -> str:
    """Check a word.

    Raises
    ------
    ParameterError
        If it is not among the known ones.
    """
    if not isinstance(value, str) or value not in known:
        raise ParameterError(f"{where}: {value!r} is unknown; {nearest(str(value), known)}")
    return value


def fraction(value: object, where: str) -> float:
    """Check a number from 0 to 1.

    Raises
    ------
    ParameterError, KindError
        If it is none.
    """
    checked = number(value, "1", where, nonnegative=True)
    if checked > 1:
        raise ParameterError(f"{where}: must be at most 1, got {checked:g}")
    return checked


def checked_bound(value: object, where: str) -> float:
    """Check a bound of weights.

    Raises
    ------
    ParameterError, KindError
        If it is 0, not finite, or no number.
    """
    checked = number(value, "1", where)
    if checked == 0:
        raise ParameterError(f"{where}: must not be 0, or no weight could be")
    return checked
