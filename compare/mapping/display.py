"""How a layer map looks: a table in text, and one in a notebook whose cells tell their interval when pointed at."""

from html import escape

import numpy as np

from compare.mapping.layer_map import LayerMap

__all__ = ["answer", "to_html", "to_text"]

CELL = "padding:.25em .6em;text-align:right;font-variant-numeric:tabular-nums"
NAME = "padding:.25em .6em;text-align:left;font-weight:normal"
BLUE = "0,114,178"  # of the palette, over the notebook's own ground, so that it is right in light and dark


def answer(found: LayerMap, region: str) -> str:
    """Give the layer that is named for a region, or why none is."""
    layer, lead = found.assignment["best"].get(region), found.best_minus_runner_up.get(region)
    if layer is not None:
        return layer
    if lead is None:
        return "cannot tell (hardly varies over stimuli)"
    if not float(found.p_value.sel(layer=lead["best"], region=region)) < 1 - found.confidence:
        return "cannot tell (no layer is closer than chance)"
    return f"cannot tell ({lead['best']} or {lead['runner_up']})" if lead["runner_up"] else "cannot tell"


def to_text(found: LayerMap) -> str:
    """Write a map as a table of text.

    Examples
    --------
    >>> import compare
    >>> x = np.random.default_rng(0).normal(size=(2, 40, 30))
    >>> print(to_text(compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)))
    <LayerMap: RSA (correlation distance, Spearman), 2 layers x 1 regions, 40 stimuli, 100 bootstraps>
          V1
    a  1.00*
    b  0.01
    * p < 0.05, corrected for all cells
    V1: a
    """
    wide = max(len(name) for name in found.layers)
    columns = [max(len(name), 6) for name in found.regions]
    lines = [
        f"<LayerMap: {found.label}, {len(found.layers)} layers x {len(found.regions)} regions, {found.stimuli} "
        f"stimuli, {found.bootstrap} {found.drawn}>",
        f"{'':{wide}} " + " ".join(f"{name:>{width}}" for name, width in zip(found.regions, columns, strict=True)),
    ]
    for layer, row, p_values in zip(found.layers, found.similarity.values, found.p_value.values, strict=True):
        cells = [f"{value:.2f}" + ("*" if p < 0.05 else " ") for value, p in zip(row, p_values, strict=True)]
        line = " ".join(f"{cell:>{width}}" for cell, width in zip(cells, columns, strict=True))
        lines.append(f"{layer:{wide}} {line}".rstrip())
    lines.append("* p < 0.05, corrected for all cells")
    return "\n".join(lines + [f"{region}: {answer(found, region)}" for region in found.regions])


def to_html(found: LayerMap) -> str:
    """Write a map as HTML that stands by itself: no script, no style beyond its own elements; names are escaped.

    Examples
    --------
    >>> import compare
    >>> x = np.random.default_rng(0).normal(size=(2, 40, 30))
    >>> found = compare.map_layers({"<a>": x[0], "b": x[1]}, {"V1": x[0]}, bootstrap=100, permutations=100)
    >>> "&lt;a&gt;" in to_html(found), "<a>" in to_html(found)
    (True, False)
    """
    told = found.assignment.get("best", {})
    strength = _strengths(found.similarity.values, found.greater_is_closer)
    head = "".join(f'<th scope="col" style="{CELL}">{escape(region)}</th>' for region in found.regions)
    rows = []
    for i, layer in enumerate(found.layers):
        cells = [
            _cell(found, i, j, strength[i, j], told.get(region) == layer) for j, region in enumerate(found.regions)
        ]
        rows.append(f'<tr><th scope="row" style="{NAME}">{escape(layer)}</th>{"".join(cells)}</tr>')
    ends = [found.ceiling.get(region, (np.nan, np.nan)) for region in found.regions]
    if np.isfinite(ends).any():
        bounds = "".join(f'<td style="{CELL}">{_number(low)} to {_number(high)}</td>' for low, high in ends)
        rows.append(f'<tr><th scope="row" style="{NAME};opacity:.7">noise ceiling</th>{bounds}</tr>')
    named = [f"{escape(region)}: {escape(layer)}" for region, layer in told.items() if layer is not None]
    open_ = [f"{escape(region)}: {escape(answer(found, region))}" for region, layer in told.items() if layer is None]
    verdict = "; ".join(named + open_)
    return (
        f"<div><div><b>{escape(found.label)}</b>, {found.stimuli} stimuli, {100 * found.confidence:g} % intervals "
        f"from {found.bootstrap} {escape(found.drawn)}, which generalise to other {escape(found.generalises_to)}</div>"
        f'<table style="border-collapse:collapse"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(rows)}</tbody>'
        f"</table><div>{verdict}</div></div>"
    )


def _cell(found: LayerMap, i: int, j: int, strength: float, chosen: bool) -> str:
    value, low, high, p, q = (
        float(getattr(found, part).values[i, j]) for part in ("similarity", "low", "high", "p_value", "q_value")
    )
    note = f"{found.layers[i]} and {found.regions[j]}: {_number(value, 3)} [{_number(low, 3)}, {_number(high, 3)}]"
    note += f", p {_number(p, 3)}" if np.isfinite(p) else ""
    note += f", q {_number(q, 3)}" if np.isfinite(q) else ""
    text = f"<b>{_number(value)}</b>" if chosen else _number(value)
    look = f"{CELL};background:rgba({BLUE},{strength:.2f})" + (";outline:2px solid currentColor" if chosen else "")
    return f'<td style="{look}" title="{escape(note)}">{text}</td>'


def _strengths(values: np.ndarray, greater_is_closer: bool) -> np.ndarray:
    """Give how strong the colour of each cell is, from 0 for the least alike to 0.45."""
    closeness = values if greater_is_closer else -values
    known = closeness[np.isfinite(closeness)]
    if not known.size or known.max() == known.min():
        return np.zeros(values.shape)
    share = (closeness - known.min()) / (known.max() - known.min())
    return np.where(np.isfinite(share), 0.45 * share, 0.0)


def _number(value: float, places: int = 2) -> str:
    return f"{value:.{places}f}".replace("-", "−") if np.isfinite(value) else "–"
