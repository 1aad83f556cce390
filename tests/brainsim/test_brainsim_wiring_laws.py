"""Degrees of every rule and flag at two levels: exact where fixed, uniform p-values where drawn.

The same networks as in evidence/wiring.py, of which there are more.
"""

import numpy as np
import pytest
from scipy import stats

from brainsim import wiring
from brainsim.wiring import Ends
from evidence.wiring import UNITS, cases, degree_p_values, distance_p_values

CASES = list(cases())
RUNS = 120


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_degrees_follow_their_law(case):
    """A chi-square test of each network, a Kolmogorov-Smirnov test of all p-values."""
    for values in degree_p_values(case, RUNS).values():
        if isinstance(values, bool):
            assert values
        else:
            assert stats.kstest(values, "uniform").pvalue > 0.003


def test_a_wrong_law_is_found_out():
    """The same tests refuse a rule that is off by three hundredths: they can fail."""
    off = degree_p_values(CASES[0], RUNS)["out"]
    wrong = CASES[0].__class__("off", wiring.fixed_probability(0.23), 9.6, 9.6, 12.0, True)

    assert stats.kstest(off, "uniform").pvalue > 0.003
    assert stats.kstest(degree_p_values(wrong, RUNS)["out"], "uniform").pvalue < 1e-4
    assert stats.kstest(distance_p_values("gaussian", 1.0, 2, RUNS), "uniform").pvalue > 0.003


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_flags_are_honoured(case):
    """No loops without autapses, no pair twice without multapses; with them there are some of each."""
    autapses, multapses = ("autapses=True" in case.name, "multapses=True" in case.name)
    loops = twice = 0
    for seed in range(20):
        wired = case.rule.connect(Ends((UNITS,), (UNITS,), True, "x"), np.random.default_rng(seed))
        pairs = wired.sources.astype(int) * UNITS + wired.targets
        loops += int(np.sum(wired.sources == wired.targets))
        twice += len(pairs) - len(np.unique(pairs))

    assert (loops > 0) == autapses
    assert (twice > 0) == multapses
    assert case.rule.fixed != case.free


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_autapses_means_within_one_population_only(case):
    """Two populations of one size may connect unit i to unit i, whatever the flag says."""
    between = Ends((UNITS,), (UNITS,), False, "x")

    loops = sum(
        int(np.sum(wired.sources == wired.targets))
        for wired in (case.rule.connect(between, np.random.default_rng(seed)) for seed in range(10))
    )

    assert loops > 0


@pytest.mark.parametrize(("k", "others"), [(5, 4), (1, 0)])
def test_degrees_that_cannot_be_are_refused(k, others):
    """More partners than there are, itself left out."""
    from brainsim.errors import ModelError

    for rule, name in ((wiring.fixed_indegree, "sources"), (wiring.fixed_outdegree, "targets")):
        with pytest.raises(ModelError, match=f"asks for more {name} than the {others} there are"):
            rule(k, autapses=False, multapses=False).check(Ends((others + 1,), (others + 1,), True, "x"))
