"""Whether the spikes say what the network says, layer by layer; and if not, which layer fails."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.balancing import stage_activity
from compare.conversion.read_out import ReadOut, depths, read_out
from compare.conversion.reading import stages_of
from compare.errors import ConversionError

if TYPE_CHECKING:
    import xarray as xr

    from ann.network import Network
    from brainsim import Brain

__all__ = ["Fidelity", "fidelity"]

LEAST, LEAST_LAST = 0.99, 0.9


@dataclass(frozen=True, eq=False)
class Fidelity:
    """How faithful a conversion is.

    Parameters
    ----------
    layers : xarray.Dataset
        Along ``layer``: ``correlation`` (Pearson's, of what spikes tell and the network's activations over all units
        and stimuli), ``error`` (root mean square, in spikes a unit), ``saturated`` (share of activations above what a
        spike a step can tell), ``silent`` (share of units that never spike), ``least`` (the correlation asked for).
    accuracy : numpy.ndarray of float64 (step), optional
        Of the spikes after each step.
    network_accuracy : float, optional
        Of the network, on the same stimuli.
    agreement : float
        Share of stimuli for which both lead with the same unit.
    read : ReadOut
        What the spikes said.
    """

    layers: "xr.Dataset"
    accuracy: np.ndarray | None
    network_accuracy: float | None
    agreement: float
    read: ReadOut

    @property
    def failing(self) -> tuple[str, ...]:
        """Names of the layers whose correlation is below what was asked, or undefined, in order."""
        wrong = ~(self.layers["correlation"] >= self.layers["least"])
        return tuple(map(str, self.layers["layer"].values[wrong.values]))

    @property
    def verdict(self) -> str:
        """The layer that fails first and why, or that none does."""
        if not self.failing:
            return f"every layer is told after {self.read.steps} steps"
        first = self.failing[0]
        row = self.layers.sel(layer=first)
        why = (
            "many activations are above its scale: raise percentile="
            if row["saturated"] > 0.01
            else "its counts are right to a spike, but spikes are few: run more steps"
            if row["error"] <= 1
            else "spikes come unevenly, so units send what inhibition should have held back: run more steps"
        )
        return f"{first} fails first, r = {float(row['correlation']):.3f} < {float(row['least']):g}; {why}"

    def __str__(self) -> str:
        lines = [f"{'layer':<24}{'r':>8}{'error':>8}{'saturated':>11}{'silent':>9}"]
        for name in map(str, self.layers["layer"].values):
            row = self.layers.sel(layer=name)
            numbers = [float(row[one]) for one in ("correlation", "error", "saturated", "silent")]
            lines.append("{:<24}{:>8.4f}{:>8.2f}{:>11.2%}{:>9.1%}".format(name, *numbers))
        if self.accuracy is not None and self.network_accuracy is not None:
            lines.append(f"accuracy: network {self.network_accuracy:.1%}, spikes {self.accuracy[-1]:.1%}")
        return "\n".join([*lines, self.verdict])

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def fidelity(
    model: "Network",
    brain: "Brain",
    images: Any,
    labels: Any = None,
    *,
    steps: int = 100,
    read: ReadOut | None = None,
    least: float = LEAST,
    least_last: float = LEAST_LAST,
    threads: int | None = None,
) -> Fidelity:
    """Hold a converted network against the network that it was.

    Parameters
    ----------
    model : ann.Sequential
        The network.
    brain : brainsim.Brain
        From `to_spiking`.
    images : array-like (stimulus, ...)
        Neither was trained nor calibrated on.
    labels : array-like of int (stimulus), optional
        Classes, for the accuracies.
    steps : int
        How long, in steps of 1 ms.
    read : ReadOut, optional
        What the brain said to these images, where it was asked already.
    least, least_last : float
        The correlation below which a layer fails, and the last layer.
    threads : int, optional
        For :func:`brainsim.simulate`.

    Returns
    -------
    Fidelity

    Raises
    ------
    ConversionError
        If the brain was not converted from such a network.
    """
    import xarray as xr

    stages = stages_of(model)
    if list(depths(brain)) != [stage.name for stage in stages]:
        raise ConversionError(
            f"brain {brain.name!r}: has the layers {', '.join(depths(brain))}, the network gives "
            f"{', '.join(stage.name for stage in stages)}; convert this network"
        )
    expected = stage_activity(model, stages, images)
    said = read if read is not None else read_out(brain, images, steps, threads=threads)
    columns: dict[str, list[float]] = {"correlation": [], "error": [], "saturated": [], "silent": []}
    for (name, lag), stage in zip(depths(brain).items(), stages, strict=True):
        scale = float(brain.populations[f"{name}.units"].model.V_th)  # type: ignore[union-attr]
        known, told = expected[name], said.activity[name]
        if told.shape != known.shape:
            raise ConversionError(f"read: {name} has the shape {told.shape}, the network gives {known.shape}")
        columns["correlation"].append(_correlation(told, known))
        columns["error"].append(float(np.sqrt(np.mean((told - known) ** 2)) / scale * (said.steps - lag)))
        columns["saturated"].append(float((known > scale).mean()) if stage.rectified else 0.0)
        columns["silent"].append(float((said.counts[name] == 0).mean()))
    asked = [least] * (len(stages) - 1) + [least if stages[-1].rectified else least_last]
    table = xr.Dataset(
        {name: ("layer", values) for name, values in {**columns, "least": asked}.items()},
        coords={"layer": [stage.name for stage in stages]},
        attrs={"steps": said.steps, "stimuli": said.stimuli},
    )
    answers = expected[stages[-1].name].argmax(axis=1)
    accuracy = None if labels is None else said.accuracy(labels)
    right = None if labels is None else float((answers == np.asarray(labels)).mean())
    return Fidelity(table, accuracy, right, float((answers == said.classes()).mean()), said)


def _correlation(told: np.ndarray, known: np.ndarray) -> float:
    """Give Pearson's, or NaN where one of them is constant."""
    a, b = told.ravel() - told.mean(), known.ravel() - known.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else float("nan")
