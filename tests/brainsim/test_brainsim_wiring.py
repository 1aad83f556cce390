"""Wiring rules: degrees exact where they are fixed, of the right distribution where they are random."""

import brian2
import numpy as np
import pytest
from scipy import signal, sparse, stats

from brainsim import wiring
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.wiring import Ends


def ends(source, target, recurrent=False):
    """Give the ends of a projection called x."""
    source = source if isinstance(source, tuple) else (source,)
    target = target if isinstance(target, tuple) else (target,)
    return Ends(source, target, recurrent, "x")


def dense(rule, between, seed=0):
    """Give how many synapses (or what weight) each pair has."""
    wired = rule.connect(between, np.random.default_rng(seed))
    matrix = np.zeros((between.sources, between.targets))
    np.add.at(matrix, (wired.sources, wired.targets), 1.0 if wired.factors is None else wired.factors)

    assert wired.indptr[-1] == wired.synapses == len(wired.targets)
    return matrix


def test_one_to_one_is_the_identity():
    """Unit i meets unit i."""
    assert np.array_equal(dense(wiring.one_to_one(), ends(5, 5)), np.eye(5))


@pytest.mark.parametrize(("autapses", "expected"), [(True, np.ones((4, 4))), (False, 1 - np.eye(4))])
def test_all_to_all_is_everyone(autapses, expected):
    """Autapses are left out on request, and only within one population."""
    rule = wiring.all_to_all(autapses=autapses)

    assert np.array_equal(dense(rule, ends(4, 4, recurrent=True)), expected)
    assert np.array_equal(dense(rule, ends(4, 3)), np.ones((4, 3)))


@pytest.mark.parametrize("p", [0.0, 0.013, 0.5, 1.0])
def test_every_pair_is_connected_with_the_given_probability(p):
    """Each pair at most once; in- and out-degrees are binomial (chi-square of the degrees' variance)."""
    between = ends(300, 400)

    matrix = dense(wiring.fixed_probability(p), between, seed=3)

    assert set(np.unique(matrix)) <= {0.0, 1.0}
    for axis, trials in ((0, 300), (1, 400)):
        degrees = matrix.sum(axis=axis)
        if p in (0.0, 1.0):
            assert np.all(degrees == trials * p)
        else:
            statistic = ((degrees - trials * p) ** 2).sum() / (trials * p * (1 - p))
            assert 0.005 < stats.chi2(len(degrees)).cdf(statistic) < 0.995


def test_a_probability_however_small_ends():
    """Gaps far beyond the end do not overflow."""
    assert wiring.fixed_probability(1e-30).connect(ends(300, 400), np.random.default_rng(0)).synapses == 0


def test_probability_gives_uniform_p_values_over_seeds():
    """Over 200 seeds the total number of synapses is binomial: a Kolmogorov-Smirnov test of its probabilities."""
    between = ends(50, 40)
    law = stats.binom(2000, 0.1)
    shares = []
    for seed in range(200):
        total = wiring.fixed_probability(0.1).connect(between, np.random.default_rng(seed)).synapses
        shares.append(law.cdf(total - 1) + np.random.default_rng([seed, 1]).random() * law.pmf(total))

    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_probability_without_autapses_leaves_the_diagonal_empty():
    """Nobody meets itself, and others are met as often as before."""
    matrix = dense(wiring.fixed_probability(0.3, autapses=False), ends(200, 200, recurrent=True))

    assert np.trace(matrix) == 0
    assert matrix.sum() == pytest.approx(0.3 * 200 * 199, rel=0.03)


@pytest.mark.parametrize("multapses", [True, False])
@pytest.mark.parametrize("autapses", [True, False])
@pytest.mark.parametrize("k", [0, 7, 60, 99])
def test_indegree_is_exact(k, autapses, multapses):
    """Every target has k synapses; the flags are honoured."""
    rule = wiring.fixed_indegree(k, autapses=autapses, multapses=multapses)

    matrix = dense(rule, ends(100, 100, recurrent=True), seed=k)

    assert np.all(matrix.sum(axis=0) == k)
    assert autapses or np.trace(matrix) == 0
    assert multapses or matrix.max(initial=0) <= 1


@pytest.mark.parametrize("multapses", [True, False])
def test_indegree_draws_sources_uniformly(multapses):
    """A chi-square test over sources finds nothing amiss."""
    between = ends(40, 5000)
    out = np.diff(wiring.fixed_indegree(5, multapses=multapses).connect(between, np.random.default_rng(2)).indptr)
    expected = 5 * 5000 / 40
    variance = 1.0 if multapses else (40 - 5) / (40 - 1)

    assert 0.005 < stats.chi2(39).cdf(((out - expected) ** 2 / expected).sum() / variance) < 0.995


