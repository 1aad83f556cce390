"""Noise ceilings from a few trials, beside what further simulated trials and the true noise-free responses show."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import compare
from compare.errors import BiasWarning
from compare.inference import two_sided_ceiling
from compare.inference.aligned_ceiling import aligner_of, best_geometry
from compare.measures import CCA, RSA, SVCCA, Crossnobis, Measure, Procrustes, UnitMatching, measure_named

Draw = Callable[[int], np.ndarray]

WORLDS = ("Poisson 0.05", "Poisson 0.2", "Poisson 1", "wide", "narrow")


def world(name: str, rng: np.random.Generator) -> tuple[np.ndarray, Draw]:
    """Give noise-free responses (stimulus, unit), and what draws so many trials of them.

    Poisson: 100 stimuli, 300 units, this many spikes a trial. Wide: 60 stimuli, 40 units, 5 dimensions under normal
    noise of variance 4. Narrow: 100 stimuli, 20 units, 8 dimensions under normal noise of variance 1.
    """
    if name.startswith("Poisson"):
        drive = rng.normal(size=(100, 10)) @ rng.normal(size=(10, 300)) / 3
        rates = np.minimum(float(name.split()[1]) * np.exp(0.7 * drive), 50)
        return rates, lambda trials: rng.poisson(rates[:, None], (len(rates), trials, rates.shape[1])).astype(float)
    stimuli, units, latent, noise = (60, 40, 5, 2.0) if name == "wide" else (100, 20, 8, 1.0)
    signal = rng.normal(size=(stimuli, latent)) @ rng.normal(size=(latent, units)) / np.sqrt(latent)
    return signal, lambda trials: signal[:, None] + noise * rng.normal(size=(stimuli, trials, units))


def one_sided(
    measures: list[Measure],
    trials: tuple[int, ...] = (2, 4, 8),
    worlds: tuple[str, ...] = WORLDS,
    repetitions: int = 5,
) -> None:
    """Print both ends of ceilings beside what they stand for."""
    print(f"\nnoise ceilings, means of {repetitions} data sets: the estimate, and in brackets what is true")
    print("  lower: another mean of as many trials; upper: the noise-free responses, or where the measure aligns the")
    print("  best geometry (in braces the noise-free responses). For a distance the smaller number is closer")
    for measure in measures:
        for name in worlds:
            for count in trials:
                rng = np.random.default_rng(7)
                rows = [_row(measure, *world(name, rng), count) for _ in range(repetitions)]
                lower, upper, again, copy, best = np.mean(rows, axis=0)
                told = f"[{copy:.3f}]" if np.isnan(best) else f"[{best:.3f}] {{{copy:.3f}}}"
                print(
                    f"  {measure.label:45s} {name:13s} {count} trials: lower {lower:.3f} [{again:.3f}], "
                    f"upper {upper:.3f} {told}",
                    flush=True,
                )


def _row(measure: Any, signal: np.ndarray, draw: Draw, trials: int) -> tuple[float, ...]:
    few, again = draw(trials), draw(trials)
    lower, upper = compare.noise_ceiling(few, measure, threads=1)
    # Distances between trials have a form for what has no noise.
    to_copy = replace(measure, distance=("euclidean", measure.distance)) if measure.least_trials > 1 else measure
    return lower, upper, measure(again, few), to_copy(signal, few), _best(measure, draw, trials)


def _best(measure: Measure, draw: Draw, trials: int, members: int = 12) -> float:
    """Give what the best geometry reaches, found and held against means of further trials."""
    aligner = aligner_of(measure)
    if aligner is None:
        return float("nan")
    first, second = ([aligner.coordinates(draw(trials).mean(axis=1)) for _ in range(members)] for _ in range(2))
    pool = best_geometry(first, aligner)
    inside, outside = (np.mean([np.vdot(aligner.aligned(one, pool), pool) for one in who]) for who in (first, second))
    cosine = float(np.sqrt(inside * outside))
    return cosine if measure.greater_is_closer else float(np.arccos(cosine))


def canonical(repetitions: int = 20) -> None:
    """Print what canonical correlations of models with fewer dimensions than a region reach: no ceiling bounds them."""
    print(f"\ncanonical correlations with a region of 20 units and 8 dimensions (means of {repetitions} data sets)")
    for measure in (CCA(), SVCCA(0.99), SVCCA(components=5)):
        for count in (2, 8):
            rng = np.random.default_rng(8)
            rows = []
            for _ in range(repetitions):
                signal, draw = world("narrow", rng)
                few = draw(count)
                left, sizes, _ = np.linalg.svd(signal - signal.mean(axis=0), full_matrices=False)
                models = [left[:, :kept] * sizes[:kept] for kept in (1, 3, 8)]
                rows.append([measure(draw(count), few), *(measure(model, few) for model in models)])
            again, *reached = np.mean(rows, axis=0)
            told = ", ".join(f"{kept}: {value:.3f}" for kept, value in zip((1, 3, 8), reached, strict=True))
            print(f"  {measure.label:32s} {count} trials: a repetition {again:.3f}; its first dimensions, {told}")


def two_sided(repetitions: int = 20) -> None:
    """Print two-sided ceilings beside the similarity of two noisy subjects of one noise-free geometry."""
    print(
        f"\ntwo-sided ceilings, means of {repetitions} data sets: x of 4 trials, y of 8, the same noise-free responses"
    )
    for measure in (RSA(), RSA("euclidean", "pearson"), measure_named("cka")):
        for name in ("Poisson 0.2", "Poisson 1", "narrow"):
            rng = np.random.default_rng(9)
            rows = []
            for _ in range(repetitions):
                _, draw = world(name, rng)
                x, y = draw(4), draw(8)
                rows.append((measure(x, y), two_sided_ceiling(x, y, measure)))
            seen, ceiling = np.mean(rows, axis=0)
            print(
                f"  {measure.label:40s} {name:13s} ceiling {ceiling:.3f}, seen {seen:.3f}, ratio {seen / ceiling:.3f}"
            )


def _measures() -> Iterator[Any]:
    yield RSA()
    yield measure_named("cka")
    yield RSA("euclidean", "tau-a")
    yield RSA("euclidean", "whitened-cosine")
    yield SVCCA(components=5)
    yield Procrustes()
    yield Procrustes(alpha=0.5)
    yield UnitMatching()


def main() -> None:
    """Print all tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)
        one_sided(list(_measures()))
        white = Crossnobis(np.eye(20))
        one_sided([RSA(white, "cosine"), RSA(white, "pearson")], (4, 8), ("narrow",))
        canonical()
        two_sided()


if __name__ == "__main__":
    main()
