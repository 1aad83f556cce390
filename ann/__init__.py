"""A conventional network trained by backpropagation, in Keras's words and NumPy's arrays.

>>> import ann
>>> model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))], seed=0)
>>> model.compile(optimizer="sgd", loss="mean_squared_error")
>>> history = model.fit([[0.0], [1.0]], [1.0, 3.0], epochs=1000)
>>> model.evaluate([[0.0], [1.0]], [1.0, 3.0]) < 0.01
True
"""

import importlib
import typing

from ann import (
    activations,
    callbacks,
    constraints,
    data,
    errors,
    explain,
    gradcheck,
    initializers,
    interchange,
    io,
    layers,
    learning,
    losses,
    metrics,
    optimizers,
    plots,
    regularizers,
    schedules,
    search,
)
from ann.callbacks import EarlyStopping, History
from ann.learning_curves import LearningCurve, learning_curve
from ann.model import Model
from ann.sequential import Sequential
from ann.symbols import Input

if typing.TYPE_CHECKING:
    from ann import estimators
    from ann.estimators import LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor

__all__ = [
    "EarlyStopping",
    "History",
    "Input",
    "LearningCurve",
    "LinearRegression",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
    "Sequential",
    "activations",
    "callbacks",
    "constraints",
    "data",
    "errors",
    "estimators",
    "explain",
    "gradcheck",
    "initializers",
    "interchange",
    "io",
    "layers",
    "learning",
    "learning_curve",
    "losses",
    "metrics",
    "optimizers",
    "plots",
    "regularizers",
    "schedules",
    "search",
]

_ESTIMATORS = ("LinearRegression", "LogisticRegression", "MLPClassifier", "MLPRegressor")


def __getattr__(name: str) -> object:
    """Load what stands on scikit-learn when it is first asked for, since that takes a second to import."""
    if name == "estimators":
        return importlib.import_module("ann.estimators")
    if name in _ESTIMATORS:
        return getattr(importlib.import_module("ann.estimators"), name)
    raise AttributeError(f"module 'ann' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
