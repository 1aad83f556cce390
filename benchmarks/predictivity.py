"""Cross-validated ridge predictivity beside scikit-learn's RidgeCV on the same folds and penalties, in one run.

1000 stimuli of 4096 units predict 1000 targets; 10 folds; 20 penalties, one chosen for each target by leave-one-out.
Both use all cores. scikit-learn is timed on two folds and extrapolated. Memory is what the process takes beyond its
arrays, in a process of its own.
"""

import resource
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from compare.measures import PLSPredictivity, RidgePredictivity
from compare.measures.predictivity.folds import held_out_folds
from isocortex.threads import resolve_threads

STIMULI, UNITS, TARGETS, FOLDS, TIMED = 1000, 4096, 1000, 10, 2


def subjects() -> tuple[np.ndarray, np.ndarray]:
    """Give a layer, and a region that is partly a linear function of it."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(STIMULI, 60)) * np.logspace(0, -1, 60)
    x = latent @ rng.normal(size=(60, UNITS)) + 0.3 * rng.normal(size=(STIMULI, UNITS))
    noise = np.logspace(-1, 1, TARGETS)
    return x, latent @ rng.normal(size=(60, TARGETS)) + noise * rng.normal(size=(STIMULI, TARGETS))


def gemm_rate(kind: type) -> float:
    """Give the machine's multiplications and additions a second of square products, in units of 10⁹."""
    a = np.random.default_rng(0).normal(size=(1500, 1500)).astype(kind)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * 1500**3 / min(times) / 1e9


def reference(x: np.ndarray, y: np.ndarray, part: tuple[np.ndarray, np.ndarray], penalties: tuple[float, ...]):
    """Fit and predict one fold with scikit-learn; give seconds, the chosen multiples, and the correlations."""
    from sklearn.linear_model import RidgeCV

    training, held_out = part
    scale = np.sum((x[training] - x[training].mean(axis=0)) ** 2) / len(training)
    start = time.perf_counter()
    found = RidgeCV(np.array(penalties) * scale, alpha_per_target=True).fit(x[training], y[training])
    predicted = found.predict(x[held_out])
    seconds = time.perf_counter() - start
    observed = y[held_out]
    r = [np.corrcoef(predicted[:, unit], observed[:, unit])[0, 1] for unit in range(y.shape[1])]
    return seconds, found.alpha_ / scale, np.array(r)


def memory(traced: bool) -> None:
    """Print the peak beyond the subjects themselves, as a multiple of them: of arrays, or of the whole process."""
    x, y = subjects()
    size = x.nbytes + y.nbytes
    RidgePredictivity(folds=3)(x[:30, :40], y[:30, :5])  # loads what is loaded once
    if traced:
        tracemalloc.start()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    RidgePredictivity()(x, y)
    if traced:
        print(f"  memory beyond the activity of {size / 1e6:.0f} MB: arrays", end=" ")
        print(f"{tracemalloc.get_traced_memory()[1] / size:.1f} times it", flush=True)
    else:
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - resident
        print(f"  and the process, with buffers of BLAS and a heap a thread: {grown / size:.1f} times it", flush=True)


def main() -> None:
    """Measure and print."""
    if sys.argv[1:]:
        return memory(traced=sys.argv[1] == "arrays")
    x, y = subjects()
    measure = RidgePredictivity()
    parts = held_out_folds(STIMULI, FOLDS, measure.seed)
    measure(x[:100], y[:100])
    ours, theirs, results = [], [], []
    for part in parts[:TIMED]:  # interleaved
        start = time.perf_counter()
        units = measure.evaluate(x, y).units
        ours.append(time.perf_counter() - start)
        results.append(reference(x, y, part, measure.penalties))
        theirs.append(results[-1][0] * FOLDS)
    print(f"{STIMULI} stimuli x {UNITS} units -> {TARGETS} units, {FOLDS} folds, {len(measure.penalties)} penalties")
    print(f"  RidgePredictivity     {min(ours):6.2f} s")
    print(f"  scikit-learn RidgeCV  {min(theirs):6.2f} s (from {TIMED} folds)   {min(theirs) / min(ours):.1f} x")
    same = [np.isclose(units["penalty"][fold], found[1], rtol=1e-6).mean() for fold, found in enumerate(results)]
    apart = [np.abs(units["correlation_by_fold"][fold] - found[2]).max() for fold, found in enumerate(results)]
    print(f"  same penalties chosen: {100 * min(same):.1f} %; correlations differ by at most {float(max(apart)):.0e}")
    n = STIMULI * (FOLDS - 1) // FOLDS
    single = 2.0 * n * n * TARGETS * len(measure.penalties) * FOLDS / 1e9
    double = (2.0 * STIMULI**2 * UNITS + FOLDS * (2.0 * n * n * TARGETS + 4 * n**3)) / 1e9
    least = single / gemm_rate(np.float32) + double / gemm_rate(np.float64)
    share = 100 * least / min(ours)
    print(f"  matrix products of all penalties at GEMM's rate alone: {least:.2f} s, {share:.0f} % of the time")
    print("    (penalties that a bound excludes are never multiplied out, so this may exceed 100 %)")
    with threadpool_limits(limits=resolve_threads(None), user_api="blas"):
        start = time.perf_counter()
        score = PLSPredictivity()(x, y)
    print(f"  PLSPredictivity, 25 components: {time.perf_counter() - start:.2f} s, score {score:.3f}")
    sys.stdout.flush()
    for what in ("arrays", "process"):
        subprocess.run([sys.executable, "-m", "benchmarks.predictivity", what], check=True)


if __name__ == "__main__":
    main()
