"""Time: how similar each layer is to each region from moment to moment."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.settings import StudySettings
from compare.study.network import ACTIVITY
from compare.study.stage import Workspace
from compare.study.told import distinct
from isocortex.seeds import child_seed

if TYPE_CHECKING:
    from brainsim import Brain, Recording

__all__ = ["MOMENTS", "counts_over_time", "over_time", "run_moments"]

MOMENTS = "activity/moments.npz"
MEASURE = "cka"  # debiased, so moments with few spikes are not taken for similar
RESAMPLINGS = 200
PARTS = ("similarity", "low", "high", "p_value", "peak_latency", "peak_low", "peak_high")
SCORE = {"value": "", "low": "_low", "high": "_high", "p_value": "_p"}


def over_time(settings: StudySettings) -> bool:
    """Say whether a study looks at moments: at least two of them in a trial."""
    return 0 < 2 * settings.comparison.bin <= settings.simulation.duration


def counts_over_time(settings: StudySettings, subject: "Brain", recording: "Recording") -> dict[str, np.ndarray]:
    """Give the counts of each region's excitatory units in bins: region -> (stimulus, unit, time), and ``times_ms``.

    The bin is that of the settings, brought to a whole number of time steps.
    """
    dt = settings.simulation.dt
    width = max(round(settings.comparison.bin / dt), 1) * dt
    found: dict[str, np.ndarray] = {}
    for region in subject.regions:
        names = subject.units(region.name) or subject.units(region.name, excitatory=None)
        tables = recording.binned(width, names)
        together = np.concatenate([tables[name].values[:, 0] for name in names], axis=2)  # (stimulus, time, unit)
        counts = together.transpose(0, 2, 1)
        found[f"region/{region.name}"] = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
        found["times_ms"] = tables[names[0]]["time"].values + width / 2
    return found


def run_moments(work: Workspace) -> dict[str, Any]:
    """Compare every layer with every region at every moment, over the stimuli of which spikes were kept."""
    import compare

    stored = work.load(MOMENTS)
    chosen, times = stored["stimuli"], stored["times_ms"]
    layers = {name: x[chosen] for name, x in distinct(work, work.load(ACTIVITY)).items()}
    seed = child_seed(work.seed("comparison"), "moments")
    regions = [name.partition("/")[2] for name in stored if name.startswith("region/")]
    found = {}
    with work.bar(len(regions), "moments") as advance:
        for region in regions:
            counts = stored[f"region/{region}"]
            if counts.any():
                found[region] = compare.time_courses(
                    layers, counts[:, None], times, MEASURE, bootstrap=RESAMPLINGS, permutations=RESAMPLINGS,
                    seed=child_seed(seed, region), threads=work.settings.simulation.threads or None,
                )  # fmt: skip
            advance(1)
    if not found:
        return {}
    first = next(iter(found.values()))
    return {
        "moments": {
            "measure": MEASURE,
            "label": first.attrs["measure"],
            "stimuli": len(chosen),
            "trials": 1,
            "bin_ms": float(np.diff(times)[0]),
            "times_ms": times.tolist(),
            "layers": first["layer"].values.tolist(),
            "bootstrap": RESAMPLINGS,
            "permutations": RESAMPLINGS,
            "regions": {
                region: {name: table[name].values.tolist() for name in PARTS}
                | {"hierarchy": {part: float(table[f"latency_hierarchy{end}"]) for part, end in SCORE.items()}}
                for region, table in found.items()
            },
        }
    }
