r"""Gradients checked against central differences, :math:`(f(w + h) - f(w - h)) / 2h`, in float64.

Layers, networks, losses and regularisers, with respect to inputs, initial states, parameters and outputs. At a kink (a
rectifier at 0, a tie in a maximum) there is no gradient, and the difference means nothing: where a gradient and its
difference disagree, a kink is told from a mistake, and named as one.
"""

from ann.gradcheck.differences import numerical_gradient
from ann.gradcheck.layers import check_layer
from ann.gradcheck.models import check_model
from ann.gradcheck.values import check_loss, check_regularizer

__all__ = ["check_layer", "check_loss", "check_model", "check_regularizer", "numerical_gradient"]
