"""Activation functions: elementwise ones, and softmax over one axis.

They are written so that nothing overflows, whatever the size of the pre-activation, and so that small results keep
their digits.
"""

from ann.activations.activation import Activation, Linear
from ann.activations.names import get
from ann.activations.rectifiers import ELU, SELU, LeakyReLU, ReLU
from ann.activations.sigmoids import Sigmoid, Softsign, Tanh
from ann.activations.smooth import GELU, Mish, Softplus, Swish
from ann.activations.softmax import LogSoftmax, Softmax

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Mish",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Swish",
    "Tanh",
    "get",
]
