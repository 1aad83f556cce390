"""What a network costs as arithmetic, and as spikes: operations counted, energies estimated."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.read_out import ReadOut, depths
from compare.conversion.reading import stages_of
from compare.errors import ConversionError, InvalidOptionError
from isocortex.seeds import generator

if TYPE_CHECKING:
    import xarray as xr

    from ann.network import Network
    from brainsim import Brain

__all__ = ["ARITHMETIC", "INTEGER", "WITH_MEMORY", "Costs", "Energy", "energy"]


@dataclass(frozen=True)
class Costs:
    """What single operations cost, in pJ.

    Parameters
    ----------
    multiply_accumulate : float
        One multiplication and addition of the network.
    accumulate : float
        One addition of a weight at a synapse.
    update : float
        One step of one unit: adding its constant current, looking at its threshold.
    fetch : float
        One weight from memory. The network fetches each weight once a stimulus, and keeps it where it is reused; spikes
        fetch one for every synaptic operation.
    source : str
        Where the numbers are from.

    Raises
    ------
    InvalidOptionError
        If one is negative or no number.

    Examples
    --------
    >>> Costs(multiply_accumulate=3.2, accumulate=0.1, update=0.1, source="32-bit integers").fetch
    0.0
    """

    multiply_accumulate: float
    accumulate: float
    update: float
    fetch: float = 0.0
    source: str = "given"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "source" and (
                isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < np.inf
            ):
                raise InvalidOptionError(f"Costs.{field.name}: must be a number of pJ, not negative, got {value!r}")


HOROWITZ = "Horowitz 2014, doi:10.1109/ISSCC.2014.6757323, 45 nm, 0.9 V"
ARITHMETIC = Costs(4.6, 0.9, 0.9, 0.0, f"{HOROWITZ}: 32-bit floats (addition 0.9 pJ, product 3.7 pJ), no memory")
INTEGER = Costs(0.23, 0.03, 0.03, 0.0, f"{HOROWITZ}: 8-bit integers (addition 0.03 pJ, product 0.2 pJ), no memory")
WITH_MEMORY = Costs(
    4.6,
    0.9,
    10.9,
    5.0,
    f"{HOROWITZ}: 32-bit floats; half a 64-bit read of 8 KB of cache (10 pJ) a weight, 2 an update",
)


@dataclass(frozen=True, eq=False)
class Energy:
    """What a network and its spikes cost for one stimulus.

    Parameters
    ----------
    layers : xarray.Dataset
        Along ``layer``, a stimulus: ``macs`` (multiply-accumulates of the network), ``weights`` (that it fetches),
        ``spikes`` (sent), ``synaptic_operations`` (additions where spikes arrive), ``updates`` (steps times units),
        ``analog`` (multiply-accumulates for the constant current of the stimulus).
    synaptic_operations : numpy.ndarray of float64 (step)
        Of all layers, in each step.
    costs : Costs
        What an operation costs.
    """

    layers: "xr.Dataset"
    synaptic_operations: np.ndarray
    costs: Costs

    @property
    def steps(self) -> int:
        """How many steps the spikes took."""
        return len(self.synaptic_operations)

    @property
    def network(self) -> float:
        """Of the network, in nJ a stimulus."""
        table, costs = self.layers.sum(), self.costs
        return float(table["macs"] * costs.multiply_accumulate + table["weights"] * costs.fetch) / 1e3

    @property
    def spiking(self) -> np.ndarray:
        """Of the spikes until each step, in nJ a stimulus, (step)."""
        costs, table = self.costs, self.layers.sum()
        current = float(table["analog"] * costs.multiply_accumulate + self.layers["weights"][0] * costs.fetch)
        updates = float(table["updates"]) / self.steps * np.arange(1, self.steps + 1)
        arrived = self.synaptic_operations.cumsum()
        return np.asarray(current + updates * costs.update + arrived * (costs.accumulate + costs.fetch)) / 1e3

    @property
    def break_even(self) -> float:
        """Spikes a unit and stimulus at which both would cost the same, all else being equal.

        Below 0 where updates and the constant current alone cost more than the network.
        """
        total, costs = self.layers.sum(), self.costs
        arrived = float(total["synaptic_operations"]) * (costs.accumulate + costs.fetch) / 1e3
        rest = self.spiking[-1] - arrived
        sent = float(total["spikes"]) / float(self.layers.attrs["units"])
        return float((self.network - rest) / arrived * sent) if arrived else float("nan")

    def __str__(self) -> str:
        total = self.layers.sum()
        numbers = {name: float(total[name]) for name in ("macs", "spikes", "synaptic_operations", "updates", "analog")}
        lines = [f"{'a stimulus':<24}{'network':>14}{'spikes':>14}"]
        lines.append(f"{'multiply-accumulates':<24}{numbers['macs']:>14,.0f}{numbers['analog']:>14,.0f}")
        lines.append(f"{'synaptic operations':<24}{'':>14}{numbers['synaptic_operations']:>14,.0f}")
        lines.append(f"{'updates of units':<24}{'':>14}{numbers['updates']:>14,.0f}")
        lines.append(f"{'energy (nJ)':<24}{self.network:>14,.1f}{self.spiking[-1]:>14,.1f}")
        return "\n".join([*lines, f"{self.steps} steps; {self.costs.source}"])

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def energy(model: "Network", brain: "Brain", read: ReadOut, costs: Costs = ARITHMETIC) -> Energy:
    """Count what a network and its conversion compute for a stimulus, and estimate what that costs.

    Parameters
    ----------
    model : ann.Sequential
        The network.
    brain : brainsim.Brain
        From `to_spiking`.
    read : ReadOut
        What the brain said to some stimuli; costs are means over them.
    costs : Costs
        What an operation costs: `ARITHMETIC` (32-bit floats), `INTEGER` (8 bits), `WITH_MEMORY`, or your own.

    Returns
    -------
    Energy

    Raises
    ------
    ConversionError
        If the brain is no conversion of this network, or did not say this.

    Notes
    -----
    A synaptic operation is one weight added at one target, for each spike and synapse. Left out: routing of spikes,
    leakage, control, the encoding of stimuli beyond their constant current, and that a network's activations are
    written and read between layers. An estimate from operation counts says nothing of any chip.
    """
    import xarray as xr

    stages = stages_of(model)
    names = [stage.name for stage in stages]
    if list(depths(brain)) != names or list(read.counts) != names:
        raise ConversionError(f"brain {brain.name!r}: is no conversion of this network; its layers are {names}")
    places = {place.name: place for place in model.places}
    columns: dict[str, list[float]] = {name: [] for name in ("macs", "weights", "spikes", "updates", "analog")}
    for number, stage in enumerate(stages):
        weighted = [places[name] for name in stage.layers if "kernel" in _parameters(places[name])]
        macs = float(sum(place.operations // 2 for place in weighted))
        columns["macs"].append(macs)
        columns["weights"].append(float(sum(_parameters(place)["kernel"].size for place in weighted)))
        columns["spikes"].append(float(read.counts[stage.name].sum()) / read.stimuli)
        columns["updates"].append(float(stage.units * read.steps))
        columns["analog"].append(macs if number == 0 else 0.0)
    operations, by_step = _arrived(brain, read, names)
    table = xr.Dataset(
        {name: ("layer", values) for name, values in {**columns, "synaptic_operations": operations}.items()},
        coords={"layer": names},
        attrs={"steps": read.steps, "stimuli": read.stimuli, "units": sum(stage.units for stage in stages)},
    )
    return Energy(table, by_step, costs)


def _parameters(place: Any) -> dict[str, np.ndarray]:
    return dict(place.layer.parameters)


def _arrived(brain: "Brain", read: ReadOut, names: list[str]) -> tuple[list[float], np.ndarray]:
    """Give the synaptic operations of each layer, where they arrive, and those of all layers in each step."""
    arrived, by_step = dict.fromkeys(names, 0.0), np.zeros(read.steps)
    for pathway in brain.pathways:
        source, target = (one.split(".")[0] for one in (pathway.projection.source, pathway.target))
        fan_out = np.diff(pathway.projection.wiring.connect(pathway.ends, generator(pathway.seed, "wiring")).indptr)
        sent = read.counts[source]
        reached = float(sent @ fan_out) / read.stimuli
        arrived[target] += reached
        if sent.any():
            by_step += read.spikes[source] * (reached / read.spikes[source].sum())
    return list(arrived.values()), by_step
