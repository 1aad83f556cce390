"""The verdict: what the comparison says of this simulated brain, in two sentences, uncertainty included.

The first sentence answers which layer does what which region does, and says where one cannot tell. The second says
how far that answer carries: what is left given the controls, against the nulls, and by the other measures.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.report.numbers import fixed, listed, measure_name

__all__ = ["verdict"]


def verdict(results: Mapping[str, Any]) -> tuple[str, str]:
    """Put a study's result into two sentences.

    Parameters
    ----------
    results : mapping
        The results of a study; only ``"comparison"``, ``"network"`` and ``"simulation"`` are read.

    Returns
    -------
    (str, str)
        What was found, and how far it carries.
    """
    comparison = results["comparison"]
    key = "rsa" if "rsa" in comparison else next(iter(comparison))
    layer_map = comparison[key]
    layers = {layer["name"] for layer in results["network"]["layers"]}
    told = told_layers(layer_map)
    return found(layer_map, key, told, layers, results), reach(comparison, key, told)


def told_layers(layer_map: Mapping[str, Any]) -> dict[str, str]:
    """Give the regions whose best layer leads its runner-up, and is itself more similar than nothing."""
    best = layer_map.get("assignment", {}).get("best", {})
    return {
        region: best[region]
        for region in layer_map["regions"]
        if best.get(region) is not None and above(cell(layer_map, "low", best[region], region))
    }


def found(
    layer_map: Mapping[str, Any], key: str, told: Mapping[str, str], layers: set[str], results: Mapping[str, Any]
) -> str:
    """Write the first sentence: who goes with whom."""
    name, regions = measure_name(key), layer_map["regions"]
    evidence = f"{name}, {results['data']['stimuli']} stimuli, {results['simulation']['trials']} trials"
    unclear = [region for region in regions if region not in told]
    if not told:
        where = "in any of its regions" if len(regions) > 1 else f"in {regions[0]}"
        return (
            f"We cannot tell which layer of the network does what a region of this simulated brain does: {where} no layer's lead "
            f"over its runner-up has a 95 % interval above 0 ({evidence}){hierarchy(layer_map)}."
        )
    pairs = [
        f"{region} {'by' if i else 'is matched best by'} {named(layer, layers)} {estimate(layer_map, layer, region)}"
        for i, (region, layer) in enumerate(told.items())
    ]
    text = f"In this simulated brain, {listed(pairs, 20)} ({evidence}, 95 % intervals)"
    if unclear:
        text += f"; for {listed(unclear, 20)} we cannot tell"
    return text + hierarchy(layer_map) + "."


def named(layer: str, layers: set[str]) -> str:
    """Name a layer so that a row that is none, such as the pixels, is not taken for one."""
    return layer if not layers or layer in layers else f"{layer}, which is no layer of the network,"


def estimate(layer_map: Mapping[str, Any], layer: str, region: str) -> str:
    """Write a similarity and its interval."""
    value, low, high = (cell(layer_map, part, layer, region) for part in ("similarity", "low", "high"))
    return f"({fixed(value)} [{fixed(low)}, {fixed(high)}])"


def hierarchy(layer_map: Mapping[str, Any]) -> str:
    """Write whether later regions go with deeper layers, as a clause; nothing if it was not estimated."""
    scores = layer_map.get("hierarchy") or {}
    for name in sorted(scores, key=lambda score: (score != "kendall", score)):
        score = scores[name]
        value, low, high = (score.get(part) for part in ("value", "low", "high"))
        if value is None or low is None or high is None:
            continue
        number = f"({name.capitalize()} {fixed(value)} [{fixed(low)}, {fixed(high)}])"
        if low > 0:
            return f"; later regions go with deeper layers {number}"
        if high < 0:
            return f"; later regions go with shallower layers {number}"
        return f"; whether later regions go with deeper layers we cannot tell either {number}"
    return ""


def reach(comparison: Mapping[str, Any], key: str, told: Mapping[str, str]) -> str:
    """Write the second sentence: how far the first one carries."""
    layer_map = comparison[key]
    cells = told or strongest(layer_map)
    whose = "these matches" if told else "the highest similarities"
    clauses = [clause for clause in (controls(layer_map, cells, whose), against_nulls(layer_map, cells)) if clause]
    others = agreement(comparison, key, told)
    if not clauses:
        text = (
            f"How much of {whose} is more than what any two systems share that see the same images is open, for neither the "
            "controls nor a null were compared"
        )
        return f"{text}; {others}." if others else f"{text}."
    text = "; ".join([*clauses, *([others] if others else [])])
    return f"{text[0].upper()}{text[1:]}."


def strongest(layer_map: Mapping[str, Any]) -> dict[str, str]:
    """Give the most similar layer of every region, whether or not it is told apart."""
    values = np.array(layer_map["similarity"], dtype=float)
    known = np.where(np.isfinite(values), values, -np.inf)
    return {region: layer_map["layers"][known[:, j].argmax()] for j, region in enumerate(layer_map["regions"])}


def controls(layer_map: Mapping[str, Any], cells: Mapping[str, str], whose: str) -> str:
    """Write what is left of the similarity given the controls."""
    partial = layer_map.get("partial")
    if not partial:
        return ""
    given = f"given the {listed(partial.get('given') or ['controls'])} RDMs"
    left, gone = split(cells, lambda layer, region: above(cell(layer_map, "low", layer, region, partial)))
    if not gone:
        return f"{given}, {whose} stay above 0 {'throughout' if len(left) > 1 else f'in {left[0]}'}"
    if not left:
        return f"{given}, nothing of {whose} is distinguishable from 0, so shared image content can explain them"
    return f"{given}, {whose} stay above 0 in {listed(left, 20)} but not in {listed(gone, 20)}, where shared image content can explain them"


def against_nulls(layer_map: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    """Write where the similarity exceeds that of each null."""
    clauses = []
    for name, null in (layer_map.get("nulls") or {}).items():
        more, not_more = split(
            cells, lambda layer, region, null=null: above(cell(layer_map, "low", layer, region, null))
        )
        article = name if name.startswith(("a ", "an ", "the ")) else f"the {name}"
        if not not_more:
            clauses.append(f"they exceed those with {article} {'throughout' if len(more) > 1 else f'in {more[0]}'}")
        elif not more:
            clauses.append(f"they exceed those with {article} nowhere")
        else:
            clauses.append(f"they exceed those with {article} in {listed(more, 20)} but not in {listed(not_more, 20)}")
    return "; ".join(clauses)


def agreement(comparison: Mapping[str, Any], key: str, told: Mapping[str, str]) -> str:
    """Write whether the other measures choose the same layers."""
    clauses = []
    for other, layer_map in comparison.items():
        if other == key:
            continue
        theirs = told_layers(layer_map)
        same = [r for r, layer in told.items() if r in theirs and alike(layer, theirs[r], layer_map)]
        different = [r for r in told if r in theirs and r not in same]
        silent = [r for r in told if r not in theirs]
        if not told:
            clauses.append(
                f"{measure_name(other)} {f'tells a layer for {listed(list(theirs), 20)}' if theirs else 'cannot tell either'}"
            )
            continue
        parts = [f"agrees for {listed(same, 20)}"] if same else []
        parts += [f"chooses another layer for {listed(different, 20)}"] if different else []
        parts += [f"cannot tell for {listed(silent, 20)}"] if silent else []
        clauses.append(f"{measure_name(other)} {listed(parts)}")
    return "; ".join(clauses)


def alike(one: str, other: str, layer_map: Mapping[str, Any]) -> bool:
    """Say whether two layers are the same, or have the same activity."""
    return one == other or any(one in group and other in group for group in layer_map.get("same_activity") or [])


def split(cells: Mapping[str, str], holds: Any) -> tuple[list[str], list[str]]:
    """Divide the regions into those for whose cell `holds`, and the others."""
    yes = [region for region, layer in cells.items() if holds(layer, region)]
    return yes, [region for region in cells if region not in yes]


def cell(
    layer_map: Mapping[str, Any], part: str, layer: str, region: str, source: Mapping[str, Any] | None = None
) -> float | None:
    """Give one number of a matrix by the names of its row and column."""
    matrix: Sequence[Sequence[float | None]] = (layer_map if source is None else source)[part]
    return matrix[layer_map["layers"].index(layer)][layer_map["regions"].index(region)]


def above(value: float | None) -> bool:
    """Say whether a lower end is known and above 0."""
    return value is not None and value > 0
