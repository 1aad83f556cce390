"""What a search found: a table, the best of it, and a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ann.errors import SearchError
from ann.search.trial import Trial, described

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["SearchResult", "best_of"]


@dataclass(frozen=True)
class SearchResult:
    """All trials of a search.

    Attributes
    ----------
    trials : tuple of Trial
        In the order in which they were planned, the failed ones too.
    score_name : str
        What they were judged by.
    larger_is_better : bool
        Whether a larger score is better.
    best : Trial
        The best; of a successive halving, among those given most. Its score is the best of many, so it flatters:
        judge `best_model` on stimuli that took no part.
    best_model : Network or estimator or None
        Trained anew on all data with the best parameters; None if that was not asked for.
    """

    trials: tuple[Trial, ...]
    score_name: str
    larger_is_better: bool
    best: Trial
    best_model: Any = None

    def to_records(self) -> list[dict[str, Any]]:
        """Give one dictionary a trial, the best score first and the failed at the end, in what JSON knows."""
        ended = [trial for trial in self.trials if trial.error is None]
        ended.sort(key=lambda trial: (-(trial.resource or 0), trial.score * (-1 if self.larger_is_better else 1)))
        failed = [trial for trial in self.trials if trial.error is not None]
        return [
            {
                "trial": trial.number,
                "algorithm": trial.algorithm,
                **described(trial.parameters),
                **({} if trial.resource is None else {"resource": trial.resource}),
                self.score_name: None if trial.error else trial.score,
                "standard_error": trial.standard_error if len(trial.scores) > 1 else None,
                "seconds": trial.seconds,
                "error": trial.error,
            }
            for trial in [*ended, *failed]
        ]

    def to_pandas(self) -> "pd.DataFrame":
        """Give `to_records` as a table."""
        import pandas as pd

        return pd.DataFrame(self.to_records())

    def plot(self, parameter: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw every trial's score, in their order or against a parameter; see `ann.plots.trials`."""
        from ann.plots import trials

        return trials(self, parameter, ax=ax)


def best_of(trials: Sequence[Trial], larger: bool) -> Trial:
    """Give the best trial among those that were given most.

    Raises
    ------
    SearchError
        If every trial failed; the message says how the first one did.
    """
    ended = [trial for trial in trials if trial.error is None]
    if not ended:
        raise SearchError(f"search: all {len(trials)} trials failed, the first one by {trials[0].error}")
    most = max(trial.resource or 0 for trial in ended)
    last = [trial for trial in ended if (trial.resource or 0) == most]
    return (max if larger else min)(last, key=lambda trial: trial.score)
