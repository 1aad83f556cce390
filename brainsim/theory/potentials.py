"""Postsynaptic potentials of a current that a single spike evokes."""

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from brainsim.errors import ParameterError
from brainsim.neurons import LIF
from brainsim.theory.values import constants, values
from brainsim.units import number
from isocortex.errors import nearest

__all__ = ["Peak", "Shape", "check_shape", "psp", "psp_peak", "weight_for_psp"]

Shape = Literal["exponential", "alpha"]
SHAPES = ("exponential", "alpha")


class Peak(NamedTuple):
    """When a postsynaptic potential is highest, in ms after its spike arrived, and how high, in mV."""

    time: float
    height: float


def psp(cell: LIF, time: Any, tau_syn: float, weight: float, shape: Shape = "exponential") -> np.ndarray:
    """Give the postsynaptic potential, relative to rest, of one spike that arrives at time 0.

    A current ``I(t) = weight exp(-t / tau_syn)`` ("exponential") or ``I(t) = weight e t / tau_syn exp(-t / tau_syn)``
    ("alpha", whose peak is the weight), convolved with the membrane's ``exp(-t / tau_m) / C_m``. With
    ``k = 1 / tau_syn - 1 / tau_m``, ``f(x) = (1 - exp(-x)) / x`` and ``h(x) = (1 - exp(-x) (1 + x)) / x**2``::

        exponential:  weight / C_m * exp(-t / tau_m) * t * f(k t)
        alpha:        weight / C_m * e / tau_syn * exp(-t / tau_m) * t**2 * h(k t)

    which hold through ``tau_syn = tau_m``, where f is 1 and h is 1/2. These are the convolutions of Rotter and Diesmann
    1999 (doi:10.1007/s004220050570), written without their difference of nearly equal terms.

    Parameters
    ----------
    cell : LIF
        Its capacitance and time constant count.
    time : array-like
        Since the arrival, in ms; 0 mV before it.
    tau_syn : float
        Time constant of the current in ms.
    weight : float
        Peak of the current in pA.
    shape : "exponential" or "alpha"
        Of the current.

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
    >>> theory.psp(LIF(C_m=250, tau_m=10), [0, 1, 2], tau_syn=0.5, weight=100).round(4)
    array([0.    , 0.162 , 0.1685])
    """
    one = constants(cell, "psp")
    check_shape(shape, "psp")
    t = np.maximum(values(time, "ms", "psp: time"), 0.0)
    tau = number(tau_syn, "ms", "psp: tau_syn", positive=True)
    scale = number(weight, "pA", "psp: weight") / one.C_m
    x = (1 / tau - 1 / one.tau_m) * t
    if shape == "exponential":
        # exp(-t / tau_m) f(x) = exp(-t / tau) f(-x): the argument that is not negative cannot overflow.
        slow = np.exp(-t / max(one.tau_m, tau))
        return scale * t * slow * _first(np.abs(x))
    slow = np.exp(-t / max(one.tau_m, tau))
    course = _second(x) if tau <= one.tau_m else _second_reversed(-x)
    return scale * math.e / tau * t**2 * slow * course


def psp_peak(cell: LIF, tau_syn: float, weight: float, shape: Shape = "exponential") -> Peak:
    """Give the time and height of a postsynaptic potential's peak.

    For the exponential current ``t = ln(tau_m / tau_syn) / (1 / tau_syn - 1 / tau_m)``, which tends to tau_m as tau_syn
    does; for the alpha current the root of ``v'(t) = 0``, that is of ``tau_m I(t) = C_m v(t)``.

    Parameters
    ----------
    cell, tau_syn, weight, shape
        As for :func:`psp`.

    Returns
    -------
    Peak
        ``time`` in ms, ``height`` in mV (negative for a negative weight).

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> peak = theory.psp_peak(LIF(C_m=250, tau_m=10), tau_syn=0.5, weight=87.81)
    >>> round(peak.time, 3), round(peak.height, 4)
    (1.577, 0.15)
    """
    one = constants(cell, "psp_peak")
    check_shape(shape, "psp_peak")
    tau = number(tau_syn, "ms", "psp_peak: tau_syn", positive=True)
    if shape == "exponential":
        excess = one.tau_m / tau - 1
        grown = np.log1p(excess) if abs(excess) < 0.5 else np.log(one.tau_m / tau)
        time = one.tau_m * (grown / excess if excess else 1.0)
    else:
        time = _alpha_peak(one.tau_m, tau)
    return Peak(float(time), float(psp(cell, time, tau, weight, shape)))


