"""The verdict: what the comparison says of this simulated brain, in two sentences, uncertainty included.

The first sentence answers which layer does what which region does, and says where one cannot tell. The second says
how far that answer carries: beside the pixels, given the controls, against the nulls, and by the other measures.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compare.report.maps import (
    VISIBLE,
    above,
    alike,
    cell,
    closer,
    first_measure,
    given,
    known_nulls,
    strongest,
    told_layers,
)
from compare.report.numbers import fixed, listed, measure_name, p_value

__all__ = ["verdict"]

SIGNIFICANT = 0.05
FIXED_SPACE = "\N{NO-BREAK SPACE}"  # keeps an interval on one line


def verdict(results: Mapping[str, Any]) -> tuple[str, str]:
    """Put a study's result into two sentences.

    Parameters
    ----------
    results : mapping
        The results of a study; only data, network, simulation and comparison are read.

    Returns
    -------
    (str, str)
        What was found, and how far it carries.
    """
    comparison = results["comparison"]
    key = first_measure(comparison)
    told = told_layers(comparison[key])
    return sentence(finding(results, key, told)), sentence(reach(results, key, told))


def sentence(clauses: Sequence[str]) -> str:
    """Join clauses into one sentence."""
    text = "; ".join(clause for clause in clauses if clause)
    return f"{text[0].upper()}{text[1:]}."


def finding(results: Mapping[str, Any], key: str, told: Mapping[str, str]) -> list[str]:
    """Give the clauses of the first sentence: who goes with whom."""
    layer_map = results["comparison"][key]
    regions, layers = layer_map["regions"], {layer["name"] for layer in results["network"]["layers"]}
    count = f"{results['data']['stimuli']} stimuli, {results['simulation']['trials']} trials of each"
    if not told:
        where = "any of its regions" if len(regions) > 1 else regions[0]
        return [
            f"we cannot tell which layer of the network does what a region of this simulated brain does: in {where} no "
            f"layer leads its runner-up by more than the 95 % interval allows ({measure_name(key)}, {count})",
            hierarchy(layer_map),
        ]
    pairs = [
        f"{region} {'' if i else 'is matched best '}by {named(layer, layers)} {estimate(layer_map, layer, region)}"
        for i, (region, layer) in enumerate(told.items())
    ]
    unclear = [region for region in regions if region not in told]
    return [
        f"in this simulated brain, {listed(pairs, 20)}; these are {measure_name(key)} with 95 % intervals, {count}",
        f"for {listed(unclear, 20)} we cannot tell" if unclear else "",
        hierarchy(layer_map),
    ]


def named(layer: str, layers: set[str]) -> str:
    """Name a layer so that a row that is none, such as the pixels, is not taken for one."""
    return layer if not layers or layer in layers else f"{layer}, no layer of the network,"


def bracket(value: float | None, low: float | None, high: float | None, more: str = "") -> str:
    """Write a number and its interval, in brackets and on one line."""
    interval = f"[{fixed(low)}, {fixed(high)}]".replace(" ", FIXED_SPACE)
    return f"({fixed(value)} {interval}{more})"


def estimate(layer_map: Mapping[str, Any], layer: str, region: str) -> str:
    """Write a similarity and its interval."""
    value, low, high = (cell(layer_map, part, layer, region) for part in ("similarity", "low", "high"))
    return bracket(value, low, high)


def hierarchy(layer_map: Mapping[str, Any]) -> str:
    """Write whether later regions go with deeper layers, as a clause; nothing if it was not estimated."""
    scores = layer_map.get("hierarchy") or {}
    for name in sorted(scores, key=lambda score: (score != "kendall", score != "spearman", score)):
        value, low, high, p = (scores[name].get(part) for part in ("value", "low", "high", "p_value"))
        if value is None or low is None or high is None:
            continue
        chance = "" if p is None else f", p{FIXED_SPACE}{'' if p < 0.001 else '= '}{p_value(p)}"
        words = {"kendall": "Kendall's τ", "spearman": "Spearman's ρ"}.get(name, name)
        number = f"({words} {bracket(value, low, high, chance)[1:]}"
        if high < 0:
            return f"later regions go with shallower layers {number}"
        if low <= 0:
            return f"nor can we tell whether later regions go with deeper layers {number}"
        if p is not None and p >= SIGNIFICANT:
            return f"later regions go with deeper layers, as so few regions might by chance {number}"
        return f"later regions go with deeper layers {number}"
    return ""


def reach(results: Mapping[str, Any], key: str, told: Mapping[str, str]) -> list[str]:
    """Give the clauses of the second sentence: how far the first one carries."""
    layer_map = results["comparison"][key]
    cells = told or strongest(layer_map)
    whose = "these matches" if told else "the highest similarities"
    left = controls(layer_map, cells, whose)
    clauses = [
        left,
        *against_nulls(layer_map, cells, "they" if left else whose),
        beside_pixels(layer_map, cells),
    ]
    others = agreement(results["comparison"], key, told)
    if not any(clauses):
        clauses = [
            f"how much of {whose} is more than what any two systems share that see the same images stays open, for "
            "neither controls nor nulls were compared"
        ]
    return [*clauses, *others]


def controls(layer_map: Mapping[str, Any], cells: Mapping[str, str], whose: str) -> str:
    """Write what is left of the similarity given the controls."""
    partial = given(layer_map)
    if not partial:
        return ""
    what = f"given the {listed([{'pixels': 'pixel'}.get(name, name) for name in partial['given']])} RDMs"
    left, gone = split(cells, lambda layer, region: above(cell(layer_map, "low", layer, region, partial)))
    if not gone:
        return f"{what}, {whose} stay above 0 {places(left, cells)}"
    if not left:
        return f"{what}, nothing of {whose} is distinguishable from 0, so the images themselves can explain them"
    return (
        f"{what}, {whose} stay above 0 in {listed(left, 20)} but not in {listed(gone, 20)}, where the images "
        "themselves can explain them"
    )


def beside_pixels(layer_map: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    """Write where the pixels themselves are as similar to a region as its layer."""
    if "pixels" not in layer_map["layers"]:
        return ""

    def as_similar(layer: str, region: str) -> bool:
        pixels, own = (cell(layer_map, "similarity", row, region) for row in ("pixels", layer))
        if layer == "pixels" or pixels is None or own is None:
            return False
        return pixels >= own if closer(layer_map) else pixels <= own

    where, _ = split(cells, as_similar)
    return f"in {listed(where, 20)} the pixels themselves are as similar" if where else ""


def against_nulls(layer_map: Mapping[str, Any], cells: Mapping[str, str], whose: str) -> list[str]:
    """Write where the similarity exceeds each null's, and where it falls below; nulls of one outcome share a clause."""
    outcomes: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for name, null in known_nulls(layer_map).items():

        def told(layer: str, region: str, null: Mapping[str, Any] = null) -> int | None:
            low, high, value = (cell(layer_map, part, layer, region, null) for part in ("low", "high", "difference"))
            if low is None or high is None or value is None:
                return None
            return 0 if abs(value) < VISIBLE else int(low > 0) - int(high < 0)

        signs = {region: told(layer, region) for region, layer in cells.items()}
        groups = [tuple(region for region, found in signs.items() if found == sign) for sign in (1, -1, None)]
        outcomes.setdefault(tuple(groups), []).append(name)
    clauses = []
    # Of distances, more than a null means closer than it: the words must not be about numbers.
    higher, lower = ("exceed", "fall below") if closer(layer_map) else ("are closer than", "are less close than")
    for (more, less, unknown), names in outcomes.items():
        articled = [f"the {name.removeprefix('the ')}" for name in names]
        what = f"those with {listed(articled)}"
        rest = [region for region in cells if region not in more + less + unknown]
        silent = f" (not known in {listed(unknown, 20)})" if unknown else ""
        if len(unknown) == len(cells):
            clauses.append(f"how {what} compare is not known")
            continue
        if less:
            parts = [f"{higher} {what} in {listed(more, 20)}"] if more else []
            parts.append(f"{lower} {'them' if more else what} in {listed(less, 20)}")
            parts += [f"are not told from them in {listed(rest, 20)}"] if rest else []
            clauses.append(f"{whose} {listed(parts)}{silent}")
        elif not more:
            never = "do {} exceed" if closer(layer_map) else "are {} closer than"
            clauses.append(f"nowhere {never.format(whose)} {what}{silent}")
        else:
            where = f"in {listed(more, 20)} but not in {listed(rest, 20)}" if rest else places(more, cells)
            where = f"in {listed(more, 20)}" if unknown and not rest else where
            clauses.append(f"{whose} {higher} {what} {where}{silent}")
        whose = "they"
    return clauses


