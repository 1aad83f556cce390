"""Networks trained side by side: ours, PyTorch's and whoever else, taking turns in one process on the same work.

A clock on a shared machine is noisy, so the sides take turns and the least time of each counts. Both sides train in
float32 on as many threads, on the same arrays in memory; each is warmed up by a few batches before, so that
compilation and first-touch memory are nobody's time. PyTorch's loop is the plain one of its tutorials.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import ann
from ann.parallel import blas_on_one_thread
from benchmarks.peers.common import available

Product = tuple[int, int, int, int]
"""Rows, inner length and columns of a matrix product, and how often it is computed for one batch."""


@dataclass
class Work:
    """One training that several sides do.

    Parameters
    ----------
    name : str
        What the printed line begins with.
    network : callable
        Gives our network, compiled.
    module : callable
        Gives PyTorch's `Module` of the same architecture (it imports torch itself).
    x, y : numpy.ndarray
        Stimuli (float32) and targets, as our side takes them.
    target : float
        How many times as fast as PyTorch ours shall be at least.
    batch, epochs : int
        Stimuli a step, and how often each is seen in one timing.
    their_x, their_y : numpy.ndarray, optional
        The same for PyTorch, where it wants another form (channels first).
    optimizer : callable, optional
        From parameters to PyTorch's optimiser; Adam by default.
    criterion : callable, optional
        Gives PyTorch's loss; cross-entropy from logits by default.
    products : sequence of Product
        Our matrix products for one batch, as they are really called (a batch in parts: the part's rows, and more
        often), so that they can be timed alone.
    loops : callable, optional
        Gives the operations of further products that are loops of our own, and their seconds for a batch on one thread.
    rest : str
        What else a step of ours does, most costly first.
    """

    name: str
    network: Callable[[], Any]
    module: Callable[[], Any]
    x: np.ndarray
    y: np.ndarray
    target: float
    batch: int = 64
    epochs: int = 1
    their_x: np.ndarray | None = None
    their_y: np.ndarray | None = None
    optimizer: Callable[[Any], Any] | None = None
    criterion: Callable[[], Any] | None = None
    products: Sequence[Product] = ()
    loops: Callable[[], tuple[float, float]] | None = None
    rest: str = "activations, the loss, gathering the batch and the optimiser"


def compare(
    work: Work, threads: int = 2, repeats: int = 5, more: Mapping[str, Callable[[], float]] | None = None
) -> float:
    """Time all sides of a work in turns, and print ratios, the target, and the share of our time that is BLAS's.

    Parameters
    ----------
    work : Work
        What is trained.
    threads : int
        For every side.
    repeats : int
        Turns; the least time of each side counts.
    more : mapping of str to callable, optional
        Further sides: each gives its seconds for the same work.

    Returns
    -------
    float
        How many times as fast as PyTorch ours is, NaN without PyTorch.
    """
    sides: dict[str, Callable[[], float]] = {"ours": our_side(work, threads)}
    if available("torch"):
        sides["PyTorch"] = torch_side(work, threads)
    times = in_turns({**sides, **(more or {})}, repeats)
    ours = times.pop("ours")
    samples = len(work.x) * work.epochs
    print(
        f"{work.name}, {threads} thread{'s' * (threads > 1)}: ours {ours:.3f} s, {samples / ours:,.0f} samples/s",
        flush=True,
    )
    for name, seconds in times.items():
        goal = f", target {work.target:g} x" if name == "PyTorch" else ""
        print(f"    {seconds / ours:5.2f} x as fast as {name} ({seconds:.3f} s){goal}")
    if work.products:
        print(f"    {_in_products(work, ours, threads)}", flush=True)
    return times.get("PyTorch", float("nan")) / ours


def in_turns(sides: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Give the least of each side's times, the sides taking turns."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            time.sleep(0.05)  # the other side's threads may still be spinning
            times[name].append(side())
    return {name: min(own) for name, own in times.items()}


def our_side(work: Work, threads: int) -> Callable[[], float]:
    """Give what times our training; further turns go on with the same network."""
    network = work.network()
    network.threads = threads
    network.fit(work.x[: 3 * work.batch], work.y[: 3 * work.batch], batch_size=work.batch)
    return lambda: timed(lambda: network.fit(work.x, work.y, epochs=work.epochs, batch_size=work.batch))


def torch_side(work: Work, threads: int) -> Callable[[], float]:
    """Give what times PyTorch's training."""
    import torch

    module = work.module()
    optimizer = work.optimizer(module.parameters()) if work.optimizer else torch.optim.Adam(module.parameters())
    criterion = work.criterion() if work.criterion else torch.nn.CrossEntropyLoss()
    x = torch.from_numpy(np.ascontiguousarray(work.x if work.their_x is None else work.their_x))
    y = torch.from_numpy(np.ascontiguousarray(work.y if work.their_y is None else work.their_y))

    def run(x: Any, y: Any, epochs: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for start in range(0, len(x), work.batch):
                rows = order[start : start + work.batch]
                optimizer.zero_grad()
                criterion(module(x[rows]), y[rows]).backward()
                optimizer.step()

    run(x[: 3 * work.batch], y[: 3 * work.batch], 1)
    return lambda: timed(lambda: run(x, y, work.epochs))


def dense_products(sizes: Sequence[int], rows: int, times: int = 1) -> list[Product]:
    """Give the products of dense layers, forward and backward; the first layer needs no gradient for its input."""
    found: list[Product] = []
    for index, (before, after) in enumerate(pairwise(sizes)):
        found += [(rows, before, after, times), (before, rows, after, times)]
        if index:
            found.append((rows, after, before, times))
    return found


def product_seconds(products: Sequence[Product], repeats: int = 7) -> float:
    """Time products alone on one thread, each on arrays of its own."""
    rng = np.random.default_rng(0)
    total = 0.0
    with blas_on_one_thread:
        for rows, inner, columns, times in products:
            a = rng.random((rows, inner), np.float32)
            b = rng.random((inner, columns), np.float32)
            out = np.empty((rows, columns), np.float32)
            calls = min(max(int(2e8 / (2 * rows * inner * columns)), 1), 20_000)

            def several(a: np.ndarray = a, b: np.ndarray = b, out: np.ndarray = out, calls: int = calls) -> None:
                for _ in range(calls):
                    np.dot(a, b, out=out)

            several()
            total += times * min(timed(several) for _ in range(repeats)) / calls
    return total


def machine_rate() -> float:
    """Give the operations per second of a large product in float32 on one thread."""
    return 2 * 1024**3 / product_seconds([(1024, 1024, 1024, 1)])


def digits(count: int = 10_000) -> tuple[np.ndarray, np.ndarray]:
    """Give stimuli (count, 28, 28, 1) in float32 and class numbers: the digits that ship, some of them twice."""
    from compare.datasets import digits as shipped

    data = shipped()
    rows = np.arange(count) % len(data.labels)
    images = np.asarray(data.images, np.float32)[rows]
    return images.reshape(count, 28, 28, 1), np.asarray(data.labels, np.int64)[rows]


def timed(function: Callable[[], object]) -> float:
    """Give the wall time of one call."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def classifier(layers: Sequence[Any], optimizer: Any = "adam") -> ann.Sequential:
    """Give a compiled network of these layers, for class numbers."""
    model = ann.Sequential(layers)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def _in_products(work: Work, ours: float, threads: int) -> str:
    """Say what the products alone would take, were they spread evenly over the threads, and what separates the rest."""
    steps = -(-len(work.x) // work.batch) * work.epochs
    # What is computed once a batch is not shared among threads.
    blas = sum(product_seconds([product]) / min(threads, product[-1]) for product in work.products) * steps
    looped, looping = work.loops() if work.loops else (0.0, 0.0)
    alone = blas + looping / threads * steps
    operations = (
        sum(2 * rows * inner * columns * often for rows, inner, columns, often in work.products) + looped
    ) * steps
    loops = f", products in loops of our own {looping / threads * steps / ours:.0%}" if looping else ""
    whole = machine_rate() * threads
    return (
        f"BLAS {blas / ours:.0%} of the time{loops}; {operations / ours / 1e9:.3g} GF/s, a large product here "
        f"{whole / 1e9:.3g}\n    What separates them: products of these sizes reach "
        f"{operations / alone / 1e9:.3g} GF/s by themselves, and the other {1e6 * (ours - alone) / steps:.0f} us of "
        f"a step's {1e6 * ours / steps:.0f} are {work.rest}."
    )
