"""Receptors against theory: the magnesium block, peaks, and equal time constants."""

import numpy as np
import pytest

import brainsim
from brainsim import LIF, NMDA, AlphaCurrent, Brain, PoissonDrive, Population, Record, Region

EPS = np.finfo(float).eps


def cell_with(model, receptor, size=1, **initial):
    """Make a population on which a receptor lies, in a given state, without input."""
    population = Population("E", model, size=size, initial=initial)
    return Brain("one", [Region("c", [population])], drives=[PoissonDrive("c.E", 0, receptor, 1)])


@pytest.mark.parametrize("magnesium", [0.0, 0.5, 1.0, 2.0])
def test_magnesium_blocks_as_jahr_and_stevens_measured(magnesium):
    """The current at a held potential is g (E - v) / (1 + [Mg] / 3.57 exp(-0.062 v)): read off the first step of v."""
    potentials = np.linspace(-90, 40, 27)
    held = LIF(C_m=1e6, tau_m=1e12, E_L=0, V_th=1e6, t_ref=0, method="euler")
    # With such a capacitance v barely moves, and moves in proportion to the current.
    brain = cell_with(held, NMDA(Mg=magnesium), len(potentials), v=potentials, NMDA=100.0, NMDA_in=100.0)
    recording = brainsim.simulate(brain, duration=0.1, dt=0.1, record=[Record("c.E", "v")])
    moved = recording.traces["c.E", "v"].values[0, 0, 0] - potentials
    current = moved / 0.1 * 1e6  # pF mV / ms = pA
    theory = 100 * -potentials / (1 + magnesium / 3.57 * np.exp(-0.062 * potentials))

    assert np.allclose(current, theory, rtol=1e-6, atol=1e-2)


def test_half_of_the_channels_are_free_at_minus_twenty():
    """At 1 mM the block is one half where exp(-0.062 v) = 3.57, at -20.5 mV."""
    v = -np.log(3.57) / 0.062
    assert v == pytest.approx(-20.5, abs=0.05)
    assert 1 / (1 + 1 / 3.57 * np.exp(-0.062 * v)) == pytest.approx(0.5)


def alpha_potential(times, tau_m, tau_s, weight, capacitance):
    """Give v - E_L (mV) after one alpha current of peak `weight` (pA), with 60 digits."""
    import mpmath

    with mpmath.workdps(60):
        tau_m, tau_s = mpmath.mpf(tau_m), mpmath.mpf(tau_s)
        rate = 1 / tau_s - 1 / tau_m
        scale = weight * mpmath.e / capacitance / tau_s
        values = []
        for time in map(mpmath.mpf, times):
            shape = time**2 / 2 if rate == 0 else (1 - mpmath.exp(-rate * time) * (1 + rate * time)) / rate**2
            values.append(float(scale * mpmath.exp(-time / tau_m) * shape))
    return np.array(values)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("difference", [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 0.0])
def test_an_alpha_current_as_slow_as_the_membrane(difference, side):
    """tau_syn -> tau_m from both sides, down to 1e-10 ms and 0: theory to within 4 roundings a step."""
    tau_m, capacitance, weight, steps = 10.0, 250.0, 60.0, 1000
    cell = LIF(C_m=capacitance, tau_m=tau_m, E_L=-70, V_th=0)
    receptor = AlphaCurrent(tau_m + side * difference)
    brain = cell_with(cell, receptor, AlphaCurrent_in=weight * receptor.gain)
    recording = brainsim.simulate(brain, duration=100, record=[Record("c.E", "v"), Record("c.E", "AlphaCurrent")])
    v, current = (recording.traces["c.E", name].values[0, 0, :, 0] for name in ("v", "AlphaCurrent"))
    sampled = np.arange(9, steps, 45)
    theory = alpha_potential((sampled + 1) * 0.1, tau_m, receptor.tau, weight, capacitance)

    assert np.abs(v[sampled] + 70 - theory).max() <= 4 * steps * EPS * 70
    assert current.max() == pytest.approx(weight, rel=1e-4)
    assert np.argmax(current) == pytest.approx(receptor.tau / 0.1 - 1, abs=1)
