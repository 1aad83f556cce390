"""Search: which algorithm with which hyper-parameters does best."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, InvalidValueError
from ann.layers.layer import positive_integer
from ann.search.result import SearchResult, best_of
from ann.search.running import checked_executor, run_tasks
from ann.search.space import check_space, combinations, draw
from ann.search.splits import Fold, folds, nested_order
from ann.search.store import Store, fingerprint
from ann.search.subject import (
    Score,
    check_parameters,
    default_score,
    fit_settings,
    is_regression,
    larger_is_better,
    train,
)
from ann.search.trial import Task, Trial
from isocortex.files import as_path
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed, generator

__all__ = ["Search"]


class Search:
    """Trains and judges algorithms with many hyper-parameters, and tells which does best.

    Parameters
    ----------
    make : callable, estimator, or mapping of str to either
        A function ``build(**parameters)`` that gives a compiled model; an estimator in scikit-learn's manner,
        a pipeline too; or several, each by its name, that compete. A function that takes ``seed`` is given one.
    space : mapping
        ``{parameter: list or distribution}``, the latter an `ann.search.Uniform`, `LogUniform`, `Integers` or any
        object with ``rvs(random_state=)``, as those of `scipy.stats`; for several algorithms
        ``{algorithm: such a mapping}``.
        A parameter that ``build`` does not take goes to the model's `fit` (``epochs``, ``batch_size``).
    score : str or callable, optional
        ``"loss"`` (the default) or a metric for models; ``"score"`` (the default) or a scorer of scikit-learn for
        estimators; or ``score(fitted, x, y)``.
    mode : {"auto", "min", "max"}
        Whether smaller or larger is better; ``"auto"`` takes smaller for a loss or error, and larger for anything else.
    splits : float, int or splitter
        The share of stimuli that judges; or how many folds do so in turn; or any object with ``split(x, y, groups)``.
    fit : mapping, optional
        Further arguments of `fit`.
    seed : int
        Gives splits, draws of parameters and the seeds of models, which are the same for all trials.
    executor : concurrent.futures.Executor, optional
        Runs trials side by side. Processes need functions and estimators that can be pickled.
    folder : path-like, optional
        Where each trial is written the moment it ends. A search that was interrupted takes up from there.
    refit : bool
        Whether to train the best on all data at the end.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`; it counts trials.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an argument is none, or a parameter is unknown to its algorithm.
    """

    def __init__(
        self,
        make: Any,
        space: Mapping[str, Any],
        *,
        score: Score | None = None,
        mode: str = "auto",
        splits: Any = 0.2,
        fit: Mapping[str, Any] | None = None,
        seed: int = 0,
        executor: Executor | None = None,
        folder: str | os.PathLike[str] | None = None,
        refit: bool = True,
        progress: bool | Callable[[int, str], Advance] | None = None,
    ):
        single = not isinstance(make, Mapping)
        self.makes = {getattr(make, "__name__", type(make).__name__): make} if single else dict(make)
        self.spaces = dict(zip(self.makes, [space], strict=True)) if single else dict(space)
        self.fit = fit_settings(fit)
        if not self.makes or set(self.spaces) != set(self.makes):
            raise InvalidValueError(f"space: must be given for each of {list(self.makes)}, got {list(self.spaces)}")
        for name, one in self.makes.items():
            check_space(self.spaces[name], "space" if single else f"space[{name!r}]")
            check_parameters(one, self.spaces[name], self.fit)
        self.score = default_score(self.makes.values()) if score is None else score
        if not (isinstance(self.score, str) or callable(self.score)):
            raise InvalidTypeError(f"score: must be a name or a function, got {score!r}")
        self.larger_is_better = larger_is_better(self.score, mode)
        self.splits = splits
        self.seed = seed
        self.executor = checked_executor(executor)
        self.folder = None if folder is None else as_path(folder, "folder")
        if not isinstance(refit, (bool, np.bool_)):
            raise InvalidTypeError(f"refit: must be True or False, got {refit!r}")
        self.refit = refit
        self.progress = progress

    def grid(self, x: Any, y: Any, groups: Any = None) -> SearchResult:
        """Try every combination of the lists.

        Parameters
        ----------
        x, y : array
            Stimuli (stimulus, ...) and their targets.
        groups : array-like, optional
            For splitters that keep groups together.

        Raises
        ------
        InvalidTypeError
            If a parameter has a distribution.
        DataError
            If there are not as many targets as stimuli, or classes are too small for the splits.
        SearchError
            If every trial failed, or the folder holds another search.
        """
        plans = [(name, values) for name, space in self.spaces.items() for values in combinations(space)]
        run = self._run(x, y, groups)
        return self._result(run, run.trials([Trial(i, *plan) for i, plan in enumerate(plans)]))

    def random(self, x: Any, y: Any, trials: int = 20, groups: Any = None) -> SearchResult:
        """Try parameters drawn at random, for several algorithms in turn.

        What is drawn for a trial depends on the seed and its number alone: with a folder, more trials can be added.

        Parameters
        ----------
        trials : int
            How many.
        x, y, groups
            See `grid`.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If `trials` is no positive number.
        DataError, SearchError
            As `grid` does.
        """
        run = self._run(x, y, groups)
        return self._result(run, run.trials(self._drawn(trials)))

    def halving(
        self,
        x: Any,
        y: Any,
        trials: int = 27,
        factor: int = 3,
        resource: str = "epochs",
        largest: int | None = None,
        groups: Any = None,
    ) -> SearchResult:
        """Try many with little, the best of them with more, and so on: successive halving.

        Jamieson & Talwalkar (2016, AISTATS). Every round keeps one of `factor` and gives it `factor` times as much,
        trained anew; the last round has `largest`.

        Parameters
        ----------
        trials : int
            How many are drawn for the first round.
        factor : int
            At least 2.
        resource : str
            ``"stimuli"``, of which the first rounds train on a part with the classes in their shares; or a parameter of
            all algorithms, or of `fit`, that is a whole number.
        largest : int, optional
            Of the resource, for the last round; all training stimuli by default, else it must be given.
        x, y, groups
            See `grid`.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If a setting is none, or an algorithm does not know the resource.
        DataError, SearchError
            As `grid` does.
        """
        if positive_integer(factor, "factor") < 2:
            raise InvalidValueError(f"factor: must be at least 2, got {factor}")
        run = self._run(x, y, groups)
        if isinstance(resource, str) and resource == "stimuli":
            fewest = min(len(rows) for rows, _ in run.folds)
            largest = fewest if largest is None else min(positive_integer(largest, "largest"), fewest)
        else:
            if not isinstance(resource, str):
                raise InvalidTypeError(f"resource: must be 'stimuli' or the name of a parameter, got {resource!r}")
            for make in self.makes.values():
                check_parameters(make, [resource], {})
            if largest is None:
                raise InvalidValueError(f"largest: must be given for the resource {resource!r}")
            largest = positive_integer(largest, "largest")
        left = self._drawn(trials)
        rounds = round(math.floor(math.log(trials, factor) + 1e-9))
        ended: list[Trial] = []
        for behind in range(rounds, -1, -1):
            given = max(largest // factor**behind, 1)
            now = [replace(trial, number=len(ended) + i, resource=given) for i, trial in enumerate(left)]
            found = run.trials(now, resource)
            ended += found
            good = sorted((trial for trial in found if trial.error is None), key=self._rank)
            left = [replace(trial, scores=(), seconds=0.0) for trial in good[: max(len(now) // factor, 1)]]
        return self._result(run, ended, resource)

    def _rank(self, trial: Trial) -> float:
        return -trial.score if self.larger_is_better else trial.score

    def _drawn(self, trials: int) -> list[Trial]:
        names = list(self.makes)
        chosen = [names[number % len(names)] for number in range(positive_integer(trials, "trials"))]
        return [
            Trial(number, name, draw(self.spaces[name], generator(self.seed, "trial", number)))
            for number, name in enumerate(chosen)
        ]

    def _run(self, x: Any, y: Any, groups: Any) -> "_Run":
        x, y = as_array(x, "x"), as_array(y, "y")
        if not x.ndim or not y.ndim or len(x) != len(y) or not len(x):
            raise DataError(f"x and y: must be as many stimuli as targets, got shapes {x.shape} and {y.shape}")
        measured = any(is_regression(make) for make in self.makes.values())
        return _Run(self, x, y, folds(self.splits, x, y, groups, self.seed, measured), measured)

    def _result(self, run: "_Run", trials: Sequence[Trial], resource: str | None = None) -> SearchResult:
        best = best_of(trials, self.larger_is_better)
        model = None
        if self.refit:
            parameters = run.parameters(best, resource)
            seed = child_seed(self.seed, "best")
            model = train(self.makes[best.algorithm], parameters, self.fit, run.x, run.y, seed)
        name = self.score if isinstance(self.score, str) else getattr(self.score, "__name__", "score")
        return SearchResult(tuple(trials), name, self.larger_is_better, best, model)


@dataclass(frozen=True)
class _Run:
    """A search on its data."""

    search: Search
    x: np.ndarray
    y: np.ndarray
    folds: list[Fold]
    measured: bool  # whether targets are measurements, also where they are whole numbers

    def trials(self, planned: Sequence[Trial], resource: str | None = None) -> list[Trial]:
        """Give the planned trials with their results: from the folder where they are there, else run now."""
        search = self.search
        store = None if search.folder is None else Store(search.folder, self._about(resource))
        found = {trial.number: known for trial in planned if store is not None and (known := store.finished(trial))}
        left = [self._task(trial, resource) for trial in planned if trial.number not in found]
        with progress_bar(len(planned), "trials", search.progress) as advance:
            advance(len(found))

            def ended(trial: Trial) -> None:
                if store is not None:
                    store(trial)
                found[trial.number] = trial
                advance(1)

            run_tasks(left, search.executor, ended)
        return [found[trial.number] for trial in planned]

    def parameters(self, trial: Trial, resource: str | None) -> dict[str, Any]:
        """Give the trial's parameters, with its resource where that is one of them."""
        extra = {} if resource in (None, "stimuli") else {resource: trial.resource}
        return {**trial.parameters, **extra}

    def _task(self, trial: Trial, resource: str | None) -> Task:
        search, rows = self.search, self.folds
        if resource == "stimuli":
            rng = generator(search.seed, "stimuli")
            rows = [
                (train[nested_order(self.y[train], rng, self.measured)[: trial.resource]], test)
                for train, test in self.folds
            ]
        make, parameters = search.makes[trial.algorithm], self.parameters(trial, resource)
        return Task(trial, make, parameters, search.fit, search.score, self.x, self.y, rows, search.seed)

    def _about(self, resource: str | None) -> dict[str, Any]:
        search = self.search
        rows = [part for pair in self.folds for part in pair]
        return {
            "data": fingerprint(self.x, self.y),
            "folds": fingerprint(*rows),
            "score": search.score,
            "fit": search.fit,
            "resource": resource,
            "seed": search.seed,
        }
