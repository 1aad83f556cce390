"""Learning rates that change with the steps of training; a plain number stays what it is.

>>> import ann
>>> optimizer = ann.optimizers.Adam(ann.schedules.CosineDecay(0.001, decay_steps=1000))

The names and settings are those of ``keras.optimizers.schedules``. Each counts steps, not epochs: a schedule of
PyTorch that is stepped once an epoch has `decay_steps` times the batches of an epoch.
"""

from ann.schedules.cosine import CosineDecay, CosineDecayRestarts
from ann.schedules.decays import ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay
from ann.schedules.names import get
from ann.schedules.schedule import Schedule

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
    "get",
]
