"""Short-term plasticity in its steady state."""

from typing import Any, NamedTuple

import numpy as np

from brainsim.errors import ParameterError
from brainsim.theory.values import values
from brainsim.units import number

__all__ = ["SteadyState", "tsodyks_markram_steady_state"]


class SteadyState(NamedTuple):
    """Of a synapse at each of its spikes: what it uses, what is there, and their product, what it transmits."""

    u: np.ndarray
    x: np.ndarray
    transmitted: np.ndarray


def tsodyks_markram_steady_state(rate: Any, U: float, tau_rec: float, tau_facil: float = 0.0) -> SteadyState:
    """Give what a Tsodyks-Markram synapse transmits when its source has long been firing regularly.

    Between spikes u decays to 0 with `tau_facil` and x recovers to 1 with `tau_rec`; at a spike first
    ``u += U (1 - u)``, then ``u x`` is transmitted and leaves x. After many spikes with intervals ``T = 1 / rate``::

        u = U / (1 - (1 - U) exp(-T / tau_facil))
        x = (1 - exp(-T / tau_rec)) / (1 - (1 - u) exp(-T / tau_rec))

    from Tsodyks, Pawelzik and Markram 1998 (doi:10.1162/089976698300017502).

    Parameters
    ----------
    rate : array-like
        Of the source in Hz.
    U : float
        Use of a rested synapse, from 0 to 1.
    tau_rec, tau_facil : float
        Time constants of recovery and facilitation in ms; 0 for none: the synapse is always recovered, or u is U.

    Returns
    -------
    SteadyState
        u just after it grew, x just before the release, and their product.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.

    Examples
    --------
    >>> from brainsim import theory
    >>> theory.tsodyks_markram_steady_state([1, 10, 100], U=0.5, tau_rec=800).transmitted.round(4)
    array([0.4164, 0.1051, 0.0123])
    """
    where = "tsodyks_markram_steady_state"
    use = number(U, "1", f"{where}: U", nonnegative=True)
    if use > 1:
        raise ParameterError(f"{where}: U must be between 0 and 1, got {use:g}")
    interval = 1e3 / values(rate, "Hz", f"{where}: rate", positive=True)
    left_u, left_x = (
        _left(interval, number(tau, "ms", f"{where}: {name}", nonnegative=True))
        for name, tau in (("tau_facil", tau_facil), ("tau_rec", tau_rec))
    )
    u = use / (1 - (1 - use) * left_u)
    x = (1 - left_x) / (1 - (1 - u) * left_x)
    return SteadyState(u, x, u * x)


def _left(interval: np.ndarray, tau: float) -> np.ndarray:
    """Give the share of a deviation that is left after an interval."""
    return np.exp(-interval / tau) if tau else np.zeros_like(interval)
