"""Convolutional networks beside PyTorch: two convolutions with pooling and two dense layers, small and large.

PyTorch's side is also timed with its images held channels last and its Adam fused into one loop, which its tutorials
do not do and which suits it better. Behind each work stands what every layer takes by itself; in training a convolution
and the pooling behind it are one, which takes less.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import ann
from ann.layers.layer import Layer
from ann.parallel import blas_on_one_thread
from benchmarks.peers.common import available
from benchmarks.peers.torch_networks import (
    Product,
    Work,
    classifier,
    compare,
    dense_products,
    digits,
    timed,
    torch_side,
)

BATCH = 64


def network(shape: tuple[int, int, int], filters: tuple[int, int], window: int) -> ann.Sequential:
    """Give ours, compiled."""
    layers = ann.layers
    return classifier(
        [
            layers.Conv2D(filters[0], window, padding="same", activation="relu", input_shape=shape),
            layers.MaxPooling2D(2),
            layers.Conv2D(filters[1], window, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def module(shape: tuple[int, int, int], filters: tuple[int, int], window: int) -> Any:
    """Give the same in PyTorch."""
    from torch import nn

    features = filters[1] * (shape[0] // 4) * (shape[1] // 4)
    return nn.Sequential(
        *(nn.Conv2d(shape[2], filters[0], window, padding=window // 2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(filters[0], filters[1], window, padding=window // 2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(features, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


def products(shape: tuple[int, int, int], filters: tuple[int, int]) -> list[Product]:
    """Give the products of the dense layers for a batch, which goes in parts."""
    parts, features = BATCH // Layer.part, filters[1] * (shape[0] // 4) * (shape[1] // 4)
    before = (Layer.part, 128, features, parts)  # here the first dense layer does pass a gradient on
    return [*dense_products((features, 128, 10), Layer.part, parts), before]


def layer_seconds(model: ann.Sequential, stimulus: np.ndarray, repeats: int = 25) -> list[tuple[Layer, float, float]]:
    """Give every layer's seconds forward and backward for a part of a batch, on one thread."""
    rng, x, found = np.random.default_rng(0), np.repeat(stimulus[None], Layer.part, 0), []

    def least(call: Callable[[], object]) -> float:
        return min(timed(call) for _ in range(repeats))

    with blas_on_one_thread:
        for number, layer in enumerate(model.layers):
            ahead = partial(layer.forward, x, True)
            y, cache = ahead()
            back = partial(layer.backward, rng.normal(size=y.shape).astype(y.dtype), cache, inputs=number > 0)
            found.append((layer, least(ahead), least(back)))
            x = y
    return found


def convolutions(model: ann.Sequential, stimulus: np.ndarray) -> tuple[float, float]:
    """Give the operations of the convolutions for a batch, and their seconds on one thread, rectification included."""
    seconds, operations, shape = 0.0, 0, stimulus.shape
    for number, (layer, ahead, back) in enumerate(layer_seconds(model, stimulus)):
        if isinstance(layer, ann.layers.Conv2D):
            seconds += (ahead + back) * BATCH / Layer.part
            operations += layer.operations(shape) * BATCH * (3 if number else 2)
        shape = layer.output_shape(shape)
    return operations, seconds


def print_layers(plain: Work) -> None:
    """Print what every layer takes by itself, on one thread, and what a training step takes beside that."""
    model = plain.network()
    model.threads = 1
    x, y = plain.x[:BATCH], plain.y[:BATCH]
    model.train_on_batch(x, y)
    step = min(timed(lambda: model.train_on_batch(x, y)) for _ in range(9)) / BATCH
    found = layer_seconds(model, plain.x[0])
    lines = [f"{type(layer).__name__} {1e6 * a / Layer.part:.0f}+{1e6 * b / Layer.part:.0f}" for layer, a, b in found]
    rest = step - sum(ahead + back for _, ahead, back in found) / Layer.part
    print(
        f"    us a stimulus, one thread: {', '.join(lines)}; loss, optimiser and the rest {1e6 * rest:.0f}", flush=True
    )


def work(shape: tuple[int, int, int], filters: tuple[int, int], window: int, count: int, target: float) -> Work:
    """Give a network's training on as many stimuli."""
    if shape == (28, 28, 1):
        x, y = digits(count)
    else:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(count, *shape)).astype(np.float32), rng.integers(0, 10, count)
    size = " x ".join(map(str, shape))
    plain = network(shape, filters, window)
    name = f"CNN {size}, conv{filters[0]}-conv{filters[1]}-128-10, {window} x {window} windows, {count} stimuli"
    return Work(
        name,
        lambda: network(shape, filters, window),
        lambda: module(shape, filters, window),
        x,
        y,
        target,
        BATCH,
        their_x=np.ascontiguousarray(x.transpose(0, 3, 1, 2)),
        products=products(shape, filters),
        loops=lambda: convolutions(plain, x[0]),
        rest="pooling, the optimiser, adding up the parts' gradients, and waiting for the slower thread",
    )


def channels_last(plain: Work, threads: int) -> Callable[[], float]:
    """Give what times PyTorch's training in the form that suits it best."""
    import torch

    def moved() -> Any:
        return plain.module().to(memory_format=torch.channels_last)

    def fused(parameters: Any) -> Any:
        return torch.optim.Adam(parameters, fused=True)

    own = Work(plain.name, plain.network, moved, plain.x, plain.y, plain.target, BATCH, their_x=plain.their_x)
    own.optimizer = fused
    return torch_side(own, threads)


def main() -> None:
    """Print every work's lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--windows", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--shrink", type=int, default=1, help="divide the numbers of stimuli by this")
    options = parser.parse_args()
    if not available("torch"):
        print("PyTorch is not installed here (pip install 'isocortex[torch]'): ours is timed alone")
    for window in options.windows:
        for shape, filters, count, target in (
            ((28, 28, 1), (16, 32), 5120, 1.4),
            ((32, 32, 3), (64, 128), 640, 1.0),
        ):
            one = work(shape, filters, window, count // options.shrink, target)
            for threads in options.threads:
                more = {"PyTorch channels last, fused Adam": channels_last(one, threads)} if available("torch") else {}
                compare(one, threads, options.repeats, more)
            print_layers(one)


if __name__ == "__main__":
    main()
