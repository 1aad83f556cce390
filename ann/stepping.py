"""One step of learning on a batch, as `fit` and `train_on_batch` take it."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import as_stimuli
from ann.errors import DivergenceError, InvalidTypeError, NotCompiledError, ShapeError
from ann.passes import Cache, LogitGradient
from ann.structure import Gradients

if TYPE_CHECKING:
    from ann.network import Network
    from ann.optimizers import Optimizer

__all__ = ["Step", "backward", "divergence", "learn", "update"]

Step = tuple[float, np.ndarray, float, np.ndarray | None]
"""The loss, the outputs, the penalty, and which steps of the outputs counted, None where all did."""


def learn(model: "Network", x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Step:
    """Take the four steps on a batch that was checked.

    Raises
    ------
    NotCompiledError
        If there is no optimiser.
    DivergenceError
        If the loss is not finite; weights and statistics stay as they are.
    """
    optimizer, statistics = model.optimizer, model.layout.statistics
    if optimizer is not None and optimizer.searches:
        return _search(model, optimizer, x, y, weights)
    before = statistics.copy() if statistics.size else None
    value, outputs, gradients, mask = model.learning.of_checked(model, x, y, weights)
    if not math.isfinite(value):
        raise _diverged(model, value, before)
    penalty = model.penalty() if model._penalties else 0.0
    update(model, gradients)
    return value, outputs, penalty, mask


def backward(model: "Network", gradient: Any, cache: Any, inputs: bool = False) -> Gradients:
    """Step 3: carry the gradient back through the layers.

    Parameters
    ----------
    gradient : numpy.ndarray
        What `loss` gave, or any gradient with respect to the outputs.
    cache : object
        What `forward` gave.
    inputs : bool
        Whether the gradient with respect to the stimuli is wanted too, in `Gradients.inputs`.

    Returns
    -------
    Gradients
        ``gradients["dense_1"]["kernel"]``, penalties on weights included.

    Raises
    ------
    InvalidTypeError, ShapeError, DataError
        If `cache` is nothing that `forward` gave, or the gradient has not the shape of the outputs.
    """
    if type(cache) is not Cache:
        raise InvalidTypeError(f"{model.name}: backward takes the cache that forward gave, got {type(cache).__name__}")
    if not isinstance(gradient, LogitGradient):
        gradient = as_stimuli(gradient, model.dtype, "gradient")
    wanted = (cache.parts[-1].rows.stop, *model.output_shape)
    if gradient.shape != wanted:
        raise ShapeError(f"{model.name}: got a gradient {gradient.shape}, expects that of the outputs {wanted}")
    return model._backward(gradient, cache, inputs)


def update(model: "Network", gradients: Gradients) -> None:
    """Step 4: move the weights along their gradients as the optimiser does it, and then to where they are allowed.

    An optimiser that clips shortens `gradients` in place.

    Raises
    ------
    NotCompiledError
        If there is no optimiser.
    InvalidTypeError, InvalidValueError
        If the gradients are not what `backward` gave, or the optimiser is `LBFGS`, which needs more than a gradient.
    """
    optimizer, weights = model.optimizer, model.layout.weights
    if optimizer is None:
        raise NotCompiledError(f"{model.name}: has no optimiser; call model.compile(optimizer=..., loss=...) first")
    if type(gradients) is not Gradients or gradients.flat.size != weights.size:
        raise InvalidTypeError(f"{model.name}: update takes what its own backward gave, got {type(gradients).__name__}")
    optimizer.step(weights, gradients.flat, model._parts)
    if model._constraints:
        _constrain(model)


def _constrain(model: "Network") -> None:
    for slot, constraint in model._constraints:
        view = model.flat_weights[slot.start : slot.stop].reshape(slot.shape)
        view[...] = constraint.nearest(view)


def _search(model: "Network", optimizer: "Optimizer", x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> Step:
    """Take a step that evaluates the loss at several weights: with the same dropout, and statistics moved once."""
    before, kept = model.noise.bit_generator.state, model.flat_statistics.copy()
    value, outputs, gradients, mask = model.learning.of_checked(model, x, y, weights)
    if not math.isfinite(value):
        raise _diverged(model, value, kept)
    penalty = model.penalty() if model._penalties else 0.0
    after, statistics = model.noise.bit_generator.state, model.flat_statistics.copy()

    def evaluate() -> tuple[float, np.ndarray]:
        model.noise.bit_generator.state = before
        found, _, there, _ = model.learning.of_checked(model, x, y, weights)
        return found, there.flat

    optimizer.search(model.flat_weights, value, gradients.flat, evaluate)
    model.noise.bit_generator.state = after
    model.flat_statistics[:] = statistics
    _constrain(model)
    return value, outputs, penalty, mask


def _diverged(model: "Network", value: float, statistics: np.ndarray | None) -> DivergenceError:
    if statistics is not None:
        model.flat_statistics[:] = statistics  # as they were before this batch
    return DivergenceError(divergence(model, f"the loss became {value}"))


def divergence(model: "Network", what: str) -> str:
    """Give what to say of a run that diverged."""
    return f"{model.name}: {what}; lower the learning rate ({model.optimizer!r}) or scale the data"
