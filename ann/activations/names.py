"""The names that activations go by."""

from typing import Any

from ann.activations.activation import Activation, Linear
from ann.activations.rectifiers import ELU, SELU, LeakyReLU, ReLU
from ann.activations.sigmoids import Sigmoid, Softsign, Tanh
from ann.activations.smooth import GELU, Mish, Softplus, Swish
from ann.activations.softmax import LogSoftmax, Softmax
from ann.registry import resolve

__all__ = ["get"]

_NAMES = {
    "elu": ELU,
    "gelu": GELU,
    "leaky_relu": LeakyReLU,
    "linear": Linear,
    "log_softmax": LogSoftmax,
    "mish": Mish,
    "relu": ReLU,
    "selu": SELU,
    "sigmoid": Sigmoid,
    "silu": Swish,
    "softmax": Softmax,
    "softplus": Softplus,
    "softsign": Softsign,
    "swish": Swish,
    "tanh": Tanh,
}
_CHOICES = {**_NAMES, **{kind.__name__: kind for kind in _NAMES.values()}}


def get(activation: Any, what: str = "activation") -> Activation:
    """Give the activation that a name stands for; None is linear.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("relu")
    ReLU()
    >>> get({"kind": "LeakyReLU", "negative_slope": 0.01})
    LeakyReLU(negative_slope=0.01)
    """
    found: Activation = resolve("linear" if activation is None else activation, Activation, _CHOICES, what)
    return found
