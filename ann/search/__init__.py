"""Search over algorithms and hyper-parameters: every combination, random ones, or many at first and few to the end.

>>> import ann, numpy as np
>>> def build(units, rate):
...     model = ann.Sequential([ann.layers.Dense(units, activation="tanh"), ann.layers.Dense(1)])
...     model.compile({"kind": "Adam", "learning_rate": rate})
...     return model
>>> x = np.linspace(-1, 1, 40)[:, None]
>>> search = Search(build, {"units": [2, 8], "rate": [0.0001, 0.03]}, fit={"epochs": 20})
>>> found = search.grid(x, x[:, 0])
>>> len(found.trials), found.best.parameters["rate"]
(4, 0.03)
"""

from ann.search.result import SearchResult
from ann.search.search import Search
from ann.search.space import Integers, LogUniform, Uniform
from ann.search.trial import Trial

__all__ = ["Integers", "LogUniform", "Search", "SearchResult", "Trial", "Uniform"]
