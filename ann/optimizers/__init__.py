"""Optimisers: how weights move along their gradients.

Where packages differ in where an epsilon stands, these follow PyTorch, step by step; each class says where Keras
differs. All can decay weights and clip gradients (`Optimizer`).
"""

from ann.optimizers.adam import Adam, Adamax, AdamW, Nadam
from ann.optimizers.adaptive import Adagrad, RMSprop
from ann.optimizers.lbfgs import LBFGS
from ann.optimizers.lion import Lion
from ann.optimizers.names import get
from ann.optimizers.optimizer import Optimizer
from ann.optimizers.sgd import SGD

__all__ = ["LBFGS", "SGD", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "Optimizer", "RMSprop", "get"]
