"""Digits are learned from the timing of spikes alone, no labels and no gradients: what neurons see before and after."""

import sys
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from brainsim import Brain, Repeat, Simulation, atlas, frozen, learn, plots, simulate
from compare.datasets import digits
from isocortex.style import PAGE_WIDTH, paper_style, save_figure

data = digits()
kept = np.flatnonzero(data.labels < 5)[:450]
images, labels = data.images[kept].reshape(450, 784) / data.images.max(), data.labels[kept]
LEARNED, TESTED, CHANCE = 300, 150, 1 / 5


def answers(brain: Brain) -> np.ndarray:
    """Let the brain see all images without learning; give each neuron's spikes, (image, neuron)."""
    recording = simulate(frozen(brain), images, duration=350, dt=0.5, seed=1, keep="counts")
    return recording.spike_counts["cortex.E"][:, 0]


def told(counts: np.ndarray) -> tuple[np.ndarray, float]:
    """Name neurons after the digit they answer most while learning; give names, and how many test images they tell."""
    means = np.stack([counts[:LEARNED][labels[:LEARNED] == digit].mean(axis=0) for digit in range(5)])
    names = means.argmax(axis=0)
    votes = [counts[LEARNED:, names == k].mean(axis=1) if (names == k).any() else np.zeros(TESTED) for k in range(5)]
    return names, float((np.argmax(votes, axis=0) == labels[LEARNED:]).mean())


def weights(brain: Brain) -> np.ndarray:
    """Give the weights from every pixel onto every neuron."""
    return Simulation(brain, images[:1], dt=0.5).weights("pixels").reshape(784, 25)


# The network of Diehl and Cook (2015), small: 25 neurons that compete, and learn by triplets of spikes.
brain = newborn = atlas.diehl_cook(n=25)
seen, right = [0, 30, 100, 300], [told(answers(brain))[1]]
for first, last in pairwise(seen):
    brain = learn(brain, images[first:last], duration=350, rest=150, dt=0.5, repeat=Repeat("cortex.E"))
    names, share = told(answers(brain))
    right.append(share)
for number, share in zip(seen, right, strict=True):
    print(f"after {number} images {share:.0%} of {TESTED} others are told correctly (chance {CHANCE:.0%})")

with paper_style():
    figure, (before, after, curve) = plt.subplots(1, 3, figsize=(PAGE_WIDTH, 2.2), layout="constrained")
    plots.weight_fields(weights(newborn), (28, 28), ax=before).set_title("a   before learning")
    plots.weight_fields(weights(brain), (28, 28), ax=after).set_title("b   after 300 images; digit answered most")
    for neuron, name in enumerate(names):
        after.text(29 * (neuron % 5) + 1, 29 * (neuron // 5) + 1, name, color="white", va="top", fontsize=6)
    curve.errorbar(seen, right, np.sqrt(np.multiply(right, np.subtract(1, right)) / TESTED), marker="o", markersize=3)
    curve.axhline(CHANCE, color="black", linestyle="dashed", label="chance")
    curve.set_title("c   on 150 other images")
    curve.set(xlabel="Images learned", ylabel="Told correctly (± SE)", ylim=(0, 1))
    curve.legend()
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "learning_without_backpropagation"))
