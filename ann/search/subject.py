"""What is trained and judged: a function that builds a compiled model, or an estimator in scikit-learn's manner."""

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from ann.metrics import smaller_is_better
from ann.network import Network
from isocortex.errors import nearest

__all__ = [
    "Score",
    "check_parameters",
    "default_score",
    "fit_settings",
    "is_estimator",
    "is_regression",
    "larger_is_better",
    "measure",
    "train",
]

Score = str | Callable[[Any, np.ndarray, np.ndarray], float]
"""The name of a score, or a function from a trained model, stimuli and targets to a number."""

FIT = tuple(name for name in inspect.signature(Network.fit).parameters if name not in ("self", "x", "y"))


def is_estimator(make: Any) -> bool:
    """Tell an estimator, which is fitted itself, from a function, which builds what is fitted.

    Raises
    ------
    InvalidTypeError
        If it is neither.
    """
    if isinstance(make, Network):
        raise InvalidTypeError(f"build: must be a function that builds a new model each time, got {make.name} itself")
    if hasattr(make, "fit") and hasattr(make, "get_params") and not isinstance(make, type):
        return True
    if isinstance(make, type) or not callable(make):
        raise InvalidTypeError(f"build: must be a function that gives a compiled model, or an estimator, got {make!r}")
    return False


def is_regression(make: Any) -> bool:
    """Tell an estimator whose targets are measurements; of a function it is not known before it has built."""
    if not is_estimator(make):
        return False
    from sklearn.base import is_regressor

    return bool(is_regressor(make))


def fit_settings(fit: Any) -> dict[str, Any]:
    """Give further arguments of `fit` by name.

    Raises
    ------
    InvalidTypeError
        If they are no mapping.
    """
    if fit is not None and not isinstance(fit, Mapping):
        raise InvalidTypeError(f"fit: must be a mapping such as {{'epochs': 10}}, got {fit!r}")
    return dict(fit or {})


def check_parameters(make: Any, names: Any, settings: Mapping[str, Any]) -> None:
    """Check that a function or estimator takes parameters of these names, and its fit these settings.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If there is no parameter of a name, or `make` is neither function nor estimator.
    """
    if is_estimator(make):
        known = list(make.get_params())
    else:
        own = inspect.signature(make).parameters
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in own.values()):
            return
        known = [*own, *FIT]
        for name in settings:
            if name not in FIT:
                raise InvalidValueError(f"fit: takes no {name!r}; {nearest(name, FIT)}")
    for name in names:
        if name not in known:
            raise InvalidValueError(f"space: {_name(make)} has no parameter {name!r}; {nearest(name, known)}")


def train(make: Any, parameters: Mapping[str, Any], settings: Mapping[str, Any], x: Any, y: Any, seed: int) -> Any:
    """Build and train.

    Parameters
    ----------
    make : callable or estimator
        A function gets those of the parameters that it takes, and ``seed`` if it takes that; the others go to the
        model's `fit`. An estimator is cloned and gets them all, its own random state included.
    parameters : mapping
        Hyper-parameters by name.
    settings : mapping
        Further arguments of `fit`; copied, so that callbacks are nobody else's.
    x, y : array
        Training data.
    seed : int
        For a function that takes one.

    Returns
    -------
    Network or estimator
        Trained.

    Raises
    ------
    InvalidTypeError
        If the function does not give a model.
    """
    if is_estimator(make):
        from sklearn.base import clone

        return clone(make).set_params(**parameters).fit(x, y, **deepcopy(dict(settings)))
    own = inspect.signature(make).parameters
    anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in own.values())
    for_build = {name: value for name, value in parameters.items() if anything or name in own}
    for_fit = {name: value for name, value in parameters.items() if name not in for_build}
    if "seed" in own:
        for_build.setdefault("seed", seed)
    model = make(**deepcopy(for_build))
    if not isinstance(model, Network):
        raise InvalidTypeError(f"{_name(make)}: must give a compiled model, got {model!r}")
    model.fit(x, y, **deepcopy({**settings, **for_fit}))
    return model


def measure(fitted: Any, score: Score, x: Any, y: Any) -> float:
    """Judge what was trained.

    Parameters
    ----------
    fitted : Network or estimator
        What `train` gave.
    score : str or callable
        For a network ``"loss"`` or a metric that it was compiled with; for an estimator ``"score"``, its own, or a
        scorer of scikit-learn; or a function ``score(fitted, x, y)``.
    x, y : array
        What it is judged on.

    Raises
    ------
    InvalidValueError
        If there is no such score.
    """
    if callable(score):
        return float(score(fitted, x, y))
    if not isinstance(fitted, Network):
        if score == "score":
            return float(fitted.score(x, y))
        from sklearn.metrics import get_scorer

        return float(get_scorer(score)(fitted, x, y))
    known = ["loss", *fitted.metrics]
    if score not in known:
        raise InvalidValueError(f"score: the model was compiled without {score!r}; {nearest(score, known)}")
    found = fitted.evaluate(x, y)
    return float(getattr(found, score) if fitted.metrics else found)


def default_score(makes: Any) -> str:
    """Give ``"loss"`` for functions and ``"score"`` for estimators.

    Raises
    ------
    InvalidValueError
        If there are both, which the same word does not serve.
    """
    kinds = {is_estimator(make) for make in makes}
    if len(kinds) > 1:
        raise InvalidValueError('score: must be given where functions and estimators compete, for instance "accuracy"')
    return "score" if kinds.pop() else "loss"


def larger_is_better(score: Score, mode: str = "auto") -> bool:
    """Tell whether a larger score is better: unless it is a loss or an error by its name, or `mode` says otherwise.

    Raises
    ------
    InvalidValueError
        If `mode` is none of ``"auto"``, ``"min"`` and ``"max"``.

    Examples
    --------
    >>> larger_is_better("accuracy"), larger_is_better("loss"), larger_is_better("neg_log_loss")
    (True, False, True)
    """
    if not isinstance(mode, str) or mode not in ("auto", "min", "max"):
        raise InvalidValueError(f"mode: unknown {mode!r}; {nearest(str(mode), ('auto', 'min', 'max'))}")
    if mode == "auto":
        return not isinstance(score, str) or score.startswith("neg_") or not smaller_is_better(score)
    return mode == "max"


def _name(make: Any) -> str:
    return getattr(make, "__name__", type(make).__name__)
