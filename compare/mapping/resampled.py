"""Layers against regions as `map_layers` estimates them, for whoever needs every bootstrap: the same draws by seed."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.checks import check_count, check_share
from compare.errors import BiasWarning
from compare.inference.estimates import Estimate
from compare.inference.resampling import (
    left_out_similarities,
    permuted_similarities,
    resampled_similarities,
    second_order,
)
from compare.inference.subsets import StimulusSubsets
from compare.mapping.candidates import Candidates, find_candidates
from compare.mapping.cast import Cast, baseline_rows, prepare
from compare.measures.measure import Measure
from compare.measures.named import measure_named, name_of
from compare.parallel import Workers
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import generator

__all__ = ["Resampled", "check_resampling", "resampled_matrix"]

FEWEST = 100  # draws below which the tail of a distribution is not to be seen


@dataclass(frozen=True, eq=False)
class Resampled:
    """Every bootstrap of a matrix.

    Parameters
    ----------
    cast : Cast
        Who takes part.
    measure : Measure
        What is measured.
    similarity : Estimate
        (layer, region) as the measure gives it.
    null : numpy.ndarray
        (permutation, layer, region): the regions' stimulus labels permuted.
    candidates : Candidates
        The layers that compete, and the regions that vary.
    rng : numpy.random.Generator
        What was left of the seed.
    """

    cast: Cast
    measure: Measure
    similarity: Estimate
    null: np.ndarray
    candidates: Candidates
    rng: np.random.Generator

    def closer(self, values: np.ndarray) -> np.ndarray:
        """Turn distances round, so that larger is closer."""
        return values if self.measure.greater_is_closer else -values


def resampled_matrix(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: str | Measure,
    *,
    options: Mapping[str, Any],
    baselines: Sequence[str] = (),
    bootstrap: int = 1000,
    permutations: int = 0,
    seed: int = 0,
    threads: int | None = None,
    progress: Any = None,
) -> Resampled:
    """Resample layers against regions over stimuli, from the seed as `map_layers` does.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError, InvalidOptionError
        As `map_layers`.
    """
    from threadpoolctl import threadpool_limits

    chosen = measure_named(measure, **options)
    with (
        threadpool_limits(limits=1, user_api="blas"),
        warnings.catch_warnings(),
        progress_bar(bootstrap + permutations, "resampling", progress) as advance,
    ):
        cast = prepare(network, regions, chosen, None, None, threads)
        outside = baseline_rows(baselines, cast.layers)
        rng = generator(seed, "map_layers", name_of(chosen))
        warnings.simplefilter("ignore", BiasWarning)  # said once, below
        among, null, _ = resampled_among(cast, bootstrap, permutations, rng, threads, advance)
    if cast.bias:
        warnings.warn(cast.bias, BiasWarning, stacklevel=3)
    similarity = among.map(lambda every: every[..., cast.rows[:, None], cast.columns])
    alike = cast.subjects.alike()
    sign = 1 if chosen.greater_is_closer else -1
    candidates = find_candidates(
        sign * similarity.value,
        sign * similarity.resampled,
        None if alike is None else alike[np.ix_(cast.rows, cast.rows)],
        outside,
    )
    return Resampled(cast, chosen, similarity, null, candidates, rng)


def resampled_among(
    cast: Cast, bootstrap: int, permutations: int, rng: np.random.Generator, workers: Workers, advance: Advance | None
) -> tuple[Estimate, np.ndarray, np.ndarray]:
    """Estimate the similarities among all subjects; give those of layers and permuted regions, and the draws too."""
    subjects = cast.subjects
    observed = subjects.similarity()
    chosen = subjects.draws(bootstrap, rng)
    draws = resampled_similarities(subjects, chosen, workers, advance)
    settled = subjects.settled(draws, observed)
    if isinstance(subjects, StimulusSubsets):
        second = None if subjects.by_chance else second_order(subjects, observed, rng.spawn(1)[0], workers)
        halves_of = subjects.stimuli if subjects.in_halves else 0
        estimate = Estimate(observed, settled, second=second, halves_of=halves_of)
    else:
        estimate = Estimate(observed, settled, left_out_similarities(subjects, rng, workers))
    null = permuted_similarities(subjects, cast.rows, cast.columns, permutations, rng, workers, advance)
    return estimate, null, chosen


def check_resampling(bootstrap: Any, confidence: float, permutations: Any = FEWEST) -> None:
    """Refuse numbers of draws, and confidences, that cannot be used.

    Raises
    ------
    InvalidOptionError
        If they cannot.
    """
    for name, value in (("bootstrap", bootstrap), ("permutations", permutations)):
        check_count(name, value, FEWEST)
    check_share("confidence", confidence)
