"""Which layer of a network does what which region does: four layers, three noisy regions, and what can be told."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import ann
import compare
from isocortex.style import SEQUENTIAL, paper_style, save_figure

# Any network will do; this one is untrained, so its layers differ by their random weights and their depth alone.
rng = np.random.default_rng(0)
stimuli = rng.normal(size=(120, 30)).astype(np.float32)
model = ann.Sequential(
    [ann.layers.Dense(80, activation="tanh", name=f"dense_{depth}", input_shape=(30,)) for depth in (1, 2, 3, 4)],
    seed=0,
)
network = compare.activity(model, stimuli)


def recorded(layer: str, noise: float) -> np.ndarray:
    """Make a region of 100 units that mixes one layer's units, seen in 4 noisy trials."""
    signal = network[layer] @ rng.normal(size=(80, 100)) / np.sqrt(80)
    return signal[:, None] + noise * rng.normal(size=(120, 4, 100))


regions = {"V1": recorded("dense_1", 0.5), "V4": recorded("dense_2", 1.0), "IT": recorded("dense_4", 0.5)}
# A region that mixes two layers evenly belongs to neither.
regions["mixed"] = np.concatenate([recorded("dense_2", 0.5), recorded("dense_3", 0.5)], axis=-1)

result = compare.map_layers(network, regions, measure="cka", bootstrap=1000, given={"stimuli": stimuli}, seed=0)
print(result)
for region, (lower, upper) in result.ceiling.items():
    ahead = result.best_minus_runner_up[region]
    print(
        f"{region}: noise ceiling {lower:.2f} to {upper:.2f}; {ahead['best']} minus {ahead['runner_up']} = "
        f"{ahead['difference']:.2f} [{ahead['low']:.2f}, {ahead['high']:.2f}]"
    )

with paper_style():
    figure, axes = plt.subplots(figsize=(4.6, 2.8), layout="constrained")
    image = axes.imshow(result.similarity, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(result.regions)), result.regions)
    axes.set_yticks(range(len(result.layers)), result.layers)
    for (row, column), value in np.ndenumerate(result.similarity.values):
        told = result.assignment["best"][result.regions[column]] == result.layers[row]
        text = f"{value:.2f}\n[{result.low.values[row, column]:.2f}, {result.high.values[row, column]:.2f}]"
        color = "black" if value > 0.6 else "white"
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=6, weight="bold" if told else None)
    axes.set(xlabel="region", ylabel="layer", title="similarity [95 % interval]; bold: the layer that is named")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.colorbar(image, label="debiased linear CKA")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "layers_onto_regions"))
