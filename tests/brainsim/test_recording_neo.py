"""Neo and Elephant see what the recording holds."""

import builtins

import elephant.conversion
import elephant.statistics
import neo
import numpy as np
import pytest
import quantities as pq
from made_recordings import recording_of

from brainsim import analysis
from brainsim.errors import ModelError
from brainsim.recording import Trace
from isocortex.errors import MissingExtraError


@pytest.fixture(scope="module")
def recording():
    """Give Poisson units and a clock in two populations, two stimuli and two trials, beginning at 500 ms."""
    generator = np.random.default_rng(3)
    trials = [[np.flatnonzero(generator.random(4000) < p) for p in (0.01, 0.02, 0.05)] for _ in range(4)]
    clocks = [[range(trial, 4000, 50)] for trial in range(4)]
    return recording_of(
        {"a.E": trials, "b.I": clocks}, steps=4000, trials=2, start_step=1000,
        traces={("a.E", "v"): Trace(np.arange(32.0).reshape(2, 2, 4, 2), np.array([0, 2]), 10, "mV", 5)},
        synapse_traces={("p", "w"): Trace(np.ones((2, 2, 3, 2)), np.array([7, 9]), 10, "nS")},
    )  # fmt: skip


def test_a_block_has_a_segment_a_trial(recording):
    """Annotated with what was shown, and from the start to the end of the recording."""
    block = recording.to_neo()

    assert [(one.annotations["stimulus_id"], one.annotations["trial"]) for one in block.segments] == [
        (0, 0), (0, 1), (1, 0), (1, 1)
    ]  # fmt: skip
    assert block.segments[0].t_start == 500 * pq.ms
    assert block.segments[0].t_stop == 2500 * pq.ms


def test_every_unit_has_its_spike_train(recording):
    """In ms, with its population and number, whichever way Neo is asked."""
    segment = recording.to_neo().segments[3]
    channels, times = segment.spiketrains.multiplexed
    clock = segment.filter(targdict={"population": "b.I"}, objects=neo.SpikeTrain)

    assert len(segment.spiketrains) == 4
    assert len(times) == sum(recording.spikes(name, 1, 1)[0].size for name in ("a.E", "b.I"))
    assert np.array_equal(clock[0].times.rescale("ms").magnitude, recording.spikes("b.I", 1, 1)[0])
    for unit, train in enumerate(recording.spike_trains("a.E", 1, 1)):
        assert np.array_equal(segment.spiketrains[unit].magnitude, train)
        assert segment.spiketrains[unit].annotations["unit"] == unit
        assert (channels == unit).sum() == len(train)


def test_traces_are_signals_with_units(recording):
    """Values, times, units, and whose they are."""
    potential, weights = recording.to_neo().segments[1].analogsignals

    assert potential.units == pq.mV
    assert np.array_equal(potential.magnitude, recording.trace("a.E")[0, 1])
    assert potential.times.rescale("ms").magnitude == pytest.approx(recording.trace("a.E")["time"].values)
    assert potential.array_annotations["unit"].tolist() == [0, 2]
    assert potential.annotations["population"] == "a.E"
    assert weights.units == pq.nS
    assert weights.array_annotations["synapse"].tolist() == [7, 9]


def test_elephant_agrees_with_ours(recording):
    """Rates, variations of intervals, Fano factors and histograms, to rounding."""
    block = recording.to_neo()
    trains = block.segments[0].spiketrains[:3]
    one = recording.select(stimuli=0, trials=0)

    rates = [elephant.statistics.mean_firing_rate(train).rescale("Hz").item() for train in trains]
    variations = [elephant.statistics.cv(elephant.statistics.isi(train)) for train in trains]
    histogram = elephant.statistics.time_histogram(trains, 5 * pq.ms).magnitude.ravel()

    assert one.rates()["a.E"].values.ravel() == pytest.approx(rates)
    assert analysis.isi_cv(one, "a.E") == pytest.approx(variations)
    assert one.binned(5)["a.E"].sum("unit").values.ravel() == pytest.approx(histogram)


def test_without_neo_the_extra_is_named(recording, monkeypatch):
    """The message says what to install."""
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "neo":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(MissingExtraError, match=r"pip install 'isocortex\[neo\]'"):
        recording.to_neo()


def test_counts_alone_make_no_spike_trains(recording):
    """There is nothing to hand over."""
    import dataclasses

    with pytest.raises(ModelError, match=r"to_neo: only counts were kept"):
        dataclasses.replace(recording, spike_lists=None).to_neo()
