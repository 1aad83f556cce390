"""The record of a training run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.callbacks.callback import Callback

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["History"]


class History:
    """The record of a training run; `Network.history` is that of the last one, also of one that was interrupted.

    Attributes
    ----------
    history : dict of str to list of float
        One number an epoch: ``"loss"`` (the running mean over the batches, as the weights moved, with dropout and with
        the penalties), the metrics, ``"penalty"`` (its part of the loss) where weights are penalised,
        ``"learning_rate"`` (that of the epoch's last step), ``"val_loss"`` and so on where there are validation data,
        and ``"train_eval_loss"`` and so on with ``fit(train_eval=True)``: the training data as `evaluate` reads them.
    epochs : int
        How many epochs were finished.
    validation_rows : numpy.ndarray or None
        Which rows `validation_split` kept for validation.
    stopped : str or None
        Why training ended before its last epoch.
    settings : dict of str to int or bool or None
        What a resumed run must share: the number of stimuli, the size of batches, and so on.
    watching : tuple of Callback
        The callbacks of the run.
    memories : list of dict
        What callbacks remembered when the run was saved; they take it up when it is resumed.
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.validation_rows: np.ndarray | None = None
        self.stopped: str | None = None
        self.settings: dict[str, Any] = {}
        self.memories: list[dict[str, Any]] = []
        self.watching: tuple[Callback, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Give what is pickled and copied: callbacks stay behind, with what they remember taken down."""
        return {**vars(self), "memories": self.remembered(), "watching": ()}

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.history.get("loss", ()))

    def append(self, logs: Mapping[str, float]) -> None:
        """Add the numbers of one epoch."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))

    def remembered(self) -> list[dict[str, Any]]:
        """Give what the callbacks of the run remember now: ``{"kind": class, "state": ...}`` of each."""
        return [{"kind": type(one).__name__, "state": one.state()} for one in self.watching] or list(self.memories)

    def plot(self, ax: "Axes | None" = None, what: str = "loss") -> "Axes":
        """Draw a quantity against the epoch, training beside validation; see `ann.plots.training_curves`."""
        from ann.plots import training_curves

        return training_curves(self.history, ax=ax, what=what)

    def plot_all(self) -> "list[Axes]":
        """Draw loss, metrics, penalty and learning rate beside each other; see `ann.plots.training_panels`."""
        from ann.plots import training_panels

        return training_panels(self.history)
