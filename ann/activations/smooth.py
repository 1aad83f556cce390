"""Smooth relatives of the rectifier."""

import math
from typing import Any

import numpy as np

from ann.activations.activation import Activation
from ann.activations.sigmoids import sigmoid

__all__ = ["GELU", "Mish", "Softplus", "Swish"]


class GELU(Activation):
    r"""Gaussian error linear unit, :math:`y = x\, \Phi(x)` with the normal distribution's :math:`\Phi`.

    With ``approximate=True``, :math:`y = \tfrac{1}{2} x (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\, x^3)))`, which differs
    by at most 0.0005 (both: Hendrycks and Gimpel 2016, arXiv:1606.08415).

    Parameters
    ----------
    approximate : bool
        Whether to use the form with tanh. Exact by default, as in Keras, PyTorch and ONNX.

    Examples
    --------
    >>> GELU()(np.array([-1.0, 2.0])).round(4)
    array([-0.1587,  1.9545])
    """

    def __init__(self, approximate: bool = False):
        self.approximate = bool(approximate)

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Multiply by the share of the normal distribution that lies below."""
        share = self._rise(x) if self.approximate else _normal_below(x)
        return x * share, (x, share)

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Multiply by :math:`\Phi(x) + x\, \Phi'(x)`."""
        x, share = cache
        if self.approximate:
            density = _SLOPE * (1 + 3 * _CUBIC * x * x) * (2 * share * (1 - share))
        else:
            density = np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return gradient * (share + x * density)

    @staticmethod
    def _rise(x: np.ndarray) -> np.ndarray:
        # (1 + tanh u) / 2 is the logistic function of 2 u, which keeps its digits where it is small.
        return sigmoid(2 * _SLOPE * (x + _CUBIC * x * x * x))


class Softplus(Activation):
    r"""Softplus, :math:`y = \log(1 + e^x)`, as :math:`\max(x, 0) + \log(1 + e^{-|x|})` (Dugas et al. 2001, NIPS).

    Examples
    --------
    >>> Softplus()(np.array([0.0, 2.0])).round(4)
    array([0.6931, 2.1269])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Round the rectifier's corner off."""
        y = np.abs(x)
        np.negative(y, out=y)
        np.log1p(np.exp(y, out=y), out=y)
        y += np.maximum(x, 0)
        return y, x

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Multiply by the logistic function."""
        return gradient * sigmoid(cache)


class Swish(Activation):
    r"""Swish, also called SiLU, :math:`y = x / (1 + e^{-x})` (Elfwing et al. 2018; Ramachandran et al. 2017).

    Examples
    --------
    >>> Swish()(np.array([-1.0, 2.0])).round(4)
    array([-0.2689,  1.7616])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Multiply by the logistic function."""
        gate = sigmoid(x)
        y = x * gate
        return y, (y, gate)

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Multiply by :math:`s + y (1 - s)`, where :math:`s` is the logistic function."""
        y, gate = cache
        return gradient * (gate + y * (1 - gate))


class Mish(Activation):
    r"""Mish, :math:`y = x \tanh(\log(1 + e^x))` (Misra 2020, BMVC).

    With :math:`e = e^{-|x|}` the hyperbolic tangent is :math:`(1 + 2e) / (1 + 2e + 2e^2)` above 0 and
    :math:`(2e + e^2) / (2 + 2e + e^2)` below: one exponential, which cannot overflow.

    Examples
    --------
    >>> Mish()(np.array([-1.0, 2.0])).round(4)
    array([-0.3034,  1.944 ])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Multiply by the gate."""
        small = np.exp(-np.abs(x))
        double, square = 2 * small, small * small
        numerator = double + np.where(x < 0, square, x.dtype.type(1))
        gate = numerator / (numerator + np.where(x < 0, x.dtype.type(2), 2 * square))
        return x * gate, (x, gate)

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Multiply by :math:`t + x (1 - t^2) s`, with the gate :math:`t` and the logistic function :math:`s`."""
        x, gate = cache
        return gradient * (gate + x * (1 - gate * gate) * sigmoid(x))


_SLOPE, _CUBIC = math.sqrt(2 / math.pi), 0.044715


def _normal_below(x: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    found: np.ndarray = ndtr(x)
    return found
