"""The cortical microcircuit of Potjans and Diesmann: four layers below a square millimetre of early sensory cortex."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from brainsim import theory, wiring
from brainsim.brain import Brain
from brainsim.distributions import Normal
from brainsim.drives import CurrentDrive, Drive, PoissonDrive
from brainsim.encoders import Encoder
from brainsim.errors import ParameterError, StimulusError
from brainsim.neurons import LIF, Poisson
from brainsim.parts import Population, Projection, Region
from brainsim.receptors import ExponentialCurrent
from brainsim.units import number
from brainsim.units import numbers as numbers_of
from isocortex.errors import nearest

__all__ = ["MICROCIRCUIT", "Tables", "ThalamicPulse", "potjans_diesmann", "tables"]

# Full names of the populations in the order of all tables here.
MICROCIRCUIT = ("L23.E", "L23.I", "L4.E", "L4.I", "L5.E", "L5.I", "L6.E", "L6.I")
FUNCTIONS = {"L23": "association", "L4": "input from the thalamus", "L5": "output", "L6": "feedback to the thalamus"}
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
THALAMUS = 902
# Probability that a pair has at least one synapse; rows are targets, columns sources.
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
THALAMIC = np.array([0.0, 0.0, 0.0983, 0.0619, 0.0, 0.0, 0.0512, 0.0196])  # onto each population
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])  # synapses that a neuron receives from outside
EXTERNAL_RATE = 8.0  # Hz
PSP = 0.15  # mV
G = -4.0  # inhibitory over excitatory weight
DOUBLED = (2, 0)  # (source, target): L4.E onto L23.E
WEIGHT_SPREAD, DELAY_SPREAD = 0.1, 0.5  # standard deviation over mean
DELAYS = (1.5, 0.75)  # ms, of excitatory and inhibitory neurons
TAU_SYN = 0.5  # ms
SHORTEST_DELAY = 0.1  # ms
CELL = LIF(C_m=250, tau_m=10, E_L=-65, V_th=-50, V_reset=-65, t_ref=2)
# Where potentials begin, so that little of the start is seen: mean and standard deviation, mV.
START = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])
START_SPREAD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])
# Hz, of the network in full, on which the compensation for a smaller scale rests.
FULL_RATES = (0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829)
EARLIER_RATES = (0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523)  # of earlier versions of the implementation


def potjans_diesmann(
    scale: float = 0.1,
    drive: Literal["poisson", "dc"] = "poisson",
    *,
    thalamus: bool = False,
    full_rates: Sequence[float] = FULL_RATES,
    seed: int = 0,
) -> Brain:
    """Build the microcircuit of Potjans and Diesmann 2014 (doi:10.1093/cercor/bhs358).

    In full 77,169 neurons and 298,880,970 synapses in layers 2/3, 4, 5 and 6, each with excitatory and inhibitory
    cells. All numbers are those of the authors' reference implementation for NEST (INM-6/microcircuit-PD14-model):

    - Cells: leaky integrate-and-fire, C_m 250 pF, tau_m 10 ms, E_L and V_reset -65 mV, V_th -50 mV, t_ref 2 ms;
      exponential currents of 0.5 ms. Potentials begin normally distributed, population by population.
    - Synapses: ``ln(1 - p) / ln(1 - 1 / (sources * targets))`` in all between two populations whose pairs are connected
      with probability p; sources and targets drawn uniformly, with autapses and multapses. An excitatory spike moves
      the potential by 0.15 mV at its peak (87.8 pA), one of L4.E in L23.E by 0.30 mV, an inhibitory one by -0.6 mV.
      Weights are normal, 10 % wide, and do not change sign; delays are normal, 1.5 ms (excitatory) or 0.75 ms
      (inhibitory) long and half as wide, and at least 0.1 ms.
    - Input from outside: 1500 to 2900 synapses a neuron at 8 Hz, as independent Poisson spikes or as the constant
      current that is their mean.

    A smaller `scale` keeps as small a share of the neurons, and of the synapses of each; weights grow by
    ``1 / sqrt(scale)``, which keeps the variance of the input, and a constant current makes up for the mean, given the
    rates of the full network (van Albada et al. 2015, doi:10.1371/journal.pcbi.1004490). Correlations grow none the
    less: with "dc" a network of a tenth is far more synchronous than in full (Romaro et al. 2021,
    doi:10.1162/neco_a_01400), so use "poisson" there.

    Parameters
    ----------
    scale : float
        Share of the neurons and of each neuron's synapses, up to 1.
    drive : {"poisson", "dc"}
        What the input from outside is.
    thalamus : bool
        Whether 902 thalamic cells (times `scale`) project onto layers 4 and 6. They fire as stimuli say: simulate with
        one rate in Hz a stimulus, 120 in the paper, held for 10 ms from 700 ms on (`ThalamicPulse`).
    full_rates : sequence of float
        Rates in Hz of the eight populations in full, from which the current for a smaller scale follows; those of the
        reference implementation by default. The activity at a small scale depends on them: at a tenth, 0.1 Hz more in
        L23.I is worth 0.5 mV less in L23.E.
    seed : int
        The individual.

    Returns
    -------
    Brain
        Regions ``L23``, ``L4``, ``L5``, ``L6`` with populations ``E`` and ``I``; with `thalamus`, ``thalamus.relay``.

    Raises
    ------
    ParameterError, KindError
        If the scale is not between 0.01 and 1, the drive unknown, or a rate negative.

    Examples
    --------
    >>> brain = potjans_diesmann(scale=0.02)
    >>> brain.populations["L23.E"].units, brain.units("L4")
    (414, ('L4.E',))
    """
    scale = number(scale, "1", "potjans_diesmann: scale", positive=True)
    if not 0.01 <= scale <= 1:
        raise ParameterError(f"potjans_diesmann: scale must be between 0.01 (8 cells in L5.I) and 1, got {scale:g}")
    if drive not in ("poisson", "dc"):
        raise ParameterError(f"potjans_diesmann: drive {drive!r} is unknown; {nearest(str(drive), ['poisson', 'dc'])}")
    numbers = tables(scale, _checked(full_rates))
    return Brain(
        "Potjans-Diesmann",
        regions=[*_layers(numbers.sizes), *([_relay(scale)] if thalamus else [])],
        projections=[*_recurrent(numbers), *(_thalamic(scale, numbers.external_weight) if thalamus else [])],
        drives=_drives(numbers, drive),
        inputs={"thalamus": ThalamicPulse()} if thalamus else {},
        seed=seed,
    )


@dataclass(frozen=True)
class ThalamicPulse(Encoder):
    """All units fire at one rate for a while, and not before or after.

    Stimuli are rates in Hz, (stimulus,).

    Parameters
    ----------
    onset, length : float
        Beginning and length of the pulse in ms; whole multiples of `bin`.
    bin : float
        How many ms a bin of rates lasts.

    Raises
    ------
    ParameterError, KindError
        If a time is negative or no multiple of `bin`.

    Examples
    --------
    >>> rates = ThalamicPulse(onset=20, length=10, bin=10).rates([120], {"relay": Population("relay", Poisson(), 2)})
    >>> rates["relay"].tolist()
    [[[0.0, 0.0], [0.0, 0.0], [120.0, 120.0], [0.0, 0.0]]]
    """

    onset: float = 700.0
    length: float = 10.0
    bin: float = 10.0

    def __post_init__(self) -> None:
        for name in ("onset", "length", "bin"):
            value = number(getattr(self, name), "ms", f"ThalamicPulse.{name}", nonnegative=True)
            object.__setattr__(self, name, value)
        if self.bin == 0 or any(
            abs(time / self.bin - round(time / self.bin)) > 1e-9 for time in (self.onset, self.length)
        ):
            raise ParameterError(f"ThalamicPulse: onset and length must be multiples of bin, got {self}")

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of every population, (stimulus, bin, unit).

        Raises
        ------
        StimulusError
            If stimuli are no rates.
        """
        if np.ndim(stimuli) != 1:
            raise StimulusError(f"ThalamicPulse: stimuli must be rates (stimulus,), got shape {np.shape(stimuli)}")
        heights = numbers_of(stimuli, "Hz", "ThalamicPulse: stimuli", len(stimuli), nonnegative=True)
        before, during = round(self.onset / self.bin), round(self.length / self.bin)
        course = np.repeat([0.0, 1.0, 0.0], [before, during, 1])
        return {
            name: np.multiply.outer(heights, np.outer(course, np.ones(one.units))) for name, one in populations.items()
        }


