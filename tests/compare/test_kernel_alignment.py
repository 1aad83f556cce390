"""CKA of all pairs at once, from mini-batches, and where it is not defined."""

import tracemalloc

import numpy as np
import pytest

import compare
from compare.errors import (
    ActivityTypeError,
    BiasWarning,
    InvalidActivityError,
    InvalidOptionError,
    TooFewStimuliError,
)
from compare.measures import CKA, MinibatchCKA, kernel_products


@pytest.fixture
def layers():
    """Activities that share a part, one of them with trials, one with a mean far from zero and a silent unit."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(90, 5))
    trials = latent[:, None] @ rng.normal(size=(5, 30)) + rng.normal(size=(90, 3, 30))
    wide = latent @ rng.normal(size=(5, 120)) + rng.normal(size=(90, 120)) + 1000
    wide[:, 7] = 3.3
    return {"trials": trials, "wide": wide, "single": (latent**3).astype(np.float32)}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"debiased": False},
        {"kernel": "rbf"},
        {"kernel": "rbf", "debiased": False},
        {"kernel": "rbf", "sigma": 20.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("small", [False, True], ids=["whole", "in tiles"])
@pytest.mark.filterwarnings("ignore::compare.errors.BiasWarning")
def test_matrix_holds_what_cka_gives_pair_by_pair(layers, options, small, monkeypatch):
    """Tiles, blocks of units and parts change nothing but rounding."""
    if small:
        monkeypatch.setattr(kernel_products, "TILE", 16)
        monkeypatch.setattr(kernel_products, "UNITS", 13)
        monkeypatch.setattr(kernel_products, "LEAST_MEMORY", 0)
    regions = {name: layers[name] for name in ("single", "trials")}

    matrix = compare.cka_matrix(layers, regions, **options)

    assert matrix.dims == ("layer", "region")
    for layer, x in layers.items():
        for region, y in regions.items():
            assert float(matrix.sel(layer=layer, region=region)) == pytest.approx(
                compare.cka(x, y, **options), abs=1e-11
            )


def test_matrix_is_the_same_bit_for_bit_on_any_number_of_threads(layers):
    """Each kernel is one thread's work."""
    one, two = (compare.cka_matrix(layers, layers, threads=threads) for threads in (1, 2))

    assert np.array_equal(one, two)


def test_duplicated_stimuli_have_no_distance_in_the_rbf_kernel():
    """Distances that products give by rounding only do not enter the median."""
    rng = np.random.default_rng(1)
    x = np.repeat(rng.normal(size=(20, 6)), 2, axis=0) + 100

    matrix = compare.cka_matrix({"x": x}, {"y": x**2}, kernel="rbf")
    assert float(matrix[0, 0]) == pytest.approx(compare.cka(x, x**2, kernel="rbf"), abs=1e-9)


