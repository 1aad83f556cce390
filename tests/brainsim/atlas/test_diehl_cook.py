"""Diehl and Cook's network: its wiring and competition, and that a small one learns digits."""

import numpy as np
import pytest

import brainsim
from brainsim import LearningHistory, Repeat, atlas, frozen, learn, simulate
from brainsim.lower import lower

LESSON = {"duration": 350.0, "rest": 150.0, "dt": 0.5}


def test_wiring_and_weights_are_the_authors():
    """Pixels onto all, one inhibitory neuron each, which reaches all others; a size of its own scales the total."""
    brain = atlas.diehl_cook(10, pixels=98, seed=3)
    pixels, inward, back = (one.connections.expand() for one in lower(brain, 0.5).projections)
    assert (pixels.synapses, inward.synapses, back.synapses) == (980, 10, 90)
    assert 1 <= pixels.delays.min() <= pixels.delays.max() <= 20
    assert 0.003e-9 <= pixels.weights.min() <= pixels.weights.max() <= 0.303e-9
    assert np.all(np.repeat(np.arange(10), 9) != back.targets)
    assert brain.projections[0].normalization.total == pytest.approx(9.75)


def test_neurons_compete():
    """Ten times as many spikes without inhibition; and no neuron spikes twice within 50 ms."""
    brain = atlas.diehl_cook(20, pixels=100)
    image = np.random.default_rng(0).random((1, 100))
    alone = brain.replace(projections=brain.projections[:2])
    with_others, without = (simulate(frozen(one), image, 1000, dt=0.5) for one in (brain, alone))
    assert 10 < with_others.spike_counts["cortex.E"].sum() < 0.2 * without.spike_counts["cortex.E"].sum()
    times, units = without.spikes("cortex.E")
    assert min(np.diff(times[units == unit]).min() for unit in np.unique(units)) >= 50


def test_both_engines_learn_the_same_from_images():
    """Two images, one of which is repeated: weights within 1e-12, thresholds the same."""
    brain = atlas.diehl_cook(6, pixels=64)
    images = np.random.default_rng(1).random((2, 64)) * [[0.3], [1.0]]
    lesson = {"duration": 100, "rest": 50, "dt": 0.5, "repeat": Repeat("cortex.E", 3, most=2)}
    wise = [learn(brain, images, engine=engine, **lesson) for engine in ("compiled", "brian2")]
    assert np.allclose(*(one.projections[0].weight for one in wise), rtol=1e-12, atol=0)
    assert np.allclose(*(one.region("cortex")["E"].initial["theta"] for one in wise), rtol=1e-12)
    assert wise[0].region("cortex")["E"].initial["theta"].max() > 20


@pytest.mark.slow
def test_a_small_network_learns_digits():
    """50 neurons and 500 digits, one presentation each, labels from training answers alone: far above chance (10 %).

    evidence/diehl_cook.py is the whole of it: 400 neurons and 8,000 digits.
    """
    from compare.datasets import digits

    data = digits()
    images = data.images.reshape(len(data.images), -1) / float(data.images.max())
    taught, known, asked, truth = images[:500], data.labels[:500], images[8000:8500], data.labels[8000:8500]
    history = LearningHistory()
    wise = learn(atlas.diehl_cook(50), taught, repeat=Repeat("cortex.E"), listener=history, **LESSON)

    def answers(brain: brainsim.Brain, shown: np.ndarray) -> np.ndarray:
        return simulate(frozen(brain), shown, 350, dt=0.5, keep="counts").spike_counts["cortex.E"][:, 0]

    assigned = np.array([answers(wise, taught)[known == digit].mean(axis=0) for digit in range(10)]).argmax(axis=0)
    counts = answers(wise, asked)
    votes = [counts[:, assigned == digit].mean(axis=1) if digit in assigned else np.zeros(500) for digit in range(10)]
    assert np.mean(np.argmax(votes, axis=0) == truth) > 0.35
    weights = wise.projections[0].weight.reshape(784, 50)
    assert np.allclose(weights.sum(axis=0), 78, rtol=0.05)
