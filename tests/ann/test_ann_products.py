"""Matrix products of a dense layer, whole or in pieces."""

import numpy as np
import pytest

import ann
from ann import products
from ann.fast import products as loops
from ann.fast.tile import BYTES

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "inner", "columns"), [(3, 5, 4), (32, 157, 128), (32, 300, 130), (200, 70, 300)])
def test_products_in_pieces_are_numpys(dtype, rows, inner, columns):
    """Whole or in pieces, of a matrix or a block of a larger one, products are NumPy's, written or added."""
    a, b, d = RNG.normal(size=(rows, inner + 3)), RNG.normal(size=(inner, columns)), RNG.normal(size=(rows, columns))
    a, b, d = (one.astype(dtype) for one in (a, b, d))
    close = {"rtol": 0, "atol": 2e-4 if dtype == "float32" else 1e-12}
    out = np.full((rows, columns), np.nan, dtype)
    loops.product(np.ascontiguousarray(a[:, 3:]), b, out)
    np.testing.assert_allclose(out, a[:, 3:] @ b, **close)
    loops.add_product(a[:, 3:], b, out)
    np.testing.assert_allclose(out, 2 * (a[:, 3:] @ b), **close)
    turned = np.ones((inner + 3, columns), dtype)
    loops.add_turned_product(a[:, 3:], d, turned[3:])
    np.testing.assert_allclose(turned[3:], a[:, 3:].T @ d + 1, **close)
    assert (turned[:3] == 1).all()
    written = np.full((inner + 3, columns), np.nan, dtype)
    loops.turned_product(a, d, written)
    np.testing.assert_allclose(written, a.T @ d, **close)
    back = np.full((rows, inner), np.nan, dtype)
    loops.product_of_turned(d, b, back)
    np.testing.assert_allclose(back, d @ b.T, **close)


@pytest.mark.parametrize("rows", [1, 64, 200])
@pytest.mark.parametrize("fortran", [False, True])
def test_whatever_way_is_taken_products_are_numpys(rows, fortran):
    """Few rows or many, plain arrays or others (turned, read-only): the three products of a layer."""
    assert products.in_pieces(rows, 300 * 220) is (rows == 64)
    a, b, d = RNG.normal(size=(rows, 300)), RNG.normal(size=(300, 220)), RNG.normal(size=(rows, 220))
    if fortran:
        a, b = np.asfortranarray(a), np.asfortranarray(b)
        d.flags.writeable = False
    out = np.full((300, 220), np.nan)
    np.testing.assert_allclose(products.product(a, b), a @ b, rtol=0, atol=1e-12)
    np.testing.assert_allclose(products.product_of_turned(d, b), d @ b.T, rtol=0, atol=1e-12)
    np.testing.assert_allclose(products.turned_product(a, d), a.T @ d, rtol=0, atol=1e-12)
    assert products.turned_product(a, d, out) is out
    np.testing.assert_allclose(out, a.T @ d, rtol=0, atol=1e-12)


def test_a_large_dense_layer_has_the_gradients_of_differences():
    """A layer whose products are in pieces passes the check, for its inputs, too; a small one loads no loops."""
    layer = ann.layers.Dense(190, activation="tanh")
    assert layer.uses_loops((180,))
    assert not ann.layers.Dense(10).uses_loops((784,))
    model = ann.Sequential([layer], seed=0, dtype="float64")
    model.compile("sgd", "mean_squared_error")
    x, y, shift = RNG.normal(size=(40, 180)), RNG.normal(size=(40, 190)), 1e-6
    outputs, cache = model.forward(x)
    gradients = model.backward(model.loss(outputs, y)[1], cache, inputs=True)

    def loss(x, kernel):
        return np.mean((np.tanh(x @ kernel) - y) ** 2)

    kernel = layer.parameters["kernel"]
    for _ in range(5):
        along, across = RNG.normal(size=kernel.shape), RNG.normal(size=x.shape)
        for sides, found in (
            (
                (loss(x, kernel + shift * along), loss(x, kernel - shift * along)),
                gradients["dense_1"]["kernel"] * along,
            ),
            ((loss(x + shift * across, kernel), loss(x - shift * across, kernel)), gradients.inputs * across),
        ):
            assert found.sum() == pytest.approx((sides[0] - sides[1]) / (2 * shift), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 13, 16, 37])
def test_few_rows_by_a_turned_matrix_are_numpys(dtype, rows):
    """In vectors of rows, whole blocks of columns and the rest, filled up or not."""
    for columns in (3, 32, 75):
        a, b = RNG.normal(size=(rows, 21)).astype(dtype), RNG.normal(size=(columns, 21)).astype(dtype)
        out = np.full((rows, columns), np.nan, dtype)
        loops.few_by_turned(a, b, out)
        np.testing.assert_allclose(out, a @ b.T, rtol=0, atol=1e-4 if dtype == "float32" else 1e-12)


def test_rows_that_fill_vectors():
    """Whole vectors do, one number does not, and four of five are enough."""
    lanes = BYTES // 4
    assert [loops.fills_vectors(rows, 4) for rows in (1, lanes, 5 * lanes - lanes // 4, 4 * lanes)] == [0, 1, 1, 1]


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (64, 10), (300, 70)])
def test_sums_by_products_are_sums(shape):
    """Columns and rows, also of a matrix that is turned, and into memory that is given."""
    a = RNG.normal(size=shape)
    out = np.full(shape[1], np.nan)
    assert products.column_sums(a, out) is out
    np.testing.assert_allclose(out, a.sum(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(products.column_sums(a.T), a.sum(axis=1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(products.row_sums(a), a.sum(axis=1), rtol=0, atol=1e-12)
    assert products.row_sums(a.astype(np.float32)).dtype == np.float32
