"""Saliency: how much one output changes with each element of the stimulus.

K. Simonyan, A. Vedaldi and A. Zisserman (2014), Deep inside convolutional networks, ICLR workshop, arXiv:1312.6034.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ann.explain.output import Output

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["saliency"]


def saliency(network: "Network", x: Any, target: Any = None, logits: bool = False, batch_size: int = 256) -> np.ndarray:
    r"""Give :math:`|\partial y_t / \partial x|`; for the sign see `output_gradients`.

    Parameters
    ----------
    network, x, target, logits, batch_size
        See `output_gradients`.

    Returns
    -------
    numpy.ndarray
        Of the shape of `x`.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        As `output_gradients` does; and if the stimuli are numbers of things.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(2,))], dtype="float64")
    >>> model.set_weights({"dense_1": {"kernel": [[2.0], [-3.0]], "bias": [0.0]}})
    >>> saliency(model, [[1.0, 1.0]])
    array([[2., 3.]])
    """
    output = Output(network, x, target, logits, batch_size)
    return np.abs(output.input_gradient(output.x))
