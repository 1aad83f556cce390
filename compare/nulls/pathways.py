"""A brain with some of its projections replaced, each onto one target."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from compare.errors import InvalidOptionError
from isocortex.errors import nearest

if TYPE_CHECKING:
    from brainsim import Brain, Projection

__all__ = ["chosen", "with_pathways"]


def chosen(brain: "Brain", projections: Sequence[str] | None) -> dict[int, str]:
    """Give number -> name of the pathways that are asked for; all of them by default.

    Raises
    ------
    InvalidOptionError
        If there is none of a name.
    """
    from brainsim.pathways import pathway_names

    names = pathway_names(brain)
    if projections is None:
        return dict(enumerate(names))
    asked = [projections] if isinstance(projections, str) else list(projections)
    for name in asked:
        if name not in names:
            raise InvalidOptionError(f"projections: there is no {name!r}; {nearest(str(name), names)}")
    return {number: name for number, name in enumerate(names) if name in asked}


def with_pathways(brain: "Brain", changed: Mapping[int, "Projection"], how: str) -> "Brain":
    """Give a brain in which projections onto single targets, by the pathway's number, are others.

    All others stay as they are, drawn from the same seeds.
    """
    kept, number = [], 0
    for projection in brain.projections:
        own = range(number, number + len(projection.targets))
        number += len(projection.targets)
        if not any(one in changed for one in own):
            kept.append(projection)
            continue
        kept += [
            changed.get(one, replace(projection, target=(target,)))
            for one, target in zip(own, projection.targets, strict=True)
        ]
    return brain.replace(projections=kept, name=f"{brain.name}, {how}")
