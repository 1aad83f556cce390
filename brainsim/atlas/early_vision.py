"""Retina, LGN and V1: contrast, relay and oriented edges, none of them learned."""

import numpy as np

from brainsim import wiring
from brainsim.atlas.anatomy import (
    EXCITATION,
    EXCITATORY,
    INHIBITION,
    INHIBITORY,
    LOCAL_DELAY,
    RELAY,
    conduction_delay,
)
from brainsim.atlas.gabor import gabor_bank
from brainsim.atlas.imprinting import correlate, stationary_rate
from brainsim.atlas.plan import Plan
from brainsim.neurons import Poisson

__all__ = ["add_lgn", "add_retina", "add_v1"]

# Time constants of the receptors in s: rate (Hz) times weight (nS) times this is the mean conductance.
TAU_E, TAU_I = EXCITATION.tau / 1000, INHIBITION.tau / 1000

# nS: excitation onto a simple cell from all of a filter's bright lobes together; one relay cell onto an interneuron;
# the inhibition that goes with it; one simple cell onto a complex cell.
V1_EXCITATION, V1_RECRUITMENT, V1_INHIBITION, V1_POOLING = 30.0, 2.5, 20.0, 5.0


def add_retina(plan: Plan, size: tuple[int, int]) -> None:
    """Add ON and OFF cells, one of each a pixel."""
    plan.region("retina", ON=(Poisson(), size), OFF=(Poisson(), size))


def add_lgn(plan: Plan) -> None:
    """Add relay cells, each driven by one retinal cell, and interneurons that see 4 x 4 of both kinds.

    A retinal spike alone brings a relay cell to threshold (Usrey, Reppas and Reid 1999,
    doi:10.1152/jn.1999.82.6.3527), interneurons hold high rates down. Weights are ours.
    """
    height, width = plan.shapes["retina.ON"]
    plan.region(
        "LGN",
        ON=(RELAY, (height, width)),
        OFF=(RELAY, (height, width)),
        I=(INHIBITORY, (height // 2, width // 2, 1)),
    )
    delay = conduction_delay("retina", "LGN")
    around = np.ones((1, 1, 4, 4))
    for kind in ("ON", "OFF"):
        plan.connect(f"retina.{kind}", f"LGN.{kind}", wiring.convolution(np.full((1, 1, 1, 1), 14.0)), delay)
        plan.connect(f"retina.{kind}", "LGN.I", wiring.convolution(around, stride=2, padding=1), delay)
        back = plan.spread("LGN.I", f"LGN.{kind}", 0.5 * around, stride=2, padding=1)
        plan.connect("LGN.I", f"LGN.{kind}", back, LOCAL_DELAY["inhibitory"], inhibitory=True)


def add_v1(plan: Plan, on: np.ndarray, off: np.ndarray, orientations: int = 8, phases: int = 2) -> np.ndarray:
    """Add simple and complex cells with their interneurons; answer with the complex cells' rates.

    Simple cells take ON cells under the bright and OFF cells under the dark lobes of a Gabor function, and are
    inhibited by interneurons that relay the opposite: ON under dark, OFF under bright lobes (push and pull; Hirsch
    2003, doi:10.1093/cercor/13.1.63). Complex cells add up simple cells of one orientation, of every phase, at 2 x 2
    positions (Hubel and Wiesel 1962), and inhibit each other within 3 x 3 positions. Weights are ours.

    Parameters
    ----------
    plan : Plan
        Gains the region.
    on, off : numpy.ndarray (stimulus, height, width, 1)
        Rates of the relay cells.
    orientations, phases : int
        Of the Gabor functions.
    """
    height, width = (length // 2 for length in on.shape[1:3])
    coarse = tuple((length - 4) // 2 + 1 for length in (height, width))
    plan.region(
        "V1",
        simple=(EXCITATORY, (height, width, phases * orientations)),
        complex=(EXCITATORY, (height - 1, width - 1, orientations)),
        I_simple=(INHIBITORY, (height, width, 2)),
        I_complex=(INHIBITORY, (*coarse, 2)),
    )
    lobes = gabor_bank(orientations, phases)
    # Less than a fiftieth of the highest weight makes many synapses and no difference.
    lobes[np.abs(lobes) < np.abs(lobes).max() / 50] = 0
    bright, dark = np.maximum(lobes, 0)[:, None], np.maximum(-lobes, 0)[:, None]
    excite = {"ON": V1_EXCITATION * bright, "OFF": V1_EXCITATION * dark}
    recruit = {"ON": np.zeros((2, 1, 2, 2)), "OFF": np.zeros((2, 1, 2, 2))}
    recruit["ON"][0], recruit["OFF"][1] = V1_RECRUITMENT, V1_RECRUITMENT
    for kind in ("ON", "OFF"):
        plan.arrive(
            f"LGN.{kind}",
            "V1.simple",
            wiring.convolution(excite[kind], stride=2, padding=3),
            wiring.convolution(recruit[kind], stride=2, padding=0),
            "V1.I_simple",
        )
    oppose = V1_INHIBITION * np.concatenate([_halved(dark), _halved(bright)], axis=1)
    plan.connect("V1.I_simple", "V1.simple", wiring.convolution(oppose), LOCAL_DELAY["inhibitory"], inhibitory=True)
    gather = np.zeros((orientations, phases * orientations, 2, 2))
    for channel in range(phases * orientations):
        gather[channel % orientations, channel] = V1_POOLING
    pool = wiring.convolution(gather, padding="valid")
    plan.connect("V1.simple", "V1.complex", pool, LOCAL_DELAY["excitatory"])
    _inhibit_neighbours(plan, "V1.complex", "V1.I_complex", recruit=3.0 / 9, inhibit=0.5)

    relayed = stationary_rate(INHIBITORY, TAU_E * (correlate(on, recruit["ON"], 2) + correlate(off, recruit["OFF"], 2)))
    drive = correlate(on, excite["ON"], 2, (3, 3)) + correlate(off, excite["OFF"], 2, (3, 3))
    simple = stationary_rate(EXCITATORY, TAU_E * drive, TAU_I * correlate(relayed, oppose, 1, (2, 2)))
    return stationary_rate(EXCITATORY, TAU_E * correlate(simple, gather))


def _inhibit_neighbours(plan: Plan, target: str, interneurons: str, recruit: float, inhibit: float) -> None:
    """Add mutual inhibition of all channels within 3 x 3 positions, by interneurons at every other position."""
    bank = np.ones((plan.shapes[interneurons][2], plan.shapes[target][2], 3, 3))
    gather = wiring.convolution(recruit * bank, stride=2, padding="valid")
    plan.connect(target, interneurons, gather, LOCAL_DELAY["excitatory"])
    scatter = plan.spread(interneurons, target, inhibit * bank, stride=2)
    plan.connect(interneurons, target, scatter, LOCAL_DELAY["inhibitory"], inhibitory=True)


def _halved(bank: np.ndarray) -> np.ndarray:
    """Give filters of 8 x 8 pixels as filters of 5 x 5 squares of 2 x 2 pixels, centred alike."""
    padded = np.pad(bank, ((0, 0), (0, 0), (1, 1), (1, 1)))
    outputs, inputs, height, width = padded.shape
    return padded.reshape(outputs, inputs, height // 2, 2, width // 2, 2).sum(axis=(3, 5))
