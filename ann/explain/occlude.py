"""Occlusion: what covering a part of the stimulus takes from the output.

M. D. Zeiler and R. Fergus (2014), Visualizing and understanding convolutional networks, ECCV, arXiv:1311.2901.
"""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import InvalidValueError, ShapeError
from ann.explain.integrated import as_baseline
from ann.explain.output import Output
from ann.layers.layer import Shape, positive_integer

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["occlusion"]


def occlusion(
    network: "Network",
    x: Any,
    target: Any = None,
    patch: int | tuple[int, ...] = 1,
    stride: int | tuple[int, ...] | None = None,
    baseline: Any = 0.0,
    logits: bool = False,
    batch_size: int = 256,
) -> np.ndarray:
    r"""Give :math:`y_t(x) - y_t(x \text{ covered})`, for each element the mean over the patches that cover it.

    Parameters
    ----------
    network, x, target, logits, batch_size
        See `output_gradients`; the target is chosen uncovered.
    patch : int or tuple of int
        Length of the patch along the axes of a stimulus; it goes whole along those that are not named. A number is
        for all axes but the last (the channels of an image, the features of a sequence), or for the only one.
    stride : int or tuple of int, optional
        Steps between patches, at most their length, which is the default; patches are cut off at the far end.
    baseline : float or array
        What covers: a number, one stimulus, or one for each.

    Returns
    -------
    numpy.ndarray
        Of the shape of `x`.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        As `output_gradients` does; and if patch and stride do not fit the stimuli.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(3,))], dtype="float64")
    >>> model.set_weights({"dense_1": {"kernel": [[2.0], [-3.0], [1.0]], "bias": [0.0]}})
    >>> occlusion(model, [[1.0, 1.0, 1.0]])
    array([[ 2., -3.,  1.]])
    >>> occlusion(model, [[1.0, 1.0, 1.0]], patch=2, stride=1)
    array([[-1. , -1.5, -2. ]])
    """
    output = Output(network, x, target, logits, batch_size)
    cover = as_baseline(baseline, output.x)
    lengths = _lengths(patch, "patch", output.x.shape[1:])
    steps = lengths if stride is None else _lengths(stride, "stride", output.x.shape[1:])
    if len(steps) != len(lengths) or any(step > length for step, length in zip(steps, lengths, strict=True)):
        raise InvalidValueError(f"stride: must be at most the patch {lengths} along each axis, got {steps}")
    whole = output.values(output.x).astype(float)
    total, covered = np.zeros(output.x.shape), np.zeros(output.x.shape[1:])
    starts = [
        range(0, max(size - length, 0) + step, step)
        for size, length, step in zip(output.x.shape[1:], lengths, steps, strict=False)
    ]
    for corner in itertools.product(*starts):
        window = tuple(slice(at, at + length) for at, length in zip(corner, lengths, strict=True))
        changed = output.x.copy()
        changed[:, *window] = cover[:, *window]
        loss = whole - output.values(changed)
        total[:, *window] += loss.reshape(-1, *[1] * (output.x.ndim - 1))
        covered[window] += 1
    return (total / covered).astype(output.x.dtype)


def _lengths(given: Any, what: str, shape: Shape) -> tuple[int, ...]:
    if not isinstance(given, (tuple, list)):
        given = (given,) * max(len(shape) - 1, 1)
    found = tuple(positive_integer(one, what) for one in given)
    if not 1 <= len(found) <= len(shape) or any(one > size for one, size in zip(found, shape, strict=False)):
        raise ShapeError(f"{what}: got {found}, expects lengths along the first axes of a stimulus {shape}")
    return found
