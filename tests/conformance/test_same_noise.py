"""White noise on both engines: the same normal numbers, step by step, through Brian2's own integrators."""

import numpy as np
import pytest

import brainsim
from brainsim import AMPA, Brain, Equations, PoissonDrive, Population, Projection, Record, Region, Uniform, wiring
from brainsim.engine import Network, NeuronGroup, NormalInput, Trial, get_engine
from brainsim.engine.draws import stream_key
from brainsim.engine.normals import normals

TWO_NOISES = """
dv/dt = (E_L - v + I_syn*R)/tau + (sigma*xi + rho*xi_slow)*tau**-0.5 : volt (unless refractory)
dw/dt = -w/tau + rho*xi_slow*tau**-0.5 : volt
"""
MULTIPLICATIVE = """
dv/dt = (E_L - v + I_syn*R)/tau + 0.17*(v - E_L + sigma)*xi*tau**-0.5 : volt (unless refractory)
dw/dt = -w/tau + rho*xi_own*tau**-0.5 : volt
"""
PARAMETERS = {
    "E_L": (-65.3, "mV"),
    "tau": (Uniform(9, 13), "ms"),
    "sigma": (4.1, "mV"),
    "rho": (2.7, "mV"),
    "R": (0.1, "Gohm"),
    "V_th": (-60.7, "mV"),
    "V_reset": (-66.1, "mV"),
}


def noisy(text, method, t_ref=1.37, seed=0):
    """Build 70 noisy cells that excite each other."""
    parameters = {**PARAMETERS, "V_th": (-62.7, "mV")} if text is MULTIPLICATIVE else PARAMETERS
    text = text if t_ref else text.replace("(unless refractory)", "")
    model = Equations(text, t_ref=t_ref, parameters=parameters, method=method, initial={"v": Uniform(-67, -62)})
    recurrent = Projection("c.E", "c.E", wiring.fixed_probability(0.1), AMPA(), weight=0.3, delay=1.3)
    drive = PoissonDrive("c.E", 900, AMPA(), 0.2)
    return Brain("noisy", [Region("c", [Population("E", model, size=70)])], [recurrent], [drive], seed=seed)


@pytest.mark.parametrize(
    ("text", "method", "t_ref"),
    [
        (TWO_NOISES, "euler", 1.37),
        pytest.param(TWO_NOISES, "heun", 0, marks=pytest.mark.slow),
        pytest.param(MULTIPLICATIVE, "heun", 1.37, marks=pytest.mark.slow),
        pytest.param(MULTIPLICATIVE, "milstein", 1.37, marks=pytest.mark.slow),
    ],
)
def test_the_same_noise_gives_the_same_spikes(text, method, t_ref):
    """Several noises, multiplicative ones, refractory cells: identical spikes, traces within roundings."""
    brain = noisy(text, method, t_ref)
    records = [Record("c.E", name) for name in ("v", "w")]
    compiled, reference = (
        brainsim.simulate(brain, duration=100, record=records, engine=engine) for engine in ("compiled", "brian2")
    )
    ours, theirs = (one.spikes("c.E", stimulus=0, trial=0) for one in (compiled, reference))

    assert len(ours[0]) > 70
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    for name, trace in compiled.traces.items():
        assert np.abs(trace.values - reference.traces[name].values).max() < 1e-9


def test_euler_adds_sigma_times_the_root_of_the_step_times_a_normal():
    """The numbers are those of the population's own stream: v grows by sigma sqrt(dt) times each."""
    text = "dv/dt = s*xi_a : volt\ndw/dt = s*xi_b : volt"
    cell = NeuronGroup(
        "cells", 100, text, "euler", "v > 1*volt", "v = 0*volt", parameters={"s": (2.0, "volt*second**-0.5")}
    )
    network = Network((cell,), dt=1e-4)
    records = [brainsim.engine.Record(0, name, np.arange(100)) for name in ("v", "w")]
    trial = Trial(0, 5, 2)
    for engine in ("compiled", "brian2"):
        result = get_engine(engine).run(network, {}, 1, 50, [trial], seed=7, records=records)
        for noise, trace in zip(("xi_a", "xi_b"), result.traces, strict=True):
            drawn = normals(stream_key(7, 5, 2, "cells", f"noise normal_{noise} 0"), 100, 50)
            assert np.allclose(trace[0], np.cumsum(2.0 * np.sqrt(1e-4) * drawn, axis=0), atol=1e-12)
    assert [type(one) for one in network.inputs] == [NormalInput, NormalInput]
    assert Network(network.groups, inputs=network.inputs).inputs == network.inputs


def test_noise_depends_on_the_trial_and_the_unit_alone():
    """Threads, companions and the number of units change no bit; trials and names do."""
    brain = noisy(TWO_NOISES, "euler")
    record = [Record("c.E", "w", units=range(5))]
    many = brainsim.simulate(brain, duration=20, trials=3, record=record, threads=2)
    one = brainsim.simulate(brain, duration=20, trials=3, record=record, threads=1)
    values = many.traces["c.E", "w"].values

    assert np.array_equal(values, one.traces["c.E", "w"].values)
    assert np.array_equal(many.spikes("c.E", stimulus=0, trial=2)[0], one.spikes("c.E", stimulus=0, trial=2)[0])
    assert abs(np.corrcoef(values[0, 0].ravel(), values[0, 1].ravel())[0, 1]) < 0.5
    assert len(np.unique(values[0, :, -1])) == 15


def test_a_session_continues_its_noise():
    """run(a); run(b) is run(a + b) to the last bit, for the numbers belong to steps."""
    brain = noisy(TWO_NOISES, "euler")
    network = brainsim.lower.lower(brain, 0.1)
    records = [brainsim.engine.Record(0, "v", np.arange(70))]
    for engine in ("compiled", "brian2"):
        whole = get_engine(engine).start(network, Trial(0, 0, 0), {}, 1, 3).run(200, records=records)
        session = get_engine(engine).start(network, Trial(0, 0, 0), {}, 1, 3)
        parts = [session.run(steps, records=records).traces[0] for steps in (70, 130)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole.traces[0])
