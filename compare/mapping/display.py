"""How a layer map looks in a notebook: a table whose cells tell their interval when they are pointed at."""

from html import escape

import numpy as np

from compare.mapping.layer_map import LayerMap

__all__ = ["to_html"]

CELL = "padding:.25em .6em;text-align:right;font-variant-numeric:tabular-nums"
NAME = "padding:.25em .6em;text-align:left;font-weight:normal"
BLUE = "0,114,178"  # of the palette, over the notebook's own ground, so that it is right in light and dark


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
    named = [f"{escape(region)} {escape(layer)}" for region, layer in told.items() if layer is not None]
    open_ = [escape(region) for region, layer in told.items() if layer is None]
    verdict = ("; ".join(named) + ". " if named else "") + (f"Cannot tell: {', '.join(open_)}." if open_ else "")
    return (
        f"<div><div><b>{escape(found.label)}</b>, {found.stimuli} stimuli, {100 * found.confidence:g} % intervals "
        f"from {found.bootstrap} bootstraps, which generalise to other {escape(found.generalises_to)}</div>"
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
