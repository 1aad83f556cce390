"""What a measure does not see: every measure declares it, and the tests hold it to its word, both ways."""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["TRANSFORMATIONS", "invariances_of", "invariant_to"]

TRANSFORMATIONS = {
    "translation": "a constant added to each unit, the same for every stimulus",
    "pattern offset": "a constant added to each stimulus's pattern, the same for every unit",
    "scale": "all activity multiplied by one positive number",
    "pattern scale": "each stimulus's pattern multiplied by a positive number of its own",
    "permutation": "the units in another order",
    "rotation": "an orthogonal mixture of the units",
    "affine": "any invertible linear mixture of the units",
}
"""The transformations that are told apart, each of one subject's activity (stimulus, unit)."""

Measure = TypeVar("Measure", bound=Callable[..., Any])


def invariant_to(*names: str) -> Callable[[Measure], Measure]:
    """Declare which of `TRANSFORMATIONS` leave a measure as it is; it sees all the others."""

    def declare(measure: Measure) -> Measure:
        _DECLARED[measure] = frozenset(names)
        return measure

    return declare


def invariances_of(measure: Callable[..., Any]) -> frozenset[str]:
    """Give what `measure` is invariant to: a measure object, its class, or the plain function.

    Examples
    --------
    >>> from compare.measures import procrustes
    >>> sorted(invariances_of(procrustes))
    ['permutation', 'rotation', 'scale', 'translation']
    """
    declared = getattr(measure, "invariances", None)
    return _DECLARED[measure] if declared is None else declared


_DECLARED: dict[Callable[..., Any], frozenset[str]] = {}
