"""Smooth gradients: gradients averaged over noisy copies of the stimulus.

D. Smilkov, N. Thorat, B. Kim, F. Viegas and M. Wattenberg (2017), SmoothGrad: removing noise by adding noise,
arXiv:1706.03825.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from ann.explain.output import Output
from ann.layers.layer import positive_integer
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["smooth_gradients"]


def smooth_gradients(
    network: "Network",
    x: Any,
    target: Any = None,
    noise: float = 0.15,
    samples: int = 25,
    seed: int = 0,
    logits: bool = False,
    batch_size: int = 256,
) -> np.ndarray:
    r"""Give the mean of :math:`\partial y_t / \partial x` over stimuli with normal noise added; signed.

    Parameters
    ----------
    network, x, target, logits, batch_size
        See `output_gradients`; the target is chosen without noise.
    noise : float
        Standard deviation of the noise, as a share of each stimulus' range from smallest to largest element.
    samples : int
        How many noisy copies.
    seed : int
        Gives the noise.

    Returns
    -------
    numpy.ndarray
        Of the shape of `x`.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        As `saliency` does; and if the noise is negative or no number.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(2,))], dtype="float64")
    >>> model.set_weights({"dense_1": {"kernel": [[2.0], [-3.0]], "bias": [0.0]}})
    >>> smooth_gradients(model, [[1.0, 1.0]])
    array([[ 2., -3.]])
    """
    if isinstance(noise, bool) or not isinstance(noise, (int, float, np.number)):
        raise InvalidTypeError(f"noise: must be a number, got {noise!r}")
    if not 0 <= noise < np.inf:
        raise InvalidValueError(f"noise: must be at least 0 and finite, got {noise}")
    output = Output(network, x, target, logits, batch_size)
    rng = generator(seed, "smooth gradients")
    axes = tuple(range(1, output.x.ndim))
    scale = noise * (output.x.max(axis=axes, keepdims=True) - output.x.min(axis=axes, keepdims=True))
    total = np.zeros(output.x.shape)
    for _ in range(positive_integer(samples, "samples")):
        total += output.input_gradient((output.x + scale * rng.normal(size=output.x.shape)).astype(output.x.dtype))
    return (total / samples).astype(output.x.dtype)
