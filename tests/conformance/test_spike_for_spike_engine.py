"""Both engines, spike for spike: the same network, seed and input give the same spikes, step by step."""

import numpy as np
import pytest

from brainsim.engine import (
    ConvolutionConnections,
    Network,
    NeuronGroup,
    PoissonInput,
    Projection,
    Record,
    RunResult,
    SourceGroup,
    SparseConnections,
    Trial,
    get_engine,
)

CONDUCTANCES = """
dv/dt = (g_L * (E_L - v) + AMPA * (E_AMPA - v) + GABA * (E_GABA - v)) / C_m : volt (unless refractory)
dAMPA/dt = -AMPA / tau_AMPA : siemens
dGABA/dt = -GABA / tau_GABA : siemens
"""
MEMBRANE = {
    "g_L": (10e-9, "siemens"),
    "E_L": (-60e-3, "volt"),
    "E_AMPA": (0.0, "volt"),
    "E_GABA": (-80e-3, "volt"),
    "tau_AMPA": (5e-3, "second"),
    "tau_GABA": (10e-3, "second"),
    "V_th": (-50e-3, "volt"),
    "V_reset": (-60e-3, "volt"),
}


def random_wiring(
    rng: np.random.Generator, sources: int, targets: int, p: float, weight: float, delays: tuple[int, int]
) -> SparseConnections:
    """Each pair with probability p; weights and delays all different."""
    there = rng.random((sources, targets)) < p
    indptr = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
    synapses = int(indptr[-1])
    weights = weight * rng.uniform(0.5, 1.5, synapses)
    return SparseConnections(indptr, np.nonzero(there)[1], weights, rng.integers(*delays, synapses))


