"""Every neuron model with every receptor, on both engines, spike for spike; and networks drawn at random.

Hodgkin-Huxley and AdEx neurons amplify roundings, so these runs are some hundred milliseconds long; there the spikes
are the same, and the state variables agree to 1e-6 of their size.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import brainsim
from brainsim import (
    AMPA,
    GABA_A,
    GABA_B,
    LIF,
    NMDA,
    AdaptiveThreshold,
    AdEx,
    AlphaCurrent,
    Brain,
    Delta,
    Equations,
    ExponentialCurrent,
    HodgkinHuxley,
    IntegrateAndFire,
    Izhikevich,
    Normal,
    PoissonDrive,
    Population,
    Projection,
    Record,
    Region,
    Uniform,
    izhikevich_2003,
    wiring,
)

QUADRATIC = """
dv/dt = (v - E_L)*(v - E_c)/(tau*mV) + (R*I_syn - R*z)/tau : volt (unless refractory)
dz/dt = (a*(v - E_L)*exp(-(v/(90*mV))**2) - z)/tau_z : amp
"""
MODELS = {
    "LIF": LIF(C_m=213, tau_m=13.7, V_th=Normal(-52.3, 1, high=-48), V_reset=-63.1, t_ref=1.73),
    "LIF_subtract": LIF(C_m=213, g_L=Uniform(11, 17), reset="subtract", t_ref=0),
    "AdEx": AdEx(C_m=Uniform(180, 220), I_e=Uniform(700, 900), b=61.7, tau_w=87.3, t_ref=0.91),
    "AdEx_euler": AdEx(I_e=Uniform(700, 900), a=3.3, method="exponential_euler"),
    "IntegrateAndFire": IntegrateAndFire(C_m=Uniform(90, 130), V_th=Normal(7.3, 0.4), t_ref=0.73),
    "IntegrateAndFire_to": IntegrateAndFire(C_m=213, V_th=11.1, V_reset=-3.7, reset="to"),
    "Izhikevich": Izhikevich(I_e=Uniform(90, 190), d=Uniform(70, 110)),
    "HodgkinHuxley": HodgkinHuxley(I_e=Uniform(150, 350), g_L=Uniform(9, 11)),
    "AdaptiveThreshold": AdaptiveThreshold(LIF(C_m=213, tau_m=13.7, t_ref=2.3), increment=Uniform(0.5, 2), tau=57),
    "AdaptiveAdEx": AdaptiveThreshold(
        AdEx(I_e=812.7, a=2.2), increment=0.7, tau=Uniform(20, 90), initial=Uniform(0, 2)
    ),
    "Equations": Equations(
        QUADRATIC,
        threshold="v > V_th",
        reset="v = V_reset; z += b",
        t_ref=1.31,
        parameters={
            "E_L": (-67.3, "mV"),
            "E_c": (Normal(-51.7, 0.5), "mV"),
            "tau": (11.9, "ms"),
            "R": (0.173, "Gohm"),
            "a": (1.9, "nS"),
            "tau_z": (63.1, "ms"),
            "V_th": (-21.7, "mV"),
            "V_reset": (-59.3, "mV"),
            "b": (23.1, "pA"),
        },
        initial={"v": Uniform(-67, -55)},
    ),
    "izhikevich_2003": izhikevich_2003(Uniform(0.02, 0.03), 0.2, Normal(-61, 2), Uniform(4, 8)),
}
RECEPTORS = {
    "AMPA": AMPA(tau=3.7),
    "GABA_A": GABA_A(tau=7.3),
    "NMDA": NMDA(tau_rise=2.3, tau_decay=71.7),
    "GABA_B": GABA_B(tau_rise=31.3, tau_decay=117.1),
    "ExponentialCurrent": ExponentialCurrent(tau=2.9),
    "AlphaCurrent": AlphaCurrent(tau=1.7),
    "Delta": Delta(),
}
WEIGHTS = {"nS": 0.83, "pA": 17.3, "mV": 0.171}
STEPS = {"izhikevich_2003": 1.0}  # ms
RATES = {"AMPA": 1500, "NMDA": 700, "ExponentialCurrent": 4000, "AlphaCurrent": 4000, "Delta": 4000}


def network(model, receptors, seed=0, size=40):
    """Build a recurrent population with the given receptors, all driven by noise."""
    parts = [Population("E", model, size=size)]
    projections = [
        Projection(
            "c.E",
            "c.E",
            wiring.fixed_probability(0.2),
            one,
            weight=Uniform(0.5 * WEIGHTS[one.weight_unit], 1.5 * WEIGHTS[one.weight_unit]),
            delay=Uniform(1.0, 3.1),
            name=f"{one.variable} {k}",
        )
        for k, one in enumerate(receptors)
    ]
    drives = [
        PoissonDrive("c.E", RATES.get(type(one).__name__, 200), one, weight=WEIGHTS[one.weight_unit])
        for one in receptors
    ]
    return Brain("recurrent", [Region("c", parts)], projections, drives, seed=seed)


def assert_engines_agree(brain, duration, dt=0.1, tolerance=1e-6):
    """Run on both engines: the same spikes, and state variables within `tolerance` of their size; give the count."""
    records = [Record("c.E", name, every=1.0) for name in brain.state_units("c.E")]
    compiled, reference = (
        brainsim.simulate(brain, duration=duration, dt=dt, record=records, engine=engine)
        for engine in ("compiled", "brian2")
    )
    ours, theirs = (one.spikes("c.E", stimulus=0, trial=0) for one in (compiled, reference))
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    for name, trace in compiled.traces.items():
        expected = reference.traces[name].values
        assert np.abs(trace.values - expected).max() <= tolerance * max(np.abs(expected).max(), 1e-9), name
    return len(ours[0])


def suitable(model):
    """List the receptors that a model can take: the equations of 2003 have no use for conductances."""
    return [one for one in RECEPTORS.values() if model != MODELS["izhikevich_2003"] or one.weight_unit != "nS"]


@pytest.mark.parametrize(
    ("name", "receptors"),
    [
        ("AdEx", ["NMDA", "AlphaCurrent"]),
        pytest.param("HodgkinHuxley", ["AMPA", "GABA_B"], marks=pytest.mark.slow),
        pytest.param("Izhikevich", ["ExponentialCurrent"], marks=pytest.mark.slow),
        ("IntegrateAndFire", ["Delta", "ExponentialCurrent"]),
        pytest.param("Equations", ["Delta", "AMPA"], marks=pytest.mark.slow),
        pytest.param("izhikevich_2003", ["AlphaCurrent", "Delta"], marks=pytest.mark.slow),
    ],
)
def test_models_with_some_receptors(name, receptors):
    """A recurrent population that hears through several receptors, 120 ms: identical spikes."""
    brain = network(MODELS[name], [RECEPTORS[one] for one in receptors])
    assert 5 < assert_engines_agree(brain, 120, STEPS.get(name, 0.1)) < 40 * 120


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_with_all_receptors_at_once(name):
    """A recurrent population that hears through every receptor, 300 ms: identical spikes."""
    fired = assert_engines_agree(network(MODELS[name], suitable(MODELS[name])), 300, STEPS.get(name, 0.1))
    assert 10 < fired < 40 * 300


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "t_ref"), [("LIF", 0), ("LIF", 0.05), ("LIF", 0.15), ("LIF", 2.25), ("AdEx", 0.15), ("Equations", 7.3)]
)
def test_refractory_periods(name, t_ref):
    """None, shorter than a step, between steps, long: identical spikes, with jumps that refractory cells ignore."""
    import dataclasses

    model = dataclasses.replace(MODELS[name], t_ref=t_ref)
    assert assert_engines_agree(network(model, [RECEPTORS["AMPA"], RECEPTORS["Delta"]]), 100) > 5


@st.composite
def brains(draw):
    """Draw a network: a model, some receptors, their parameters, sizes, delays and seeds; nothing round."""
    real = lambda low, high: draw(st.floats(low, high, exclude_min=True, exclude_max=True)) * (1 + 1e-4 * np.pi)  # noqa: E731
    kind = draw(st.sampled_from(["LIF", "LIF_subtract", "AdEx", "Izhikevich", "AdaptiveThreshold"]))
    t_ref = draw(st.sampled_from([0.0, 0.73, 2.0, 3.91]))
    lif = {"C_m": real(150, 300), "tau_m": real(8, 25), "E_L": real(-72, -64), "V_th": real(-56, -50), "t_ref": t_ref}
    model = {
        "LIF": lambda: LIF(**lif, V_reset=real(-75, -60)),
        "LIF_subtract": lambda: LIF(**lif, V_reset=real(-75, -60), reset="subtract"),
        "AdEx": lambda: AdEx(I_e=real(700, 900), b=real(20, 90), Delta_T=real(1, 4), t_ref=t_ref),
        "Izhikevich": lambda: Izhikevich(I_e=real(90, 190), a=real(0.02, 0.1), t_ref=t_ref),
        "AdaptiveThreshold": lambda: AdaptiveThreshold(LIF(**lif), increment=real(0.1, 3), tau=real(10, 200)),
    }[kind]()
    names = draw(st.lists(st.sampled_from(sorted(RECEPTORS)), min_size=1, max_size=3, unique=True))
    excitation = AMPA(tau=real(2, 6), name="drive")
    return network(model, [excitation, *(RECEPTORS[name] for name in names)], draw(st.integers(0, 2**31)), 30)


@settings(
    max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(brain=brains())
def test_a_few_networks_drawn_at_random(brain):
    """Random models, receptors, parameters and wiring: identical spikes for 60 ms."""
    assert_engines_agree(brain, 60)


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(brain=brains(), dt=st.sampled_from([0.05, 0.1, 0.25]))
def test_networks_drawn_at_random(brain, dt):
    """Random models, receptors, parameters, wiring and steps: identical spikes for 150 ms."""
    assert_engines_agree(brain, 150, dt)