def agreement(comparison: Mapping[str, Any], key: str, told: Mapping[str, str]) -> list[str]:
    """Write whether the other measures choose the same layers, one clause a measure."""
    clauses = []
    for other, layer_map in comparison.items():
        if other == key:
            continue
        name, theirs = measure_name(other), told_layers(layer_map)
        if not told:
            clauses.append(
                f"{name} tells a layer for {listed(list(theirs), 20)}" if theirs else f"{name} cannot tell either"
            )
            continue
        same = [region for region in told if region in theirs and alike(told[region], theirs[region], layer_map)]
        different = [region for region in told if region in theirs and region not in same]
        silent = [region for region in told if region not in theirs]
        parts = [f"agrees for {listed(same, 20)}"] if same else []
        parts += [f"chooses another layer for {listed(different, 20)}"] if different else []
        parts += [f"cannot tell for {listed(silent, 20)}"] if silent else []
        clauses.append(f"{name} {listed(parts)}")
    return clauses


def places(regions: Sequence[str], cells: Mapping[str, str]) -> str:
    """Write "throughout", or the one region that there is."""
    return "throughout" if len(cells) > 1 else f"in {regions[0]}"


def split(cells: Mapping[str, str], holds: Callable[[str, str], bool]) -> tuple[list[str], list[str]]:
    """Divide the regions into those for whose cell `holds`, and the others."""
    yes = [region for region, layer in cells.items() if holds(layer, region)]
    return yes, [region for region in cells if region not in yes]
