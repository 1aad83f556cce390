"""What all figures of the report share: inks that the page can swap for dark mode, safe labels, fresh axes."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from isocortex.style import COLORS, PAGE_WIDTH, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "EXCITATORY",
    "FAINT",
    "INHIBITORY",
    "INK",
    "INNER_BLACK",
    "INNER_WHITE",
    "LINE",
    "MUTED",
    "PAPER",
    "axes_or_new",
    "baselines",
    "depth_colors",
    "label",
    "new_figure",
    "on_color",
    "report_style",
]

# The page replaces these exact colours by CSS variables, so that an inlined figure follows light and dark.
INK = "#1c1f23"
MUTED = "#69717b"
LINE = "#d8dce1"
FAINT = "#eff1f4"
PAPER = "#ffffff"
# Text on a coloured cell keeps its colour in both modes, so it is not one of the above.
INNER_WHITE = "#fefefe"
INNER_BLACK = "#000000"

EXCITATORY = COLORS["blue"]
INHIBITORY = COLORS["vermillion"]


@contextmanager
def report_style() -> Iterator[None]:
    """Use the paper style, with the inks that the page knows, for the figures made in this block."""
    import matplotlib as mpl

    inks: dict[Any, Any] = {
        "text.color": INK,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "figure.facecolor": PAPER,
        "axes.facecolor": "none",
        "axes.titlelocation": "left",
        "axes.titlesize": 9,
        "savefig.pad_inches": 0.02,  # a figure of the page's width stays within it
    }
    with paper_style(), mpl.rc_context(inks):
        yield


def new_figure(width: float = PAGE_WIDTH, height: float = 2.4) -> "Figure":
    """Make a figure of `width` x `height` inches that belongs to no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def axes_or_new(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Give `ax`, or the axes of a new figure of `width` x `height` inches."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def label(name: object, longest: int = 18) -> str:
    r"""Make a user's name safe and short enough to be drawn: one line, no mathematics, no control characters.

    Examples
    --------
    >>> label("a very long name of a layer", longest=12)
    'a very long…'
    >>> label("cost $x$")
    'cost \\$x\\$'
    """
    letters = (" " if unicodedata.category(c)[0] in "CZ" else c for c in str(name))
    text = " ".join("".join(letters).split())
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return text.replace("$", r"\$")


def on_color(rgba: Sequence[float]) -> str:
    """Say whether white or black text reads better on a colour (relative luminance of WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INNER_BLACK if luminance > 0.178 else INNER_WHITE


def baselines(rows: Sequence[str], network: Mapping[str, Any]) -> set[str]:
    """Give the rows of a comparison that are no layers of the network, such as the pixels."""
    layers = {layer["name"] for layer in network.get("layers", [])}
    return {row for row in rows if row not in layers} if layers else set()


def depth_colors(count: int) -> np.ndarray:
    """Give `count` colours (count, 4) from shallow to deep: viridis without its ends, which vanish on dark or light."""
    import matplotlib as mpl

    return np.asarray(mpl.colormaps["viridis"](np.linspace(0.2, 0.9, count)))
