"""A brain seen from above: its table, its memory."""

from brainsim.brain import Brain, Pathway
from brainsim.neurons import Poisson
from brainsim.synaptic import is_shared
from brainsim.wiring.grid import Convolution

__all__ = ["built_bytes", "summary"]

POINTER, TARGET, WEIGHT, DELAY, STATE = 8, 4, 8, 4, 8  # bytes of each, as the engine stores them


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
        variables = 0 if isinstance(population.model, Poisson) else 2 + len(brain.receptors[name])
        state += STATE * variables * population.units
    return state + sum(_pathway_bytes(pathway) for pathway in brain.pathways)


def _pathway_bytes(pathway: Pathway) -> int:
    projection = pathway.projection
    wiring = projection.wiring
    own_delay = not is_shared(projection.delay) or wiring.delayed
    own_weight = not is_shared(projection.weight) or wiring.factors != (1.0, 1.0)
    if isinstance(wiring, Convolution) and not own_delay and is_shared(projection.weight):
        return int(wiring.bank.nbytes)
    synapse = TARGET + (WEIGHT if own_weight else 0) + (DELAY if own_delay else 0)
    return int(pathway.synapses * synapse) + POINTER * (pathway.ends.sources + 1)
