"""Units drawn anew: what similarities would be had other units of the same regions been recorded.

A region's units are a sample of its neurons; a layer's are all that there are, so only regions are resampled. Where
stimuli are drawn with replacement, so are units; where subsets of stimuli are taken, so are halves of the units, for a
measure that aligns units would find duplicates twice. `crossed_ratio` tells how the three sets of draws (over stimuli,
over units, over both) are put together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from compare.errors import TooFewStimuliError
from compare.inference.preparation import Preparation
from compare.inference.resampling import Subjects, in_chunks
from compare.inference.subsets import StimulusSubsets
from compare.parallel import Workers
from isocortex.progress import Advance
from isocortex.seeds import child_seed

__all__ = ["UnitResampling", "unit_similarities"]


@dataclass(frozen=True)
class UnitResampling:
    """Subjects, some of whom can be given other units.

    Parameters
    ----------
    subjects : Subjects
        Everybody, with the units that there are.
    preparation : Preparation
        How responses are made ready.
    responses : mapping
        subject -> (stimulus, trial, unit), of those whose units are a sample.
    names : mapping
        subject -> what error messages call it.

    Raises
    ------
    TooFewStimuliError
        If one has too few units to be resampled, or too few stimuli for halves of both.
    """

    subjects: Subjects
    preparation: Preparation
    responses: Mapping[int, np.ndarray]
    names: Mapping[int, str]

    def __post_init__(self) -> None:
        halves = isinstance(self.subjects, StimulusSubsets)
        for index, array in self.responses.items():
            if array.shape[2] < 2 + 2 * halves:
                raise TooFewStimuliError(
                    f"{self.names[index]}: {array.shape[2]} units, too few to be drawn anew; generalise to stimuli only"
                )
        if isinstance(self.subjects, StimulusSubsets) and self.subjects.kept > self.subjects.stimuli // 2:
            raise TooFewStimuliError(
                f"{self.subjects.stimuli} stimuli: too few for halves of them; generalise to stimuli only"
            )

    def redrawn(self, seed: int) -> Subjects:
        """Give everybody, with units drawn anew."""
        rng = np.random.default_rng(seed)
        fresh = {}
        for index, array in self.responses.items():
            units = array.shape[2]
            halves = isinstance(self.subjects, StimulusSubsets)
            chosen = rng.permutation(units)[: units // 2] if halves else rng.integers(0, units, units)
            fresh[index] = _known(self.preparation(array[:, :, chosen], 1))
        return self.subjects.replaced(fresh)


def unit_similarities(
    resampling: UnitResampling, draws: np.ndarray, seed: int, workers: Workers = None, advance: Advance | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the similarities of every two subjects with units drawn anew, and with stimuli drawn anew as well.

    Parameters
    ----------
    resampling : UnitResampling
        The subjects.
    draws : numpy.ndarray
        (draw, stimulus), how often each stimulus counts where both are drawn.
    seed : int
        Of the units.
    workers, advance
        As in `resampled_similarities`.

    Returns
    -------
    units, both : numpy.ndarray
        (draw, subject, subject).
    """
    found = in_chunks(
        partial(_pairs, resampling, seed), np.column_stack([np.arange(len(draws)), draws]), workers, advance
    )
    return found[:, 0], found[:, 1]


def _pairs(resampling: UnitResampling, seed: int, numbered: np.ndarray) -> np.ndarray:
    result = []
    everyone = np.ones(numbered.shape[1] - 1, np.int64)
    for row in numbered:
        subjects = resampling.redrawn(child_seed(seed, "units", int(row[0])))
        result.append([subjects.similarity(everyone), subjects.similarity(row[1:])])
    return np.array(result)


def _known(prepared: np.ndarray) -> np.ndarray:
    """Give zeros, which are similar to nothing, where a resample of units leaves patterns without variance."""
    return prepared if np.isfinite(prepared).all() else np.zeros_like(prepared)
