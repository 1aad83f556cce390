"""Wiring rules at two levels, as NEST tests its own: a test of every network drawn, then of all networks' p-values.

Each rule is drawn with many seeds. A network gives one p-value: chi-square of its in- or out-degrees against the law
that the rule promises, or of its synapses' distances. If the law is right, the p-values are uniform, which a
Kolmogorov-Smirnov test says. Degrees that a rule fixes are compared exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist

from brainsim import wiring
from brainsim.wiring import Ends, Rule

RUNS = 2000
UNITS = 60
DEGREE, P, TOTAL = 12, 0.2, 700
BINS = 20


@dataclass(frozen=True)
class Case:
    """A rule, and the variance of a unit's degree where it is drawn; None where it is fixed."""

    name: str
    rule: Rule
    out_variance: float | None
    in_variance: float | None
    mean: float
    free: bool  # whether the number of synapses is drawn too


def cases() -> Iterator[Case]:
    """Give every rule that draws, with each flag that it has; one population onto itself."""
    for autapses in (True, False):
        others = UNITS - (not autapses)
        spread = others * P * (1 - P)
        flags = f"autapses={autapses}"
        yield Case(
            f"fixed_probability {flags}", wiring.fixed_probability(P, autapses), spread, spread, others * P, True
        )
    for autapses, multapses in product((True, False), repeat=2):
        others = UNITS - (not autapses)
        flags = f"autapses={autapses} multapses={multapses}"
        # A unit is one of `others` candidates, for each of `others` partners that draw DEGREE of them.
        share = 1 / others if multapses else DEGREE / others
        drawn = others * (DEGREE if multapses else 1) * share * (1 - share)
        indegree = wiring.fixed_indegree(DEGREE, autapses, multapses)
        yield Case(f"fixed_indegree {flags}", indegree, drawn, None, DEGREE, False)
        outdegree = wiring.fixed_outdegree(DEGREE, autapses, multapses)
        yield Case(f"fixed_outdegree {flags}", outdegree, None, drawn, DEGREE, False)
        pairs = UNITS * others
        left = 1.0 if multapses else (pairs - TOTAL) / (pairs - 1)
        spread = TOTAL * (1 / UNITS) * (1 - 1 / UNITS) * left
        total = wiring.fixed_total(TOTAL, multapses, autapses)
        yield Case(f"fixed_total {flags}", total, spread, spread, TOTAL / UNITS, False)


def degree_p_values(case: Case, runs: int) -> dict[str, np.ndarray | bool]:
    """Give a p-value a run for drawn degrees, and whether fixed ones were exact in all runs; "out" and "in"."""
    ends = Ends((UNITS,), (UNITS,), True, "x")
    statistics: dict[str, list[float]] = {"out": [], "in": []}
    for seed in range(runs):
        wired = case.rule.connect(ends, np.random.default_rng(seed))
        degrees = {"out": np.diff(wired.indptr), "in": np.bincount(wired.targets, minlength=UNITS)}
        for side, found in degrees.items():
            statistics[side].append(float(((found - case.mean) ** 2).sum()))
    found = {}
    for side, variance in (("out", case.out_variance), ("in", case.in_variance)):
        if variance is None:
            found[side] = not np.any(statistics[side])
        elif case.free:
            found[side] = stats.chi2(UNITS).sf(np.array(statistics[side]) / variance)
        else:  # deviations sum to 0: one degree of freedom less
            scale = variance * UNITS / (UNITS - 1)
            found[side] = stats.chi2(UNITS - 1).sf(np.array(statistics[side]) / scale)
    return found


PROFILES = {
    "gaussian": lambda d, sigma: np.exp(-(d**2) / (2 * sigma**2)),
    "exponential": lambda d, sigma: np.exp(-d / sigma),
    "linear": lambda d, sigma: np.clip(1 - d / sigma, 0, None),
    "boxcar": lambda d, sigma: (d <= sigma).astype(float),
}


def distance_p_values(profile: str, box: float | None, axes: int, runs: int, units: int = 70) -> np.ndarray:
    """Give a p-value a run: synapses counted in bins of equal probability, against the sum of their variances."""
    rng = np.random.default_rng(axes)
    source, target = rng.random((units, axes)), rng.random((units, axes))
    shifts = np.array(list(product(*[(-box, 0.0, box)] * axes))) if box else np.zeros((1, axes))
    distance = np.min([cdist(source, target + shift) for shift in shifts], axis=0)
    chance = 0.7 * PROFILES[profile](distance, 0.4)
    edges = np.unique(np.quantile(distance, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.digitize(distance, edges)
    expected, variance = (np.bincount(bins.ravel(), one.ravel(), BINS) for one in (chance, chance * (1 - chance)))
    counted = variance > 5  # where a sum of Bernoulli numbers is near enough to normal
    rule = wiring.distance_dependent(0.7, 0.4, profile, periodic=box)
    ends = Ends((units,), (units,), False, "x", source, target)
    values = []
    for seed in range(runs):
        wired = rule.connect(ends, np.random.default_rng(seed))
        found = np.bincount(bins[wired.sources, wired.targets], minlength=BINS)
        if np.any(found[expected == 0]):
            return np.zeros(runs)  # a synapse where there must be none
        statistic = ((found - expected) ** 2)[counted] / variance[counted]
        values.append(stats.chi2(int(counted.sum())).sf(statistic.sum()))
    return np.array(values)


def report(name: str, values: np.ndarray | bool) -> None:
    """Print one line."""
    if isinstance(values, bool):
        print(f"{name:62s} {'exact in all runs' if values else 'NOT EXACT'}")
        return
    uniform = stats.kstest(values, "uniform")
    print(f"{name:62s} {uniform.statistic:8.4f} {uniform.pvalue:8.3f} {np.mean(values < 0.05):12.3f}")


def main() -> None:
    """Print a line for every rule and side."""
    print(f"{RUNS} networks of {UNITS} units each; p-values must be uniform: KS distance below")
    print(f"{1.63 / np.sqrt(RUNS):.4f} (1 %), and 0.05 of them below 0.05\n")
    print(f"{'':62s} {'KS':>8s} {'p':>8s} {'p < 0.05':>12s}")
    for case in cases():
        for side, values in degree_p_values(case, RUNS).items():
            report(f"{case.name}, {side}-degree", values)
    for profile, box, axes in product(PROFILES, (None, 1.0), (2, 3)):
        where = f"{axes} dimensions, {'periodic' if box else 'open'}"
        report(f"distance_dependent {profile}, {where}", distance_p_values(profile, box, axes, RUNS))


if __name__ == "__main__":
    main()
