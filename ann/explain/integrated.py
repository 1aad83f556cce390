"""Integrated gradients: shares of the output that add up to it.

M. Sundararajan, A. Taly and Q. Yan (2017), Axiomatic attribution for deep networks, ICML 34, arXiv:1703.01365.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ann.data import as_array, as_stimuli, require_finite
from ann.errors import ShapeError
from ann.explain.output import Output
from ann.layers.layer import Shape, positive_integer

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["IntegratedGradients", "integrated_gradients"]


class IntegratedGradients(NamedTuple):
    """Shares of an output, and what they lack.

    Attributes
    ----------
    values : numpy.ndarray
        Of the shape of the stimuli.
    delta : numpy.ndarray
        (stimulus,): the sum of the shares minus the change of the output from baseline to stimulus, which more steps
        make smaller.
    """

    values: np.ndarray
    delta: np.ndarray


def integrated_gradients(
    network: "Network",
    x: Any,
    target: Any = None,
    baseline: Any = 0.0,
    steps: int = 50,
    logits: bool = False,
    batch_size: int = 256,
) -> IntegratedGradients:
    r"""Give each element's share of the output's change on the straight way from a baseline to the stimulus.

    :math:`(x - b) \int_0^1 \partial y_t / \partial x\, (b + a (x - b))\, da`, by Gauss and Legendre's quadrature. The
    shares add up to :math:`y_t(x) - y_t(b)` (completeness) but for the quadrature's error, which falls fast with
    the steps where the network is smooth (tanh, softmax), and about as one over them where it has kinks (ReLU).

    Parameters
    ----------
    network, x, target, logits, batch_size
        See `output_gradients`; the target is chosen at `x`.
    baseline : float or array
        :math:`b`, where there is nothing: a number, one stimulus, or one for each.
    steps : int
        Points on the way; as many passes there and back.

    Returns
    -------
    IntegratedGradients
        ``(values, delta)``.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        As `saliency` does; and if the baseline has another shape.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(4, activation="tanh"), ann.layers.Dense(1)], dtype="float64")
    >>> x = np.array([[1.0, -2.0, 0.5]])
    >>> values, delta = integrated_gradients(model, x)
    >>> np.allclose(values.sum(axis=1), (model.predict(x) - model.predict(0 * x))[:, 0])
    True
    """
    output = Output(network, x, target, logits, batch_size)
    start = as_baseline(baseline, output.x)
    points, weights = np.polynomial.legendre.leggauss(positive_integer(steps, "steps"))
    way, mean = output.x - start, np.zeros_like(output.x)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        here = start + output.x.dtype.type(point) * way
        mean += output.x.dtype.type(weight) * output.input_gradient(here)
    values = way * mean
    change = output.values(output.x).astype(float) - output.values(start)
    return IntegratedGradients(values, values.reshape(len(values), -1).sum(axis=1, dtype=float) - change)


def as_baseline(baseline: Any, x: np.ndarray) -> np.ndarray:
    """Give a baseline for each stimulus.

    Raises
    ------
    ShapeError, DataError
        If it is no number, has another shape, or is not finite.
    """
    baseline = as_array(baseline, "baseline")
    shape: Shape = baseline.shape
    if shape not in ((), x.shape[1:], x.shape):
        raise ShapeError(f"baseline: got {shape}, expects a number, {x.shape[1:]} or {x.shape}")
    array = as_stimuli(np.reshape(baseline, shape or (1,)), x.dtype, "baseline")
    require_finite(array, "baseline")
    return np.ascontiguousarray(np.broadcast_to(array, x.shape))
