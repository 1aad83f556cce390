"""Metrics by name, and which of them are better when smaller."""

import inspect
from collections.abc import Mapping
from typing import Any

from ann.errors import InvalidTypeError, InvalidValueError
from ann.losses import Loss
from ann.losses.names import NAMES as LOSSES
from ann.metrics.metric import Metric
from ann.metrics.numeric import R2, MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError
from ann.metrics.of_function import OfFunction
from ann.metrics.of_loss import OfLoss
from ann.metrics.per_class import F1, BalancedAccuracy, Precision, Recall
from ann.metrics.ranking import AUC
from ann.metrics.shares import Accuracy, BinaryAccuracy, TopK
from ann.registry import resolve
from isocortex.errors import nearest

__all__ = ["chosen", "compiled", "get", "smaller_is_better"]

NAMES: dict[str, type[Metric]] = {
    "accuracy": Accuracy,
    "acc": Accuracy,
    "categorical_accuracy": Accuracy,
    "sparse_categorical_accuracy": Accuracy,
    "binary_accuracy": BinaryAccuracy,
    "top_k_categorical_accuracy": TopK,
    "sparse_top_k_categorical_accuracy": TopK,
    "balanced_accuracy": BalancedAccuracy,
    "precision": Precision,
    "recall": Recall,
    "f1": F1,
    "f1_score": F1,
    "auc": AUC,
    "roc_auc": AUC,
    "r2": R2,
    "r2_score": R2,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "root_mean_squared_error": RootMeanSquaredError,
    "rmse": RootMeanSquaredError,
}
_KINDS: dict[str, type[Metric]] = {
    "OfFunction": OfFunction,
    "OfLoss": OfLoss,
    **{kind.__name__: kind for kind in NAMES.values()},
}
SMALLER = (*(name for name in NAMES if NAMES[name].smaller_is_better), *LOSSES, "loss", "error", "penalty")
"""How the names of what is better when smaller end."""


def get(metrics: Any, what: str = "metrics") -> dict[str, Metric]:
    """Give metrics, by the names under which the history has them.

    Parameters
    ----------
    metrics : None, str, Metric, callable, mapping, or a sequence of them
        Names, which the history keeps (``"f1"``, ``"mse"``, that of any loss), objects (``F1("weighted")``), functions
        ``f(y_true, y_pred)`` (see `OfFunction`), or configurations of such.
    what : str
        How an error message calls it.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, it is none, or two have the same name.

    Examples
    --------
    >>> get(["mae", F1("macro", name="mean_f1")])["mean_f1"]
    F1(average='macro', threshold=None, name='mean_f1')
    """
    if metrics is None:
        return {}
    given = [metrics] if isinstance(metrics, (str, Metric, Mapping)) or callable(metrics) else metrics
    if not isinstance(given, (list, tuple)):
        raise InvalidTypeError(f"{what}: must be names, functions or objects of ann.metrics, got {metrics!r}")
    found: dict[str, Metric] = {}
    for one in given:
        metric = _metric(one, what)
        if metric.name in found:
            raise InvalidValueError(f"{what}: two are called {metric.name!r}; give one of them another name=")
        found[metric.name] = metric
    return found


def _metric(given: Any, what: str) -> Metric:
    if isinstance(given, str):
        if given in NAMES:
            return NAMES[given](name=given)
        if given in LOSSES:
            return OfLoss(given, name=given)
        if given not in _KINDS:
            raise InvalidValueError(f"{what}: unknown metric {given!r}; {nearest(given, (*NAMES, *LOSSES))}")
    elif not isinstance(given, (Metric, Mapping)):
        if callable(given) and not isinstance(given, type):
            return OfFunction(given)
        made = isinstance(given, type) and issubclass(given, Metric)
        got = f"the class {given.__name__}; write {given.__name__}(...)" if made else repr(given)
        raise InvalidTypeError(f"{what}: must be names, functions or objects of ann.metrics, got {got}")
    made_of: Metric = resolve(given, Metric, {**_of_ones_own(Metric), **_KINDS}, what)
    return made_of


def _of_ones_own(above: Any) -> dict[str, type[Metric]]:
    """Give every metric that this session has defined, so that a model saved with one is loaded where it is known."""
    found: dict[str, type[Metric]] = {}
    for kind in above.__subclasses__():
        found.update(_of_ones_own(kind))
        if not inspect.isabstract(kind):
            found[kind.__name__] = kind
    return found


def compiled(metrics: Any, weighted: Any, loss: Loss) -> dict[str, Metric]:
    """Give the metrics of a model with this loss: those that pass over the weights of stimuli, and those that do not.

    A weighted one whose name another has is called ``"weighted_..."``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        See `get`.
    """
    found = {name: metric.beside(loss) for name, metric in get(metrics).items()}
    for name, metric in get(weighted, "weighted_metrics").items():
        own = metric.beside(loss)
        own.weighted = True
        found[f"weighted_{name}" if name in found else name] = own
    return found


def chosen(metrics: Mapping[str, Metric]) -> tuple[list[Metric], list[Metric]]:
    """Give the metrics of a model as `compile` takes them: those without weights, and those with.

    Examples
    --------
    >>> from ann.losses import Hinge
    >>> chosen(compiled(["auc"], ["auc"], Hinge()))
    ([AUC(average='macro', name='auc')], [AUC(average='macro', name='auc')])
    """
    plain = [metric for metric in metrics.values() if not metric.weighted]
    return plain, [metric for metric in metrics.values() if metric.weighted]


def smaller_is_better(name: str, metrics: Mapping[str, Metric] | None = None) -> bool:
    """Say whether a number of the history is better when smaller.

    Parameters
    ----------
    name : str
        ``"val_loss"``, ``"f1"`` and so on.
    metrics : mapping of str to Metric, optional
        Of the model, which know, but for functions; else losses and errors are recognised by how their names end.

    Examples
    --------
    >>> smaller_is_better("val_rmse"), smaller_is_better("val_auc")
    (True, False)
    """
    own = name.removeprefix("val_").removeprefix("train_eval_")
    if metrics is not None and own in metrics and not isinstance(metrics[own], OfFunction):
        return metrics[own].smaller_is_better
    return own.endswith(SMALLER)
