"""Ending a run quietly where its loss leaves the finite numbers."""

from typing import TYPE_CHECKING

from ann.callbacks.callback import Callback

if TYPE_CHECKING:
    from ann.errors import DivergenceError
    from ann.network import Network

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Ends training where the loss is no longer finite: `History.stopped` says so, and nothing is raised.

    Without it, `fit` raises a `DivergenceError`. With or without it, the step with that loss is not taken, the epochs
    finished before stand in the history, and `EarlyStopping` restores the best of their weights.
    """

    def on_divergence(self, error: "DivergenceError", model: "Network") -> str:
        """Give what the error says as the reason to stop."""
        return str(error)
