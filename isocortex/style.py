"""How our figures look: readable at column width, safe for colour-blind readers, written whole in three formats.

Colours are those of Okabe and Ito (2008), https://jfly.uni-koeln.de/color/; the maps are viridis (sequential) and
RdBu reversed (diverging), both perceptually ordered.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocortex.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLORS", "COLUMN_WIDTH", "DIVERGING", "PAGE_WIDTH", "SEQUENTIAL", "colour", "paper_style", "save_figure"]

COLORS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}
ORDER = ("blue", "vermillion", "green", "orange", "purple", "sky", "black")
"""In which curves take them."""
SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"
COLUMN_WIDTH = 3.5  # inches: one column of a two-column journal
PAGE_WIDTH = 7.2  # inches: both columns
_FILES: dict[Any, Any] = {
    "savefig.bbox": None,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # real fonts, which journals ask for
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "isocortex",  # the same figure gives the same bytes
}


def colour(position: int) -> str:
    """Give the colour of the curve at this position.

    Examples
    --------
    >>> colour(0) == colour(7) == COLORS["blue"]
    True
    """
    return COLORS[ORDER[position % len(ORDER)]]


@contextmanager
def paper_style() -> Iterator[None]:
    """Use the paper style for the figures made in this block, and only there.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with paper_style():
    ...     figure, axes = plt.subplots(figsize=(COLUMN_WIDTH, 2.5))
    >>> plt.close(figure)
    """
    import matplotlib as mpl
    from cycler import cycler

    settings: dict[Any, Any] = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "font.family": "DejaVu Sans",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.2,
        "legend.frameon": False,
        "figure.dpi": 120,
        "axes.prop_cycle": cycler(color=[COLORS[name] for name in ORDER]),
        "image.cmap": SEQUENTIAL,
    }
    with mpl.rc_context(settings):
        yield


def save_figure(figure: "Figure", stem: Path, formats: tuple[str, ...] = ("svg", "png", "pdf")) -> list[Path]:
    """Write a figure as ``stem.svg``, ``stem.png`` and ``stem.pdf``, each whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is written.
    stem : pathlib.Path
        Path without a suffix.
    formats : tuple of str
        Which formats to write.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    import matplotlib as mpl

    metadata: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    layout = figure.get_layout_engine()
    # A tight box draws the figure twice, and a layout is worked out anew for each format: neither is needed where a
    # layout engine has placed everything once.
    box = "tight" if layout is None else None
    paths = []
    try:
        for suffix in formats:
            path = stem.with_name(f"{stem.name}.{suffix}")
            with atomic_path(path) as temporary, mpl.rc_context(_FILES):
                figure.savefig(temporary, format=suffix, metadata=metadata.get(suffix), bbox_inches=box)
                figure.set_layout_engine(None)  # what it placed stays where it is
            paths.append(path)
    finally:
        figure.set_layout_engine(layout)
    return paths
