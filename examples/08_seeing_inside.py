"""Which pixels an answer hangs on, whether four ways to tell are right, and what each branch of a network is worth."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import ann
from ann import explain, layers
from compare.datasets import digits
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

data, PARTS, SHARES, NETWORKS, COUNT = digits(), ("stem", "first", "second", "third"), [0, 2, 4, 6, 8, 10, 15], 5, 200
images, labels = (data.images / data.images.max())[..., None], data.labels
x, truth = images[-COUNT:], labels[-COUNT:]


def residual(seed: int) -> ann.Model:
    """Give a trained network with a stem and three branches that go round it."""
    last = layers.Conv2D(8, 5, strides=2, activation="relu", name="stem")(inputs := ann.Input((28, 28, 1)))
    for name in PARTS[1:]:
        last = layers.Add()([last, layers.Conv2D(8, 3, padding="same", activation="relu", name=name)(last)])
    model = ann.Model(inputs, layers.Dense(10, "softmax")(layers.Flatten()(layers.MaxPooling2D(2)(last))), seed=seed)
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(images[:2000], labels[:2000], epochs=4)
    return model


networks = [residual(seed) for seed in range(NETWORKS)]
model, answers = networks[0], networks[0].predict(x).argmax(axis=1)
maps = {"saliency": explain.saliency(model, x, logits=True), "smooth": explain.smooth_gradients(model, x, logits=True)}
maps["integrated"] = explain.integrated_gradients(model, x, logits=True).values
maps["occlusion"] = explain.occlusion(model, x, patch=4, stride=2, logits=True)
left = {}  # of an answer's probability, when the pixels that a map ranks first are covered: (share, digit)
for name, values in (maps | {"brightness": x, "at random": np.random.default_rng(0).random(x.shape)}).items():
    rank = (-values.reshape(COUNT, 784)).argsort(axis=1).argsort(axis=1).reshape(x.shape)
    covered = [np.where(rank < 7.84 * share, 0, x) for share in SHARES]
    left[name] = np.array([model.predict(one)[range(COUNT), answers] for one in covered])
worth = [explain.ablation(one, x, truth, PARTS, replace="mean", metric="accuracy").effects for one in networks]
lost = 100 * np.array([list(one.values()) for one in worth])  # (network, part)
mean, sure = lost.mean(axis=0), 2 * lost.std(axis=0, ddof=1) / NETWORKS**0.5
print("points of accuracy lost without", dict(zip(PARTS, mean.round().tolist(), strict=True)), "±", sure.round())
with paper_style():
    figure = plt.figure(figsize=(PAGE_WIDTH, 4.8), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.3, 1))
    for row, digit in zip(upper.subplots(2, 5), (0, 1), strict=True):
        row[0].imshow(x[digit], cmap="Greys").axes.set_axis_off()
        row[0].set_title(f"{'a   ' * (digit == 0)}answer: {answers[digit]}")
        for ax, (name, values) in zip(row[1:], maps.items(), strict=True):
            explain.attribution_map(values[digit], x[digit], ax, colorbar=False).set_title(name)
    curves, bars = lower.subplots(1, 2)
    for (name, one), style in zip(left.items(), ("-", "-", "-", "-", "--", ":"), strict=True):
        curves.errorbar(SHARES, one.mean(axis=1), 2 * one.std(axis=1) / COUNT**0.5, linestyle=style, label=name)
    curves.set(xlabel="pixels covered (%)", ylabel="answer's probability", title="b   200 digits, ± 2 SE")
    curves.legend(loc=(0.42, 0.55), ncols=2)
    bars.bar(PARTS, mean, yerr=sure, color=COLORS["sky"])
    bars.plot(PARTS, lost.T, "k.", markersize=3)
    bars.set(ylabel="accuracy lost (points)", title=f"c   activity held at its mean; {NETWORKS} networks, ± 2 SE")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "seeing_inside"))
