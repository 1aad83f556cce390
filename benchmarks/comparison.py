"""A layer-to-region map beside rsatoolbox in the same run, and its cost against stimuli, units and bootstraps.

rsatoolbox's `eval_bootstrap_pattern` is called for one region at a time, as it gives no more than the mean over the
RDMs of a call. It is timed on a few bootstraps and extrapolated, once as it comes, and once without the noise ceiling
that it computes in every bootstrap and we do not: the ratio is to the latter.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import compare
from compare.inference import PairVectors, bootstrap_draws, resampled_similarities
from compare.mapping.cast import prepare
from compare.measures import RSA, measure_named
from isocortex.threads import run_on_threads

LAYERS, REGIONS, STIMULI, BOOTSTRAPS = 5, 5, 200, 1000
FEW, MORE = 3, 8  # bootstraps that rsatoolbox is timed with
CENTRING = {"pearson": "mean", "spearman": "ranks"}

Activity = dict[str, np.ndarray]


def activities(stimuli: int = STIMULI, units: int = 1000) -> tuple[Activity, Activity]:
    """Give layers and regions that share what they respond to."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(stimuli, 20))
    layers = {f"layer{i}": np.maximum(latent @ rng.normal(size=(20, units)), 0) for i in range(LAYERS)}
    regions = {
        f"region{i}": latent @ rng.normal(size=(20, units)) + rng.normal(size=(stimuli, units)) for i in range(REGIONS)
    }
    return layers, regions


def best_of(repeats: int, function: Callable[[], Any]) -> float:
    """Give the least seconds of several calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def ours(layers: Activity, regions: Activity, method: str, bootstraps: int = BOOTSTRAPS) -> np.ndarray:
    """Give the similarity of every layer and region in each bootstrap, RDMs included."""
    subjects = [*layers.values(), *regions.values()]
    with threadpool_limits(limits=1, user_api="blas"):
        rdms = run_on_threads(compare.rdm, subjects)
    vectors = PairVectors(np.stack(rdms), CENTRING[method])
    draws = bootstrap_draws(len(subjects[0]), bootstraps, np.random.default_rng(0))
    return resampled_similarities(vectors, draws)[:, :LAYERS, LAYERS:]


def theirs(layers: Activity, regions: Activity, method: str, ceiling: bool) -> float:
    """Give the seconds that rsatoolbox would take for all bootstraps of all regions, extrapolated."""
    import rsatoolbox

    models = [rsatoolbox.model.ModelFixed(name, compare.rdm(x)) for name, x in layers.items()]
    rdms = [rsatoolbox.rdm.RDMs(compare.rdm(x)[None]) for x in regions.values()]

    def evaluated(bootstraps: int) -> None:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for rdm in rdms:
                rsatoolbox.inference.eval_bootstrap_pattern(
                    models, rdm, method=method, N=bootstraps, boot_noise_ceil=ceiling
                )

    few, more = best_of(2, lambda: evaluated(FEW)), best_of(2, lambda: evaluated(MORE))
    return (more - few) / (MORE - FEW) * BOOTSTRAPS


def beside_rsatoolbox() -> None:
    """Print both times and their ratio."""
    layers, regions = activities()
    print(f"{LAYERS} layers x {REGIONS} regions, {STIMULI} stimuli, {BOOTSTRAPS} bootstraps, RSA")
    for method, name, target in (("pearson", "corr", 200), ("spearman", "spearman", 50)):
        ours(layers, regions, method, 20)  # compiled now
        fast = best_of(3, lambda method=method: ours(layers, regions, method))
        whole = best_of(
            2, lambda method=method: compare.map_layers(layers, regions, method=method, bootstrap=BOOTSTRAPS)
        )
        slow, default = (theirs(layers, regions, name, ceiling) for ceiling in (False, True))
        print(
            f"  {method:9s} isocortex {fast:5.2f} s   rsatoolbox {slow:5.0f} s (with its ceilings {default:.0f} s; "
            f"extrapolated from {MORE})   {slow / fast:4.0f} x (target {target})"
        )
        print(f"            whole map_layers, 1000 permutations and all else included: {whole:.2f} s")


def cost() -> None:
    """Print how the time grows."""
    print("\nmap_layers, 5 layers x 5 regions, 1000 permutations, seconds")
    print("  stimuli  units  bootstraps     rsa     cka")
    for stimuli, units, bootstraps in (
        (100, 1000, 1000),
        (200, 1000, 1000),
        (400, 1000, 1000),
        (200, 4000, 1000),
        (200, 1000, 4000),
    ):
        layers, regions = activities(stimuli, units)
        seconds = [
            best_of(1, lambda measure=measure: compare.map_layers(layers, regions, measure, bootstrap=bootstraps))  # noqa: B023
            for measure in ("rsa", "cka")
        ]
        print(f"  {stimuli:7d}  {units:5d}  {bootstraps:10d}  {seconds[0]:6.2f}  {seconds[1]:6.2f}")
    print("  any other measure: draws of half of the stimuli, permutations and stimuli left out, one thread, ms each")
    print(f"  {LAYERS} layers of 1000 units x {REGIONS} regions of 100 units and 4 trials, {STIMULI} stimuli: ", end="")
    print(f"all {LAYERS * REGIONS} cells at once")
    for measure in ("procrustes", "svcca", "tau-a", "ridge"):
        print(f"  {measure:10s} draw {{:7.1f}}   permutation {{:7.1f}}".format(*_of_all_cells(measure)))


def _of_all_cells(name: str) -> tuple[float, float]:
    """Give the milliseconds of a draw and of a permutation."""
    layers, regions = activities()
    rng = np.random.default_rng(0)
    noisy = {key: x[:, None, :100] + rng.normal(size=(STIMULI, 4, 100)) for key, x in regions.items()}
    measure = RSA(method=name) if name.startswith("tau") else measure_named(name)
    with warnings.catch_warnings(), threadpool_limits(limits=1, user_api="blas"):
        warnings.simplefilter("ignore")
        cast = prepare(layers, noisy, measure, None, None)
        draws, labels = cast.subjects.draws(2, rng), np.stack([rng.permutation(STIMULI) for _ in range(2)])
        drawn = best_of(2, lambda: cast.subjects.similarities(draws))
        permuted = best_of(2, lambda: cast.subjects.permuted(cast.rows, cast.columns, labels))
    return 1000 * drawn / 2, 1000 * permuted / 2


def readout() -> None:
    """Print the time of a readout."""
    wide = np.random.default_rng(0).normal(size=(STIMULI, 40_000))
    seconds = best_of(2, lambda: compare.readout(wide, np.arange(STIMULI) % 10))
    print(f"\nreadout, {STIMULI} stimuli x 40,000 units, 5 folds: {seconds:.2f} s")


def main() -> None:
    """Print everything."""
    beside_rsatoolbox()
    cost()
    readout()


if __name__ == "__main__":
    main()
