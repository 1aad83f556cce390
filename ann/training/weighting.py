"""How much each stimulus counts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import losses
from ann.checks import finite_number
from ann.data import as_stimuli, classes_of
from ann.errors import DataError, InvalidTypeError, InvalidValueError

if TYPE_CHECKING:
    from ann.network import Network
    from ann.passes import Cache

__all__ = ["checked_weights", "counting", "counting_steps", "is_balanced", "with_classes"]


def checked_weights(weights: Any, outputs: np.ndarray, what: str = "sample_weight") -> np.ndarray | None:
    """Give the weight of each stimulus (of each step, where the outputs are sequences), or None where there are none.

    Raises
    ------
    ShapeError, DataError
        If they are not one finite number of at least 0 for each.
    """
    found = losses.checked_weights(weights, outputs, what)
    return None if found is None else np.broadcast_to(found, outputs.shape[:-1])


def counting(cache: "Cache", outputs: np.ndarray) -> np.ndarray | None:
    """Say which steps of the outputs count, as losses and metrics take it: their shape without the last axis.

    None where all do: where no mask reaches the outputs, or they have no such axis of steps.
    """
    mask = cache.mask
    if mask is None or outputs.ndim < 3 or outputs.shape[:2] != mask.shape:
        return None
    return losses.checked_mask(mask, outputs)


def counting_steps(network: "Network", x: np.ndarray, size: int = 256) -> np.ndarray | None:
    """Say which steps of a network's outputs count for these stimuli; None where all do, and nothing is computed.

    Else it takes a forward pass, `size` stimuli at a time.
    """
    if not network.plan.masked or len(network.output_shape) < 2:
        return None
    found = []
    for start in range(0, len(x), size):
        outputs, cache = network.forward(as_stimuli(x[start : start + size], network.dtype))
        mask = counting(cache, outputs)
        if mask is None:
            return None
        found.append(mask)
    return np.concatenate(found) if found else None


def with_classes(
    class_weight: Any,
    targets: np.ndarray,
    outputs: np.ndarray,
    weights: np.ndarray | None = None,
    counts: np.ndarray | None = None,
) -> np.ndarray | None:
    """Multiply the weight of each stimulus by that of its class.

    Parameters
    ----------
    class_weight : mapping of int to float, or "balanced", optional
        Classes that it does not name weigh 1. ``"balanced"`` lets every class weigh as much as the others in all.
    targets : numpy.ndarray
        In the form that the loss takes.
    outputs : numpy.ndarray
        Of the model, for their shape and type.
    weights : numpy.ndarray, optional
        Of the stimuli.
    counts : numpy.ndarray, optional
        Which steps count, as `counting` gives them: the others are of no class for ``"balanced"``.

    Raises
    ------
    InvalidTypeError, InvalidValueError, DataError
        If it is no mapping, names a class that the model has not, or a weight is no number of at least 0, or the
        targets are no classes.
    """
    if class_weight is None:
        return weights
    classes = classes_of(targets, outputs.ndim - 1)
    if classes is None:
        raise DataError(f"class_weight: the targets {targets.shape} are no classes; use sample_weight")
    count = max(outputs.shape[-1], 2)
    if is_balanced(class_weight):
        seen = np.bincount((classes if counts is None else classes[counts]).ravel(), minlength=count)
        factors = np.divide(seen.sum(), np.count_nonzero(seen) * seen, where=seen > 0, out=np.ones(count))
    elif isinstance(class_weight, Mapping):
        factors = np.ones(count)
        for name, value in class_weight.items():
            if isinstance(name, bool) or not isinstance(name, (int, np.integer)) or not 0 <= name < count:
                raise InvalidValueError(f"class_weight: no class {name!r}; the model has the classes 0 to {count - 1}")
            factors[name] = finite_number(value, f"class_weight[{name}]", least=0)
    else:
        raise InvalidTypeError(
            f"class_weight: must be a mapping from class to weight or 'balanced', got {class_weight!r}"
        )
    own = factors.astype(outputs.dtype)[classes]
    return own if weights is None else own * weights


def is_balanced(class_weight: Any) -> bool:
    """Tell whether weights follow from the counts of classes."""
    return isinstance(class_weight, str) and class_weight == "balanced"
