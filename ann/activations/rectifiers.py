"""Rectifiers: the identity above 0, and something smaller below."""

from typing import Any

import numpy as np

from ann.activations.activation import Activation
from ann.checks import finite_number

__all__ = ["ELU", "SELU", "LeakyReLU", "ReLU"]


class ReLU(Activation):
    r"""Rectified linear unit, :math:`y = \max(x, 0)`; its slope at 0 is taken as 0.

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Clip at 0 from below."""
        y = np.maximum(x, 0, out=x if overwrite else None)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Let the gradient through where the output is positive."""
        return gradient * (cache > 0)


class LeakyReLU(Activation):
    r"""Leaky rectifier, :math:`y = x` above 0 and :math:`a x` below (Maas et al. 2013, ICML workshop).

    Its slope at 0 is taken as :math:`a`.

    Parameters
    ----------
    negative_slope : float
        :math:`a`, at least 0. The default is that of Keras's activation; Keras's layer has 0.3, PyTorch and ONNX 0.01.

    Examples
    --------
    >>> LeakyReLU(0.1)(np.array([-1.0, 2.0]))
    array([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.2):
        self.negative_slope = finite_number(negative_slope, "LeakyReLU.negative_slope", least=0)

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Multiply what is below 0."""
        factor = self._slope(x)
        return np.multiply(x, factor, out=x if overwrite else None), factor

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        """Multiply by 1 above 0 and by the slope below."""
        return gradient * cache

    def _slope(self, x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, x.dtype.type(1), x.dtype.type(self.negative_slope))


class ELU(Activation):
    r"""Exponential linear unit, :math:`y = x` above 0 and :math:`\alpha (e^x - 1)` below (Clevert et al. 2016, ICLR).

    Parameters
    ----------
    alpha : float
        :math:`\alpha`, at least 0; the output falls to its negative.

    Examples
    --------
    >>> ELU()(np.array([-1.0, 2.0])).round(4)
    array([-0.6321,  2.    ])
    """

    def __init__(self, alpha: float = 1.0):
        self.alpha = finite_number(alpha, "ELU.alpha", least=0)

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Bend what is below 0."""
        y = np.expm1(np.minimum(x, 0))
        y *= self.alpha
        y += np.maximum(x, 0)
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Multiply by 1 above 0, and by :math:`\alpha e^x = y + \alpha` below."""
        return gradient * np.where(cache > 0, cache.dtype.type(1), cache + self.alpha)


class SELU(Activation):
    r"""Scaled ELU, :math:`y = \lambda\, \mathrm{ELU}_\alpha(x)` (Klambauer et al. 2017, NeurIPS).

    :math:`\lambda = 1.0507...` and :math:`\alpha = 1.6733...` keep mean 0 and variance 1 from layer to layer where
    weights have variance 1 / fan in (``"lecun_normal"``).

    Examples
    --------
    >>> SELU()(np.array([-1.0, 2.0])).round(4)
    array([-1.1113,  2.1014])
    """

    SCALE = 1.0507009873554804934193349852946
    ALPHA = 1.6732632423543772848170429916717

    def forward(self, x: np.ndarray, overwrite: bool = False) -> tuple[np.ndarray, Any]:
        """Bend what is below 0, and scale."""
        y = np.expm1(np.minimum(x, 0))
        y *= self.ALPHA
        y += np.maximum(x, 0)
        y *= self.SCALE
        return y, y

    def backward(self, gradient: np.ndarray, cache: Any) -> np.ndarray:
        r"""Multiply by :math:`\lambda` above 0, and by :math:`\lambda \alpha e^x = y + \lambda \alpha` below."""
        return gradient * np.where(cache > 0, cache.dtype.type(self.SCALE), cache + self.SCALE * self.ALPHA)
