"""How fast and how much regions respond, on spikes whose onset is known."""

import numpy as np
import pytest

from brainsim import LIF, Brain, Population, Recording, Region
from brainsim.recording import Spikes
from compare.study.physiology import WINDOW, region_physiology, response_latency

DT, STEPS = 0.5, 300


def brain(units: int) -> Brain:
    """Give a brain of one region and one population."""
    return Brain("one", [Region("V1", [Population("E", LIF(), size=units)])])


def recording(
    probability: np.ndarray, units: int = 200, stimuli: int = 12, trials: int = 2, seed: int = 0
) -> Recording:
    """Give spikes drawn step by step with a probability that changes in time."""
    random = np.random.default_rng(seed)
    steps, members, offsets = [], [], [0]
    counts = np.zeros((stimuli, trials, units), np.int32)
    for stimulus in range(stimuli):
        for trial in range(trials):
            when, which = np.nonzero(random.random((STEPS, units)) < probability[:, None])
            counts[stimulus, trial] = np.bincount(which, minlength=units)
            steps.append(when)
            members.append(which)
            offsets.append(offsets[-1] + len(when))
    spikes = Spikes(
        np.array(offsets), np.concatenate(steps).astype(np.int32), np.concatenate(members).astype(np.uint32)
    )
    return Recording(
        brain="one",
        dt=DT,
        steps=STEPS,
        stimulus_ids=tuple(range(stimuli)),
        trials=trials,
        seed=0,
        spike_counts={"V1.E": counts},
        first_steps={"V1.E": np.full(counts.shape, -1, np.int32)},
        spike_lists={"V1.E": spikes},
    )


def step_at(onset_ms: float, low: float, high: float) -> np.ndarray:
    """Give a probability a step that rises once."""
    probability = np.full(STEPS, low)
    probability[round(onset_ms / DT) :] = high
    return probability


@pytest.mark.parametrize("onset", [20.0, 50.0])
@pytest.mark.parametrize("high", [0.02, 0.1])
def test_a_step_is_found_whatever_its_height(onset: float, high: float) -> None:
    """The latency of a step is the step, at low and at high rates, above a baseline or none."""
    for low in (0.0, 0.004):
        found = response_latency(brain(200), recording(step_at(onset, low, high)), "V1")
        assert found["median_ms"] == pytest.approx(onset, abs=WINDOW)
        assert found["low_ms"] <= found["median_ms"] <= found["high_ms"]
        assert found["high_ms"] - found["low_ms"] < 2 * WINDOW


def test_a_later_step_is_later() -> None:
    """A delay of 10 ms between two regions is found to within two steps."""
    early, late = (recording(step_at(onset, 0.002, 0.05), units=1000) for onset in (30.0, 40.0))
    first, second = (response_latency(brain(1000), one, "V1")["median_ms"] for one in (early, late))
    assert second - first == pytest.approx(10.0, abs=2 * DT)


def test_what_responds_from_the_start_has_no_delay() -> None:
    """A rate that is there from the first step on has latency 0, however much it fluctuates."""
    found = response_latency(brain(200), recording(np.full(STEPS, 0.02)), "V1")
    assert (found["median_ms"], found["stimuli"]) == (0.0, 12)


def test_a_silent_region_has_no_latency() -> None:
    """Where nothing spikes there is no latency."""
    silent = response_latency(brain(5), recording(np.zeros(STEPS), units=5), "V1")
    assert silent == {"median_ms": None, "low_ms": None, "high_ms": None, "responding_share": 0.0, "stimuli": 0}


def test_rates_and_silence_are_counted() -> None:
    """The mean rate follows from probability a step; units that never spike are counted."""
    spikes = recording(np.full(STEPS, 0.01), units=50)
    spikes.spike_counts["V1.E"][:, :, :10] = 0
    found = region_physiology(brain(50), spikes, "V1")
    assert found["silent_share"] == pytest.approx(0.2)
    assert found["mean_rate_hz"] == pytest.approx(0.8 * 0.01 / (DT / 1e3), rel=0.05)
    assert found["min_rate_hz_population"] == found["max_rate_hz_population"] == found["mean_rate_hz"]
