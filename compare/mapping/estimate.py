"""Layer by region: similarity with ceilings, intervals, nulls, and what can be concluded from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.errors import InvalidOptionError
from compare.inference.ceiling import noise_ceiling
from compare.inference.criterion import Criterion
from compare.inference.intervals import bootstrap_interval, max_statistic_p, partial_similarity
from compare.inference.resampling import (
    bootstrap_draws,
    half_draws,
    left_out_draws,
    permuted_similarities,
    resampled_similarities,
)
from compare.mapping import assignment
from compare.mapping.candidates import Candidates, find_candidates
from compare.mapping.cast import Cast, baseline_rows, prepare
from compare.mapping.hierarchy import hierarchy_scores
from compare.mapping.layer_map import LayerMap, NullComparison, PartialSimilarity
from compare.mapping.margins import best_minus_runner_up
from isocortex.progress import progress_bar
from isocortex.seeds import generator
from isocortex.threads import run_on_threads

__all__ = ["map_layers"]

_Estimates = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""A quantity as observed, in each bootstrap, and without each stimulus (None with too few stimuli)."""

SPLITS = 50  # random halves that the held-out report averages over
FEWEST = 100  # draws below which the tail of a distribution is not to be seen


def map_layers(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: str = "rsa",
    *,
    distance: str = "correlation",
    method: str = "spearman",
    bootstrap: int = 1000,
    permutations: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    given: Mapping[str, Any] | None = None,
    nulls: Mapping[str, Mapping[str, Any]] | None = None,
    baselines: Sequence[str] = (),
    threads: int | None = None,
    progress: Any = None,
) -> LayerMap:
    """Compare every layer with every region, and say which layer goes with which region.

    Parameters
    ----------
    network : mapping of str to array-like
        Layers in order of depth, (stimulus, unit); see `compare.activity`.
    regions : mapping of str to array-like
        Regions in order of the hierarchy, (stimulus, unit) or (stimulus, trial, unit). The mean over trials is
        compared; the trials give the noise ceiling.
    measure : str
        ``"rsa"``: RDMs of the given `distance`, compared by the given `method` (``"spearman"``, ``"pearson"`` or
        ``"cosine"``). ``"cka"``: debiased linear CKA.
    distance, method : str
        For ``"rsa"``.
    bootstrap : int
        Bootstraps over stimuli. The same draws serve every cell, so differences between cells are paired. Pairs of a
        stimulus with itself never enter.
    permutations : int
        Permutations of stimulus labels for the p-values.
    confidence : float
        Nominal coverage of the intervals.
    seed : int
        Of the draws. Same seed, machine and versions: same bits, whatever `threads` is.
    given : mapping of str to array-like, optional
        What similarity may be due to: pixels (stimulus, height, width, channel) or (stimulus, pixel), positions
        (stimulus, 2), or a ready condensed RDM of
        squared distances. All of them together are partialled out of `partial`. An array of fewer than 4 columns gets
        Euclidean distances.
    nulls : mapping of str to mapping, optional
        Each is named as the layers (an untrained network) or as the regions (a shuffled brain) and stands in for them;
        the difference from it is estimated pair by pair. What it does not name is None.
    baselines : sequence of str
        Layers that are shown but do not compete: pixels, say.
    threads : int, optional
        As many as there are cores by default.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`.

    Returns
    -------
    LayerMap

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activities cannot be compared; the message names which.
    InvalidOptionError
        If a measure, method or baseline does not exist, or a number is out of range.

    Notes
    -----
    *Best layer.* Layers of the same geometry count as one. A layer is named only if it is similar to the region at all
    (corrected p below 1 - confidence) and ahead of every other: the interval of best minus runner-up, simultaneous over
    all pairs of layers and all regions, excludes 0. *One-to-one* and *ordered* name a layer only if enough bootstraps
    give it to the region: 1 - (1 - confidence) / 2R of them, for R regions at once.

    *Intervals* are percentiles of the bootstrap, narrowed by what drawing pairs of stimuli adds (`spread_ratio`); wins,
    support and hierarchy are from the bootstraps as they are, which errs towards "cannot tell". In simulations 95 %
    intervals hold the truth 94 to 95 times in 100 with 40 stimuli or more, and 92 to 94 times with 20.

    Time grows as bootstraps × subjects × stimuli², memory as subjects × stimuli².

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {"conv": rng.normal(size=(40, 30)), "dense": rng.normal(size=(40, 30))}
    >>> regions = {"V1": layers["conv"] + rng.normal(size=(40, 30)), "IT": layers["dense"] + rng.normal(size=(40, 30))}
    >>> map_layers(layers, regions, bootstrap=200, permutations=200).assignment["best"]
    {'V1': 'conv', 'IT': 'dense'}
    """
    from threadpoolctl import threadpool_limits

    criterion = Criterion(measure, distance, method)
    _check_numbers(bootstrap, permutations, confidence)
    # One BLAS thread: its threads would change bits, and they stall when the cores are busy; ours run over subjects.
    with threadpool_limits(limits=1, user_api="blas"):
        cast = prepare(network, regions, criterion, given, nulls, threads)
        competing_not = baseline_rows(baselines, cast.layers)
        draws = _Resampling(bootstrap, permutations, confidence, seed, threads, progress)
        return _estimated(cast, criterion, competing_not, draws)


