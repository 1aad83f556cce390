"""One batch at a time, for a training loop of one's own."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ann.data import as_array
from ann.parallel import blas_on_one_thread
from ann.training.checks import checked_batch

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["predict_on_batch", "test_on_batch", "train_on_batch"]


def train_on_batch(model: "Network", x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> float:
    """Take the four steps once, and give the loss before the update: this is what `fit` does with every batch.

    A mask that reaches the outputs is heeded: ``model.loss(outputs, y, sample_weight, mask=cache.mask)``.

    Parameters
    ----------
    x, y : array
        (stimulus, ...), and targets in the form that the loss takes.
    sample_weight, class_weight
        As in `fit`.

    Raises
    ------
    NotCompiledError, ShapeError, DataError
        If there is no loss or optimiser, or the batch does not fit.
    DivergenceError
        If the loss is not finite; the weights stay as they are.
    """
    batch = checked_batch(model, (x, y, sample_weight), class_weight)
    with blas_on_one_thread, np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is caught
        return model._learn(*batch)[0]


def test_on_batch(model: "Network", x: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: PT028 not a test
    """Give the loss of one batch, or a named tuple of loss and metrics: `evaluate` on it as it is.

    Raises
    ------
    NotCompiledError, ShapeError, DataError
        If there is no loss, or the batch does not fit.
    """
    x = as_array(x, "x")
    return model.evaluate(x, y, batch_size=_length(x), sample_weight=sample_weight)


def predict_on_batch(model: "Network", x: Any) -> np.ndarray:
    """Give the outputs (stimulus, ...) for one batch, uncut.

    Raises
    ------
    ShapeError, DataError
        If it does not fit.
    """
    x = as_array(x, "x")
    return model.predict(x, batch_size=_length(x))


def _length(x: np.ndarray) -> int:
    return max(len(x), 1) if x.ndim else 1
