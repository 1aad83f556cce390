"""Drives through the public names: what they are, how they add up, what is refused."""

from dataclasses import replace

import brian2
import numpy as np
import pytest

from brainsim import (
    AMPA,
    LIF,
    Brain,
    CurrentDrive,
    Delta,
    Equations,
    ExponentialCurrent,
    OrnsteinUhlenbeckDrive,
    Poisson,
    PoissonDrive,
    Population,
    Record,
    Region,
    SpikeDrive,
    simulate,
)
from brainsim.drives.drive import CURRENT
from brainsim.encoders import Rate
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError

CELL = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=2)


def driven(*drives, size=3, cell=CELL):
    """Give a population with these drives."""
    return Brain("driven", [Region("a", [Population("x", cell, size=size)])], drives=drives)


def trace(brain, variable="v", duration=20, dt=0.1, engine="compiled"):
    """Give a variable of all units at the end of each step, (sample, unit)."""
    recording = simulate(brain, duration=duration, dt=dt, record=[Record("a.x", variable)], engine=engine)
    return recording.trace("a.x", variable).values[0, 0]


def every_drive():
    """Give a brain with a drive of every kind, several on one variable."""
    rng = np.random.default_rng(0)
    return driven(
        CurrentDrive("a.x", 60, start=2, stop=15),
        CurrentDrive("a.x", rng.uniform(-20, 60, (6, 3)), bin=3),
        OrnsteinUhlenbeckDrive("a.x", 40, [10, 50, 90], tau=3),
        PoissonDrive("a.x", rng.uniform(0, 4000, (4, 3)), ExponentialCurrent(2), 25, bin=5),
        PoissonDrive("a.x", 300, Delta(), 1),
        SpikeDrive("a.x", [1, 4.25, 4.29, 30], [0, 1, 1, 2], AMPA(), 8),
    )


def test_both_engines_play_all_drives_alike():
    """Spikes are the same, and so is the sum of the currents to the last bit."""
    brain, records = every_drive(), [Record("a.x", name) for name in ("v", CURRENT, "AMPA")]
    ours, theirs = (simulate(brain, duration=60, record=records, engine=name) for name in ("compiled", "brian2"))

    assert np.array_equal(ours.spikes("a.x")[0], theirs.spikes("a.x")[0])
    assert len(ours.spikes("a.x")[0]) > 5
    assert np.array_equal(ours.trace("a.x", CURRENT).values, theirs.trace("a.x", CURRENT).values)
    assert np.allclose(ours.trace("a.x").values, theirs.trace("a.x").values, rtol=0, atol=1e-9)


def test_a_brain_with_drives_is_saved_and_loaded(tmp_path):
    """From a file it does what it did."""
    brain = every_drive()
    brain.save(tmp_path / "brain.zip")
    loaded = Brain.load(tmp_path / "brain.zip")

    assert np.array_equal(trace(loaded, CURRENT), trace(brain, CURRENT))


def test_currents_add_up():
    """Two drives are one of their sum, in the membrane as in the record."""
    two = driven(CurrentDrive("a.x", 30), CurrentDrive("a.x", [10, 20, 40]))
    one = driven(CurrentDrive("a.x", [40, 50, 70]))

    assert np.allclose(trace(two), trace(one), rtol=0, atol=1e-11)
    assert np.allclose(trace(two, CURRENT), [[40, 50, 70]], rtol=1e-14)


def test_a_current_flows_from_start_to_stop():
    """It is there in the steps from start to before stop, and a waveform's bins begin at start."""
    step = trace(driven(CurrentDrive("a.x", 50, start=3, stop=8)), CURRENT)[:, 0]
    wave = trace(driven(CurrentDrive("a.x", [1, 2, 3], bin=2, start=3)), CURRENT)[:, 0]
    time = np.arange(200) * 0.1 + 1e-9

    assert np.allclose(step, np.where((time >= 3) & (time < 8), 50, 0))
    assert np.allclose(wave, np.select([time < 3, time < 5, time < 7], [0, 1, 2], 3))


def test_listed_spikes_arrive_in_the_step_that_holds_them():
    """Two spikes of one unit within a step count twice; a weight can be each spike's own."""
    drive = SpikeDrive("a.x", [1.0, 2.35, 2.39, 1.0], [0, 1, 1, 2], ExponentialCurrent(5), [10, 20, 30, 40])
    current = trace(driven(drive), "ExponentialCurrent")

    assert np.flatnonzero(current[:, 0])[0] == np.flatnonzero(current[:, 2])[0] == 10
    assert current[10, [0, 2]].tolist() == pytest.approx([10, 40])
    assert np.flatnonzero(current[:, 1])[0] == 23
    assert current[23, 1] == pytest.approx(50)
    assert current[33, 1] == pytest.approx(50 * np.exp(-1 / 5))


