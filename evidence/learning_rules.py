"""Digits learned by four learning rules: accuracy, and how far each rule's gradients point from the true ones.

Networks, rates and numbers of epochs are fixed beforehand and the same for all rules; nothing is chosen on the held-out
digits. What the papers claim, on all of MNIST with networks and rates of their own, stands beside each.
"""

import time

import numpy as np

import ann
from ann.learning import angles
from compare.datasets import digits

RULES = {
    "backpropagation": "",
    "feedback_alignment": "as effective as backpropagation on a variety of tasks (Lillicrap et al. 2016)",
    "direct_feedback_alignment": "almost as good; 1.45 % error with dropout (Nokland 2016)",
    "predictive_coding": "for certain parameters it converges to backpropagation (Whittington and Bogacz 2017)",
}
SEEDS = 3


def dense() -> list[ann.layers.Layer]:
    """Give the layers of a network of two hidden layers."""
    return [
        ann.layers.Flatten(),
        ann.layers.Dense(128, activation="tanh"),
        ann.layers.Dense(64, activation="tanh"),
        ann.layers.Dense(10, activation="softmax"),
    ]


def convolutional() -> list[ann.layers.Layer]:
    """Give the layers of a network of two convolutions."""
    return [
        ann.layers.Conv2D(8, 5, activation="tanh"),
        ann.layers.MaxPooling2D(2),
        ann.layers.Conv2D(16, 5, activation="tanh"),
        ann.layers.MaxPooling2D(2),
        ann.layers.Flatten(),
        ann.layers.Dense(10, activation="softmax"),
    ]


def learned(layers, rule, x, y, epochs: int, trained: int, seed: int = 0):
    """Train on the first digits; give the model, the accuracy on the others and the angles before and after."""
    model = ann.Sequential(layers, seed=seed)
    model.compile(ann.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", ["accuracy"], learning=rule)
    model.build(x.shape[1:])
    before = turned(model, x[:500], y[:500])
    model.fit(x[:trained], y[:trained], epochs=epochs, batch_size=32)
    return model, model.evaluate(x[trained:], y[trained:]).accuracy, before, turned(model, x[:500], y[:500])


def turned(model, x, y) -> dict[str, float]:
    """Give the angle between the rule's gradient and the loss's own, for each kernel."""
    outputs, cache = model.forward(x, training=True)
    true = model.backward(model.loss(outputs, y)[1], cache)
    return angles(model.learning.gradients(model, x, y)[2], true)


def main() -> None:
    """Print a line a rule and network."""
    data = digits()
    x, y = (data.images / data.images.max())[..., None], data.labels
    print(f"8,000 digits learned, 2,000 others told; Adam, rate 0.001, batches of 32; mean (SD) of {SEEDS} seeds")
    for name, make, epochs in (("784-128-64-10", dense, 10), ("conv8-pool-conv16-pool-10", convolutional, 5)):
        print(
            f"\n{name}, {epochs} epochs\nrule | told correctly | angle to the true gradient, before -> after | seconds"
        )
        for rule, claimed in RULES.items():
            begin = time.perf_counter()
            runs = [learned(make(), rule, x, y, epochs, 8000, seed) for seed in range(SEEDS)]
            told = [run[1] for run in runs]
            before, after = ({layer: np.mean([run[i][layer] for run in runs]) for layer in runs[0][i]} for i in (2, 3))
            turns = [f"{layer} {before[layer]:.0f} -> {after[layer]:.0f}" for layer in before]
            seconds = (time.perf_counter() - begin) / SEEDS
            print(
                f"{rule} | {np.mean(told):.4f} ({np.std(told, ddof=1):.4f}) | {', '.join(turns)} | {seconds:.0f}"
                + (f" | the paper: {claimed}" if claimed else ""),
                flush=True,
            )


if __name__ == "__main__":
    main()
