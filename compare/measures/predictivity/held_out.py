"""What the held-out stimuli of a fold say: how well they are predicted, and how reliably."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.measures.blocks import Patterns, chosen_from
from compare.measures.patterns import stimulus_trial_unit
from compare.measures.predictivity.score import correlations
from isocortex.seeds import generator

__all__ = ["PREDICTOR_SPLITS", "Scored", "half_means", "joined", "prediction_reliability", "scored", "side_by_side"]

PREDICTOR_SPLITS = 3  # halvings of the trials of x: each takes two more predictions


@dataclass(frozen=True, eq=False)
class Scored:
    """Held-out stimuli scored.

    Parameters
    ----------
    r : numpy.ndarray
        (fold, unit): correlation of response and prediction.
    agreement : numpy.ndarray or None
        (fold, unit): correlation of predictions from halves of the predictor's trials, averaged over halvings.
    chosen : dict
        What was chosen, by name, (fold, unit) or (fold).
    """

    r: np.ndarray
    agreement: np.ndarray | None
    chosen: dict[str, np.ndarray]


def scored(
    predicted: np.ndarray, observed: np.ndarray, from_halves: list[np.ndarray], chosen: dict[str, np.ndarray]
) -> Scored:
    """Score one fold (stimulus, unit); `from_halves` are predictions in pairs."""
    agreement = None
    if from_halves:
        pairs = zip(from_halves[::2], from_halves[1::2], strict=True)
        agreement = np.mean([correlations(first, second) for first, second in pairs], axis=0)[None]
    return Scored(
        correlations(predicted, observed)[None],
        agreement,
        {name: np.asarray(value)[None] for name, value in chosen.items()},
    )


def joined(folds: list[Scored]) -> Scored:
    """Put folds below each other."""
    return _concatenated(folds, 0)


def side_by_side(units: list[Scored]) -> Scored:
    """Put units of one fold side by side, and what was chosen for each."""
    return units[0] if len(units) == 1 else _concatenated(units, 1)


def _concatenated(parts: list[Scored], axis: int) -> Scored:
    agreement = [part.agreement for part in parts if part.agreement is not None]
    chosen = {name: np.concatenate([part.chosen[name] for part in parts], axis) for name in parts[0].chosen}
    r = np.concatenate([part.r for part in parts], axis)
    return Scored(r, np.concatenate(agreement, axis) if agreement else None, chosen)


def half_means(x: Any, seed: int) -> Iterator[Patterns]:
    """Give the means (stimulus, unit) of halves of the trials of x, in pairs; nothing if there is one trial."""
    from compare.inference.reliability import half_splits

    array = stimulus_trial_unit(x)
    if array.shape[1] > 1:
        for pair in half_splits(array.shape[1], PREDICTOR_SPLITS, generator(seed, "predictor halves")):
            for half in pair:
                yield Patterns(chosen_from(array, trials=half))


def prediction_reliability(agreement: np.ndarray | None, x: Any) -> np.ndarray | None:
    """Give the reliability (unit) of predictions from all trials of x; NaN where predictions do not vary."""
    from compare.inference.reliability import spearman_brown

    if agreement is None:
        return None
    known = ~np.isnan(agreement)
    mean = np.where(known, agreement, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return spearman_brown(np.where(known.any(axis=0), mean, np.nan), stimulus_trial_unit(x).shape[1])