@dataclass(frozen=True)
class _Resampling:
    """How often and from which seed stimuli are drawn anew, and on how many threads."""

    bootstrap: int
    permutations: int
    confidence: float
    seed: int
    threads: int | None
    progress: Any


def _estimated(cast: Cast, criterion: Criterion, competing_not: set[int], about: _Resampling) -> LayerMap:
    bootstrap, permutations, confidence, threads = about.bootstrap, about.permutations, about.confidence, about.threads
    rng = generator(about.seed, "map_layers", criterion.measure)
    draws = bootstrap_draws(cast.vectors.stimuli, bootstrap, rng, cast.vectors.usable)
    jackknife = left_out_draws(cast.vectors.stimuli) if cast.vectors.stimuli > criterion.least_stimuli else None
    with progress_bar(bootstrap + permutations, "resampling", about.progress) as advance:
        observed = cast.vectors.similarity()
        resampled = resampled_similarities(cast.vectors, draws, threads, advance)
        left_out = None if jackknife is None else resampled_similarities(cast.vectors, jackknife, threads)
        null = permuted_similarities(cast.vectors, cast.rows, cast.columns, permutations, rng, threads, advance)
    similarity, boots, without = _between(cast.rows, cast.columns, observed, resampled, left_out)
    corrected, uncorrected = max_statistic_p(similarity, null)
    low, high = bootstrap_interval(boots, without, confidence)
    candidates = find_candidates(similarity, boots, observed[np.ix_(cast.rows, cast.rows)], competing_not)
    # A bootstrap in which something does not vary at all says nothing about which layer is best.
    sound = boots[~np.isnan(candidates.of(boots)).any(axis=(1, 2))]
    if len(sound) < FEWEST / 2:
        candidates = Candidates((), ())
    conclusions = _conclude(cast, candidates, similarity, sound, without, corrected, confidence)
    halves = _held_out_half(cast, candidates, rng, threads)
    ceilings = run_on_threads(
        lambda name: _ceiling(cast.trials[name][cast.kept], criterion, about.seed), cast.regions, threads
    )
    return LayerMap(
        measure=criterion.measure,
        label=criterion.label,
        similarity=_labelled(cast, similarity),
        low=_labelled(cast, low),
        high=_labelled(cast, high),
        p_value=_labelled(cast, corrected),
        p_uncorrected=_labelled(cast, uncorrected),
        wins=_labelled(cast, _wins(similarity.shape, candidates, sound)),
        ceiling=dict(zip(cast.regions, ceilings, strict=True)),
        partial=_partial(cast, observed, resampled, left_out, confidence),
        nulls={
            name: _against(
                cast, (similarity, boots, without), _between(*stand_in, observed, resampled, left_out), confidence
            )
            for name, stand_in in cast.nulls.items()
        },
        held_out_half=halves,
        hierarchy=hierarchy_scores(candidates.of(similarity), candidates.of(sound), rng, confidence),
        bootstrap=bootstrap,
        stimuli=cast.vectors.stimuli,
        confidence=confidence,
        **conclusions,
    )


