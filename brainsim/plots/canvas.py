"""What all figures share: an Axes to draw on, and the order of colours."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainsim.errors import KindError
from isocortex.style import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axes_or_new", "labelled", "region_colours"]


def axes_or_new(ax: "Axes | None") -> "Axes":
    """Give the Axes, or that of a new figure.

    Raises
    ------
    KindError
        If it is something else, such as a figure.
    """
    from matplotlib.axes import Axes

    if isinstance(ax, Axes):
        return ax
    if ax is not None:
        raise KindError(f"ax: must be a matplotlib Axes, got {type(ax).__name__}")
    import matplotlib.pyplot as plt

    return plt.subplots()[1]


def region_colours(names: Sequence[str]) -> dict[str, str]:
    """Give every population its region's colour."""
    regions = list(dict.fromkeys(name.split(".")[0] for name in names))
    return {name: colour(regions.index(name.split(".")[0])) for name in names}


def labelled(things: Any) -> Iterable[tuple[str | None, Any]]:
    """Give one thing without a label, or each of a mapping with its own."""
    return things.items() if isinstance(things, Mapping) else [(None, things)]
