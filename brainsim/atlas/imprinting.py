"""Imprinting: features of a stage are patches of what the stage before answers to images.

After Serre et al. 2007 (doi:10.1109/TPAMI.2007.56). The answers are mean rates: stationary rates of the cells at the
mean conductances that their inputs give them, without lateral and feedback synapses, which come later than the first
spikes.
"""

import numpy as np

from brainsim.neurons import LIF
from isocortex.seeds import generator

__all__ = ["correlate", "imprint", "permuted", "stationary_rate"]

# Reversal potentials (mV) and time constants (ms) of the receptors, as in brainsim.atlas.anatomy.
E_EXCITATORY, E_INHIBITORY = 0.0, -80.0


def stationary_rate(cell: LIF, excitation: np.ndarray, inhibition: np.ndarray | float = 0.0) -> np.ndarray:
    """Give the rate of a leaky integrate-and-fire cell under constant conductances.

    ``1 / rate = t_ref + tau ln((v_inf - V_reset) / (v_inf - V_th))``, where the conductances set both tau and v_inf
    (Dayan and Abbott 2001, Theoretical Neuroscience, eq. 5.11). Real conductances fluctuate, so that a cell fires
    somewhat below threshold: `v_inf` is counted 1 mV higher than it is.

    Parameters
    ----------
    cell : LIF
        With plain numbers as parameters.
    excitation, inhibition : numpy.ndarray or float
        Mean conductances in nS.

    Returns
    -------
    numpy.ndarray
        Hz, float32.

    Examples
    --------
    >>> cell = LIF(C_m=200, g_L=10, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)
    >>> float(stationary_rate(cell, 0.0)), round(float(stationary_rate(cell, 6.0)))
    (0.0, 84)
    """
    leak, rest = float(cell.g_L), float(cell.E_L)  # type: ignore[arg-type]
    threshold, reset = float(cell.V_th), float(cell.V_reset)  # type: ignore[arg-type]
    total = leak + excitation + inhibition
    level = (leak * rest + excitation * E_EXCITATORY + inhibition * E_INHIBITORY) / total
    above = np.maximum(level + 1 - threshold, 1e-9)
    interval = cell.t_ref + float(cell.C_m) / total * np.log1p((threshold - reset) / above)  # type: ignore[arg-type]
    return np.where(above > 1e-6, 1000 / interval, 0).astype(np.float32)


def correlate(rates: np.ndarray, bank: np.ndarray, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Sum what a bank of filters gathers, as :func:`brainsim.wiring.convolution` wires it.

    Parameters
    ----------
    rates : numpy.ndarray (stimulus, height, width, in)
        Of the source.
    bank : numpy.ndarray (out, in, height, width)
        Weights.
    stride : int
        As in the wiring.
    padding : tuple of int
        Before and after, on both axes.

    Returns
    -------
    numpy.ndarray (stimulus, height, width, out)
        float32.

    Examples
    --------
    >>> correlate(np.ones((1, 4, 4, 2)), np.ones((3, 2, 2, 2)), stride=2).shape
    (1, 2, 2, 3)
    """
    padded = np.pad(rates, ((0, 0), padding, padding, (0, 0)))
    outputs, _, height, width = bank.shape
    weights = bank.reshape(outputs, -1).T.astype(np.float32)
    gathered = []
    # In slices of stimuli: the patches of all at once would take gigabytes.
    for first in range(0, len(padded), 50):
        part = windows(padded[first : first + 50], (height, width))
        part = part[:, ::stride, ::stride]
        gathered.append((part.reshape(-1, weights.shape[0]).astype(np.float32) @ weights).reshape(*part.shape[:3], -1))
    return np.concatenate(gathered)


def imprint(rates: np.ndarray, count: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Take patches at random places of random stimuli, among those where something is going on.

    Parameters
    ----------
    rates : numpy.ndarray (stimulus, height, width, channel)
        Answers of the stage before.
    count, size : int
        How many patches, and their side.
    rng : numpy.random.Generator
        Chooses.

    Returns
    -------
    numpy.ndarray (count, channel, size, size)
        Patches of at least 0.7 times the median activity of the places that are not silent; where too few reach
        that, the most active ones.

    Examples
    --------
    >>> rates = np.random.default_rng(0).random((5, 6, 6, 2))
    >>> imprint(rates, 3, 4, np.random.default_rng(1)).shape
    (3, 2, 4, 4)
    """
    patches = windows(rates, (size, size))
    total = windows(rates.sum(axis=-1), (size, size)).sum(axis=(-1, -2))
    places = rates.sum(axis=-1)
    heard = places[places > 0]
    least = 0.7 * size**2 * float(np.median(heard)) if heard.size else 0.0
    able = np.flatnonzero(total.ravel() >= least)
    if len(able) < count:
        able = np.argsort(-total.ravel(), kind="stable")[:count]
    chosen = np.unravel_index(rng.choice(able, count, replace=len(able) < count), total.shape)
    return np.array(patches[chosen])


def windows(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Give every patch of axes 1 and 2, as a view whose last two axes are the patch's."""
    patches: np.ndarray = np.lib.stride_tricks.sliding_window_view(values, shape, axis=(1, 2))  # type: ignore[call-overload]
    return patches


def permuted(bank: np.ndarray, seed: int, name: str) -> np.ndarray:
    """Shuffle the weights of every prototype among its own synapses' places: same weights, no feature.

    Parameters
    ----------
    bank : numpy.ndarray (out, in, height, width)
        Prototypes.
    seed : int
        Chooses.
    name : str
        Whose they are; another name, another shuffle.

    Examples
    --------
    >>> bank = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> bool(np.array_equal(np.sort(permuted(bank, 0, "V2").ravel()), bank.ravel()))
    True
    """
    rng = generator(seed, "shuffled prototypes", name)
    return rng.permuted(bank.reshape(len(bank), -1), axis=1).reshape(bank.shape)
