"""Metrics: what is read besides the loss, by name or as an object, batch by batch or as functions of arrays.

>>> f1([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], [0, 1, 2], average="micro")
0.6666666666666666
"""

from ann.metrics.confusion import confusion_matrix
from ann.metrics.functions import (
    accuracy,
    auc,
    balanced_accuracy,
    binary_accuracy,
    f1,
    mean_absolute_error,
    mean_squared_error,
    precision,
    r2,
    recall,
    root_mean_squared_error,
    top_k_categorical_accuracy,
)
from ann.metrics.metric import MeanMetric, Metric
from ann.metrics.names import chosen, compiled, get, smaller_is_better
from ann.metrics.numeric import R2, MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError
from ann.metrics.of_function import OfFunction
from ann.metrics.of_loss import OfLoss
from ann.metrics.per_class import F1, BalancedAccuracy, Precision, Recall
from ann.metrics.ranking import AUC
from ann.metrics.shares import Accuracy, BinaryAccuracy, TopK

__all__ = [
    "AUC",
    "F1",
    "R2",
    "Accuracy",
    "BalancedAccuracy",
    "BinaryAccuracy",
    "MeanAbsoluteError",
    "MeanMetric",
    "MeanSquaredError",
    "Metric",
    "OfFunction",
    "OfLoss",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "TopK",
    "accuracy",
    "auc",
    "balanced_accuracy",
    "binary_accuracy",
    "chosen",
    "compiled",
    "confusion_matrix",
    "f1",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "smaller_is_better",
    "top_k_categorical_accuracy",
]
