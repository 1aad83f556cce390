"""Brunel's network: sparsely connected excitation and inhibition, in four states of activity."""

from typing import Literal

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Uniform
from brainsim.drives import PoissonDrive
from brainsim.errors import ModelError, ParameterError
from brainsim.neurons import LIF
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import Delta
from brainsim.units import number
from isocortex.errors import nearest

__all__ = ["brunel"]

Regime = Literal["SR", "SI fast", "AI", "SI slow"]

# g and eta of panels A to D of figure 8.
REGIMES: dict[str, tuple[float, float]] = {"SR": (3, 2), "SI fast": (6, 4), "AI": (5, 2), "SI slow": (4.5, 0.9)}
EXCITATORY, INHIBITORY = 10_000, 2_500
SYNAPSES = 1000  # excitatory ones that a neuron receives
THRESHOLD, TAU_M, WEIGHT = 20.0, 20.0, 0.1


def brunel(
    g: float | None = None,
    eta: float | None = None,
    scale: float = 1.0,
    *,
    regime: Regime | None = None,
    V_reset: float = 10.0,
    seed: int = 0,
) -> Brain:
    """Build model A of Brunel 2000: 10,000 excitatory and 2,500 inhibitory neurons with delta synapses.

    Every neuron receives 1,000 excitatory and 250 inhibitory synapses of this network and Poisson spikes of 1,000
    external ones; an excitatory spike moves it by 0.1 mV, an inhibitory one by -0.1 g mV, after 1.5 ms. The membrane
    time constant is 20 ms, the threshold 20 mV above rest, the refractory period 2 ms. External synapses fire at eta
    times the rate, 10 Hz, that alone takes the mean potential to threshold. (Brunel 2000, doi:10.1023/A:1008925309027.
    Reset is at 10 mV as in the paper; NEST's example of this network resets to 0 mV.)

    ============  ====  ====  ======  =================================================================
    regime        g     eta   figure  activity
    ============  ====  ====  ======  =================================================================
    ``SR``        3     2     8A      synchronous regular: cells fire like clocks, almost together
    ``SI fast``   6     4     8B      synchronous irregular: a fast rhythm that single cells do not show
    ``AI``        5     2     8C      asynchronous irregular: a stationary rate
    ``SI slow``   4.5   0.9   8D      synchronous irregular: a slow rhythm of rarely firing cells
    ============  ====  ====  ======  =================================================================

    Parameters
    ----------
    g : float, optional
        How much stronger inhibition is than excitation; 5 by default.
    eta : float, optional
        External rate over the threshold rate; 2 by default.
    scale : float
        Share of the neurons, and of the synapses that each of them receives; weights grow by its inverse. So the mean
        input stays, and with it g, eta and the four regimes, while the noise grows by ``1 / sqrt(scale)``: rates rise
        as :func:`brainsim.theory.brunel_rate` says for this in-degree and weight, and cells fire more irregularly.
    regime : str, optional
        One of the table, instead of `g` and `eta`.
    V_reset : float
        In mV above rest.
    seed : int
        The individual.

    Returns
    -------
    Brain
        One region, ``"cortex"``, with populations ``E`` and ``I``. Membrane potentials are relative to rest.

    Raises
    ------
    ParameterError, KindError
        If a number is out of range, or the regime unknown.
    ModelError
        If a regime is given and also g or eta.

    Examples
    --------
    >>> import brainsim
    >>> brain = brainsim.atlas.brunel(regime="AI", scale=0.1)
    >>> {name: one.units for name, one in brain.populations.items()}
    {'cortex.E': 1000, 'cortex.I': 250}
    """
    g, eta = _state(g, eta, regime)
    scale = number(scale, "1", "brunel: scale", positive=True)
    if not 0.05 <= scale <= 10:
        raise ParameterError(f"brunel: scale must be between 0.05 (a spike then counts 2 mV) and 10, got {scale:g}")
    cell = LIF(tau_m=TAU_M, E_L=0, V_th=THRESHOLD, V_reset=V_reset, t_ref=2)
    indegrees = [max(1, round(SYNAPSES * share * scale)) for share in (1, INHIBITORY / EXCITATORY)]
    weight = WEIGHT * SYNAPSES / indegrees[0]
    external = 1e3 * eta * THRESHOLD / (weight * TAU_M)
    everyone = ["cortex.E", "cortex.I"]
    return Brain(
        "Brunel",
        [
            Region(
                "cortex",
                [
                    Population(name, cell, size=round(size * scale), initial={"v": Uniform(0, THRESHOLD)})
                    for name, size in (("E", EXCITATORY), ("I", INHIBITORY))
                ],
                function="association",
            )
        ],
        [
            Projection(
                f"cortex.{name}",
                everyone,
                wiring.fixed_indegree(indegree, autapses=False, multapses=False),
                Delta(),
                weight=jump,
                delay=1.5,
            )
            for name, indegree, jump in zip("EI", indegrees, (weight, -g * weight), strict=True)
        ],
        [PoissonDrive(name, external, Delta(), weight) for name in everyone],
        seed=seed,
    )


def _state(g: float | None, eta: float | None, regime: str | None) -> tuple[float, float]:
    if regime is None:
        return (
            number(5 if g is None else g, "1", "brunel: g", nonnegative=True),
            number(2 if eta is None else eta, "1", "brunel: eta", nonnegative=True),
        )
    if g is not None or eta is not None:
        raise ModelError(f"brunel: give regime={regime!r}, or g and eta, not both")
    if not isinstance(regime, str) or regime not in REGIMES:
        raise ParameterError(f"brunel: regime {regime!r} is unknown; {nearest(str(regime), REGIMES)}")
    return REGIMES[regime]