@dataclass(frozen=True, eq=False)
class Tables:
    """The network in numbers, for a scale."""

    sizes: np.ndarray  # int64 (population)
    synapses: np.ndarray  # int64 (source, target)
    weights: np.ndarray  # pA, (source, target), means
    rates: np.ndarray  # Hz, of what comes from outside, (population)
    external_weight: float  # pA
    currents: np.ndarray  # pA, that make up for what a smaller scale leaves out, (population)


def tables(scale: float, full_rates: Sequence[float] | np.ndarray = FULL_RATES) -> Tables:
    """Give all that depends on the scale.

    The constant current is what the mean input loses as weights grow by less than synapses become fewer:
    ``(1 - sqrt(scale)) * tau_syn * sum(synapses * weight * rate)`` of the full network.

    Examples
    --------
    >>> int(tables(1.0).synapses.sum()), bool(tables(1.0).currents.any())
    (298880970, False)
    """
    weight = theory.weight_for_psp(CELL, tau_syn=TAU_SYN, height=PSP)
    weights = np.where(np.arange(8) % 2, G, 1.0)[:, None] * np.full((8, 8), weight)
    weights[DOUBLED] *= 2
    full = _synapses(PROBABILITIES.T, SIZES[:, None], SIZES)
    arriving = (full / SIZES * weights * np.asarray(full_rates)[:, None]).sum(
        axis=0
    ) + EXTERNAL * weight * EXTERNAL_RATE
    shrink = float(np.sqrt(scale))
    return Tables(
        sizes=np.rint(SIZES * scale).astype(int),
        synapses=np.rint(full * scale**2).astype(int),
        weights=weights / shrink,
        rates=EXTERNAL * EXTERNAL_RATE * scale,
        external_weight=weight / shrink,
        currents=(1 - shrink) * 1e-3 * TAU_SYN * arriving,
    )


