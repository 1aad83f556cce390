"""Learning curves: how well a model does with more and more data, on what it has seen and on what it has not.

A validation error far above the training error that falls with more data is overfitting: more stimuli, a smaller model
or a penalty help. Two errors that meet, and stay high, are underfitting: only a larger model, or longer training,
helps.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.checks import finite_number
from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, InvalidValueError
from ann.layers.layer import positive_integer
from ann.search.running import checked_executor
from ann.search.splits import folds, nested_order
from ann.search.subject import (
    Score,
    check_parameters,
    default_score,
    fit_settings,
    is_regression,
    larger_is_better,
    measure,
    train,
)
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed, generator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningCurve", "learning_curve"]


@dataclass(frozen=True)
class LearningCurve:
    """Scores against the number of training stimuli.

    Attributes
    ----------
    sizes : numpy.ndarray
        Numbers of training stimuli.
    training, validation : numpy.ndarray
        (size, repeat): scores on the stimuli that were trained on, and on those kept apart.
    score_name : str
        What is measured.
    larger_is_better : bool
        Whether a larger score is better.
    """

    sizes: np.ndarray
    training: np.ndarray
    validation: np.ndarray
    score_name: str
    larger_is_better: bool

    def to_records(self) -> list[dict[str, float]]:
        """Give one dictionary a size: means over repeats, and their standard errors.

        All repeats draw from the same data, so the errors tell how much the draw and the initial weights matter, not
        how another data set would do.
        """
        columns = {"training": self.training, "validation": self.validation}
        return [
            {
                "stimuli": int(size),
                **{name: float(scores[row].mean()) for name, scores in columns.items()},
                **{f"{name}_standard_error": float(_standard_error(scores)[row]) for name, scores in columns.items()},
            }
            for row, size in enumerate(self.sizes)
        ]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw both curves, with bands of two standard errors; see `ann.plots.learning_curves`."""
        from ann.plots import learning_curves

        return learning_curves(self, ax=ax)


def learning_curve(
    make: Any,
    x: Any,
    y: Any,
    sizes: Sequence[int] | None = None,
    repeats: int = 5,
    *,
    validation: float = 0.2,
    score: Score | None = None,
    mode: str = "auto",
    fit: Mapping[str, Any] | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    progress: bool | Callable[[int, str], Advance] | None = None,
) -> LearningCurve:
    """Train on more and more stimuli, and judge on those and on others.

    Every repeat keeps other stimuli apart, class by class where the targets are labels, begins with other weights, and
    adds to the stimuli of a smaller size those of a larger one.

    Parameters
    ----------
    make : callable or estimator
        A function ``build()`` that gives a compiled model, and takes ``seed`` if it likes; or an estimator in
        scikit-learn's manner.
    x, y : array
        Stimuli (stimulus, ...) and their targets.
    sizes : sequence of int, optional
        Numbers of training stimuli; by default five, evenly on a logarithmic scale, up to all that are there.
    repeats : int
        At least 2, for the uncertainty.
    validation : float
        Share of the stimuli kept apart.
    score, mode, fit, executor
        See `ann.search.Search`.
    seed : int
        For the draws and the models.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`; it counts trainings.

    Returns
    -------
    LearningCurve
        Scores by size and repeat, with its figure.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an argument is none.
    DataError
        If there are not as many targets as stimuli, or a size is larger than what is left for training.

    Examples
    --------
    >>> import ann
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 20))
    >>> y = x[:, 0] + rng.normal(size=200)
    >>> curve = learning_curve(ann.LinearRegression(), x, y, sizes=[25, 160], score="neg_mean_squared_error")
    >>> bool((curve.validation[0] < curve.validation[1]).all())  # 20 features and 25 stimuli: overfitting
    True
    """
    settings = fit_settings(fit)
    check_parameters(make, [], settings)
    score = default_score([make]) if score is None else score
    if not (isinstance(score, str) or callable(score)):
        raise InvalidTypeError(f"score: must be a name or a function, got {score!r}")
    larger = larger_is_better(score, mode)
    if positive_integer(repeats, "repeats") < 2:
        raise InvalidValueError(f"repeats: must be at least 2 for an uncertainty, got {repeats}")
    x, y = as_array(x, "x"), as_array(y, "y")
    if not x.ndim or not y.ndim or len(x) != len(y):
        raise DataError(f"x and y: must be as many stimuli as targets, got shapes {x.shape} and {y.shape}")
    measured = is_regression(make)
    validation = finite_number(validation, "validation")
    draws = [_draw(x, y, validation, child_seed(seed, "repeat", repeat), measured) for repeat in range(repeats)]
    wanted = _sizes(sizes, len(draws[0][0]))
    jobs = [
        _Job(make, settings, score, x, y, rows[:size], rest, child_seed(seed, "weights", repeat))
        for size in wanted
        for repeat, (rows, rest) in enumerate(draws)
    ]
    found = []
    checked_executor(executor)
    with progress_bar(len(jobs), "trainings", progress) as advance:
        for pair in map(_Job.run, jobs) if executor is None else executor.map(_Job.run, jobs):
            found.append(pair)
            advance(1)
    both = np.reshape(found, (len(wanted), repeats, 2))
    name = score if isinstance(score, str) else getattr(score, "__name__", "score")
    return LearningCurve(np.array(wanted), both[..., 0], both[..., 1], name, larger)


@dataclass(frozen=True)
class _Job:
    """One training; data are cut when it runs, so that those of all trainings are not in memory together."""

    make: Any
    settings: Mapping[str, Any]
    score: Score
    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    rest: np.ndarray
    seed: int

    def run(self) -> tuple[float, float]:
        """Give the scores on what was trained on and on the rest."""
        x, y = self.x[self.rows], self.y[self.rows]
        fitted = train(self.make, {}, self.settings, x, y, self.seed)
        return measure(fitted, self.score, x, y), measure(fitted, self.score, self.x[self.rest], self.y[self.rest])


def _draw(x: np.ndarray, y: np.ndarray, share: float, seed: int, measured: bool) -> tuple[np.ndarray, np.ndarray]:
    ((rows, rest),) = folds(share, x, y, seed=seed, measured=measured)
    return rows[nested_order(y[rows], generator(seed, "order"), measured)], rest


def _sizes(sizes: Sequence[int] | None, most: int) -> list[int]:
    if sizes is None:
        return sorted({int(size) for size in np.geomspace(max(most / 16, 2), most, 5).round()})
    if np.ndim(sizes) != 1:
        raise InvalidTypeError(f"sizes: must be a list of numbers of stimuli, got {sizes!r}")
    wanted = sorted(positive_integer(size, "sizes") for size in sizes)
    if not wanted:
        raise InvalidValueError("sizes: must hold at least one number of stimuli, got none")
    if wanted[-1] > most:
        raise DataError(f"sizes: {wanted[-1]} stimuli are more than the {most} that are left for training")
    return wanted


def _standard_error(scores: np.ndarray) -> np.ndarray:
    return scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
