"""Names of a brain's pathways: each projection onto each of its targets."""

from brainsim.brain import Brain
from brainsim.errors import UnknownNameError
from isocortex.errors import nearest

__all__ = ["pathway", "pathway_names"]


def pathway_names(brain: Brain) -> tuple[str, ...]:
    """Name every pathway, in the order of ``brain.pathways``.

    A projection's own name if it has one and one target; else ``"source -> target"``, after that the receptor's name
    in brackets where several have the same ends, and a number where even this is not enough.

    Examples
    --------
    >>> import brainsim
    >>> pathway_names(brainsim.atlas.coba())[:2]
    ('cortex.E -> cortex.E', 'cortex.E -> cortex.I')
    """
    plain = []
    for one in brain.pathways:
        own = one.projection.name
        ends = f"{own or one.projection.source} -> {one.target}"
        plain.append((own if own and len(one.projection.targets) == 1 else ends, one.projection.receptor.variable))
    bases = [base for base, _ in plain]
    fuller = [base if bases.count(base) == 1 else f"{base} ({receptor})" for base, receptor in plain]
    return tuple(
        name if fuller.count(name) == 1 else f"{name} {fuller[:number].count(name) + 1}"
        for number, name in enumerate(fuller)
    )


def pathway(brain: Brain, name: str, where: str) -> int:
    """Give the number of the pathway of this name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    names = pathway_names(brain)
    if name not in names:
        raise UnknownNameError(f"{where}: there is no projection {name!r}; {nearest(str(name), names)}")
    return names.index(name)
