"""The microcircuit of Potjans and Diesmann: its tables, its scaling and its activity."""

from importlib import import_module

import numpy as np
import pytest

from brainsim import Normal, Poisson, Population, analysis, atlas, simulate
from brainsim.errors import ParameterError, StimulusError

circuit = import_module("brainsim.atlas.potjans_diesmann")


def test_the_full_network_has_the_published_size():
    """77,169 neurons, 0.3 billion synapses, and the in-degrees that the connection probabilities give."""
    numbers = circuit.tables(1.0)

    assert numbers.sizes.sum() == 77_169
    assert abs(numbers.synapses.sum() - 298_880_969) < 10
    indegrees = numbers.synapses / numbers.sizes
    assert indegrees[:, 2] == pytest.approx([159.9, 34.5, 1117.2, 794.6, 32.6, 0.3, 667.3, 0], abs=0.06)
    assert indegrees[:, 4] == pytest.approx([2188.4, 374.7, 1135.6, 31.3, 420.8, 496.5, 296.7, 0], abs=0.06)
    assert not numbers.currents.any()


def test_weights_are_the_published_ones():
    """87.8 pA for 0.15 mV, twice as much from L4.E onto L23.E, four times as much inhibition."""
    weights = circuit.tables(1.0).weights

    assert weights[0, 0] == pytest.approx(87.81, abs=0.01)
    assert weights[2, 0] == pytest.approx(2 * weights[0, 0])
    assert weights[1] == pytest.approx(-4 * weights[0, 1])


@pytest.mark.parametrize("scale", [0.1, 0.2, 0.5])
def test_a_smaller_network_keeps_mean_and_variance_of_its_input(scale):
    """What fewer synapses bring is made up for by stronger ones and a current, at the rates of the full network."""
    full, small = circuit.tables(1.0), circuit.tables(scale)
    rates = np.array(circuit.FULL_RATES)

    def moments(numbers):
        spikes = numbers.synapses / numbers.sizes * rates[:, None]
        mean = (spikes * numbers.weights).sum(axis=0) + numbers.rates * numbers.external_weight
        variance = (spikes * numbers.weights**2).sum(axis=0) + numbers.rates * numbers.external_weight**2
        return 1e-3 * circuit.TAU_SYN * mean + numbers.currents, variance

    for ours, theirs in zip(moments(small), moments(full), strict=True):
        assert ours == pytest.approx(theirs, rel=0.01)


def test_constant_input_is_the_mean_of_the_spikes():
    """0.351 pA a synapse at 8 Hz, whatever the scale."""
    for scale in (0.1, 1.0):
        current, spikes = (atlas.potjans_diesmann(scale, drive).drives for drive in ("dc", "poisson"))
        extra = {one.target: one.amplitude for one in spikes if hasattr(one, "amplitude")}
        found = [one.amplitude - extra.get(one.target, 0.0) for one in current]
        assert found == pytest.approx(circuit.EXTERNAL * 0.351 * np.sqrt(scale), rel=1e-3)


def test_populations_projections_and_delays():
    """Four layers of two populations; no projection where the probability is 0; signs, delays, starting potentials."""
    brain = atlas.potjans_diesmann(0.05)

    assert tuple(brain.populations) == circuit.MICROCIRCUIT
    assert [brain.is_excitatory(name) for name in brain.populations] == [True, False] * 4
    assert len(brain.projections) == np.count_nonzero(circuit.PROBABILITIES)
    for one in brain.projections:
        excites = one.source.endswith("E")
        assert (one.weight.mean > 0) == excites
        assert one.delay == Normal(1.5 if excites else 0.75, 0.75 if excites else 0.375, low=0.1)
    assert brain.populations["L6.I"].initial["v"] == Normal(-61.43, 4.48)


def test_full_size_takes_two_and_a_half_gigabytes():
    """Estimated before anything is built."""
    assert 2.3e9 < atlas.potjans_diesmann(1.0).memory() < 2.8e9


def test_a_thalamic_volley_is_answered():
    """Layers 4 and 6 fire more within 10 ms of the pulse than in the 10 ms before."""
    brain = atlas.potjans_diesmann(0.05, thalamus=True, seed=1).replace(
        inputs={"thalamus": atlas.ThalamicPulse(onset=100, length=10)}
    )
    recording = simulate(brain, [900.0], duration=120)

    def spikes(name, start, end):
        times, _ = recording.spikes(name)
        return np.count_nonzero((times >= start) & (times < end))

    assert spikes("thalamus.relay", 0, 100) == spikes("thalamus.relay", 110, 120) == 0
    for name in ("L4.E", "L6.E"):
        assert spikes(name, 102, 112) > 2 * spikes(name, 90, 100) + 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0.001}, "scale must be between 0.01 .* and 1, got 0.001"),
        ({"scale": 2}, "scale must be between 0.01 .* and 1, got 2"),
        ({"drive": "poison"}, "drive 'poison' is unknown; did you mean 'poisson'"),
        ({"full_rates": [1, 2]}, "full_rates: must be one number or 8, got shape"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    """The message names the argument."""
    with pytest.raises(ParameterError, match=message):
        atlas.potjans_diesmann(**options)


def test_a_pulse_between_bins_is_refused():
    """Its beginning and length are whole bins, and stimuli are rates."""
    with pytest.raises(ParameterError, match="onset and length must be multiples of bin"):
        atlas.ThalamicPulse(onset=705)
    with pytest.raises(StimulusError, match=r"stimuli must be rates \(stimulus,\), got shape \(\)"):
        atlas.ThalamicPulse().rates(120.0, {"relay": Population("relay", Poisson(), 2)})


@pytest.mark.slow
def test_it_fires_as_nest_s_does():
    """At a tenth, against 2 s of NEST 3.10 on the same tables; the long statistics are evidence/potjans_diesmann.py."""
    nest = (0.495, 2.199, 4.022, 5.031, 6.799, 7.774, 0.799, 7.046)  # Hz
    recording = simulate(atlas.potjans_diesmann(0.1), duration=4500).between(500, 4500)

    rates = analysis.mean_rates(recording)
    variation = {name: np.nanmean(analysis.isi_cv(recording, name)) for name in circuit.MICROCIRCUIT}

    assert [float(rates[name]) for name in circuit.MICROCIRCUIT] == pytest.approx(nest, rel=0.12)
    assert all(0.65 < one < 1.0 for one in variation.values())


@pytest.mark.slow
def test_both_engines_expand_the_same_synapses():
    """A fiftieth of it, spike for spike, on two threads and on Brian2."""
    brain = atlas.potjans_diesmann(0.02, seed=2)
    ours, theirs = (simulate(brain, duration=30, engine=engine, threads=2) for engine in ("compiled", "brian2"))

    assert sum(len(ours.spikes(name)[0]) for name in ours.populations) > 5
    for name in ours.populations:
        for one, other in zip(ours.spikes(name), theirs.spikes(name), strict=True):
            assert np.array_equal(one, other)
