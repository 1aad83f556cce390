"""Figures of a training run; each takes an Axes, or makes one, and gives it back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ann.errors import InvalidValueError
from isocortex.errors import nearest
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["training_curves", "training_panels"]


def training_curves(history: Mapping[str, Sequence[float]], ax: "Axes | None" = None, what: str = "loss") -> "Axes":
    """Draw a quantity against the epoch, training beside validation.

    Where training data were measured as `evaluate` does (``fit(train_eval=True)``), that is a third line.

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
    lines = (
        ("training", what, COLORS["blue"], "-"),
        ("training, measured", f"train_eval_{what}", COLORS["sky"], "-."),
        ("validation", f"val_{what}", COLORS["vermillion"], "--"),
    )
    for label, key, color, style in lines:
        if key in history:
            values = history[key]
            marker = "o" if len(values) <= 20 else None
            ax.plot(range(1, len(values) + 1), values, style, color=color, label=label, marker=marker, markersize=3)
    ax.set_xlabel("epoch")
    ax.set_ylabel(what)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(ax.lines) > 1:
        ax.legend()
    return ax


def training_panels(history: Mapping[str, Sequence[float]]) -> "list[Axes]":
    """Draw every quantity of a history in a panel of its own: loss, metrics, penalty, learning rate.

    Parameters
    ----------
    history : mapping of str to sequence of float
        `History.history`.

    Raises
    ------
    InvalidValueError
        If no epoch was finished.
    """
    import matplotlib.pyplot as plt

    names = [name for name in history if not name.startswith(("val_", "train_eval_"))]
    if not names:
        raise InvalidValueError("history: holds nothing to draw; no epoch was finished")
    _, axes = plt.subplots(1, len(names), figsize=(3.4 * len(names), 2.8), squeeze=False, layout="constrained")
    return [training_curves(history, ax, name) for name, ax in zip(names, axes[0], strict=True)]
