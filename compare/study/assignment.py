"""How sure the assignment is: shares of bootstraps, and single units instead of whole regions."""

from typing import Any

import numpy as np

from compare.errors import BiasWarning
from compare.settings import StudySettings
from compare.study.data import images
from compare.study.network import ACTIVITY
from compare.study.recovery import narrowed
from compare.study.remarks import noted
from compare.study.simulation import REGIONS, RETINA
from compare.study.stage import Workspace
from compare.study.told import distinct, verdict_measure
from isocortex.seeds import child_seed, generator

__all__ = ["of_units", "run_shares", "run_units"]


PERMUTATIONS = 200  # that p-values of shares need; the comparison's own are finer


def run_shares(work: Workspace) -> dict[str, Any]:
    """Count which layer each bootstrap gives to each region, by the measure that the verdict rests on."""
    import compare

    about = work.settings.comparison
    measure = verdict_measure(about.measures)
    baselines = {"pixels": images(work).stimuli.reshape(work.settings.data.stimuli, -1), **work.load(RETINA)}
    with noted(BiasWarning):  # the comparison has told it
        found = compare.soft_assignment(
            {**baselines, **work.load(ACTIVITY)},
            work.load(REGIONS),
            measure,
            order=compare.RegionOrder.from_dict(work.results("brain")["brain"]["order"]),
            baselines=tuple(baselines),
            bootstrap=about.bootstrap,
            permutations=min(about.bootstrap, PERMUTATIONS),
            seed=work.seed("comparison"),
            threads=work.settings.simulation.threads or None,
            progress=work.listener.bar,
        )
    return {"shares": {"measure": measure, "bootstrap": about.bootstrap, **found.to_dict()}}


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
