"""How good a network's outputs are, as one number that a change makes larger or smaller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import metrics
from ann.errors import InvalidTypeError
from ann.losses import Loss

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Score", "score"]


@dataclass(frozen=True)
class Score:
    """How good outputs are."""

    of: Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]  # from outputs, targets, and which steps count
    sign: float  # -1 where less of it is better

    def __call__(self, outputs: np.ndarray, targets: np.ndarray, counts: np.ndarray | None = None) -> float:
        """Give a number that is higher where the outputs are better; `counts` (stimulus, step) says which steps count.

        A plain function of outputs and targets gets all steps.
        """
        return self.sign * self.of(outputs, targets, counts)


def score(network: "Network", metric: Any) -> Score:
    """Give a score.

    Parameters
    ----------
    network : Sequential or Model
        Compiled.
    metric : str, ann.metrics.Metric or callable
        ``"loss"`` (without penalties on weights), a metric's name, or a function of outputs and targets that is
        higher where the network is better. It may be an object of `ann.metrics`, too, which knows if less is better.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is none of them.
    """
    objective = network.objective
    if isinstance(metric, str) and metric == "loss" and objective is not None:
        return Score(lambda outputs, targets, counts: _loss(objective, outputs, targets, counts), -1.0)
    if isinstance(metric, (str, metrics.Metric)):
        found = network.metrics.get(metric) if isinstance(metric, str) else None
        if found is None:
            (found,) = metrics.get(metric, "metric").values()
            found = found if objective is None else found.beside(objective)
        return Score(found, -1.0 if found.smaller_is_better else 1.0)
    if not callable(metric):
        raise InvalidTypeError(f'metric: must be "loss", a metric\'s name, a metric or a function, got {metric!r}')

    def told(outputs: np.ndarray, targets: np.ndarray, counts: np.ndarray | None) -> float:
        found = metric(outputs, targets)
        try:
            return float(found)
        except (TypeError, ValueError):
            raise InvalidTypeError(f"metric: the function must give a number, got {found!r}") from None

    return Score(told, 1.0)


def _loss(objective: Loss, outputs: np.ndarray, targets: np.ndarray, counts: np.ndarray | None) -> float:
    if counts is None:
        return objective.value_and_gradient(outputs, targets)[0]
    return objective.value_and_gradient(outputs, targets, False, None, counts)[0]