@pytest.mark.parametrize("multapses", [True, False])
@pytest.mark.parametrize("autapses", [True, False])
@pytest.mark.parametrize("n", [0, 50, 900, 1500])
def test_total_is_exact(n, autapses, multapses):
    """Exactly n synapses, sparse or nearly full; the flags are honoured."""
    rule = wiring.fixed_total(n, multapses=multapses, autapses=autapses)

    matrix = dense(rule, ends(40, 40, recurrent=True), seed=n)

    assert matrix.sum() == n == rule.synapses(ends(40, 40, recurrent=True))
    assert autapses or np.trace(matrix) == 0
    assert multapses or matrix.max(initial=0) <= 1


def test_total_draws_pairs_uniformly():
    """Summed over seeds, every pair is as likely as another (chi-square)."""
    between = ends(6, 7)
    total = sum(dense(wiring.fixed_total(10, multapses=False), between, seed) for seed in range(600))
    expected = 600 * 10 / 42
    statistic = ((total - expected) ** 2 / expected).sum() * 41 / (42 - 10)

    assert 0.005 < stats.chi2(41).cdf(statistic) < 0.995


def test_a_matrix_is_itself():
    """NumPy and SciPy matrices give their own entries; zeros are no synapses."""
    matrix = np.random.default_rng(0).normal(size=(6, 9)) * (np.random.default_rng(1).random((6, 9)) < 0.4)
    padded = sparse.csr_array(matrix)
    padded.data[0] = 0.0
    expected = padded.toarray()

    assert np.array_equal(dense(wiring.from_matrix(matrix), ends(6, 9)), matrix)
    assert np.array_equal(dense(wiring.from_matrix(padded), ends(6, 9)), expected)
    assert wiring.from_matrix(padded).synapses(ends(6, 9)) == np.count_nonzero(expected)


