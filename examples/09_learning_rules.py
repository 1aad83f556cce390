"""Without backpropagation errors first point elsewhere; learning turns them downhill, and digits are learned."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import ann
from ann import layers
from ann.learning import PredictiveCoding, angles
from compare.datasets import digits
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

data, EPOCHS, SEEDS, VARIANCES = digits(), 6, 5, [0.1, 1, 10, 100, 1e3]
images, labels = data.images.reshape(-1, 784) / data.images.max(), data.labels
x, y, others, truth = images[:2000], labels[:2000], images[8000:], labels[8000:]
RULES = ["backpropagation", "feedback alignment", "direct feedback alignment", "predictive coding"]


def network(rule: object, seed: int, dtype: str = "float32") -> ann.Sequential:
    """Give a network of two hidden layers that learns by a rule."""
    stack = [layers.Dense(64, "tanh", name="hidden"), layers.Dense(32, "tanh"), layers.Dense(10, "softmax")]
    model = ann.Sequential(stack, seed=seed, dtype=dtype)
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], learning=rule)
    return model


def gradients(model: ann.Sequential) -> tuple:
    """Give the gradients that a network follows, and those of its loss."""
    outputs, cache = model.forward(x[:200], training=True)
    true = model.backward(model.loss(outputs, y[:200])[1], cache)
    return model.learning.gradients(model, x[:200], y[:200])[2], true


found = np.empty((len(RULES), SEEDS, EPOCHS + 1, 2))  # the angle in the first layer, and the share of other digits told
for index, rule in enumerate(RULES):
    for seed in range(SEEDS):
        model = network(rule.replace(" ", "_"), seed)
        for epoch in range(EPOCHS + 1):
            found[index, seed, epoch] = angles(*gradients(model))["hidden"], model.evaluate(others, truth).accuracy
            model.fit(x, y)
mean, sure = found.mean(axis=1), 2 * found.std(axis=1, ddof=1) / SEEDS**0.5
for rule, (angle, told), (off, unsure) in zip(RULES, mean[:, -1], sure[:, -1], strict=True):
    print(f"{rule}: {told:.1%} ± {unsure:.1%} of 2,000 other digits, at {angle:.0f} ± {off:.0f} degrees")
pairs = [gradients(network(PredictiveCoding(200, output_variance=size), 0, "float64")) for size in VARIANCES]
distance = [np.linalg.norm(ours.flat - true.flat) / np.linalg.norm(true.flat) for ours, true in pairs]

with paper_style():
    figure, (turned, told, limit) = plt.subplots(1, 3, figsize=(PAGE_WIDTH, 2.3), layout="constrained")
    for rule, middle, error in zip(RULES, mean, sure, strict=True):
        turned.errorbar(range(EPOCHS + 1), middle[:, 0], error[:, 0], label=rule)
        told.errorbar(range(EPOCHS + 1), 100 * middle[:, 1], 100 * error[:, 1])
    turned.axhline(90, color="black", linewidth=0.6, linestyle="dashed")
    turned.set(xlabel="epoch", ylabel="degrees to the true gradient", title=f"a   first layer; {SEEDS} seeds, ± 2 SE")
    turned.legend(loc=(0.02, 0.15))
    told.set(xlabel="epoch", ylabel="told correctly (%)", ylim=(40, 93), title="b   2,000 other digits")
    limit.loglog(VARIANCES, distance, "o-", markersize=3, color=COLORS["orange"])
    limit.set(xlabel="output variance", ylabel="distance from backpropagation", title="c   predictive coding, settled")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "learning_rules"))
