"""The product that convolutions are made of, against NumPy's, at every size of tile."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ann.fast.buffers import zeros
from ann.fast.tile import add_product, product_onto, whole_vectors

KERNEL = """
import numpy as np
from ann.layers import Conv2D
from ann.fast.tile import BYTES
rng = np.random.default_rng(0)
for dtype, tolerance in ((np.float32, 1e-4), (np.float64, 1e-12)):
    layer = Conv2D(5, 3, padding="same")
    layer.parameters = {"kernel": rng.normal(size=(3, 3, 3, 5)).astype(dtype), "bias": np.zeros(5, dtype)}
    x = rng.normal(size=(2, 7, 9, 3)).astype(dtype)
    y, cache = layer.forward(x)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), (1, 2))
    assert np.allclose(y, np.einsum("nyxcij,ijcf->nyxf", windows, layer.parameters["kernel"]), atol=tolerance)
    d_x, own = layer.backward(y, cache)
    assert np.allclose(own["kernel"], np.einsum("nyxcij,nyxf->ijcf", windows, y), atol=1e3 * tolerance)
    assert np.isclose((d_x * x).sum(), (y * y).sum(), rtol=tolerance)
print(BYTES)
"""


def laid_out(values, steps, start, length, dtype):
    """Put values where the steps along their axes say, in a flat array that is NaN everywhere else."""
    flat = np.full(length, np.nan, dtype)
    places = start + np.tensordot(steps, np.indices(values.shape), 1)
    flat[places] = values
    return flat, places


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [1, 3, 4, 7, 16, 17, 33, 50])
def test_every_size_is_numpys_product(dtype, columns):
    """Any rows, from one to more than two tiles, and any columns give NumPy's sums, and nothing else is touched."""
    rng = np.random.default_rng(0)
    full = whole_vectors(columns, np.dtype(dtype).itemsize)
    assert columns <= full < columns + 16
    outer, inner = 2, 3
    for rows in range(1, 20):
        right, before = rng.normal(size=(outer, inner, full)), rng.normal(size=(rows, full))
        # Rows of the left side that overlap, as windows do: each begins at the second number of the one before.
        left = rng.normal(size=(outer, inner + rows - 1))
        overlapping = np.lib.stride_tricks.sliding_window_view(left, rows, 1)
        a, _ = laid_out(left, (40, 1), 5, 90, dtype)
        b, _ = laid_out(right, (4 * full, full + 1, 1), 2, 9 * full + 9, dtype)
        c, places = laid_out(before, (full + 2, 1), 1, 20 * (full + 2), dtype)
        add_product(a, 5, 1, 40, 1, b, 2, 4 * full, full + 1, c, 1, full + 2, outer, inner, rows, full)
        expected = before + np.einsum("okm,okn->mn", overlapping, right)
        np.testing.assert_allclose(c[places], expected, atol=1e-5 if dtype == np.float32 else 1e-13)
        c[places] = np.nan
        assert np.isnan(c).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_product_onto_a_bias_is_held_above_a_bound(dtype):
    """Every row begins with the same numbers, stays above the bound, and NaN stays NaN."""
    rng = np.random.default_rng(0)
    rows, inner, full = 11, 5, 24
    left, right, bias = (rng.normal(size=shape).astype(dtype) for shape in ((rows, inner), (inner, full), (full,)))
    left[3, 2] = np.nan
    c = np.full(rows * full, 7, dtype)
    product_onto(
        *(left.ravel(), 0, inner, 0, 1, right.ravel(), 0, 0, full),
        *(bias, 0, 0, dtype(0.25), c, 0, full, 1, inner, rows, full),
    )
    expected = np.maximum(left @ right + bias, 0.25)
    assert np.isnan(c.reshape(rows, full)[3]).all()
    np.testing.assert_allclose(c.reshape(rows, full), expected, atol=1e-5 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_of_loops_begins_on_a_line_of_the_cache(dtype):
    """As many zeros as asked for, and no vector of 64 bytes across two lines."""
    arrays = [zeros(count, np.ones(1, dtype)) for count in (1, 10, 900)]
    assert [len(array) for array in arrays] == [1, 10, 900]
    assert [array.ctypes.data % 64 for array in arrays] == [0, 0, 0]
    assert not any(array.any() for array in arrays)
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_no_product_adds_nothing():
    """Without rows, columns, or anything to sum up, the result stays."""
    a, b = np.ones(64), np.ones(64)
    for outer, inner, rows, columns in ((0, 3, 2, 8), (2, 0, 2, 8), (2, 3, 0, 8), (2, 3, 2, 0)):
        c = np.arange(64.0)
        add_product(a, 0, 1, 8, 1, b, 0, 8, 8, c, 0, 8, outer, inner, rows, columns)
        np.testing.assert_array_equal(c, np.arange(64.0))


@pytest.mark.parametrize("itemsize", [4, 8])
def test_columns_fill_vectors(itemsize):
    """Columns are filled up to a number that a product accepts, and one that does so stays."""
    least = 16 // itemsize
    for length in range(70):
        full = whole_vectors(length, itemsize)
        assert full >= length
        assert full % least == 0
        assert whole_vectors(full, itemsize) == full


@pytest.mark.slow
@pytest.mark.parametrize(("cpu", "features", "length"), [("generic", "", "16"), ("haswell", "+avx,+avx2,+fma", "32")])
def test_older_processors_convolve_too(cpu, features, length, tmp_path):
    """With the instructions of an older processor, vectors are shorter and convolution is the same."""
    if sys.platform == "darwin" or os.uname().machine != "x86_64":
        pytest.skip("names of processors of another family")
    variables = {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", KERNEL], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [length]
