"""A brain seen from above: its table, its memory."""

import math

import numpy as np

from brainsim.brain import Brain, Pathway
from brainsim.distributions import Distribution
from brainsim.engine.lookups import waiting_pays
from brainsim.lower import WIDEST as KEPT_BEYOND
from brainsim.parts import Population
from brainsim.synaptic import Synaptic, is_shared
from brainsim.wiring.grid import Convolution
from brainsim.wiring.pairs import FromPairs

__all__ = ["built_bytes", "summary"]

# Bytes of each, as the engine stores them. Drawn weights have half of a given one's; drawn delays are not kept, unless
# many differ.
POINTER, TARGET, WEIGHT, DELAY, STATE, PLACE, LAG = 8, 4, 8, 1, 8, 4, 2
SPREAD = 64  # different delays of a source's synapses where distances make them, in most brains fewer
STEP = 0.1  # ms; a brain is built for a step, which this does not know: the one that is used by default
WIDEST = 6.2  # standard deviations that 32 random bits reach
FEW = 12  # synapses of a source, up to which a convolution is listed


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
                    _layout(population),
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
    for projection in brain.projections:
        if projection.learning:
            lines.append(f"{projection.label}: {', '.join(projection.learning)}")
    return "\n".join([total, *lines])


def _layout(population: Population) -> str:
    """Write how many units there are along each axis, and where they lie."""
    grid = " x ".join(map(str, population.grid))
    if population.spacing is not None:
        return f"{grid}, {population.spacing:g} mm apart"
    return grid if population.positions is None else f"{grid}, placed"


def built_bytes(brain: Brain) -> int:
    """Estimate the bytes of the built brain; see :meth:`Brain.memory`."""
    state = 0
    for name, population in brain.populations.items():
        model = population.model
        own = vars(model).values()
        drawn = sum(isinstance(value, (np.ndarray, Distribution)) for value in (*own, *population.initial.values()))
        state += STATE * (len(brain.state_units(name)) + drawn) * population.units
    return state + sum(_pathway_bytes(pathway) for pathway in brain.pathways)


def _pathway_bytes(pathway: Pathway) -> int:
    """Estimate what a pathway keeps: synapses as they were wired, and as they are delivered where that differs."""
    projection, wiring, sources = pathway.projection, pathway.projection.wiring, pathway.ends.sources
    synapses = pathway.synapses
    learns = projection.plasticity is not None
    plain = not learns and projection.short_term is None
    shared = is_shared(projection.weight) and is_shared(projection.delay)
    banked = isinstance(wiring, Convolution) and shared and not learns
    if isinstance(wiring, Convolution) and banked and plain and synapses > FEW * sources:
        return int(wiring.bank.nbytes)
    listed = isinstance(projection.weight, np.ndarray) or wiring.factors != (1.0, 1.0)
    drawn = isinstance(projection.weight, Distribution) and not listed
    late = not learns and (wiring.is_drawn_late or banked)
    given = (0 if late or wiring.is_listed else TARGET) + (WEIGHT if listed and not banked else 0)
    kinds, longest = _delays(projection.delay)
    if wiring.delayed:
        more, later = _delays(wiring.delays) if isinstance(wiring, FromPairs) else (SPREAD, SPREAD)
        kinds, longest = kinds + more, longest + later
    kept = isinstance(projection.delay, np.ndarray) or wiring.delayed or kinds > KEPT_BEYOND
    given += (DELAY if longest < 256 else 2 * DELAY) if kept else 0
    waits = plain and waiting_pays(sources, int(synapses), kinds, longest)
    rows = POINTER * (sources + 1) + PLACE * sources * (1 if waits else kinds)
    if not plain:
        # Sorted, with each synapse's number in order of creation; those that learn have weights of their own, and the
        # way back from their targets.
        given += TARGET + POINTER + (WEIGHT if learns or listed or drawn else 0) + (2 * TARGET if learns else 0)
        rows += PLACE * sources * kinds
    elif late or drawn or kinds > 1:
        given += TARGET + (WEIGHT if listed else WEIGHT // 2 if drawn else 0) + (LAG if waits else 0)
    return int(synapses * given) + rows


def _delays(delay: Synaptic) -> tuple[int, int]:
    """Give about how many different delays there are, and the longest, in steps of 0.1 ms."""
    if isinstance(delay, np.ndarray):
        steps = np.unique(np.rint(delay / STEP))
        return max(len(steps), 2), int(steps[-1]) if len(steps) else 1
    if not isinstance(delay, Distribution):
        return 1, int(delay / STEP) + 1
    shape, location, spread = delay.standard
    reach = (0, spread) if shape == "uniform" else (-WIDEST * spread, WIDEST * spread)
    low, high = (location + one for one in reach)
    if shape == "lognormal":
        low, high = math.exp(low), math.exp(min(high, 20.0))
    least, most = delay.support
    shortest, longest = max(low, least), min(high, most)
    return max(int((longest - shortest) / STEP) + 1, 2), int(longest / STEP) + 1
