"""What the cells, synapses and axons of the ventral stream are like, each number with its source.

Sources: *Brette* is benchmark 1 (COBA) of Brette et al. 2007 (doi:10.1007/s10827-007-0038-6); *PD* is Potjans and
Diesmann 2014 (doi:10.1093/cercor/bhs358); *Schmidt* is the multi-area model of Schmidt et al. 2018
(doi:10.1007/s00429-017-1554-4). "Ours" marks what we chose ourselves.
"""

from brainsim.distributions import Uniform
from brainsim.neurons import LIF
from brainsim.receptors import AMPA, GABA_A

__all__ = [
    "EXCITATION",
    "EXCITATORY",
    "FUNCTIONS",
    "INHIBITION",
    "INHIBITORY",
    "LOCAL_DELAY",
    "RELAY",
    "SCATTER",
    "conduction_delay",
]

# Pyramidal and spiny stellate cells. C_m, g_L, V_th, V_reset, t_ref: Brette; E_L: PD.
EXCITATORY = LIF(C_m=200, g_L=10, E_L=-65, V_th=-50, V_reset=-60, t_ref=5)
# Relay cells of the LGN. As Brette, t_ref as PD, since they follow the retina at up to 200 Hz (ours).
RELAY = LIF(C_m=200, g_L=10, E_L=-60, V_th=-50, V_reset=-60, t_ref=2)
# Fast-spiking interneurons. tau_m 10 ms and t_ref 2 ms: PD; the rest: Brette.
INHIBITORY = LIF(C_m=100, g_L=10, E_L=-60, V_th=-50, V_reset=-60, t_ref=2)

# Time constants and reversal potentials: Brette.
EXCITATION = AMPA(tau=5, E_rev=0)
INHIBITION = GABA_A(tau=10, E_rev=-80)

# Membrane potentials when a stimulus comes on: within 5 mV above rest, so that cells are not in step (ours).
SCATTER = {EXCITATORY: Uniform(-65, -60), RELAY: Uniform(-60, -55), INHIBITORY: Uniform(-60, -55)}

FUNCTIONS = {
    "retina": "contrast",
    "LGN": "relay",
    "V1": "oriented edges",
    "V2": "contour parts",
    "V4": "shape parts",
    "IT": "objects",
}

# Path lengths in mm from one region to the next: rounded estimates for a macaque's hemisphere (ours; for the order of
# magnitude see the 1 to 60 mm between cortical areas in Schmidt).
PATHS = {
    ("retina", "LGN"): 45.0,
    ("LGN", "V1"): 30.0,
    ("V1", "V2"): 10.5,
    ("V2", "V4"): 17.5,
    ("V4", "IT"): 21.0,
}
# Velocities in m/s. Between cortical areas, both ways: 3.5 (Girard, Hupe and Bullier 2001,
# doi:10.1152/jn.2001.85.3.1328; also Schmidt). Optic nerve and radiation are thick and myelinated: 15 and 10 (ours,
# within the 0.3 to 120 of the monkey's brain, doi:10.4249/scholarpedia.1451).
VELOCITIES = {("retina", "LGN"): 15.0, ("LGN", "V1"): 10.0}
CORTICAL_VELOCITY = 3.5

# From cell to cell within a region in ms: excitatory ones 1.5 (PD, Schmidt), inhibitory ones 0.5 (ours; 0.75 there):
# fast-spiking cells sit beside their targets. Axons from another region reach interneurons directly and principal
# cells one excitatory step later, which is how feedforward inhibition comes in time (Cruikshank et al. 2007,
# doi:10.1038/nn1861).
LOCAL_DELAY = {"excitatory": 1.5, "inhibitory": 0.5}


def conduction_delay(source: str, target: str) -> float:
    """Give the delay in ms from a region to a neighbouring one, up or down: path length over velocity.

    Parameters
    ----------
    source, target : str
        Names of regions.

    Examples
    --------
    >>> conduction_delay("V1", "V2"), conduction_delay("V2", "V1")
    (3.0, 3.0)
    """
    path = (source, target) if (source, target) in PATHS else (target, source)
    return PATHS[path] / VELOCITIES.get(path, CORTICAL_VELOCITY)
