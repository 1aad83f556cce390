"""A brain seen from above: its table, its memory."""

import numpy as np

from brainsim.brain import Brain, Pathway
from brainsim.neurons import Source
from brainsim.synaptic import is_shared
from brainsim.wiring.grid import Convolution

__all__ = ["built_bytes", "summary"]

# Bytes of each, as the engine stores them. Drawn weights have half of a given one's; drawn delays are not kept.
POINTER, TARGET, WEIGHT, DELAY, STATE, PLACE = 8, 4, 8, 1, 8, 4
SPREAD = 64  # different delays of a source's synapses, in most brains fewer


def summary(brain: Brain) -> str:
    """Describe the brain in a table; see :meth:`Brain.summary`."""
    arriving = dict.fromkeys(brain.populations, 0.0)
    for pathway in brain.pathways:
        arriving[pathway.target] += pathway.synapses
    rows = [("population", "model", "shape", "units", "", "synapses in")]
    for region in brain.regions:
        for population in region.populations:
            name = f"{region.name}.{population.name}"
            rows.append(
                (
                    name,
                    type(population.model).__name__,
                    " x ".join(map(str, population.grid)),
                    f"{population.units:,}",
                    "excitatory" if brain.is_excitatory(name) else "inhibitory",
                    f"{round(arriving[name]):,}",
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    units = sum(population.units for population in brain.populations.values())
    total = (
        f"{brain.name}: {len(brain.regions)} regions, {units:,} units, {round(sum(arriving.values())):,} synapses, "
        f"about {built_bytes(brain) / 2**20:.1f} MiB"
    )
    return "\n".join([total, *lines])


def built_bytes(brain: Brain) -> int:
    """Estimate the bytes of the built brain; see :meth:`Brain.memory`."""
    state = 0
    for name, population in brain.populations.items():
        variables = 0 if isinstance(population.model, Source) else 2 + len(brain.receptors[name])
        state += STATE * variables * population.units
    return state + sum(_pathway_bytes(pathway) for pathway in brain.pathways)


def _pathway_bytes(pathway: Pathway) -> int:
    """Estimate what a pathway keeps: synapses as they were wired, and as they are delivered where that differs."""
    projection = pathway.projection
    wiring = projection.wiring
    own_delay = not is_shared(projection.delay) or wiring.delayed
    own_weight = not is_shared(projection.weight)
    if isinstance(wiring, Convolution) and not own_delay and not own_weight:
        return int(wiring.bank.nbytes)
    rows = POINTER * (pathway.ends.sources + 1)
    listed = isinstance(projection.weight, np.ndarray) or wiring.factors != (1.0, 1.0)
    weight = WEIGHT if listed else WEIGHT // 2 if own_weight else 0
    given = (0 if wiring.is_drawn_late else TARGET) + (WEIGHT if listed else 0)
    given += DELAY if isinstance(projection.delay, np.ndarray) or wiring.delayed else 0
    delivered = 0
    if own_delay or own_weight or wiring.is_drawn_late:
        delivered = TARGET + weight
        rows += PLACE * pathway.ends.sources * (SPREAD if own_delay else 1)
    return int(pathway.synapses * (given + delivered)) + rows
