"""Dense networks beside PyTorch and scikit-learn: the founding example, logistic regression and a perceptron."""

import argparse
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import ann
from benchmarks.peers.common import available
from benchmarks.peers.torch_networks import Work, classifier, compare, dense_products, digits, timed

SIZES = (784, 256, 128, 10)
BATCH = 64
OVER_SCIKIT_LEARN = 3.0


def founding_example() -> Work:
    """Give the line through 100 points, 1000 epochs."""

    def network() -> ann.Sequential:
        model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))])
        model.compile(optimizer="sgd", loss="mean_squared_error")
        return model

    def module() -> Any:
        from torch import nn

        return nn.Linear(1, 1)

    def optimizer(parameters: Any) -> Any:
        import torch

        return torch.optim.SGD(parameters, 0.01)

    def criterion() -> Any:
        from torch import nn

        return nn.MSELoss()

    x = np.random.default_rng(0).normal(size=(100, 1)).astype(np.float32)
    return Work(
        "founding example, 1000 epochs",
        network,
        module,
        x,
        42 * x,
        15,
        32,
        1000,
        optimizer=optimizer,
        criterion=criterion,
        products=dense_products((1, 1), 32),
        rest="calls: some forty of Python's functions and NumPy's on arrays of 32 numbers, and fit's own loop",
    )


def layered(name: str, sizes: tuple[int, ...], target: float, epochs: int, optimizer: str) -> Work:
    """Give a classifier of digits with these numbers of units, rectifiers between its layers."""
    images, labels = digits()

    def network() -> ann.Sequential:
        dense = [ann.layers.Dense(units, "relu") for units in sizes[1:-1]]
        return classifier([*dense, ann.layers.Dense(sizes[-1], "softmax")], optimizer)

    def module() -> Any:
        from torch import nn

        parts: list[Any] = []
        for before, after in pairwise(sizes):
            parts += [nn.Linear(before, after), nn.ReLU()]
        return nn.Sequential(*parts[:-1])

    def theirs(parameters: Any) -> Any:
        import torch

        return torch.optim.Adam(parameters) if optimizer == "adam" else torch.optim.SGD(parameters, 0.01)

    x = images.reshape(len(images), -1)
    built = network()
    built.build(x.shape[1:])
    parts = built.plan.rows(BATCH)
    products = dense_products(sizes, BATCH // len(parts), len(parts))
    return Work(name, network, module, x, labels, target, BATCH, epochs, optimizer=theirs, products=products)


def scikit_learn(work: Work, threads: int) -> Callable[[], float]:
    """Give what times scikit-learn's perceptron on the same work; its only threads are those of its BLAS."""
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    perceptron = MLPClassifier(SIZES[1:-1], alpha=0, batch_size=work.batch, max_iter=work.epochs, n_iter_no_change=1000)

    def fit() -> None:
        with warnings.catch_warnings(), threadpool_limits(threads):
            warnings.simplefilter("ignore")  # that it has not converged after so few epochs
            perceptron.fit(work.x, work.y)

    return lambda: timed(fit)


def main() -> None:
    """Print every work's line, on one thread and on two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    if not available("torch"):
        print("PyTorch is not installed here (pip install 'isocortex[torch]'): ours is timed without it")
    perceptron = layered("MLP 784-256-128-10, Adam, 5 epochs", SIZES, 2, 5, "adam")
    logistic = layered("logistic 784-10, SGD, 5 epochs", (784, 10), 4, 5, "sgd")
    name = f"scikit-learn, target {OVER_SCIKIT_LEARN:g} x,"
    for threads in options.threads:
        compare(founding_example(), threads, options.repeats)
        compare(logistic, threads, options.repeats)
        compare(perceptron, threads, options.repeats, {name: scikit_learn(perceptron, threads)})


if __name__ == "__main__":
    main()