@pytest.mark.parametrize("padding", ["same", "valid", 1])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_convolution_is_scipys_correlation(stride, padding):
    """What arrives for any source activity is SciPy's correlation with each filter, summed over channels."""
    generator = np.random.default_rng(5)
    bank = generator.random((4, 2, 3, 5)) * (generator.random((4, 2, 3, 5)) < 0.7)
    rule = wiring.convolution(bank, stride=stride, padding=padding)
    shape = rule.target_shape((9, 11, 2))
    activity = generator.random((9, 11, 2))
    full = np.stack([signal.correlate(activity, bank[o].transpose(1, 2, 0), "full")[:, :, 1] for o in range(4)], 2)
    if padding == "same":
        before = [max((shape[axis] - 1) * stride + size - (9, 11)[axis], 0) // 2 for axis, size in ((0, 3), (1, 5))]
    else:
        before = [0, 0] if padding == "valid" else [padding, padding]
    rows, columns = (size - 1 - before[axis] for axis, size in ((0, 3), (1, 5)))
    expected = full[rows::stride, columns::stride][: shape[0], : shape[1]]
    between = ends((9, 11, 2), shape)

    rule.check(between)
    matrix = dense(rule, between)

    assert np.allclose(activity.ravel() @ matrix, expected.ravel(), rtol=1e-12)
    assert rule.synapses(between) == np.count_nonzero(matrix)


@pytest.mark.parametrize(("size", "stride", "padding"), [(2, None, "valid"), (3, 2, "same"), (3, 1, 1)])
def test_pooling_is_a_convolution_within_each_channel(size, stride, padding):
    """A bank that is 1 within a channel and 0 between channels gives the same synapses."""
    pool = wiring.pooling(size, stride, padding)
    bank = np.eye(3)[:, :, None, None] * np.ones((size, size))
    same = wiring.convolution(bank, stride or size, padding)
    between = ends((8, 7, 3), pool.target_shape((8, 7, 3)))

    pool.check(between)

    assert np.array_equal(dense(pool, between), dense(same, between))
    assert pool.synapses(between) == same.synapses(between)
    assert pool.target_shape((8, 7)) == (*pool.target_shape((8, 7, 3))[:2], 1)


@pytest.mark.parametrize(
    "rule",
    [wiring.fixed_probability(0.05), wiring.fixed_indegree(9), wiring.fixed_total(500, multapses=False)],
    ids=str,
)
def test_the_seed_alone_decides(rule):
    """The same seed gives the same synapses, another seed others."""
    between = ends(100, 100, recurrent=True)

    assert np.array_equal(dense(rule, between, 1), dense(rule, between, 1))
    assert not np.array_equal(dense(rule, between, 1), dense(rule, between, 2))


def test_a_matrix_of_the_synapses():
    """The synapses as a SciPy matrix, counted or weighted."""
    wired = wiring.fixed_total(30).connect(ends(4, 5), np.random.default_rng(0))
    weighted = wiring.from_matrix([[0, 2.0], [3.0, 0]]).connect(ends(2, 2), np.random.default_rng(0))

    assert wired.matrix().sum() == 30
    assert weighted.matrix().toarray().tolist() == [[0, 2], [3, 0]]


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: wiring.fixed_probability(1.2), ParameterError, "p: must be between 0 and 1, got 1.2"),
        (lambda: wiring.fixed_probability(0.1, autapses=1), KindError, "autapses: must be True or False"),
        (lambda: wiring.fixed_indegree(-1), ParameterError, "k: must be at least 0, got -1"),
        (lambda: wiring.fixed_indegree(2.5), KindError, "k: must be a whole number, got 2.5"),
        (lambda: wiring.fixed_total(-3), ParameterError, "n: must be at least 0"),
        (lambda: wiring.from_matrix([1, 2]), ParameterError, r"must be \(source, target\), got shape \(2,\)"),
        (lambda: wiring.from_matrix(np.ones((2, 2)) * brian2.nS), KindError, "must be plain numbers"),
        (lambda: wiring.from_matrix([[1, 2], [3]]), KindError, "matrix: must be an array, got rows of different"),
        (lambda: wiring.convolution([[1], [1, 2]]), KindError, "bank: must be an array, got rows of different"),
        (lambda: wiring.from_matrix([["a"]]), KindError, "must hold real numbers"),
        (lambda: wiring.from_matrix([[np.nan]]), ParameterError, "must be finite"),
        (lambda: wiring.convolution(np.ones((3, 3))), ParameterError, r"\(out, in, height, width\), got shape"),
        (lambda: wiring.convolution(np.full((1, 1, 1, 1), np.inf)), ParameterError, "bank: must be finite"),
        (lambda: wiring.convolution(np.full((1, 1, 1, 1), "a")), KindError, "bank: must hold real numbers"),
        (lambda: wiring.convolution(np.ones((1, 1, 3, 3)), stride=0), ParameterError, "stride: must be at least 1"),
        (lambda: wiring.convolution(np.ones((1, 1, 3, 3)), padding="sane"), ParameterError, "did you mean 'same'"),
        (lambda: wiring.pooling(0), ParameterError, "size: must be at least 1"),
        (lambda: wiring.pooling(2, padding=-1), ParameterError, "padding: must be at least 0"),
    ],
)
def test_rules_that_are_none_are_refused(build, error, message):
    """The message names the argument and the value."""
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("rule", "between", "message"),
    [
        (wiring.one_to_one(), ends(3, 4), "one size, got 3 and 4"),
        (wiring.fixed_indegree(5, multapses=False), ends(4, 4), "more sources than the 4"),
        (wiring.fixed_indegree(1, autapses=False), ends(1, 1, recurrent=True), "more sources than the 0"),
        (wiring.fixed_total(17, multapses=False), ends(4, 4), "more synapses than the 16 pairs"),
        (wiring.from_matrix(np.ones((2, 3))), ends(3, 2), r"\(3, 2\), got \(2, 3\)"),
        (wiring.convolution(np.ones((1, 1, 3, 3))), ends(9, (3, 3)), "needs a source with shape"),
        (wiring.convolution(np.ones((1, 2, 3, 3))), ends((5, 5), (5, 5)), "reads 2 channels"),
        (wiring.convolution(np.ones((4, 1, 3, 3)), 2), ends((5, 5), (5, 5, 4)), r"gives \(3, 3, 4\)"),
        (wiring.convolution(np.ones((1, 1, 7, 7)), padding="valid"), ends((5, 5), (5, 5)), "does not fit 5 positions"),
        (wiring.pooling(2), ends((4, 4, 3), (2, 2, 2)), r"gives \(2, 2, 3\)"),
        (wiring.pooling(6), ends((4, 4), (1, 1)), "does not fit"),
    ],
)
def test_populations_that_do_not_fit_are_refused(rule, between, message):
    """The message names the projection and both shapes."""
    with pytest.raises(ModelError, match=message):
        rule.check(between)
