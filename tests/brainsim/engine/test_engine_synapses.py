"""Plastic and dynamic synapses: what a model may say, and both engines, spike for spike and weight for weight."""

import numpy as np
import pytest

from brainsim.engine import (
    EquationError,
    Network,
    NetworkError,
    NeuronGroup,
    Projection,
    Record,
    SourceGroup,
    SparseConnections,
    SynapseModel,
    SynapseVariable,
    Trial,
    get_engine,
)

HIGH = 0.5e-9
TRACES = {"pre": SynapseVariable(tau=20e-3), "post": SynapseVariable(tau=15e-3)}
NUMBERS = {"A": 0.01e-9, "top": HIGH}
PAIR = SynapseModel(
    "w = clip(w - A * post, 0, top); pre += 1",
    "w = clip(w + A * pre, 0, top); post += 1",
    variables=TRACES,
    parameters=NUMBERS,
    low=0,
    high=HIGH,
)
DYNAMIC = SynapseModel(
    "u = u + U * (1 - u); x = x - u * x",
    amount="w * x * (u + U * (1 - u))",
    variables={"u": SynapseVariable(tau=50e-3), "x": SynapseVariable(1.0, 1.0, 100e-3)},
    parameters={"U": 0.4},
)
MODELS = {
    "pair": PAIR,
    "dynamic": DYNAMIC,
    "both": SynapseModel(
        f"{PAIR.on_pre}; {DYNAMIC.on_pre}",
        PAIR.on_post,
        DYNAMIC.amount,
        {**TRACES, **DYNAMIC.variables},
        {**NUMBERS, **DYNAMIC.parameters},
        0,
        HIGH,
    ),
    # A variable of each synapse's own, one that does not relax, and shared ones that change between their uses.
    "eligibility": SynapseModel(
        "pre += 0.5; c -= 1.2 * post * pre; pre += 0.5; arrived += 1",
        "c += pre; post += 1; w = clip(w + A * c / (1 + arrived), 0, top)",
        variables={**TRACES, "c": SynapseVariable(tau=50e-3), "arrived": SynapseVariable()},
        parameters=NUMBERS,
        low=0,
        high=HIGH,
    ),
}


def wiring(rng: np.random.Generator, sources: int, targets: int, weight: float, delays: int | tuple[int, int]):
    """Half of all pairs, weights all different, one delay or many."""
    there = rng.random((sources, targets)) < 0.5
    indptr = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
    weights = weight * rng.uniform(0.5, 1.5, int(indptr[-1]))
    steps = delays if isinstance(delays, int) else rng.integers(*delays, len(weights))
    return SparseConnections(indptr, np.nonzero(there)[1], weights, steps)


def recurrent(model: SynapseModel, units: int = 30) -> Network:
    """Driven and recurrent synapses of one model onto a conductance, and jumps of the potential."""
    rng = np.random.default_rng(0)
    cell = NeuronGroup(
        "cells",
        units,
        "dv/dt = (g_L * (E_L - v) + g * (E_e - v)) / C : volt (unless refractory)\ndg/dt = -g / tau : siemens",
        refractory=2e-3,
        parameters={
            "g_L": (10e-9, "siemens"),
            "E_L": (-52e-3, "volt"),
            "E_e": (0.0, "volt"),
            "C": (rng.normal(200e-12, 5e-12, units), "farad"),
            "tau": (5e-3, "second"),
            "V_th": (-50e-3, "volt"),
            "V_reset": (-60e-3, "volt"),
        },
        initial={"v": rng.uniform(-60e-3, -50e-3, units)},
    )
    jumps = SynapseModel(PAIR.on_pre, PAIR.on_post, "w * 4e5 / (1 + pre)", TRACES, NUMBERS, 0, HIGH)
    projections = (
        Projection(1, 0, "g", wiring(rng, 50, units, 0.3e-9, (1, 20)), model),
        Projection(0, 0, "g", wiring(rng, units, units, 0.1e-9, 3), model),
        Projection(1, 0, "v", wiring(rng, 50, units, 0.3e-9, 1), jumps),
    )
    return Network((cell, SourceGroup("in", 50)), projections, (), 5e-4)


@pytest.mark.parametrize(
    "name",
    # What "both" says holds what the first two say.
    [pytest.param(name, marks=pytest.mark.slow if name in ("pair", "dynamic") else ()) for name in MODELS],
)
def test_both_engines_spike_for_spike(name):
    """Arrivals and spikes of the target in one step, delays, refractory targets, two trials: identical spikes."""
    network = recurrent(MODELS[name])
    rates = {1: np.full((1, 50), 60.0)}
    records = [Record(0, "g", np.arange(30))]
    compiled, reference = (
        get_engine(engine).run(network, rates, 400, 400, [Trial(0, 0, 0), Trial(0, 0, 1)], 3, records=records)
        for engine in ("compiled", "brian2")
    )

    for ours, theirs in zip(compiled.counts, reference.counts, strict=True):
        assert np.array_equal(ours, theirs)
    for ours, theirs in zip(compiled.spikes[0], reference.spikes[0], strict=True):
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])
    assert np.allclose(compiled.traces[0], reference.traces[0], rtol=1e-12, atol=0)
    assert 30 < compiled.counts[0].sum() < 2000


def test_whose_a_variable_is():
    """What arrivals alone change is a source's, what its spikes alone change a target's, all else a synapse's."""
    assert MODELS["both"].homes == {"pre": "source", "post": "target", "u": "source", "x": "source"}
    assert MODELS["eligibility"].homes == {"pre": "source", "post": "target", "c": "synapse", "arrived": "source"}
    chained = SynapseModel("a += w; b += a; c += 1", variables=dict.fromkeys("abc", SynapseVariable()))
    assert chained.homes == {"a": "synapse", "b": "synapse", "c": "source"}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"on_pre": "z += 1"}, EquationError, "on_pre: there is no variable 'z'"),
        ({"on_pre": "w += q"}, EquationError, "'q' in .* is not known"),
        ({"on_post": "w += 2*ms"}, EquationError, "'ms' in .* is not known"),
        ({"on_pre": "w += open(1)"}, EquationError, "function 'open' is not allowed"),
        ({"amount": "w.real"}, EquationError, "Attribute is not allowed"),
        ({"variables": {"w": SynapseVariable()}}, EquationError, "'w' is there already"),
        ({"parameters": {"v_post": 1.0}}, EquationError, "would mean a neuron's variable"),
        ({"variables": {"a": SynapseVariable(tau=0.0)}}, NetworkError, "tau: must be positive, got 0.0 s"),
        ({"variables": {"a": SynapseVariable(np.nan)}}, NetworkError, "initial and rest must be finite"),
        ({"parameters": {"A": np.inf}}, NetworkError, "must be finite, got inf"),
        ({"low": 1.0, "high": 0.0}, NetworkError, "must not be above high, got 1.0 and 0.0"),
    ],
)
def test_what_a_model_may_not_say(changes, error, message):
    """Text is held against the whitelist, numbers must be usable."""
    with pytest.raises(error, match=message):
        SynapseModel(**changes)


def test_initial_weights_beyond_the_bounds_are_refused():
    """A weight is never clipped silently."""
    network = recurrent(PAIR)
    connections = SparseConnections([0, 1, *[1] * 29], [0], weights=2.1e-9, delays=1)

    with pytest.raises(NetworkError, match=r"weights must be from 0 to 5e-10, the bounds of .*, got 2\.1e-09"):
        Network(network.groups, (Projection(0, 0, "g", connections, PAIR),))
