"""Brain -> engine network: names become numbers, public units become SI, ms become steps, wiring is drawn."""

from collections.abc import Callable
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from brainsim.brain import Brain, Pathway
from brainsim.distributions import Distribution, draw
from brainsim.drives.drive import CURRENT
from brainsim.engine import (
    Network,
    NeuronGroup,
    Projection,
    SourceGroup,
    SparseConnections,
    SpikeGroup,
    StimulusInput,
    SynapseModel,
)
from brainsim.engine.connections import MAX_DELAY
from brainsim.engine.recipes import Connections, DrawnConnections, DrawnValues, UniformTargets, recipe_key
from brainsim.errors import ParameterError
from brainsim.fitting import is_conductance
from brainsim.neurons import Drawn, NeuronModel, Resting, SpikeSource
from brainsim.plasticity.check import check_bounds
from brainsim.plasticity.rule import composed
from brainsim.receptors import Receptor
from brainsim.synaptic import Synaptic, check_length, is_shared
from brainsim.units import DIVISORS, number, numbers, si_name, to_si
from brainsim.wiring.grid import Convolution
from isocortex.seeds import child_seed, generator

__all__ = ["engine_weight", "lower", "public_unit", "to_steps"]

WIDEST = 256  # steps between the shortest and the longest delay that are drawn as rows are laid out

# A brain is frozen, so what was built once for a time step serves every later run, until the brain is gone.
_built: "WeakKeyDictionary[Brain, tuple[float, Network]]" = WeakKeyDictionary()


def lower(brain: Brain, dt: float) -> Network:
    """Build what the engines run.

    Parameters
    ----------
    brain : Brain
        What is built.
    dt : float
        Time step in ms.

    Returns
    -------
    brainsim.engine.Network
        Groups in the order of ``brain.populations``, projections in the order of ``brain.pathways``.

    Raises
    ------
    ParameterError
        If a delay is shorter than a step, or a drawn value is out of range.
    """
    if brain in _built and _built[brain][0] == dt:
        return _built[brain][1]
    numbers = {name: position for position, name in enumerate(brain.populations)}
    network = Network(
        groups=tuple(_group(brain, name) for name in brain.populations),
        projections=tuple(
            Projection(
                numbers[pathway.projection.source],
                numbers[pathway.target],
                pathway.projection.receptor.arrival,
                _within_bounds(pathway, _connections(pathway, dt)),
                _synapse(pathway),
            )
            for pathway in brain.pathways
        ),
        inputs=(
            *(
                drive.lowered(numbers[drive.target], brain.populations[drive.target].units, dt)
                for drive in brain.drives
            ),
            *(StimulusInput(numbers[name], CURRENT) for name in brain.populations if name in brain.shown),
        ),
        dt=to_si(dt, "ms"),
    )
    _built[brain] = (dt, network)
    return network


def public_unit(brain: Brain, population: str, variable: str) -> str | None:
    """Give the public unit of a population's state variable; None if it has no such variable."""
    if variable == CURRENT and population in brain.driven:
        return "pA"
    return brain.state_units(population).get(variable)


def to_steps(value: float | np.ndarray, dt: float, where: str) -> np.ndarray:
    """Round delays in ms to whole steps.

    Raises
    ------
    ParameterError
        If one is shorter than a step, for a spike cannot arrive in the step in which it is fired; or absurdly long.
    """
    shortest = float(np.min(value, initial=np.inf))
    if shortest < dt * (1 - 1e-9):
        raise ParameterError(
            f"{where}: delay must be at least one step, got {shortest:g} ms with dt = {dt:g} ms; "
            "lengthen it or lower dt"
        )
    longest = float(np.max(value, initial=0))
    if longest > MAX_DELAY * dt:
        raise ParameterError(
            f"{where}: delay must be at most {MAX_DELAY * dt:g} ms with dt = {dt:g} ms, got {longest:g} ms"
        )
    return np.rint(np.asarray(value) / dt).astype(np.int64)


def _group(brain: Brain, name: str) -> NeuronGroup | SourceGroup | SpikeGroup:
    population = brain.populations[name]
    model = population.model
    if isinstance(model, SpikeSource):
        return SpikeGroup(name, population.units)
    if not isinstance(model, NeuronModel):
        return SourceGroup(name, population.units)
    receptors = brain.receptors[name]
    drawn = model.draw(population.units, child_seed(brain.seed, "parameters", name))
    parameters: Drawn = dict(drawn)
    for receptor in receptors:
        parameters.update(receptor.parameters)
    currents = [receptor.current for receptor in receptors if receptor.current]
    external = {CURRENT: si_name("pA")} if name in brain.driven else {}
    currents += external
    if not currents:
        parameters["I_syn"] = (0.0, "pA")
    return NeuronGroup(
        name=name,
        size=population.units,
        equations=_equations(model.equations, receptors, currents),
        method=model.integrator(receptors),
        threshold=model.spike_condition,
        reset=model.reset_statements,
        refractory=to_si(model.t_ref, "ms"),
        parameters={key: (to_si(value, unit), si_name(unit)) for key, (value, unit) in parameters.items()},
        initial={
            variable: to_si(value, unit)
            for variable, (value, unit) in _initial(brain, name, model.resting(drawn)).items()
        },
        external=external,
    )


def _equations(membrane: str, receptors: tuple[Receptor, ...], currents: list[str]) -> str:
    lines = [membrane]
    if currents:
        lines.append(f"I_syn = {' + '.join(currents)} : amp")
    return "\n".join(lines + [receptor.equation for receptor in receptors if receptor.equation])


