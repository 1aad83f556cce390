"""Which figures a study gets, what each is called, and what it says to those who cannot see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.report import figures as draw
from compare.report.figures.geometry import spread_out
from compare.report.figures.pictures import drawable
from compare.report.figures.raster import UNITS_A_REGION
from compare.report.numbers import listed, measure_name

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
    found = [correspondence_plate(results, first_measure(results))]
    for key, layer_map in results["comparison"].items():
        found += comparison_plates(results, key, layer_map)
    return found + [plate for plate in subject_plates(results) + array_plates(results, arrays) if plate]


def first_measure(results: Mapping[str, Any]) -> str:
    """Give the measure that the verdict rests on: RSA where it was taken."""
    return "rsa" if "rsa" in results["comparison"] else next(iter(results["comparison"]))


def correspondence_plate(results: Mapping[str, Any], key: str) -> Plate:
    """Describe the two graphs joined by the assignment."""
    best = results["comparison"][key].get("assignment", {}).get("best", {})
    told = [f"{region} with {layer}" for region, layer in best.items() if layer]
    return Plate(
        "correspondence",
        lambda: draw.draw_correspondence(results, key).figure,
        f"The network's layers (left) and the brain's regions (right), joined by {measure_name(key)}. A solid line joins a region "
        "to its layer; its width is the share of bootstraps over stimuli in which that layer is the best. Dashed grey lines join "
        "layers that win at least 5 % of the bootstraps without being told apart.",
        f"Two graphs side by side. Joined: {listed(told, 12)}. All other regions: cannot tell.",
    )


def comparison_plates(results: Mapping[str, Any], key: str, layer_map: Mapping[str, Any]) -> list[Plate]:
    """Describe what one measure shows: matrix, decision, nulls."""
    network, name = results["network"], measure_name(key)
    most = strongest(layer_map)
    given = layer_map.get("partial")
    found = [
        Plate(
            f"similarity_{key}",
            lambda: draw.draw_similarity(layer_map, network, key),
            f"{measure_name(key, axis=True)} between every layer (rows) and every region (columns)"
            + (", plain (left) and given the controls (right; grey where the interval includes 0)" if given else "")
            + ". Beneath each value its 95 % bootstrap interval over stimuli; outlined, the layer of each region that can be told "
            "from its runner-up"
            + ("; bottom strip, each region's noise ceiling (lower–upper)." if layer_map.get("ceiling") else "."),
            f"Matrix of layers by regions. Most similar layer of each region: {most}.",
        )
    ]
    if layer_map.get("wins") and layer_map.get("best_minus_runner_up"):
        found.append(
            Plate(
                f"decision_{key}",
                lambda: draw.draw_decision(layer_map, network, key),
                f"Left, the share of bootstraps over stimuli in which each layer has the highest {name} with a region. Right, the "
                "lead of the best layer over its runner-up with its simultaneous 95 % interval: filled and named where it "
                "excludes 0, hollow where one cannot tell.",
                "Stacked bars of wins by layer, and the lead of the best layer by region with intervals.",
            )
        )
    nulls = layer_map.get("nulls")
    if nulls:
        found.append(
            Plate(
                f"nulls_{key}",
                lambda: draw.draw_nulls(layer_map, network, key),
                f"{name} minus that of a null, pair by pair: {listed(list(nulls))}. Beneath each value its 95 % interval; grey "
                "where it includes 0, outlined the layer of each region.",
                f"Matrices of differences from {listed(list(nulls))}.",
            )
        )
    return found


def strongest(layer_map: Mapping[str, Any]) -> str:
    """Name the most similar layer of each region."""
    values = np.array(layer_map["similarity"], dtype=float)
    known = np.where(np.isfinite(values), values, -np.inf)
    return listed(
        [f"{region} {layer_map['layers'][known[:, j].argmax()]}" for j, region in enumerate(layer_map["regions"])], 12
    )


def subject_plates(results: Mapping[str, Any]) -> list[Plate | None]:
    """Describe what is known of network and brain by themselves."""
    network, brain, latency = results["network"], results["brain"], results.get("latency") or {}
    readout = results.get("readout")
    return [
        Plate(
            "physiology",
            lambda: draw.draw_physiology(brain, latency),
            "By region: median onset latency over units and stimuli with its 95 % interval, side of the receptive field, and "
            "mean firing rate over all units.",
            "Onset latency, receptive field size and mean rate of each region.",
        ),
        Plate(
            "training",
            lambda: draw.draw_training(network),
            "The network's loss and accuracy after each epoch. Dashed: accuracy on the held-out stimuli after the last.",
            "Training and validation curves.",
            wide=False,
        )
        if network.get("training")
        else None,
        Plate(
            "readout",
            lambda: draw.draw_readout(readout).figure,
            "Cross-validated accuracy of a linear readout of the class from pixels, layers and regions, with 95 % intervals.",
            "Readout accuracy of pixels, layers and regions.",
            wide=False,
        )
        if readout
        else None,
    ]


def array_plates(results: Mapping[str, Any], arrays: Arrays) -> list[Plate | None]:
    """Describe what is drawn from arrays: a trial, tuning, RDMs."""
    example, filters = arrays.get("example") or {}, arrays.get("filters") or {}
    regions = [region["name"] for region in results["brain"]["regions"]]
    shown = [region for region in regions if any(key.startswith(f"{region}.") for key in example)]
    lines = rdm_lines(results, arrays)
    labels = (arrays.get("stimuli") or {}).get("labels")
    return [
        Plate(
            "raster",
            lambda: draw.draw_example(
                example, results.get("latency") or {}, float(results["simulation"]["duration_ms"]), shown
            ),
            f"One trial. Every spike of at most {UNITS_A_REGION} units a region, drawn at random in proportion to the sizes of its "
            "populations, whether they fired or not.",
            f"The stimulus, and a raster of spikes through {listed(shown)}.",
        )
        if shown
        else None,
        Plate(
            "filters",
            lambda: draw.draw_filters(filters),
            "What units are tuned to: kernels of their inputs, each on its own scale (red positive, blue negative, white 0).",
            f"Kernels of {listed(list(drawable(filters)))}.",
        )
        if drawable(filters)
        else None,
        Plate(
            "rdms",
            lambda: draw.draw_geometry(lines, labels),
            "Representational dissimilarity matrices: 1 − correlation of the responses to every two stimuli, as ranks. Stimuli are "
            "sorted by class, so that classes that are told apart show as dark squares along the diagonal.",
            f"RDMs of {listed([name for line in lines for name in line], 12)}.",
        )
        if lines
        else None,
    ]


def rdm_lines(results: Mapping[str, Any], arrays: Arrays) -> list[dict[str, np.ndarray]]:
    """Choose what the RDM figure shows: pixels and layers above, regions below, trials averaged."""
    network, regions = arrays.get("network") or {}, arrays.get("regions") or {}
    images = (arrays.get("stimuli") or {}).get("images")
    upper = {} if images is None else {"pixels": images}
    upper |= {name: network[name] for name in spread_out([n for n in network if n not in upper], 6 - len(upper))}
    order = [region["name"] for region in results["brain"]["regions"] if region["name"] in regions]
    lower = {name: regions[name].mean(axis=1) for name in spread_out(order)}
    return [line for line in (upper, lower) if line]