def weight_for_psp(cell: LIF, tau_syn: float, height: float, shape: Shape = "exponential") -> float:
    """Give the weight in pA whose postsynaptic potential is `height` mV high; the inverse of :func:`psp_peak`.

    Parameters
    ----------
    cell, tau_syn, shape
        As for :func:`psp`.
    height : float
        In mV.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> round(theory.weight_for_psp(LIF(C_m=250, tau_m=10), tau_syn=0.5, height=0.15), 2)
    87.81
    """
    wanted = number(height, "mV", "weight_for_psp: height")
    return wanted / psp_peak(cell, tau_syn, 1.0, shape).height


def check_shape(shape: Any, where: str) -> None:
    """Refuse a shape of a current that is unknown.

    Raises
    ------
    ParameterError
        Naming the shapes there are.
    """
    if not isinstance(shape, str) or shape not in SHAPES:
        raise ParameterError(f"{where}: shape {shape!r} is unknown; {nearest(str(shape), SHAPES)}")


def _first(x: np.ndarray) -> np.ndarray:
    """(1 - exp(-x)) / x for x of at least 0."""
    safe = np.where(x > 0, x, 1.0)
    return np.where(x > 0, -np.expm1(-safe) / safe, 1.0)


def _second(x: np.ndarray) -> np.ndarray:
    """(1 - exp(-x) (1 + x)) / x**2 for x of at least 0: the sum of (-x)**n / (n! (n + 2)) where x is small."""
    small = x < 0.5
    safe = np.where(small, 1.0, x)
    series = np.zeros_like(x, dtype=np.float64)
    term = np.where(small, 1.0, 0.0)
    for n in range(18):
        series = series + term / (n + 2)
        term = term * -np.where(small, x, 0.0) / (n + 1)
    return np.where(small, series, (1 - np.exp(-safe) * (1 + safe)) / safe**2)


def _second_reversed(y: np.ndarray) -> np.ndarray:
    """exp(-y) times the same at x = -y, for y of at least 0: (exp(-y) - (1 - y)) / y**2."""
    small = y < 0.5
    safe = np.where(small, 1.0, y)
    series = np.zeros_like(y, dtype=np.float64)
    term = np.where(small, 0.5, 0.0)
    for n in range(18):
        series = series + term
        term = term * -np.where(small, y, 0.0) / (n + 3)
    return np.where(small, series, (np.expm1(-safe) + safe) / safe**2)


def _alpha_peak(tau_m: float, tau: float) -> float:
    """Bisect for where the slope of the potential of an alpha current changes its sign."""
    from scipy.optimize import brentq

    unit = LIF(C_m=1.0, tau_m=tau_m, E_L=0, V_th=1, V_reset=0)

    def slope(t: float) -> float:
        # Both terms over t exp(-t / slower): what is left does not underflow within the bracket.
        return float(math.e * t / tau * np.exp(-t / tau) - psp(unit, t, tau, 1.0, "alpha") / tau_m)

    low, high = min(tau, tau_m) * 1e-3, tau + tau_m
    # The potential rises with the current and is past its peak at tau + tau_m, which is later than 2 sqrt(tau tau_m).
    while slope(high) > 0:
        high *= 2
    return float(brentq(slope, low, high, xtol=1e-15 * high, rtol=8.9e-16))
