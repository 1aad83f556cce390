"""One cell in NEST and here: the same potentials, and spikes where the conventions say they must be."""

import warnings

import numpy as np
import pytest

from brainsim import (
    LIF,
    AlphaCurrent,
    Brain,
    Delta,
    ExponentialCurrent,
    Population,
    Record,
    Region,
    SpikeDrive,
    simulate,
)

CELL = {"C_m": 250.0, "tau_m": 10.0, "E_L": -70.0, "V_th": -55.0, "V_reset": -65.0, "t_ref": 2.0}
DT = 0.1


@pytest.fixture
def nest():
    """Give NEST with a fresh kernel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pytest.importorskip("nest", reason="NEST is not installed")
        found.ResetKernel()
        found.verbosity = found.VerbosityLevel.ERROR
        found.resolution = DT
        yield found


def one(cell, **initial):
    """Give a brain of one cell."""
    return Brain("one", [Region("a", [Population("x", cell, size=1, initial=initial)])])


def test_constant_drive(nest):
    """NEST stamps the end of a step and stands still for all of t_ref: first spike and intervals a step later."""
    cell = {**CELL, "E_L": -50.0}
    neuron, recorder = nest.Create("iaf_psc_exp", params={**cell, "V_m": -65.0}), nest.Create("spike_recorder")
    nest.Connect(neuron, recorder)
    nest.Simulate(300.0)
    theirs = np.asarray(recorder.events["times"])
    ours, _ = simulate(one(LIF(**cell), v=-65), duration=300, dt=DT).spikes("a.x")
    theory = 2 + 10 * np.log(15 / 5)

    assert theirs[0] - ours[0] == pytest.approx(DT)
    assert np.diff(ours) == pytest.approx(np.full(ours.size - 1, np.floor(theory / DT) * DT))
    assert np.diff(theirs) == pytest.approx(np.full(theirs.size - 1, np.ceil(theory / DT) * DT))


@pytest.mark.parametrize(
    ("model", "extra", "receptor", "weight"),
    [
        ("iaf_psc_exp", {"tau_syn_ex": 2.0}, ExponentialCurrent(tau=2), 300.0),
        ("iaf_psc_alpha", {"tau_syn_ex": 2.0}, AlphaCurrent(tau=2), 300.0),
        ("iaf_psc_alpha", {"tau_syn_ex": 10.0}, AlphaCurrent(tau=10), 100.0),
        ("iaf_psc_delta", {}, Delta(), 1.5),
    ],
)
def test_a_postsynaptic_potential(nest, model, extra, receptor, weight):
    """Three spikes through a synapse: the same course of the potential, to rounding."""
    times = [1.0, 3.7, 20.0]
    neuron = nest.Create(model, params={**CELL, **extra, "V_m": -70.0})
    spikes = nest.Create("spike_generator", params={"spike_times": times})
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": DT})
    nest.Connect(spikes, neuron, syn_spec={"weight": weight, "delay": 1.0})
    nest.Connect(meter, neuron)
    nest.Simulate(60.0)
    theirs = np.asarray(meter.events["V_m"])
    drive = SpikeDrive("a.x", times, [0, 0, 0], receptor, weight)
    brain = one(LIF(**CELL)).replace(drives=[drive])
    ours = simulate(brain, duration=60, dt=DT, record=[Record("a.x", "v")]).trace("a.x", "v").values[0, 0, :, 0]
    begins = [int(np.flatnonzero(np.abs(course + 70) > 1e-12)[0]) for course in (ours, theirs)]
    length = 550

    assert ours[begins[0] :][:length] == pytest.approx(theirs[begins[1] :][:length], abs=1e-9)
    assert ours.max() > -69.5