def _checked(full_rates: Sequence[float]) -> np.ndarray:
    where = "potjans_diesmann: full_rates"
    return numbers_of(full_rates, "Hz", where, len(MICROCIRCUIT), nonnegative=True)


def _synapses(probability: np.ndarray, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Give how many synapses make that share of pairs connected (Potjans and Diesmann 2014, equation 1)."""
    return np.log1p(-probability) / np.log1p(-1 / (sources * targets))


def _layers(sizes: np.ndarray) -> list[Region]:
    populations = [
        Population(name.split(".")[1], CELL, size=int(size), initial={"v": Normal(mean, std)})
        for name, size, mean, std in zip(MICROCIRCUIT, sizes, START, START_SPREAD, strict=True)
    ]
    return [
        Region(layer, populations[2 * k : 2 * k + 2], function=function)
        for k, (layer, function) in enumerate(FUNCTIONS.items())
    ]


def _relay(scale: float) -> Region:
    return Region("thalamus", [Population("relay", Poisson(), size=round(THALAMUS * scale))], function="relay")


def _recurrent(numbers: Tables) -> list[Projection]:
    return [
        _projection(source_name, target_name, int(numbers.synapses[j, k]), float(numbers.weights[j, k]))
        for j, source_name in enumerate(MICROCIRCUIT)
        for k, target_name in enumerate(MICROCIRCUIT)
        if numbers.synapses[j, k]
    ]


def _thalamic(scale: float, weight: float) -> list[Projection]:
    counts = np.rint(_synapses(THALAMIC, np.array(THALAMUS), SIZES) * scale**2).astype(int)
    return [
        _projection("thalamus.relay", name, int(count), weight)
        for name, count in zip(MICROCIRCUIT, counts, strict=True)
        if count
    ]


def _projection(source: str, target: str, count: int, weight: float) -> Projection:
    delay = DELAYS[weight < 0]
    low, high = (0.0, None) if weight > 0 else (None, 0.0)
    return Projection(
        source,
        target,
        wiring.fixed_total(count),
        ExponentialCurrent(tau=TAU_SYN),
        weight=Normal(weight, abs(weight) * WEIGHT_SPREAD, low=low, high=high),
        delay=Normal(delay, delay * DELAY_SPREAD, low=SHORTEST_DELAY),
    )


def _drives(numbers: Tables, drive: str) -> list[Drive]:
    """Give what comes from outside: as Poisson spikes, or as the current that is their mean."""
    currents = numbers.currents
    if drive == "dc":
        currents = currents + 1e-3 * TAU_SYN * numbers.external_weight * numbers.rates
    drives: list[Drive] = [
        CurrentDrive(name, float(current)) for name, current in zip(MICROCIRCUIT, currents, strict=True) if current
    ]
    if drive == "poisson":
        receptor = ExponentialCurrent(tau=TAU_SYN)
        drives += [
            PoissonDrive(name, float(rate), receptor, numbers.external_weight)
            for name, rate in zip(MICROCIRCUIT, numbers.rates, strict=True)
        ]
    return drives
