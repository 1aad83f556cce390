"""Figures of a conversion; each takes an Axes, or makes one, and gives it back."""

from typing import TYPE_CHECKING

import numpy as np

from compare.conversion.energy import Energy
from compare.conversion.fidelity import Fidelity
from compare.errors import InvalidActivityError
from isocortex.style import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["accuracy_over_time", "correlations", "energy_over_time"]


def accuracy_over_time(found: Fidelity, ax: "Axes | None" = None, label: str = "spikes") -> "Axes":
    """Draw the accuracy of the spikes against the number of steps, beside the network's.

    Raises
    ------
    InvalidActivityError
        If the accuracies are not known, for want of labels.
    """
    if found.accuracy is None or found.network_accuracy is None:
        raise InvalidActivityError("found: has no accuracy to draw; give fidelity(..., labels=)")
    axes = _axes(ax)
    axes.plot(np.arange(1, len(found.accuracy) + 1), 100 * found.accuracy, color=COLORS["vermillion"], label=label)
    axes.axhline(100 * found.network_accuracy, color=COLORS["black"], linewidth=0.8, linestyle="--", label="network")
    axes.set(xlabel="steps", ylabel="accuracy (%)", ylim=(0, 102))
    axes.legend(loc="lower right")
    return axes


def correlations(found: Fidelity, ax: "Axes | None" = None) -> "Axes":
    """Draw the correlation of rates and activations layer by layer; layers that fail are red."""
    axes = _axes(ax)
    names = [str(name) for name in found.layers["layer"].values]
    colors = [COLORS["vermillion" if name in found.failing else "blue"] for name in names]
    places = np.arange(len(names))
    axes.scatter(places, found.layers["correlation"], color=colors, s=18, zorder=3)
    axes.step(places, found.layers["least"], where="mid", color=COLORS["black"], linewidth=0.8, linestyle=":")
    axes.set_xticks(places, names, rotation=35, ha="right", rotation_mode="anchor")
    low = float(np.nanmin([found.layers["correlation"].min(), found.layers["least"].min()]))
    axes.set(ylabel="r of rate and activation", ylim=(low - 0.1 * (1 - low) - 1e-3, 1 + 0.05 * (1 - low) + 1e-3))
    return axes


def energy_over_time(found: Energy, ax: "Axes | None" = None, label: str = "spikes") -> "Axes":
    """Draw the estimated energy of a stimulus against the number of steps, beside the network's."""
    axes = _axes(ax)
    axes.plot(np.arange(1, found.steps + 1), found.spiking, color=COLORS["vermillion"], label=label)
    axes.axhline(found.network, color=COLORS["black"], linewidth=0.8, linestyle="--", label="network")
    axes.set(xlabel="steps", ylabel="energy a stimulus (nJ)", ylim=(0, None))
    axes.legend(loc="upper left")
    return axes


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]
