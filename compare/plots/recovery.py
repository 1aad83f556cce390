"""Model recovery: what is named for each planted layer, and how many stimuli and trials it takes."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from compare.errors import ActivityTypeError, InvalidOptionError
from compare.plots.canvas import axes_or_new
from compare.recovery.result import RecoveryResult
from compare.report.figures.common import INK, MUTED, depth_colors, label, on_color
from isocortex.errors import nearest
from isocortex.style import SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion", "power"]

GAP = 0.25  # between the layers and "cannot tell", in columns


def confusion(
    result: RecoveryResult, stimuli: int | None = None, trials: int | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw how often each planted layer (row) was named as each layer (column), and as none.

    Cells hold counts; their colour is the share of the row. Outlined are the right answers.

    Parameters
    ----------
    result : RecoveryResult
        What `compare.recover_layers` gives.
    stimuli, trials : int, optional
        Which of the numbers tried; the largest by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError
        If it is no `RecoveryResult`, or `ax` no Axes.
    InvalidOptionError
        If no such number was tried.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import compare
    >>> layers = dict(zip("ab", np.random.default_rng(0).normal(size=(2, 30, 20)), strict=True))
    >>> found = compare.recover_layers(layers, 0.5, repetitions=2, bootstrap=100, permutations=100)
    >>> [text.get_text() for text in confusion(found).get_xticklabels()]
    ['a', 'b', 'cannot tell']
    >>> plt.close()
    """
    import matplotlib as mpl

    counts = _checked(result, "plots.confusion").counts
    for axis, value in (("stimuli", stimuli), ("trials", trials)):
        counts = counts.sel({axis: _tried(counts, axis, value)})
    axes = axes_or_new(ax)
    rows, total = len(result.layers), result.repetitions
    places = [*range(rows), rows + GAP]
    size = min(7.0, 26 / max(rows, 3))
    for i, row in enumerate(counts.values):
        for j, count in zip(places, row, strict=True):
            color = mpl.colormaps[SEQUENTIAL](count / total)
            axes.add_patch(Rectangle((j + 0.02, i + 0.02), 0.96, 0.96, facecolor=color, linewidth=0))
            axes.text(j + 0.5, i + 0.5, str(count), ha="center", va="center", color=on_color(color), fontsize=size)
        axes.add_patch(Rectangle((i + 0.03, i + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=1.5))
    names = [label(name) for name in counts["found"].values]
    steep = max(map(len, names)) * len(names) > 30
    slant: Any = {"rotation": 40, "ha": "left", "rotation_mode": "anchor"} if steep else {}
    axes.set_xticks(np.array(places) + 0.5, names, **slant)
    axes.set_yticks(np.arange(rows) + 0.5, names[:rows])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set(xlim=(0, rows + 1 + GAP), ylim=(rows, 0), ylabel="planted", xlabel="named", aspect="equal")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return axes


def power(result: RecoveryResult, layer: str | None = None, level: float = 0.8, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of right answers against the number of stimuli, a curve for each number of trials.

    Bars are Wilson intervals; the line is what a claim would need.

    Parameters
    ----------
    result : RecoveryResult
        What `compare.recover_layers` gives.
    layer : str, optional
        Of one planted layer; the mean over all of them by default.
    level : float
        Where the line is.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ActivityTypeError
        If it is no `RecoveryResult`, or `ax` no Axes.
    InvalidOptionError
        If there is no such layer, or the level is no share.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import compare
    >>> layers = dict(zip("ab", np.random.default_rng(0).normal(size=(2, 30, 20)), strict=True))
    >>> found = compare.recover_layers(layers, 0.5, stimuli=[10, 30], repetitions=2, bootstrap=100, permutations=100)
    >>> power(found).get_ylabel()
    'share named right'
    >>> plt.close()
    """
    found = _checked(result, "plots.power")
    if not 0 < level <= 1:
        raise InvalidOptionError(f"level: must be a share above 0 and at most 1, got {level!r}")
    if layer is not None and layer not in found.layers:
        raise InvalidOptionError(f"layer: {layer!r} was not planted; {nearest(str(layer), found.layers)}")
    share = found.overall if layer is None else found.accuracy.sel(planted=layer)
    axes = axes_or_new(ax)
    stimuli, trials = share["stimuli"].values, share["trials"].values
    apart = np.ptp(stimuli) * 0.012 if len(stimuli) > 1 else 0.1
    for place, (number, color) in enumerate(zip(trials, depth_colors(len(trials)), strict=True)):
        one = share.sel(trials=number)
        x = stimuli + apart * (place - (len(trials) - 1) / 2)
        value, low, high = (one[end].values for end in ("value", "low", "high"))
        axes.vlines(x, low, high, color=color, linewidth=1.2)
        axes.plot(x, value, "o-", color=color, markersize=3.5, linewidth=1, label=str(int(number)))
    axes.axhline(level, color=MUTED, linewidth=0.8, linestyle="--")
    axes.annotate(
        f"{level:.0%}", (1, level), xycoords=("axes fraction", "data"), xytext=(3, 0), textcoords="offset points",
        va="center", fontsize=6.5, color=MUTED, annotation_clip=False,
    )  # fmt: skip
    what = "share named right" if layer is None else f"share of {label(layer)} named right"
    axes.set(xlabel="stimuli", ylabel=what, ylim=(-0.03, 1.03))
    axes.set_xticks(stimuli)
    axes.legend(title="trials", loc="center left", bbox_to_anchor=(1.06, 0.5))
    return axes


def _checked(result: Any, name: str) -> RecoveryResult:
    if not isinstance(result, RecoveryResult):
        raise ActivityTypeError(f"{name}: takes what compare.recover_layers gives, got {type(result).__name__}")
    return result


def _tried(counts: Any, axis: str, value: int | None) -> int:
    tried = counts[axis].values.tolist()
    if value is None:
        return int(tried[-1])
    if value not in tried:
        raise InvalidOptionError(f"{axis}: {value!r} was not tried, only {', '.join(map(str, tried))}")
    return value
