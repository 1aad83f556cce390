"""Regions of imprinted prototypes: V2, V4 and IT."""

from dataclasses import dataclass

import numpy as np

from brainsim import wiring
from brainsim.atlas.anatomy import EXCITATION, EXCITATORY, INHIBITION, INHIBITORY, LOCAL_DELAY
from brainsim.atlas.imprinting import correlate, imprint, permuted, stationary_rate
from brainsim.atlas.plan import Plan
from isocortex.seeds import generator

__all__ = ["Match", "add_prototypes"]

# Time constants of the receptors in s: rate (Hz) times weight (nS) times this is the mean conductance.
TAU_E, TAU_I = EXCITATION.tau / 1000, INHIBITION.tau / 1000


@dataclass(frozen=True)
class Match:
    """How a stage of prototypes matches; conductances in nS, all ours.

    Parameters
    ----------
    size, stride : int
        Patch of the source that a unit sees, and steps between units.
    excitation : float
        Weights of a prototype: this times its unit-norm pattern.
    floor : float
        Share of a patch's mean that is taken off it, so that weak synapses vanish.
    recruitment : float
        Weight onto an interneuron, times interneurons over source channels.
    inhibition : float
        From all interneurons of a position together onto each principal cell there.
    lateral : float
        From all principal cells of a position together onto each interneuron there.
    interneurons : int
        At each position. Each gathers its own share of the source's channels, so that inhibition grows with how many
        kinds of feature are present: winners stay, as under divisive normalisation (Carandini and Heeger 2012,
        doi:10.1038/nrn3136).
    strongest : int, optional
        Keep only so many channels of a prototype, wherever they are in the patch: tolerance to position.
    """

    size: int
    stride: int
    excitation: float
    floor: float
    recruitment: float
    inhibition: float
    lateral: float
    interneurons: int
    strongest: int | None = None


def add_prototypes(plan: Plan, name: str, source: str, rates: np.ndarray, count: int, match: Match) -> np.ndarray:
    """Add a region of imprinted prototypes and answer with its rates.

    Parameters
    ----------
    plan : Plan
        Gains the region.
    name, source : str
        The region, and the population that it sees.
    rates : numpy.ndarray (stimulus, height, width, channel)
        Of the source.
    count : int
        How many prototypes.
    match : Match
        How they are wired.

    Returns
    -------
    numpy.ndarray (stimulus, height, width, count)
        Rates of the principal cells.
    """
    channels = rates.shape[3]
    grid = tuple((length - match.size) // match.stride + 1 for length in rates.shape[1:3])
    rng = generator(plan.seed, "prototypes", name)
    bank = _tolerant(rates, count, match, rng) if match.strongest else _precise(rates, count, match, rng)
    recruit = np.zeros((match.interneurons, channels, match.size, match.size))
    for channel in range(channels):
        recruit[channel % match.interneurons, channel] = match.recruitment * match.interneurons / channels
    inhibited = stationary_rate(INHIBITORY, TAU_E * correlate(rates, recruit, match.stride))
    answer = stationary_rate(
        EXCITATORY,
        TAU_E * correlate(rates, bank, match.stride),
        TAU_I * match.inhibition * inhibited.mean(axis=-1, keepdims=True),
    )
    if plan.shuffled:
        bank = permuted(bank, plan.seed, name)
    plan.region(name, E=(EXCITATORY, (*grid, count)), I=(INHIBITORY, (*grid, match.interneurons)))
    excite = wiring.convolution(bank, stride=match.stride, padding="valid")
    plan.arrive(
        source, f"{name}.E", excite, wiring.convolution(recruit, stride=match.stride, padding="valid"), f"{name}.I"
    )
    inhibit = np.full((count, match.interneurons, 1, 1), match.inhibition / match.interneurons)
    lateral = np.full((match.interneurons, count, 1, 1), match.lateral / count)
    plan.connect(f"{name}.I", f"{name}.E", wiring.convolution(inhibit), LOCAL_DELAY["inhibitory"], inhibitory=True)
    plan.connect(f"{name}.E", f"{name}.I", wiring.convolution(lateral), LOCAL_DELAY["excitatory"])
    plan.feed_back(f"{name}.E", source, bank, match.stride)
    return answer


def _precise(rates: np.ndarray, count: int, match: Match, rng: np.random.Generator) -> np.ndarray:
    """Prototypes that want their features where they were in the patch."""
    patches = imprint(rates, count, match.size, rng)
    flat = patches.reshape(count, -1).astype(np.float64)
    flat = np.maximum(flat - match.floor * flat.mean(axis=1, keepdims=True), 0)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    # Synapses below a fiftieth of a prototype's norm are left out.
    flat[flat < 0.02] = 0
    return match.excitation * flat.reshape(patches.shape)


def _tolerant(rates: np.ndarray, count: int, match: Match, rng: np.random.Generator) -> np.ndarray:
    """Prototypes that want their features anywhere in the patch: those that stood out most from their average."""
    patches = imprint(rates, count, match.size, rng).mean(axis=(2, 3))
    usual = rates.mean(axis=(0, 1, 2)) + 0.05 * rates.mean() + 1e-12
    kept = np.zeros(patches.shape)
    strongest = np.argsort(-patches / usual, axis=1, kind="stable")[:, : match.strongest]
    np.put_along_axis(kept, strongest, 1.0, axis=1)
    weights = match.excitation * kept / usual * usual.mean() / (kept.sum(axis=1, keepdims=True) * match.size**2)
    return np.tile(weights[:, :, None, None], (1, 1, match.size, match.size))
