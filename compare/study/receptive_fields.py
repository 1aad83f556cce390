"""How much of the image reaches a unit: receptive fields traced back through the feedforward wiring."""

from typing import TYPE_CHECKING

from brainsim import Poisson
from brainsim.engine.connections import convolved_size
from brainsim.wiring.grid import Convolution, Pooling

if TYPE_CHECKING:
    from brainsim import Brain
    from brainsim.brain import Pathway

__all__ = ["METHOD", "receptive_field"]

METHOD = (
    "side of the image patch whose retinal cells reach a central unit through feedforward synapses, "
    "with two standard deviations of their centres on either side"
)

Span = tuple[int, int]


def receptive_field(subject: "Brain", region: str) -> float | None:
    """Give the side, in pixels, of the receptive field of a region's excitatory units at the centre.

    Convolutions and pooling are followed patch by patch; any other wiring may come from anywhere in its source.
    Of the retinal cells themselves the centre is added and the surround left out.

    Parameters
    ----------
    subject : brainsim.Brain
        The brain; its Poisson units lie on the pixels.
    region : str
        Which region.

    Returns
    -------
    float or None
        The larger of height and width, of the region's population that sees most; None if nothing reaches it.
    """
    names = subject.units(region) or subject.units(region, excitatory=None)
    sides = []
    for name in names:
        shape = subject.populations[name].grid
        centre = tuple((length // 2, length // 2) for length in shape[:2])
        spans = _trace(subject, name, centre, frozenset())
        sides += [last - first + 1 for first, last in spans] if spans else []
    centres = [4 * getattr(encoder, "sigma_center", 0.0) for encoder in subject.inputs.values()]
    return max(sides) + max(centres, default=0.0) if sides else None


def _trace(subject: "Brain", name: str, spans: tuple[Span, ...], seen: frozenset[str]) -> tuple[Span, ...] | None:
    """Follow a patch of a population back to the pixels; None if none of them reaches it."""
    if isinstance(subject.populations[name].model, Poisson):
        return spans
    reached = None
    for pathway in subject.pathways:
        source = pathway.projection.source
        if pathway.target != name or not _feeds(subject, pathway) or source in seen | {name}:
            continue
        found = _trace(subject, source, _patch(pathway, spans), seen | {name})
        if found:
            reached = found if reached is None else tuple(map(_union, reached, found))
    return reached


def _feeds(subject: "Brain", pathway: "Pathway") -> bool:
    """Say whether a pathway carries the image forward: excitation, between regions or between cells of one."""
    projection = pathway.projection
    return projection.kind != "feedback" and subject.is_excitatory(projection.source)


def _patch(pathway: "Pathway", spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Give the patch of the source that reaches a patch of the target."""
    rule, source = pathway.projection.wiring, pathway.ends.source
    if len(source) < 2 or not isinstance(rule, (Convolution, Pooling)):
        return tuple((0, length - 1) for length in (*source, 1)[:2])
    patch = []
    for axis, (first, last) in enumerate(spans):
        if isinstance(rule, Convolution):
            size, stride = rule.bank.shape[2 + axis], rule.stride
        else:
            size, stride = rule.size, rule.stride or rule.size
        before = _before(rule, source[axis], size, stride)
        low, high = first * stride - before, last * stride - before + size - 1
        patch.append((max(low, 0), min(high, source[axis] - 1)))
    return tuple(patch)


def _before(rule: Convolution | Pooling, length: int, size: int, stride: int) -> int:
    return convolved_size(length, size, stride, rule.padding)[1]


def _union(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])
