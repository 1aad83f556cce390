"""The stages of the ventral stream: each adds a region to a plan, and answers with its rates to imprint the next."""

from dataclasses import dataclass, field

import numpy as np

from brainsim import wiring
from brainsim.atlas.anatomy import (
    EXCITATION,
    EXCITATORY,
    FUNCTIONS,
    INHIBITION,
    INHIBITORY,
    LOCAL_DELAY,
    RELAY,
    SCATTER,
    conduction_delay,
)
from brainsim.atlas.gabor import gabor_bank
from brainsim.atlas.imprinting import correlate, imprint, permuted, stationary_rate
from brainsim.neurons import LIF, Poisson
from brainsim.parts import Population, Projection, Region
from brainsim.wiring.rule import Ends, Rule
from isocortex.seeds import generator

__all__ = ["Match", "Plan", "add_lgn", "add_prototypes", "add_retina", "add_v1"]

# Time constants of the receptors in s: rate (Hz) times weight (nS) times this is the mean conductance.
TAU_E, TAU_I = EXCITATION.tau / 1000, INHIBITION.tau / 1000


@dataclass
class Plan:
    """What has been planned of a brain: its parts, and the rates of the last population to answer images."""

    seed: int
    feedback: bool
    shuffled: bool
    regions: list[Region] = field(default_factory=list)
    projections: list[Projection] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def region(self, name: str, **populations: tuple[LIF | Poisson, tuple[int, ...]]) -> None:
        """Add a region of populations, each of a cell model and a shape."""
        made = []
        for population, (model, shape) in populations.items():
            initial = {"v": SCATTER[model]} if isinstance(model, LIF) else {}
            made.append(Population(population, model, shape=shape, initial=initial))
            self.shapes[f"{name}.{population}"] = shape
        self.regions.append(Region(name, made, function=FUNCTIONS[name]))

    def connect(self, source: str, target: str, rule: Rule, delay: float, *, inhibitory: bool = False) -> None:
        """Add a projection whose rule holds the weights in nS."""
        receptor = INHIBITION if inhibitory else EXCITATION
        self.projections.append(Projection(source, target, rule, receptor, weight=1.0, delay=delay))

    def arrive(self, source: str, target: str, excite: Rule, recruit: Rule, interneurons: str) -> None:
        """Add a feedforward projection onto principal cells, and the one that recruits their interneurons."""
        delay = conduction_delay(source.split(".")[0], target.split(".")[0])
        self.connect(source, interneurons, recruit, delay)
        self.connect(source, target, excite, delay + LOCAL_DELAY["excitatory"])

    def spread(self, source: str, target: str, bank: np.ndarray, stride: int, padding: int = 0) -> Rule:
        """Wire a coarse source onto a fine target: the convolution from target to source, turned round."""
        rule = wiring.convolution(bank, stride=stride, padding=padding)
        ends = Ends(self.shapes[target], self.shapes[source], False, f"{source} -> {target}")
        listed = rule.shared(ends, weight=1.0, delay=0).expand()
        from scipy.sparse import csr_array

        shape = (ends.sources, ends.targets)
        weights = np.broadcast_to(np.asarray(listed.weights), len(listed.targets))
        return wiring.from_matrix(csr_array((weights, listed.targets, listed.indptr.astype(np.int64)), shape=shape).T)

    def feed_back(self, source: str, target: str, bank: np.ndarray, stride: int) -> None:
        """Add feedback along the strongest synapses of the feedforward bank from `target` to `source`.

        Each source unit reaches `FEEDBACK_REACH` units with `FEEDBACK_WEIGHT` nS each: about a tenth of what it takes
        to threshold, so that feedback modulates and does not drive (Crick and Koch 1998, doi:10.1038/34584).
        """
        if not self.feedback:
            return
        flat = bank.reshape(len(bank), -1)
        kept = np.zeros_like(flat)
        strongest = np.argsort(-flat, axis=1, kind="stable")[:, :FEEDBACK_REACH]
        np.put_along_axis(kept, strongest, FEEDBACK_WEIGHT, axis=1)
        kept[flat == 0] = 0
        rule = self.spread(source, target, kept.reshape(bank.shape), stride)
        delay = conduction_delay(source.split(".")[0], target.split(".")[0]) + LOCAL_DELAY["excitatory"]
        self.projections.append(Projection(source, target, rule, EXCITATION, weight=1.0, delay=delay, kind="feedback"))


FEEDBACK_REACH, FEEDBACK_WEIGHT = 16, 0.1


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


# nS: excitation onto a simple cell from all of a filter's bright lobes together; one relay cell onto an interneuron;
# the inhibition that goes with it; one simple cell onto a complex cell.
V1_EXCITATION, V1_RECRUITMENT, V1_INHIBITION, V1_POOLING = 30.0, 2.5, 20.0, 5.0


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
