"""Reading outputs, loss and metrics without learning from them."""

import math
from collections import namedtuple
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import as_stimuli, require_finite
from ann.errors import DataError, DivergenceError, InvalidTypeError, InvalidValueError
from ann.layers.layer import positive_integer
from ann.losses import masked_weights
from ann.training.checks import positive_or_none
from ann.training.sources import Source, gives_batches, is_mapped, source_of
from ann.training.weighting import counting

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Tally", "evaluate", "measure", "predict"]


def evaluate(
    model: "Network",
    x: Any,
    y: Any = None,
    batch_size: int | None = None,
    sample_weight: Any = None,
    steps: int | None = None,
) -> Any:
    """Give the loss on all stimuli, or a named tuple of loss and metrics where the model was compiled with any.

    Parameters
    ----------
    x, y, sample_weight
        As in `fit`: arrays, or batches as `x`.
    batch_size : int, optional
        How many stimuli are computed at once, 256 by default.
    steps : int, optional
        How many batches to take where `x` gives batches; all by default.

    Raises
    ------
    NotCompiledError, ShapeError, DataError, InvalidTypeError, InvalidValueError
        If there is no loss, or the data do not fit.
    DivergenceError
        If the loss is not finite.
    """
    batch_size, steps = positive_or_none(batch_size, "batch_size"), positive_or_none(steps, "steps")
    if batch_size is None and not gives_batches(x) and y is not None:
        batch_size = 256
    with _beyond_numbers():
        found = measure(model, source_of(model, x, y, batch_size, sample_weight, steps=steps))
    if not math.isfinite(found["loss"]):
        raise DivergenceError(_diverged(model, f"the loss is {found['loss']}"))
    return namedtuple("Evaluation", found)(**found) if model.metrics else found["loss"]


def predict(model: "Network", x: Any, batch_size: int = 256, steps: int | None = None) -> np.ndarray:
    """Give the outputs (stimulus, ...) for `x`, computed `batch_size` stimuli at a time.

    Parameters
    ----------
    x : array
        (stimulus, ...); one mapped from a file is read batch by batch. Or a generator, a function that makes one, or
        another iterable that is no list, of arrays or of batches whose first part counts.
    batch_size : int
        How many stimuli at once.
    steps : int, optional
        How many batches to take where `x` gives them; all by default.

    Raises
    ------
    ShapeError, DataError, InvalidTypeError, InvalidValueError
        If the stimuli do not fit, or are not finite, or a setting is none.
    DivergenceError
        If an output is not finite.
    """
    size, steps = positive_integer(batch_size, "batch_size"), positive_or_none(steps, "steps")
    if not gives_batches(x):
        if steps is not None:
            raise InvalidValueError("steps: are those of batches that x gives; arrays have theirs")
        return _outputs(model, x, size)
    given = x() if callable(x) else x
    if not isinstance(given, Iterable):
        raise InvalidTypeError(f"x: the function gave {type(given).__name__}, nothing to go through")
    parts = (part[0] if isinstance(part, tuple) and part else part for part in islice(given, steps))
    found = [_outputs(model, part, size) for part in parts]
    if not found:
        raise DataError("x: gave no batch")
    return np.concatenate(found)


def _outputs(model: "Network", x: Any, size: int) -> np.ndarray:
    mapped = is_mapped(x)
    x = np.asarray(x) if mapped else model._checked(x)
    model._stimuli(x[:0] if x.ndim else x)
    outputs = np.empty((len(x), *model.output_shape), model.dtype)
    for start in range(0, len(x), size):
        part = as_stimuli(x[start : start + size], model.dtype)
        if mapped:
            require_finite(part, "x", np.arange(start, start + len(part)))
        with _beyond_numbers():
            outputs[start : start + size] = model.forward(part)[0]
    if not np.isfinite(outputs).all():
        place = tuple(np.argwhere(~np.isfinite(outputs))[0])
        raise DivergenceError(_diverged(model, f"the output for stimulus {place[0]} is {outputs[place]}"))
    return outputs


def _beyond_numbers() -> np.errstate:
    """Let numbers overflow without NumPy's warnings: what comes of it is told in ann's words."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


def _diverged(model: "Network", what: str) -> str:
    largest = float(np.abs(model.flat_weights).max(initial=0))
    return (
        f"{model.name}: {what}, with weights up to {largest:.3g}; scale the data, or train a new model with a lower "
        "learning rate"
    )


class Tally:
    """Loss and metrics of batches on their way to those of all.

    Parameters
    ----------
    model : Network
        Whose metrics they are.
    """

    def __init__(self, model: "Network"):
        self.metrics = model.metrics
        self.summaries: dict[str, Any] = {}
        self.reduction = model.objective.reduction if model.objective is not None else ""
        self.loss = self.shares = 0.0
        self.stimuli = 0

    def add(
        self,
        value: float,
        outputs: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> None:
        """Add a batch, with the weights and the mask that its loss was given."""
        count = len(outputs)
        if weights is None and mask is None and self.reduction == "sum_over_batch_size":  # as nearly always
            self.stimuli += count
            self.shares += count
            self.loss += value * count
            if self.metrics:
                self._summarise(outputs, y, None, None)
            return
        share: float = count if mask is None else int(np.count_nonzero(mask))
        weights = masked_weights(weights, mask, outputs.dtype)
        if self.reduction != "sum_over_batch_size":
            # The loss of all is their sum, or counts a batch by what its stimuli weigh.
            share = 1 if self.reduction == "sum" else count if weights is None else float(weights.sum())
        self.stimuli += count
        self.shares += share
        plain = masked_weights(None, mask, outputs.dtype)  # of a metric that is not weighted
        self.loss += value * share
        self._summarise(outputs, y, weights, plain)

    def _summarise(
        self, outputs: np.ndarray, y: np.ndarray, weights: np.ndarray | None, plain: np.ndarray | None
    ) -> None:
        for name, metric in self.metrics.items():
            if name not in self.summaries:
                metric.checked(outputs, y)  # what holds for one batch holds for all, which the loss has checked
            found = metric.summary(outputs, y, weights if metric.weighted else plain)
            self.summaries[name] = metric.merge(self.summaries[name], found) if name in self.summaries else found

    @property
    def mean_loss(self) -> float:
        """The loss so far."""
        return self.loss if self.reduction == "sum" else self.loss / self.shares if self.shares else 0.0

    def means(self) -> dict[str, float]:
        """Give the loss, and the metrics in the order in which the model has them."""
        numbers = {name: self.metrics[name].value(summary) for name, summary in self.summaries.items()}
        return {"loss": self.mean_loss, **numbers}


def measure(model: "Network", source: Source) -> dict[str, float]:
    """Give loss and metrics on all batches of a source, as inference sees them, penalties included."""
    tally = Tally(model)
    for x, y, weights in source.epoch():
        outputs, cache = model.forward(x)
        mask = counting(cache, outputs)
        tally.add(model._data_loss(outputs, y, weights, mask)[0], outputs, y, weights, mask)
    found = tally.means()
    found["loss"] += model.penalty()
    return found
