"""CKA of all layers with all regions at once: each kernel is computed once, and nearly all of it by matrix products."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, TooFewStimuliError
from compare.measures.kernel_alignment import CKA, aligned_by_products
from compare.measures.kernel_products import kernel_products
from compare.measures.measure import warn_of_bias
from compare.measures.patterns import stimulus_trial_unit

__all__ = ["cka_matrix"]


def cka_matrix(
    xs: Mapping[str, Any],
    ys: Mapping[str, Any],
    kernel: str = "linear",
    debiased: bool = True,
    sigma: float | None = None,
    threads: int | None = None,
) -> Any:
    """Compute the centred kernel alignment of every subject of one mapping with every subject of another.

    Parameters
    ----------
    xs, ys : mapping of str to array-like
        Layers and regions: activity (stimulus, unit) or (stimulus, trial, unit). They may be the same mapping.
    kernel, debiased, sigma
        See `CKA`.
    threads : int, optional
        As many as there are cores by default; the numbers do not depend on it.

    Returns
    -------
    xarray.DataArray
        (layer, region): what `cka` gives for each pair, to rounding.

    Raises
    ------
    InvalidOptionError
        If there is no such kernel, or `sigma` is not positive.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; the message names which.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli and `debiased` is False.

    Notes
    -----
    Time grows as subjects × stimuli² × units. The activity is read and not copied, so that memory maps stay on disk;
    beside it, the linear kernel takes about half its memory again, at most 2 GiB, and the rbf kernel stimuli² / 2
    numbers a subject. For a great many stimuli see `minibatch_cka`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {"conv": rng.normal(size=(40, 30)), "dense": rng.normal(size=(40, 20))}
    >>> cka_matrix(layers, layers).values.round(1) + 0
    array([[1., 0.],
           [0., 1.]])
    """
    import xarray as xr

    measure = CKA(kernel, debiased, sigma)
    rows = _checked(xs, "xs", measure)
    columns = rows if ys is xs else _checked(ys, "ys", measure)
    every = [*rows.values()] if ys is xs else [*rows.values(), *columns.values()]
    if len({len(array) for array in every}) > 1:
        name, array = next((name, array) for name, array in columns.items() if len(array) != len(every[0]))
        raise InvalidActivityError(
            f"ys[{name!r}]: has {len(array)} stimuli, and xs {len(every[0])}: both must see the same stimuli"
        )
    if measure.grows_with_units:
        warn_of_bias(measure.label, *(array[:, 0] for array in every))
    products, sizes = kernel_products(every, kernel, debiased, sigma, threads)
    values = aligned_by_products(products, sizes)[: len(rows), -len(columns) :]
    return xr.DataArray(
        values, coords={"layer": list(rows), "region": list(columns)}, dims=("layer", "region"), name=measure.label
    )


def _checked(mapping: Any, label: str, measure: CKA) -> dict[str, np.ndarray]:
    if not isinstance(mapping, Mapping):
        raise ActivityTypeError(f"{label}: must map names to arrays, got {type(mapping).__name__}")
    if not mapping:
        raise InvalidActivityError(f"{label}: is empty")
    arrays: dict[str, np.ndarray] = {}
    for name, value in mapping.items():
        arrays[name] = array = stimulus_trial_unit(value, f"{label}[{name!r}]")
        stimuli = len(next(iter(arrays.values())))
        if len(array) != stimuli:
            raise InvalidActivityError(f"{label}[{name!r}]: has {len(array)} stimuli, those before it {stimuli}")
        if stimuli < measure.least_stimuli:
            raise TooFewStimuliError(
                f"{label}[{name!r}]: has {stimuli} stimuli, {measure.label} needs at least {measure.least_stimuli}"
            )
    return arrays
