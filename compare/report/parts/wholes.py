"""What the parts on similarity, brain and network ask, answered in a sentence or two."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from compare.report.figures.common import baselines
from compare.report.maps import alike, as_matrix, closer, first_measure, strongest
from compare.report.numbers import fixed, listed, measure_name

__all__ = ["brain_answer", "matrices_answer", "network_answer"]

ALPHA = 0.05


def matrices_answer(results: Mapping[str, Any]) -> str:
    """Say which layer is closest to each region, how many cells are above chance, and whether measures agree."""
    key = first_measure(results["comparison"])
    layer_map = results["comparison"][key]
    most = strongest(layer_map)
    pairs = [f"{region} with {layer}" for region, layer in most.items()]
    text = f"By {measure_name(key)}, {'largest' if closer(layer_map) else 'smallest'} for {listed(pairs, 20)}"
    if layer_map.get("p_value"):
        p = as_matrix(layer_map["p_value"])
        known = np.isfinite(p)
        sure = (p[known] < ALPHA).sum()
        text += f"; {sure} of {known.sum()} pairs are more alike than chance (corrected p below {ALPHA:g})"
    for other, theirs in results["comparison"].items():
        if other == key:
            continue
        same = [region for region, layer in strongest(theirs).items() if alike(most.get(region, ""), layer, layer_map)]
        text += f"; {measure_name(other)} puts the same layer first in {len(same)} of {len(most)} regions"
    apart = baselines(layer_map["layers"], results["network"])
    return text + f"{f'. Rows that are no layers do not compete: {listed(sorted(apart))}' if apart else ''}."


def brain_answer(results: Mapping[str, Any]) -> str:
    """Say whether latencies and receptive fields rise, how fast units fire, and how many are silent."""
    regions, latency = results["brain"]["regions"], results.get("latency") or {}
    parts = [
        rising("onset latencies", [(latency.get(one["name"]) or {}).get("median_ms") for one in regions], "ms"),
        rising("receptive fields", [one.get("receptive_field_px") for one in regions], "pixels"),
    ]
    rates = [one["mean_rate_hz"] for one in regions if one.get("mean_rate_hz") is not None]
    if rates:
        parts.append(f"mean rates are {fixed(min(rates), 1)} to {fixed(max(rates), 1)} Hz")
    silent = {one["name"]: one["silent_share"] for one in regions if one.get("silent_share") is not None}
    if silent:
        most = max(silent, key=silent.__getitem__)
        parts.append(f"at most {fixed(100 * silent[most], 0)} % of a region's units never fire ({most})")
    text = "; ".join(part for part in parts if part)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def rising(what: str, values: list[float | None], unit: str) -> str:
    """Say whether a quantity rises from the first region to the last."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    how = "rise" if all(a <= b for a, b in pairwise(known)) else "do not rise throughout"
    return f"{what} {how} from the first region to the last ({fixed(known[0], 0)} to {fixed(known[-1], 0)} {unit})"


def network_answer(results: Mapping[str, Any]) -> str:
    """Say how much the network learned, and where classes can be read out best."""
    network, readout = results["network"], results.get("readout") or {}
    parts = []
    if network.get("held_out_accuracy") is not None:
        before = network.get("untrained_accuracy")
        first = "" if before is None else f", before training {fixed(100 * before, 1)} %"
        parts.append(f"it names {fixed(100 * network['held_out_accuracy'], 1)} % of the held-out images right{first}")
    rows = readout.get("rows") or []
    for side, what in (("layer", "layers"), ("region", "regions")):
        there = [row for row in rows if row["side"] == side]
        if there:
            best = max(there, key=lambda row: row["accuracy"])
            share = fixed(100 * best["accuracy"], 0)
            parts.append(f"of the {what}, classes are read out best from {best['name']} ({share} %)")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""
