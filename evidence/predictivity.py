"""Predictivity, decoded information and dimensionality held against truths that a simulation knows."""

from collections.abc import Callable

import numpy as np

import compare
from compare.information import _interval, confusion_information, jackknife


def right_models(repetitions: int = 20) -> None:
    """Print what a model that is right reaches, divided by its ceiling, for units of different reliability."""
    print(f"a right model (60 units of x, 40 of y, 400 stimuli, {repetitions} subjects): score, wanted 1")
    print("  (what is missing is what learning 60 weights from 400 noisy stimuli costs; PLS takes 25 components)")
    print("  trials, noise: true reliability, found; r / √ρ, r² / ρ; PLS r / √ρ; divided once too often, r² / ρ²")
    for trials, noise in ((2, 1.0), (4, 2.0), (4, 1.0), (5, 2.0), (10, 3.0), (20, 3.0)):
        found = np.mean([_right_model(trials, noise, seed) for seed in range(repetitions)], axis=0)
        numbers = "{:.3f}; {:.3f}, {:.3f}; {:.3f}; {:.3f}".format(*found)
        print(f"  {trials:2}, {noise}: {1 / (1 + noise**2 / trials):.3f}, {numbers}")


def _right_model(trials: int, noise: float, seed: int) -> tuple[float, ...]:
    rng = np.random.default_rng([seed, trials])
    x = rng.normal(size=(400, 60))
    signal = x @ rng.normal(size=(60, 40)) / np.sqrt(60)
    y = signal[:, None] + noise * rng.normal(size=(400, trials, 40))
    units = compare.predictivity(x, y).units
    wrong = float(np.median(units["correlation"] ** 2 / units["reliability"] ** 2))
    corrected, explained = (float(np.median(units[name])) for name in ("corrected", "explained_variance"))
    return float(units["reliability"].mean()), corrected, explained, compare.predictivity(x, y, "pls").score, wrong


def wrong_models(repetitions: int = 200) -> None:
    """Print the mean correlation of predictions from independent data, wanted 0."""
    print(f"independent subjects, mean r of 50 units over {repetitions} subjects, wanted 0")
    for stimuli, width in ((60, 20), (60, 400), (200, 50)):
        found = {}
        for method in ("ridge", "pls"):
            values = []
            for seed in range(repetitions):
                rng = np.random.default_rng([seed, stimuli, width])
                x, y = rng.normal(size=(stimuli, width)), rng.normal(size=(stimuli, 50))
                values.append(float(compare.predictivity(x, y, method).units["correlation"].mean()))
            found[method] = (np.mean(values), np.std(values) / np.sqrt(repetitions))
        text = ", ".join(f"{method} {mean:+.4f} ± {error:.4f}" for method, (mean, error) in found.items())
        print(f"  {stimuli} stimuli, {width} units: {text}")


def _even(classes: int, right: float) -> np.ndarray:
    table = np.full((classes, classes), (1 - right) / (classes - 1))
    np.fill_diagonal(table, right)
    return table


def _neighbour(classes: int, right: float) -> np.ndarray:
    return right * np.eye(classes) + (1 - right) * np.roll(np.eye(classes), 1, axis=1)


def information(repetitions: int = 1000) -> None:
    """Print bias and coverage of the bits in tables drawn from known channels."""
    print(f"bits in confusions, {repetitions} tables each: truth, bias plain and corrected, coverage of 95 % intervals")
    kinds: dict[str, Callable[[int, float], np.ndarray]] = {"even errors": _even, "one neighbour": _neighbour}
    for name, kind in kinds.items():
        for classes in (2, 5, 10):
            for right in (0.6, 0.8, 0.95):
                for each in (10, 20, 60):
                    rng = np.random.default_rng([classes, each, round(100 * right)])
                    shares = kind(classes, right)
                    true = float(confusion_information(shares))
                    plain, corrected, covered = [], [], []
                    for _ in range(repetitions):
                        table = np.stack([rng.multinomial(each, row) for row in shares])
                        plain.append(float(confusion_information(table)))
                        bias, error = jackknife(table)
                        corrected.append(plain[-1] - bias)
                        low, high = _interval(corrected[-1], error, float(np.log2(classes)), table, 0.95)
                        covered.append(low - 1e-9 <= true <= high + 1e-9)
                    print(
                        f"  {name:14} {classes:2} classes, {right:.0%} right, {each:2} each: {true:.3f}, "
                        f"{np.mean(plain) - true:+.3f}, {np.mean(corrected) - true:+.3f}, {np.mean(covered):.3f}"
                    )


def permutation_size(repetitions: int = 400) -> None:
    """Print how often the test finds information where there is none."""
    labels = np.tile(np.arange(4), 15)
    p = []
    for seed in range(repetitions):
        x = np.random.default_rng(seed).normal(size=(60, 30))
        p.append(compare.decoded_information(x, labels, permutations=99, seed=seed).p_value)
    sizes = ", ".join(f"{np.mean(np.array(p) <= alpha):.3f} at {alpha}" for alpha in (0.01, 0.05, 0.1, 0.2))
    print(f"permutation test of no information, {repetitions} subjects: size {sizes}")


def dimensions(repetitions: int = 100) -> None:
    """Print dimensionalities beside what they estimate."""
    print(f"participation ratio, {repetitions} subjects each: truth, plain, debiased; of the signal alone, by trials")
    for stimuli in (20, 50, 100, 400):
        for units in (10, 100):
            plain, debiased, signal = [], [], []
            for seed in range(repetitions):
                rng = np.random.default_rng([seed, stimuli, units])
                x = rng.normal(size=(stimuli, units))
                plain.append(compare.participation_ratio(x, debiased=False))
                debiased.append(compare.participation_ratio(x))
                basis = np.linalg.qr(rng.normal(size=(units, 5)))[0]
                trials = rng.normal(size=(stimuli, 1, 5)) @ basis.T + 0.5 * rng.normal(size=(stimuli, 4, units))
                signal.append(compare.signal_dimensionality(trials))
            text = f"{units:3}, {np.mean(plain):6.2f}, {np.mean(debiased):6.2f}; 5, {np.nanmean(signal):.2f}"
            print(f"  {stimuli:3} stimuli: {text} ({int(np.isnan(signal).sum())} cannot tell)")


def main() -> None:
    """Measure and print."""
    right_models()
    wrong_models()
    information()
    permutation_size()
    dimensions()


if __name__ == "__main__":
    main()
