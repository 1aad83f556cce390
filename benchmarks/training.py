"""Training: the study's network and the founding example, beside PyTorch on the same work where it is installed."""

import argparse
import importlib.util
import time
from collections.abc import Callable

import numpy as np

import ann
from compare.datasets import digits, shifted

TARGETS = {"CNN": 6.0, "founding example": 0.1}


def network() -> ann.Sequential:
    """Give the default study's network, compiled."""
    layers = ann.layers
    model = ann.Sequential(
        [
            layers.Conv2D(16, 5, padding="same", activation="relu", input_shape=(40, 40, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def our_network(x: np.ndarray, y: np.ndarray, batch: int) -> float:
    """Time one epoch, compilation excluded."""
    model = network()
    model.train_on_batch(x[:batch], y[:batch])
    return timed(lambda: model.fit(x, y, batch_size=batch))


def our_line(x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Time the founding example's fit."""
    model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    return timed(lambda: model.fit(x, y, epochs=epochs))


def torch_epochs(module, optimizer, loss, x, y, batch: int, epochs: int) -> float:  # type: ignore[no-untyped-def]
    """Time the plain loop that PyTorch's tutorials write, on tensors in memory."""
    import torch

    def run() -> None:
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for start in range(0, len(x), batch):
                rows = order[start : start + batch]
                optimizer.zero_grad()
                loss(module(x[rows]), y[rows]).backward()
                optimizer.step()

    return timed(run)


def torch_network(x: np.ndarray, y: np.ndarray, batch: int) -> float:
    """Time one epoch of the same network in PyTorch."""
    import torch
    from torch import nn

    module = nn.Sequential(
        *(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(3200, 128), nn.ReLU(), nn.Linear(128, 10)),
    )
    stimuli, labels = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(y)
    optimizer = torch.optim.Adam(module.parameters())
    torch_epochs(module, optimizer, nn.CrossEntropyLoss(), stimuli[:batch], labels[:batch], batch, 2)
    return torch_epochs(module, optimizer, nn.CrossEntropyLoss(), stimuli, labels, batch, 1)


def torch_line(x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Time the founding example in PyTorch."""
    import torch
    from torch import nn

    module = nn.Linear(1, 1)
    stimuli, targets = torch.from_numpy(x).float(), torch.from_numpy(y).float()[:, None]
    return torch_epochs(module, torch.optim.SGD(module.parameters(), 0.01), nn.MSELoss(), stimuli, targets, 32, epochs)


def timed(function: Callable[[], object]) -> float:
    """Give the wall time of one call."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def main() -> None:
    """Print the least of several times, and the ratio to PyTorch's in the same run, taking turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--stimuli", type=int, default=8000, help="digits in the network's epoch")
    options = parser.parse_args()
    data = digits()
    x, _ = shifted(data.images[: options.stimuli])
    labels = data.labels[: options.stimuli].astype(np.int64)
    rng = np.random.default_rng(0)
    line = rng.normal(size=(100, 1))
    works: list[tuple[str, Callable[[], float], Callable[[], float], float]] = [
        (
            f"CNN, {options.stimuli} digits, batch {batch}, one epoch",
            lambda batch=batch: our_network(x, labels, batch),  # type: ignore[misc]
            lambda batch=batch: torch_network(x, labels, batch),  # type: ignore[misc]
            TARGETS["CNN"] * options.stimuli / 8000,
        )
        for batch in (32, 64)
    ]
    works.append(
        (
            "founding example, 1000 epochs",
            lambda: our_line(line, 42 * line[:, 0], 1000),
            lambda: torch_line(line, 42 * line[:, 0], 1000),
            TARGETS["founding example"],
        )
    )
    with_torch = importlib.util.find_spec("torch") is not None
    for name, ours, theirs, target in works:
        own, other = [], []
        for _ in range(options.repeats):
            own.append(ours())
            if with_torch:
                other.append(theirs())
        line_end = (
            f"PyTorch {min(other):.3f} s, ours / PyTorch {min(own) / min(other):.2f}" if other else "no PyTorch here"
        )
        print(f"{name}: {min(own):.3f} s, target {target:g} s; {line_end}")


if __name__ == "__main__":
    main()
