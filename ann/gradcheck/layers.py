"""Layers checked against central differences."""

from typing import Any

import numpy as np

from ann.gradcheck.differences import TOLERANCE, worst_error
from ann.layers.layer import Layer
from isocortex.seeds import generator

__all__ = ["check_layer"]


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
        Of one stimulus; a tuple of shapes for a layer that takes several inputs, such as a sequence and the initial
        states.
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
    >>> from ann.layers import LSTM, Dense, Multiply
    >>> check_layer(Dense(3, activation="tanh"), (4,)) < 1e-6
    True
    >>> check_layer(Multiply(), ((4,), (4,))) < 1e-6
    True
    >>> check_layer(LSTM(2), ((5, 3), (2,), (2,))) < 1e-6
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
        worst_error(f"{kind}: {what}", lambda: float((forward()[0] * weight).sum()), *pair, tolerance, samples, seed)
        for what, pair in arrays.items()
    )
