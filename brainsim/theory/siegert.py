"""A leaky integrate-and-fire cell driven by noise: the first-passage time of Siegert, its mean and its spread."""

from typing import Any

import numpy as np

from brainsim.neurons import LIF
from brainsim.theory.values import constants, values
from brainsim.units import number

__all__ = ["siegert_cv", "siegert_rate"]

FILTERED = 2.0652531522312172  # sqrt(2) |zeta(1/2)|
SQRT_PI = np.sqrt(np.pi)
LARGEST = 700.0  # exponents beyond it: the rate is below 1e-300 Hz


def siegert_rate(cell: LIF, mean: Any, std: Any, tau_syn: float = 0.0) -> np.ndarray:
    """Give the rate of a cell whose input is Gaussian white noise, or nearly white.

    With ``tau_m dv/dt = mean - v + std sqrt(2 tau_m) xi`` and ``y = (v - mean) / (sqrt(2) std)`` at threshold and at
    reset::

        1 / rate = t_ref + tau_m sqrt(pi) integral from y_reset to y_th of exp(u^2) (1 + erf(u)) du

    (Siegert 1951, doi:10.1103/PhysRev.81.617; Brunel and Hakim 1999, doi:10.1162/089976699300016179). `std` is the
    standard deviation that the potential would have without a threshold: papers of Brunel call ``sqrt(2) std`` sigma.

    Synaptic currents of a short time constant raise both limits by ``sqrt(2) |zeta(1/2)| / 2 sqrt(tau_syn / tau_m)``,
    to first order in ``sqrt(tau_syn / tau_m)`` (Fourcaud and Brunel 2002, doi:10.1162/089976602320264015).

    Parameters
    ----------
    cell : LIF
        Its C_m and E_L play no part: `mean` says where the potential tends to.
    mean, std : array-like
        Of the potential without a threshold, in mV; with ``std = 0`` the rate under constant current.
    tau_syn : float
        Time constant of the synaptic current in ms; 0 for white noise (jumps of the potential).

    Returns
    -------
    numpy.ndarray
        In Hz. Exact to about 1e-12 of itself for white noise, down to rates of 1e-300 Hz, below which it is 0.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Notes
    -----
    The diffusion approximation takes input as noise of no grain. Jumps of finite size, and a threshold that is looked
    at once a step, lower the rate of a simulated cell by a little: at ``std`` 1.4 mV, tau_m 20 ms and steps of 0.1 ms
    the threshold seems 0.08 mV higher.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> cell = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)
    >>> theory.siegert_rate(cell, mean=[10, 15, 20], std=3).round(3)
    array([ 0.228,  6.778, 25.261])
    """
    one = constants(cell, "siegert_rate")
    mu, sigma = _input("siegert_rate", mean, std)
    tau = number(tau_syn, "ms", "siegert_rate: tau_syn", nonnegative=True)
    shift = FILTERED / 2 * np.sqrt(tau / one.tau_m)
    rates = np.empty(mu.shape)
    for index in np.ndindex(mu.shape):
        mid, spread = float(mu[index]), float(sigma[index])
        rates[index] = _rate(one.V_th - mid, one.V_reset - mid, spread, shift, one.tau_m, one.t_ref)
    return rates


def siegert_cv(cell: LIF, mean: Any, std: Any) -> np.ndarray:
    """Give the coefficient of variation of the intervals of a cell whose input is Gaussian white noise.

    With the rate and limits of :func:`siegert_rate`::

        CV^2 = 2 pi (rate tau_m)^2 integral from y_reset to y_th of exp(x^2)
               integral from -infinity to x of exp(y^2) (1 + erf(y))^2 dy dx

    (Brunel 2000, doi:10.1023/A:1008925309027, appendix A.1).

    Parameters
    ----------
    cell : LIF
        Its C_m and E_L play no part.
    mean, std : array-like
        Of the potential without a threshold, in mV.

    Returns
    -------
    numpy.ndarray
        0 for a clock, 1 for a Poisson process. NaN where there is no noise and no spike.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used, or a parameter of the cell is a distribution.

    Examples
    --------
    >>> from brainsim import LIF, theory
    >>> cell = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)
    >>> theory.siegert_cv(cell, mean=[10, 20, 30], std=3).round(3)
    array([0.995, 0.544, 0.303])
    """
    one = constants(cell, "siegert_cv")
    mu, sigma = _input("siegert_cv", mean, std)
    found = np.empty(mu.shape)
    for index in np.ndindex(mu.shape):
        high, low, spread = one.V_th - float(mu[index]), one.V_reset - float(mu[index]), float(sigma[index])
        if spread < 1e-7 * max(abs(high), abs(low)):  # the limit of little noise, to its first order
            found[index] = np.nan if high >= 0 else _quiet_cv(high, low, spread, one.tau_m, one.t_ref)
        else:
            rate = _rate(high, low, spread, 0.0, one.tau_m, one.t_ref)
            found[index] = _cv(high / spread, low / spread, rate * one.tau_m / 1e3)
    return found


