r"""Gradients checked against central differences, :math:`(f(w + h) - f(w - h)) / 2h`, in float64.

At a kink (a rectifier at 0, a tie in a maximum) there is no gradient, and the difference means nothing. There the two
one-sided slopes differ by a fixed amount however small the step, where a smooth function's differ in proportion to
it: so where a gradient and its difference disagree, the slopes are taken at two steps, and a kink is named as one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ann.errors import GradientError, InvalidValueError, KinkError
from ann.layers.layer import Layer
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
    return max(_worst(what, value, *pair, tolerance, samples, seed) for what, pair in arrays.items())


def check_layer(
    layer: Layer,
    input_shape: Any,
    stimuli: int = 3,
    tolerance: float = TOLERANCE,
    samples: int = 200,
    seed: int = 0,
    *,
    training: bool = True,
    x: Any = None,
    mask: Any = None,
) -> float:
    """Check a layer's gradients for its inputs and all parameters, under a random linear loss of its output.

    Parameters
    ----------
    layer : Layer
        A copy of it is checked.
    input_shape : tuple of int, or tuple of tuples
        Of one stimulus; a tuple of shapes for a layer that takes several inputs.
    stimuli : int
        How many stimuli.
    tolerance, samples
        As in `check_model`.
    seed : int
        Gives the input (normal), the parameters (normal), the loss and the elements that are checked.
    training : bool
        Whether in training. At inference, a layer with statistics has those of one batch that it observed.
    x : array or tuple of arrays, optional
        The inputs (stimulus, ...), where normal ones will not do; whole numbers have no gradient, and are not checked.
    mask : array or tuple, optional
        Handed to a layer that takes one.

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
    >>> from ann.layers import Dense, Multiply
    >>> check_layer(Dense(3, activation="tanh"), (4,)) < 1e-6
    True
    >>> check_layer(Multiply(), ((4,), (4,))) < 1e-6
    True
    """
    rng = generator(seed, "gradcheck")
    layer = layer.copy()
    several = isinstance(input_shape[0], (tuple, list))
    shapes = [tuple(shape) for shape in (input_shape if several else (input_shape,))]
    given = (x if several else (x,)) if x is not None else [rng.normal(size=(stimuli, *shape)) for shape in shapes]
    inputs = [one if one.dtype.kind in "iu" else np.array(one, float) for one in map(np.asarray, given)]
    fan: Any = tuple(shapes) if several else shapes[0]
    weight = rng.normal(size=(len(inputs[0]), *layer.output_shape(fan)))
    layer.parameters = {
        name: np.ascontiguousarray(value + rng.normal(size=value.shape))
        for name, value in layer.initial_parameters(fan, rng).items()
    }
    layer.statistics = layer.initial_statistics(fan)
    more = {} if mask is None else {"mask": mask}

    def forward(training: bool = training) -> tuple[np.ndarray, Any]:
        x = tuple(inputs) if several else inputs[0]
        return layer.forward(x, training, np.random.default_rng(seed), **more)

    if layer.statistics and not training:
        layer.observe(forward(True)[1])
    d_x, gradients = layer.backward(weight, forward()[1])
    arrays = {name: (layer.parameters[name], gradients.get(name)) for name in layer.parameters}
    for index, (one, d_one) in enumerate(zip(inputs, d_x if several else (d_x,), strict=True)):
        if one.dtype.kind == "f":
            arrays[f"input {index + 1}" if several else "the input"] = one, d_one
    kind = type(layer).__name__
    return max(
        _worst(f"{kind}: {what}", lambda: float((forward()[0] * weight).sum()), *pair, tolerance, samples, seed)
        for what, pair in arrays.items()
    )


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
