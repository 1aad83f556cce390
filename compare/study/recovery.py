"""Whether the claim was possible: each layer is planted as a region, and it is counted how often it would be named."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.errors import BiasWarning
from compare.study.network import ACTIVITY
from compare.study.remarks import noted
from compare.study.simulation import REGIONS
from compare.study.stage import Workspace
from isocortex.seeds import child_seed, generator

__all__ = ["noisiest", "run_recovery"]

UNITS = 1000  # of a synthetic region at most; more only cost time
WIDTH = 2000  # units of a layer at most, for the same reason: both what is planted and what it is sought among
SHARES = (2, 1)  # of the stimuli: half, all
RESAMPLINGS = 100


def run_recovery(work: Workspace) -> dict[str, Any]:
    """Plant every layer as a region as noisy as the noisiest of the brain, with fewer stimuli and with all."""
    import compare

    about = work.settings.comparison
    if not about.recovery:
        return {}
    seed = child_seed(work.seed("comparison"), "recovery")
    layers = {name: narrowed(activity, seed) for name, activity in work.load(ACTIVITY).items()}
    name, trials = noisiest(work.load(REGIONS), seed)
    if name is None or len(layers) < 2:
        return {}
    stimuli = len(trials)
    shown = sorted({max(stimuli // share, 8) for share in SHARES})
    with noted(BiasWarning):  # the comparison has told it
        found = compare.recover_layers(
            layers,
            trials,
            stimuli=shown,
            trials=trials.shape[1],
            repetitions=about.recovery,
            measure=about.measures[0],
            bootstrap=RESAMPLINGS,
            permutations=RESAMPLINGS,
            seed=seed,
            threads=work.settings.simulation.threads or None,
            progress=work.listener.bar,
        )
    return {"recovery": {"region": name, "measure": about.measures[0], "named": found.named.values, **found.to_dict()}}


def narrowed(activity: np.ndarray, seed: int) -> np.ndarray:
    """Give some units of a layer; layers of one width give the same ones, so that equal layers stay equal."""
    flat = activity.reshape(len(activity), -1)
    return flat[:, np.sort(generator(seed, "width", flat.shape[1]).permutation(flat.shape[1])[:WIDTH])]


def noisiest(regions: Mapping[str, np.ndarray], seed: int) -> tuple[str | None, np.ndarray]:
    """Give the region whose units are least reliable, of those that are reliable at all, and some of its units.

    Parameters
    ----------
    regions : mapping of str to numpy.ndarray
        Region -> (stimulus, trial, unit).
    seed : int
        Of the choice of units.

    Returns
    -------
    (str or None, numpy.ndarray)
        Its name and (stimulus, trial, unit); None where no region has a reliable unit.
    """
    import compare

    lowest, name, chosen = np.inf, None, np.empty((0, 0, 0))
    for region, counts in regions.items():
        some = generator(seed, "units", region).permutation(counts.shape[2])[: 2 * UNITS]
        few = counts[:, :, some]
        share = np.nan_to_num(compare.reliability(few, splits=2, seed=seed).values, nan=-1.0)
        usable = few[:, :, share > -1.0][:, :, :UNITS]
        mean = float(np.maximum(share[share > -1.0], 0.0).mean()) if (share > 0).any() else 0.0
        if 0 < mean < lowest:
            lowest, name, chosen = mean, region, usable
    return name, chosen
