"""A flash of light travels from the thalamus through two cortical regions; the figure shows every spike of a trial."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from brainsim import AMPA, GABA_A, LIF, Brain, Poisson, Population, Projection, Region, Retina, simulate, wiring
from brainsim.analysis import response_latency
from brainsim.plots import brain_graph, psth, raster
from isocortex.style import PAGE_WIDTH, paper_style, save_figure

cell = LIF(C_m=200, tau_m=20, E_L=-65, V_th=-50, V_reset=-65, t_ref=3)
sparse, dense = wiring.fixed_probability(0.1), wiring.fixed_probability(0.2)


def cells() -> list[Population]:
    """Four excitatory cells to an inhibitory one."""
    return [Population("E", cell, size=400), Population("I", cell, size=100)]


def local(region: str) -> list[Projection]:
    """Give a region its own excitation, and the inhibition that keeps it in check."""
    both = [f"{region}.E", f"{region}.I"]
    return [
        Projection(f"{region}.E", both, sparse, AMPA(), weight=0.6, delay=1.5),
        Projection(f"{region}.I", both, dense, GABA_A(), weight=6, delay=0.8),
    ]


thalamus = Region("thalamus", [Population("ON", Poisson(), shape=(20, 20))], function="relay")
brain = Brain(
    "three regions",
    regions=[thalamus, Region("sensory", cells(), function="features"), Region("association", cells(), "meaning")],
    projections=[
        Projection("thalamus.ON", ["sensory.E", "sensory.I"], sparse, AMPA(), weight=3, delay=5),
        Projection("sensory.E", ["association.E", "association.I"], sparse, AMPA(), weight=3, delay=10),
        Projection("association.E", "sensory.E", sparse, AMPA(), weight=0.3, delay=10, kind="feedback"),
        *local("sensory"),
        *local("association"),
    ],
    inputs={"thalamus": Retina(sigma_surround=4, baseline=2, max_rate=120, onset=30, sustained=0.4)},
)
flash = np.zeros((1, 20, 20, 1), dtype=np.float32)
flash[0, 6:14, 6:14] = 1

recording = simulate(brain, flash, duration=150, trials=10, seed=1)
print(brain.summary())
for name in ("thalamus.ON", "sensory.E", "association.E"):
    first_wave = response_latency(recording, name, baseline=2, quantile=0.1)
    print(f"{name}: the first tenth of the answering units has spiked by {first_wave.median_ms:.0f} ms")

with paper_style():
    figure, (top, middle, bottom) = plt.subplots(3, 1, figsize=(PAGE_WIDTH, 7), height_ratios=[3, 2, 2])
    raster(recording, ax=top)
    psth(recording, ["thalamus.ON", "sensory.E", "association.E"], ax=middle)
    brain_graph(brain, ax=bottom)
    figure.tight_layout()
    save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "signal_through_regions"))
