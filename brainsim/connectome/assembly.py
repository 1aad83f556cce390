"""A brain from a connectome: every area a region after a template, tracts as projections between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from brainsim import wiring
from brainsim.brain import Brain
from brainsim.connectome.matrices import Connectome
from brainsim.distributions import Normal
from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.parts import Projection
from brainsim.receptors import AMPA, Receptor
from brainsim.units import number
from brainsim.wiring.rule import Rule, count

__all__ = ["VELOCITY", "Strength", "build", "by_indegree", "by_weight"]

# mm/ms; Girard, Hupe and Bullier 2001 (doi:10.1152/jn.2001.85.3.1328), as the multi-area model has it (Schmidt et al.
# 2018, doi:10.1007/s00429-017-1554-4).
VELOCITY = 3.5

# From a connectome's weight to a wiring rule and the weight of a synapse; None where nothing shall be.
Strength = Callable[[float], tuple[Rule, Any] | None]


def by_weight(scale: float, rule: Rule) -> Strength:
    """Let the weight of each synapse be the connectome's weight times `scale`; wired by the same rule everywhere.

    Parameters
    ----------
    scale : float
        In the receptor's unit for a connectome's weight of 1.
    rule : Rule
        Such as ``wiring.fixed_indegree(10)``.

    Examples
    --------
    >>> by_weight(20.0, wiring.fixed_indegree(10))(0.25)
    (FixedIndegree(k=10, autapses=True, multapses=True), 5.0)
    """
    if not isinstance(rule, Rule):
        raise KindError(f"by_weight.rule: must come from brainsim.wiring, got {rule!r}")
    return lambda weight: (rule, scale * weight)


def by_indegree(total: int, weight: Any) -> Strength:
    """Let the number of synapses be the connectome's weight times `total`; all synapses weigh the same.

    With weights normalised by target (:meth:`Connectome.normalized`), `total` is how many synapses from other areas a
    unit receives. An area whose share is less than half a synapse sends none.

    Parameters
    ----------
    total : int
        Synapses onto each target unit for a connectome's weight of 1.
    weight : float or Distribution
        Of a synapse, in the receptor's unit.

    Examples
    --------
    >>> by_indegree(200, 1.5)(0.25)
    (FixedIndegree(k=50, autapses=True, multapses=True), 1.5)
    """
    total = count(total, "by_indegree.total", least=1)

    def strength(share: float) -> tuple[Rule, Any] | None:
        synapses = round(share * total)
        return (wiring.fixed_indegree(synapses), weight) if synapses else None

    return strength


def build(
    connectome: Connectome,
    template: Brain | Mapping[str, Brain],
    strength: Strength,
    *,
    source: str = "E",
    targets: Sequence[str] = ("E", "I"),
    receptor: Receptor | None = None,
    velocity: float = VELOCITY,
    delay: float = 0.0,
    spread: float = 0.0,
    shortest: float = 0.1,
    name: str = "connectome",
    seed: int = 0,
) -> Brain:
    """Build a brain of which every area is a region.

    Parameters
    ----------
    connectome : Connectome
        With lengths.
    template : Brain, or mapping of str to Brain
        A brain of one region: its populations, its local projections and its drives stand in every area. A mapping
        gives each area its own.
    strength : callable
        From a weight of the connectome to a wiring rule and the weight of a synapse: :func:`by_weight`,
        :func:`by_indegree`, or your own.
    source : str
        Population whose axons leave the area.
    targets : sequence of str
        Populations that they reach.
    receptor : Receptor, optional
        Where they arrive; AMPA by default.
    velocity : float
        Of conduction, mm/ms.
    delay : float
        In ms, added to length over velocity.
    spread : float
        Standard deviation of delays among the synapses of a tract over their mean; 0.5 in the multi-area model.
    shortest : float
        In ms, where a delay drawn may not be shorter, and none is.
    name, seed
        Of the brain.

    Returns
    -------
    Brain
        Regions named after the areas; the projection from A to B is called ``"A to B"``. Its kind follows from the
        areas' levels.

    Raises
    ------
    ModelError, KindError, ParameterError
        If there are no lengths, a template holds several regions, or a value cannot be used.

    Examples
    --------
    >>> from brainsim import atlas, connectome, wiring
    >>> areas = connectome.Connectome(["V1", "V2"], [[0, 1], [1, 0]], lengths=[[0, 7], [7, 0]])
    >>> pair = connectome.build(areas, atlas.coba(), connectome.by_weight(0.5, wiring.fixed_indegree(20)))
    >>> pair.units("V2"), pair.graph.edges["V1", "V2"]["delay_ms"]
    (('V2.E',), 2.0)
    """
    if not isinstance(connectome, Connectome):
        raise KindError(f"connectome.build: must be given a Connectome, got {connectome!r}")
    if connectome.lengths is None:
        raise ModelError("connectome.build: needs tract lengths, from which delays follow; give Connectome(lengths=)")
    velocity = number(velocity, "mm/ms", "connectome.build: velocity", positive=True)
    delay = number(delay, "ms", "connectome.build: delay", nonnegative=True)
    spread = number(spread, "1", "connectome.build: spread", nonnegative=True)
    shortest = number(shortest, "ms", "connectome.build: shortest", positive=True)
    areas = {label: _area(template, label) for label in connectome.labels}
    projections = [projection for area in areas.values() for projection in area.projections]
    for row, label in enumerate(connectome.labels):
        for column, other in enumerate(connectome.labels):
            weight = float(connectome.weights[row, column])
            chosen = strength(weight) if weight else None
            if chosen is None:
                continue
            mean = max(float(connectome.lengths[row, column]) / velocity + delay, shortest)
            projections.append(
                Projection(
                    f"{label}.{source}",
                    [f"{other}.{target}" for target in targets],
                    chosen[0],
                    AMPA() if receptor is None else receptor,
                    weight=chosen[1],
                    delay=Normal(mean, spread * mean, low=shortest) if spread else mean,
                    kind=connectome.kind(label, other),
                    name=f"{label} to {other}",
                )
            )
    return Brain(
        name,
        [area.regions[0] for area in areas.values()],
        projections,
        [drive for area in areas.values() for drive in area.drives],
        {label: encoder for label, area in areas.items() for encoder in area.inputs.values()},
        seed,
    )


def _area(template: Any, label: str) -> Brain:
    """Give the template with its region called `label`."""
    if isinstance(template, Mapping):
        if label not in template:
            raise ParameterError(f"connectome.build: template has none for area {label!r}")
        template = template[label]
    if not isinstance(template, Brain) or len(template.regions) != 1:
        raise KindError(f"connectome.build: a template must be a Brain of one region, got {template!r}")

    def moved(population: str) -> str:
        return f"{label}.{population.split('.')[1]}"

    return template.replace(
        regions=[replace(template.regions[0], name=label)],
        projections=[
            replace(
                one,
                source=moved(one.source),
                target=[moved(target) for target in one.targets],
                name=one.name and f"{label} {one.name}",
            )
            for one in template.projections
        ],
        drives=[replace(drive, target=moved(drive.target)) for drive in template.drives],
        inputs={label: next(iter(template.inputs.values()))} if template.inputs else {},
    )
