"""Input times gradient.

A. Shrikumar, P. Greenside, A. Shcherbina and A. Kundaje (2016), Not just a black box: learning important features
through propagating activation differences, arXiv:1605.01713.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ann.explain.output import Output

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["input_x_gradient"]


def input_x_gradient(
    network: "Network", x: Any, target: Any = None, logits: bool = False, batch_size: int = 256
) -> np.ndarray:
    r"""Give :math:`x\, \partial y_t / \partial x`: for a linear network, what each element adds to the output.

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
        As `saliency` does.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(2,))], dtype="float64")
    >>> model.set_weights({"dense_1": {"kernel": [[2.0], [-3.0]], "bias": [0.0]}})
    >>> input_x_gradient(model, [[1.0, 2.0]])
    array([[ 2., -6.]])
    """
    output = Output(network, x, target, logits, batch_size)
    return output.x * output.input_gradient(output.x)
