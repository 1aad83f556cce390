"""What is asked of the activity: what can be read from it, and which layer goes with which region."""

from typing import Any

import numpy as np

from compare.errors import BiasWarning
from compare.mapping.estimate import mapped
from compare.mapping.naming import Resampling
from compare.measures.named import measure_named
from compare.study.assignment import CONFIDENCE, shares_from
from compare.study.data import images
from compare.study.network import ACTIVITY
from compare.study.nulls import nulls_of, rates
from compare.study.remarks import noted
from compare.study.simulation import REGIONS, RETINA
from compare.study.stage import Workspace
from compare.study.told import verdict_measure
from isocortex.seeds import child_seed

__all__ = ["run_comparison", "run_readout"]


def run_readout(work: Workspace) -> dict[str, Any]:
    """Read the class from pixels, layers and regions, by a cross-validated linear classifier."""
    import compare

    about, data = work.settings.comparison, images(work)
    seed = child_seed(work.seed("comparison"), "readout")
    pixels = data.stimuli.reshape(len(data.stimuli), -1)
    subjects = [("pixels", "pixels", pixels)]
    subjects += [(name, "layer", activity) for name, activity in work.load(ACTIVITY).items()]
    subjects += [(name, "region", counts.mean(axis=1)) for name, counts in work.load(REGIONS).items()]
    rows, chance = [], 0.0
    with work.bar(len(subjects), "readouts") as advance:
        for name, side, activity in subjects:
            score = compare.readout(activity, data.labels, folds=about.folds, seed=seed)
            rows.append({"name": name, "side": side, **{key: score[key] for key in ("accuracy", "low", "high")}})
            chance = score["chance"]
            advance(1)
    return {"readout": {"chance": chance, "folds": about.folds, "rows": rows}}


def run_comparison(work: Workspace) -> dict[str, Any]:
    """Compare every layer, and pixels and retina as baselines, with every region, by every measure."""
    import compare

    about, data = work.settings.comparison, images(work)
    layers = work.load(ACTIVITY)
    # The retina's row is what its encoder sets, before any noise, so that it shares no spike with the regions.
    baselines = {"pixels": data.stimuli.reshape(len(data.stimuli), -1), **work.load(RETINA)}
    given: dict[str, np.ndarray] = {"pixels": baselines["pixels"]}
    if work.settings.data.max_shift:
        given["position"] = data.positions.astype(np.float64)
    order = compare.RegionOrder.from_dict(work.results("brain")["brain"]["order"])
    nulls, told = nulls_of(work)
    threads, areas = work.settings.simulation.threads or None, order.sort(work.load(REGIONS))
    drawing = Resampling(
        about.bootstrap, about.bootstrap, CONFIDENCE, work.seed("comparison"), threads, work.listener.bar,
        places=order.places,
    )  # fmt: skip
    maps, shares = {}, {}
    for measure in about.measures:
        with noted(BiasWarning) as biased:
            found, resampled = mapped(
                {**baselines, **layers}, areas, measure_named(measure), drawing, given, nulls or None, tuple(baselines),
                threads,
            )  # fmt: skip
        maps[measure] = found.to_dict()
        maps[measure]["notes"] = [*biased, *maps[measure]["notes"]]
        if measure == verdict_measure(about.measures):
            shares = shares_from(resampled, about.bootstrap)
    return {"nulls": told, "rates_hz": rates(work), "comparison": maps, **shares}
