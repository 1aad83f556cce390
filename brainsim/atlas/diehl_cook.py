"""Diehl and Cook 2015: digits learned without labels, by competition and spike-timing-dependent plasticity."""

import numpy as np

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Uniform
from brainsim.encoders import Rate
from brainsim.neurons import AdaptiveThreshold, Equations, Poisson
from brainsim.parts import Population, Projection, Region
from brainsim.plasticity import TripletSTDP, WeightNormalization
from brainsim.receptors import AMPA, GABA_A
from brainsim.wiring.rule import count

__all__ = ["diehl_cook"]

PAUSE = 50.0  # ms between two spikes of an excitatory neuron, whatever arrives
EXCITATORY = """
dv/dt = (g_L * (E_L - v) + I_syn) / C_m : volt (unless refractory)
drested/dt = 1 : second
"""
INHIBITORY = "dv/dt = (g_L * (E_L - v) + I_syn) / C_m : volt (unless refractory)"


def diehl_cook(n: int = 400, *, pixels: int = 784, seed: int = 0) -> Brain:
    """Build the network of Diehl and Cook 2015 (doi:10.3389/fncom.2015.00099), before it has learned anything.

    Pixels fire at up to 63.75 Hz onto `n` excitatory neurons (all to all, plastic). Each of these drives an inhibitory
    neuron of its own, which inhibits all the others: whoever fires first for an image wins it, and its threshold
    rises, so that others win elsewhere.

    Parameters are those of the authors' code (github.com/peter-u-diehl/stdp-mnist). Excitatory cells: 100 ms, rest and
    reset -65 mV, threshold -72 mV plus theta (20 mV at the beginning, 0.05 mV more with every spike, 1e7 ms), clamped
    for 5 ms and without another spike for 50 ms. Inhibitory cells: 10 ms, rest -60, reset -45, threshold -40 mV, 2 ms
    refractory. Excitation 1 ms and 0 mV; inhibition 2 ms and -100 mV; 10.4 nS onto the own inhibitory neuron, 17 nS
    back onto all others; leak conductances 1 nS. Weights from pixels begin between 0.003 and 0.303 nS, are scaled to
    sum to 78 nS onto each neuron before each image, and learn by triplets between 0 and 1 nS. Delays from pixels are
    drawn from 0.5 to 10 ms (theirs from 0), all others are 0.5 ms (theirs 0), so a time step is at most 0.5 ms.

    Parameters
    ----------
    n : int
        Excitatory neurons, and as many inhibitory ones.
    pixels : int
        Of an image.
    seed : int
        The individual.

    Returns
    -------
    Brain
        Regions ``"retina"`` (population ``P``) and ``"cortex"`` (``E`` and ``I``). Stimuli are images
        (image, pixel) with values from 0 to 1. The projection that learns is called ``"pixels"``.

    Notes
    -----
    They present an image for 350 ms and nothing for 150 ms, at time steps of 0.5 ms, and again and brighter where fewer
    than 5 spikes came: ``learn(brain, images, duration=350, rest=150, dt=0.5, repeat=Repeat("cortex.E"))``.
    The sum of 78 is for 784 pixels and scales with them.

    Examples
    --------
    >>> diehl_cook(100).units("cortex")
    ('cortex.E',)
    """
    n, pixels = count(n, "diehl_cook: n", least=2), count(pixels, "diehl_cook: pixels", least=1)
    excitatory = Equations(
        EXCITATORY,
        threshold="v > V_th and rested > pause",
        reset="v = V_reset; rested = 0 * ms",
        t_ref=5,
        parameters={
            "g_L": (1, "nS"),
            "C_m": (100, "pF"),
            "E_L": (-65, "mV"),
            "V_th": (-72, "mV"),
            "V_reset": (-65, "mV"),
            "pause": (PAUSE, "ms"),
        },
        method="exponential_euler",
        initial={"v": -105, "rested": 0},
    )
    inhibitory = Equations(
        INHIBITORY,
        t_ref=2,
        parameters={
            "g_L": (1, "nS"),
            "C_m": (10, "pF"),
            "E_L": (-60, "mV"),
            "V_th": (-40, "mV"),
            "V_reset": (-45, "mV"),
        },
        method="exponential_euler",
        initial={"v": -100},
    )
    learning = TripletSTDP(
        W_max=1,
        A2_plus=0,
        A3_plus=0.01,
        A2_minus=1e-4,
        A3_minus=0,
        tau_plus=20,
        tau_minus=20,
        tau_y=40,
        pairing="nearest",
    )
    sources, targets = np.nonzero(~np.eye(n, dtype=bool))
    return Brain(
        "Diehl and Cook",
        regions=[
            Region("retina", [Population("P", Poisson(), size=pixels)], function="pixels"),
            Region(
                "cortex",
                [
                    Population("E", AdaptiveThreshold(excitatory, increment=0.05, tau=1e7, initial=20), size=n),
                    Population("I", inhibitory, size=n),
                ],
                function="recognition",
            ),
        ],
        projections=[
            Projection(
                "retina.P",
                "cortex.E",
                wiring.all_to_all(),
                AMPA(tau=1, E_rev=0),
                weight=Uniform(0.003, 0.303),
                delay=Uniform(0.5, 10),
                name="pixels",
                plasticity=learning,
                normalization=WeightNormalization(78 * pixels / 784),
            ),
            Projection("cortex.E", "cortex.I", wiring.one_to_one(), AMPA(tau=1, E_rev=0), weight=10.4, delay=0.5),
            Projection(
                "cortex.I",
                "cortex.E",
                wiring.from_pairs(sources, targets, shape=(n, n)),
                GABA_A(tau=2, E_rev=-100),
                weight=17,
                delay=0.5,
            ),
        ],
        inputs={"retina": Rate(max_rate=63.75)},
        seed=seed,
    )
