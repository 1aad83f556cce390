"""Coverage of the intervals, size of the tests and truth of the ceilings of a layer-to-region map, by simulation."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numba import njit

import compare
from compare.inference import (
    Estimate,
    PairForm,
    PairVectors,
    bootstrap_draws,
    left_out_draws,
    max_statistic_p,
    pair_form,
    percentile_interval,
    resampled_similarities,
)
from compare.inference.draws import permutations_of
from compare.inference.scale import scale_of
from compare.mapping.resampled import resampled_matrix
from compare.measures import (
    CCA,
    RSA,
    SVCCA,
    BuresSimilarity,
    Measure,
    PLSPredictivity,
    Procrustes,
    RidgePredictivity,
    UnitMatching,
    measure_named,
)

LATENT, UNITS = 8, 60
SHARED = (0.0, 0.5, 0.9)
"""How much of its latent variables the second subject shares with the first: none, some, most."""


def interval_coverage(repetitions: int = 300, bootstraps: int = 300) -> None:
    """Print how often a 95 % interval holds the similarity that endless stimuli would give."""
    print(f"coverage of 95 % bootstrap intervals, {repetitions} data sets each, nominal 0.95, wanted 0.90 to 0.97")
    print("(in brackets: plain percentile intervals, without the correction for what only pairs of stimuli carry)")
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(LATENT, UNITS)) / np.sqrt(LATENT) for _ in range(1 + len(SHARED))]

    def subjects(stimuli: int) -> Iterator[np.ndarray]:
        latent = rng.normal(size=(stimuli, LATENT))
        yield np.maximum(latent @ weights[0], 0)
        for share, weight in zip(SHARED, weights[1:], strict=True):
            own = share * latent + np.sqrt(1 - share**2) * rng.normal(size=latent.shape)
            yield np.maximum(own @ weight, 0) + 0.5 * rng.normal(size=(stimuli, UNITS))

    for measure in ("rsa", "cka"):
        form = pair_form(measure_named(measure))

        def vectors(stimuli: int, form: PairForm = form) -> PairVectors:
            return PairVectors(np.stack([form.vector(x) for x in subjects(stimuli)]), form.centring)

        truth = np.mean([vectors(1500).similarity()[0, 1:] for _ in range(10)], axis=0)
        for stimuli in (30, 100, 200):
            held, width, plain = [], [], []
            for _ in range(repetitions):
                sample = vectors(stimuli)
                draws = bootstrap_draws(stimuli, bootstraps, rng, sample.usable)
                boots = resampled_similarities(sample, draws)[:, 0, 1:]
                left_out = resampled_similarities(sample, left_out_draws(stimuli))[:, 0, 1:]
                low, high = percentile_interval(boots)
                plain.append((low <= truth) & (truth <= high))
                low, high = Estimate(truth, boots, left_out).interval()
                held.append((low <= truth) & (truth <= high))
                width.append(high - low)
            cells = zip(*(np.mean(part, axis=0) for part in ([truth], held, plain, width)), strict=True)
            told = ", ".join(
                f"true {abs(true):.2f}: {share:.3f} [{other:.3f}], width {wide:.2f}"
                for true, share, other, wide in cells
            )
            print(f"  {measure} {stimuli:4d} stimuli  {told}")


def sizes_of_tests(repetitions: int = 400) -> None:
    """Print how often something is found where there is nothing."""
    print(f"\nsize of the tests, {repetitions} data sets each of 4 layers, 3 regions, 40 stimuli; nominal 0.05")
    rng = np.random.default_rng(1)

    def unrelated() -> tuple[list[np.ndarray], list[np.ndarray]]:
        return list(rng.normal(size=(4, 40, 20))), list(rng.normal(size=(3, 40, 20)))

    def tied() -> tuple[list[np.ndarray], list[np.ndarray]]:
        truth = rng.normal(size=(40, 8)) @ rng.normal(size=(8, 20))
        return [truth + 2 * rng.normal(size=(40, 20)) for _ in range(4)], [
            truth + 2 * rng.normal(size=(40, 20)) for _ in range(3)
        ]

    for measure in ("rsa", "cka"):
        for label, make in (("unrelated", unrelated), ("all layers alike", tied)):
            found = [_found(*make(), measure, seed) for seed in range(repetitions)]
            told = ", ".join(f"{name} {np.mean([one[name] for one in found]):.3f}" for name in found[0])
            print(f"  {measure} {label:17s} {told}")
    print("  (with all layers alike, similarities are real, so only the layers named are false)")


def _found(layers: list[np.ndarray], regions: list[np.ndarray], measure: str, seed: int) -> dict[str, bool]:
    result = compare.map_layers(
        {f"layer{index}": x for index, x in enumerate(layers)},
        {f"region{index}": x for index, x in enumerate(regions)},
        measure,
        bootstrap=300,
        permutations=199,
        seed=seed,
    )
    named = {
        f"any layer named ({kind})": any(layer is not None for layer in chosen.values())
        for kind, chosen in result.assignment.items()
    }
    return {
        "any p <= 0.05 (corrected)": bool((result.p_value <= 0.05).any()),
        "one p <= 0.05 (uncorrected)": bool(result.p_uncorrected[0, 0] <= 0.05),
        **named,
    }


def derived_intervals(repetitions: int = 200, stimuli: int = 40) -> None:
    """Print how often intervals of partial similarity, of differences from a null and of margins hold the truth."""
    print(
        f"\nintervals of what is derived from similarities, {repetitions} data sets of {stimuli} stimuli; nominal 0.95"
    )
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=(LATENT, UNITS)) / np.sqrt(LATENT) for _ in range(4)]

    def mapped(count: int, measure: str, bootstrap: int) -> Any:
        latent = rng.normal(size=(count, LATENT))
        early, late, other, region = (np.maximum(latent @ weight, 0) for weight in weights)
        layers = {"early": early + region, "late": late + 0.5 * region}
        noisy = region[:, None] + rng.normal(size=(count, 4, UNITS))
        null = {"untrained": {"early": other, "late": np.tanh(other)}}
        settings: Any = {"bootstrap": bootstrap, "permutations": 100}
        return compare.map_layers(layers, {"V1": noisy}, measure, given={"part": latent[:, :2]}, nulls=null, **settings)

    def held(low: Any, truth: np.ndarray, high: Any) -> float:
        return float(((np.asarray(low) <= truth) & (truth <= np.asarray(high))).mean())

    for measure in ("rsa", "cka"):
        large = [mapped(400, measure, 100) for _ in range(8)]
        partial = np.mean([one.partial.similarity for one in large], axis=0)
        apart = np.mean([one.nulls["untrained"].difference for one in large], axis=0)
        lead = np.mean([one.similarity.values[0, 0] - one.similarity.values[1, 0] for one in large])
        rows = []
        for one in (mapped(stimuli, measure, 300) for _ in range(repetitions)):
            null, margin = one.nulls["untrained"], one.best_minus_runner_up["V1"]
            sign = 1 if margin["best"] == "early" else -1
            rows.append(
                (
                    held(one.partial.low, partial, one.partial.high),
                    held(null.low, apart, null.high),
                    held(margin["low"], sign * lead, margin["high"]),
                )
            )
        told = zip(("partial", "difference from a null", "best minus runner-up"), np.mean(rows, axis=0), strict=True)
        print(f"  {measure} " + ", ".join(f"{name} {share:.3f}" for name, share in told))


def ceilings(repetitions: int = 20) -> None:
    """Print ceilings from a few trials beside what further trials show."""
    print(f"\nnoise ceilings of Poisson regions (100 stimuli, 300 units), means of {repetitions} data sets")
    print("  lower: beside the similarity of as many other trials; upper: beside that of the mean of 64 other trials")
    rng = np.random.default_rng(2)
    for measure in ("rsa", "cka"):
        for rate in (0.05, 0.2, 1.0):
            for trials in (2, 4, 8):
                rows = [_ceiling_row(measure, rate, trials, rng) for _ in range(repetitions)]
                lower, upper, again, more = np.mean(rows, axis=0)
                print(
                    f"  {measure} {rate:4.2f} spikes a trial, {trials} trials: lower {lower:.3f} (seen {again:.3f}), "
                    f"upper {upper:.3f} (seen {more:.3f})"
                )


def _ceiling_row(measure: str, rate: float, trials: int, rng: np.random.Generator) -> tuple[float, ...]:
    drive = rng.normal(size=(100, 10)) @ rng.normal(size=(10, 300)) / 3
    rates = np.minimum(rate * np.exp(0.7 * drive), 50)[:, None]
    few, again, more = (rng.poisson(rates, size=(100, count, 300)) for count in (trials, trials, 64))
    seen = [measure_named(measure)(few, other) for other in (again, more)]
    return (*compare.noise_ceiling(few, measure), *seen)


OTHER: dict[str, Measure] = {
    "procrustes": Procrustes(),
    "bures": BuresSimilarity(),
    "svcca": SVCCA(components=3),
    "cca": CCA(),
    "unit matching": UnitMatching(),
    "tau-a, euclidean": RSA("euclidean", "tau-a"),
    "tau-a, correlation": RSA("correlation", "tau-a"),
    "ridge": RidgePredictivity(folds=5),
    "pls": PLSPredictivity(folds=5, components=3),
}
"""Measures whose stimuli cannot be weighted."""


def _linked(stimuli: int, share: float, rng: np.random.Generator, mixture: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give two subjects, unrelated or one a noisy mixture of the other, with axes of unequal variance."""
    x = rng.normal(size=(stimuli, 6)) * 1.5 ** -np.arange(6)
    return x, share * x @ mixture + rng.normal(size=(stimuli, 8))


