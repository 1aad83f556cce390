import numpy as np
import pytest
from numba import njit
from scipy import special

from brainsim.engine import functions
from brainsim.engine.exponential import exp


@njit(error_model="numpy")
def _exp(x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = exp(x[i])
    return out


@njit(error_model="numpy", fastmath={"contract", "nsz"})
def _contracted_exp(x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = exp(x[i])
    return out


@pytest.mark.parametrize("reach", [1e-8, 0.35, 10.0, 707.0])
@pytest.mark.parametrize("function", [_exp, _contracted_exp])
def test_within_two_ulp_of_numpy(function: object, reach: float) -> None:
    """The vectorised exponential differs from NumPy's by at most 2 units in the last place."""
    x = np.random.default_rng(0).uniform(-reach, reach, 20_001)
    ours, theirs = function(x), np.exp(x)  # type: ignore[operator]
    assert np.abs(ours.view(np.int64) - theirs.view(np.int64)).max() <= 2


def test_odd_lengths_change_no_bit() -> None:
    """A value does not depend on where in an array it stands."""
    x = np.random.default_rng(1).uniform(-5, 5, 1003)
    whole = _contracted_exp(x)
    for start, stop in ((1, 1003), (5, 22), (997, 1003)):
        assert np.array_equal(_contracted_exp(x[start:stop].copy()), whole[start:stop])


def test_beyond_the_range() -> None:
    """Far below it is 0, far above infinity, and NaN stays NaN."""
    assert np.array_equal(_exp(np.array([-1e9, -np.inf, 1e9, np.inf, 0.0])), [0.0, 0.0, np.inf, np.inf, 1.0])
    assert np.isnan(_exp(np.array([np.nan]))).all()


def test_exprel_is_scipys() -> None:
    """(exp(x) - 1) / x agrees with SciPy's, also where it is 0/0."""
    x = np.array([-20.0, -1e-3, -1e-12, 0.0, 1e-300, 1e-9, 0.1, 3.0])
    assert np.allclose([functions.exprel(value) for value in x], special.exprel(x), rtol=4e-16, atol=0)


def test_small_functions() -> None:
    """clip, abs and int do as NumPy's."""
    for x in (-2.7, -0.2, 0.0, 0.9, 5.5):
        assert functions.clip(x, -1.0, 1.0) == np.clip(x, -1.0, 1.0)
        assert functions.magnitude(x) == abs(x)
        assert functions.whole(x) == np.trunc(x)
