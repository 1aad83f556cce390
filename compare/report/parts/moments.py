"""Time: when each layer is most similar to each region, in words and as a table."""

from collections.abc import Mapping
from typing import Any

from compare.report.numbers import fixed, listed
from compare.report.table import Column, Estimate, Row, Table

__all__ = ["moments_answer", "moments_table"]


def moments_answer(moments: Mapping[str, Any] | None) -> str:
    """Say whether later layers peak later, region by region."""
    if not moments:
        return ""
    later, earlier, open_ = [], [], []
    for region, found in moments["regions"].items():
        score = found["hierarchy"]
        number = f"{region} ({fixed(score['value'])} [{fixed(score['low'])}, {fixed(score['high'])}])"
        if score["value"] is None:
            open_.append(region)
        elif score["low"] > 0 and score["p_value"] < 0.05:
            later.append(number)
        elif score["high"] < 0:
            earlier.append(number)
        else:
            open_.append(region)
    parts = [f"later layers peak later in {listed(later, 20)}"] if later else []
    parts += [f"later layers peak earlier in {listed(earlier, 20)}"] if earlier else []
    if open_:
        parts.append(f"one cannot tell whether later layers peak later in {listed(open_, 20)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def moments_table(moments: Mapping[str, Any] | None) -> Table:
    """Give one row a region and layer: the largest similarity, when it is, and whether it is above chance."""
    rows: list[Row] = []
    done = moments or {"regions": {}, "layers": []}
    for region, found in done["regions"].items():
        for i, layer in enumerate(done["layers"]):
            curve = [-2.0 if value is None else value for value in found["similarity"][i]]
            at = max(range(len(curve)), key=curve.__getitem__)
            peak = Estimate(*(found[part][i][at] for part in ("similarity", "low", "high")))
            when = Estimate(*(found[f"peak_{part}"][i] for part in ("latency", "low", "high")))
            rows.append((region, layer, peak, found["p_value"][i][at], when))
    columns = [Column("Region", "name"), Column("Layer", "name"), Column("Largest similarity", "estimate")]
    columns += [Column("p", "p"), Column("Latency (ms)", "estimate", 0)]
    return Table(
        "moments",
        "moments of the largest similarity",
        f"The largest {done.get('label', 'similarity')} over time, with 95 % intervals over stimuli; p: above chance, "
        "corrected for all layers and moments of the region. Latencies are known to a bin at best, and unknown where "
        "no moment is above chance.",
        columns,
        rows,
    )