def _input(where: str, mean: Any, std: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean, and sigma as Brunel's papers mean it, of one shape."""
    sigma = np.sqrt(2) * values(std, "mV", f"{where}: std", nonnegative=True)
    mu, sigma = np.broadcast_arrays(values(mean, "mV", f"{where}: mean"), sigma)
    return mu, sigma


def _rate(threshold: float, reset: float, sigma: float, shift: float, tau_m: float, t_ref: float) -> float:
    """Threshold and reset are relative to the mean."""
    quiet = sigma < 1e-14 * max(abs(threshold), abs(reset))
    if quiet:  # no noise to speak of: the charging of a membrane
        return 1e3 / (t_ref + tau_m * np.log(reset / threshold)) if threshold < 0 else 0.0
    high, low = threshold / sigma + shift, reset / sigma + shift
    # For u > 0, exp(u^2) (1 + erf(u)) = 2 exp(u^2) - erfcx(u), and the integral of exp(u^2) is exp(u^2) times Dawson's
    # function; for u < 0 it is erfcx(-u). So only the tame function erfcx is left for quadrature.
    if high <= 0:
        return 1e3 / (t_ref + tau_m * SQRT_PI * _erfcx_integral(-high, -low))
    if high**2 > LARGEST:
        return 0.0
    from scipy.special import dawsn

    scale = np.exp(-(high**2))
    grown = 2 * dawsn(high)
    if low > 0:
        grown -= 2 * np.exp((low - high) * (low + high)) * dawsn(low)
    # All of it times exp(-high^2), so that nothing overflows.
    rest = -_erfcx_integral(abs(low), high) if low > 0 else _erfcx_integral(high, -low)
    return 1e3 * scale / (t_ref * scale + tau_m * SQRT_PI * (grown + scale * rest))


def _erfcx_integral(low: float, high: float) -> float:
    """Integrate erfcx from `low` to `high`, both at least 0, by Gauss and Legendre over ln(1 + u).

    Over that variable the integrand, erfcx(u) (1 + u), goes from 1 to 1 / sqrt(pi) without a kink.
    """
    from scipy.special import erfcx

    start, stop = np.log1p(low), np.log1p(high)
    panels = max(1, int(np.ceil(abs(stop - start))))
    edges = np.linspace(start, stop, panels + 1)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = (stop - start) / panels / 2
    where = (edges[:-1] + edges[1:])[:, None] / 2 + half * nodes
    u = np.expm1(where)
    return float(half * np.sum(weights * erfcx(u) * (1 + u)))


def _quiet_cv(threshold: float, reset: float, sigma: float, tau_m: float, t_ref: float) -> float:
    """Spread of the potential at threshold over its slope there, as a share of the interval."""
    interval = t_ref + tau_m * np.log(reset / threshold)
    spread = sigma / np.sqrt(2) * np.sqrt(1 - (threshold / reset) ** 2)
    return float(spread * tau_m / -threshold / interval)


def _cv(high: float, low: float, spikes: float) -> float:
    """`spikes` is the mean number within tau_m; all exponentials are relative to exp(2 high^2), so none overflows."""
    barrier = max(high, 0.0) ** 2
    if barrier > LARGEST:
        return 1.0
    depth, weight = _graded(1 / (2 + 4 * abs(high)), high - low)
    x = high - depth
    # The inner integral over what lies t below x; erfcx holds the tail of the error function without underflow.
    t, inner_weight = _graded(1 / (2 + 4 * np.abs(x)), np.maximum(x, 0) + 7)
    below = t - x
    from scipy.special import erfc, erfcx

    within = np.where(
        below > 0,
        np.exp(-(t**2) + 2 * t * x - 2 * np.maximum(x, 0) ** 2) * erfcx(np.maximum(below, 0)) ** 2,
        np.exp(np.minimum(t * (t - 2 * x), 0)) * erfc(np.minimum(below, 0)) ** 2,
    )
    inner = np.sum(inner_weight * within, axis=0)
    outer = np.sum(weight * np.exp(2 * (np.maximum(x, 0) ** 2 - barrier)) * inner)
    return float(np.sqrt(2 * np.pi * outer) * (spikes * np.exp(barrier)))


def _graded(first: Any, length: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give nodes (node, ...) and weights from 0 to `length` on panels that grow geometrically from `first`."""
    start = np.minimum(first, length)
    edges = np.concatenate([np.zeros((1, *np.shape(start))), np.geomspace(start, length, 15)])
    nodes, weights = np.polynomial.legendre.leggauss(16)
    shape = (1, -1, *([1] * np.ndim(start)))
    half = (np.diff(edges, axis=0) / 2)[:, None]
    where = edges[:-1][:, None] + half * (1 + nodes.reshape(shape))
    spread = half * weights.reshape(shape)
    flat = (-1, *np.shape(start))
    return where.reshape(flat), spread.reshape(flat)
