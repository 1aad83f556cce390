"""A callback from functions."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ann.callbacks.callback import Callback
from ann.errors import InvalidTypeError

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["LambdaCallback"]


class LambdaCallback(Callback):
    """Calls functions where a `Callback` has methods of the same names, with the same arguments.

    Parameters
    ----------
    on_train_begin, on_epoch_begin, on_batch_end, on_epoch_end, on_train_end : callable, optional
        See `Callback`; a text from `on_epoch_end` ends training.

    Raises
    ------
    InvalidTypeError
        If one is no function.

    Examples
    --------
    >>> import ann
    >>> seen = []
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(1,))])
    >>> model.compile("sgd", "mse")
    >>> each_batch = LambdaCallback(on_batch_end=lambda batch, logs, model: seen.append(batch))
    >>> history = model.fit([[0.0], [1.0]], [1.0, 3.0], batch_size=1, callbacks=each_batch)
    >>> seen
    [0, 1]
    """

    def __init__(
        self,
        on_train_begin: Callable[["Network"], Any] | None = None,
        on_epoch_begin: Callable[[int, "Network"], Any] | None = None,
        on_batch_end: Callable[[int, Mapping[str, float], "Network"], Any] | None = None,
        on_epoch_end: Callable[[int, Mapping[str, float], "Network"], Any] | None = None,
        on_train_end: Callable[["Network"], Any] | None = None,
    ):
        given = {
            "on_train_begin": on_train_begin,
            "on_epoch_begin": on_epoch_begin,
            "on_batch_end": on_batch_end,
            "on_epoch_end": on_epoch_end,
            "on_train_end": on_train_end,
        }
        for name, function in given.items():
            if function is not None:
                if not callable(function):
                    raise InvalidTypeError(f"LambdaCallback.{name}: must be a function, got {function!r}")
                setattr(self, name, function)
