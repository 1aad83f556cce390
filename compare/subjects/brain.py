"""A brain that is simulated, or the recording of one: spike counts of its regions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.subjects.checks import needed_stimuli
from compare.subjects.source import Source

__all__ = ["brain_source", "counts_source"]


def brain_source(
    brain: Any, stimuli: Any, names: tuple[str, ...] | None, excitatory: bool, simulation: dict[str, Any]
) -> Source:
    """Give the regions of a `brainsim.Brain` before some stimuli at a time.

    Each stimulus keeps its number as its id, on which alone the noise of its trials depends: the counts are those of
    all stimuli at once.

    Raises
    ------
    InvalidActivityError
        If there are no stimuli.
    """
    by_region = isinstance(needed_stimuli(stimuli), Mapping)
    count = len(next(iter(stimuli.values()), ())) if by_region else len(stimuli)

    def rows(start: int, stop: int) -> dict[str, np.ndarray]:
        import brainsim

        shown = {name: part[start:stop] for name, part in stimuli.items()} if by_region else stimuli[start:stop]
        settings = {"keep": "counts", "stimulus_ids": range(start, stop), **simulation}
        return _by_region(brainsim.simulate(brain, shown, **settings), brain if excitatory else None)

    return Source("brain", count, rows, step=count, names=names)


def counts_source(recording: Any, names: tuple[str, ...] | None) -> Source:
    """Give the regions of a `brainsim.Recording`, all populations of each."""
    regions = _by_region(recording)
    return Source(
        "brain",
        len(next(iter(regions.values()), ())),
        lambda start, stop: {region: counts[start:stop] for region, counts in regions.items()},
        names=names,
        kept=True,
    )


def _by_region(recording: Any, brain: Any = None) -> dict[str, np.ndarray]:
    """Put the counts of each region's populations side by side."""
    chosen: dict[str, list[Any]] = {}
    counts = recording.counts()
    for population in counts:
        chosen.setdefault(str(population).split(".")[0], []).append(population)
    result = {}
    for region, populations in chosen.items():
        kept = _excitatory(brain, region, populations) or populations
        result[region] = np.concatenate([np.asarray(counts[population]) for population in kept], axis=-1)
    return result


def _excitatory(brain: Any, region: str, populations: list[Any]) -> list[Any]:
    if brain is None:
        return []
    units = set(brain.units(region, excitatory=True))
    return [population for population in populations if population in units]
