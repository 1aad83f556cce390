"""One layer of a network as spikes can carry it: weights and a bias, then rectification; or the largest of some."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from brainsim.wiring import Rule

__all__ = ["Stage", "matrix_of"]

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Stage:
    """A population of the brain to be: ``y = max(x W + b, 0)``, or the largest number of every window.

    Parameters
    ----------
    name : str
        The layer's, and the region's to be.
    output : str
        The place of the network that it stands for: the same layer, or the activation after it.
    layers : tuple of str
        All places of the network that went into it.
    source, shape : tuple of int
        Shapes of its input and output, for one stimulus.
    rule : Rule, optional
        The weights, as wiring. None where it takes the largest.
    bias : numpy.ndarray of float64 (unit), optional
        What is added.
    slots : tuple of (sources, targets)
        Where it takes the largest: for each place of a window, which source unit stands there for which target unit.
    rectified : bool
        Whether its output is what spikes tell; the last layer of a classifier is read by its input instead.
    """

    name: str
    output: str
    layers: tuple[str, ...]
    source: Shape
    shape: Shape
    rule: "Rule | None" = None
    bias: np.ndarray | None = None
    slots: tuple[tuple[np.ndarray, np.ndarray], ...] = ()
    rectified: bool = True

    @property
    def units(self) -> int:
        """How many units."""
        return int(np.prod(self.shape))

    def input_to(self, x: np.ndarray) -> np.ndarray:
        """Give ``x W + b`` for activity (stimulus, source unit)."""
        if self.rule is None:
            raise TypeError(f"{self.name}: takes the largest, it has no weights")
        flat = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
        return np.asarray(flat @ matrix_of(self.rule, self.source, self.shape)) + (
            0 if self.bias is None else self.bias
        )


def matrix_of(rule: "Rule", source: Shape, target: Shape) -> Any:
    """Give the weights of a rule that draws nothing, (source unit, target unit), sparse."""
    from scipy.sparse import csr_array

    from brainsim.wiring import Ends

    wired = rule.connect(Ends(source, target, False, "conversion"), np.random.default_rng(0))
    factors = np.ones(wired.synapses) if wired.factors is None else wired.factors
    shape = (int(np.prod(source)), int(np.prod(target)))
    return csr_array((factors, wired.targets.astype(np.int64), wired.indptr), shape=shape)
