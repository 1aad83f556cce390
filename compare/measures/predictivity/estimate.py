"""Predictivity in one call."""

from typing import Any

from compare.errors import InvalidOptionError
from compare.measures.invariances import invariant_to
from compare.measures.predictivity.pls import PLSPredictivity
from compare.measures.predictivity.regression import RegressionMeasure
from compare.measures.predictivity.ridge import RidgePredictivity
from compare.measures.predictivity.score import Predicted
from isocortex.errors import nearest

__all__ = ["METHODS", "predictivity"]

METHODS: dict[str, type[RegressionMeasure]] = {"ridge": RidgePredictivity, "pls": PLSPredictivity}


@invariant_to("translation", "scale", "permutation", "rotation")
def predictivity(
    x: Any,
    y: Any,
    method: str = "ridge",
    *,
    folds: int = 10,
    stratify: Any = None,
    groups: Any = None,
    reliability: Any = None,
    statistic: str = "correlation",
    seed: int = 0,
    threads: int | None = None,
    **options: Any,
) -> Predicted:
    """Predict the units of `y` from those of `x` on held-out stimuli, and divide by the ceiling.

    Parameters
    ----------
    x, y : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit). The trials of `y` give the ceiling; with one trial there
        is none, and the score is not corrected.
    method : str
        ``"ridge"``: a penalty for each target, chosen by leave-one-out within the training stimuli. ``"pls"``: partial
        least squares.
    folds : int
        Of the cross-validation.
    stratify, groups : array-like, optional
        A label for each stimulus: every fold gets its share of each class; a group is never parted.
    reliability : array-like, optional
        Of each unit of `y`, if it is known from elsewhere.
    statistic : str
        ``"correlation"``, ``r / √ρ``, or ``"explained variance"``, ``r |r| / ρ``.
    seed : int
        Of the folds and of the halves of trials.
    threads : int, optional
        As many as there are cores by default.
    **options
        ``two_sided=True`` takes the noise of x into account too; ``penalties`` of `RidgePredictivity`, ``components``
        of `PLSPredictivity`.

    Returns
    -------
    Predicted
        ``.score``, the median over units (also ``float(result)``), and ``.units``, an xarray.Dataset.

    Raises
    ------
    InvalidOptionError
        If there is no such method or option, or one is out of range.
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activity cannot be used; at least 3 stimuli a fold.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 30))
    >>> y = (x @ rng.normal(size=(30, 8)))[:, None] + 5 * rng.normal(size=(200, 4, 8))
    >>> result = predictivity(x, y)
    >>> round(result.score, 1), result.units.attrs["used"]
    (1.0, 8)
    """
    if method not in METHODS:
        raise InvalidOptionError(f"method: there is no {method!r}; {nearest(str(method), METHODS)}")
    kind = METHODS[method]
    for name in options:
        if name not in kind.__dataclass_fields__:
            raise InvalidOptionError(
                f"{name}: {kind.__name__} has no such option; {nearest(name, kind.__dataclass_fields__)}"
            )
    measure = kind(folds=folds, seed=seed, statistic=statistic, **options)
    return measure.evaluate(x, y, stratify, groups, reliability, threads)
