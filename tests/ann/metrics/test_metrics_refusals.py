"""What metrics refuse, and what they say."""

import functools

import numpy as np
import pytest

from ann import metrics
from ann.errors import DataError, InvalidTypeError, InvalidValueError, ShapeError

THREE = np.full((2, 3), 1 / 3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.get(["acuracy"]), InvalidValueError, r"did you mean 'accuracy'"),
        (lambda: metrics.get(["R3"]), InvalidValueError, r"unknown metric 'R3'"),
        (
            lambda: metrics.get([3]),
            InvalidTypeError,
            r"metrics: must be names, functions or objects of ann.metrics, go",
        ),
        (lambda: metrics.get(3), InvalidTypeError, r"got 3"),
        (lambda: metrics.get([metrics.F1]), InvalidTypeError, r"got the class F1; write F1\(...\)"),
        (lambda: metrics.get([dict]), InvalidTypeError, r"metrics: must be names, functions or .*got <class 'dict'>"),
        (
            lambda: metrics.get([lambda t, y: 0]),
            InvalidValueError,
            r"has no name of its own; .*OfFunction\(function, na",
        ),
        (lambda: metrics.get(functools.partial(max, 1)), InvalidValueError, r"has no name of its own"),
        (lambda: metrics.OfFunction(3), InvalidTypeError, r"must be a function f\(y_true, y_pred\), got 3"),
        (
            lambda: metrics.OfFunction("nobody"),
            InvalidValueError,
            r"no function 'nobody' is known here; .*OfFunction\(no",
        ),
        (lambda: metrics.OfFunction(max, "val_m"), InvalidValueError, r"OfFunction.name: must be letters"),
        (lambda: metrics.get(["f1", metrics.F1("macro")]), InvalidValueError, r"two are called 'f1'; give.*name="),
        (lambda: metrics.get({"kind": "Nearness"}), InvalidValueError, r"metrics: unknown name 'Nearness'"),
        (lambda: metrics.get({"kind": "F1", "beta": 2}), InvalidValueError, r"F1 does not take these arguments"),
        (lambda: metrics.F1("mean"), InvalidValueError, r"F1.average: unknown 'mean'"),
        (lambda: metrics.AUC("binary"), InvalidValueError, r"AUC.average: unknown 'binary'"),
        (lambda: metrics.F1(threshold="a"), InvalidTypeError, r"F1.threshold: must be a number"),
        (lambda: metrics.Accuracy(threshold=np.nan), InvalidValueError, r"Accuracy.threshold: must be finite"),
        (lambda: metrics.TopK(0), InvalidValueError, r"TopK.k: must be at least 1"),
        (lambda: metrics.R2(name="my r2"), InvalidValueError, r"R2.name: must be letters.*got 'my r2'"),
        (lambda: metrics.R2(name="loss"), InvalidValueError, r"R2.name: .*got 'loss'"),
        (lambda: metrics.R2(name="val_r2"), InvalidValueError, r"R2.name: .*got 'val_r2'"),
        (lambda: metrics.R2(name=3), InvalidValueError, r"R2.name: .*got 3"),
        (lambda: metrics.OfLoss("accuracy"), InvalidValueError, r"OfLoss.loss: unknown name 'accuracy'"),
        (lambda: metrics.confusion_matrix(THREE, [0, 1], normalize="row"), InvalidValueError, r"normalize: unknown"),
        (lambda: metrics.confusion_matrix(THREE, [0, 1], labels=[0, 3]), InvalidValueError, r"different classes of 0"),
        (lambda: metrics.confusion_matrix(THREE, [0, 1], labels=[0, 0]), InvalidValueError, r"different classes of 0"),
        (lambda: metrics.confusion_matrix(THREE, [0, 1], threshold="a"), InvalidTypeError, r"threshold: must be a"),
    ],
)
def test_settings_that_are_none_are_refused(make, error, message):
    """Names, averages and thresholds that are none are named, with what would do."""
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.accuracy([], []), DataError, r"outputs of accuracy: hold no stimulus"),
        (lambda: metrics.accuracy([["a"]], [0]), DataError, r"outputs of accuracy: must be numbers"),
        (lambda: metrics.accuracy([[np.nan, 1]], [0]), DataError, r"outputs of accuracy: must be finite"),
        (lambda: metrics.mean_squared_error([1.0], [np.nan]), DataError, r"targets of mean_squared_error: must be fin"),
        (lambda: metrics.accuracy(THREE, [0, 3]), DataError, r"class 3 is out of range"),
        (lambda: metrics.accuracy(THREE, [0, 1, 2]), ShapeError, r"targets of accuracy: got \(3,\)"),
        (lambda: metrics.f1(THREE, np.ones((2, 2))), ShapeError, r"got \(2, 2\) beside outputs \(2, 3\)"),
        (lambda: metrics.f1(THREE, [[1, 1, 0], [0, 0, 1]]), DataError, r"row 0 does not name one class.*threshold="),
        (lambda: metrics.accuracy(THREE, [[0, 0, 0], [0, 0, 1]]), DataError, r"row 0 .*use binary_accuracy"),
        (
            lambda: metrics.accuracy([0.1, 0.9], [0, 2]),
            DataError,
            r"got 2; of several classes give outputs",
        ),
        (lambda: metrics.f1(THREE, [0, 1], threshold=0.5), ShapeError, r"expects the shape of the outputs"),
        (lambda: metrics.f1(THREE, [0, 1], average="binary"), DataError, r'average="binary" is for two classes'),
        (lambda: metrics.auc(THREE, [0.5, 1]), DataError, r"targets of auc: must be whole class numbers"),
        (lambda: metrics.auc(THREE, [[0, 0, 2]] * 2), DataError, r"targets of auc: must be 0 and 1"),
        (lambda: metrics.r2(THREE, [1, 2]), ShapeError, r"targets of r2: got \(2,\), expects the shape"),
        (lambda: metrics.accuracy(THREE, [0, 1], sample_weight=[1]), ShapeError, r"one weight a stimulus \(2,\)"),
        (lambda: metrics.auc(THREE, [0, 1], sample_weight=[1, -1]), DataError, r"must not be negative"),
    ],
)
def test_data_that_do_not_fit_are_refused(make, error, message):
    """What is wrong with outputs, targets and weights is said."""
    with pytest.raises(error, match=message):
        make()
