"""Too small a network learns too little, too large a one learns mistakes by heart; six things that help, measured."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import ann
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

X, truth = load_digits().data / 16, load_digits().target  # 1,797 digits of 8 x 8 pixels
FEW, MANY, REPEATS = 200, 900, 6
LARGE = {"hidden_layer_sizes": 256, "epochs": 40, "learning_rate": 0.005}
# Strengths were chosen on other draws (seeds 0 to 5) than are measured here.
NETWORKS = {
    "2 units: too small": {"hidden_layer_sizes": 2},
    "256 units: too large": {},
    "... with 900 digits": {},
    "... with 16 units": {"hidden_layer_sizes": 16},
    "... with L1": {"l1": 0.003},
    "... with L2": {"l2": 0.01},
    "... with dropout": {"dropout": 0.7},
    "... stopped early": {"early_stopping": True, "validation_fraction": 0.2, "patience": 5},
}


def with_mistakes(rng: np.random.Generator) -> np.ndarray:
    """Give the labels with every fifth drawn at random: these can only be learned by heart."""
    return np.where(rng.random(len(truth)) < 0.2, rng.integers(0, 10, len(truth)), truth)


found = np.empty((len(NETWORKS), REPEATS, 2))
for row, (name, settings) in enumerate(NETWORKS.items()):
    for repeat in range(REPEATS):
        rng = np.random.default_rng(100 + repeat)  # the same digits and labels for every network
        order, labels = rng.permutation(len(X)), with_mistakes(rng)
        seen, others = order[: MANY if "900" in name else FEW], order[MANY:]
        model = ann.MLPClassifier(**LARGE | settings | {"random_state": repeat}).fit(X[seen], labels[seen])
        found[row, repeat] = 1 - model.score(X[seen], labels[seen]), 1 - model.score(X[others], truth[others])
mean, gain = found.mean(axis=1), found[1, :, 1] - found[:, :, 1]
bars, sure = (2 * values.std(axis=1, ddof=1) / REPEATS**0.5 for values in (found[:, :, 1], gain))
print(f"share told wrong, means of {REPEATS} draws; gain over 256 units on the same draws, ± 2 standard errors")
for name, (known, others), more, error in zip(NETWORKS, mean, gain.mean(axis=1), sure, strict=True):
    print(f"{name:20s} training {known:.3f}, others {others:.3f}, gain {more:+.3f} ± {error:.3f}")

with paper_style():
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(PAGE_WIDTH, 2.4), layout="constrained")
    watched = ann.MLPClassifier(**LARGE, early_stopping=True, patience=40, validation_fraction=0.5)
    watched.fit(X[: 2 * FEW], labels[: 2 * FEW]).history_.plot(left).set(ylabel="cross-entropy", title="a   200 digits")
    large, sizes = ann.MLPClassifier(**LARGE), [50, 150, 450, 1350]
    curve = ann.learning_curve(large, X, labels, sizes, repeats=3, score=lambda fitted, x, y: 1 - fitted.score(x, y))
    curve.plot(middle).set(ylabel="told wrong, labels as given", title="b   256 units, ± 2 SE")
    right.errorbar(mean[:, 1], list(NETWORKS), xerr=bars, fmt="o", markersize=4, color=COLORS["vermillion"])
    right.axvline(mean[1, 1], color="0.7", zorder=0)
    right.set(xlabel="told wrong, true labels", xscale="log", ylim=(7.5, -0.5), title="c   what helps, ± 2 SE")
    right.set(xticks=[0.1, 0.2, 0.4, 0.8], xticklabels=["0.1", "0.2", "0.4", "0.8"])
    right.minorticks_off()
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "overfitting"))