def test_the_peak_of_a_listed_spike_is_its_weight():
    """The weight of a receptor with a rise is its peak, as for a synapse."""
    from brainsim import AlphaCurrent

    current = trace(driven(SpikeDrive("a.x", [0.0], 0, AlphaCurrent(tau=2), 70)), "AlphaCurrent")[:, 0]

    assert current.max() == pytest.approx(70, rel=1e-3)
    assert abs(current.argmax() - 20) <= 1


def test_fluctuations_differ_between_units_trials_and_seeds_only():
    """Each unit and each trial has its own, and the same one in any company."""
    noise = OrnsteinUhlenbeckDrive("a.x", 0, 10, tau=5)
    alone = driven(noise)
    larger = driven(noise, PoissonDrive("a.x", 100, Delta(), 0.1), size=100)
    record = [Record("a.x", CURRENT)]
    values = simulate(alone, duration=5, trials=2, record=record).trace("a.x", CURRENT).values[0]

    assert np.array_equal(trace(larger, CURRENT, 5)[:, :3], values[0])
    assert not np.isclose(values[0], values[1]).any()
    assert not np.isclose(values[0, :, 0], values[0, :, 1]).any()
    again = simulate(alone, duration=5, seed=1, record=record).trace("a.x", CURRENT).values[0, 0]
    assert not np.isclose(values[0], again).any()


def test_a_rate_given_bin_by_bin_is_that_rate():
    """Constant bins give, event for event, what one number gives; so does a column for all units."""
    rates = [PoissonDrive("a.x", 900, AMPA(), 1), PoissonDrive("a.x", [900, 900], AMPA(), 1, bin=5)]
    rates.append(PoissonDrive("a.x", np.full((3, 3), 900.0), AMPA(), 1, bin=4))
    traces = [trace(driven(one), "AMPA") for one in rates]

    assert np.array_equal(traces[0], traces[1])
    assert np.array_equal(traces[0], traces[2])


def test_brian2_quantities_are_taken():
    """They are converted, and checked for their dimension."""
    b = brian2
    drive = CurrentDrive("a.x", [0.1, 0.2] * b.nA, bin=1 * b.ms, start=0.002 * b.second)
    noise = OrnsteinUhlenbeckDrive("a.x", 0.05 * b.nA, 10 * b.pA, 5000 * b.usecond)
    spikes = SpikeDrive("a.x", [0.001, 0.002] * b.second, 0, AMPA(), 3 * b.nS)

    assert (drive.amplitude.tolist(), drive.bin, drive.start) == ([100, 200], 1, 2)
    assert (noise.mean, noise.sigma, noise.tau) == (50, 10, 5)
    assert (spikes.times.tolist(), spikes.weight) == ([1, 2], 3)
    assert PoissonDrive("a.x", [[1, 2]] * b.kHz, AMPA(), 1, bin=1).rate.tolist() == [[1000, 2000]]
    with pytest.raises(ParameterError, match=r"amplitude: must be in pA, got 5\.? mV"):
        CurrentDrive("a.x", 5 * b.mV)


def test_a_drive_does_not_change_with_somebodys_array():
    """It keeps a copy that cannot be written to, and can be made anew from its own fields."""
    values = np.ones((2, 3))
    drive = CurrentDrive("a.x", values, bin=1)
    values[:] = 5

    assert drive.amplitude.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        drive.amplitude[0] = 2
    assert np.array_equal(replace(drive, target="a.y").amplitude, drive.amplitude)


def test_the_sum_of_currents_can_be_recorded_where_there_is_one():
    """A population without currents from outside has no such variable; nobody can set where it begins."""
    with pytest.raises(UnknownNameError, match="I_drive"):
        trace(driven(PoissonDrive("a.x", 1, AMPA(), 1)), CURRENT)
    with pytest.raises(UnknownNameError, match="I_drive"):
        Brain(
            "b",
            [Region("a", [Population("x", CELL, size=1, initial={"I_drive": 1})])],
            drives=[CurrentDrive("a.x", 1)],
        )


def sources():
    """Give a brain whose population is a source."""
    return Brain(
        "s",
        [Region("a", [Population("x", Poisson(), size=3)])],
        drives=[CurrentDrive("a.x", 1)],
        inputs={"a": Rate()},
    )


