"""Networks checked against central differences."""

from typing import Any

import numpy as np

from ann.gradcheck.differences import TOLERANCE, worst_error
from ann.network import Network

__all__ = ["check_model"]


def check_model(
    model: Network, x: Any, y: Any, tolerance: float = TOLERANCE, samples: int = 200, seed: int = 0
) -> float:
    r"""Check a compiled model's gradients for its stimuli and all parameters, with every random draw held fixed.

    The model's own weights are left as they are; the check runs on a copy in float64.

    Parameters
    ----------
    model : Sequential or Model
        Compiled.
    x, y : array
        A few stimuli and their targets. Stimuli that are whole numbers (of an `Embedding`) have no gradient, and theirs
        is not checked.
    tolerance : float
        Largest error allowed, :math:`|a - n| / \max(1, |a|, |n|)`.
    samples : int
        At most so many elements of each array are checked, drawn with `seed`.
    seed : int
        Gives the elements.

    Returns
    -------
    float
        The largest error found.

    Raises
    ------
    GradientError
        If a gradient is wrong; the message names the array and its element.
    KinkError
        If it disagrees at a kink.
    """
    twin = model.untrained("float64")
    smooth = np.asarray(x).dtype.kind == "f"
    x = np.array(x, float)
    twin.build(x.shape[1:])
    if model.places:
        twin.flat_weights[:], twin.flat_statistics[:] = model.flat_weights, model.flat_statistics
    state = twin.noise.bit_generator.state

    def value() -> float:
        twin.noise.bit_generator.state = state
        return twin.loss(twin.forward(x, training=True)[0], y)[0]

    twin.noise.bit_generator.state = state
    outputs, cache = twin.forward(x, training=True)
    gradients = twin.backward(twin.loss(outputs, y)[1], cache, inputs=smooth)
    arrays = {"the stimuli": (x, gradients.inputs)} if smooth else {}
    for name, layer in zip(twin.names, twin.layers, strict=True):
        for part, array in layer.parameters.items():
            arrays[f"{name}.{part}"] = (array, gradients[name][part])
    return max(worst_error(what, value, *pair, tolerance, samples, seed) for what, pair in arrays.items())
