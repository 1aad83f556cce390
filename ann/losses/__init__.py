r"""Losses: how wrong the outputs are, as one number, and its gradient with respect to them.

Each loss gives one number a stimulus (`Loss.each`), and their mean over the batch, weighted where weights are given
(`Loss.value_and_gradient`). Where a cross-entropy meets the activation that belongs to it (softmax, or sigmoid for
the binary one), the two are differentiated as one: :math:`\partial L / \partial z = (p - t) / n`, which neither
divides by a vanishing probability nor loses digits.
"""

from ann.losses.binary import BinaryCrossentropy
from ann.losses.categorical import CategoricalCrossentropy, NegativeLogLikelihood, SparseCategoricalCrossentropy
from ann.losses.difference import Huber, MeanAbsoluteError, MeanSquaredError
from ann.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from ann.losses.likelihood import KLDivergence, Poisson
from ann.losses.loss import Loss, checked_mask, checked_weights, masked_weights
from ann.losses.names import get

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "Hinge",
    "Huber",
    "KLDivergence",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "NegativeLogLikelihood",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "checked_mask",
    "checked_weights",
    "get",
    "masked_weights",
]
