"""Debiased linear CKA of all pairs of ten layers, beside plain NumPy and beside the products alone.

The plain implementation computes each kernel once and each criterion as Song and others (2012) write it. The machine's
rate is that of the products ``XXᵀ`` of the same ten layers, computed in full by one call each, on as many threads.
"""

import time
import tracemalloc

import numpy as np

import compare

STIMULI, LAYERS, UNITS, REPEATS = 1000, 10, 4096, 5


def plain(layers: dict[str, np.ndarray]) -> np.ndarray:
    """Compute debiased linear CKA of all pairs as it is written down."""
    n = STIMULI
    kernels = []
    for x in layers.values():
        centred = x - x.mean(axis=0)
        kernel = centred @ centred.T
        np.fill_diagonal(kernel, 0)
        kernels.append(kernel)

    def criterion(k: np.ndarray, m: np.ndarray) -> float:
        trace = np.sum(k * m)
        return (trace + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 * (k.sum(0) @ m.sum(0)) / (n - 2)) / (n * (n - 3))

    own = [criterion(k, k) for k in kernels]
    crossed = [[criterion(k, m) for m in kernels] for k in kernels]
    return np.array(crossed) / np.sqrt(np.outer(own, own))


def products_alone(layers: dict[str, np.ndarray]) -> None:
    """Compute the full product of each layer with a copy of itself, which no library shortens to a half."""
    out = np.empty((STIMULI, STIMULI))
    for x in layers.values():
        np.matmul(x, _copies[id(x)].T, out=out)


_copies: dict[int, np.ndarray] = {}


def main() -> None:
    """Print times, their ratios, the share of the products, memory and the largest difference."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(STIMULI, 50))
    layers = {
        f"layer{index}": np.maximum(latent @ rng.normal(size=(50, UNITS)) + rng.normal(size=(STIMULI, UNITS)), 0)
        for index in range(LAYERS)
    }
    _copies.update({id(x): x.copy() for x in layers.values()})
    calls = {
        "ours": lambda: compare.cka_matrix(layers, layers),
        "plain NumPy": lambda: plain(layers),
        "products alone": lambda: products_alone(layers),
    }
    seconds = dict.fromkeys(calls, np.inf)
    results = {}
    for _ in range(REPEATS):  # in turn, so that all see the same machine
        for name, call in calls.items():
            start = time.perf_counter()
            results[name] = call()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    _copies.clear()
    needed = LAYERS * STIMULI * (STIMULI + 1) * UNITS  # half of each product: kernels are symmetric
    rate = 2 * LAYERS * STIMULI**2 * UNITS / seconds["products alone"]
    print(f"{LAYERS} layers of {UNITS} units, {STIMULI} stimuli, debiased linear CKA of all pairs")
    for name, value in seconds.items():
        print(f"  {name:15s} {value:6.3f} s   {value / seconds['ours']:5.2f} x")
    print(f"  the machine's rate of products (GEMM)  {rate / 1e9:.0f} GFlop/s")
    print(f"  time of the full products, in ours     {seconds['products alone'] / seconds['ours']:.0%}   target: 70 %")
    print(f"  multiplications needed, at that rate   {needed / seconds['ours'] / rate:.0%} (half of the full products)")
    print(
        f"  largest difference                     {np.abs(results['ours'].values - results['plain NumPy']).max():.1e}"
    )
    activity = sum(x.nbytes for x in layers.values())
    for dtype in (np.float64, np.float32):
        typed = {name: x.astype(dtype) for name, x in layers.items()}
        activity = sum(x.nbytes for x in typed.values())
        tracemalloc.start()
        compare.cka_matrix(typed, typed)
        more = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"  peak memory, {dtype.__name__:8s} {(activity + more) / activity:.2f} x the activity   target: 3 x")


if __name__ == "__main__":
    main()