def recurrent_network(size: int, p: float, dt: float = 1e-4) -> Network:
    """Excitatory and inhibitory conductance-based neurons with a different delay at every synapse, driven by noise."""
    rng = np.random.default_rng(0)
    sizes = {"E": size * 4 // 5, "I": size - size * 4 // 5}
    groups = [
        NeuronGroup(
            name,
            count,
            CONDUCTANCES,
            refractory=5e-3,
            parameters={**MEMBRANE, "C_m": (rng.normal(200e-12, 5e-12, count), "farad")},
            initial={"v": rng.normal(-65e-3, 5e-3, count), "AMPA": rng.uniform(10e-9, 60e-9, count)},
        )
        for name, count in sizes.items()
    ]
    e, i, noise = *sizes.values(), 100
    scale = 80 / (size * p)  # the same drive whatever the size
    wires = [
        (0, 0, "AMPA", random_wiring(rng, e, e, p, 6e-9 * scale, (1, 16))),
        (0, 1, "AMPA", random_wiring(rng, e, i, p, 6e-9 * scale, (1, 16))),
        (1, 0, "GABA", random_wiring(rng, i, e, p, 67e-9 * scale, (1, 6))),
        (1, 1, "GABA", random_wiring(rng, i, i, p, 67e-9 * scale, (1, 6))),
        (2, 0, "AMPA", random_wiring(rng, noise, e, 0.1, 5e-9, (0, 3))),
    ]
    inputs = (PoissonInput(0, "AMPA", 1000.0, 1.1e-9), PoissonInput(1, "AMPA", rng.uniform(500, 1500, i), 1.3e-9))
    return Network((*groups, SourceGroup("noise", noise)), tuple(Projection(*wire) for wire in wires), inputs, dt)


def run_both(
    network: Network, rates: dict[int, np.ndarray], steps: int, trials: list[Trial], records: list[Record] | None = None
) -> tuple[RunResult, RunResult]:
    """Run the same on the compiled engine and on Brian2."""
    compiled, reference = (
        get_engine(name).run(network, rates, 100, steps, trials, seed=3, records=records or [])
        for name in ("compiled", "brian2")
    )
    return compiled, reference


def assert_same_spikes(compiled: RunResult, reference: RunResult) -> None:
    """Every spike's step and unit, every count and first spike."""
    assert compiled.spikes is not None
    assert reference.spikes is not None
    for ours, theirs in zip(compiled.spikes, reference.spikes, strict=True):
        for (steps, units), (expected_steps, expected_units) in zip(ours, theirs, strict=True):
            assert np.array_equal(steps, expected_steps)
            assert np.array_equal(units, expected_units)
    for ours, theirs in zip((*compiled.counts, *compiled.first), (*reference.counts, *reference.first), strict=True):
        assert np.array_equal(ours, theirs)


def test_recurrent_conductances_at_a_coarse_step() -> None:
    """Two trials at 0.5 ms, all delays different, Poisson driven: identical spikes."""
    network = recurrent_network(300, 0.2, dt=5e-4)
    compiled, reference = run_both(network, {2: np.full((2, 100), 30.0)}, 1000, [Trial(0, 0, 0), Trial(1, 9, 2)])
    assert_same_spikes(compiled, reference)
    assert all(1 < counts.mean() / 0.5 < 100 for counts in compiled.counts)


@pytest.mark.slow
def test_recurrent_conductances_for_a_second() -> None:
    """1250 recurrent neurons for 1 s at 0.1 ms, every synapse with its own weight and delay: identical spikes."""
    compiled, reference = run_both(
        recurrent_network(1250, 0.08), {2: np.full((1, 100), 30.0)}, 10_000, [Trial(0, 0, 0)]
    )
    assert_same_spikes(compiled, reference)
    assert compiled.counts[0].sum() > 5_000


@pytest.mark.parametrize(
    "refractory", [0.0, pytest.param(0.05e-3, marks=pytest.mark.slow), pytest.param(2.25e-3, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("method", "equations"),
    [
        (
            "exact",
            """dv/dt = (E_L - v) / tau_m + (I_e + I_s) / C_m : volt (unless refractory)
               dI_s/dt = -I_s / tau_s : amp""",
        ),
        (
            "rk4",
            """dv/dt = (E_L - v + R * drive - R * w) / tau_m : volt (unless refractory)
               dw/dt = (a * (v - E_L) - w) / tau_w : amp
               dI_s/dt = -I_s / tau_s : amp
               drive = I_s + I_e : amp""",
        ),
        (
            "exponential_euler",
            """dv/dt = (g_L * (E_L - v) + g_L * D_T * exp((v - V_T) / D_T) + drive) / C_m : volt (unless refractory)
               drive = I_s + I_e - w : amp
               dw/dt = (a * (v - E_L) - w) / tau_w : amp
               dI_s/dt = -I_s / tau_s : amp""",
        ),
    ],
)
def test_models_methods_and_refractory_periods(method: str, equations: str, refractory: float) -> None:
    """Currents and jumps of the membrane, adaptation, three integrators, refractory periods on and off the grid."""
    rng = np.random.default_rng(4)
    n = 200
    parameters = {
        "E_L": (-65e-3, "volt"),
        "tau_m": (10e-3, "second"),
        "tau_s": (0.5e-3, "second"),
        "C_m": (250e-12, "farad"),
        "I_e": (rng.uniform(0.3e-9, 0.6e-9, n), "amp"),
        "R": (40e6, "ohm"),
        "a": (4e-9, "siemens"),
        "tau_w": (144e-3, "second"),
        "g_L": (25e-9, "siemens"),
        "D_T": (2e-3, "volt"),
        "V_T": (-50.4e-3, "volt"),
        "V_th": (-50e-3 if method != "exponential_euler" else -40e-3, "volt"),
        "V_reset": (-65e-3, "volt"),
        "b": (0.08e-9, "amp"),
    }
    group = NeuronGroup(
        "cells",
        n,
        equations if refractory else equations.replace("(unless refractory)", ""),
        method,
        "v > V_th and v > E_L",
        "v = V_reset" if method == "exact" else "v = V_reset; w += b",
        refractory,
        parameters,
        {"v": rng.uniform(-65e-3, -52e-3, n)},
    )
    projections = (
        Projection(0, 0, "I_s", random_wiring(rng, n, n, 0.1, 20e-12, (0, 9))),
        Projection(0, 0, "v", random_wiring(rng, n, n, 0.1, -0.1e-3, (15, 16))),
        Projection(1, 0, "v", random_wiring(rng, n, n, 0.1, 0.2e-3, (0, 1))),
    )
    inputs = (PoissonInput(0, "v", 800.0, 0.1e-3),)
    network = Network((group, SourceGroup("sources", n)), projections, inputs, 1e-4)
    record = Record(0, "v", np.arange(0, n, 7), every=10)
    compiled, reference = run_both(network, {1: np.full((1, n), 10.0)}, 1500, [Trial(0, 0, 0)], [record])
    assert_same_spikes(compiled, reference)
    assert compiled.counts[0].sum() > n
    assert np.abs(compiled.traces[0] - reference.traces[0]).max() < 1e-12


@pytest.mark.parametrize(
    ("size", "stride", "padding", "filled", "variable"),
    [
        ((5, 5), 1, (2, 2), 1.0, "AMPA"),
        ((4, 3), 2, (1, 0), 1.0, "AMPA"),
        ((5, 4), 3, (0, 0), 0.15, "AMPA"),
        ((3, 4), 2, (1, 1), 0.5, "v"),
        ((2, 2), 2, (0, 0), 0.1, "v"),
    ],
)
def test_convolutions(
    size: tuple[int, int], stride: int, padding: tuple[int, int], filled: float, variable: str
) -> None:
    """A bank shared by all positions acts as its synapses one by one do in Brian2, rates changing in time."""
    rng = np.random.default_rng(1)
    source_shape = (12, 11, 3)
    rows, columns = ((source_shape[k] + padding[k] - size[k]) // stride + 1 for k in (0, 1))
    bank = rng.uniform(0.5, 1, (6, 3, *size)) * (rng.random((6, 3, *size)) < filled)
    wiring = ConvolutionConnections(
        bank * (1e-9 if variable == "AMPA" else 0.4e-3), source_shape, (rows, columns, 6), stride, padding, delay=2
    )
    cells = NeuronGroup(
        "cells",
        wiring.reach,
        CONDUCTANCES,
        refractory=2e-3,
        parameters={**MEMBRANE, "C_m": (rng.uniform(150e-12, 220e-12, wiring.reach), "farad")},
        initial={"v": -60e-3},
    )
    inputs = (PoissonInput(0, "AMPA", 900.0, 2e-9),)
    network = Network((cells, SourceGroup("in", wiring.sources)), (Projection(1, 0, variable, wiring),), inputs, 5e-4)
    record = Record(0, variable, np.arange(wiring.reach))
    rates = {1: rng.uniform(0, 150, (1, 4, wiring.sources))}
    compiled, reference = run_both(network, rates, 200, [Trial(0, 0, 0)], [record])
    assert_same_spikes(compiled, reference)
    assert compiled.counts[0].sum() > 50
    if variable == "AMPA":
        assert np.array_equal(compiled.traces[0], reference.traces[0])


def test_every_allowed_function_and_the_time() -> None:
    """Each function that equations may call, the time t, and comparisons mean what they mean in Brian2."""
    one = "arccos(x/3) + arcsin(x/3) + arctan(x) + cos(x) + cosh(x) + exp(-x) + exprel(x) + log(x + 3) + log10(x + 3)"
    two = "sin(x) + sinh(x) + sqrt(x + 3) + tan(x/2) + tanh(x) + abs(x) + clip(x, -0.5, 0.5) + floor(3*x) + ceil(3*x)"
    three = "int(x > 0.1) + int(x <= y and y < 2 or not x > y) + sin(2*t/ms) - 7 % 3 + (-x)**2 + 2**x"
    rng = np.random.default_rng(0)
    cells = NeuronGroup(
        "cells",
        40,
        f"dx/dt = -x/tau + 0.1*sin(one + two + three)/tau : 1\ndy/dt = (x - y)/tau : 1\none = {one} : 1\n"
        f"two = {two} : 1\nthree = {three} : 1",
        "euler",
        "x > 0.9*y and one > two - 100",
        "x = -y; y *= 0.5; x -= 0.1; y /= 1.5",
        parameters={"tau": (rng.uniform(5e-3, 20e-3, 40), "second")},
        initial={"x": rng.uniform(-1, 1, 40), "y": rng.uniform(-1, 1, 40)},
    )
    records = [Record(0, name, np.arange(40)) for name in ("x", "y")]
    compiled, reference = run_both(Network((cells,)), {}, 300, [Trial(0, 0, 0)], records)
    assert_same_spikes(compiled, reference)
    assert 40 < compiled.counts[0].sum() < 40 * 299
    for ours, theirs in zip(compiled.traces, reference.traces, strict=True):
        assert np.abs(ours - theirs).max() < 1e-12
