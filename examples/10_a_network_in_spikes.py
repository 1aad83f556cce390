"""A trained convolutional network runs on spikes: as accurate, layer by layer faithful, and at what cost."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt

import ann
from ann import layers
from compare.conversion import ARITHMETIC, INTEGER, WITH_MEMORY, energy, fidelity, plots, to_spiking
from compare.datasets import digits
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

STEPS, DATA = 100, digits()
images, labels = DATA.images[..., None] / DATA.images.max(), DATA.labels
x, y, others, truth = images[:6000], labels[:6000], images[8000:8500], labels[8000:8500]
model = ann.Sequential(
    [
        layers.Conv2D(8, 5, strides=2, padding="same", input_shape=(28, 28, 1), name="conv 1"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.MaxPooling2D(2, name="largest"),
        layers.Conv2D(16, 3, activation="relu", name="conv 2"),
        layers.AveragePooling2D(2, padding="same", name="average"),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(10, "softmax", name="digit"),
    ],
    seed=0,
)
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
model.fit(x, y, epochs=6, batch_size=32)
ways = {
    "99.9th percentile, from half": {},
    "99.9th percentile, from 0": {"start": 0},
    "by weights": {"balancing": "model"},
}
brains = {way: to_spiking(model, x[:500], **options) for way, options in ways.items()}
found = {way: fidelity(model, brain, others, truth, steps=STEPS) for way, brain in brains.items()}
best, brain = next(iter(found.values())), next(iter(brains.values()))
print(best)
costs = {"32-bit floats": ARITHMETIC, "8-bit integers": INTEGER, "floats and cache": WITH_MEMORY}
prices = {name: energy(model, brain, best.read, cost) for name, cost in costs.items()}
print(prices["32-bit floats"])

with paper_style():
    figure, (right, alike, price) = plt.subplots(1, 3, figsize=(PAGE_WIDTH, 2.4), layout="constrained")
    for (way, one), color in zip(found.items(), ("vermillion", "orange", "sky"), strict=True):
        right.plot(range(1, STEPS + 1), 100 * one.accuracy, color=COLORS[color], label=way)
    right.axhline(100 * best.network_accuracy, color="black", linewidth=0.8, linestyle="--", label="the network")
    right.set(xlabel="steps", ylabel="digits told (%)", title=f"a   {len(truth)} held-out digits")
    right.legend(loc=(0.23, 0.3))
    plots.correlations(best, alike).set_title(f"b   rates and activations, {STEPS} steps")
    for (name, one), color in zip(prices.items(), ("blue", "green", "purple"), strict=True):
        price.plot(range(1, STEPS + 1), one.spiking / one.network, color=COLORS[color], label=name)
    price.axhline(1, color="black", linewidth=0.8, linestyle="--")
    price.set(xlabel="steps", ylabel="energy, spikes / network", title="c   estimated from operations", yscale="log")
    price.legend(loc=(0.42, 0.49))
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "network_in_spikes"))