def other_measures(repetitions: int = 400, stimuli: int = 40, names: Iterable[str] = OTHER, draws: int = 200) -> None:
    """Print how often intervals of measures on subsets of stimuli hold what so many stimuli give on average."""
    print(f"\nintervals of measures on halves of {stimuli} stimuli, {repetitions} data sets, wanted 0.90 to 0.97")
    print("  (se: mean standard error on the interval's scale over the true one; missed below, above)")
    for name in names:
        chosen = OTHER[name]
        scale = scale_of(chosen)
        for share in (0.0, 1.0):
            rng = np.random.default_rng([4, stimuli])
            mixture = rng.normal(size=(6, 8))
            found, ends = [], []
            for seed in range(repetitions):
                x, y = _linked(stimuli, share, rng, mixture)
                one = resampled_matrix(
                    {"a": x}, {"b": y}, chosen, options={}, bootstrap=draws, seed=seed, threads=1
                ).similarity
                found.append(float(one.value[0, 0]))
                ends.append([float(end[0, 0]) for end in one.interval(0.95, scale)])
            further = (chosen(*_linked(stimuli, share, rng, mixture)) for _ in range(repetitions))
            truth = float(np.mean([*found, *further]))
            low, high = np.transpose(ends)
            reach = (scale.there(high) - scale.there(low)).mean() / 2 / 1.96
            print(
                f"  {name:19s} true {truth:.2f}: {np.mean((low <= truth) & (truth <= high)):.3f} "
                f"({np.mean(truth < low):.3f}, {np.mean(truth > high):.3f}), width {np.mean(high - low):.2f}, "
                f"se {reach / scale.there(np.array(found)).std():.2f}",
                flush=True,
            )


