"""A brain whose synapses lead elsewhere, each unit with as many as before."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import InvalidOptionError, NullError, NullWarning
from compare.nulls.pathways import chosen, with_pathways
from isocortex.seeds import generator

if TYPE_CHECKING:
    from brainsim import Brain, Projection
    from brainsim.brain import Pathway

__all__ = ["rewired"]

AT_A_TIME = 2**20


def rewired(brain: "Brain", seed: int = 0, *, projections: Sequence[str] | None = None, swaps: float = 10.0) -> "Brain":
    """Give the brain with its synapses led elsewhere at random, each unit keeping its in- and out-degree.

    Pairs of synapses of one projection exchange their targets (Maslov and Sneppen 2002, doi:10.1126/science.1065103),
    so in every projection every unit sends as many synapses, and receives as many, as before. A synapse keeps its
    source, weight and delay.

    *Keeps*: populations, drives, stimuli; each projection's in- and out-degrees, weights, delays, the weight that each
    unit sends; no autapses or multapses where there were none. *Destroys*: who meets whom, so topography, filters,
    motifs, and which weight meets which input.

    Parameters
    ----------
    brain : brainsim.Brain
        The brain.
    seed : int
        Of the exchanges.
    projections : sequence of str, optional
        Names of the projections to rewire, as ``brainsim.Simulation.weights`` takes them; all by default.
    swaps : float
        Tried exchanges a synapse.

    Returns
    -------
    brainsim.Brain
        With every synapse of these projections listed; what shared its filters takes more memory.

    Raises
    ------
    NullError
        If no projection can be wired otherwise, as where all units meet all.
    InvalidOptionError
        If a name is unknown, or `swaps` is no positive number.

    Warns
    -----
    NullWarning
        Names the projections that stay as they are, for no other wiring has their degrees.

    Notes
    -----
    The chain of exchanges visits all wirings of the same degrees alike where autapses may occur, or source and target
    differ. Within a population without autapses some wirings of special degrees are out of its reach. Where a
    projection allows multapses already, the exchanges do too.

    Examples
    --------
    >>> import brainsim
    >>> from brainsim import LIF, Delta, Population, Projection, Region, wiring
    >>> region, rule = Region("c", [Population("E", LIF(), size=50)]), wiring.fixed_indegree(5, multapses=False)
    >>> brain = brainsim.Brain("b", [region], [Projection("c.E", "c.E", rule, Delta())])
    >>> before, after = brain.pathways[0].connect(), rewired(brain, seed=1).pathways[0].connect()
    >>> bool((before.indptr == after.indptr).all()), bool((before.targets == after.targets).all())
    (True, False)
    """
    if isinstance(swaps, bool) or not isinstance(swaps, (int, float)) or not 0 < swaps < np.inf:
        raise InvalidOptionError(f"swaps: must be a positive number, got {swaps!r}")
    changed: dict[int, Projection] = {}
    fixed = []
    for number, name in chosen(brain, projections).items():
        found = _exchanged(brain.pathways[number], generator(seed, "rewired", name), swaps)
        if found is None:
            fixed.append(name)
        else:
            changed[number] = found
    if not changed:
        raise NullError(
            f"brain {brain.name!r}: no other wiring has the degrees of {', '.join(fixed) or 'no projection'}; "
            "take shuffled_weights as the null"
        )
    if fixed:
        warnings.warn(
            f"rewired: no other wiring has the degrees of {', '.join(fixed)}, so there it stays; shuffled_weights "
            "changes what their synapses weigh",
            NullWarning,
            stacklevel=2,
        )
    return with_pathways(brain, changed, "rewired")


def _exchanged(pathway: "Pathway", rng: np.random.Generator, swaps: float) -> "Projection | None":
    """Rewire a projection onto one target; None if nothing could be exchanged."""
    from brainsim import wiring
    from compare.nulls._swaps import exchange

    wired = pathway.connect()
    if not wired.synapses:
        return None
    sources, targets = wired.sources.astype(np.int64), wired.targets.astype(np.int64)
    pairs = sources * pathway.ends.targets + targets
    multapses = len(np.unique(pairs)) < len(pairs)
    autapses = not pathway.ends.recurrent or bool((sources == targets).any())
    left, done = int(np.ceil(swaps * wired.synapses)), 0
    while left:
        drawn = rng.integers(wired.synapses, size=(2, min(left, AT_A_TIME)))
        done += exchange(wired.indptr, sources, targets, drawn[0], drawn[1], autapses, multapses)
        left -= drawn.shape[1]
    if not done:
        return None
    shape = (pathway.ends.sources, pathway.ends.targets)
    rule = wiring.from_pairs(sources, targets, wired.factors, wired.delays, shape)
    return replace(pathway.projection, target=(pathway.target,), wiring=rule)