def test_matrix_takes_at_most_three_times_the_memory_of_the_activity():
    """With the activity itself at most three times it, of few stimuli and of many, in single precision too."""
    rng = np.random.default_rng(2)
    few = {str(index): rng.normal(size=(500, 2500)).astype(np.float32) for index in range(4)}
    many = {str(index): rng.normal(size=(2400, 600)).astype(np.float32) for index in range(4)}
    for layers, least in ((few, kernel_products.LEAST_MEMORY), (many, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernel_products, "LEAST_MEMORY", least)
            import xarray  # noqa: F401, imports are no activity

            tracemalloc.start()
            compare.cka_matrix(layers, layers, threads=1)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 2 * sum(array.nbytes for array in layers.values())


def test_matrix_leaves_memory_maps_on_disk(tmp_path, monkeypatch):
    """Activity on disk is read block by block, whatever its size, and kernels stay below their limit."""
    rng = np.random.default_rng(11)
    maps = {}
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(600, 4000)).astype(np.float32))
        maps[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    expected = compare.cka_matrix({name: np.array(array) for name, array in maps.items()}, maps)
    monkeypatch.setattr(kernel_products, "MOST_MEMORY", 2**20)
    monkeypatch.setattr(kernel_products, "TILE", 128)

    tracemalloc.start()
    found = compare.cka_matrix(maps, maps, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.6 * sum(array.nbytes for array in maps.values())
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_stimuli_that_are_all_equally_alike_leave_nothing_to_align():
    """One unit a stimulus: every pair is as far as every other, so the debiased form is NaN, not rounding's ratio."""
    rng = np.random.default_rng(3)
    own, other = 7.3 * np.eye(30), rng.normal(size=(30, 5))

    assert np.isnan(compare.cka(own, other))
    assert np.isnan(compare.cka(own, own))
    assert np.isnan(compare.cka_matrix({"own": own, "other": other}, {"own": own}).values).all()
    assert compare.cka(other, other) == pytest.approx(1)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_subject_that_does_not_vary_is_nan_in_the_matrix(kernel):
    """Its row and column only, whatever constant it is."""
    x = np.random.default_rng(3).normal(size=(30, 5))
    both = {"silent": np.full((30, 5), 0.1), "x": x}

    for debiased in (True, False):
        matrix = compare.cka_matrix(both, both, kernel=kernel, debiased=debiased).values
        assert np.isnan(matrix).tolist() == [[True, True], [True, False]]
        assert matrix[1, 1] == pytest.approx(1)


def test_self_criterion_is_never_negative():
    """The U-centred form is a sum of squares, also where Song's sums, as written, round to a negative number."""
    rng = np.random.default_rng(4)
    negative = 0
    for _ in range(50):
        n = 12
        x = np.eye(n) * 3 + 1e-9 * rng.normal(size=(n, n)) + 1000
        kernel = x @ x.T
        np.fill_diagonal(kernel, 0)
        rows = kernel.sum(axis=0)
        song = np.sum(kernel * kernel) + rows.sum() ** 2 / ((n - 1) * (n - 2)) - 2 * rows @ rows / (n - 2)
        negative += song < 0
        value = compare.cka(x, x)
        assert np.isnan(value) or value == pytest.approx(1)
    assert negative > 0


def test_batches_of_all_stimuli_are_cka():
    """One batch is no approximation."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(50, 8))
    y = x + rng.normal(size=(50, 8))

    for options in ({}, {"debiased": False}, {"kernel": "rbf"}, {"kernel": "rbf", "sigma": 3.0}):
        assert compare.cka_of_batches([(x, y)], **options) == pytest.approx(compare.cka(x, y, **options), abs=1e-12)
        assert compare.minibatch_cka(x, y, 64, **options) == pytest.approx(compare.cka(x, y, **options), abs=1e-12)


def test_criteria_are_averaged_before_the_ratio():
    """The three criteria's means over batches, and not the mean of the batches' ratios."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(5, 12, 4)) * rng.uniform(0.2, 5, size=(5, 1, 1))
    y = x[..., :2] + rng.normal(size=(5, 12, 2))

    def criterion(a, b):
        k, m = a @ a.T, b @ b.T
        np.fill_diagonal(k, 0)
        np.fill_diagonal(m, 0)
        n = len(k)
        trace = np.sum(k * m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 * k.sum(0) @ m.sum(0) / (n - 2)
        return trace / (n * (n - 3))

    crossed, own, other = (
        np.mean([criterion(a, b) for a, b in zip(*both, strict=True)]) for both in ((x, y), (x, x), (y, y))
    )
    assert compare.cka_of_batches(zip(x, y, strict=True)) == pytest.approx(crossed / np.sqrt(own * other), abs=1e-12)


def test_mini_batches_expect_the_same_as_all_stimuli_only_when_debiased():
    """Over many seeds the debiased form centres on CKA of all stimuli; as first published it is far above."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(300, 40))
    y = x @ rng.normal(size=(40, 40)) + 8 * rng.normal(size=(300, 40))

    values = [compare.minibatch_cka(x, y, 20, seed=seed) for seed in range(12)]
    assert abs(np.mean(values) - compare.cka(x, y)) < 3 * np.std(values) / np.sqrt(len(values)) + 0.005
    with pytest.warns(BiasWarning, match="debiased|batches"):
        assert compare.minibatch_cka(x, y, 20, debiased=False) > compare.cka(x, y) + 0.2


def test_mini_batches_are_seeded():
    """The same seed gives the same bits, another seed another estimate."""
    x, y = np.random.default_rng(8).normal(size=(2, 100, 5))

    assert compare.minibatch_cka(x, y, 20, seed=3) == compare.minibatch_cka(x, y, 20, seed=3)
    assert compare.minibatch_cka(x, y, 20, seed=3) != compare.minibatch_cka(x, y, 20, seed=4)
    assert MinibatchCKA(20, seed=3).fit(x, y).score(x, y) == compare.minibatch_cka(x, y, 20, seed=3)


def test_only_a_batch_at_a_time_is_read(tmp_path):
    """Memory maps, HDF5 and DataArrays give their rows, forwards, and are never read as a whole."""
    import h5py
    import xarray as xr

    class Counted:
        """An array on disk that counts the rows it gives."""

        def __init__(self, array):
            self.array, self.most = array, 0
            self.shape = array.shape

        def __len__(self):
            return len(self.array)

        def __getitem__(self, index):
            self.most = max(self.most, len(index))
            return self.array[index]

    x, y = np.random.default_rng(9).normal(size=(2, 120, 6))
    expected = compare.minibatch_cka(x, y, 20)
    np.save(tmp_path / "x.npy", x)
    with h5py.File(tmp_path / "y.h5", "w") as file:
        on_disk = Counted(file.create_dataset("y", data=y))
        assert compare.minibatch_cka(np.load(tmp_path / "x.npy", mmap_mode="r"), on_disk, 20) == expected
        assert on_disk.most == 20
    named = xr.DataArray(x.T, dims=("unit", "stimulus"))
    assert compare.minibatch_cka(named, y.tolist(), 20) == expected


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: compare.cka_matrix([x], {"y": x}), ActivityTypeError, "xs: must map names to arrays, got list"),
        (lambda x: compare.cka_matrix({}, {"y": x}), InvalidActivityError, "xs: is empty"),
        (lambda x: compare.cka_matrix({"a": x, "b": x[:9]}, {"y": x}), InvalidActivityError, r"xs\['b'\]: has 9 stim"),
        (lambda x: compare.cka_matrix({"a": x}, {"y": x[:9]}), InvalidActivityError, r"ys\['y'\]: has 9 .* xs 10"),
        (lambda x: compare.cka_matrix({"a": x[:3]}, {"y": x[:3]}), TooFewStimuliError, "needs at least 4"),
        (lambda x: compare.cka_matrix({"a": x}, {"y": x}, kernel="rbg"), InvalidOptionError, "did you mean 'rbf'"),
        (lambda x: compare.cka_of_batches([]), TooFewStimuliError, "there is none"),
        (lambda x: compare.cka_of_batches([x]), ActivityTypeError, r"batch 0: must be a pair \(x, y\), got ndarray"),
        (lambda x: compare.cka_of_batches([(x, x), (x[:3], x[:3])]), TooFewStimuliError, "batch 1: .* at least 4"),
        (lambda x: compare.cka_of_batches([(x, x), (x, x[:9])]), InvalidActivityError, "batch 1: x has 10 stimuli"),
        (lambda x: compare.cka_of_batches([(x, x), (x, x[:, :2])]), InvalidActivityError, "batch 1: has 3 and 2 un"),
        (lambda x: compare.minibatch_cka(x, x[:9]), InvalidActivityError, "x has 10 stimuli and y has 9"),
        (lambda x: compare.minibatch_cka(x, x, batch=3), InvalidOptionError, "batch: .* at least 4, got 3"),
        (lambda x: compare.minibatch_cka(x, x, batch=5.0), InvalidOptionError, "whole number"),
        (lambda x: compare.minibatch_cka(x, x, sigma=-1), InvalidOptionError, "sigma: must be positive"),
    ],
)
def test_what_cannot_be_aligned_is_named(call, error, message):
    """Each kind of bad input has its error, and says which subject or batch."""
    with pytest.raises(error, match=message):
        call(np.random.default_rng(0).normal(size=(10, 3)))


def test_matrix_as_first_published_warns_of_units():
    """The bias of each pair is told once for all."""
    x = np.random.default_rng(0).normal(size=(10, 300))

    with pytest.warns(BiasWarning, match="linear CKA: 300 units and 10 stimuli"):
        assert float(compare.cka_matrix({"a": x}, {"b": x[::-1]}, debiased=False)[0, 0]) > 0.8
    assert CKA(debiased=False).grows_with_units
    assert MinibatchCKA(debiased=False).grows_with_units
