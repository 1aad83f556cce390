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
    initializers,
    io,
    layers,
    learning,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from ann.callbacks import EarlyStopping, History
from ann.model import Model
from ann.sequential import Sequential
from ann.symbols import Input

if typing.TYPE_CHECKING:
    from ann import estimators, explain, gradcheck, interchange, plots, search
    from ann.estimators import LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor
    from ann.learning_curves import LearningCurve, learning_curve

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

_MODULES = {"estimators", "explain", "gradcheck", "interchange", "plots", "search"}
_NAMES = {
    "LearningCurve": "ann.learning_curves",
    "LinearRegression": "ann.estimators",
    "LogisticRegression": "ann.estimators",
    "MLPClassifier": "ann.estimators",
    "MLPRegressor": "ann.estimators",
    "learning_curve": "ann.learning_curves",
}


def __getattr__(name: str) -> object:
    """Load what training does not need when it is first asked for, so that importing the package stays cheap."""
    if name in _MODULES:
        return importlib.import_module(f"ann.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'ann' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
