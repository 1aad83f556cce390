"""The potential that one spike evokes: course, peak, and what the step size and equal time constants do to it."""

import numpy as np
import pytest

from brainsim import (
    AMPA,
    LIF,
    AlphaCurrent,
    Brain,
    ExponentialCurrent,
    PoissonDrive,
    Population,
    Record,
    Region,
    simulate,
    theory,
)

RESTING = {"C_m": 250, "E_L": -70, "V_th": -40, "V_reset": -70}
RECEPTOR = {"exponential": ExponentialCurrent, "alpha": AlphaCurrent}
SHAPES = ["exponential", "alpha"]


def answer(shape, tau_syn, weight=100.0, dt=0.1, duration=60.0, tau_m=10.0, engine="compiled"):
    """Give the time at the end of each step, and the potentials of cells that a spike reaches at time 0."""
    receptor = RECEPTOR[shape](tau=tau_syn)
    reached = {"exponential": ("ExponentialCurrent", weight), "alpha": ("AlphaCurrent_in", np.e * weight)}[shape]
    cells = Population("x", LIF(tau_m=tau_m, **RESTING), size=np.size(tau_m), initial=dict([reached]))
    brain = Brain("one", [Region("a", [cells])], drives=[PoissonDrive("a.x", 0, receptor, 1)])
    trace = simulate(brain, duration=duration, dt=dt, record=[Record("a.x", "v")], engine=engine).trace("a.x", "v")
    return trace["time"].values, trace.values[0, 0] + 70


# Brian2's own exact step is 0/0 where the time constants are equal: its engine refuses that one.
@pytest.mark.parametrize(
    ("shape", "engine", "tau_syn"),
    [
        *((shape, "compiled", tau) for shape in SHAPES for tau in (0.5, 3.0, 10.0, 40.0)),
        ("exponential", "brian2", 0.5),
        pytest.param("alpha", "brian2", 0.5, marks=pytest.mark.slow),  # SymPy takes seconds over its step
        pytest.param("alpha", "brian2", 40.0, marks=pytest.mark.slow),
    ],
)
def test_its_course_is_that_of_theory(shape, engine, tau_syn):
    """The convolution of the current with the membrane, to rounding."""
    time, v = answer(shape, tau_syn, engine=engine)

    assert np.abs(v[:, 0] - theory.psp(LIF(tau_m=10, **RESTING), time, tau_syn, 100.0, shape)).max() < 1e-10


@pytest.mark.parametrize("shape", SHAPES)
def test_its_peak_is_where_theory_puts_it(shape):
    """Time within half a step of 1/128 ms, height to the parabola's error."""
    for tau_syn in (0.5, 10.0, 25.0):
        dt = 2.0**-7
        time, v = answer(shape, tau_syn, dt=dt)
        peak = theory.psp_peak(LIF(tau_m=10, **RESTING), tau_syn, 100.0, shape)

        assert abs(time[v.argmax()] - peak.time) <= 0.51 * dt
        assert v.max() == pytest.approx(peak.height, rel=1e-4)
        assert v.max() <= peak.height * (1 + 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_does_not_depend_on_the_step(shape):
    """Eight step sizes give the same potential at whole milliseconds, up to the rounding of their steps."""
    found = []
    for power in range(8):
        dt = 2.0**-power
        _, v = answer(shape, 2.0, dt=dt, duration=32)
        found.append(v[2**power - 1 :: 2**power, 0])

    assert np.ptp(found, axis=0).max() <= 4 * 32 * 2**7 * np.finfo(float).eps * 70


@pytest.mark.parametrize("shape", SHAPES)
def test_equal_time_constants_are_a_limit_and_no_gap(shape):
    """Membranes whose time constant differs from the current's by 1 to 1e-10 ms, on either side: all meet theory."""
    apart = 10.0 ** -np.arange(11)
    tau_m = 10 + np.concatenate([-apart, [0.0], apart])
    time, v = answer(shape, 10.0, tau_m=tau_m)
    expected = np.stack([theory.psp(LIF(tau_m=one, **RESTING), time, 10.0, 100.0, shape) for one in tau_m], axis=1)

    assert np.isfinite(v).all()
    assert np.abs(v - expected).max() < 1e-9


def test_a_small_conductance_is_a_current():
    """The potential is that of the current weight (E_rev - E_L), off by a share that halves with the weight."""
    dt, tau_syn, errors = 2.0**-8, 3.0, []
    for weight in (0.2, 0.1, 0.05):
        cell = LIF(tau_m=10, **RESTING)
        cells = Population("x", cell, size=1, initial={"AMPA": weight})
        brain = Brain("one", [Region("a", [cells])], drives=[PoissonDrive("a.x", 0, AMPA(tau=tau_syn, E_rev=0), 1)])
        trace = simulate(brain, duration=40, dt=dt, record=[Record("a.x", "v")]).trace("a.x", "v")
        v, time = trace.values[0, 0, :, 0] + 70, trace["time"].values
        peak = theory.psp_peak(cell, tau_syn, weight * 70)
        errors.append(v.max() / peak.height - 1)
        assert time[v.argmax()] == pytest.approx(peak.time, rel=0.01)

    # exponential Euler holds the conductance during a step, which adds the same small share to each
    held = errors[2] - (errors[1] - errors[2])
    assert abs(held) < 0.5 * dt
    assert (errors[0] - held) / (errors[1] - held) == pytest.approx(2, rel=0.05)
    assert -0.02 < errors[0] < 0
