"""Hierarchy scores, latencies and model recovery by simulation: size of tests, coverage, wrong claims, power."""

import sys

import numpy as np

import compare
from compare.mapping.hierarchy import hierarchy_scores
from compare.mapping.hierarchy.peak_latency import latency_score
from compare.mapping.resampled import resampled_matrix
from compare.mapping.soft import _depth_shuffled

LATENT, UNITS = 8, 40


def sizes(repetitions: int = 1000) -> None:
    """Print how often p falls below 0.05 where there is no order."""
    print(f"size of tests at 0.05 where there is no order, {repetitions} matrices each, wanted 0.05 or less")
    rng = np.random.default_rng(0)
    for layers, regions in ((4, 4), (5, 5), (8, 6)):
        p: dict[str, list[float]] = {}
        for matrix in rng.random((repetitions, layers, regions)):
            for name, score in hierarchy_scores(matrix, matrix[None], rng).items():
                p.setdefault(name, []).append(score["p_value"])
            p.setdefault("latency", []).append(latency_score(matrix[:, 0], matrix.T[:1], rng)["p_value"])
            p.setdefault("order kept", []).append(_depth_shuffled(matrix, matrix[None], rng)[2])
        told = ", ".join(f"{name} {np.mean(np.array(values) <= 0.05):.3f}" for name, values in p.items())
        print(f"  {layers} x {regions}  {told}")


def coverage(repetitions: int = 150, bootstraps: int = 200) -> None:
    """Print how often a 95 % interval of a hierarchy score holds the score that endless stimuli would give."""
    print(
        f"\ncoverage of 95 % intervals of hierarchy scores (stimuli), {repetitions} data sets each, wanted 0.90 to 0.97"
    )
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(5, 5 * LATENT, UNITS)) / np.sqrt(LATENT)
    mix = np.array([[1, 0.8, 0.5, 0.2, 0], [0.3, 1, 0.6, 0.2, 0], [0, 0.3, 0.6, 1, 0.4], [0, 0.1, 0.3, 0.5, 1]])

    def data(stimuli: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        latent = rng.normal(size=(stimuli, 5, LATENT))
        layers = {f"layer{k}": latent[:, k] @ weights[k, :LATENT] for k in range(5)}
        regions = {
            f"region{r}": np.einsum("k,skl->skl", part, latent).reshape(stimuli, -1) @ weights[r]
            + rng.normal(size=(stimuli, UNITS))
            for r, part in enumerate(mix)
        }
        return layers, regions

    def scores(stimuli: int, count: int) -> dict[str, dict[str, float]]:
        found = resampled_matrix(*data(stimuli), "cka", options={}, bootstrap=count, seed=int(rng.integers(2**31)))
        every = found.similarity
        return hierarchy_scores(every.value, every.resampled, rng, estimate=every)

    endless = [scores(1200, 100) for _ in range(8)]
    truth = {name: float(np.mean([each[name]["value"] for each in endless])) for name in endless[0]}
    for stimuli in (40, 120):
        held = dict.fromkeys(truth, 0)
        for _ in range(repetitions):
            for name, score in scores(stimuli, bootstraps).items():
                held[name] += score["low"] - 1e-9 <= truth[name] <= score["high"] + 1e-9
        told = ", ".join(f"{name} (true {truth[name]:.2f}) {count / repetitions:.3f}" for name, count in held.items())
        print(f"  {stimuli:4d} stimuli  {told}")


def latencies(repetitions: int = 100) -> None:
    """Print how often the interval of a peak's latency holds it, and how often a peak is found in noise."""
    print(f"\npeak latency, {repetitions} data sets each, 40 stimuli, 4 trials, bins of 10 ms")
    rng = np.random.default_rng(2)
    times = np.arange(5.0, 100, 10)
    peaks = np.array([25.0, 45.0, 65.0])
    weight = np.exp(-(((times - peaks[:, None]) / 15) ** 2))
    for noise in (2.0, 4.0, None):
        held = known = anywhere = 0
        for _ in range(repetitions):
            layers = {f"layer{k}": rng.normal(size=(40, 20)) for k in range(3)}
            signal = sum(np.multiply.outer(x, w) for x, w in zip(layers.values(), weight, strict=True))
            brain = (noise is not None) * np.asarray(signal)[:, None]
            brain = brain + (noise or 1.0) * rng.normal(size=(40, 4, 20, len(times)))
            found = compare.time_courses(
                layers, brain, times, bootstrap=200, permutations=200, seed=int(rng.integers(2**31))
            )
            there = np.isfinite(found["peak_latency"].values)
            known += int(there.sum())
            held += int(((found["peak_low"].values <= peaks) & (peaks <= found["peak_high"].values))[there].sum())
            anywhere += int(there.any())
        what = "noise only" if noise is None else f"noise {noise:g}"
        inside = "" if noise is None else f", interval holds the true peak {held / max(known, 1):.3f}"
        print(f"  {what}: a peak in {anywhere / repetitions:.3f}, peaks {known / repetitions / 3:.2f}{inside}")


def recovery(repetitions: int = 60) -> None:
    """Print what recovery foretells beside what happens in studies of other stimuli, and wrong claims."""
    print(f"\nmodel recovery, {repetitions} repetitions, 4 layers; foretold from 150 stimuli, then studies with others")
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=(12 if depth == 0 else UNITS, UNITS)) / 2 for depth in range(4)]

    def network(stimuli: int) -> dict[str, np.ndarray]:
        x, layers = rng.normal(size=(stimuli, 12)), {}
        for depth, weight in enumerate(weights):
            x = np.tanh(x @ weight)
            layers[f"layer{depth}"] = x
        return layers

    settings = {"units": 30, "trials": 2, "bootstrap": 150, "permutations": 150}
    for measure in ("cka", "rsa"):
        for stimuli in (20, 40):
            foretold = compare.recover_layers(
                network(150), 0.2, stimuli=stimuli, repetitions=repetitions, measure=measure, seed=1, **settings
            )
            happened = [
                compare.recover_layers(
                    network(stimuli), 0.2, repetitions=1, measure=measure, seed=seed, **settings
                ).overall["value"].item()
                for seed in range(repetitions)
            ]  # fmt: skip
            ends = [float(foretold.overall[end].item()) for end in ("value", "low", "high")]
            print(
                f"  {measure} {stimuli} stimuli: foretold {ends[0]:.2f} [{ends[1]:.2f}, {ends[2]:.2f}], "
                f"happened {np.mean(happened):.2f}, wrong {float(foretold.wrong['value'].mean()):.3f}"
            )


def main() -> None:
    """Run all of it, or what is named: ``python -m evidence.mapping sizes recovery``."""
    parts = {"sizes": sizes, "coverage": coverage, "latencies": latencies, "recovery": recovery}
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
