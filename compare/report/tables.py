"""What the page's tables hold: plain rows, every number of them a number of the results."""

from collections.abc import Mapping
from typing import Any

from compare.report.maps import against, cell, given, known_nulls, strongest, told_layers
from compare.report.numbers import fixed, listed, p_value, seconds

__all__ = ["cell_notes", "facts", "flat_settings", "left_out", "record", "region_rows", "remarks"]


def region_rows(results: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Give one row a region: its layer, and what speaks for it and against it.

    Parameters
    ----------
    results : mapping
        The results of a study.
    key : str
        The measure that the rows are about.

    Returns
    -------
    list of dict
        ``region``, ``layer`` (None: cannot tell), ``about`` (the layer that the numbers are about), ``alike`` (others
        of its activity), ``runner_up``, ``similarity``, ``ceiling``, ``lead``, ``wins``, ``partial``, ``nulls`` (name
        -> estimate), ``others`` (measure -> layer or None); an estimate is a mapping of ``value``, ``low``, ``high``.
        What is not known is None.
    """
    comparison = results["comparison"]
    layer_map = comparison[key]
    told = told_layers(layer_map)
    rows = []
    for region in layer_map["regions"]:
        lead = (layer_map.get("best_minus_runner_up") or {}).get(region) or {}
        layer = told.get(region)
        about = layer or lead.get("best") or strongest(layer_map)[region]
        partial = given(layer_map)
        rows.append(
            {
                "region": region,
                "layer": layer,
                "about": about,
                "alike": [
                    name
                    for group in layer_map.get("same_activity") or []
                    if about in group
                    for name in group
                    if name != about
                ],
                "runner_up": lead.get("runner_up"),
                "similarity": estimate(layer_map, about, region, layer_map, "similarity"),
                "ceiling": (layer_map.get("ceiling") or {}).get(region),
                "lead": {"value": lead.get("difference"), "low": lead.get("low"), "high": lead.get("high")}
                if lead
                else None,
                "wins": cell(layer_map, "wins", about, region) if layer_map.get("wins") else None,
                "partial": estimate(layer_map, about, region, partial, "similarity") if partial else None,
                "nulls": {
                    name: estimate(layer_map, about, region, null, "difference")
                    for name, null in known_nulls(layer_map).items()
                },
                "others": {other: told_layers(comparison[other]).get(region) for other in comparison if other != key},
            }
        )
    return rows


def estimate(
    layer_map: Mapping[str, Any], layer: str, region: str, source: Mapping[str, Any], part: str
) -> dict[str, float | None]:
    """Give a value of one cell with its interval."""
    return {
        "value": cell(layer_map, part, layer, region, source),
        "low": cell(layer_map, "low", layer, region, source),
        "high": cell(layer_map, "high", layer, region, source),
    }


def cell_notes(key: str, layer_map: Mapping[str, Any]) -> dict[str, str]:
    """Give, for the id of every cell in the drawn matrices, what is told when it is pointed at."""
    partial = given(layer_map)
    kinds: list[tuple[str, str, Mapping[str, Any], str]] = [("similarity", "", layer_map, "similarity")]
    if partial:
        kinds.append(("partial", f" given {listed(partial['given'])}", partial, "similarity"))
    for i, (name, null) in enumerate(known_nulls(layer_map).items()):
        what = against(layer_map, name)
        kinds.append((f"null{i}", f" {what[0].lower()}{what[1:]}", null, "difference"))
    notes = {}
    for kind, what, source, part in kinds:
        for i, layer in enumerate(layer_map["layers"]):
            for j, region in enumerate(layer_map["regions"]):
                value, low, high = (source[name][i][j] for name in (part, "low", "high"))
                note = (
                    f"{layer} and {region}{what}: {fixed(value, 3)}, 95 % interval {fixed(low, 3)} to {fixed(high, 3)}"
                )
                if kind == "similarity":
                    note += extra(layer_map, i, j)
                notes[f"cell-{key}-{kind}-{i}-{j}"] = note
    return notes


def extra(layer_map: Mapping[str, Any], i: int, j: int) -> str:
    """Give what else is known of a cell of the plain matrix."""
    text = ""
    if layer_map.get("p_value") and layer_map["p_value"][i][j] is not None:
        text += f", p {p_value(layer_map['p_value'][i][j])}"
    if layer_map.get("wins") and layer_map["wins"][i][j] is not None:
        text += f", best in {fixed(100 * layer_map['wins'][i][j], 0)} % of bootstraps"
    return text


def facts(results: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Give the few numbers that stand beneath the verdict: what it is, the number, how it is written."""
    network, brain, simulation = results["network"], results["brain"], results["simulation"]
    candidates = [
        ("stimuli", results["data"]["stimuli"], "count"),
        ("trials of each", simulation["trials"], "count"),
        ("held-out accuracy of the network", network.get("held_out_accuracy"), "percent"),
        ("neurons of the brain", brain.get("neurons"), "count"),
        ("synapses", brain.get("synapses"), "count"),
        ("to compute", results.get("total_s"), "seconds"),
    ]
    return [(name, value, kind) for name, value, kind in candidates if value is not None]


def remarks(results: Mapping[str, Any]) -> list[str]:
    """Give what a reader must know: the study's own notes, and those of the comparisons that these do not hold."""
    notes = [str(note) for note in results.get("notes") or []]
    for name, null in (results.get("nulls") or {}).items():
        notes += [f"{name}: {note}" for note in null.get("notes") or []]
    for key, layer_map in results["comparison"].items():
        for note in layer_map.get("notes") or []:
            if not any(note in known for known in notes):
                notes.append(f"{key}: {note}")
    return notes


def left_out(note: str) -> bool:
    """Say whether a remark only counts units or stimuli that do not vary, of which there are many."""
    return note.endswith("left out") or "no variance over units" in note


def record(results: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """Give what it takes to get the results again, as rows of name and text, one list a table."""
    ours, data, done = results["isocortex"], results["data"], results["simulation"]
    versions: list[tuple[str, Any]] = [
        ("isocortex", ours["version"]),
        ("Python", ours.get("python")),
        *(ours.get("packages") or {}).items(),
    ]
    versions += [("BLAS", "; ".join(ours.get("blas") or [])), ("platform", ours.get("platform"))]
    versions += [("threads", ours.get("cpu_threads")), ("created", ours.get("created"))]
    times: list[tuple[str, Any]] = [(stage, seconds(value)) for stage, value in (results.get("times") or {}).items()]
    times.append(("in all", seconds(results["total_s"]) if results.get("total_s") is not None else None))
    tables = {
        "seeds": list((results["study"].get("seeds") or {}).items()),
        "data": [(key.replace("_", " "), data.get(key)) for key in ("name", "origin", "licence", "checksum")],
        "simulation": [(key.replace("_", " "), value) for key, value in done.items()],
        "versions": versions,
        "times": times,
    }
    return {name: [row for row in rows if row[1] not in (None, "")] for name, rows in tables.items()}


def flat_settings(settings: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Flatten nested settings into ``(dotted name, value)``.

    Examples
    --------
    >>> flat_settings({"brain": {"seed": 0}, "seed": 1})
    [('brain.seed', 0), ('seed', 1)]
    """
    if isinstance(settings, Mapping) and settings:
        rows = []
        for key, value in settings.items():
            rows += flat_settings(value, f"{prefix}.{key}" if prefix else str(key))
        return rows
    return [(prefix, settings)] if prefix else []
