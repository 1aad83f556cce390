"""Neighbours that training computes as one: a convolution and the pooling behind it.

The numbers are the same to the bit; only what lies between the two is never written to memory. That is for training
alone: everybody else, who may ask for what lies between, goes through the layers one by one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from ann import room
from ann.layers import Conv2D, MaxPooling2D
from ann.layers.correlation import as_matrix
from ann.structure import Place

__all__ = ["PooledConvolution", "joined"]

MOST_PLACES = 127
"""Places in a window that a byte can tell apart."""


class PooledConvolution:
    """Stands in a plan for a rectified convolution and the pooling of its responses.

    Parameters
    ----------
    convolution : Conv2D
        In one group, rectified.
    pooling : MaxPooling2D
        Whose windows are apart and see no padding; `fits` tells.
    """

    def __init__(self, convolution: Conv2D, pooling: MaxPooling2D):
        self.convolution, self.pooling = convolution, pooling

    @staticmethod
    def fits(convolution: Any, pooling: Any, shape: Any) -> bool:
        """Tell whether these two, the first of which gives this shape, can be computed as one."""
        if type(convolution) is not Conv2D or type(pooling) is not MaxPooling2D:
            return False
        windows = pooling._windows(shape)
        within = all(
            before == 0 and (count - 1) * stride + size <= length
            for before, count, stride, size, length in zip(
                windows.before, windows.count, windows.strides, windows.size, shape[:2], strict=True
            )
        )
        few = windows.size[0] * windows.size[1] <= MOST_PLACES
        return convolution.rectifies and convolution.groups == 1 and windows.apart and within and few

    def __getattr__(self, name: str) -> Any:
        if name == "convolution":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self.convolution, name)

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Give what the pooling would of what the convolution gives."""
        from ann import fast

        own, images = self.convolution, np.ascontiguousarray(x)
        windows = own._windows(images.shape[1:])
        responses = (len(x), *windows.count, own.filters)
        pooled = self.pooling._windows(responses[1:])
        y = room.empty((len(x), *pooled.count, own.filters), x.dtype)
        notes = room.empty(y.shape, np.int8)
        shape = (*pooled.size, *pooled.strides)
        weights = as_matrix(own.parameters["kernel"], own.parameters.get("bias"))
        fast.convolve_pooled(images, weights, windows.places(), x.dtype.type(0), windows.count[1], shape, y, notes)
        return y, (images, windows, responses, shape, y, notes)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Give what the convolution would for what the pooling gives."""
        from ann import fast

        images, windows, responses, shape, y, notes = cache
        kernel = self.convolution.parameters["kernel"]
        weights = as_matrix(kernel, None)
        d_weights = np.zeros_like(weights)
        d_x = room.empty(images.shape if inputs else (0, 0, 0, 0), y.dtype)
        fast.convolve_pooled_gradient(
            *(images, weights, windows.places(), responses, shape, np.ascontiguousarray(gradient)),
            *(y, notes, y.dtype.type(0), d_weights, d_x),
        )
        own = {"kernel": d_weights[:-1].reshape(kernel.shape)}
        if self.convolution.use_bias:
            own["bias"] = d_weights[-1]
        return d_x if inputs else None, own


def joined(places: Sequence[Place]) -> tuple[Place, ...]:
    """Give the places of a model with neighbours that can be computed as one in a place of their own."""
    takers = Counter(source for place in places for source in place.sources)
    gone = {
        index
        for index, (first, second) in enumerate(pairwise(places))
        if second.sources == (index,) and takers[index] == 1
        if PooledConvolution.fits(first.layer, second.layer, second.input_shape)
    }
    kept = [index for index in range(len(places)) if index not in gone]
    number = {-1: -1, **{index: position for position, index in enumerate(kept)}}
    found = []
    for index in kept:
        place, done = places[index], places[index].done
        if index - 1 in gone:
            before = places[index - 1]
            layer: Any = PooledConvolution(before.layer, place.layer)  # type: ignore[arg-type]
            done = tuple(one for one in (*before.done, *done) if one not in gone)
            operations = before.operations + place.operations
            place = replace(before, layer=layer, output_shape=place.output_shape, operations=operations)
        done = tuple(number[one] for one in done)
        found.append(replace(place, sources=tuple(number[one] for one in place.sources), done=done))
    return tuple(found)
