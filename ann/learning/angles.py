"""How far the gradients of one rule point from those of another."""

from collections.abc import Mapping

import numpy as np

from ann.errors import InvalidTypeError

__all__ = ["angles"]


def angles(
    gradients: Mapping[str, Mapping[str, np.ndarray]],
    others: Mapping[str, Mapping[str, np.ndarray]],
    parameter: str = "kernel",
) -> dict[str, float]:
    """Give the angle between two gradients of each layer's weights, in degrees.

    Below 90 degrees a small step along one goes downhill by the other (Lillicrap et al. 2016, figure 2).

    Parameters
    ----------
    gradients, others : Gradients
        ``{layer: {parameter: array}}`` of the same network.
    parameter : str
        Which one; layers without it are left out.

    Returns
    -------
    dict of str to float
        NaN where a gradient is zero.

    Raises
    ------
    InvalidTypeError
        If they are no gradients.

    Examples
    --------
    >>> angles({"a": {"kernel": np.array([1.0, 0])}}, {"a": {"kernel": np.array([1.0, 1])}})
    {'a': 45.0}
    """
    for what, given in (("gradients", gradients), ("others", others)):
        if not isinstance(given, Mapping) or not all(isinstance(own, Mapping) for own in given.values()):
            raise InvalidTypeError(f"{what}: must be the gradients of a network, by layer, got {type(given).__name__}")
    found = {}
    for name in gradients:
        if parameter in gradients[name]:
            one, other = (np.asarray(each[name][parameter], float).ravel() for each in (gradients, others))
            size = np.linalg.norm(one) * np.linalg.norm(other)
            cosine = np.dot(one, other) / size if size > 0 else np.nan
            found[name] = round(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))), 9)
    return found
