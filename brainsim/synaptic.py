"""Weights and delays of synapses: one number for all, one for each, or a distribution they are drawn from.

An array is in order of creation: source by source in ascending order, and for each source by target as the wiring
rule lists them; :meth:`brainsim.Simulation.weights` gives the same order back.
"""

from typing import Any, TypeGuard

import numpy as np

from brainsim.distributions import Distribution, parameter
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.units import numbers

__all__ = ["Synaptic", "check_length", "extremes", "is_shared", "synaptic"]

Synaptic = float | np.ndarray | Distribution


def synaptic(value: Any, unit: str, where: str, *, positive: bool = False, nonnegative: bool = False) -> Synaptic:
    """Check a weight or delay, and give it in its public unit.

    Raises
    ------
    ParameterError, KindError
        If it is not finite, out of range, in another unit, or no number, array (synapse) or distribution.

    Examples
    --------
    >>> synaptic([1, 2.5], "nS", "weight")
    array([1. , 2.5])
    >>> synaptic(1, "nS", "weight")
    1.0
    """
    try:
        dimensions = np.ndim(value)
    except ValueError:
        raise KindError(f"{where}: must be one number a synapse, got rows of different lengths") from None
    if dimensions == 0:
        return parameter(value, unit, where, positive=positive, nonnegative=nonnegative)
    if dimensions > 1:
        raise ParameterError(f"{where}: must be one number or an array (synapse), got shape {np.shape(value)}")
    values = value if _is_ours(value) else numbers(value, unit, where, len(value), nonnegative=nonnegative)
    if positive and values.min(initial=np.inf) <= 0:
        raise ParameterError(f"{where}: must be positive, got {values.min():g} {unit}")
    return values


def is_shared(value: Synaptic) -> TypeGuard[float]:
    """Tell whether one number serves all synapses."""
    return not isinstance(value, (np.ndarray, Distribution))


def extremes(value: Synaptic) -> tuple[float, float]:
    """Give the smallest and the largest entry of an array; of a distribution, its mean for both."""
    if isinstance(value, np.ndarray):
        return (float(value.min()), float(value.max())) if value.size else (0.0, 0.0)
    mean = value.average if isinstance(value, Distribution) else float(value)
    return (mean, mean)


def check_length(value: Synaptic, synapses: int, where: str) -> None:
    """Raise if an array does not hold one number a synapse.

    Raises
    ------
    ModelError
        Says how many there are and how many there must be.
    """
    if isinstance(value, np.ndarray) and len(value) != synapses:
        raise ModelError(f"{where}: {len(value)} numbers for {synapses} synapses; give one a synapse, or one for all")


def _is_ours(value: Any) -> bool:
    """Tell whether this array was checked before and nobody can change it, so that it need not be copied."""
    return (
        type(value) is np.ndarray
        and value.dtype == np.float64
        and value.ndim == 1
        and not value.flags.writeable
        and value.base is None
        and bool(np.isfinite(value).all())
    )
