"""A brain whose weights stand at other synapses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import NullError
from compare.nulls.pathways import chosen, with_pathways
from isocortex.seeds import generator

if TYPE_CHECKING:
    from brainsim import Brain, Projection
    from brainsim.brain import Pathway

__all__ = ["shuffled_weights"]


def shuffled_weights(brain: "Brain", seed: int = 0, *, projections: Sequence[str] | None = None) -> "Brain":
    """Give the brain with the weights of each projection permuted among its synapses.

    Of a convolution the entries of the bank are permuted that are not 0, so that all positions still share their
    filters. Of listed wirings (a matrix, pairs, a graph), and of weights given synapse by synapse, the synapses' own.

    *Keeps*: who meets whom, so degrees, topography, shared filters; delays; each projection's weights as a set.
    *Destroys*: which synapse has which weight, so what was learned, tuning, and the weight that single units send and
    receive.

    Parameters
    ----------
    brain : brainsim.Brain
        The brain.
    seed : int
        Of the permutations.
    projections : sequence of str, optional
        Names of the projections, as ``brainsim.Simulation.weights`` takes them; all by default. Those whose synapses
        all weigh the same, or draw their weights from a distribution anyhow, stay as they are.

    Raises
    ------
    NullError
        If all of them do.
    InvalidOptionError
        If a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from brainsim import LIF, AMPA, Brain, Population, Projection, Region, wiring
    >>> region, matrix = Region("c", [Population("E", LIF(), size=3)]), np.arange(9.0).reshape(3, 3)
    >>> brain = Brain("b", [region], [Projection("c.E", "c.E", wiring.from_matrix(matrix), AMPA())])
    >>> sorted(shuffled_weights(brain).pathways[0].connect().factors.tolist())
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    """
    changed: dict[int, Projection] = {}
    asked = chosen(brain, projections)
    for number, name in asked.items():
        found = _permuted(brain.pathways[number], generator(seed, "shuffled weights", name))
        if found is not None:
            changed[number] = found
    if not changed:
        raise NullError(
            f"brain {brain.name!r}: all synapses of {', '.join(asked.values()) or 'no projection'} weigh the same, or "
            "what is drawn from a distribution; take rewired, or another seed of the brain, as the null"
        )
    return with_pathways(brain, changed, "weights shuffled")


def _permuted(pathway: "Pathway", rng: np.random.Generator) -> "Projection | None":
    """Permute the weights of a projection onto one target; None if they do not differ."""
    projection: Any = pathway.projection
    changes: dict[str, Any] = {}
    if isinstance(projection.weight, np.ndarray) and np.ptp(projection.weight) > 0:
        changes["weight"] = rng.permutation(projection.weight)
    low, high = projection.wiring.factors
    if low != high:
        changes["wiring"] = _rule(pathway, rng)
    return replace(projection, target=(pathway.target,), **changes) if changes else None


def _rule(pathway: "Pathway", rng: np.random.Generator) -> Any:
    from brainsim import wiring

    rule: Any = pathway.projection.wiring
    if isinstance(rule, wiring.convolution):
        bank = rule.bank.copy()
        bank[bank != 0] = rng.permutation(bank[bank != 0])
        return wiring.convolution(bank, rule.stride, rule.padding)
    wired = pathway.connect()
    factors = None if wired.factors is None else rng.permutation(wired.factors)
    shape = (pathway.ends.sources, pathway.ends.targets)
    return wiring.from_pairs(wired.sources, wired.targets, factors, wired.delays, shape)
