"""Figures of training runs; each takes an Axes, or makes one, and gives it back."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import InvalidValueError, ShapeError
from isocortex.errors import nearest
from isocortex.style import COLORS, COLUMN_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ann.learning_curves import LearningCurve
    from ann.search import SearchResult

__all__ = ["confusion_matrix", "learning_curves", "training_curves", "training_panels", "trials"]


def training_curves(history: Mapping[str, Sequence[float]], ax: "Axes | None" = None, what: str = "loss") -> "Axes":
    """Draw a quantity against the epoch, training beside validation.

    Where training data were measured as `evaluate` does (``fit(train_eval=True)``), that is a third line.

    Parameters
    ----------
    history : mapping of str to sequence of float
        `History.history`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    what : str
        ``"loss"`` or a metric.

    Raises
    ------
    InvalidValueError
        If the history has no such quantity.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    if what not in history:
        raise InvalidValueError(f"what: the history has no {what!r}; {nearest(what, history)}")
    if ax is None:
        _, ax = plt.subplots()
    lines = (
        ("training", what, COLORS["blue"], "-"),
        ("training, measured", f"train_eval_{what}", COLORS["sky"], "-."),
        ("validation", f"val_{what}", COLORS["vermillion"], "--"),
    )
    for label, key, color, style in lines:
        if key in history:
            values = history[key]
            marker = "o" if len(values) <= 20 else None
            ax.plot(range(1, len(values) + 1), values, style, color=color, label=label, marker=marker, markersize=3)
    ax.set_xlabel("epoch")
    ax.set_ylabel(what)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(ax.lines) > 1:
        ax.legend()
    return ax


def training_panels(history: Mapping[str, Sequence[float]]) -> "list[Axes]":
    """Draw every quantity of a history in a panel of its own: loss, metrics, penalty, learning rate.

    Parameters
    ----------
    history : mapping of str to sequence of float
        `History.history`.

    Raises
    ------
    InvalidValueError
        If no epoch was finished.
    """
    import matplotlib.pyplot as plt

    names = [name for name in history if not name.startswith(("val_", "train_eval_"))]
    if not names:
        raise InvalidValueError("history: holds nothing to draw; no epoch was finished")
    _, axes = plt.subplots(1, len(names), figsize=(3.4 * len(names), 2.8), squeeze=False, layout="constrained")
    return [training_curves(history, ax, name) for name, ax in zip(names, axes[0], strict=True)]


def trials(result: "SearchResult", parameter: str | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw the scores of a search, the mean and the standard error over folds, one colour an algorithm.

    Parameters
    ----------
    result : ann.search.SearchResult
        What a search found; trials that failed are left out.
    parameter : str, optional
        Against which hyper-parameter; in the order of the trials by default. Words are put side by side.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Raises
    ------
    InvalidValueError
        If no trial has such a parameter.
    """
    import matplotlib.pyplot as plt

    known = sorted({name for trial in result.trials for name in trial.parameters})
    if parameter is not None and parameter not in known:
        raise InvalidValueError(f"parameter: no trial has {parameter!r}; {nearest(parameter, known)}")
    if ax is None:
        _, ax = plt.subplots()
    shown = [trial for trial in result.trials if trial.error is None]
    shown = [trial for trial in shown if parameter is None or parameter in trial.parameters]
    places = [trial.number if parameter is None else trial.parameters[parameter] for trial in shown]
    if not all(isinstance(place, Real) and not isinstance(place, bool) for place in places):
        places = [str(place) for place in places]
    elif parameter is not None and min(places) > 0 and max(places) >= 100 * min(places):
        ax.set_xscale("log")
    names = list(dict.fromkeys(trial.algorithm for trial in shown))
    for name, color in zip(names, cycle(COLORS[key] for key in ("blue", "vermillion", "green", "orange", "purple"))):
        own = [(place, trial) for place, trial in zip(places, shown, strict=True) if trial.algorithm == name]
        x, heights = [place for place, _ in own], [trial.score for _, trial in own]
        bars = [trial.standard_error for _, trial in own]
        ax.errorbar(x, heights, bars if len(shown[0].scores) > 1 else None, fmt="o", color=color, label=name)
    if result.best in shown:
        ax.plot(places[shown.index(result.best)], result.best.score, "o", markersize=10, mfc="none", color="black")
    ax.set_xlabel("trial" if parameter is None else parameter)
    ax.set_ylabel(result.score_name)
    if len(names) > 1:
        ax.legend()
    return ax


def learning_curves(curve: "LearningCurve", ax: "Axes | None" = None) -> "Axes":
    """Draw scores against the number of training stimuli: means over repeats, with bands of two standard errors.

    Parameters
    ----------
    curve : ann.LearningCurve
        What `ann.learning_curve` gave.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    lines = (("training", curve.training, "blue", "-"), ("validation", curve.validation, "vermillion", "--"))
    for label, scores, color, style in lines:
        mean = scores.mean(axis=1)
        error = 2 * scores.std(axis=1, ddof=1) / scores.shape[1] ** 0.5
        ax.plot(curve.sizes, mean, style, color=COLORS[color], label=label, marker="o", markersize=3)
        ax.fill_between(curve.sizes, mean - error, mean + error, color=COLORS[color], alpha=0.25, linewidth=0)
    ax.set_xscale("log")
    if len(curve.sizes) <= 6:
        ax.set_xticks(curve.sizes, [f"{size:d}" for size in curve.sizes])
        ax.minorticks_off()
    ax.set_xlabel("training stimuli")
    ax.set_ylabel(curve.score_name)
    ax.legend()
    return ax


def confusion_matrix(matrix: Any, labels: Sequence[str] | None = None, ax: "Axes | None" = None) -> "Axes":
    """Draw which class is taken for which: the colour is the share of a row, the text that share and the count.

    Up to 6 classes both are written, up to 12 the counts alone, beyond that nothing.

    Parameters
    ----------
    matrix : array
        (class, answer): what `ann.metrics.confusion_matrix` gave, as counts.
    labels : sequence of str, optional
        What the classes are called; their numbers by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure, one column wide, by default.

    Raises
    ------
    ShapeError, InvalidValueError
        If the matrix is not square, holds negative numbers, or there are not as many labels.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ShapeError(f"matrix: must be square (class, answer), got {counts.shape}")
    if not np.all(counts >= 0):
        raise InvalidValueError(f"matrix: must hold counts, got {counts.min()}")
    number = len(counts)
    if labels is not None and len(labels) != number:
        raise InvalidValueError(f"labels: got {len(labels)} for {number} classes")
    rows = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, rows, out=np.zeros(counts.shape), where=rows > 0)
    if ax is None:
        _, ax = plt.subplots(figsize=(COLUMN_WIDTH, 0.85 * COLUMN_WIDTH), layout="constrained")
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax, label="share of the class")
    for row, column in np.ndindex(*counts.shape) if number <= 12 else ():
        text = f"{counts[row, column]:.4g}" + (f"\n{shares[row, column]:.0%}" if number <= 6 else "")
        color = "white" if shares[row, column] > 0.6 else "black"
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize="small")
    for axis in (ax.xaxis, ax.yaxis):
        if labels is None:
            axis.set_major_locator(MaxNLocator(integer=True, nbins=12))
        else:
            axis.set_ticks(range(number), [str(label) for label in labels])
    if labels is not None and max(len(str(label)) for label in labels) > 3:
        ax.tick_params(axis="x", labelrotation=90)
    ax.set_xlabel("answer")
    ax.set_ylabel("class")
    return ax
