"""The stationary state of Brunel's sparsely connected network, in the diffusion approximation."""

import math
from typing import NamedTuple

import numpy as np

from brainsim.errors import ModelError, ParameterError
from brainsim.neurons import LIF
from brainsim.theory.siegert import siegert_rate
from brainsim.theory.values import constants
from brainsim.units import number

__all__ = ["Input", "brunel_input", "brunel_rate"]

BRUNEL_CELL = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)


class Input(NamedTuple):
    """Mean and standard deviation, in mV, that a cell's potential would have without a threshold."""

    mean: float
    std: float


def brunel_input(
    rate: float,
    g: float,
    eta: float,
    *,
    indegree: float = 1000,
    gamma: float = 0.25,
    weight: float = 0.1,
    cell: LIF = BRUNEL_CELL,
) -> Input:
    """Give what a cell of Brunel's network receives when all cells fire at `rate`.

    ::

        mean  = indegree weight tau_m (nu_ext + rate (1 - gamma g))
        2 std^2 = indegree weight^2 tau_m (nu_ext + rate (1 + gamma g^2))
        nu_ext = eta nu_thr,  nu_thr = (V_th - E_L) / (indegree weight tau_m)

    (Brunel 2000, doi:10.1023/A:1008925309027, equations 4 and 5 and section 2; `mean` is relative to E_L there.)

    Parameters
    ----------
    rate : float
        Of every cell, in Hz.
    g : float
        Inhibitory weights are -g times the excitatory ones.
    eta : float
        External rate over the one that takes the mean potential to threshold.
    indegree : float
        Excitatory synapses a cell, and as many external ones.
    gamma : float
        Inhibitory synapses over excitatory ones.
    weight : float
        Jump of the potential at an excitatory spike, in mV.
    cell : LIF
        Brunel's by default: tau_m 20 ms, threshold 20 mV above rest, reset at 10 mV, refractory for 2 ms.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.

    Examples
    --------
    >>> from brainsim import theory
    >>> mean, std = theory.brunel_input(rate=38, g=5, eta=2)
    >>> round(mean, 2), round(std, 2)
    (21.0, 5.44)
    """
    one = constants(cell, "brunel_input")
    nu = number(rate, "Hz", "brunel_input: rate", nonnegative=True) / 1e3
    g = number(g, "1", "brunel_input: g", nonnegative=True)
    eta = number(eta, "1", "brunel_input: eta", nonnegative=True)
    synapses = number(indegree, "1", "brunel_input: indegree", positive=True)
    gamma = number(gamma, "1", "brunel_input: gamma", nonnegative=True)
    jump = number(weight, "mV", "brunel_input: weight", positive=True)
    gain = synapses * jump * one.tau_m
    external = eta * (one.V_th - one.E_L) / gain
    mean = one.E_L + gain * (external + nu * (1 - gamma * g))
    variance = gain * jump * (external + nu * (1 + gamma * g * g)) / 2
    if not (math.isfinite(mean) and math.isfinite(variance)):
        raise ParameterError(f"brunel_input: too large to compute with: g={g:g}, eta={eta:g}, {jump:g} mV")
    return Input(mean, math.sqrt(variance))


def brunel_rate(
    g: float,
    eta: float,
    *,
    indegree: float = 1000,
    gamma: float = 0.25,
    weight: float = 0.1,
    cell: LIF = BRUNEL_CELL,
) -> float:
    """Give the rate at which Brunel's network sustains itself: the one that its own input makes its cells fire at.

    The fixed point of ``rate = siegert_rate(brunel_input(rate))`` (Brunel 2000, section 3), whether it is stable or
    not; where there are several (g below 4), the highest.

    Parameters
    ----------
    g, eta, indegree, gamma, weight, cell
        As for :func:`brunel_input`.

    Returns
    -------
    float
        In Hz.

    Raises
    ------
    ParameterError, KindError
        If a value cannot be used.

    Examples
    --------
    >>> from brainsim import theory
    >>> round(theory.brunel_rate(g=5, eta=2), 2)
    37.95
    """

    def excess(rate: float) -> float:
        arriving = brunel_input(rate, g, eta, indegree=indegree, gamma=gamma, weight=weight, cell=cell)
        return float(siegert_rate(cell, *arriving)) - rate

    from scipy.optimize import brentq

    t_ref = constants(cell, "brunel_rate").t_ref
    highest = 1e3 / t_ref if t_ref else 1e4
    grid = np.append(0.0, np.geomspace(1e-6, 1.001 * highest, 60))
    above = np.array([excess(rate) for rate in grid]) > 0
    crossings = np.flatnonzero(above[:-1] & ~above[1:])
    if not crossings.size:
        if not above[0]:
            return 0.0
        raise ModelError(
            f"brunel_rate: no rate up to {highest:g} Hz balances g={g:g} and eta={eta:g}; raise the cell's t_ref"
        )
    last = crossings[-1]
    return float(brentq(excess, grid[last], grid[last + 1], xtol=1e-10))
