"""Whether a projection may have the rules that it was given."""

from collections.abc import Iterable
from typing import Any

from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.plasticity.normalization import WeightNormalization
from brainsim.plasticity.rule import Plasticity
from brainsim.plasticity.short_term import TsodyksMarkram

__all__ = ["check_bounds", "check_rules"]


def check_rules(plasticity: Any, short_term: Any, normalization: Any, unit: str, where: str) -> None:
    """Check the rules of a projection whose weights are in `unit`.

    Raises
    ------
    KindError, ParameterError, ModelError
        If one is of another kind, the bound of a conductance is negative, or nothing is there to be normalised.
    """
    for name, value, kind in (
        ("plasticity", plasticity, Plasticity),
        ("short_term", short_term, TsodyksMarkram),
        ("normalization", normalization, WeightNormalization),
    ):
        if value is not None and not isinstance(value, kind):
            raise KindError(f"{where}: {name} must be a {kind.__name__} of brainsim.plasticity, got {value!r}")
    if normalization is not None and plasticity is None:
        raise ModelError(
            f"{where}: normalization needs plasticity; weights that never change are given as they shall be"
        )
    for name, value in (
        ("plasticity.W_max", plasticity and plasticity.W_max),
        ("total", getattr(normalization, "total", 1)),
    ):
        if unit == "nS" and value is not None and value < 0:
            raise ParameterError(f"{where}: {name} of a conductance must be positive, got {value:g} nS")


def check_bounds(plasticity: Plasticity | None, weights: Iterable[float], where: str) -> None:
    """Check weights, or their extremes, against the bounds of their plasticity.

    Raises
    ------
    ParameterError
        If one is beyond.
    """
    if plasticity is None:
        return
    low, high = min(plasticity.W_max, 0.0), max(plasticity.W_max, 0.0)
    beyond = [weight for weight in weights if not low <= weight <= high]
    if beyond:
        raise ParameterError(
            f"{where}: weights must be from {low:g} to {high:g}, the bounds of their plasticity, got {beyond[0]:g}"
        )
