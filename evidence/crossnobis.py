"""Where the noise of a crossnobis distance is taken from: how far its zero is from zero, and how good its RDM.

Stimuli with five dimensions of signal in correlated noise. Σ of all trials whitens two trials by their own difference;
Σ of the other trials does not, and has fewer trials to learn from. The truth is the Mahalanobis distance of the
noise-free patterns under the true Σ.
"""

import numpy as np

import compare
from compare.measures import Crossnobis, Mahalanobis

REPEATS = 20
CASES = ((40, 4, 50, 0.1), (40, 4, 50, 0.3), (40, 6, 50, 0.1), (60, 8, 100, 0.1), (40, 4, 200, 0.1))


def one_case(stimuli: int, trials: int, units: int, size: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Give for each kind of Σ the mean distance without signal, r with the true RDM, and the mean true distance."""
    mixing = rng.normal(size=(units, units)) / np.sqrt(units)
    covariance = 0.9 * mixing @ mixing.T + np.diag(rng.uniform(0.1, 1.5, units))
    root, inverse = np.linalg.cholesky(covariance), np.linalg.inv(covariance)
    exact = Mahalanobis((inverse + inverse.T) / 2)
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(REPEATS):
        signal = size * rng.normal(size=(stimuli, 5)) @ rng.normal(size=(5, units))
        noise = rng.normal(size=(stimuli, trials, units)) @ root.T
        truth = exact(signal)
        alike, apart = kinds(noise), kinds(signal[:, None] + noise)
        for kind, found in apart.items():
            correlation = float(np.corrcoef(found, truth)[0, 1])
            rows.setdefault(kind, []).append((alike[kind].mean(), correlation, truth.mean()))
    return {kind: np.array(values) for kind, values in rows.items()}


def kinds(x: np.ndarray) -> dict[str, np.ndarray]:
    """Give the crossnobis RDM under each kind of Σ."""
    return {
        "of the other trials": compare.rdm(x, "crossnobis"),
        "of all trials": compare.rdm(x, Crossnobis(compare.noise_precision(x))),
        "none": compare.rdm(x, Crossnobis(np.ones(x.shape[2]))),
    }


def main() -> None:
    """Print a table."""
    rng = np.random.default_rng(0)
    print("stimuli x trials x units, mean true distance | Σ | mean distance without signal | r with the true RDM")
    for case in CASES:
        for kind, rows in one_case(*case, rng).items():
            mean, error = rows.mean(axis=0), rows.std(axis=0) / np.sqrt(REPEATS)
            about = f"{case[0]} x {case[1]} x {case[2]}, {mean[2]:.2f}"
            print(f"{about} | {kind} | {mean[0]:+.4f} ± {error[0]:.4f} | {mean[1]:.3f}")


if __name__ == "__main__":
    main()
