"""Predictivity in both directions: a subject that contains the other predicts it, and is not predicted by it."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from compare.measures.measure import Fitted, Measure
from compare.measures.predictivity.regression import RegressionMeasure
from compare.measures.predictivity.ridge import RidgePredictivity
from compare.measures.predictivity.score import Predicted

__all__ = ["BothDirections", "PredictedBothWays"]


@dataclass(frozen=True, eq=False)
class PredictedBothWays:
    """y predicted from x, x predicted from y, and the mean of their scores."""

    forward: Predicted
    backward: Predicted

    @property
    def score(self) -> float:
        """The mean of the two scores."""
        return (self.forward.score + self.backward.score) / 2

    def __float__(self) -> float:
        return self.score

    def __repr__(self) -> str:
        return f"y from x: {self.forward!r}\nx from y: {self.backward!r}\nmean: {self.score:.3f}"


@dataclass(frozen=True, eq=False)
class _FittedBothWays:
    forward: Fitted
    backward: Fitted

    def score(self, x: Any, y: Any) -> float:
        """Give the mean of the scores in both directions."""
        return (self.forward.score(x, y) + self.backward.score(y, x)) / 2


@dataclass(frozen=True)
class BothDirections(Measure):
    """The mean of a predictivity from x to y and from y to x.

    Parameters
    ----------
    regression : RegressionMeasure
        `RidgePredictivity` or `PLSPredictivity`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 8))
    >>> result = BothDirections().evaluate(x, x[:, :4])
    >>> round(result.forward.score, 2), result.backward.score < 0.8
    (1.0, True)
    """

    regression: RegressionMeasure = field(default_factory=RidgePredictivity)

    symmetric: ClassVar[bool] = True

    @property
    def invariances(self) -> frozenset[str]:  # type: ignore[override]
        """What neither direction sees."""
        return self.regression.invariances & self.regression.target_invariances

    @property
    def label(self) -> str:
        """The measure in words."""
        return f"{self.regression.label}, both directions"

    @property
    def least_stimuli(self) -> int:
        """As many as the regression needs."""
        return self.regression.least_stimuli

    def fit(self, x: Any, y: Any) -> Fitted:
        """Learn both regressions from all of the stimuli given."""
        return _FittedBothWays(self.regression.fit(x, y), self.regression.fit(y, x))

    def evaluate(self, x: Any, y: Any, stratify: Any = None, groups: Any = None) -> PredictedBothWays:
        """Cross-validate both regressions on the same folds; parameters as in `RegressionMeasure.evaluate`."""
        return PredictedBothWays(
            self.regression.evaluate(x, y, stratify, groups), self.regression.evaluate(y, x, stratify, groups)
        )

    def __call__(self, x: Any, y: Any) -> float:
        """Cross-validate, and give the mean of both scores."""
        return self.evaluate(x, y).score
