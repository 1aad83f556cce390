"""The metrics as functions of arrays: outputs first, targets second, as `ann` has them everywhere."""

from typing import Any

from ann.metrics.numeric import R2, MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError
from ann.metrics.per_class import F1, BalancedAccuracy, Precision, Recall
from ann.metrics.ranking import AUC
from ann.metrics.shares import Accuracy, BinaryAccuracy, TopK

__all__ = [
    "accuracy",
    "auc",
    "balanced_accuracy",
    "binary_accuracy",
    "f1",
    "mean_absolute_error",
    "mean_squared_error",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "top_k_categorical_accuracy",
]


def accuracy(outputs: Any, targets: Any, threshold: float | None = None, sample_weight: Any = None) -> float:
    """Share of stimuli that are classified right; see `Accuracy`.

    Examples
    --------
    >>> accuracy([[0.9, 0.1], [0.4, 0.6]], [0, 0])
    0.5
    """
    return Accuracy(threshold)(outputs, targets, sample_weight)


def binary_accuracy(outputs: Any, targets: Any, threshold: float | None = None, sample_weight: Any = None) -> float:
    """Share of outputs that are right, each a yes or no by itself; see `BinaryAccuracy`."""
    return BinaryAccuracy(threshold)(outputs, targets, sample_weight)


def balanced_accuracy(outputs: Any, targets: Any, threshold: float | None = None, sample_weight: Any = None) -> float:
    """Mean of the recall over classes; see `BalancedAccuracy`."""
    return BalancedAccuracy(threshold)(outputs, targets, sample_weight)


def top_k_categorical_accuracy(outputs: Any, targets: Any, k: int = 5, sample_weight: Any = None) -> float:
    """Share of stimuli whose class is among the `k` largest outputs; see `TopK`."""
    return TopK(k)(outputs, targets, sample_weight)


def precision(
    outputs: Any, targets: Any, average: str | None = None, threshold: float | None = None, sample_weight: Any = None
) -> float:
    """Share of the answers for a class that are right; see `Precision`."""
    return Precision(average, threshold)(outputs, targets, sample_weight)


def recall(
    outputs: Any, targets: Any, average: str | None = None, threshold: float | None = None, sample_weight: Any = None
) -> float:
    """Share of the stimuli of a class that are answered right; see `Recall`."""
    return Recall(average, threshold)(outputs, targets, sample_weight)


def f1(
    outputs: Any, targets: Any, average: str | None = None, threshold: float | None = None, sample_weight: Any = None
) -> float:
    """Harmonic mean of precision and recall; see `F1`."""
    return F1(average, threshold)(outputs, targets, sample_weight)


def auc(outputs: Any, targets: Any, average: str = "macro", sample_weight: Any = None) -> float:
    """Area under the ROC curve; see `AUC`."""
    return AUC(average)(outputs, targets, sample_weight)


def r2(outputs: Any, targets: Any, sample_weight: Any = None) -> float:
    """Share of the targets' variance that is explained; see `R2`."""
    return R2()(outputs, targets, sample_weight)


def mean_squared_error(outputs: Any, targets: Any, sample_weight: Any = None) -> float:
    """Mean of the squared errors; see `MeanSquaredError`."""
    return MeanSquaredError()(outputs, targets, sample_weight)


def root_mean_squared_error(outputs: Any, targets: Any, sample_weight: Any = None) -> float:
    """Root of the mean of the squared errors; see `RootMeanSquaredError`."""
    return RootMeanSquaredError()(outputs, targets, sample_weight)


def mean_absolute_error(outputs: Any, targets: Any, sample_weight: Any = None) -> float:
    """Mean of the absolute errors; see `MeanAbsoluteError`."""
    return MeanAbsoluteError()(outputs, targets, sample_weight)
