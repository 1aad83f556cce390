"""The area under the ROC curve."""

from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import InvalidValueError
from ann.losses.categorical import class_numbers, log_softmax
from ann.metrics.metric import Metric
from ann.metrics.targets import checked_yes_no
from isocortex.errors import nearest

__all__ = ["AUC"]

AVERAGES = ("macro", "micro", "weighted")

Ranked = list[tuple[np.ndarray, np.ndarray, np.ndarray]]
"""Scores (stimulus, class), which of them belong to the right class, and the weight of each stimulus."""


class AUC(Metric):
    r"""The area under the ROC curve: how probable it is that a yes has a larger output than a no.

    It is the statistic of Mann and Whitney (1947, Ann. Math. Stat. 18), exact:
    :math:`\frac{1}{n_+ n_-} \sum_{i \in +} \sum_{j \in -} [y_i > y_j] + \frac{1}{2} [y_i = y_j]`.
    Several outputs are each held against the rest (Fawcett 2006, Pattern Recognition Letters 27, section
    9); their targets may name one class, or several labels at once.

    It is NaN where the targets are all yes or all no; a class without a yes or without a no is left out of the
    average. It keeps the outputs of all stimuli until the end of the epoch.

    Parameters
    ----------
    average : {"macro", "micro", "weighted"}
        The mean over classes, all decisions as one, or the mean weighted by how often each class is there.
    name : str, optional
        See `Metric`.

    Raises
    ------
    InvalidValueError
        If there is no such average.

    Examples
    --------
    >>> AUC()([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    0.875
    """

    def __init__(self, average: str = "macro", name: str | None = None):
        super().__init__(name)
        if average not in AVERAGES:
            raise InvalidValueError(f"AUC.average: unknown {average!r}; {nearest(str(average), AVERAGES)}")
        self.average = average

    def checked(self, outputs: np.ndarray, targets: Any) -> np.ndarray:
        """Give class numbers, or yes and no in the outputs' shape."""
        found = as_array(targets, f"targets of {self.name}")
        if outputs.shape[-1] == 1 or found.shape == outputs.shape:
            return checked_yes_no(outputs, found, self.name)
        return class_numbers(found, outputs, self.name)

    def summary(self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> Ranked:
        """Give scores, right ones and weights of a batch."""
        count = outputs.shape[-1]
        if self._from_logits and count > 1:
            outputs = log_softmax(outputs)  # within one stimulus the order stays, between stimuli it does not
        if count == 1 or targets.shape == outputs.shape:
            right = targets.reshape(-1, count) > 0.5
        else:
            right = targets.reshape(-1, 1) == np.arange(count)
        each = np.ones(len(right)) if weights is None else np.broadcast_to(weights, outputs.shape[:-1]).ravel()
        return [(outputs.reshape(-1, count), right, each.astype(np.float64))]

    def merge(self, first: Ranked, second: Ranked) -> Ranked:
        """Put the batches one after the other."""
        first.extend(second)
        return first

    def value(self, summary: Ranked) -> float:
        """Give the area."""
        scores, right, weights = (np.concatenate(parts) for parts in zip(*summary, strict=True))
        count = scores.shape[1]
        if self.average == "micro":
            return area(scores.ravel(), right.ravel(), np.repeat(weights, count))
        areas = np.array([area(scores[:, one], right[:, one], weights) for one in range(count)])
        known = ~np.isnan(areas)
        if not known.any():
            return float("nan")
        share = weights @ right if self.average == "weighted" else np.ones(count)
        return float(np.average(areas[known], weights=share[known]))


def area(scores: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """Give the area under one ROC curve; NaN where one side is missing.

    Examples
    --------
    >>> area(np.array([1.0, 2.0, 2.0]), np.array([False, False, True]), np.ones(3))
    0.75
    """
    values, place = np.unique(scores, return_inverse=True)
    yes = np.bincount(place[right], weights[right], len(values))
    no = np.bincount(place[~right], weights[~right], len(values))
    pairs = yes.sum() * no.sum()
    below = np.cumsum(no) - no / 2
    return float(yes @ below / pairs) if pairs else float("nan")
