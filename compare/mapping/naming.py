"""Which layer is named for which region: the resampling of a matrix, and what follows from it."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.errors import BiasWarning, InvalidOptionError
from compare.inference.estimates import Estimate
from compare.inference.intervals import max_statistic_p
from compare.inference.units import unit_similarities
from compare.mapping.candidates import Candidates, find_candidates
from compare.mapping.cast import Cast, baseline_rows, prepare
from compare.mapping.conclusions import Conclusions, conclude
from compare.mapping.resampled import FEWEST, check_resampling, resampled_among
from compare.measures.measure import Measure
from compare.measures.named import name_of
from compare.parallel import Workers
from isocortex.progress import progress_bar
from isocortex.seeds import generator

__all__ = ["Naming", "Resampling", "between", "name_layers", "naming", "resample"]


@dataclass(frozen=True)
class Resampling:
    """How often and from which seed stimuli are drawn anew, by whom, and the places of regions.

    Raises
    ------
    InvalidOptionError
        If the numbers are too small to name a layer.
    """

    bootstrap: int
    permutations: int
    confidence: float
    seed: int
    workers: Workers
    progress: Any = None
    generalise: str = "stimuli"
    fdr: str = "bh"
    places: dict[str, float] | None = None

    def __post_init__(self) -> None:
        check_resampling(self.bootstrap, self.confidence, self.permutations)
        if 1 / (self.permutations + 1) >= 1 - self.confidence:
            raise InvalidOptionError(
                f"permutations: {self.permutations} cannot give a p-value below {1 - self.confidence:.2g}, so no layer "
                f"could ever be named with confidence={self.confidence}; at least {int(1 / (1 - self.confidence)) + 1} "
                "are needed"
            )


@dataclass(frozen=True, eq=False)
class Naming:
    """Which layers are named, and all that was drawn to tell.

    Parameters
    ----------
    among, similarity : Estimate
        (subject, subject) of everybody, and (layer, region), as the measure gives them.
    corrected, uncorrected : numpy.ndarray
        (layer, region): p-values.
    null : numpy.ndarray
        (permutation, layer, region): similarities with the regions' stimulus labels permuted.
    sound : Estimate
        (layer, region), larger is closer: the bootstraps in which everything varies.
    candidates : Candidates
        The layers that compete, and the regions that vary.
    conclusions : Conclusions
        What is said of it.
    """

    among: Estimate
    similarity: Estimate
    corrected: np.ndarray
    uncorrected: np.ndarray
    null: np.ndarray
    sound: Estimate
    candidates: Candidates
    conclusions: Conclusions


def name_layers(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: Measure,
    about: Resampling,
    baselines: Sequence[str] = (),
) -> Conclusions:
    """Say which layer goes with which region, as `map_layers` does and from the same draws, and nothing besides.

    Parameters
    ----------
    network, regions, measure, baselines
        As in `map_layers`.
    about : Resampling
        How it is drawn.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError, MemoryLimitError, InvalidOptionError
        As `map_layers`.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        cast = prepare(network, regions, measure, None, None, about.workers if isinstance(about.workers, int) else None)
        rng = generator(about.seed, "map_layers", name_of(measure))
        return naming(cast, measure, baseline_rows(baselines, cast.layers), about, rng).conclusions


def naming(
    cast: Cast, measure: Measure, competing_not: set[int], about: Resampling, rng: np.random.Generator
) -> Naming:
    """Resample similarities, and name the layers that can be told; `rng` is where `about.seed` has come to."""
    among, null = resample(cast, about, rng)
    similarity = between(among, cast.rows, cast.columns)
    closeness, closer_null = _closeness(similarity, null, measure)
    corrected, uncorrected = max_statistic_p(closeness.value, closer_null)
    alike = cast.subjects.alike()
    candidates = find_candidates(
        closeness.value,
        closeness.resampled,
        None if alike is None else alike[np.ix_(cast.rows, cast.rows)],
        competing_not,
    )
    # A bootstrap in which something does not vary at all says nothing about which layer is best.
    sound = closeness.where(lambda draws: ~np.isnan(candidates.of(draws)).any(axis=(1, 2)))
    if len(sound.draws) < FEWEST / 2:
        candidates = Candidates((), ())
    conclusions = conclude(cast, candidates, sound, corrected, about.confidence)
    return Naming(among, similarity, corrected, uncorrected, null, sound, candidates, conclusions)


def resample(cast: Cast, about: Resampling, rng: np.random.Generator) -> tuple[Estimate, np.ndarray]:
    """Estimate the similarities among all subjects, and give those of layers and permuted regions."""
    workers = about.workers
    crossed = about.generalise == "stimuli and units"
    total = about.bootstrap * (1 + crossed) + about.permutations
    with progress_bar(total, "resampling", about.progress) as advance, warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)  # said once, of all subjects
        estimate, null, chosen = resampled_among(cast, about.bootstrap, about.permutations, rng, workers, advance)
        if crossed:
            units, both = unit_similarities(cast.with_units(), chosen, about.seed, workers, advance)
            estimate = replace(estimate, units=units, both=both)
    return estimate, null


def _closeness(similarity: Estimate, null: np.ndarray, measure: Measure) -> tuple[Estimate, np.ndarray]:
    """Give the similarities themselves, or by how much distances fall short of the mean distance of unrelated ones."""
    if measure.greater_is_closer:
        return similarity, null
    known = null[np.isfinite(null)]
    chance = known.mean() if known.size else 0.0
    return similarity.map(lambda distance: chance - distance), chance - null


def between(among: Estimate, rows: np.ndarray, columns: np.ndarray) -> Estimate:
    """Cut rows × columns out of what is estimated among all; NaN where one of the two is missing (-1)."""
    missing = (rows < 0)[:, None] | (columns < 0)
    return among.map(lambda every: np.where(missing, np.nan, every[..., rows[:, None], columns]))
