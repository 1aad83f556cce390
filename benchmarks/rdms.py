"""RDMs of ten wide layers, and of trials in units of their noise, beside rsatoolbox in the same process.

The share of the machine's rate counts the work that must be done, half a matrix product a layer, against a product of
the same shapes. rsatoolbox's Euclidean distance is one such half product too; its correlation distance is none.
"""

import time
import tracemalloc

import numpy as np
import rsatoolbox
from scipy.spatial.distance import pdist

import compare
from compare.measures import Crossnobis, noise_precision

STIMULI, LAYERS, UNITS = 1000, 10, 4096
TRIALS, FEWER, NARROWER = 4, 500, 1000


def seconds(function, repeats: int = 3) -> float:
    """Give the least seconds of several calls."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return min(taken)


def wide_layers(rng: np.random.Generator) -> None:
    """Correlation and Euclidean RDMs of ten layers."""
    layers = {f"layer {index}": rng.normal(size=(STIMULI, UNITS)) for index in range(LAYERS)}
    datasets = [rsatoolbox.data.Dataset(x) for x in layers.values()]
    one, other = layers["layer 0"], np.ascontiguousarray(layers["layer 1"].T)
    product = seconds(lambda: one @ other, 20)
    print(f"{LAYERS} layers, {STIMULI} stimuli x {UNITS} units; the machine's rate: ", end="")
    print(f"{2e-9 * STIMULI**2 * UNITS / product:.0f} GFLOP/s")
    for distance, repeats in (("euclidean", 3), ("correlation", 1)):
        ours = seconds(lambda distance=distance: compare.rdms(layers, distance))
        theirs = seconds(lambda distance=distance: rsatoolbox.rdm.calc_rdm(datasets, method=distance), repeats)
        tracemalloc.start()
        found = compare.rdms(layers, distance)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        expected = rsatoolbox.rdm.calc_rdm(datasets[:1], method=distance).dissimilarities[0]
        held = 1 + peak / sum(x.nbytes for x in layers.values())
        print(f"  {distance:12} ours {ours:6.2f} s   rsatoolbox {theirs:6.2f} s   {theirs / ours:5.1f} x", end="   ")
        print(f"{LAYERS * product / 2 / ours:.0%} of the rate   {held:.1f} x the activity", end="   ")
        print(f"largest difference {np.abs(found.values[0] - expected).max():.0e}")


def near_patterns(rng: np.random.Generator) -> None:
    """Print what is left of the distances of patterns that are nearly equal."""
    x = 1e3 + np.repeat(rng.normal(size=(10, 500)), 20, axis=0) + 1e-6 * rng.normal(size=(200, 500))
    expected = pdist(x, "sqeuclidean") / 500
    theirs = rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(x), method="euclidean").dissimilarities[0]
    worst = [np.abs(found / expected - 1).max() for found in (compare.rdm(x, "euclidean"), theirs)]
    print(f"200 patterns of 10 kinds, 1e-6 apart: largest relative error ours {worst[0]:.0e}, ", end="")
    print(f"rsatoolbox {worst[1]:.0e} ({(theirs < 0).sum()} distances negative)")


def in_units_of_noise(rng: np.random.Generator) -> None:
    """Crossnobis distances, with a precision that is given, and with one that is estimated."""
    x = rng.normal(size=(FEWER, 1, NARROWER)) + rng.normal(size=(FEWER, TRIALS, NARROWER))
    about = {"stimulus": np.repeat(np.arange(FEWER), TRIALS), "fold": np.tile(np.arange(TRIALS), FEWER)}
    data = rsatoolbox.data.Dataset(x.reshape(-1, NARROWER), obs_descriptors=about)
    ours = seconds(lambda: noise_precision(x))
    theirs = seconds(lambda: rsatoolbox.data.noise.prec_from_unbalanced(data, "stimulus"), 1)
    print(f"{FEWER} stimuli x {TRIALS} trials x {NARROWER} units")
    print(f"  noise precision       ours {ours:6.2f} s   rsatoolbox {theirs:6.2f} s   {theirs / ours:5.1f} x")
    precision = noise_precision(x)
    options = {"method": "crossnobis", "descriptor": "stimulus", "noise": precision, "cv_descriptor": "fold"}
    ours = seconds(lambda: compare.rdm(x, Crossnobis(precision)))
    theirs = seconds(lambda: rsatoolbox.rdm.calc_rdm(data, **options), 1)
    print(f"  crossnobis, given     ours {ours:6.2f} s   rsatoolbox {theirs:6.2f} s   {theirs / ours:5.1f} x")
    print(f"  crossnobis, estimated ours {seconds(lambda: compare.rdm(x, 'crossnobis')):6.2f} s   ", end="")
    print("(from the other trials for each pair of trials: no peer)")
    counts = rng.poisson(2.0, size=(FEWER, TRIALS, NARROWER)).astype(float)
    data = rsatoolbox.data.Dataset(counts.reshape(-1, NARROWER), obs_descriptors=about)
    options = {"method": "poisson_cv", "descriptor": "stimulus", "cv_descriptor": "fold"}
    ours = seconds(lambda: compare.rdm(counts, "poisson-cv"))
    theirs = seconds(lambda: rsatoolbox.rdm.calc_rdm(data, **options), 1)
    print(
        f"  poisson-cv            ours {ours:6.2f} s   rsatoolbox {theirs:6.2f} s   {theirs / ours:5.1f} x", end="   "
    )
    print("(theirs returns its last fold only)")


def main() -> None:
    """Print seconds, ratios, shares of the machine's rate, and memory."""
    np.seterr(invalid="ignore")  # rsatoolbox's averages begin as NaN in whole numbers
    rng = np.random.default_rng(0)
    wide_layers(rng)
    near_patterns(rng)
    in_units_of_noise(rng)


if __name__ == "__main__":
    main()
