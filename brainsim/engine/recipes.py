"""Synapses that are drawn where they are needed: a key and a distribution in place of arrays.

Synapse ``j`` of row ``i`` takes word ``(i, j)`` of a counter-based stream, so a row can be drawn by itself, by any
thread, and again. The compiled engine draws rows straight into the order in which it delivers them
(`brainsim.engine.drawing`), and nothing is kept twice; `DrawnConnections.expand` lists the same synapses in order of
creation. Drawn weights are rounded to single precision, which both engines see.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from brainsim.engine.connections import (
    MAX_DELAY,
    ConvolutionConnections,
    SparseConnections,
    as_delays,
    as_indptr,
    as_targets,
    as_weights,
    longest,
)
from brainsim.engine.errors import NetworkError

__all__ = ["SHAPES", "Connections", "DrawnConnections", "DrawnValues", "UniformTargets", "recipe_key"]

SHAPES = ("uniform", "normal", "lognormal")


def recipe_key(seed: int, stream: str) -> np.ndarray:
    """Give the four words, int64 (4,), that tell one stream of a projection's numbers from all others."""
    digest = hashlib.blake2b(repr((int(seed), stream)).encode(), digest_size=16).digest()
    return np.frombuffer(digest, dtype="<u4").astype(np.int64)


@dataclass(frozen=True, eq=False)
class UniformTargets:
    """Every synapse's target is drawn uniformly, with replacement, among `candidates`; the bias is below 2**-32.

    Parameters
    ----------
    key : numpy.ndarray
        int64 (4,), from `recipe_key`.
    candidates : int
        Units to choose from.
    skips_self : bool
        Whether unit i of the sources is left out for source i; it is not among `candidates` then.
    """

    key: np.ndarray
    candidates: int
    skips_self: bool = False


@dataclass(frozen=True, eq=False)
class DrawnValues:
    """One number a synapse: ``location + spread * x`` over `divisor`.

    x is uniform in [0, 1), or standard normal; "lognormal" is the exponential of the latter. A normal one is drawn
    within [`low`, `high`] by its quantile function, so that nothing piles up at the bounds.

    Parameters
    ----------
    key : numpy.ndarray
        int64 (4,), from `recipe_key`.
    shape : {"uniform", "normal", "lognormal"}
        Of the distribution.
    location, spread : float
        Of x, before the exponential.
    low, high : float
        Bounds of the value, before it is divided.
    divisor : float
        From the public unit to SI, or the step.
    """

    key: np.ndarray
    shape: Literal["uniform", "normal", "lognormal"]
    location: float
    spread: float
    low: float = -np.inf
    high: float = np.inf
    divisor: float = 1.0

    @property
    def numbers(self) -> np.ndarray:
        """The key, and what compiled code draws with: 4 + 8 words of 64 bits, int64."""
        from scipy.special import ndtr

        below, above = 0.0, 1.0
        if self.shape == "normal" and self.spread > 0:
            below, above = (float(ndtr((end - self.location) / self.spread)) for end in (self.low, self.high))
        values = (SHAPES.index(self.shape), self.location, self.spread, below, (above - below) / 2.0**32)
        doubles = np.array([*values, self.low, self.high, self.divisor])
        return np.concatenate([np.asarray(self.key, dtype=np.int64), doubles.view(np.int64)])

    @property
    def extremes(self) -> tuple[float, float]:
        """The smallest and the largest value that a word can give."""
        from brainsim.engine.drawing import values_of  # compiled code: loaded where something is drawn

        lowest, highest = values_of(np.array([0, 2**32 - 1], dtype=np.uint32), self.numbers)
        return float(lowest), float(highest)

    def all(self, indptr: np.ndarray) -> np.ndarray:
        """Draw the values of all synapses, in order of creation; float64 (synapses,)."""
        from brainsim.engine.drawing import draw_values

        return draw_values(self.numbers, np.asarray(indptr, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class DrawnConnections:
    """Synapses of which something is drawn when they are laid out; else as `SparseConnections`.

    Parameters
    ----------
    indptr : numpy.ndarray
        Where each source's row begins, and the end; (sources + 1,).
    targets : numpy.ndarray or UniformTargets
        Target unit of each synapse.
    weights : float, numpy.ndarray or DrawnValues
        SI.
    delays : int, numpy.ndarray or DrawnValues
        Steps; what is drawn is rounded to whole ones.

    Raises
    ------
    NetworkError
        If the rows do not cover the targets, or a weight or delay cannot be used.

    Examples
    --------
    >>> key = recipe_key(0, "targets")
    >>> wiring = DrawnConnections(np.array([0, 2, 3]), UniformTargets(key, 5), 1e-9, 1)
    >>> wiring.synapses, bool((wiring.targets < 5).all())
    (3, True)
    """

    indptr: np.ndarray
    drawn_targets: np.ndarray | UniformTargets
    drawn_weights: float | np.ndarray | DrawnValues
    drawn_delays: int | np.ndarray | DrawnValues

    def __post_init__(self) -> None:
        indptr = as_indptr(self.indptr)
        object.__setattr__(self, "indptr", indptr)
        if not isinstance(self.drawn_targets, UniformTargets):
            object.__setattr__(self, "drawn_targets", as_targets(self.drawn_targets, indptr))
        if not isinstance(self.drawn_weights, DrawnValues):
            object.__setattr__(self, "drawn_weights", as_weights(self.drawn_weights, self.synapses))
        if not isinstance(self.drawn_delays, DrawnValues):
            object.__setattr__(self, "drawn_delays", as_delays(self.drawn_delays, self.synapses))
        elif self.drawn_delays.extremes[0] < 0 or self.drawn_delays.extremes[1] > MAX_DELAY:
            raise NetworkError(f"delays: must be whole steps from 0 to {MAX_DELAY}, got {self.drawn_delays.extremes}")

    @property
    def sources(self) -> int:
        """Number of source units."""
        return len(self.indptr) - 1

    @property
    def synapses(self) -> int:
        """Number of synapses."""
        return int(self.indptr[-1])

    @property
    def reach(self) -> int:
        """Highest target unit plus one, or how many there are to draw from."""
        if isinstance(self.drawn_targets, UniformTargets):
            return self.drawn_targets.candidates + self.drawn_targets.skips_self
        return int(self.drawn_targets.max()) + 1 if len(self.drawn_targets) else 0

    @property
    def longest_delay(self) -> int:
        """Longest delay in steps that there may be."""
        if isinstance(self.drawn_delays, DrawnValues):
            return int(np.rint(self.drawn_delays.extremes[1]))
        return longest(self.drawn_delays)

    @property
    def targets(self) -> np.ndarray:
        """Target unit of each synapse, in order of creation; drawn anew each time."""
        return self.expand().targets

    @property
    def weights(self) -> float | np.ndarray:
        """Weight of all, or of each synapse in order of creation; drawn anew each time."""
        return self.expand().weights

    @property
    def delays(self) -> int | np.ndarray:
        """Delay of all, or of each synapse in order of creation; drawn anew each time."""
        return self.expand().delays

    def expand(self) -> SparseConnections:
        """List the synapses one by one, in order of creation."""
        from brainsim.engine.drawing import draw_rows

        targets, weights, delays = draw_rows(self)
        kept = self.drawn_weights if not isinstance(self.drawn_weights, DrawnValues) else weights.astype(np.float32)
        lags = self.drawn_delays if not isinstance(self.drawn_delays, DrawnValues) else delays
        return SparseConnections(self.indptr, targets, kept, lags)


Connections = SparseConnections | DrawnConnections | ConvolutionConnections
