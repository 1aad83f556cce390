"""What a callback is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ann.errors import DivergenceError
    from ann.network import Network

__all__ = ["Callback"]


class Callback:
    """Called around every epoch and batch; override what is needed.

    Callbacks are called in the order in which they are given, those with `last` behind the others. `model.history` is
    the record of the run so far.

    Examples
    --------
    >>> import ann
    >>> class Chime(Callback):
    ...     def on_epoch_end(self, epoch, logs, model):
    ...         return "good enough" if logs["loss"] < 0.01 else None
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(1,))])
    >>> model.compile("sgd", "mse")
    >>> model.fit([[0.0], [1.0]], [1.0, 3.0], epochs=9999, callbacks=Chime()).stopped
    'good enough'
    """

    last: ClassVar[bool] = False
    """Whether it is called behind those that are not: it sees what they have done."""

    def on_train_begin(self, model: "Network") -> None:
        """Is called before the first epoch."""

    def on_epoch_begin(self, epoch: int, model: "Network") -> None:
        """Is called before every epoch, counted from 0."""

    def on_batch_end(self, batch: int, logs: Mapping[str, float], model: "Network") -> None:
        """Is called after every step, counted from 0 in its epoch; `logs` has the batch's ``"loss"``."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> str | None:
        """Is called after every epoch, counted from 0; a text says why to stop."""
        return None

    def on_divergence(self, error: "DivergenceError", model: "Network") -> str | None:
        """Is called when the loss is no longer finite; a text ends training with that reason, in place of the error."""
        return None

    def on_train_end(self, model: "Network") -> None:
        """Is called after the last epoch, also when training was stopped or interrupted."""

    def state(self) -> dict[str, Any]:
        """Give what must be remembered for going on from a checkpoint: numbers, texts, None and arrays by name."""
        return {}

    def restore(self, state: Mapping[str, Any], model: "Network") -> None:
        """Take up what `state` gave; called after `on_train_begin` where a run is resumed.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it does not hold what `state` gives.
        """
