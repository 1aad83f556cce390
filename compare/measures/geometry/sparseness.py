"""Sparseness: whether few units answer a stimulus, and whether a unit answers few stimuli.

With rates r, Treves and Rolls' (1991, Network 2:371-397, doi:10.1088/0954-898X/2/4/004) ``a = (Σ r / n)² / (Σ r² / n)``
is the share that is active if those that are active are so alike; Vinje and Gallant (2000, Science 287:1273-1276,
doi:10.1126/science.287.5456.1273) turn it round, ``S = (1 - a) / (1 - 1/n)``: 0 where all answer alike, 1 where one
alone does.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.measures.invariances import invariant_to
from compare.measures.patterns import as_patterns
from isocortex.errors import nearest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["METHODS", "lifetime_sparseness", "population_sparseness"]

METHODS = ("vinje-gallant", "treves-rolls")


@invariant_to("scale", "permutation")
def lifetime_sparseness(x: Any, method: str = "vinje-gallant") -> "xr.DataArray":
    """Tell of each unit how selective it is among the stimuli.

    Parameters
    ----------
    x : array-like
        Rates or counts, none below 0: (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is
        taken.
    method : str
        ``"vinje-gallant"``: S, 1 is sparse. ``"treves-rolls"``: a, ``1 / n`` is sparse and 1 is dense.

    Returns
    -------
    xarray.DataArray
        (unit); NaN for silent units, which the attribute ``silent`` counts.

    Raises
    ------
    InvalidOptionError
        If there is no such method.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used: values below 0, fewer than 2 stimuli.

    Examples
    --------
    >>> lifetime_sparseness([[4, 1, 0], [0, 1, 0]]).values
    array([ 1.,  0., nan])
    """
    return _sparseness(as_patterns(x), 0, "unit", method)


@invariant_to("scale", "pattern scale", "permutation")
def population_sparseness(x: Any, method: str = "vinje-gallant") -> "xr.DataArray":
    """Tell of each stimulus how few units answer it.

    Parameters
    ----------
    x, method
        As in `lifetime_sparseness`; at least 2 units.

    Returns
    -------
    xarray.DataArray
        (stimulus); NaN where no unit answers.

    Raises
    ------
    InvalidOptionError
        If there is no such method.
    InvalidActivityError, ActivityTypeError
        If the activity cannot be used: values below 0, a single unit.

    Examples
    --------
    >>> population_sparseness([[4, 0], [1, 1], [0, 0]], "treves-rolls").values
    array([0.5, 1. , nan])
    """
    return _sparseness(as_patterns(x, least=1), 1, "stimulus", method)


def _sparseness(rates: np.ndarray, axis: int, dimension: str, method: str) -> "xr.DataArray":
    import xarray as xr

    if method not in METHODS:
        raise InvalidOptionError(f"method: there is no {method!r}; {nearest(str(method), METHODS)}")
    if rates.min() < 0:
        raise InvalidActivityError(
            f"x: sparseness is of rates, and {int((rates < 0).sum())} values are below 0; take what is rectified"
        )
    n = rates.shape[axis]
    if n < 2:
        raise InvalidActivityError("x: has one unit; the sparseness of a population needs at least 2")
    highest = rates.max(axis=axis, keepdims=True)
    scaled = np.divide(
        rates, highest, out=np.zeros_like(rates), where=highest > 0
    )  # squares neither over nor underflow
    silent = ~scaled.any(axis=axis)
    share = np.full(silent.shape, np.nan)
    share[~silent] = (scaled.mean(axis=axis) ** 2)[~silent] / (scaled**2).mean(axis=axis)[~silent]
    values = share if method == "treves-rolls" else (1 - share) / (1 - 1 / n)
    name = f"sparseness ({method})"
    return xr.DataArray(values, dims=dimension, name=name, attrs={"silent": int(silent.sum())})
