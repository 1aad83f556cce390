"""Convolutional networks beside PyTorch: two convolutions with pooling and two dense layers, small and large.

PyTorch's side is also timed with its images held channels last and its Adam fused into one loop, which its tutorials
do not do and which suits it better.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import ann
from ann.layers.layer import Layer
from benchmarks.peers.common import available
from benchmarks.peers.torch_networks import Product, Work, classifier, compare, dense_products, digits, torch_side

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


def products(shape: tuple[int, int, int], filters: tuple[int, int], window: int) -> list[Product]:
    """Give the products of a batch: a convolution's one image at a time with the bias as one more weight."""
    first, second = shape[0] * shape[1], shape[0] * shape[1] // 4
    narrow, wide = window**2 * shape[2] + 1, window**2 * filters[0] + 1
    of_images = [
        *((first, narrow, filters[0]), (narrow, first, filters[0])),
        *((second, wide, filters[1]), (wide, second, filters[1]), (second, filters[1], wide - 1)),
    ]
    parts = BATCH // Layer.part
    dense = dense_products((filters[1] * second // 4, 128, 10), Layer.part, parts)
    before = (Layer.part, 128, filters[1] * second // 4, parts)  # here the first dense layer does pass a gradient on
    return [*((*product, BATCH) for product in of_images), *dense, before]


def work(shape: tuple[int, int, int], filters: tuple[int, int], window: int, count: int, target: float) -> Work:
    """Give a network's training on as many stimuli."""
    if shape == (28, 28, 1):
        x, y = digits(count)
    else:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(count, *shape)).astype(np.float32), rng.integers(0, 10, count)
    size = " x ".join(map(str, shape))
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
        products=products(shape, filters, window),
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
    parser.add_argument("--shrink", type=int, default=1, help="divide the numbers of stimuli by this")
    options = parser.parse_args()
    if not available("torch"):
        print("PyTorch is not installed here (pip install 'isocortex[torch]'): ours is timed alone")
    for window in (3, 5):
        for shape, filters, count, target in (
            ((28, 28, 1), (16, 32), 5120, 1.4),
            ((32, 32, 3), (64, 128), 640, 1.0),
        ):
            one = work(shape, filters, window, count // options.shrink, target)
            for threads in options.threads:
                more = {"PyTorch channels last, fused Adam": channels_last(one, threads)} if available("torch") else {}
                compare(one, threads, options.repeats, more)


if __name__ == "__main__":
    main()
