"""What a brain is made of: populations, regions of populations, projections between populations."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np

from brainsim.distributions import mean_of
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.geometry import grid_places, places
from brainsim.memory import require
from brainsim.neurons import NeuronModel, Source
from brainsim.plasticity import Plasticity, TsodyksMarkram, WeightNormalization
from brainsim.plasticity.check import check_bounds, check_rules
from brainsim.receptors import Receptor
from brainsim.synaptic import Synaptic, check_length, extremes, synaptic
from brainsim.units import number
from brainsim.wiring.rule import Ends, Rule, count, flag
from isocortex.errors import nearest

__all__ = ["Kind", "Population", "Projection", "Region", "listed"]

Part = TypeVar("Part")

Kind = Literal["feedforward", "feedback", "lateral"]
MOST_UNITS = 2**32  # synapses name their target with 32 bits
KINDS = ("feedforward", "feedback", "lateral")


@dataclass(frozen=True, eq=False)
class Population:
    """Units that share a model.

    Parameters
    ----------
    name : str
        Unique within its region; ``"region.name"`` addresses it in a brain.
    model : NeuronModel, Poisson or SpikeSource
        What each unit is.
    size : int, optional
        How many units; follows from `shape` if that is given.
    shape : tuple of int, optional
        (height, width) or (height, width, channel) of units on a grid; they are numbered in C order.
    initial : mapping of str to float, Distribution or array-like (unit)
        State variables when a trial begins, in their public units (:meth:`Brain.state_units` lists them): ``"v"`` in
        mV, receptors by name in their weights' unit. The model rests and receptors are 0 where not given.
    excitatory : bool, optional
        Whether its units excite; by default found out from the receptors that they project to.
    spacing : float, optional
        Distance between neighbours on the grid in mm; gives units their places, the middle of the grid at 0.
    positions : array-like (unit, 2 or 3), optional
        Where units lie, in mm, instead of `spacing`.

    Raises
    ------
    ParameterError, KindError, ModelError, UnknownNameError
        If something cannot be used.

    Examples
    --------
    >>> from brainsim import LIF, Population
    >>> Population("simple", LIF(), shape=(20, 20, 8)).size
    3200
    """

    name: str
    model: NeuronModel | Source
    size: int | None = None
    shape: tuple[int, ...] | None = None
    initial: Mapping[str, Any] = field(default_factory=dict)
    excitatory: bool | None = None
    spacing: float | None = None
    positions: Any = None

    def __post_init__(self) -> None:
        _check_name(self.name, "Population.name")
        where = f"Population({self.name!r})"
        if not isinstance(self.model, (NeuronModel, Source)):
            raise KindError(f"{where}.model: must be a neuron model such as LIF(), got {self.model!r}")
        if self.shape is None:
            if self.size is None:
                raise ModelError(f"{where}: give its size=, or its shape=(height, width)")
            object.__setattr__(self, "shape", (count(self.size, f"{where}.size", least=1),))
        else:
            if isinstance(self.shape, str) or not isinstance(self.shape, Sequence) or not 1 <= len(self.shape) <= 3:
                raise KindError(
                    f"{where}.shape: must be (height, width) or (height, width, channel), got {self.shape!r}"
                )
            shape = tuple(count(length, f"{where}.shape", least=1) for length in self.shape)
            object.__setattr__(self, "shape", shape)
            if self.size is not None and self.size != math.prod(shape):
                raise ModelError(f"{where}: size {self.size} is not that of shape {shape}; leave size out")
        units = math.prod(self.shape or ())
        if units >= MOST_UNITS:
            raise ParameterError(f"{where}: {units} units, but synapses count to less than 2**32; split it")
        object.__setattr__(self, "size", units)
        if isinstance(self.model, NeuronModel):
            self.model.check_size(units, where)
        if not isinstance(self.initial, Mapping):
            raise KindError(f"{where}.initial: must map variables to values, got {type(self.initial).__name__}")
        if isinstance(self.model, Source) and self.initial:
            raise ModelError(f"{where}.initial: sources have no state variables, got {sorted(self.initial)}")
        # Copies, so that a frozen population does not change with somebody's array.
        try:
            initial = {key: np.array(one, subok=True) if np.ndim(one) else one for key, one in self.initial.items()}
        except ValueError:
            raise KindError(f"{where}.initial: must hold one number a unit, got rows of different lengths") from None
        if self.excitatory is not None:
            flag(self.excitatory, f"{where}.excitatory")
        object.__setattr__(self, "initial", initial)
        if self.spacing is not None and self.positions is not None:
            raise ModelError(f"{where}: give spacing or positions, not both")
        if self.spacing is not None:
            object.__setattr__(self, "spacing", number(self.spacing, "mm", f"{where}.spacing", positive=True))
        if self.positions is not None:
            object.__setattr__(self, "positions", places(self.positions, units, f"{where}.positions"))

    @cached_property
    def coordinates(self) -> np.ndarray | None:
        """Where units lie in mm, (unit, 2 or 3); None where neither `spacing` nor `positions` was given."""
        if self.spacing is None:
            return self.positions
        require(3 * 16 * self.units, f"Population({self.name!r}): places of {self.units} units", "take fewer units")
        return grid_places(self.grid, self.spacing)

    @property
    def units(self) -> int:
        """How many units."""
        return math.prod(self.shape or ())

    @property
    def grid(self) -> tuple[int, ...]:
        """`shape`, which is (size,) where none was given."""
        return self.shape or ()


@dataclass(frozen=True, eq=False)
class Region:
    """A region of the brain: populations and what they are for.

    Parameters
    ----------
    name : str
        Unique within the brain.
    populations : sequence of Population
        At least one, each name once.
    function : str
        What the region does, in a word or two; shown in graphs and reports.

    Examples
    --------
    >>> from brainsim import LIF, Population, Region
    >>> Region("V1", [Population("E", LIF(), size=80), Population("I", LIF(), size=20)], function="edges").units
    100
    """

    name: str
    populations: Sequence[Population]
    function: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name, "Region.name")
        where = f"Region({self.name!r})"
        populations = listed(self.populations, Population, f"{where}.populations")
        names = [population.name for population in populations]
        if not names or len(set(names)) < len(names):
            raise ModelError(f"{where}.populations: need at least one, each name once, got {names}")
        if not isinstance(self.function, str):
            raise KindError(f"{where}.function: must be a string, got {self.function!r}")
        object.__setattr__(self, "populations", populations)

    @property
    def units(self) -> int:
        """How many units in all its populations."""
        return sum(population.units for population in self.populations)

    def __getitem__(self, name: str) -> Population:
        """Give the population of this name.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        for population in self.populations:
            if population.name == name:
                return population
        names = [population.name for population in self.populations]
        raise UnknownNameError(f"Region({self.name!r}): has no population {name!r}; {nearest(str(name), names)}")


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population onto one or several others.

    Parameters
    ----------
    source : str
        Full name of the population that sends, ``"region.population"``.
    target : str or sequence of str
        Full names of those that receive; the wiring is drawn for each of them separately.
    wiring : Rule
        Which unit connects to which, from :mod:`brainsim.wiring`.
    receptor : Receptor
        Where the spikes arrive.
    weight : float, Distribution or array-like (synapse)
        Of each synapse in the receptor's unit (nS, pA or mV); multiplies the wiring's own factors, if it has any.
        An array is in order of creation (sources, then targets) and needs a projection with one target.
    delay : float, Distribution or array-like (synapse)
        From the spike to its arrival, in ms; rounded to steps, at least one. An array as for `weight`. Where the
        wiring has delays of its own (from distances, or a graph), this is added to them. By default 1 ms, or 0 where
        the wiring has its own.
    kind : "feedforward", "feedback" or "lateral", optional
        Lateral within a region and feedforward between regions by default.
    name : str, optional
        Names it in messages, and its seed.
    plasticity : Plasticity, optional
        How weights change, such as ``STDP(W_max=10)``; the initial ones must be within its bounds.
    short_term : TsodyksMarkram, optional
        How what a spike transmits depends on the spikes before it.
    normalization : WeightNormalization, optional
        To what :func:`brainsim.learn` scales the weights onto each target before every stimulus; needs `plasticity`.

    Raises
    ------
    ParameterError, KindError, ModelError
        If a weight or delay cannot be used, or is beyond the bounds of its plasticity.

    Examples
    --------
    >>> from brainsim import AMPA, Projection, wiring
    >>> Projection("V1.E", "V2.E", wiring.fixed_probability(0.1), AMPA(), weight=1.5, delay=2).kind
    'feedforward'
    """

    source: str
    target: str | Sequence[str]
    wiring: Rule
    receptor: Receptor
    weight: Synaptic = 1.0
    delay: Synaptic = None  # type: ignore[assignment]  # a number, once __post_init__ has looked at the wiring
    kind: Kind | None = None
    name: str | None = None
    _: KW_ONLY
    plasticity: Plasticity | None = None
    short_term: TsodyksMarkram | None = None
    normalization: WeightNormalization | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.target, (str, Sequence)):
            raise KindError(f"Projection.target: must be one or several populations' names, got {self.target!r}")
        targets = (self.target,) if isinstance(self.target, str) else tuple(self.target)
        object.__setattr__(self, "target", targets)
        if self.name is not None and (not isinstance(self.name, str) or not self.name):
            raise KindError(f"Projection.name: must be a string that is not empty, got {self.name!r}")
        for name in (self.source, *targets):
            if not isinstance(name, str) or name.count(".") != 1:
                raise ModelError(f"{self.label}: populations are named 'region.population', got {name!r}")
        if not targets or len(set(targets)) < len(targets):
            raise ModelError(f"{self.label}: needs at least one target, each once, got {list(targets)}")
        if not isinstance(self.wiring, Rule):
            raise KindError(f"{self.label}: wiring must come from brainsim.wiring, got {self.wiring!r}")
        if not isinstance(self.receptor, Receptor):
            raise KindError(f"{self.label}: receptor must be one such as AMPA(), got {self.receptor!r}")
        self._check_synapses()
        check_rules(self.plasticity, self.short_term, self.normalization, self.receptor.weight_unit, self.label)
        check_bounds(
            self.plasticity,
            [one * factor for one in extremes(self.weight) for factor in self.wiring.factors],
            self.label,
        )
        if self.kind is None:
            region = self.source.split(".")[0]
            inside = all(target.split(".")[0] == region for target in targets)
            object.__setattr__(self, "kind", "lateral" if inside else "feedforward")
        elif not isinstance(self.kind, str) or self.kind not in KINDS:
            raise ParameterError(f"{self.label}: kind {self.kind!r} is unknown; {nearest(str(self.kind), KINDS)}")

    @property
    def targets(self) -> tuple[str, ...]:
        """Full names of the populations that receive."""
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or f"Projection({self.source} -> {', '.join(map(str, self.targets))})"

    @property
    def learning(self) -> tuple[str, ...]:
        """Names of what its synapses do besides adding their weight, such as ``("STDP",)``."""
        rules = (self.plasticity, self.short_term, self.normalization)
        return tuple(type(rule).__name__ for rule in rules if rule is not None)

    @property
    def mean_weight(self) -> float:
        """Weight averaged over its distribution or array, times the mean of the extreme factors.

        Its sign tells inhibition.
        """
        return mean_of(self.weight) * float(np.mean(self.wiring.factors))

    def mean_delay(self, ends: Ends) -> float:
        """Give the mean delay of its synapses in ms, before it is rounded to steps."""
        return mean_of(self.delay) + self.wiring.mean_delay(ends)

    def check(self, ends: Ends) -> None:
        """Raise unless the wiring can connect these populations, with as many weights and delays as synapses.

        Where the rule draws how many synapses there are, arrays are counted when the brain is built.

        Raises
        ------
        ModelError
            Says what does not fit.
        """
        self.wiring.check(ends)
        for name, value in (("weight", self.weight), ("delay", self.delay)):
            if isinstance(value, np.ndarray) and self.wiring.fixed:
                check_length(value, int(self.wiring.synapses(ends)), f"{self.label}: {name}")

    def _check_synapses(self) -> None:
        """Check weights and delays, and keep them in their public units."""
        unit = self.receptor.weight_unit
        weight = synaptic(self.weight, unit, f"{self.label}: weight")
        own = self.wiring.delayed
        delay = 1.0 - own if self.delay is None else self.delay
        delay = synaptic(delay, "ms", f"{self.label}: delay", positive=not own, nonnegative=own)
        for name, value in (("weight", weight), ("delay", delay)):
            if isinstance(value, np.ndarray) and len(self.targets) > 1:
                raise ModelError(
                    f"{self.label}: {name} is an array (synapse), which needs a projection with one target, got "
                    f"{len(self.targets)}; write one projection for each target"
                )
        low, high = self.wiring.factors
        worst = min(one * factor for one in extremes(weight) for factor in (low, high))
        if unit == "nS" and worst < 0:
            raise ParameterError(
                f"{self.label}: weight of a conductance must not be negative, got {worst:g} nS with factors "
                f"from {low:g} to {high:g}; put inhibition on GABA_A, in a projection of its own"
            )
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "delay", delay)


def listed(parts: Any, kind: type[Part], where: str) -> tuple[Part, ...]:
    """Give a sequence of parts as a tuple.

    Raises
    ------
    KindError
        If it is no sequence, or holds something else.
    """
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise KindError(f"{where}: must be a list of {kind.__name__} objects, got {parts!r}")
    for part in parts:
        if not isinstance(part, kind):
            raise KindError(f"{where}: must hold {kind.__name__} objects, got {part!r}")
    return tuple(parts)


def _check_name(name: Any, where: str) -> None:
    if not isinstance(name, str):
        raise KindError(f"{where}: must be a string, got {name!r}")
    if not name or "." in name or "/" in name or name != name.strip():
        raise ModelError(f"{where}: must not be empty nor hold '.', '/' or outer spaces, got {name!r}")
