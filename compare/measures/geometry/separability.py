"""Linear separability: how well a hyperplane parts every two classes, on stimuli that it was not placed by.

Balanced accuracy of the cross-validated ridge classification of `compare.readout` on each pair alone. A pair that is
linearly separable in the sample is no finding where units outnumber stimuli, since any two sets of points then are
(Cover 1965, IEEE Transactions on Electronic Computers EC-14:326-334, doi:10.1109/PGEC.1965.264137): hence held out.
"""

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.checks import check_count
from compare.decoding import check_classes, class_folds, labelled_patterns, read_classes
from compare.measures.invariances import invariant_to
from isocortex.seeds import child_seed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["linear_separability"]


@invariant_to("translation", "scale", "permutation")
def linear_separability(x: Any, labels: Any, *, folds: int = 5, seed: int = 0) -> "xr.DataArray":
    """Estimate how well each pair of classes is told apart by a hyperplane.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is read.
    labels : array-like
        The class of each stimulus.
    folds : int
        Of the cross-validation, stratified by class.
    seed : int
        Of the folds.

    Returns
    -------
    xarray.DataArray
        (class, other): balanced accuracy on held-out stimuli, chance 0.5; NaN on the diagonal. The attribute ``mean``
        is the mean over pairs.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 classes, or a class has fewer stimuli than folds.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If activity and labels do not match, or `folds` is below 2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat(["cat", "dog", "tree"], 20)
    >>> far = np.where(labels == "tree", 9.0, 0.0)[:, None]
    >>> found = linear_separability(rng.normal(size=(60, 10)) + far, labels)
    >>> float(found.sel({"class": "cat", "other": "tree"})), bool(found.sel({"class": "cat", "other": "dog"}) < 0.8)
    (1.0, True)
    """
    import xarray as xr

    patterns, classes = labelled_patterns(x, labels, "x", "labels")
    check_count("folds", folds, 2)
    check_classes(classes, folds, "folds")
    names, index = np.unique(classes, return_inverse=True)
    values = np.full((len(names), len(names)), np.nan)
    for first, second in combinations(range(len(names)), 2):
        both = np.flatnonzero((index == first) | (index == second))
        truth = (index[both] == second).astype(np.int64)
        parts = class_folds(truth, folds, child_seed(seed, "pair", first, second))
        right = read_classes(patterns[both], truth[None], parts)[0] == truth
        values[first, second] = values[second, first] = (right[truth == 0].mean() + right[truth == 1].mean()) / 2
    return xr.DataArray(
        values,
        dims=("class", "other"),
        coords={"class": names, "other": names},
        name="linear separability",
        attrs={"mean": float(np.nanmean(values)), "chance": 0.5, "folds": int(folds)},
    )
