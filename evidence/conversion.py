"""Trained networks as spiking brains: accuracy and layers after 100 steps, the steps to half a point, and operations.

Networks are trained on the first 8000 digits and calibrated on 500 of them; the 2000 others are told. Nothing is chosen
on them. Rueckauer et al. (2016, arXiv:1612.04052) call their conversion of convolutional networks, tried on MNIST and
CIFAR-10, almost loss-less.
"""

import time

import numpy as np

import ann
from ann.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
)
from compare.conversion import energy, fidelity, to_spiking
from compare.datasets import digits

STEPS, SEEDS, TRAINED = 100, 2, 8000
NETWORKS = {
    "784-256-128-10": lambda: [Flatten(), Dense(256, "relu"), Dropout(0.2), Dense(128, "relu"), Dense(10, "softmax")],
    "conv8-average-conv16-average-64-10": lambda: [
        Conv2D(8, 5, padding="same", activation="relu"),
        AveragePooling2D(2),
        Conv2D(16, 3, activation="relu"),
        AveragePooling2D(2),
        Flatten(),
        Dense(64, "relu"),
        Dense(10, "softmax"),
    ],
    "conv8-norm-max-conv16-max-64-10": lambda: [
        Conv2D(8, 5, padding="same"),
        BatchNormalization(),
        Activation("relu"),
        MaxPooling2D(2),
        Conv2D(16, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(64, "relu"),
        Dropout(0.3),
        Dense(10, "softmax"),
    ],
}
WAYS = {
    "99.9th percentile": {},
    "from 0": {"start": 0.0},
    "largest": {"percentile": 100},
    "by weights": {"balancing": "model"},
}


def main() -> None:
    """Print a line for every network, seed and way."""
    data = digits()
    images, labels = data.images[..., None] / data.images.max(), data.labels
    x, y, others, truth = images[:TRAINED], labels[:TRAINED], images[TRAINED:], labels[TRAINED:]
    print(f"{len(truth)} held-out digits, {STEPS} steps; r of rates and activations, asked for 0.99, of the last 0.90")
    titles = ("network", "spikes", "apart", "steps to 0.5", "least r", "r of last", "synaptic ops", "MACs", "s")
    print(f"{'':<38}" + "".join(f"{title:>14}" for title in titles))
    for name, layers in NETWORKS.items():
        for seed in range(SEEDS):
            model = ann.Sequential(layers(), seed=seed)
            model.compile(ann.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", ["accuracy"])
            model.fit(x, y, epochs=5, batch_size=32)
            print(f"{name}, seed {seed}")
            for way, options in WAYS.items() if seed == 0 else list(WAYS.items())[:1]:
                line(model, way, to_spiking(model, x[:500], **options), others, truth)


def line(model: ann.Sequential, way: str, brain, others: np.ndarray, truth: np.ndarray) -> None:
    """Print what a conversion gives."""
    began = time.perf_counter()
    found = fidelity(model, brain, others, truth, steps=STEPS)
    spent = time.perf_counter() - began
    total = energy(model, brain, found.read).layers.sum()
    apart = 100 * (found.accuracy[-1] - found.network_accuracy)
    beyond = np.flatnonzero(np.abs(found.accuracy - found.network_accuracy) > 0.005)
    settled = beyond[-1] + 2 if len(beyond) else 1
    r = found.layers["correlation"].values
    print(
        f"  {way:<36}{found.network_accuracy:>14.2%}{found.accuracy[-1]:>14.2%}{apart:>+14.2f}"
        f"{settled if settled <= STEPS else f'over {STEPS}':>14}{r[:-1].min():>14.5f}{r[-1]:>14.5f}"
        f"{float(total['synaptic_operations']):>14,.0f}{float(total['macs']):>14,.0f}{spent:>14.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
