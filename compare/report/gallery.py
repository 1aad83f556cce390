"""Which figures a study gets, what each is called, and what it says to those who cannot see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from compare.report import figures as draw
from compare.report.figures.geometry import spread_out
from compare.report.figures.pictures import drawable
from compare.report.figures.raster import UNITS_A_REGION
from compare.report.maps import bounded, closer, first_measure, given, known_nulls, strongest, told_layers
from compare.report.numbers import best_possible, listed, measure_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plate", "plates"]

Arrays = Mapping[str, Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Plate:
    """One figure of the report."""

    name: str  # of its files, and its anchor on the page
    draw: "Callable[[], Figure]"
    caption: str  # intelligible without the text around it
    alt: str  # what it shows, for those who cannot see it
    wide: bool = True  # whether it takes both columns of the page


def plates(results: Mapping[str, Any], arrays: Arrays) -> list[Plate]:
    """Give the figures that can be drawn from these results and arrays.

    Parameters
    ----------
    results : mapping
        The results of a study.
    arrays : mapping of str to mapping of str to numpy.ndarray
        What `load_arrays` gives.

    Returns
    -------
    list of Plate
        In the order of the page.
    """
    found = [correspondence_plate(results)]
    for key, layer_map in results["comparison"].items():
        found += comparison_plates(results["network"], key, layer_map)
    found += [*share_plates(results), *unit_plates(results), *moment_plates(results)]
    return [*found, *recovery_plates(results), *subject_plates(results), *array_plates(results, arrays)]


def correspondence_plate(results: Mapping[str, Any]) -> Plate:
    """Describe the two graphs joined by the assignment."""
    key = first_measure(results["comparison"])
    told = [f"{region} with {layer}" for region, layer in told_layers(results["comparison"][key]).items()]
    return Plate(
        "correspondence",
        lambda: cast("Figure", draw.draw_correspondence(results, key).figure),
        f"The network's layers (left) and the brain's regions (right), joined by {measure_name(key)}. A solid line "
        "joins a region to its layer; its width is the share of bootstraps over stimuli in which that layer is the "
        "best. Dashed grey lines join layers that win at least 5 % of the bootstraps without being told apart.",
        f"Two graphs side by side. Joined: {listed(told, 12)}. Where no solid line is: cannot tell.",
    )


def comparison_plates(network: Mapping[str, Any], key: str, layer_map: Mapping[str, Any]) -> list[Plate]:
    """Describe what one measure shows: matrix, decision, nulls."""
    name, nulls = measure_name(key), listed(list(known_nulls(layer_map)))
    over = layer_map.get("generalises_to") or "stimuli"
    most = listed([f"{region} {layer}" for region, layer in strongest(layer_map).items()], 12)
    beside = (
        ", plain (left) and given the controls (right; grey where the interval includes 0, empty for a control itself)"
    )
    strip = "; bottom strip, each region's noise ceiling" if layer_map.get("ceiling") else ""
    ends = ("upper", "lower") if closer(layer_map) else ("lower", "upper")
    found = [
        Plate(
            f"similarity_{key}",
            lambda: draw.draw_similarity(layer_map, network, key),
            f"{measure_name(key, axis=True)} between every layer (rows) and every region (columns)"
            f"{beside if given(layer_map) else ''}. Beneath each value its 95 % bootstrap interval over {over}; "
            f"outlined, the layer of each region that can be told from its runner-up{strip}.",
            f"Matrix of layers by regions. Closest layer of each region: {most}.",
        )
    ]
    if bounded(layer_map):
        found.append(
            Plate(
                f"ceilings_{key}",
                lambda: draw.draw_ceilings(layer_map, network),
                f"{measure_name(key, axis=True)} of every layer before each region's noise ceiling (grey): "
                f"{best_possible(key)} would reach the {ends[0]} end, another measurement of the region the "
                f"{ends[1]} one. Bars are 95 % intervals over {over}.",
                f"Dots with bars, a layer each, before the noise ceilings of {listed(bounded(layer_map), 12)}.",
            )
        )
    if layer_map.get("wins") and layer_map.get("best_minus_runner_up"):
        found.append(
            Plate(
                f"decision_{key}",
                lambda: draw.draw_decision(layer_map, network, key),
                f"Left, the share of bootstraps over {over} in which each layer is closest to a region by {name}. "
                "Right, the lead of the best layer over its runner-up with its simultaneous 95 % interval: filled and "
                "named where it excludes 0, hollow where one cannot tell.",
                "Stacked bars of wins by layer, and the lead of the best layer by region with intervals.",
            )
        )
    if known_nulls(layer_map):
        found.append(
            Plate(
                f"nulls_{key}",
                lambda: draw.draw_nulls(layer_map, network, key),
                f"{name} minus that of a null, pair by pair: {nulls}. "
                f"{'' if closer(layer_map) else 'Turned round, so that positive is closer than the null. '}"
                "Beneath each value its 95 % interval; grey where it includes 0, outlined the layer of each region.",
                f"Matrices of differences from {nulls}.",
            )
        )
    return found


def share_plates(results: Mapping[str, Any]) -> list[Plate]:
    """Describe the bands of bootstraps from layers to regions."""
    shares = results.get("shares")
    if not shares:
        return []
    named = [f"{region} {layer or 'cannot tell'}" for region, layer in shares["named"]["best"].items()]
    return [
        Plate(
            "shares",
            lambda: draw.draw_shares(shares),
            f"Bands from layers to regions, as wide as the share of {shares['bootstrap']} bootstraps over stimuli that "
            f"join them by {measure_name(shares['measure'])}: left, each region its best layer; right, layers in "
            "the order of the regions. A region whose layer can be told is bold; layers that win less than 1 % are "
            "left out.",
            f"Bands from layers to regions. Best layers: {listed(named, 12)}.",
        )
    ]


def unit_plates(results: Mapping[str, Any]) -> list[Plate]:
    """Describe to which layers single units go."""
    units = results.get("units")
    if not units:
        return []
    return [
        Plate(
            "units",
            lambda: draw.draw_units(units),
            "Left, the share of each region's units that each layer predicts best; above, how many units are predicted "
            "above chance. Right, the mean number of that layer, with its 95 % interval over units.",
            f"Stacked bars of layers, and mean layers, of {listed(units['regions'], 12)}.",
        )
    ]


def moment_plates(results: Mapping[str, Any]) -> list[Plate]:
    """Describe similarity over time, and its latencies."""
    moments = results.get("moments")
    if not moments:
        return []
    shown = listed(list(moments["regions"]), 12)
    return [
        Plate(
            "moments",
            lambda: draw.draw_moments(moments),
            f"{measure_name(moments['measure'])} of every layer with each region, in bins of {moments['bin_ms']:g} ms. "
            "Bands are 95 % intervals over stimuli, each moment for itself.",
            f"Curves of similarity over time, a layer each, for {shown}.",
        ),
        Plate(
            "latencies",
            lambda: draw.draw_latencies(moments),
            "When each layer is most similar to each region, with 95 % intervals over stimuli. Where there is no dot, "
            "the layer is above chance at no moment.",
            f"Latencies of the largest similarity by layer, for {shown}.",
        ),
    ]


def recovery_plates(results: Mapping[str, Any]) -> list[Plate]:
    """Describe what was named for planted layers."""
    recovery = results.get("recovery")
    if not recovery:
        return []
    most = f"{max(recovery['stimuli'])} stimuli and {max(recovery['trials'])} trials"
    right = " Right, the share named right against the number of stimuli, with Wilson's interval."
    return [
        Plate(
            "recovery",
            lambda: draw.draw_recovery(recovery),
            f"Each layer was planted {recovery['repetitions']} times as a region of {recovery['units']} units as noisy "
            f"as {recovery['region']}. How often it was named (outlined), another was, or none, with {most}."
            f"{right if len(recovery['stimuli']) > 1 else ''}",
            "Matrix of planted layers by named layers, and the share named right against the number of stimuli.",
        )
    ]


def subject_plates(results: Mapping[str, Any]) -> list[Plate]:
    """Describe what is known of brain and network by themselves."""
    network, brain, latency = results["network"], results["brain"], results.get("latency") or {}
    readout, method, found = results.get("readout"), results.get("latency_method"), []
    if latency or any(region.get("mean_rate_hz") is not None for region in brain["regions"]):
        found.append(
            Plate(
                "physiology",
                lambda: draw.draw_physiology(brain, latency),
                f"By region: onset latency with its 95 % interval{f' ({method})' if method else ''}, side of the "
                "receptive field, and mean firing rate over all units, where known.",
                "Onset latency, receptive field size and mean rate of each region.",
            )
        )
    if network.get("training"):
        found.append(
            Plate(
                "training",
                lambda: draw.draw_training(network),
                "The network's loss and accuracy after each epoch. Dashed: accuracy on the held-out images at the end.",
                "Training and validation curves.",
                wide=False,
            )
        )
    if readout and readout.get("rows"):
        found.append(
            Plate(
                "readout",
                lambda: cast("Figure", draw.draw_readout(readout).figure),
                "Cross-validated accuracy of a linear readout of the class from pixels, layers and regions, with 95 % "
                "intervals.",
                "Readout accuracy of pixels, layers and regions.",
                wide=False,
            )
        )
    return found


def array_plates(results: Mapping[str, Any], arrays: Arrays) -> list[Plate]:
    """Describe what is drawn from arrays: a trial, tuning, RDMs."""
    example, filters = arrays.get("example") or {}, drawable(arrays.get("filters") or {})
    latency, duration = results.get("latency") or {}, float(results["simulation"]["duration_ms"])
    regions = [region["name"] for region in results["brain"]["regions"]]
    shown = [region for region in regions if draw.populations_of(example, region)]
    lines = rdm_lines(regions, arrays)
    labels = (arrays.get("stimuli") or {}).get("labels")
    found = []
    if shown:
        found.append(
            Plate(
                "raster",
                lambda: draw.draw_example(example, latency, duration, shown),
                f"One trial. Every spike of at most {UNITS_A_REGION} units a region, drawn at random in proportion to "
                "the sizes of its populations, whether they fired or not.",
                f"The stimulus, and a raster of spikes through {listed(shown)}.",
            )
        )
    if filters:
        found.append(
            Plate(
                "filters",
                lambda: draw.draw_filters(filters),
                "What units are tuned to: kernels of their inputs, each on its own scale (red positive, blue negative, "
                "white 0).",
                f"Kernels of {listed(list(filters))}.",
            )
        )
    if lines:
        found.append(
            Plate(
                "rdms",
                lambda: draw.draw_geometry(lines, labels),
                "Representational dissimilarity matrices: 1 − correlation of the responses to every two stimuli, as "
                "ranks. Stimuli are sorted by class, so that classes that are told apart show as dark squares along "
                "the diagonal; at most 120 are drawn.",
                f"RDMs of {listed([name for line in lines for name in line], 12)}.",
            )
        )
    return found


def rdm_lines(regions: list[str], arrays: Arrays) -> list[dict[str, np.ndarray]]:
    """Choose what the RDM figure shows: pixels and layers above, regions below, trials averaged."""
    layers, counts = arrays.get("network") or {}, arrays.get("regions") or {}
    images = (arrays.get("stimuli") or {}).get("images")
    upper = {} if images is None else {"pixels": images}
    upper |= {name: layers[name] for name in spread_out([n for n in layers if n not in upper], 6 - len(upper))}
    lower = {name: counts[name].mean(axis=1) for name in spread_out([name for name in regions if name in counts])}
    return [line for line in (upper, lower) if line]
