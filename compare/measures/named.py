"""The measures by name, as a caller or a study file writes them."""

from inspect import signature
from typing import Any

from compare.errors import ActivityTypeError, InvalidOptionError
from compare.measures.measure import Measure
from isocortex.errors import nearest

__all__ = ["NAMED", "measure_named", "name_of"]

NAMED = {
    "bures": "BuresSimilarity",
    "cca": "CCA",
    "cka": "CKA",
    "minibatch-cka": "MinibatchCKA",
    "pls": "PLSPredictivity",
    "procrustes": "Procrustes",
    "pwcca": "PWCCA",
    "ridge": "RidgePredictivity",
    "rsa": "RSA",
    "stochastic-shape": "StochasticShape",
    "svcca": "SVCCA",
    "unit-matching": "UnitMatching",
}
"""name -> class in `compare.measures`, taken with its default options."""


def measure_named(measure: Any, **options: Any) -> Measure:
    """Give the measure that a name stands for; a measure is given back as it is.

    Parameters
    ----------
    measure : str or Measure
        One of `NAMED`, or an object with options of its own.
    **options
        For the class, where a name was given. None is the class's own default.

    Raises
    ------
    InvalidOptionError
        If there is no such measure, it has no such option, or an object was given that has its own.
    ActivityTypeError
        If it is neither a name nor a measure.

    Examples
    --------
    >>> measure_named("rsa", method="pearson").label
    'RSA (correlation distance, Pearson)'
    """
    import compare.measures

    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(measure, Measure):
        if given:
            raise InvalidOptionError(
                f"{', '.join(given)}: {type(measure).__name__} is given as an object; set it there, or give its name"
            )
        return measure
    if not isinstance(measure, str):
        raise ActivityTypeError(f"measure: must be a name or a Measure, got {type(measure).__name__}")
    if measure not in NAMED:
        raise InvalidOptionError(f"measure: there is no {measure!r}; {nearest(measure, NAMED)}")
    kind = getattr(compare.measures, NAMED[measure])
    known = list(signature(kind).parameters)
    for name in given:
        if name not in known:
            raise InvalidOptionError(f"{measure}: has no option {name!r}; {nearest(name, known)}")
    return kind(**given)


def name_of(measure: Measure) -> str:
    """Give the name of a measure's kind, or its class in small letters where it has none.

    Examples
    --------
    >>> name_of(measure_named("cka"))
    'cka'
    """
    kind = type(measure).__name__
    return next((name for name, known in NAMED.items() if known == kind), kind.lower())
