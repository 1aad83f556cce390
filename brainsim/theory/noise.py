"""Noise: Poisson trains on a grid, shot noise after Campbell, filtered Ornstein-Uhlenbeck noise."""

import math
from typing import Any, NamedTuple

import numpy as np

from brainsim.errors import ParameterError
from brainsim.neurons import LIF
from brainsim.theory.potentials import Shape, check_shape
from brainsim.theory.values import constants, values
from brainsim.units import number

__all__ = ["Moments", "bernoulli_cv", "filtered_noise_std", "shot_noise_current", "shot_noise_potential"]


class Moments(NamedTuple):
    """Mean and variance in the stationary state."""

    mean: np.ndarray
    variance: np.ndarray


def bernoulli_cv(rate: Any, dt: float = 0.1) -> np.ndarray:
    """Give the coefficient of variation of the intervals of :class:`brainsim.Poisson` units.

    A unit spikes with probability ``p = rate dt`` in each step, so its intervals are geometric: ``CV = sqrt(1 - p)``.
    The Fano factor of its counts is ``1 - p``; both are 1 for a Poisson process, the limit of short steps.

    Parameters
    ----------
    rate : array-like
        In Hz, at most one spike a step.
    dt : float
        Step in ms.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.

    Examples
    --------
    >>> from brainsim import theory
    >>> round(float(theory.bernoulli_cv(100, dt=1)), 4)
    0.9487
    """
    step = number(dt, "ms", "bernoulli_cv: dt", positive=True)
    p = values(rate, "Hz", "bernoulli_cv: rate", nonnegative=True) * (step / 1e3)
    if np.max(p, initial=0) > 1:
        raise ParameterError(f"bernoulli_cv: rate must be at most one spike a step, {1e3 / step:g} Hz")
    return np.sqrt(1 - p)


def shot_noise_current(rate: Any, weight: Any, tau_syn: Any, shape: Shape = "exponential") -> Moments:
    """Give mean (pA) and variance (pA^2) of a synaptic current under Poisson input, by Campbell's theorem.

    ``mean = rate * integral of I``, ``variance = rate * integral of I^2``. For ``I = w exp(-t / tau)`` these integrals
    are ``w tau`` and ``w^2 tau / 2``; for ``I = w e t / tau exp(-t / tau)``, ``w e tau`` and ``w^2 e^2 tau / 4``.
    N. Campbell 1909, Proc. Camb. Phil. Soc. 15:117; Papoulis and Pillai, Probability, Random Variables and
    Stochastic Processes, section 10-2.

    Parameters
    ----------
    rate : array-like
        Spikes that arrive a second, in Hz.
    weight : array-like
        Peak of the current of one spike, in pA.
    tau_syn : array-like
        In ms.
    shape : "exponential" or "alpha"
        Of the current.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.

    Examples
    --------
    >>> from brainsim import theory
    >>> mean, variance = theory.shot_noise_current(rate=8000, weight=50, tau_syn=2)
    >>> round(float(mean), 6), round(float(variance), 6)
    (800.0, 20000.0)
    """
    where = "shot_noise_current"
    r, w, tau = _arrivals(where, rate, weight, tau_syn)
    check_shape(shape, where)
    with np.errstate(over="ignore"):
        if shape == "exponential":
            return _finite(where, r * w * tau, r * w**2 * tau / 2)
        return _finite(where, r * w * math.e * tau, r * w**2 * math.e**2 * tau / 4)


def shot_noise_potential(cell: LIF, rate: Any, weight: Any, tau_syn: Any, shape: Shape = "exponential") -> Moments:
    """Give mean (mV, relative to rest) and variance (mV^2) of the potential below threshold under Poisson input.

    Campbell's theorem for the postsynaptic potential, whose integral is that of the current times ``R = tau_m / C_m``,
    and whose squared integral is

    - exponential: ``(R w)^2 tau^2 / (2 (tau + tau_m))``,
    - alpha: ``(R w e)^2 tau^2 (2 tau_m + tau) / (4 (tau + tau_m)^2)``,
    - a jump of the potential (``tau_syn = 0``): ``w^2 tau_m / 2``, and its integral is ``w tau_m``.

    Parameters
    ----------
    cell : LIF
        Its threshold plays no part.
    rate : array-like
        Spikes that arrive a second, in Hz.
    weight : array-like
        Peak of the current of one spike in pA; in mV where `tau_syn` is 0.
    tau_syn : float
        In ms; 0 for a :class:`brainsim.Delta` receptor.
    shape : "exponential" or "alpha"
        Of the current.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> mean, variance = theory.shot_noise_potential(LIF(tau_m=20), rate=1000, weight=0.5, tau_syn=0)
    >>> float(mean), float(variance)
    (10.0, 2.5)
    """
    where = "shot_noise_potential"
    one = constants(cell, where)
    check_shape(shape, where)
    tau = number(tau_syn, "ms", f"{where}: tau_syn", nonnegative=True)
    r = values(rate, "Hz", f"{where}: rate", nonnegative=True) / 1e3
    w = values(weight, "pA" if tau else "mV", f"{where}: weight")
    with np.errstate(over="ignore", invalid="ignore"):
        if tau == 0:
            return _finite(where, r * w * one.tau_m, r * w**2 * one.tau_m / 2)
        jump = w * one.tau_m / one.C_m
        if shape == "exponential":
            return _finite(where, r * jump * tau, r * (jump * tau) ** 2 / (2 * (tau + one.tau_m)))
        spread = (2 * one.tau_m + tau) / (4 * (tau + one.tau_m) * (tau + one.tau_m))
        return _finite(where, r * jump * math.e * tau, r * (jump * math.e * tau) ** 2 * spread)


def filtered_noise_std(cell: LIF, sigma: Any, tau: Any) -> np.ndarray:
    """Give the standard deviation of the potential below threshold under an Ornstein-Uhlenbeck current.

    ``R sigma sqrt(tau / (tau + tau_m))``: the stationary solution of two linear equations in a row (Gardiner, Handbook
    of Stochastic Methods, section 4.5).

    Parameters
    ----------
    cell : LIF
        Its threshold plays no part.
    sigma : array-like
        Standard deviation of the current in pA.
    tau : array-like
        Its correlation time in ms.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> round(float(theory.filtered_noise_std(LIF(C_m=200, tau_m=20), sigma=50, tau=5)), 3)
    2.236
    """
    one = constants(cell, "filtered_noise_std")
    spread = values(sigma, "pA", "filtered_noise_std: sigma", nonnegative=True)
    time = values(tau, "ms", "filtered_noise_std: tau", nonnegative=True)
    return spread * one.tau_m / one.C_m * np.sqrt(time / (time + one.tau_m))


def _finite(where: str, mean: np.ndarray, variance: np.ndarray) -> Moments:
    if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
        raise ParameterError(f"{where}: rate, weight or tau_syn is too large to compute with")
    return Moments(mean, variance)


def _arrivals(where: str, rate: Any, weight: Any, tau_syn: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrivals a ms, weights in pA, time constants in ms."""
    return (
        values(rate, "Hz", f"{where}: rate", nonnegative=True) / 1e3,
        values(weight, "pA", f"{where}: weight"),
        values(tau_syn, "ms", f"{where}: tau_syn", positive=True),
    )
