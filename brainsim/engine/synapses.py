"""What a synapse does besides adding its weight: variables that spikes of both sides change, as statements in text."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from brainsim.engine.errors import EquationError, NetworkError
from brainsim.engine.language import FUNCTIONS, check_expression, check_name, names_in, parse_statements
from isocortex.errors import nearest

__all__ = ["Home", "SynapseModel", "SynapseVariable"]

Home = Literal["source", "target", "synapse"]
"""Whose a variable is: all synapses of a source (of one delay) share it, or all of a target, or none."""


@dataclass(frozen=True)
class SynapseVariable:
    """A variable that relaxes exponentially between events: ``dx/dt = (rest - x) / tau``, solved exactly.

    Parameters
    ----------
    initial, rest : float
        Where it begins, and where it goes.
    tau : float, optional
        Time constant in seconds; None for a variable that only events change.
    """

    initial: float = 0.0
    rest: float = 0.0
    tau: float | None = None  # s

    def relaxed(self, value: np.ndarray, elapsed: float | np.ndarray) -> np.ndarray:
        """Give what is left of `value` after `elapsed` seconds without an event."""
        if self.tau is None:
            return value
        return self.rest + (value - self.rest) * np.exp(-elapsed / self.tau)


@dataclass(frozen=True, eq=False)
class SynapseModel:
    """Plastic or dynamic synapses, in Brian2's statements.

    When a spike arrives (after the delay, which is axonal) the target's variable is incremented by `amount`, and then
    `on_pre` is executed; when the target spikes, `on_post` is executed at once. Within a step all projections' arrivals
    come first, in the projections' order, then all `on_post`, in the same order. Numbers are SI without units: the
    weight ``w`` counts in the SI unit of the target's variable.

    Parameters
    ----------
    on_pre, on_post : str
        Statements such as ``"w = clip(w - A * post, 0, w_max); pre += 1"`` that assign to variables and to ``w``.
    amount : str
        What a spike adds to the target's variable, an expression of the variables, ``w`` and the parameters.
    variables : mapping of str to SynapseVariable
        One value a synapse, or as good as that.
    parameters : mapping of str to float
        Numbers, the same for all synapses.
    low, high : float
        Bounds of ``w``. The statements must keep them; initial weights are held against them.
    settable : bool
        Whether weights are set from outside while a trial runs, though no statement changes them.

    Raises
    ------
    EquationError
        If a text says what it may not say.
    NetworkError
        If a number cannot be used.

    Examples
    --------
    >>> pair = SynapseModel("pre += 1; w = w - A * post", "post += 1; w = w + A * pre", variables={
    ...     "pre": SynapseVariable(tau=20e-3), "post": SynapseVariable(tau=20e-3)}, parameters={"A": 0.01})
    >>> pair.homes
    {'pre': 'source', 'post': 'target'}
    """

    on_pre: str = ""
    on_post: str = ""
    amount: str = "w"
    variables: Mapping[str, SynapseVariable] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    low: float = -np.inf
    high: float = np.inf
    settable: bool = False

    def __post_init__(self) -> None:
        taken = {"w"}
        for name in (*self.variables, *self.parameters):
            check_name(name, "SynapseModel")
            if name in taken or name.endswith(("_pre", "_post")):
                raise EquationError(f"SynapseModel: {name!r} is there already, or would mean a neuron's variable")
            taken.add(name)
        for name, variable in self.variables.items():
            if variable.tau is not None and not 0 < variable.tau < np.inf:
                raise NetworkError(f"SynapseModel.variables[{name!r}].tau: must be positive, got {variable.tau} s")
            if not np.isfinite([variable.initial, variable.rest]).all():
                raise NetworkError(f"SynapseModel.variables[{name!r}]: initial and rest must be finite")
        for name, value in self.parameters.items():
            if not np.isfinite(value):
                raise NetworkError(f"SynapseModel.parameters[{name!r}]: must be finite, got {value}")
        if not self.low <= self.high:
            raise NetworkError(f"SynapseModel.low: must not be above high, got {self.low} and {self.high}")
        written = {"w", *self.variables}
        for where, statements in (("on_pre", self.pre), ("on_post", self.post)):
            for name, text in statements:
                if name not in written:
                    raise EquationError(
                        f"SynapseModel.{where}: there is no variable {name!r}; {nearest(name, written)}"
                    )
                _check_text(text, taken, f"SynapseModel.{where}")
        _check_text(self.amount, taken, "SynapseModel.amount")

    @cached_property
    def pre(self) -> list[tuple[str, str]]:
        """The statements of `on_pre`: name and expression."""
        return parse_statements(self.on_pre, "SynapseModel.on_pre")

    @cached_property
    def post(self) -> list[tuple[str, str]]:
        """The statements of `on_post`."""
        return parse_statements(self.on_post, "SynapseModel.on_post")

    @property
    def plastic(self) -> bool:
        """Whether weights change."""
        return self.settable or any(name == "w" for name, _ in (*self.pre, *self.post))

    @cached_property
    def homes(self) -> dict[str, Home]:
        """Whose each variable is.

        What only arrivals change, and only by what arrivals change, is the same for all synapses that share their
        source and delay; what only the target's spikes change is the same for all synapses of the target.
        """
        shared: dict[str, Home] = {**dict.fromkeys(self._shared(self.post, self.pre), "target")}
        shared.update(dict.fromkeys(self._shared(self.pre, self.post), "source"))
        return {name: shared.get(name, "synapse") for name in self.variables}

    def _shared(self, own: list[tuple[str, str]], other: list[tuple[str, str]]) -> set[str]:
        """Give the variables that the statements `own` alone change, by nothing else than such variables."""
        shared = set(self.variables) - {name for name, _ in other}
        while True:
            lost = {name for name, text in own if self._used(text) - shared} & shared
            if not lost:
                return shared
            shared -= lost

    def _used(self, text: str) -> set[str]:
        return names_in(ast.parse(text.strip(), mode="eval")) & {"w", *self.variables}

    def check_values(self, values: Mapping[str, np.ndarray], synapses: int) -> dict[str, np.ndarray]:
        """Check values that synapses shall be given, and give them as float64 (synapse).

        Raises
        ------
        NetworkError
            If a variable is not each synapse's own, values are not finite or not one a synapse, or a weight is beyond
            the bounds.
        """
        own = ["w"] * self.plastic + [name for name, home in self.homes.items() if home == "synapse"]
        checked = {}
        for name, given in values.items():
            if name not in own:
                raise NetworkError(f"synapses: {name!r} cannot be set for each synapse; {nearest(name, own)}")
            value = np.asarray(given, dtype=np.float64)
            if value.shape not in ((), (synapses,)) or not np.isfinite(value).all():
                raise NetworkError(f"synapses: {name} must be finite, one number or {synapses}")
            if name == "w":
                self.check_weights(value, "synapses")
            checked[name] = np.broadcast_to(value, synapses)
        return checked

    def changed(
        self, weights: np.ndarray, targets: np.ndarray, change: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Give what `change` makes of weights and their targets, within the bounds.

        Raises
        ------
        NetworkError
            If it is not finite, or not as many.
        """
        new = np.asarray(change(weights, targets), dtype=np.float64)
        if new.shape != weights.shape or not np.isfinite(new).all():
            raise NetworkError(f"synapses: changed weights must be {len(weights)} finite numbers")
        return np.clip(new, self.low, self.high)

    def check_weights(self, weights: float | np.ndarray, where: str) -> None:
        """Hold weights against the bounds.

        Raises
        ------
        NetworkError
            If one is beyond.
        """
        lowest, highest = float(np.min(weights, initial=np.inf)), float(np.max(weights, initial=-np.inf))
        if lowest < self.low or highest > self.high:
            raise NetworkError(
                f"{where}: weights must be from {self.low:g} to {self.high:g}, the bounds of their plasticity, "
                f"got {lowest:g} to {highest:g}"
            )


def _check_text(text: str, names: set[str], where: str) -> None:
    """Hold an expression against the whitelist, and its names against `names` alone: numbers here have no units."""
    for name in names_in(check_expression(text, names, where)) - FUNCTIONS - names:
        raise EquationError(f"{where}: {name!r} in {text!r} is not known; {nearest(name, names)}")
