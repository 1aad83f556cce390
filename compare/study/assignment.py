"""How sure the assignment is: shares of bootstraps, and single units instead of whole regions."""

from typing import Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.mapping.resampled import Resampled
from compare.mapping.soft import shares_of
from compare.measures.named import name_of
from compare.settings import StudySettings
from compare.study.network import ACTIVITY
from compare.study.recovery import narrowed
from compare.study.simulation import REGIONS
from compare.study.stage import Workspace
from compare.study.told import distinct
from isocortex.seeds import child_seed, generator

__all__ = ["CONFIDENCE", "of_units", "run_units", "shares_from"]


CONFIDENCE = 0.95


def shares_from(resampled: Resampled, bootstrap: int) -> dict[str, Any]:
    """Count which layer each bootstrap of a comparison gives to each region; nothing where nothing varies."""
    try:
        found = shares_of(resampled, CONFIDENCE)
    except InvalidActivityError:
        return {}  # the comparison's own remarks say why
    return {"shares": {"measure": name_of(resampled.measure), "bootstrap": bootstrap, **found.to_dict()}}


def of_units(settings: StudySettings) -> bool:
    """Say whether a study looks at single units."""
    return settings.comparison.units > 0


def run_units(work: Workspace) -> dict[str, Any]:
    """Give each of some units of every region the layer that predicts it best, and the other way round."""
    import compare

    about = work.settings.comparison
    seed = child_seed(work.seed("comparison"), "units")
    layers = {name: narrowed(x, seed) for name, x in distinct(work, work.load(ACTIVITY)).items()}
    regions = {name: some(counts, about.units, seed) for name, counts in work.load(REGIONS).items()}
    regions = {name: counts for name, counts in regions.items() if counts.shape[1]}
    if len(layers) < 2 or len(regions) < 3:
        return {}
    order = compare.RegionOrder.from_dict(work.results("brain")["brain"]["order"])
    found = compare.unit_hierarchy(
        layers,
        regions,
        order=order,
        folds=about.folds,
        layer_units=about.units,
        seed=seed,
        threads=work.settings.simulation.threads or None,
        progress=work.listener.bar,
    )
    return {"units": {"of_each": about.units, "folds": about.folds, **found.to_dict()}}


def some(counts: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Give the mean counts, (stimulus, unit), of some units whose mean count varies over stimuli."""
    means = counts.mean(axis=1)
    varying = np.flatnonzero(np.ptp(means, axis=0) > 0)
    return means[:, np.sort(generator(seed, "units", counts.shape[2]).permutation(varying)[:number])]