def size_of_tau_a(repetitions: int = 15_000, stimuli: int = 12, permutations: int = 99) -> None:
    """Print how often Kendall's tau-a of unrelated subjects is called significant."""
    rng, rejected, apart = np.random.default_rng(11), 0, 0.0
    upper = np.triu_indices(stimuli, 1)
    for repetition in range(repetitions):
        x, y = (_squared_distances(rng.normal(size=(stimuli, units))) for units in (6, 8))
        labels = np.vstack([np.arange(stimuli), permutations_of(stimuli, permutations, rng)])
        taus = _taus(x, y, labels)
        if repetition < 100:
            ours = [compare.compare_rdms(x[upper], y[np.ix_(order, order)][upper], "tau-a") for order in labels[:3]]
            apart = max(apart, float(np.abs(taus[:3] - ours).max()))
        rejected += int(max_statistic_p(taus[:1], taus[1:, None])[0][0] <= 0.05)
    share, error = rejected / repetitions, np.sqrt(0.05 * 0.95 / repetitions)
    print(f"\nsize of the permutation test with tau-a, {stimuli} stimuli, {permutations} permutations, nominal 0.05")
    print(f"  {rejected} of {repetitions}: {share:.4f}, standard error of an exact test {error:.4f}")
    print(f"  (tau-a counted pair by pair; the largest difference from ours {apart:.1e})")


def _squared_distances(x: np.ndarray) -> np.ndarray:
    return ((x[:, None] - x[None]) ** 2).sum(axis=-1)


