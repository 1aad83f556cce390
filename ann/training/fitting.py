"""Epochs of training, and what happens around them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.callbacks import Callback, History
from ann.data import split
from ann.errors import InvalidTypeError, InvalidValueError, NotCompiledError, UnreadableFileError
from ann.layers.layer import positive_integer
from ann.parallel import blas_on_one_thread
from ann.training.checks import checked_targets, positive_or_none
from ann.training.interrupts import WholeSteps
from ann.training.running import Run
from ann.training.sources import Arrays, Mapped, Source, gives_batches, source_of
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["fit"]


def fit(
    model: "Network",
    x: Any,
    y: Any = None,
    epochs: int = 1,
    batch_size: int | None = None,
    validation_data: Any = None,
    validation_split: float = 0.0,
    callbacks: Callback | Sequence[Callback] | None = None,
    shuffle: bool = True,
    progress: bool | Callable[[int, str], Advance] | None = None,
    *,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | str | None = None,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    train_eval: bool = False,
    resume: bool = False,
) -> History:
    """Train a model on all stimuli, `epochs` times.

    Called again, it goes on where it stopped: ``fit(epochs=2)`` twice is ``fit(epochs=4)``, bit for bit.

    Steps that a mask hides (`Masking`, ``Embedding(mask_zero=True)``) do not count in loss and metrics, here and in
    `evaluate`, where the outputs have these steps; the mean is over those that count.

    Parameters
    ----------
    x : array or batches
        (stimulus, ...). An array mapped from a file (``np.load(path, mmap_mode="r")``, ``np.memmap``) is read some
        megabytes at a time. Or, without `y`, whatever gives batches ``(x, y)`` or ``(x, y, sample_weight)``: an
        iterable, which every epoch goes through anew; a function that makes the generator of every epoch; or one
        generator for all epochs, with `steps_per_epoch`.
    y : array, optional
        Targets, in the form that the loss takes.
    epochs : int
        How often every stimulus is seen; with `resume`, counted from the beginning of the run.
    batch_size : int, optional
        How many stimuli make a step, 32 by default. Batches that are given have their own.
    validation_data : tuple of arrays or batches, optional
        ``(x, y)`` or ``(x, y, sample_weight)`` on which loss and metrics are read after every epoch; or what gives
        batches, as for `x`.
    validation_split : float
        Share of the stimuli kept for that instead: drawn with the model's seed, class by class where the targets
        are classes. `History.validation_rows` says which.
    callbacks : Callback or sequence of Callback, optional
        Called around every epoch and batch; see `ann.callbacks`.
    shuffle : bool
        Whether every epoch goes through the stimuli in a new order, drawn from the model's seed. Batches that are
        given come as they come.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`; it counts batches, and shows the loss. Nothing is shown by default.
    sample_weight : array, optional
        How much each stimulus counts (stimulus,); the loss of a batch is the sum of weighted losses by the number of
        its stimuli. Of the metrics only the `weighted_metrics` of `compile` are weighted.
    class_weight : mapping of int to float, or "balanced", optional
        How much stimuli of each class count, times their own weight; classes that are not named count 1.
        ``"balanced"``: every class counts as much as every other in all; steps that a mask hides are of none.
    steps_per_epoch, validation_steps : int, optional
        How many batches make an epoch, and a validation, where batches are given; by default all.
    train_eval : bool
        Whether to read loss and metrics on the training data after every epoch too, as `evaluate` does:
        ``"train_eval_loss"``. The running ``"loss"`` is of weights that move, with dropout.
    resume : bool
        Go on with the run that `model.history` records (that of a loaded checkpoint, or one that was interrupted),
        rather than begin a new one. A model without a history begins at the beginning.

    Returns
    -------
    History
        Loss and metrics, epoch by epoch; `model.history` is the same, also after an exception.

    Raises
    ------
    NotCompiledError
        If the model has no loss or no optimiser.
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the data do not fit the model, batches end early, or a setting is none or not that of the resumed run.
    DivergenceError
        If the loss is no longer finite, unless a callback such as `TerminateOnNaN` takes that for the end.
    """
    if model.optimizer is None:
        raise NotCompiledError(f"{model.name}: has no optimiser; call model.compile(optimizer=..., loss=...) first")
    epochs = positive_integer(epochs, "epochs")
    batch_size = positive_or_none(batch_size, "batch_size")
    steps_per_epoch = positive_or_none(steps_per_epoch, "steps_per_epoch")
    validation_steps = positive_or_none(validation_steps, "validation_steps")
    for name, flag in (("shuffle", shuffle), ("train_eval", train_eval), ("resume", resume)):
        if not isinstance(flag, (bool, np.bool_)):
            raise InvalidTypeError(f"{name}: must be True or False, got {flag!r}")
    watching = _callbacks(callbacks)
    source = source_of(model, x, y, batch_size, sample_weight, class_weight, steps_per_epoch)
    source, validation, rows = _validation(model, source, validation_data, validation_split, validation_steps)
    settings = {"stimuli": source.stimuli, "batch_size": getattr(source, "size", None), "shuffle": bool(shuffle)}
    history = _history(model, settings, resume)
    history.validation_rows = rows
    memories = history.remembered()
    history.memories, history.watching = [], watching
    run = Run(model, source, validation, history, watching, epochs, bool(shuffle), bool(train_eval))
    with ExitStack() as stack:
        stack.enter_context(blas_on_one_thread)
        stack.enter_context(np.errstate(over="ignore", invalid="ignore", divide="ignore"))  # a diverging loss is caught
        steps = stack.enter_context(WholeSteps())
        batches = (source.steps or 0) * max(epochs - history.epochs, 0)
        advance = stack.enter_context(progress_bar(batches, "batches", progress))
        for callback in watching:
            stack.callback(callback.on_train_end, model)
            callback.on_train_begin(model)
            _remind(callback, memories, model)
        while history.epochs < epochs and not history.stopped:
            run.epoch(steps, advance)
    return history


def _callbacks(callbacks: Any) -> tuple[Callback, ...]:
    if callbacks is not None and not isinstance(callbacks, (Callback, list, tuple)):
        raise InvalidTypeError(f"callbacks: must be one of ann.callbacks or a list of them, got {_named(callbacks)}")
    chosen = (callbacks,) if isinstance(callbacks, Callback) else tuple(callbacks or ())
    for callback in chosen:
        if not isinstance(callback, Callback):
            got = _named(callback)
            raise InvalidTypeError(f"callbacks: must be objects of class ann.callbacks.Callback, got {got}")
    return tuple(sorted(chosen, key=lambda callback: callback.last))


def _named(value: Any) -> str:
    return f"the class {value.__name__}; write {value.__name__}(...)" if isinstance(value, type) else repr(value)


def _validation(
    model: "Network", source: Source, data: Any, share: float, steps: int | None
) -> tuple[Source, Source | None, np.ndarray | None]:
    """Give what is trained on, what is measured on, and which rows that are."""
    if data is not None:
        if share:
            raise InvalidValueError("validation_split: give it or validation_data, not both")
        if isinstance(data, (tuple, list)) and len(data) in (2, 3):
            weights = data[2] if len(data) == 3 else None
            held = source_of(model, data[0], data[1], 256, weights, steps=steps, what="validation ")
            return source, held, None
        if gives_batches(data):
            return source, source_of(model, data, None, None, steps=steps, what="validation "), None
        raise InvalidTypeError("validation_data: must be a pair (x, y), with sample_weight as a third, or give batches")
    if not share:
        return source, None, None
    if not isinstance(source, (Arrays, Mapped)):
        raise InvalidValueError("validation_split: needs arrays; with batches give validation_data")
    targets = source.y if isinstance(source, Arrays) else checked_targets(model, source.y)
    kept, rows = split(targets, share, generator(model.seed, "validation"), outputs=len(model.output_shape))
    return source.part(kept, source.size), source.part(rows, 256), rows


def _history(model: "Network", settings: dict[str, Any], resume: bool) -> History:
    """Give the record to write in: that of the run that is resumed, or a new one."""
    if resume and model.history is not None:
        for name, value in model.history.settings.items():
            if settings.get(name) != value:
                raise InvalidValueError(f"resume: the run had {name} {value}, got {settings.get(name)}")
    else:
        model.history = History()
    model.history.settings = settings
    return model.history


def _remind(callback: Callback, memories: list[dict[str, Any]], model: "Network") -> None:
    """Give a callback what the first of its kind remembered."""
    for index, memory in enumerate(memories):
        if memory["kind"] == type(callback).__name__:
            try:
                callback.restore(memory["state"], model)
            except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
                raise UnreadableFileError(f"resume: {memory['kind']} cannot take up its state ({error!r})") from error
            del memories[index]
            return
