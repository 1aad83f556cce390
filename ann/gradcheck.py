r"""Gradients checked against central differences, :math:`(f(w + h) - f(w - h)) / 2h`, in float64.

At a kink (a rectifier at 0, a tie in a maximum) there is no gradient, and the difference means nothing. There the two
one-sided slopes differ by a fixed amount however small the step, where a smooth function's differ in proportion to
it: so where a gradient and its difference disagree, the slopes are taken at two steps, and a kink is named as one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ann.errors import GradientError, InvalidValueError, KinkError
from ann.layers.layer import Layer, Shape
from ann.network import Network
from isocortex.seeds import generator

__all__ = ["check_layer", "check_model", "numerical_gradient"]

STEP = 1e-6
TOLERANCE = 1e-6


def numerical_gradient(
    function: Callable[[], float], array: np.ndarray, places: Sequence[int] | None = None, step: float = STEP
) -> np.ndarray:
    """Give the central differences of `function` along elements of `array`, which is changed in place and restored.

    Parameters
    ----------
    function : callable
        Reads `array` and gives a number.
    array : numpy.ndarray
        float64, C-contiguous.
    places : sequence of int, optional
        Which elements of the flat array; all by default.
    step : float
        Half the distance between the two evaluations.

    Examples
    --------
    >>> x = np.array([3.0])
    >>> numerical_gradient(lambda: float(x[0] ** 2), x).round(6)
    array([6.])
    """
    flat = array.reshape(-1)
    found = []
    for place in range(flat.size) if places is None else places:
        above, below = _shifted(function, flat, place, step), _shifted(function, flat, place, -step)
        found.append((above - below) / (2 * step))
    return np.array(found)


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
        A few stimuli and their targets.
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
    gradients = twin.backward(twin.loss(outputs, y)[1], cache, inputs=True)
    arrays = {"the stimuli": (x, gradients.inputs)}
    for name, layer in zip(twin.names, twin.layers, strict=True):
        for part, array in layer.parameters.items():
            arrays[f"{name}.{part}"] = (array, gradients[name][part])
    return max(_worst(what, value, *pair, tolerance, samples, seed) for what, pair in arrays.items())


def check_layer(
    layer: Layer, input_shape: Shape, stimuli: int = 3, tolerance: float = TOLERANCE, samples: int = 200, seed: int = 0
) -> float:
    """Check a layer's gradients for its input and all parameters, under a random linear loss of its output.

    Parameters
    ----------
    layer : Layer
        A copy of it is checked.
    input_shape : tuple of int
        Of one stimulus.
    stimuli : int
        How many stimuli.
    tolerance, samples
        As in `check_model`.
    seed : int
        Gives the input (normal), the parameters (normal), the loss and the elements that are checked.

    Returns
    -------
    float
        The largest error found.

    Raises
    ------
    GradientError, KinkError, ShapeError
        If a gradient is wrong, was checked at a kink, or the layer cannot take such an input.

    Examples
    --------
    >>> from ann.layers import Dense
    >>> check_layer(Dense(3, activation="tanh"), (4,)) < 1e-6
    True
    """
    rng = generator(seed, "gradcheck")
    layer = layer.copy()
    x = rng.normal(size=(stimuli, *input_shape))
    weight = rng.normal(size=(stimuli, *layer.output_shape(input_shape)))
    layer.parameters = {
        name: np.ascontiguousarray(value + rng.normal(size=value.shape))
        for name, value in layer.initial_parameters(input_shape, rng).items()
    }

    def value() -> float:
        return float((layer.forward(x, True, np.random.default_rng(seed))[0] * weight).sum())

    _, cache = layer.forward(x, True, np.random.default_rng(seed))
    d_x, gradients = layer.backward(weight, cache)
    arrays = {"the input": (x, d_x), **{name: (layer.parameters[name], gradients[name]) for name in gradients}}
    kind = type(layer).__name__
    return max(_worst(f"{kind}: {what}", value, *pair, tolerance, samples, seed) for what, pair in arrays.items())


def _worst(
    what: str,
    function: Callable[[], float],
    array: np.ndarray,
    gradient: np.ndarray | None,
    tolerance: float,
    samples: int,
    seed: int,
) -> float:
    """Give the largest error over some elements of one array, or raise naming the first that is too large."""
    if samples < 1:
        raise InvalidValueError(f"samples: must be at least 1, got {samples}")
    if gradient is None or gradient.shape != array.shape:
        got = None if gradient is None else gradient.shape
        raise GradientError(f"{what}: its gradient has shape {got}, expects {array.shape}")
    places = np.arange(array.size)
    if array.size > samples:
        places = np.sort(generator(seed, "elements", what).choice(array.size, samples, replace=False))
    numbers = numerical_gradient(function, array, places.tolist())
    analytic = gradient.reshape(-1)[places]
    errors = np.abs(analytic - numbers) / np.maximum(1, np.maximum(np.abs(analytic), np.abs(numbers)))
    worst = int(np.argmax(np.where(np.isfinite(errors), errors, np.inf)))
    if not errors[worst] <= tolerance:
        element = tuple(int(i) for i in np.unravel_index(places[worst], array.shape))
        message = f"{what}, element {element}: gradient {analytic[worst]:.9g}, central difference {numbers[worst]:.9g}"
        if _is_kink(function, array, int(places[worst])):
            raise KinkError(f"{message}; there is a kink here, so move the data away from it")
        raise GradientError(message)
    return float(errors[worst])


def _is_kink(function: Callable[[], float], array: np.ndarray, place: int) -> bool:
    flat, here = array.reshape(-1), function()
    gaps = []
    for step in (STEP, STEP / 4):
        above, below = _shifted(function, flat, place, step), _shifted(function, flat, place, -step)
        gaps.append(abs((above - here) - (here - below)) / step)
    noise = 1e-9 * max(1.0, abs(here)) / STEP * 1e-3
    return gaps[0] > 1e-4 + noise and gaps[1] > gaps[0] / 2


def _shifted(function: Callable[[], float], flat: np.ndarray, place: int, step: float) -> float:
    before = flat[place]
    flat[place] = before + step
    try:
        return function()
    finally:
        flat[place] = before
