"""A trial: one algorithm with one set of parameters, trained and judged on every fold."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ann.registry import Configurable
from ann.search.splits import Fold
from ann.search.subject import Score, measure, train
from isocortex.seeds import child_seed

__all__ = ["Task", "Trial", "described", "run_task"]


@dataclass(frozen=True)
class Trial:
    """One algorithm with one set of parameters, and how it did.

    Attributes
    ----------
    number : int
        From 0, in the order in which trials were planned.
    algorithm : str
        The name of the function or estimator.
    parameters : dict
        Hyper-parameters by name.
    resource : int or None
        How much it was given, in a successive halving.
    scores : tuple of float
        One a fold.
    seconds : float
        For all folds.
    error : str or None
        What went wrong, where it failed.
    """

    number: int
    algorithm: str
    parameters: Mapping[str, Any]
    resource: int | None = None
    scores: tuple[float, ...] = ()
    seconds: float = 0.0
    error: str | None = None

    @property
    def score(self) -> float:
        """The mean over folds; NaN where the trial failed."""
        return float(np.mean(self.scores)) if self.scores else float("nan")

    @property
    def standard_error(self) -> float:
        """Of the mean over folds; NaN for a single one. Folds share training data, so it is too small."""
        count = len(self.scores)
        return float(np.std(self.scores, ddof=1) / np.sqrt(count)) if count > 1 else float("nan")

    def plan(self) -> dict[str, Any]:
        """Give what was to be done, in what JSON knows."""
        own = {"number": self.number, "algorithm": self.algorithm, "resource": self.resource}
        return own | {"parameters": described(self.parameters)}


@dataclass(frozen=True)
class Task:
    """All that a process needs for a trial."""

    trial: Trial
    make: Any
    parameters: Mapping[str, Any]  # those of the trial, and the resource if it is one of them
    settings: Mapping[str, Any]
    score: Score
    x: np.ndarray
    y: np.ndarray
    folds: list[Fold] = field(repr=False)
    seed: int = 0


def run_task(task: Task) -> Trial:
    """Train and judge on every fold; whatever is raised becomes the trial's `error`.

    Every trial has the same seeds, fold by fold, so that trials differ by their parameters alone.
    """
    begin = time.perf_counter()
    scores: list[float] = []
    error = None
    try:
        for number, (rows, rest) in enumerate(task.folds):
            seed = child_seed(task.seed, "fold", number)
            fitted = train(task.make, task.parameters, task.settings, task.x[rows], task.y[rows], seed)
            scores.append(measure(fitted, task.score, task.x[rest], task.y[rest]))
        if not np.isfinite(scores).all():
            error = f"the score became {scores}"
    except Exception as problem:  # whatever one trial raises, the search goes on
        error = f"{type(problem).__name__}: {problem}"
    kept = tuple(scores) if error is None else ()
    return replace(task.trial, scores=kept, seconds=time.perf_counter() - begin, error=error)


def described(value: Any) -> Any:
    """Give a value in what JSON knows, the same from run to run.

    Examples
    --------
    >>> described({"units": np.int64(3), "shape": (1, 2), "how": abs})
    {'units': 3, 'shape': [1, 2], 'how': 'builtins.abs'}
    """
    if isinstance(value, Configurable):
        return described(value.config())
    if isinstance(value, Mapping):
        return {str(name): described(item) for name, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return described(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # JSON has neither NaN nor infinity
    if isinstance(value, (list, tuple)):
        return [described(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