def _initial(brain: Brain, name: str, resting: Resting) -> Drawn:
    """Draw the initial values that a population gives, and for the others those of its model."""
    population, units = brain.populations[name], brain.state_units(name)
    given = {variable: (value, units[variable]) for variable, value in population.initial.items()}
    initial: Drawn = {}
    for variable, (value, unit) in {**resting, **given}.items():
        where = f"{name}.initial[{variable!r}]"
        conductance = is_conductance(brain, name, variable)
        if isinstance(value, Distribution):
            stream = generator(brain.seed, "initial", name, variable)
            value = draw(value.in_unit(unit, where), stream, population.units, where, nonnegative=conductance)
            initial[variable] = (value, unit)
        elif np.ndim(value) == 0:
            initial[variable] = (number(value, unit, where, nonnegative=conductance), unit)
        else:
            initial[variable] = (numbers(value, unit, where, population.units, nonnegative=conductance), unit)
    return initial


def engine_weight(pathway: Pathway) -> Callable[[float], float]:
    """Give what turns a weight in its public unit into what the engine counts it in."""
    receptor = pathway.projection.receptor
    return lambda weight: to_si(weight * receptor.gain, receptor.weight_unit)


def _synapse(pathway: Pathway) -> SynapseModel | None:
    """Give what a projection's synapses do besides adding their weights."""
    plasticity, short_term = pathway.projection.plasticity, pathway.projection.short_term
    return composed(
        None if plasticity is None else plasticity.synapse(engine_weight(pathway)),
        None if short_term is None else short_term.synapse(),
    )


def _within_bounds(pathway: Pathway, connections: Connections) -> Connections:
    """List plastic synapses, each with its own weight, and hold the weights against the bounds of their plasticity.

    Drawn weights are rounded to single precision; what passes a bound by that alone is put back onto it.
    """
    plasticity, receptor = pathway.projection.plasticity, pathway.projection.receptor
    if plasticity is None:
        return connections
    listed, bound = connections.expand(), engine_weight(pathway)(plasticity.W_max)
    public = listed.weights * (DIVISORS[receptor.weight_unit] / receptor.gain / (1 + 1e-6))
    reached = (float(np.min(public, initial=0.0)), float(np.max(public, initial=0.0)))
    check_bounds(plasticity, reached, f"{pathway.projection.label} onto {pathway.target}")
    return replace(listed, weights=np.clip(listed.weights, min(bound, 0.0), max(bound, 0.0)))


def _connections(pathway: Pathway, dt: float) -> Connections:
    projection = pathway.projection
    unit = projection.receptor.weight_unit
    where = f"{projection.label} onto {pathway.target}"
    weight, delay, gain = projection.weight, projection.delay, projection.receptor.gain
    rule = projection.wiring
    if isinstance(rule, Convolution) and is_shared(weight) and is_shared(delay):
        return rule.shared(pathway.ends, to_si(weight * gain, unit), int(to_steps(delay, dt, where)))
    indptr, targets, factors, lags = rule.rows(pathway.ends, generator(pathway.seed, "wiring"))
    weights = _weights(pathway, weight, indptr, f"{where}: weight")
    if factors is not None:
        weights = (weights.all(indptr) if isinstance(weights, DrawnValues) else weights) * factors
    if isinstance(weights, DrawnValues):
        weights = replace(weights, divisor=DIVISORS[unit] / gain)
    else:
        weights = to_si(weights if gain == 1 else weights * gain, unit)
    delays = _delays(pathway, delay, lags, indptr, dt, where)
    if isinstance(targets, UniformTargets) or isinstance(weights, DrawnValues) or isinstance(delays, DrawnValues):
        return DrawnConnections(indptr, targets, weights, delays)
    return SparseConnections(indptr, targets, weights, delays)


def _weights(pathway: Pathway, weight: Synaptic, indptr: np.ndarray, where: str) -> float | np.ndarray | DrawnValues:
    """Give weights as they were given, or how they are drawn, with nothing negative on a conductance."""
    check_length(weight, int(indptr[-1]), where)
    if not isinstance(weight, Distribution):
        return weight
    drawn = recipe(weight, pathway.seed, "weights")
    if pathway.projection.receptor.weight_unit == "nS" and drawn.extremes[0] < 0:
        least = drawn.all(indptr).min(initial=0)
        if least < 0:
            raise ParameterError(f"{where}: must be at least 0, but {weight} drew {least:g}; give it a bound, low=...")
    return drawn


def _delays(
    pathway: Pathway, delay: Synaptic, lags: np.ndarray | None, indptr: np.ndarray, dt: float, where: str
) -> int | np.ndarray | DrawnValues:
    """Give delays in steps, or how they are drawn where every one that may be drawn can be used.

    `lags`, in ms, are what the wiring itself adds.
    """
    check_length(delay, int(indptr[-1]), f"{where}: delay")
    if isinstance(delay, Distribution):
        steps = recipe(delay, pathway.seed, "delays", dt)
        shortest, longest = steps.extremes
        if lags is None and shortest >= 1 - 1e-9 and longest - shortest < WIDEST:
            return steps
        delay = recipe(delay, pathway.seed, "delays").all(indptr)
    rounded = to_steps(delay if lags is None else delay + lags, dt, where)
    return rounded if rounded.ndim else int(rounded)


def recipe(distribution: Distribution, seed: int, stream: str, divisor: float = 1.0) -> DrawnValues:
    """Tell how the values of synapses are drawn, over `divisor`."""
    shape, location, spread = distribution.standard
    return DrawnValues(recipe_key(seed, stream), shape, location, spread, *distribution.support, divisor)
