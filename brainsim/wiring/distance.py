"""Wiring by distance: near units are connected more often than far ones.

Pairs are neither listed nor measured all: units are gathered into cells, and two cells bound the distance of all pairs
between them. Pairs are drawn with the highest probability that their cells allow and kept with the share that their own
distance asks for, which gives each pair its exact probability (thinning, Lewis and Shedler 1979,
doi:10.1002/nav.3800260304). Time and memory go with the synapses and with the pairs of cells.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.units import number, numbers
from brainsim.wiring.cells import Cells, gaps, nearest_gaps
from brainsim.wiring.drawn import bernoulli
from brainsim.wiring.rule import Connectivity, Ends, Rule, flag
from isocortex.errors import nearest

__all__ = ["PROFILES", "DistanceDependent"]

SECTION = 1 << 22  # candidates drawn at once
SAMPLED = 1 << 21  # pairs from which the expected number is estimated where there are more

# Probability at distance d over that at 0; all of them fall.
PROFILES = {
    "gaussian": lambda d, sigma: np.exp(-0.5 * (d / sigma) ** 2),
    "exponential": lambda d, sigma: np.exp(-d / sigma),
    "linear": lambda d, sigma: np.maximum(1 - d / sigma, 0),
    "boxcar": lambda d, sigma: (d <= sigma) * 1.0,
}


@dataclass(frozen=True, eq=False)
class DistanceDependent(Rule):
    """Every pair is connected with a probability that falls with the distance d between its units, independently.

    ``p * exp(-d**2 / (2 * sigma**2))`` (gaussian), ``p * exp(-d / sigma)`` (exponential), ``p * (1 - d / sigma)`` down
    to 0 (linear), or ``p`` up to ``d = sigma`` (boxcar). Both populations need places: a grid with `spacing`, or
    `positions`.

    Parameters
    ----------
    p : float
        Probability at distance 0.
    sigma : float
        Scale in mm.
    profile : "gaussian", "exponential", "linear" or "boxcar"
        How the probability falls.
    max_distance : float, optional
        In mm; no synapse is longer.
    periodic : float or array-like, optional
        Size in mm of the box whose opposite sides meet, the same for all axes or one number an axis; open borders by
        default.
    velocity : float, optional
        Of conduction in mm/ms (which is m/s): each synapse's delay is its length over `velocity`, plus the
        projection's delay.
    autapses : bool
        Whether a unit may connect to itself.

    Raises
    ------
    ParameterError, KindError
        If a value is out of range.

    Examples
    --------
    >>> from brainsim import AMPA, LIF, Brain, Population, Projection, Region, wiring
    >>> sheet = Population("E", LIF(), shape=(30, 30), spacing=0.1)
    >>> rule = wiring.distance_dependent(0.5, sigma=0.2, velocity=0.3)
    >>> local = Projection("V1.E", "V1.E", rule, AMPA(), weight=1, delay=0.5)
    >>> round(Brain("sheet", [Region("V1", [sheet])], [local]).pathways[0].synapses, -2)
    10200.0
    """

    p: float
    sigma: float
    profile: str = "gaussian"
    max_distance: float | None = None
    periodic: Any = None
    velocity: float | None = None
    autapses: bool = True

    def __post_init__(self) -> None:
        where = "distance_dependent"
        object.__setattr__(self, "p", number(self.p, "1", f"{where}.p", nonnegative=True))
        if self.p > 1:
            raise ParameterError(f"{where}.p: must be between 0 and 1, got {self.p:g}")
        object.__setattr__(self, "sigma", number(self.sigma, "mm", f"{where}.sigma", positive=True))
        if not isinstance(self.profile, str) or self.profile not in PROFILES:
            raise ParameterError(
                f"{where}.profile: {self.profile!r} is unknown; {nearest(str(self.profile), PROFILES)}"
            )
        if self.max_distance is not None:
            longest = number(self.max_distance, "mm", f"{where}.max_distance", positive=True)
            object.__setattr__(self, "max_distance", longest)
        if self.velocity is not None:
            velocity = number(self.velocity, "mm/ms", f"{where}.velocity", positive=True)
            object.__setattr__(self, "velocity", velocity)
        if self.periodic is not None:
            object.__setattr__(self, "periodic", _box(self.periodic, f"{where}.periodic"))
        flag(self.autapses, f"{where}.autapses")

    @property
    def fixed(self) -> bool:
        """The number is drawn."""
        return False

    @property
    def placed(self) -> bool:
        """It asks where units lie."""
        return True

    @property
    def delayed(self) -> bool:
        """Whether distances make delays."""
        return self.velocity is not None

    def check(self, ends: Ends) -> None:
        """Both populations must have places, in a space of as many dimensions, within the box if there is one."""
        source, target = _located(ends)
        if self.periodic is None:
            return
        if np.ndim(self.periodic) and len(self.periodic) != source.shape[1]:
            raise ModelError(f"{ends.where}: periodic has {len(self.periodic)} axes, positions have {source.shape[1]}")
        both = np.stack([np.concatenate([source, target]).min(axis=0), np.concatenate([source, target]).max(axis=0)])
        if np.any(both[1] - both[0] > np.asarray(self.periodic) * (1 + 1e-9)):
            raise ModelError(
                f"{ends.where}: units spread over {both[1] - both[0]} mm, beyond periodic={self.periodic} mm"
            )

    def probability(self, distance: np.ndarray) -> np.ndarray:
        """Give the probability of a synapse between units this far apart (mm)."""
        chance = self.p * PROFILES[self.profile](distance, self.sigma)
        return chance if self.max_distance is None else np.where(distance <= self.max_distance, chance, 0.0)

    def synapses(self, ends: Ends) -> float:
        """Give the expected number; an estimate from some of the sources where there are many pairs."""
        return self._expected(ends)[0]

    def mean_delay(self, ends: Ends) -> float:
        """Give the expected distance of a synapse over the velocity."""
        synapses, length = self._expected(ends)
        return length / synapses / self.velocity if self.velocity is not None and synapses else 0.0

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Draw candidates between cells, keep each with the share that its distance asks for."""
        source, target = _located(ends)
        parts = list(self._drawn(source, target, generator))
        pairs = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        del parts
        pairs.sort()
        if ends.recurrent and not self.autapses:
            pairs = pairs[pairs // ends.targets != pairs % ends.targets]
        indptr = np.searchsorted(pairs, np.arange(ends.sources + 1) * ends.targets)
        sources, targets = np.divmod(pairs, ends.targets)
        del pairs
        delays = None
        if self.velocity is not None:
            delays = np.empty(len(targets))
            for start in range(0, len(targets), SECTION):
                part = slice(start, start + SECTION)
                delays[part] = gaps(source[sources[part]], target[targets[part]], self.periodic) / self.velocity
        return Connectivity(indptr, targets.astype(np.uint32), delays=delays)

    def _drawn(self, source: np.ndarray, target: np.ndarray, generator: np.random.Generator) -> Iterator[np.ndarray]:
        """Draw connected pairs, each as source * targets + target, in sections."""
        here, there = Cells.around(source), Cells.around(target)
        ceiling = self.probability(nearest_gaps(here, there, self.periodic)).ravel()
        # Pairs of cells whose ceilings lie within a factor of two are drawn together: few calls, little waste.
        level = np.full(ceiling.shape, np.iinfo(np.int64).max)
        level[ceiling > 0] = np.floor(np.log2(ceiling[ceiling > 0]))
        order = np.argsort(level, kind="stable")
        order = order[: np.count_nonzero(ceiling)]
        for group in np.split(order, np.flatnonzero(np.diff(level[order])) + 1) if order.size else []:
            top = float(ceiling[group].max())
            first, second = np.divmod(group, len(there.sizes))
            ends = np.cumsum(here.sizes[first] * there.sizes[second])
            section = int(min(SECTION / top, 2**62))
            for start in range(0, int(ends[-1]), section):
                chosen = start + bernoulli(top, min(section, int(ends[-1]) - start), generator)
                block = np.searchsorted(ends, chosen, side="right")
                offset = chosen - (ends[block] - here.sizes[first[block]] * there.sizes[second[block]])
                row, column = np.divmod(offset, there.sizes[second[block]])
                units = here.units[here.starts[first[block]] + row], there.units[there.starts[second[block]] + column]
                chance = self.probability(gaps(source[units[0]], target[units[1]], self.periodic))
                kept = generator.random(len(chosen)) * top < chance
                yield units[0][kept] * len(target) + units[1][kept]

    def _expected(self, ends: Ends) -> tuple[float, float]:
        """Give the expected number of synapses, and their lengths summed in mm."""
        source, target = _located(ends)
        rows = np.arange(len(source))
        most = max(1, SAMPLED // len(target))
        if len(rows) > most:
            rows = np.random.default_rng(0).choice(rows, most, replace=False)  # no seed of anybody's: an estimate
        total = np.zeros(2)
        for part in np.array_split(rows, -(-len(rows) * len(target) // SECTION)):
            distance = gaps(source[part][:, None, :], target[None, :, :], self.periodic)
            chance = self.probability(distance)
            if ends.recurrent and not self.autapses:
                chance[np.arange(len(part)), part] = 0
            total += chance.sum(), (chance * distance).sum()
        synapses, length = total * (len(source) / len(rows))
        return float(synapses), float(length)


def _located(ends: Ends) -> tuple[np.ndarray, np.ndarray]:
    """Give both populations' places.

    Raises
    ------
    ModelError
        If one has none, or they do not have as many dimensions.
    """
    for side, positions in (("source", ends.source_positions), ("target", ends.target_positions)):
        if positions is None:
            raise ModelError(
                f"{ends.where}: distance_dependent needs places; give the {side} population spacing= or positions="
            )
    source, target = ends.source_positions, ends.target_positions
    if source is None or target is None or source.shape[1] != target.shape[1]:
        raise ModelError(f"{ends.where}: positions of source and target must have as many dimensions")
    return source, target


def _box(periodic: Any, where: str) -> Any:
    if np.ndim(periodic) == 0:
        return number(periodic, "mm", where, positive=True)
    if np.shape(periodic) not in ((2,), (3,)):
        raise KindError(f"{where}: must be one size in mm, or one for each of 2 or 3 axes, got {periodic!r}")
    sizes = numbers(periodic, "mm", where, len(periodic))
    if sizes.min() <= 0:
        raise ParameterError(f"{where}: must be positive, got {sizes.min():g} mm")
    return sizes
