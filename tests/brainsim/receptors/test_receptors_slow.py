"""Receptors that rise before they decay."""

import numpy as np
import pytest

import brainsim
from brainsim import AMPA, GABA_B, LIF, NMDA, AlphaCurrent, Brain, PoissonDrive, Population, Projection, Region, wiring
from brainsim.errors import KindError, ModelError, ParameterError

QUIET = LIF(V_th=1000)


@pytest.mark.parametrize(
    "receptor", [NMDA(), NMDA(0.5, 40), GABA_B(), GABA_B(1, 1.0001), AlphaCurrent(), AlphaCurrent(0.3)]
)
def test_a_spike_peaks_at_the_weight(receptor):
    """The conductance or current after one arrival, integrated, is largest at the weight, and never above it."""
    times = np.linspace(0, 500, 2_000_001)
    if isinstance(receptor, AlphaCurrent):
        shape = times / receptor.tau * np.exp(-times / receptor.tau)
    else:
        rise, decay = receptor.tau_rise, receptor.tau_decay
        shape = (np.exp(-times / decay) - np.exp(-times / rise)) * decay / (decay - rise)

    assert receptor.gain * shape.max() == pytest.approx(1, abs=1e-6)
    assert receptor.arrival == f"{receptor.variable}_in"
    assert dict.fromkeys([receptor.variable, receptor.arrival], receptor.weight_unit) == receptor.state_units


@pytest.mark.parametrize("receptor", [NMDA(name="slow"), GABA_B(), AlphaCurrent(), AMPA()])
def test_weights_of_drives_and_projections_reach_the_arrival(receptor):
    """A weight of 2 is a peak of 2, through a synapse of a projection and from a given initial value."""
    source = LIF(V_th=-60, V_reset=-70)
    parts = [Population("in", source, size=1, initial={"v": -50}), Population("out", QUIET, size=1)]
    once = Projection("c.in", "c.out", wiring.all_to_all(), receptor, weight=2, delay=1)
    one = Brain("pair", [Region("c", parts)], [once])
    record = [brainsim.Record("c.out", receptor.variable)]
    recording = brainsim.simulate(one, duration=300, record=record)

    assert recording.counts()["c.in"].item() == 1
    assert recording.traces["c.out", receptor.variable].values.max() == pytest.approx(2, rel=2e-3)
    started = Brain(
        "one",
        [Region("c", [Population("out", QUIET, size=1, initial={receptor.arrival: 2 * receptor.gain})])],
        drives=[PoissonDrive("c.out", 0, receptor, 1)],
    )
    again = brainsim.simulate(started, duration=300, record=record)
    assert again.traces["c.out", receptor.variable].values.max() == pytest.approx(2, rel=2e-2)


def test_lesions_keep_what_is_still_there():
    """A receptor's second variable goes with it; a model's own variables stay."""
    cell = brainsim.AdEx()
    regions = [
        Region("a", [Population("E", LIF(), size=2)]),
        Region("b", [Population("E", cell, size=2, initial={"w": 3, "NMDA_in": 1, "AMPA": 2})]),
    ]
    projections = [
        Projection("a.E", "b.E", wiring.all_to_all(), NMDA()),
        Projection("b.E", "b.E", wiring.all_to_all(), AMPA()),
    ]

    assert Brain("two", regions, projections).without("a").populations["b.E"].initial == {"w": 3, "AMPA": 2}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: NMDA(tau_rise=0), ParameterError, "NMDA.tau_rise: must be positive, got 0 ms"),
        (lambda: NMDA(tau_rise=100), ParameterError, "NMDA.tau_rise: must be below tau_decay, got 100 ms and 100 ms"),
        (lambda: NMDA(Mg=-1), ParameterError, "NMDA.Mg: must not be negative, got -1"),
        (lambda: NMDA(name="theta"), ParameterError, "NMDA.name: 'theta' cannot name a variable"),
        (lambda: GABA_B(tau_decay=-1), ParameterError, "GABA_B.tau_decay: must be positive"),
        (lambda: GABA_B(E_rev=np.nan), ParameterError, "GABA_B.E_rev: must be finite"),
        (lambda: AlphaCurrent(tau="fast"), KindError, "AlphaCurrent.tau: must be a number in ms"),
        (lambda: AlphaCurrent(name="xi"), ParameterError, "AlphaCurrent.name: .*'xi' has a meaning already"),
    ],
)
def test_receptors_that_cannot_be_are_refused(build, error, message):
    """The message names the parameter and the value."""
    with pytest.raises(error, match=message):
        build()


def test_variables_of_two_receptors_must_not_meet():
    """A receptor called as another one's second variable is refused."""
    drives = [PoissonDrive("c.E", 1, NMDA(), 1), PoissonDrive("c.E", 1, AMPA(name="NMDA_in"), 1)]
    with pytest.raises(ModelError, match="would name 'NMDA_in' a second time"):
        Brain("one", [Region("c", [Population("E", LIF(), size=1)])], drives=drives)
