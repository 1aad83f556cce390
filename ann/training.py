"""Epochs: the four steps of a network over all batches, again and again, and the record of it."""

import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.callbacks import Callback, History
from ann.data import as_array, batches, require_finite, split
from ann.errors import DataError, DivergenceError, InvalidTypeError, InvalidValueError, NotCompiledError
from ann.layers.layer import positive_integer
from ann.metrics import OVER_ALL
from ann.parallel import blas_on_one_thread
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["evaluate", "fit"]


def fit(
    model: "Network",
    x: Any,
    y: Any,
    epochs: int = 1,
    batch_size: int = 32,
    validation_data: tuple[Any, Any] | None = None,
    validation_split: float = 0.0,
    callbacks: Callback | Sequence[Callback] | None = None,
    shuffle: bool = True,
    progress: bool | Callable[[int, str], Advance] | None = None,
) -> History:
    """Train a model on all stimuli, `epochs` times.

    Called again, it goes on where it stopped: ``fit(epochs=2)`` twice is ``fit(epochs=4)``, bit for bit.

    Parameters
    ----------
    model : Sequential or Model
        A compiled model.
    x : array
        (stimulus, ...).
    y : array
        Targets, in the form that the loss takes.
    epochs, batch_size : int
        How often every stimulus is seen, and how many at once.
    validation_data : tuple of arrays, optional
        ``(x, y)`` on which loss and metrics are read after every epoch.
    validation_split : float
        Share of the stimuli kept for that instead: drawn with the model's seed, class by class where the targets
        are class numbers. `History.validation_rows` says which.
    callbacks : Callback or sequence of Callback, optional
        Called around every epoch.
    shuffle : bool
        Whether every epoch goes through the stimuli in a new order, drawn from the model's seed.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`; it counts batches. Nothing is shown by default.

    Returns
    -------
    History
        Loss and metrics, epoch by epoch.

    Raises
    ------
    NotCompiledError
        If the model has no loss or no optimiser.
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the data do not fit the model, or a setting is none.
    DivergenceError
        If the loss is no longer finite.
    """
    if model.optimizer is None:
        raise NotCompiledError(f"{model.name}: has no optimiser; call model.compile(optimizer=..., loss=...) first")
    epochs, batch_size = positive_integer(epochs, "epochs"), positive_integer(batch_size, "batch_size")
    watching = _callbacks(callbacks)
    x, y = checked_pair(model, x, y, "")
    history = History()
    if validation_data is not None and validation_split:
        raise InvalidValueError("validation_split: give it or validation_data, not both")
    if validation_split:
        kept, history.validation_rows = split(y, validation_split, generator(model.seed, "validation"))
        x, y, validation_data = x[kept], y[kept], (x[history.validation_rows], y[history.validation_rows])
    elif validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise InvalidTypeError("validation_data: must be a pair (x, y)")
        validation_data = checked_pair(model, *validation_data, "validation ")

    total = epochs * -(-len(x) // batch_size)
    with ExitStack() as stack:
        stack.enter_context(blas_on_one_thread)
        stack.enter_context(np.errstate(over="ignore", invalid="ignore", divide="ignore"))  # a diverging loss is caught
        advance = stack.enter_context(progress_bar(total, "batches", progress))
        for callback in watching:
            stack.callback(callback.on_train_end, model)
            callback.on_train_begin(model)
        for epoch in range(epochs):
            logs = _epoch(model, x, y, batch_size, shuffle, epoch, advance)
            if validation_data is not None:
                logs.update({f"val_{name}": value for name, value in _measure(model, *validation_data).items()})
            history.append(logs)
            reasons = [callback.on_epoch_end(epoch, logs, model) for callback in watching]
            history.stopped = next((reason for reason in reasons if reason), None)
            if history.stopped:
                break
    return history


def evaluate(model: "Network", x: Any, y: Any, batch_size: int = 256) -> Any:
    """Give the loss on all stimuli, or a named tuple of loss and metrics where the model has any.

    Raises
    ------
    NotCompiledError, ShapeError, DataError
        If there is no loss, or the data do not fit.
    """
    x, y = checked_pair(model, x, y, "")
    found = _measure(model, x, y, positive_integer(batch_size, "batch_size"))
    return namedtuple("Evaluation", found)(**found) if model.metrics else found["loss"]


def checked_pair(model: "Network", x: Any, y: Any, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Give stimuli and targets in the form that a step takes, checked as a whole so that a step need not.

    Raises
    ------
    NotCompiledError, ShapeError, DataError
        If the model has no loss, or the data do not fit it.
    """
    if model.objective is None:
        raise NotCompiledError(f"{model.name}: has no loss; call model.compile(optimizer=..., loss=...) first")
    x = model._stimuli(x)
    targets = as_array(y, f"{what}y")
    if targets.ndim == 0 or len(targets) != len(x):
        length = len(targets) if targets.ndim else "a single number"
        raise DataError(f"{what}x and y: got {len(x)} stimuli and {length} targets; they must be as many")
    if not len(x):
        raise DataError(f"{what}x: holds no stimulus")
    require_finite(x, f"{what}x")
    require_finite(targets, f"{what}y")
    pretended = np.broadcast_to(np.zeros((), model.dtype), (len(x), *model.output_shape))
    return x, model.objective.targets(targets, pretended)


def _callbacks(callbacks: Any) -> tuple[Callback, ...]:
    chosen = (callbacks,) if isinstance(callbacks, Callback) else () if callbacks is None else tuple(callbacks)
    for callback in chosen:
        if not isinstance(callback, Callback):
            raise InvalidTypeError(f"callbacks: must be objects of class ann.callbacks.Callback, got {callback!r}")
    return chosen


def _epoch(
    model: "Network", x: np.ndarray, y: np.ndarray, size: int, shuffle: bool, epoch: int, advance: Advance
) -> dict[str, float]:
    sums = dict.fromkeys(["loss", *model.metrics], 0.0)
    whole = OVER_ALL & set(model.metrics)
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    for step, (x_batch, y_batch) in enumerate(batches(x, y, size, model.shuffling if shuffle else None)):
        value, outputs = model._learn(x_batch, y_batch)
        if not math.isfinite(value):
            raise DivergenceError(
                f"{model.name}: the loss became {value} in epoch {epoch + 1}, batch {step + 1}; lower the learning "
                f"rate ({model.optimizer!r}) or scale the data"
            )
        sums["loss"] += value * len(x_batch)
        for name, metric in model.metrics.items():
            if name not in whole:
                sums[name] += metric(outputs, y_batch) * len(x_batch)
        if whole:
            seen.append((outputs, y_batch))
        advance(1)
    logs = {name: value / len(x) for name, value in sums.items()}
    for name in whole:
        logs[name] = model.metrics[name](*(np.concatenate(parts) for parts in zip(*seen, strict=True)))
    return logs


def _measure(model: "Network", x: np.ndarray, y: np.ndarray, batch_size: int = 256) -> dict[str, float]:
    outputs = model.predict(x, batch_size)
    return {"loss": model.loss(outputs, y)[0], **{name: metric(outputs, y) for name, metric in model.metrics.items()}}
