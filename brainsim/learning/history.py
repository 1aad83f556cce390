"""What happened while a brain learned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brainsim.brain import Brain
from brainsim.errors import KindError, UnknownNameError
from brainsim.pathways import pathway
from brainsim.wiring.rule import count
from isocortex.errors import nearest

__all__ = ["LearningHistory", "Presentation"]


@dataclass(frozen=True, eq=False)
class Presentation:
    """One presentation of one stimulus, as a listener of :func:`brainsim.learn` meets it, after the rest.

    Parameters
    ----------
    number : int
        How many stimuli were learned before it.
    stimulus : int
        Its position among the stimuli.
    sweep : int
        How often all stimuli were gone through before.
    repeats : int
        How often it was repeated at higher rates.
    counts : mapping of str to numpy.ndarray of int32 (unit)
        Full name of each population -> spikes during the stimulus, at its last repetition.
    weights : callable
        From the name of a projection (onto one target: :func:`brainsim.pathways.pathway_names`) to its weights as they
        are now, (synapse), in their public unit.
    """

    number: int
    stimulus: int
    sweep: int
    repeats: int
    counts: Mapping[str, np.ndarray]
    weights: Callable[[str], np.ndarray]


class LearningHistory:
    """A listener that keeps responses, and weights from time to time: ``learn(..., listener=history)``.

    Parameters
    ----------
    populations : sequence of str
        Whose spike counts are kept.
    projections : sequence of str
        Names of plastic projections whose weights are kept.
    every : int
        Presentations from one snapshot of the weights to the next.

    Raises
    ------
    KindError, ParameterError
        If names are no list of names, or `every` is below 1.

    Attributes
    ----------
    stimuli, repeats : list of int
        Of each presentation.
    counts : dict of str to list of numpy.ndarray (unit)
        Of each presentation.
    snapshots : dict of str to list of numpy.ndarray (synapse)
        Weights after presentation `every` - 1, twice `every` - 1, and so on.

    Examples
    --------
    >>> LearningHistory(["cortex.E"]).response("cortex.E").shape
    (0, 0)
    """

    def __init__(self, populations: Sequence[str] = (), projections: Sequence[str] = (), every: int = 100) -> None:
        for name, given in (("populations", populations), ("projections", projections)):
            if not isinstance(given, (list, tuple)) or not all(isinstance(one, str) for one in given):
                raise KindError(f"LearningHistory: {name} must be a list of names, got {given!r}")
        self.every = count(every, "LearningHistory: every", least=1)
        self.stimuli: list[int] = []
        self.repeats: list[int] = []
        self.counts: dict[str, list[np.ndarray]] = {name: [] for name in populations}
        self.snapshots: dict[str, list[np.ndarray]] = {name: [] for name in projections}

    def __repr__(self) -> str:
        return f"LearningHistory({list(self.counts)}, {list(self.snapshots)}: {len(self.stimuli)} presentations)"

    def check(self, brain: Brain) -> None:
        """Check that a brain has what shall be kept.

        Parameters
        ----------
        brain : Brain
            The one that will learn.

        Raises
        ------
        UnknownNameError
            If it has no such population, or no such projection.
        """
        for name in self.counts:
            if name not in brain.populations:
                raise UnknownNameError(
                    f"LearningHistory: there is no population {name!r}; {nearest(name, brain.populations)}"
                )
        for name in self.snapshots:
            pathway(brain, name, "LearningHistory")

    def __call__(self, presentation: Presentation) -> None:
        """Keep a presentation."""
        self.stimuli.append(presentation.stimulus)
        self.repeats.append(presentation.repeats)
        for name, kept in self.counts.items():
            kept.append(presentation.counts[name])
        if (presentation.number + 1) % self.every == 0:
            for name, snapshots in self.snapshots.items():
                snapshots.append(presentation.weights(name))

    def response(self, population: str) -> np.ndarray:
        """Give the spike counts of a population, (presentation, unit)."""
        kept = self.counts[population]
        return np.array(kept) if kept else np.zeros((0, 0), dtype=np.int32)
