"""What stands in the cells of several tables: estimates, ranges, and how a comparison names itself."""

from collections.abc import Mapping
from typing import Any

from compare.report.maps import cell
from compare.report.numbers import measure_name
from compare.report.table import Estimate, Range

__all__ = ["as_estimate", "estimate_at", "known_range", "label_of", "percent", "resampling"]


def estimate_at(
    layer_map: Mapping[str, Any],
    layer: str,
    region: str,
    source: Mapping[str, Any] | None = None,
    part: str = "similarity",
) -> Estimate:
    """Give a cell with its interval."""
    value, low, high = (cell(layer_map, name, layer, region, source) for name in (part, "low", "high"))
    return Estimate(value, low, high)


def as_estimate(given_: Mapping[str, Any] | None) -> Estimate | None:
    """Give an estimate that is a mapping as what a table holds."""
    return None if given_ is None else Estimate(given_["value"], given_["low"], given_["high"])


def known_range(ends: Any) -> Range | None:
    """Give the ends of a ceiling, or nothing where there is none."""
    return None if not ends or None in list(ends) else Range(*ends)


def label_of(key: str, layer_map: Mapping[str, Any]) -> str:
    """Give the measure in words, as the comparison itself says it."""
    return str(layer_map.get("label") or measure_name(key, axis=True))


def percent(layer_map: Mapping[str, Any]) -> str:
    """Give the nominal coverage of the intervals."""
    return f"{100 * (layer_map.get('confidence') or 0.95):g} %"


def resampling(layer_map: Mapping[str, Any]) -> str:
    """Say what the intervals come from, and what they generalise to."""
    if not layer_map.get("bootstrap"):
        return ""
    over = layer_map.get("generalises_to") or "stimuli"
    drawn = layer_map.get("drawn") or "bootstraps"
    return f" from {layer_map['bootstrap']} {drawn}; they generalise to other {over} of the same kind"
