"""What can be concluded from a matrix: which layer is named for which region, and how often it would be."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.inference.draws import half_draws
from compare.inference.estimates import Estimate
from compare.inference.resampling import resampled_similarities
from compare.mapping import assignment
from compare.mapping.candidates import Candidates
from compare.mapping.cast import Cast
from compare.mapping.margins import best_minus_runner_up
from compare.parallel import Workers

__all__ = ["Conclusions", "conclude", "held_out_half", "winning_shares"]

SPLITS = 50  # random halves that the held-out report averages over


@dataclass(frozen=True)
class Conclusions:
    """What is said of a matrix; see `LayerMap` for each."""

    assignment: dict[str, dict[str, str | None]]
    support: dict[str, dict[str, float]]
    best_minus_runner_up: dict[str, dict[str, Any]]
    same_activity: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def conclude(
    cast: Cast, candidates: Candidates, closeness: Estimate, corrected: np.ndarray, confidence: float
) -> Conclusions:
    """Name layers where they can be told, and say what counts as one.

    Parameters
    ----------
    cast : Cast
        Who takes part.
    candidates : Candidates
        Who competes, and for what.
    closeness : Estimate
        (layer, region), larger is closer.
    corrected : numpy.ndarray
        (layer, region): corrected p-values.
    confidence : float
        With which a layer is named.
    """
    kinds = ("best", "one-to-one", "ordered")
    same = tuple(tuple(cast.layers[row] for row in group) for group in candidates.groups if len(group) > 1)
    notes = [*cast.notes, *(f"{', '.join(group)}: the same geometry, so they count as one layer" for group in same)]
    notes += [
        f"{region}: hardly varies over stimuli, so no layer is named for it"
        for column, region in enumerate(cast.regions)
        if column not in candidates.regions
    ]
    named: dict[str, dict[str, str | None]] = {kind: dict.fromkeys(cast.regions) for kind in kinds}
    shares: dict[str, dict[str, float]] = {kind: dict.fromkeys(cast.regions, float("nan")) for kind in kinds}
    margins: dict[str, dict[str, Any]] = {}
    if candidates.groups and candidates.regions:
        competing = closeness.map(candidates.of)
        chance = candidates.of(corrected) < 1 - confidence
        found = best_minus_runner_up(competing, confidence)
        enough = 1 - (1 - confidence) / (2 * len(candidates.regions))
        choices = {"best": assignment.best, "one-to-one": assignment.one_to_one, "ordered": assignment.ordered}
        for kind, choose in choices.items():
            assigned = choose(competing.value)
            share = assignment.support(assigned, choose(competing.resampled))
            for place, column in enumerate(candidates.regions):
                region = cast.regions[column]
                shares[kind][region] = float(share[place])
                told = found[place].told_apart if kind == "best" else share[place] >= enough
                if assigned[place] >= 0 and told and chance[assigned[place], place]:
                    named[kind][region] = cast.layers[candidates.rows[assigned[place]]]
        for margin, column in zip(found, candidates.regions, strict=True):
            rival = margin.runner_up
            margins[cast.regions[column]] = {
                "best": cast.layers[candidates.rows[margin.best]],
                "runner_up": None if rival is None else cast.layers[candidates.rows[rival]],
                "difference": margin.difference,
                "low": margin.low,
                "high": margin.high,
            }
    return Conclusions(named, shares, margins, same, tuple(notes))


def winning_shares(shape: tuple[int, ...], candidates: Candidates, draws: np.ndarray) -> np.ndarray:
    """Give the share of draws in which each candidate is the best of each region; NaN for what does not compete."""
    wins = np.full(shape, np.nan)
    if candidates.groups and candidates.regions:
        winners = assignment.best(candidates.of(draws))
        for place, region in enumerate(candidates.regions):
            for index, group in enumerate(candidates.groups):
                wins[list(group), region] = (winners[:, place] == index).mean()
    return wins


def held_out_half(
    cast: Cast, candidates: Candidates, greater_is_closer: bool, rng: np.random.Generator, workers: Workers
) -> dict[str, dict[str, Any]]:
    """Choose the best layer on half of the stimuli, report its similarity on the other half."""
    stimuli = cast.subjects.stimuli
    if not candidates.groups or not candidates.regions or not cast.subjects.usable(np.ones(stimuli // 2)):
        return {}
    splits = half_draws(stimuli, SPLITS, rng)
    everything = resampled_similarities(cast.subjects, splits, workers)
    matrices = candidates.of(everything[:, cast.rows[:, None], cast.columns])
    known = ~np.isnan(matrices).any(axis=(1, 2)).reshape(SPLITS, 2).any(axis=1)
    if not known.any():
        return {}
    matrices = matrices[np.repeat(known, 2)]
    chosen = assignment.best(matrices if greater_is_closer else -matrices)
    other = matrices.reshape(-1, 2, *matrices.shape[1:])[:, ::-1].reshape(matrices.shape)
    reported = np.take_along_axis(other, chosen[:, None, :], axis=1)[:, 0]
    result = {}
    for place, column in enumerate(candidates.regions):
        counts = np.bincount(chosen[:, place], minlength=len(candidates.groups))
        result[cast.regions[column]] = {
            "layer": cast.layers[candidates.rows[int(counts.argmax())]],
            "similarity": float(reported[:, place].mean()),
            "share": float(counts.max() / counts.sum()),
        }
    return result