def _check_numbers(bootstrap: int, permutations: int, confidence: float) -> None:
    for name, value in (("bootstrap", bootstrap), ("permutations", permutations)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < FEWEST:
            raise InvalidOptionError(f"{name}: must be a whole number of at least {FEWEST}, got {value!r}")
    if not 0 < confidence < 1:
        raise InvalidOptionError(f"confidence: must lie between 0 and 1, got {confidence}")
    if 1 / (permutations + 1) >= 1 - confidence:
        raise InvalidOptionError(
            f"permutations: {permutations} cannot give a p-value below {1 - confidence:.2g}, so no layer could ever be "
            f"named with confidence={confidence}; at least {int(1 / (1 - confidence)) + 1} are needed"
        )


def _between(
    rows: np.ndarray, columns: np.ndarray, observed: np.ndarray, resampled: np.ndarray, left_out: np.ndarray | None
) -> _Estimates:
    """Cut rows × columns out of the similarities among all; NaN where one of the two is missing (-1)."""
    missing = (rows < 0)[:, None] | (columns < 0)

    def cut(every: np.ndarray) -> np.ndarray:
        return np.where(missing, np.nan, every[..., rows[:, None], columns])

    return cut(observed), cut(resampled), None if left_out is None else cut(left_out)


def _labelled(cast: Cast, matrix: np.ndarray) -> Any:
    import xarray as xr

    return xr.DataArray(matrix, coords={"layer": cast.layers, "region": cast.regions}, dims=("layer", "region"))


def _wins(shape: tuple[int, ...], candidates: Candidates, boots: np.ndarray) -> np.ndarray:
    wins = np.full(shape, np.nan)
    if candidates.groups and candidates.regions:
        winners = assignment.best(candidates.of(boots))
        for place, region in enumerate(candidates.regions):
            for index, group in enumerate(candidates.groups):
                wins[list(group), region] = (winners[:, place] == index).mean()
    return wins


def _ceiling(trials: np.ndarray, criterion: Criterion, seed: int) -> tuple[float, float]:
    if trials.shape[1] < 2:
        return float("nan"), float("nan")
    return noise_ceiling(trials, criterion.measure, criterion.distance, criterion.method, seed)


def _partial(
    cast: Cast, observed: np.ndarray, resampled: np.ndarray, left_out: np.ndarray | None, confidence: float
) -> PartialSimilarity | None:
    if not cast.given:
        return None
    value = partial_similarity(observed, cast.rows, cast.columns, cast.given_rows)
    boots = partial_similarity(resampled, cast.rows, cast.columns, cast.given_rows)
    boots = np.where(np.isnan(value), np.nan, boots)
    without = left_out if left_out is None else partial_similarity(left_out, cast.rows, cast.columns, cast.given_rows)
    low, high = bootstrap_interval(boots, without, confidence)
    return PartialSimilarity(tuple(cast.given), *(_labelled(cast, matrix) for matrix in (value, low, high)))


def _against(cast: Cast, true: _Estimates, null: _Estimates, confidence: float) -> NullComparison:
    without = None if true[2] is None or null[2] is None else true[2] - null[2]
    low, high = bootstrap_interval(true[1] - null[1], without, confidence)
    return NullComparison(*(_labelled(cast, matrix) for matrix in (null[0], true[0] - null[0], low, high)))


def _conclude(
    cast: Cast,
    candidates: Candidates,
    similarity: np.ndarray,
    boots: np.ndarray,
    without: np.ndarray | None,
    corrected: np.ndarray,
    confidence: float,
) -> dict[str, Any]:
    """Name layers where they can be told, and say what counts as one."""
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
        matrix, resampled = candidates.of(similarity), candidates.of(boots)
        chance = candidates.of(corrected) < 1 - confidence
        found = best_minus_runner_up(matrix, resampled, None if without is None else candidates.of(without), confidence)
        enough = 1 - (1 - confidence) / (2 * len(candidates.regions))
        choices = {"best": assignment.best, "one-to-one": assignment.one_to_one, "ordered": assignment.ordered}
        for kind, choose in choices.items():
            assigned = choose(matrix)
            share = assignment.support(assigned, choose(resampled))
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
    return {
        "assignment": named,
        "support": shares,
        "best_minus_runner_up": margins,
        "same_activity": same,
        "notes": tuple(notes),
    }


def _held_out_half(
    cast: Cast, candidates: Candidates, rng: np.random.Generator, threads: int | None
) -> dict[str, dict[str, Any]]:
    """Choose the best layer on half of the stimuli, report its similarity on the other half."""
    half = cast.vectors.stimuli // 2
    if not candidates.groups or not candidates.regions or not cast.vectors.usable(np.ones(half)):
        return {}
    splits = half_draws(cast.vectors.stimuli, SPLITS, rng)
    everything = resampled_similarities(cast.vectors, splits, threads)
    matrices = candidates.of(everything[:, cast.rows[:, None], cast.columns])
    known = ~np.isnan(matrices).any(axis=(1, 2)).reshape(SPLITS, 2).any(axis=1)
    if not known.any():
        return {}
    matrices = matrices[np.repeat(known, 2)]
    chosen = assignment.best(matrices)
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
