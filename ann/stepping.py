"""One step of learning on a batch, as `fit` and `train_on_batch` take it."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ann.errors import DivergenceError, NotCompiledError
from ann.structure import Gradients

if TYPE_CHECKING:
    from ann.network import Network
    from ann.optimizers import Optimizer

__all__ = ["learn", "update"]


def learn(
    model: "Network", x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, np.ndarray, float]:
    """Take the four steps on a batch that was checked, and give the loss, the outputs and the penalty.

    Raises
    ------
    NotCompiledError
        If there is no optimiser.
    DivergenceError
        If the loss is not finite; the weights stay as they are.
    """
    if model.optimizer is not None and model.optimizer.searches:
        return _search(model, model.optimizer, x, y, weights)
    value, outputs, gradients = model.learning.of_checked(model, x, y, weights)
    if not math.isfinite(value):
        raise _diverged(model, value)
    penalty = model.penalty() if model._penalties else 0.0
    update(model, gradients)
    return value, outputs, penalty


def update(model: "Network", gradients: Gradients) -> None:
    """Step 4: move the weights along their gradients as the optimiser does it, and then to where they are allowed.

    An optimiser that clips shortens `gradients` in place.

    Raises
    ------
    NotCompiledError
        If there is no optimiser.
    InvalidValueError
        If the optimiser is `LBFGS`, which needs more than a gradient.
    """
    if model.optimizer is None:
        raise NotCompiledError(f"{model.name}: has no optimiser; call model.compile(optimizer=..., loss=...) first")
    model.optimizer.step(model.layout.weights, gradients.flat, model._parts)
    if model._constraints:
        _constrain(model)


def _constrain(model: "Network") -> None:
    for slot, constraint in model._constraints:
        view = model.flat_weights[slot.start : slot.stop].reshape(slot.shape)
        view[...] = constraint.nearest(view)


def _search(
    model: "Network", optimizer: "Optimizer", x: np.ndarray, y: np.ndarray, weights: np.ndarray | None
) -> tuple[float, np.ndarray, float]:
    """Take a step that evaluates the loss at several weights: with the same dropout, and statistics moved once."""
    before = model.noise.bit_generator.state
    value, outputs, gradients = model.learning.of_checked(model, x, y, weights)
    if not math.isfinite(value):
        raise _diverged(model, value)
    penalty = model.penalty() if model._penalties else 0.0
    after, statistics = model.noise.bit_generator.state, model.flat_statistics.copy()

    def evaluate() -> tuple[float, np.ndarray]:
        model.noise.bit_generator.state = before
        found, _, there = model.learning.of_checked(model, x, y, weights)
        return found, there.flat

    optimizer.search(model.flat_weights, value, gradients.flat, evaluate)
    model.noise.bit_generator.state = after
    model.flat_statistics[:] = statistics
    _constrain(model)
    return value, outputs, penalty


def _diverged(model: "Network", value: float) -> DivergenceError:
    return DivergenceError(
        f"{model.name}: the loss became {value}; lower the learning rate ({model.optimizer!r}) or scale the data"
    )
