"""How good a network's outputs are, as one number that a change makes larger or smaller."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import metrics
from ann.errors import InvalidTypeError

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Score", "score"]

Score = Callable[[np.ndarray, np.ndarray], float]
"""From outputs and targets to a number, the higher the better."""


def score(network: "Network", metric: Any) -> Score:
    """Give a score.

    Parameters
    ----------
    network : Sequential or Model
        Compiled.
    metric : str or callable
        ``"loss"`` (without penalties on weights), a metric's name, or a function of outputs and targets that is
        higher where the network is better. Where less is better (a loss, an error), the score is its negative.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is none of them.
    """
    objective = network.objective
    if metric == "loss" and objective is not None:
        return lambda outputs, targets: -objective.value_and_gradient(outputs, targets)[0]
    if isinstance(metric, str):
        found = network.metrics.get(metric)
        if found is None:
            (found,) = metrics.get(metric, "metric").values()
            found = found if objective is None else found.beside(objective)
        sign = -1.0 if found.smaller_is_better else 1.0
        return lambda outputs, targets: sign * float(found(outputs, targets))
    if not callable(metric):
        raise InvalidTypeError(f'metric: must be "loss", a metric\'s name or a function, got {metric!r}')
    return lambda outputs, targets: float(metric(outputs, targets))
