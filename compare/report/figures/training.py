"""How the network learned: loss and accuracy after each epoch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report.figures.common import LINE, MUTED, new_figure
from isocortex.style import COLORS, COLUMN_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_curves", "draw_training"]


def draw_training(network: Mapping[str, Any]) -> "Figure":
    """Draw loss above accuracy, with the accuracy on held-out stimuli as a line.

    Parameters
    ----------
    network : mapping
        ``results["network"]``, with ``"training"``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    training = network["training"]
    figure = new_figure(COLUMN_WIDTH, 3.3)
    upper, lower = figure.subplots(2, 1, sharex=True)
    draw_curves(training.get("loss"), training.get("val_loss"), "loss", upper)
    upper.set_ylim(bottom=0)
    draw_curves(training.get("accuracy"), training.get("val_accuracy"), "accuracy", lower)
    held_out = network.get("held_out_accuracy")
    if held_out is not None:
        lower.axhline(held_out, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), label="held-out stimuli", zorder=1)
    upper.legend(loc="upper right")
    lower.legend(loc="lower right")
    lower.set_xlabel("epoch")
    return figure


def draw_curves(train: Any, validation: Any, title: str, ax: "Axes") -> "Axes":
    """Draw one quantity on the training and on the validation images."""
    from matplotlib.ticker import MaxNLocator

    for values, name, color in [
        (train, "training", COLORS["blue"]),
        (validation, "validation", COLORS["vermillion"]),
    ]:
        if values:
            ax.plot(np.arange(1, len(values) + 1), np.array(values, float), "o-", color=color, markersize=3, label=name)
    ax.set_ylabel(title)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", color=LINE, linewidth=0.5)
    ax.set_axisbelow(True)
    return ax
