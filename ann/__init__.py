"""A conventional network trained by backpropagation, in Keras's words and NumPy's arrays.

>>> import ann
>>> model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))], seed=0)
>>> model.compile(optimizer="sgd", loss="mean_squared_error")
>>> history = model.fit([[0.0], [1.0]], [1.0, 3.0], epochs=1000)
>>> model.evaluate([[0.0], [1.0]], [1.0, 3.0]) < 0.01
True
"""

from ann import (
    activations,
    callbacks,
    data,
    errors,
    gradcheck,
    initializers,
    interchange,
    io,
    layers,
    learning,
    linear,
    losses,
    metrics,
    optimizers,
    plots,
    regularizers,
    schedules,
)
from ann.callbacks import EarlyStopping, History
from ann.linear import LinearRegression, LogisticRegression
from ann.model import Model
from ann.sequential import Sequential
from ann.symbols import Input

__all__ = [
    "EarlyStopping",
    "History",
    "Input",
    "LinearRegression",
    "LogisticRegression",
    "Model",
    "Sequential",
    "activations",
    "callbacks",
    "data",
    "errors",
    "gradcheck",
    "initializers",
    "interchange",
    "io",
    "layers",
    "learning",
    "linear",
    "losses",
    "metrics",
    "optimizers",
    "plots",
    "regularizers",
    "schedules",
]
