"""A layer-to-region map beside the plain loop in NumPy and SciPy that gives the same numbers.

The plain loop writes each bootstrap out: it indexes the square RDMs with the drawn stimuli, drops the pairs of a
stimulus with itself, ranks what is left and correlates. It is timed on a few bootstraps and extrapolated.
"""

import time

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

import compare
from compare.inference import PairVectors, bootstrap_draws, pair_form, resampled_similarities
from compare.measures import RSA

LAYERS, REGIONS, STIMULI, BOOTSTRAPS, TIMED = 8, 6, 200, 1000, 20


def plain_loop(layers: list[np.ndarray], regions: list[np.ndarray], draws: np.ndarray) -> np.ndarray:
    """Compute Spearman RSA of every layer with every region for each bootstrap, the plain way."""
    squares = [squareform(pdist(x, "correlation")) for x in layers + regions]
    result = np.empty((len(draws), len(layers), len(regions)))
    for index, counts in enumerate(draws):
        sample = np.repeat(np.arange(len(counts)), counts)
        first, second = np.triu_indices(len(sample), 1)
        different = sample[first] != sample[second]
        a, b = sample[first[different]], sample[second[different]]
        ranks = np.stack([rankdata(square[a, b]) for square in squares])
        result[index] = np.corrcoef(ranks)[: len(layers), len(layers) :]
    return result


def best_of(repeats: int, function, *arguments):
    """Give the least seconds of several calls, and the result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def main() -> None:
    """Print the times, their ratio and the largest difference of the numbers."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(STIMULI, 20))
    layers = [np.maximum(latent @ rng.normal(size=(20, 1000)), 0) for _ in range(LAYERS)]
    regions = [latent @ rng.normal(size=(20, 1000)) + rng.normal(size=(STIMULI, 1000)) for _ in range(REGIONS)]
    draws = bootstrap_draws(STIMULI, BOOTSTRAPS, rng)

    def ours() -> np.ndarray:
        form = pair_form(RSA())
        vectors = PairVectors(np.stack([form.vector(x) for x in layers + regions]), form.centring)
        return resampled_similarities(vectors, draws)[:, :LAYERS, LAYERS:]

    ours()  # compiled now
    fast, found = best_of(3, ours)
    few, expected = best_of(2, plain_loop, layers, regions, draws[:TIMED])
    slow = few * BOOTSTRAPS / TIMED
    print(f"{LAYERS} layers x {REGIONS} regions, {STIMULI} stimuli, {BOOTSTRAPS} bootstraps, Spearman")
    print(f"  resampled_similarities  {fast:7.2f} s")
    print(f"  plain loop              {slow:7.2f} s (extrapolated from {TIMED})   {slow / fast:.0f} x")
    print(f"  largest difference      {np.abs(found[:TIMED] - expected).max():.1e}")
    activity = ({f"layer{i}": x for i, x in enumerate(layers)}, {f"region{i}": x for i, x in enumerate(regions)})
    others = {
        "given": {"pixels": rng.normal(size=(STIMULI, 1600)), "position": rng.normal(size=(STIMULI, 2))},
        "nulls": {"untrained": {name: rng.normal(size=x.shape) for name, x in activity[0].items()}},
    }
    for measure in ("rsa", "cka"):
        seconds, _ = best_of(2, lambda measure=measure: compare.map_layers(*activity, measure, **others))
        print(f"map_layers {measure}, two given, one null, 1000 permutations: {seconds:.2f} s   target: a few seconds")
    wide = rng.normal(size=(STIMULI, 40_000))
    seconds, _ = best_of(2, compare.readout, wide, np.arange(STIMULI) % 10)
    print(f"readout, {STIMULI} stimuli x 40,000 units, 5 folds: {seconds:.2f} s")


if __name__ == "__main__":
    main()
