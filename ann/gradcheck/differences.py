"""Central differences, their distance from a gradient, and kinks."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from ann.errors import GradientError, InvalidValueError, KinkError
from isocortex.seeds import generator

__all__ = ["TOLERANCE", "numerical_gradient", "worst_error"]

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


def worst_error(
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
    """Tell whether the slopes on both sides of an element differ by more than a smooth function's.

    Those of a smooth function differ in proportion to the step: a quarter as much at a quarter of it. At a kink they
    differ as much as before; and beside one, once the step is shorter than the way to it, not at all any more.
    """
    flat, here = array.reshape(-1), function()
    gaps = []
    for step in (STEP, STEP / 4, STEP / 16):
        above, below = _shifted(function, flat, place, step), _shifted(function, flat, place, -step)
        gaps.append(abs((above - here) - (here - below)) / step)
    noise = 1e-9 * max(1.0, abs(here)) / STEP * 1e-3
    smooth = all(wide / 8 <= narrow <= wide / 2 for wide, narrow in pairwise(gaps))
    return gaps[0] > 1e-4 + noise and not smooth


def _shifted(function: Callable[[], float], flat: np.ndarray, place: int, step: float) -> float:
    before = flat[place]
    flat[place] = before + step
    try:
        return function()
    finally:
        flat[place] = before
