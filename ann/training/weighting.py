"""How much each stimulus counts."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ann.data import as_array, classes_of, require_finite
from ann.errors import DataError, InvalidTypeError, InvalidValueError

__all__ = ["checked_weights", "with_classes"]


def checked_weights(weights: Any, count: int, dtype: np.dtype, what: str = "sample_weight") -> np.ndarray | None:
    """Give the weight of each stimulus (stimulus,), or None where there are none.

    Raises
    ------
    DataError
        If they are not one finite number of at least 0 for each stimulus, or all 0.
    """
    if weights is None:
        return None
    found = as_array(weights, what)
    if found.dtype.kind not in "fiub":
        raise DataError(f"{what}: must be numbers, got {found.dtype}")
    if found.shape != (count,):
        raise DataError(f"{what}: must be one number a stimulus, ({count},), got {found.shape}")
    require_finite(found, what)
    if found.min() < 0 or not found.max() > 0:
        raise DataError(f"{what}: must not be negative, and not all 0; got {found.min():g} to {found.max():g}")
    return found.astype(dtype, copy=False)


def with_classes(
    class_weight: Any,
    targets: np.ndarray,
    output_shape: tuple[int, ...],
    dtype: np.dtype,
    weights: np.ndarray | None = None,
) -> np.ndarray | None:
    """Multiply the weight of each stimulus by that of its class.

    Parameters
    ----------
    class_weight : mapping of int to float, or "balanced", optional
        Classes that it does not name weigh 1. ``"balanced"`` lets every class weigh as much as the others in all.
    targets : numpy.ndarray
        In the form that the loss takes.
    output_shape, dtype : tuple of int, numpy.dtype
        Of the model.
    weights : numpy.ndarray, optional
        Of the stimuli.

    Raises
    ------
    InvalidTypeError, InvalidValueError, DataError
        If it is no mapping, names a class that the model has not, or a weight is no number of at least 0, or the
        targets are no classes.
    """
    if class_weight is None:
        return weights
    classes = classes_of(targets)
    if classes is None:
        raise DataError(f"class_weight: the targets {targets.shape} are no classes; use sample_weight")
    count = max(output_shape[-1], 2)
    if isinstance(class_weight, str) and class_weight == "balanced":
        seen = np.bincount(classes, minlength=count)
        factors = np.divide(len(classes), np.count_nonzero(seen) * seen, where=seen > 0, out=np.ones(count))
    elif isinstance(class_weight, Mapping):
        factors = np.ones(count)
        for name, value in class_weight.items():
            if isinstance(name, bool) or not isinstance(name, (int, np.integer)) or not 0 <= name < count:
                raise InvalidValueError(f"class_weight: no class {name!r}; the model has the classes 0 to {count - 1}")
            if isinstance(value, (bool, str)) or not 0 <= value < np.inf:
                raise InvalidValueError(f"class_weight[{name}]: must be a number of at least 0, got {value!r}")
            factors[name] = value
    else:
        raise InvalidTypeError(
            f"class_weight: must be a mapping from class to weight or 'balanced', got {class_weight!r}"
        )
    own = factors.astype(dtype)[classes]
    return own if weights is None else own * weights
