"""An attention block beside PyTorch: self-attention, a residual, layer normalisation and a dense layer."""

import argparse
from typing import Any

import numpy as np

import ann
from benchmarks.peers.torch_networks import (
    Product,
    Work,
    available,
    in_turns,
    machine_rate,
    our_side,
    product_seconds,
    torch_side,
)

TOKENS, FEATURES, HEADS, BATCH, STIMULI = 64, 64, 4, 64, 1024
PART = 16


def network() -> ann.Model:
    """Give the block, compiled with the mean squared error."""
    inputs = ann.Input((TOKENS, FEATURES))
    mixed = ann.layers.MultiHeadAttention(HEADS, FEATURES // HEADS)(inputs)
    normal = ann.layers.LayerNormalization(epsilon=1e-5)(ann.layers.Add()([inputs, mixed]))
    model = ann.Model(inputs, ann.layers.Dense(FEATURES)(normal))
    model.compile("adam", "mean_squared_error")
    return model


def module() -> Any:
    """Give PyTorch's, with the attention that its users are told to use: no weights given, so its fastest path."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True)
            self.norm = nn.LayerNorm(FEATURES)
            self.dense = nn.Linear(FEATURES, FEATURES)

        def forward(self, x: Any) -> Any:
            return self.dense(self.norm(x + self.attention(x, x, x, need_weights=False)[0]))

    return Block()


def criterion() -> Any:
    """Give PyTorch's mean squared error."""
    from torch import nn

    return nn.MSELoss()


def products() -> list[Product]:
    """Give our matrix products for one batch in parts of 16 stimuli."""
    rows, parts, width = PART * TOKENS, BATCH // PART, FEATURES // HEADS
    found: list[Product] = []
    for before, after, inputs in (
        (FEATURES, 3 * FEATURES, False),
        (FEATURES, FEATURES, True),
        (FEATURES, FEATURES, True),
    ):
        found += [(rows, before, after, parts), (before, rows, after, parts)]
        if inputs:
            found.append((rows, after, before, parts))
    heads = BATCH * HEADS
    scores, mixed = (TOKENS, width, TOKENS, heads), (TOKENS, TOKENS, width, heads)
    return [*found, scores, scores, mixed, mixed, mixed, mixed]


def main() -> None:
    """Print samples a second on one and on two threads, and the ratio of each side's best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, STIMULI, TOKENS, FEATURES)).astype(np.float32)
    work = Work("", network, module, x, y, 1.0, BATCH, 1, criterion=criterion)
    sides = {f"ours, {threads}": our_side(work, threads) for threads in (1, 2)}
    if available("torch"):
        sides |= {f"PyTorch, {threads}": torch_side(work, threads) for threads in (1, 2)}
    times = in_turns(sides, options.repeats)
    for name, seconds in times.items():
        print(f"{name} thread(s): {STIMULI / seconds:8.0f} samples/s, {seconds / STIMULI * BATCH * 1e3:.2f} ms a batch")
    ours = min(seconds for name, seconds in times.items() if name.startswith("ours"))
    theirs = [seconds for name, seconds in times.items() if name.startswith("PyTorch")]
    if theirs:
        print(f"{min(theirs) / ours:.2f} x as fast as PyTorch, each at its best; target {work.target:g} x")
    else:
        print("PyTorch is not installed: no ratio")
    steps = STIMULI // BATCH
    alone = product_seconds(products()) * steps
    single = times["ours, 1"]
    operations = sum(2 * rows * inner * columns * often for rows, inner, columns, often in products()) * steps
    print(
        f"on one thread, matrix products alone {alone / single:.0%} of the time; {operations / single / 1e9:.0f} GF/s, "
        f"these products alone {operations / alone / 1e9:.0f}, a large one here {machine_rate() / 1e9:.0f}\n"
        "what separates them: one small product a stimulus and head, softmax between them, sums, normalising and Adam, "
        f"{1e6 * (single - alone) / steps:.0f} us a batch"
    )


if __name__ == "__main__":
    main()
