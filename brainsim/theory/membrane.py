"""A leaky integrate-and-fire cell under constant current."""

from typing import Any

import numpy as np

from brainsim.neurons import LIF
from brainsim.theory.values import constants, values

__all__ = ["lif_potential", "lif_rate", "rheobase"]


def lif_potential(cell: LIF, time: Any, current: Any, v0: float | None = None) -> np.ndarray:
    """Give the membrane potential under constant current, as long as it stays below threshold.

    ``v(t) = E_L + R I + (v0 - E_L - R I) exp(-t / tau_m)`` with ``R = tau_m / C_m``.

    Parameters
    ----------
    cell : LIF
        Its threshold plays no part.
    time : array-like
        Since the current began, in ms.
    current : array-like
        In pA.
    v0 : float, optional
        Potential at time 0 in mV; E_L by default.

    Returns
    -------
    numpy.ndarray
        In mV.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> round(float(theory.lif_potential(LIF(C_m=200, tau_m=20, E_L=-60), time=20, current=50)), 3)
    -56.839
    """
    one = constants(cell, "lif_potential")
    t = values(time, "ms", "lif_potential: time", nonnegative=True)
    drive = values(current, "pA", "lif_potential: current") * (one.tau_m / one.C_m)
    start = one.E_L if v0 is None else values(v0, "mV", "lif_potential: v0")
    # Deviations from rest, because E_L + R I - (E_L + R I) would cancel digits.
    return one.E_L + (start - one.E_L) * np.exp(-t / one.tau_m) - drive * np.expm1(-t / one.tau_m)


def rheobase(cell: LIF) -> float:
    """Give the smallest constant current in pA that makes the cell fire: ``(V_th - E_L) C_m / tau_m``.

    Raises
    ------
    ParameterError, KindError
        If a parameter of the cell is a distribution, or it is no LIF.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> theory.rheobase(LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60))
    100.0
    """
    one = constants(cell, "rheobase")
    return (one.V_th - one.E_L) * one.C_m / one.tau_m


def lif_rate(cell: LIF, current: Any) -> np.ndarray:
    """Give the f-I curve: the rate under constant current.

    ``rate = 1 / (t_ref + tau_m ln((R I + E_L - V_reset) / (R I + E_L - V_th)))``, 0 up to the rheobase; with
    ``R = tau_m / C_m``. For instance Gerstner et al. 2014, Neuronal Dynamics (doi:10.1017/CBO9781107447615), chapter 1.

    Parameters
    ----------
    cell : LIF
        The cell.
    current : array-like
        In pA.

    Returns
    -------
    numpy.ndarray
        In Hz.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    >>> theory.lif_rate(cell, [50, 100, 200]).round(2)
    array([ 0.  ,  0.  , 53.01])
    """
    one = constants(cell, "lif_rate")
    target = one.E_L + values(current, "pA", "lif_rate: current") * (one.tau_m / one.C_m)
    fires = target > one.V_th
    distance = np.where(fires, target - one.V_th, 1.0)
    # ln(1 + (V_th - V_reset) / distance) keeps its digits where the current is large.
    interval = one.t_ref + one.tau_m * np.log1p((one.V_th - one.V_reset) / distance)
    return np.where(fires, 1e3 / interval, 0.0)