@njit
def _taus(a: np.ndarray, b: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Count concordant less discordant pairs of pairs for each permutation, by definition."""
    n = len(a)
    first, second = np.triu_indices(n, 1)
    pairs = len(first)
    result = np.empty(len(labels))
    for row in range(len(labels)):
        total = 0.0
        for p in range(pairs):
            for q in range(p):
                ours = a[first[p], second[p]] - a[first[q], second[q]]
                order = labels[row]
                theirs = b[order[first[p]], order[second[p]]] - b[order[first[q]], order[second[q]]]
                total += np.sign(ours * theirs)
        result[row] = total / (pairs * (pairs - 1) / 2)
    return result


def stimuli_and_units(repetitions: int = 120) -> None:
    """Print how often intervals hold what other units before other stimuli give, by what they generalise to."""
    print(f"\nintervals over stimuli and units, {repetitions} data sets of 40 stimuli, nominal 0.95")
    rng = np.random.default_rng(5)

    def recorded(units: int) -> tuple[np.ndarray, np.ndarray]:
        latent = rng.normal(size=(40, 4))
        layer = np.tanh(latent @ np.eye(4, 12) + latent @ np.ones((4, 12)) / 4)
        return layer, latent @ rng.normal(size=(4, units)) + rng.normal(size=(40, units))

    for measure in ("cka", "rsa", "procrustes"):
        chosen = measure_named(measure)
        for units in (8, 30):
            truth = np.mean([chosen(*recorded(units)) for _ in range(1000)])
            held: dict[str, list[bool]] = {"stimuli": [], "stimuli and units": []}
            for seed in range(repetitions):
                x, y = recorded(units)
                for target, rows in held.items():
                    one = compare.map_layers(
                        {"a": x}, {"b": y}, chosen, generalise=target, bootstrap=200, permutations=100, seed=seed
                    )
                    rows.append(float(one.low[0, 0]) <= truth <= float(one.high[0, 0]))
            told = ", ".join(f"{target} {np.mean(rows):.3f}" for target, rows in held.items())
            print(f"  {measure:10s} {units:3d} units: {told}")


def observers(repetitions: int = 1000) -> None:
    """Print how often intervals of error consistency hold the kappa of endless stimuli."""
    print(f"\nerror consistency, {repetitions} data sets each, nominal 0.95")
    rng = np.random.default_rng(6)

    def answers(stimuli: int, share: float, accuracy: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        common, own, other = rng.uniform(size=(3, stimuli))
        shared = rng.uniform(size=stimuli) < share
        return np.where(shared, common, own) < accuracy[0], np.where(shared, common, other) < accuracy[1]

    for stimuli, share, accuracy in (
        (50, 0.5, (0.8, 0.7)),
        (100, 0.0, (0.8, 0.7)),
        (100, 0.5, (0.95, 0.9)),
        (300, 0.5, (0.95, 0.9)),
        (1000, 0.5, (0.6, 0.9)),
    ):
        truth = compare.error_consistency(*answers(1_000_000, share, accuracy), bootstrap=100).kappa
        held = []
        for seed in range(repetitions):
            one = compare.error_consistency(*answers(stimuli, share, accuracy), bootstrap=500, seed=seed)
            held.append(one.low <= truth <= one.high)
        print(f"  {stimuli:5d} stimuli, accuracies {accuracy}, true {truth:.2f}: {np.mean(held):.3f}")


TABLES: dict[str, Callable[[], None]] = {
    "interval_coverage": interval_coverage,
    "sizes_of_tests": sizes_of_tests,
    "size_of_tau_a": size_of_tau_a,
    "derived_intervals": derived_intervals,
    "ceilings": ceilings,
    "aligned": partial(other_measures, names=["procrustes", "bures", "cca", "unit matching"]),
    "svcca": partial(other_measures, names=["svcca"]),
    "tau_a": partial(other_measures, names=["tau-a, euclidean"]),
    "tau_a_correlation": partial(other_measures, names=["tau-a, correlation"]),
    "ridge": partial(other_measures, repetitions=150, names=["ridge"], draws=100),
    "pls": partial(other_measures, repetitions=150, names=["pls"], draws=100),
    "stimuli_and_units": stimuli_and_units,
    "observers": observers,
}


def main() -> None:
    """Print all tables, or those that are named: ``python -m evidence.coverage ceilings observers``."""
    for name in sys.argv[1:] or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