NO_CURRENT = Equations(
    "dv/dt = (E - v) / tau : volt", threshold="v > E", reset="v = E", parameters={"E": (0, "mV"), "tau": (5, "ms")}
)
TAKEN = Equations(
    "dv/dt = (E - v) / tau + (I_drive + I_syn) / C : volt",
    threshold="v > E",
    reset="v = E",
    parameters={"E": (0, "mV"), "tau": (5, "ms"), "C": (1, "pF"), "I_drive": (1, "pA")},
)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: CurrentDrive(3, 1), KindError, "CurrentDrive.target: must be a population's name, got 3"),
        (lambda: CurrentDrive("a.x", np.nan), ParameterError, r"CurrentDrive\('a.x'\).amplitude: must be finite"),
        (lambda: CurrentDrive("a.x", "1"), KindError, "amplitude: must be a number in pA, got '1'"),
        (
            lambda: CurrentDrive("a.x", np.ones((2, 3))),
            ParameterError,
            r"got shape \(2, 3\); values .* need bin= in ms",
        ),
        (lambda: CurrentDrive("a.x", [[1.0], [1.0, 2]]), KindError, "rows of different lengths"),
        (
            lambda: CurrentDrive("a.x", 1, bin=5),
            ParameterError,
            r"must be \(bin\) or \(bin, unit\) where bin= is given",
        ),
        (
            lambda: CurrentDrive("a.x", [1], bin=0),
            ParameterError,
            r"CurrentDrive\('a.x'\).bin: must be positive, got 0",
        ),
        (lambda: CurrentDrive("a.x", 1, start=-1), ParameterError, "start: must not be negative, got -1 ms"),
        (lambda: CurrentDrive("a.x", 1, start=5, stop=5), ParameterError, "stop: must be after start, got 5 ms and 5"),
        (lambda: OrnsteinUhlenbeckDrive("a.x", 1, -1, 5), ParameterError, "sigma: must not be negative, got -1 pA"),
        (lambda: OrnsteinUhlenbeckDrive("a.x", 1, 1, 0), ParameterError, "tau: must be positive, got 0 ms"),
        (lambda: OrnsteinUhlenbeckDrive("a.x", np.inf, 1, 1), ParameterError, "mean: must be finite, got inf pA"),
        (lambda: PoissonDrive("a.x", -5, AMPA(), 1), ParameterError, "rate: must not be negative, got -5 Hz"),
        (lambda: PoissonDrive("a.x", 1e13, AMPA(), 1), ParameterError, "rate: must be at most 1e.12 Hz, got 1e.13 Hz"),
        (lambda: PoissonDrive("a.x", 5, "AMPA", 1), KindError, "receptor: must be a receptor such as AMPA"),
        (lambda: PoissonDrive("a.x", 5, AMPA(), -1), ParameterError, "weight: must not be negative, got -1 nS"),
        (lambda: SpikeDrive("a.x", [-1], 0, AMPA(), 1), ParameterError, "times: must not be negative, got -1 ms"),
        (lambda: SpikeDrive("a.x", 5.0, 0, AMPA(), 1), KindError, "times: must be a list of times in ms, got 5.0"),
        (
            lambda: SpikeDrive("a.x", [1, 2], [0], AMPA(), 1),
            ParameterError,
            "units: must be one number or 2, got shape",
        ),
        (lambda: SpikeDrive("a.x", [1], [0.5], AMPA(), 1), KindError, "units: must be unit numbers, got"),
        (lambda: SpikeDrive("a.x", [1], [-2], AMPA(), 1), ParameterError, "units: must not be negative, got -2"),
        (lambda: SpikeDrive("a.x", [1], 0, AMPA(), [1, 2]), ParameterError, "weight: must be one number or 1"),
        (lambda: driven(CurrentDrive("a.y", 1)), UnknownNameError, r"CurrentDrive\('a.y'\): there is no population"),
        (lambda: driven(CurrentDrive("a.x", [1, 2])), ModelError, "amplitude: 2 values for 3 units"),
        (lambda: driven(CurrentDrive("a.x", [[1, 2]], bin=1)), ModelError, "amplitude: 2 values for 3 units"),
        (lambda: driven(OrnsteinUhlenbeckDrive("a.x", [1], 1, 1)), ModelError, "mean: 1 values for 3 units"),
        (lambda: driven(OrnsteinUhlenbeckDrive("a.x", 1, [1], 1)), ModelError, "sigma: 1 values for 3 units"),
        (lambda: driven(SpikeDrive("a.x", [1], 3, AMPA(), 1)), ModelError, "unit 3, but a.x has 0 to 2"),
        (
            lambda: driven(CurrentDrive("a.x", 1), cell=NO_CURRENT),
            ModelError,
            "the equations of Equations do not use I_",
        ),
        (lambda: driven(CurrentDrive("a.x", 1), cell=TAKEN), ModelError, "has a variable 'I_drive' already"),
        (sources, ModelError, r"CurrentDrive\('a.x'\): a.x holds sources, which receive nothing"),
        (lambda: AMPA(name="I_drive"), ParameterError, "'I_drive' cannot name a variable"),
        (
            lambda: trace(driven(CurrentDrive("a.x", [1, 2], bin=0.25))),
            ParameterError,
            "bin: must be a whole number of s",
        ),
        (
            lambda: trace(driven(CurrentDrive("a.x", 1, start=0.05))),
            ParameterError,
            "start: must be a whole number of st",
        ),
        (
            lambda: trace(driven(CurrentDrive("a.x", 1, stop=0.05))),
            ParameterError,
            "stop: must be a whole number of ste",
        ),
    ],
)
def test_drives_that_cannot_be_are_refused(build, error, message):
    """The message names the drive, its target, the value and often the remedy."""
    with pytest.raises(error, match=message):
        build()
