"""Figures of a training run; each takes an Axes, or makes one, and gives it back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ann.errors import InvalidValueError
from isocortex.errors import nearest
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["training_curves"]


def training_curves(history: Mapping[str, Sequence[float]], ax: "Axes | None" = None, what: str = "loss") -> "Axes":
    """Draw a quantity against the epoch, training beside validation.

    Parameters
    ----------
    history : mapping of str to sequence of float
        `History.history`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    what : str
        ``"loss"`` or a metric.

    Raises
    ------
    InvalidValueError
        If the history has no such quantity.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    if what not in history:
        raise InvalidValueError(f"what: the history has no {what!r}; {nearest(what, history)}")
    if ax is None:
        _, ax = plt.subplots()
    lines = (("training", what, COLORS["blue"], "-"), ("validation", f"val_{what}", COLORS["vermillion"], "--"))
    for label, key, color, style in lines:
        if key in history:
            values = history[key]
            marker = "o" if len(values) <= 20 else None
            ax.plot(range(1, len(values) + 1), values, style, color=color, label=label, marker=marker, markersize=3)
    ax.set_xlabel("epoch")
    ax.set_ylabel(what)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if f"val_{what}" in history:
        ax.legend()
    return ax
