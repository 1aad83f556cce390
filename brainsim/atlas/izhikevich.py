"""Izhikevich's network of 2003: a thousand simple neurons that fall into rhythms."""

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.distributions import Uniform
from brainsim.neurons import izhikevich_2003
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import ExponentialCurrent
from isocortex.seeds import generator

__all__ = ["izhikevich"]


def izhikevich(seed: int = 0) -> Brain:
    """Build the network of Izhikevich 2003 (doi:10.1109/TNN.2003.820440): 800 excitatory, 200 inhibitory neurons.

    With r uniform in [0, 1), each neuron's own: excitatory a = 0.02, b = 0.2, c = -65 + 15 r^2, d = 8 - 6 r^2 (regular
    spiking to chattering); inhibitory a = 0.02 + 0.08 r, b = 0.25 - 0.05 r, c = -65, d = 2 (fast spiking to
    low-threshold spiking).
    Everybody connects to everybody: excitatory weights uniform in [0, 0.5), inhibitory in [-1, 0). Thalamic noise has a
    standard deviation of 5 (excitatory) and 2 (inhibitory) in every millisecond.

    Simulate it with ``dt=1``, the paper's step: the model is as much its integration as its equations. A synapse's
    current lasts one such step (`ExponentialCurrent` of 1 ms, which Euler's rule empties in one). Three differences to
    the published script: v takes one Euler step of 1 ms, not two of 0.5 ms; a spike arrives one step after it is fired,
    not in the same one; c and d are drawn by our generator.

    Parameters
    ----------
    seed : int
        The individual.

    Returns
    -------
    Brain
        One region, ``"cortex"``, with populations ``E`` and ``I``.

    Notes
    -----
    Figures that we measured are in docs/networks/izhikevich.md.

    Examples
    --------
    >>> import brainsim
    >>> recording = brainsim.simulate(brainsim.atlas.izhikevich(), duration=100, dt=1)
    >>> bool(recording.counts()["cortex.E"].sum() > 0)
    True
    """
    excitatory, inhibitory = (
        generator(seed, "izhikevich", name).random(size) for name, size in (("E", 800), ("I", 200))
    )
    squared = excitatory**2
    cells = {
        "E": izhikevich_2003(0.02, 0.2, -65 + 15 * squared, 8 - 6 * squared, noise=5),
        "I": izhikevich_2003(0.02 + 0.08 * inhibitory, 0.25 - 0.05 * inhibitory, -65, 2, noise=2),
    }
    populations = [
        Population("E", cells["E"], size=800, excitatory=True),
        Population("I", cells["I"], size=200, excitatory=False),
    ]
    everyone, pulse = ["cortex.E", "cortex.I"], ExponentialCurrent(tau=1, name="I_recurrent")
    weights = {"E": Uniform(0, 0.5), "I": Uniform(-1, 0)}
    projections = [
        Projection(f"cortex.{name}", everyone, wiring.all_to_all(), pulse, weight=weight, delay=1)
        for name, weight in weights.items()
    ]
    return Brain("Izhikevich 2003", [Region("cortex", populations, function="association")], projections, seed=seed)
