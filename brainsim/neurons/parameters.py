"""Parameters of neuron models: one number, one number a unit, or a distribution; checked, then drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from brainsim.distributions import Distribution, draw, parameter
from brainsim.errors import KindError, ParameterError
from brainsim.neurons.model import Drawn, NeuronModel, check_method
from brainsim.units import number, numbers
from isocortex.seeds import generator

__all__ = ["Parameter", "ParametricModel", "Spec", "average", "check_length", "checked", "drawn_value"]

Parameter = float | np.ndarray | Distribution
"""One number for all units, one number a unit, or a distribution from which each unit's is drawn."""


@dataclass(frozen=True)
class Spec:
    """Unit and range of a parameter."""

    unit: str
    positive: bool = False
    nonnegative: bool = False


def checked(value: Any, spec: Spec, where: str) -> Parameter:
    """Check a parameter and give it in its public unit.

    Raises
    ------
    ParameterError, KindError
        If it is out of range, not finite, of another dimension, or no number; the message begins with `where`.
    """
    if isinstance(value, Distribution) or np.ndim(value) == 0:
        return parameter(value, spec.unit, where, positive=spec.positive, nonnegative=spec.nonnegative)
    if np.ndim(value) != 1:
        raise KindError(f"{where}: must be one number, one a unit, or a distribution, got shape {np.shape(value)}")
    if len(value) == 0:
        raise ParameterError(f"{where}: must be one number, one a unit, or a distribution, got none")
    values = numbers(value, spec.unit, where, len(value), nonnegative=spec.nonnegative)
    if spec.positive and values.min(initial=np.inf) <= 0:
        unit = int(np.argmin(values))
        raise ParameterError(f"{where}: must be positive, got {values[unit]:g} {spec.unit} for unit {unit}")
    return values


def check_length(value: Parameter, size: int, where: str) -> None:
    """Check that a parameter given unit by unit is for `size` units.

    Raises
    ------
    ParameterError
        If it is not.
    """
    if isinstance(value, np.ndarray) and len(value) != size:
        raise ParameterError(f"{where}: {len(value)} values for {size} units")


def drawn_value(value: Parameter, spec: Spec, name: str, where: str, size: int, seed: int) -> float | np.ndarray:
    """Draw a checked parameter for `size` units: one number stays one. Its random numbers depend on its name alone.

    Raises
    ------
    ParameterError
        If a value was drawn out of range, or there are values for another number of units.
    """
    if isinstance(value, np.ndarray):
        check_length(value, size, where)
        return value
    return draw(value, generator(seed, name), size, where, positive=spec.positive, nonnegative=spec.nonnegative)


def average(value: Parameter) -> float:
    """Give the mean of a parameter over units."""
    return value.average if isinstance(value, Distribution) else float(np.mean(value))


class ParametricModel(NeuronModel):
    """A model whose parameters are the fields of a dataclass, named as in its equations."""

    specs: ClassVar[Mapping[str, Spec]]
    """Every parameter of the equations."""

    ordered: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Pairs of parameters of which the first must be below the second, in every unit."""

    units_of_state: ClassVar[Mapping[str, str]]
    """State variable -> its public unit."""

    inner_names: ClassVar[tuple[str, ...]] = ()
    """Subexpressions of the equations."""

    method: str | None

    @property
    def state_units(self) -> Mapping[str, str]:
        """State variable -> its public unit, in which it is given and recorded."""
        return self.units_of_state

    @property
    def names(self) -> frozenset[str]:
        """Whatever the equations name: parameters, state variables and subexpressions."""
        return frozenset({*self.specs, *self.units_of_state, *self.inner_names})

    optional: ClassVar[frozenset[str]] = frozenset()
    """Parameters that may be None, because they follow from others."""

    @property
    def given(self) -> dict[str, Parameter]:
        """The parameters that are drawn, by name."""
        return {name: getattr(self, name) for name in self.specs if getattr(self, name) is not None}

    def check_size(self, size: int, where: str) -> None:
        """Check that parameters given unit by unit are for `size` units."""
        for name, value in self.given.items():
            check_length(value, size, f"{where}: {type(self).__name__}.{name}")

    def draw(self, size: int, seed: int) -> Drawn:
        """Draw the parameters of `size` units."""
        kind = type(self).__name__
        drawn: Drawn = {}
        for name, value in self.given.items():
            spec = self.specs[name]
            drawn[name] = (drawn_value(value, spec, name, f"{kind}.{name}", size, seed), spec.unit)
        self._check_order(drawn)
        return drawn

    def _check(self) -> None:
        """Check every parameter, and bring it to its public unit."""
        kind = type(self).__name__
        for name, spec in self.specs.items():
            if name not in self.optional or getattr(self, name) is not None:
                object.__setattr__(self, name, checked(getattr(self, name), spec, f"{kind}.{name}"))
        object.__setattr__(self, "t_ref", number(self.t_ref, "ms", f"{kind}.t_ref", nonnegative=True))
        check_method(self.method, kind)
        for low, high in self.ordered:
            if average(getattr(self, low)) >= average(getattr(self, high)):
                unit = self.specs[low].unit
                raise ParameterError(
                    f"{kind}.{low}: must be below {high}, got {average(getattr(self, low)):g} {unit} and "
                    f"{average(getattr(self, high)):g} {unit}"
                )

    def _check_order(self, drawn: Drawn) -> None:
        for low, high in self.ordered:
            below, above = np.broadcast_arrays(drawn[low][0], drawn[high][0])
            wrong = np.flatnonzero(below >= above)
            if wrong.size:
                at = wrong[0]
                raise ParameterError(
                    f"{type(self).__name__}.{low}: must be below {high} in every unit, but unit {at} has "
                    f"{below.ravel()[at]:g} and {above.ravel()[at]:g} {drawn[low][1]}; give the distributions bounds"
                )
