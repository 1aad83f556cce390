"""Recurrent layers beside PyTorch's: 28 steps of 28 features -> 128 units -> 10 classes, batch 64, Adam.

Every side trains on one thread and on two, taking turns, and its better time counts.
"""

import argparse
from typing import Any

import ann
from benchmarks.peers.common import available
from benchmarks.peers.torch_networks import (
    Product,
    Work,
    classifier,
    dense_products,
    digits,
    in_turns,
    machine_rate,
    our_side,
    product_seconds,
    torch_side,
)

STEPS, FEATURES, UNITS, CLASSES, BATCH, TARGET = 28, 28, 128, 10, 64, 1.4
THREADS = (1, 2)
LAYERS = {"SimpleRNN": ("RNN", 1), "LSTM": ("LSTM", 4), "GRU": ("GRU", 3)}
"""Our name, PyTorch's name and the number of gates."""


def products(layer: str, gates: int) -> list[Product]:
    """Give the products for one batch: a gate, a step and a part of the batch at a time; the first sees no state."""
    rows = ann.layers.LSTM.part
    parts = BATCH // rows
    inward, seen = 1 + FEATURES, 1 + FEATURES + UNITS
    often, later = parts * STEPS, parts * (STEPS - 1)
    whole = gates - 1 if layer == "GRU" else gates  # whose products are of all that a step sees
    found = [
        (rows, seen, UNITS, whole * later),
        (rows, inward, UNITS, whole * parts),
        (seen, rows, UNITS, whole * later),
        (inward, rows, UNITS, whole * parts),
        (rows, UNITS, UNITS, whole * later),
    ]
    if layer == "GRU":  # the candidate's
        found += [(STEPS * rows, inward, UNITS, parts), (inward, rows, UNITS, often)]
        found += [(rows, UNITS, UNITS, 2 * often), (UNITS, rows, UNITS, often)]
    return [*found, *dense_products((UNITS, CLASSES), rows, parts), (rows, CLASSES, UNITS, parts)]


def training(layer: str, count: int) -> Work:
    """Give one epoch of digits, read row by row."""
    images, labels = digits(count)
    theirs, gates = LAYERS[layer]

    def network() -> ann.Sequential:
        recurrent = getattr(ann.layers, layer)(UNITS)
        return classifier([recurrent, ann.layers.Dense(CLASSES, activation="softmax")])

    def module() -> Any:
        from torch import nn

        class Classifier(nn.Module):
            """The last state of a recurrent layer, classified."""

            def __init__(self) -> None:
                super().__init__()
                self.recurrent = getattr(nn, theirs)(FEATURES, UNITS, batch_first=True)
                self.dense = nn.Linear(UNITS, CLASSES)

            def forward(self, x: Any) -> Any:
                return self.dense(self.recurrent(x)[0][:, -1])

        return Classifier()

    name = f"{layer} {STEPS} x {FEATURES} -> {UNITS}, {count} digits, one epoch"
    return Work(name, network, module, images[..., 0], labels, TARGET, BATCH, products=products(layer, gates))


def compare(work: Work, repeats: int) -> None:
    """Print the better times, their ratio, and what the products are of ours."""
    sides = {("ours", threads): our_side(work, threads) for threads in THREADS}
    if available("torch"):
        sides |= {("PyTorch", threads): torch_side(work, threads) for threads in THREADS}
    times = in_turns(sides, repeats)
    ours, threads = min((times["ours", threads], threads) for threads in THREADS)
    print(f"{work.name}: {len(work.x) / ours:,.0f} samples/s on {threads} threads")
    if available("torch"):
        theirs, best = min((times["PyTorch", threads], threads) for threads in THREADS)
        print(f"    {theirs / ours:5.2f} x as fast as PyTorch on {best} ({theirs:.3f} s), target {work.target:g} x")
    else:
        print("    PyTorch is not installed: no ratio")
    steps = -(-len(work.x) // work.batch)
    alone = product_seconds(work.products) * steps
    operations = sum(2 * rows * inner * columns * times for rows, inner, columns, times in work.products) * steps
    one = times["ours", 1]
    print(
        f"    on one thread: BLAS {alone / one:.0%} of {one:.3f} s; {operations / one / 1e9:.0f} GF/s, its products "
        f"alone {operations / alone / 1e9:.0f}, a large one here {machine_rate() / 1e9:.0f}\n"
        f"    what separates them: gates and states, Adam, and reading from memory what the way back needs, "
        f"{1e6 * (one - alone) / steps:.0f} us a batch",
        flush=True,
    )


def main() -> None:
    """Print every layer's lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--digits", type=int, default=2560)
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS))
    options = parser.parse_args()
    for layer in options.layers:
        compare(training(layer, options.digits), options.repeats)


if __name__ == "__main__":
    main()
