"""Digits learned by four learning rules: accuracy, and how far each rule's gradients point from the true ones.

Networks, rates and numbers of epochs are fixed beforehand and the same for all rules; nothing is chosen on the held-out
digits. What the papers claim, on all of MNIST with networks and rates of their own, stands beside each.
"""

import time

import numpy as np

import ann
from ann.learning import PredictiveCoding, angles
from compare.datasets import digits

RULES = {
    "backpropagation": "",
    "feedback_alignment": "as effective as backpropagation on a variety of tasks (Lillicrap et al. 2016)",
    "direct_feedback_alignment": "almost as good; 1.45 % error with dropout (Nokland 2016)",
    "predictive_coding": "for certain parameters it converges to backpropagation (Whittington and Bogacz 2017)",
}


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


NETWORKS = {"784-128-64-10": (dense, 10, 5), "conv8-pool-conv16-pool-10": (convolutional, 2, 3)}
"""How each is made, the epochs, and the number of seeds: 0, 1, 2 ..."""


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


def told(values) -> str:
    """Give a mean with its standard error over seeds."""
    return f"{np.mean(values):.2f} ({np.std(values, ddof=1) / len(values) ** 0.5:.2f})"


def rules(x, y) -> None:
    """Print a line a rule and network."""
    print("8,000 digits learned, 2,000 others told; Adam, rate 0.001, batches of 32; mean (standard error over seeds)")
    for name, (make, epochs, seeds) in NETWORKS.items():
        print(f"\n{name}, {epochs} epochs, {seeds} seeds")
        print("rule | told correctly, % | less than backpropagation, by seed | angle to the true gradient | time")
        first = None
        for rule, claimed in RULES.items():
            begin = time.perf_counter()
            runs = [learned(make(), rule, x, y, epochs, 8000, seed) for seed in range(seeds)]
            right, seconds = np.array([100 * run[1] for run in runs]), time.perf_counter() - begin
            first = first or (right, seconds)
            turns = [
                f"{layer} {told([run[2][layer] for run in runs])} -> {told([run[3][layer] for run in runs])}"
                for layer in runs[0][2]
            ]
            less = told(first[0] - right) if rule != "backpropagation" else "-"
            print(f"{rule} | {told(right)} | {less} | {', '.join(turns)} | x {seconds / first[1]:.1f}", flush=True)
            if claimed:
                print(f"    the paper: {claimed}")


def limit(x, y) -> None:
    """Print how predictive coding nears backpropagation as the output's variance grows, and how fast it settles."""
    print("\npredictive coding in float64: distance of its gradient from backpropagation's, as a share of that")
    print("output variance | " + " | ".join(f"{steps} steps" for steps in (5, 20, 100, 400)))
    for variance in (0.1, 1.0, 10.0, 100.0, 1e4, 1e6):
        off = []
        for steps in (5, 20, 100, 400):
            model = ann.Sequential(dense(), seed=0, dtype="float64")
            rule = PredictiveCoding(steps, output_variance=variance)
            model.compile("sgd", "sparse_categorical_crossentropy", learning=rule)
            outputs, cache = model.forward(x, training=True)
            true = model.backward(model.loss(outputs, y)[1], cache).flat
            found = model.learning.gradients(model, x, y)[2].flat
            off.append(f"{np.linalg.norm(found - true) / np.linalg.norm(true):.1e}")
        print(f"{variance:g} | " + " | ".join(off), flush=True)


def main() -> None:
    """Print both tables."""
    data = digits()
    x, y = (data.images / data.images.max())[..., None], data.labels
    limit(x[:200], y[:200])
    rules(x, y)


if __name__ == "__main__":
    main()
