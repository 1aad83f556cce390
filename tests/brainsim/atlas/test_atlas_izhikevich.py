"""Izhikevich's network of 2003: its parts, its rhythms, and the same spikes on both engines."""

import numpy as np
import pytest

import brainsim
from brainsim import analysis


@pytest.fixture(scope="module")
def brain():
    """One individual."""
    return brainsim.atlas.izhikevich(seed=0)


def test_its_neurons_are_the_published_ones(brain):
    """Parameters lie on the published curves: c and d share a neuron's r, and so do a and b."""
    excitatory, inhibitory = (
        brain.populations[name].model.draw(size, 0) for name, size in (("cortex.E", 800), ("cortex.I", 200))
    )
    squared = (excitatory["c"][0] + 65) / 15
    r = (inhibitory["a"][0] - 0.02) / 0.08

    assert np.allclose(excitatory["d"][0], 8 - 6 * squared)
    assert np.allclose(inhibitory["b"][0], 0.25 - 0.05 * r)
    for share in (np.sqrt(squared), r):
        assert abs(share.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(share))
        assert 0 <= share.min() < share.max() <= 1
    assert (excitatory["noise"][0], inhibitory["noise"][0], inhibitory["d"][0]) == (5.0, 2.0, 2.0)
    assert [brain.is_excitatory(name) for name in ("cortex.E", "cortex.I")] == [True, False]


def test_it_falls_into_an_alpha_and_a_gamma_rhythm(brain):
    """Mean rate about 9 Hz; the power of the population's rate peaks near 9 and 29 Hz, far above independent units."""
    recording = brainsim.simulate(brain, duration=6000, dt=1)
    rates = analysis.mean_rates(recording)
    power = analysis.power_spectrum(recording, ["cortex.E", "cortex.I"], bin_width=1, segment=500)
    frequency, level = power.frequency.values, power.attrs["poisson_level"]
    alpha, gamma = ((frequency >= low) & (frequency <= high) for low, high in ((7, 12), (25, 45)))
    between, above = ((frequency >= low) & (frequency <= high) for low, high in ((14, 18), (70, 100)))

    assert all(7 < rates[name] < 11 for name in ("cortex.E", "cortex.I"))
    for band in (alpha, gamma):
        assert power.values[band].max() > 20 * level
        assert power.values[band].max() > 1.5 * power.values[between].mean()
    assert power.values[above].max() < 10 * level


def test_both_engines_give_the_same_spikes(brain):
    """200 ms, 1000 neurons, a million synapses, noise: identical spikes."""
    compiled, reference = (
        brainsim.simulate(brain, duration=200, dt=1, engine=engine) for engine in ("compiled", "brian2")
    )
    for name in ("cortex.E", "cortex.I"):
        ours, theirs = (one.spikes(name, stimulus=0, trial=0) for one in (compiled, reference))
        assert len(ours[0]) > 100
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])
