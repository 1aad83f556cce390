"""One run of training: its epochs, one at a time."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ann.callbacks import Callback, History
from ann.errors import DivergenceError
from ann.schedules import Schedule
from ann.stepping import divergence
from ann.training.compiling import telling
from ann.training.interrupts import WholeSteps
from ann.training.measuring import Tally, measure
from ann.training.sources import Source
from isocortex.progress import Advance

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Run"]


class Run:
    """Training under way.

    Parameters
    ----------
    model : Network
        Which learns.
    source, validation : Source
        What it learns from, and what it is measured on.
    history : History
        Where the numbers go.
    callbacks : sequence of Callback
        In the order in which they are called.
    epochs : int
        Of the whole run.
    shuffle, train_eval : bool
        See `ann.training.fit`.
    """

    def __init__(
        self,
        model: "Network",
        source: Source,
        validation: Source | None,
        history: History,
        callbacks: Sequence[Callback],
        epochs: int,
        shuffle: bool,
        train_eval: bool,
    ):
        self.model, self.source, self.validation, self.history = model, source, validation, history
        self.callbacks, self.epochs, self.train_eval = callbacks, epochs, train_eval
        self.order = model.shuffling if shuffle else None
        self.listening = [one for one in callbacks if _overrides(one, "on_batch_end")]
        self.stepped = False
        self.beginning = [one for one in callbacks if _overrides(one, "on_epoch_begin")]

    def epoch(self, steps: WholeSteps, advance: Advance) -> None:
        """Train one epoch, write it down, and let the callbacks know."""
        model, history, epoch = self.model, self.history, self.history.epochs
        try:
            for callback in self.beginning:
                callback.on_epoch_begin(epoch, model)
            logs = self._train(epoch, steps, advance)
            if not (
                _finite(model.layout.weights) and _finite(model.layout.statistics)
            ):  # the last step's, which no loss saw
                raise DivergenceError(f"epoch {epoch + 1}: {divergence(model, 'the weights are no longer finite')}")
        except DivergenceError as error:
            reasons = [callback.on_divergence(error, model) for callback in self.callbacks]
            history.stopped = next((reason for reason in reasons if reason), None)
            if history.stopped is None:
                raise
            return
        if self.validation is not None:
            logs.update({f"val_{name}": value for name, value in measure(model, self.validation).items()})
        if self.train_eval:
            logs.update({f"train_eval_{name}": value for name, value in measure(model, self.source).items()})
        history.append(logs)
        for last in (False, True) if self.callbacks else ():
            reasons = [one.on_epoch_end(epoch, logs, model) for one in self.callbacks if one.last is last]
            history.stopped = history.stopped or next((text for text in reasons if isinstance(text, str)), None)

    def _train(self, epoch: int, steps: WholeSteps, advance: Advance) -> dict[str, float]:
        model, tally, penalties = self.model, Tally(self.model), 0.0
        learn, note = model._learn, getattr(advance, "note", None)
        take, listening = steps.take, self.listening
        if not self.stepped:
            learn, self.stepped = telling(learn, getattr(advance, "tell", None)), True
        for batch, (x, y, weights) in enumerate(self.source.epoch(self.order)):
            try:
                value, outputs, penalty, mask = take(learn, x, y, weights)
            except DivergenceError as error:
                raise DivergenceError(f"epoch {epoch + 1}, batch {batch + 1}: {error}") from None
            tally.add(value - penalty, outputs, y, weights, mask)
            if penalty:
                penalties += penalty * len(x)
            for callback in listening:
                callback.on_batch_end(batch, {"loss": value}, model)
            advance(1)
            if note is not None:
                note(f"epoch {epoch + 1}/{self.epochs}, loss {tally.mean_loss:.4g}")
        logs = tally.means()
        if model._penalties:
            logs["penalty"] = penalties / tally.stimuli
            logs["loss"] += logs["penalty"]
        rate = getattr(model.optimizer, "learning_rate", None)
        if rate is not None and model.optimizer is not None:
            step = max(model.optimizer.iterations - 1, 0)
            logs["learning_rate"] = float(rate(step) if isinstance(rate, Schedule) else rate)
        return logs


def _finite(flat: np.ndarray) -> bool:
    # One product says it nearly always: a few numbers of a founding example are looked at a thousand times a second.
    return not flat.size or math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


def _overrides(callback: Callback, name: str) -> bool:
    return getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name)
