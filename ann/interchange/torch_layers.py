"""How each layer takes the weights of PyTorch's module: transposed, gates in ann's order, biases as ann has them.

Every function takes the layer, the module's arrays and the order of the features that come in, and takes out of the
arrays what it has used.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["READERS", "Arrays", "Order"]

Arrays = dict[str, np.ndarray]

Order = np.ndarray | None
"""Where each of ann's features stands among PyTorch's; None where they stand alike."""

_RECURRENT = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

Reader = Callable[[Any, Arrays, Order], Arrays]


def dense(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Transpose, and bring the features in order."""
    return {"kernel": _features(arrays.pop("weight").T, order), **_bias(arrays)}


def conv(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Bring (filter, channel, window) to (window, channel, filter)."""
    return {"kernel": np.moveaxis(arrays.pop("weight"), (0, 1), (-1, -2)), **_bias(arrays)}


def depthwise(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Bring (channel and multiple, 1, window) to (window, channel, multiple)."""
    weight = arrays.pop("weight")
    kernel = weight.reshape(-1, layer.depth_multiplier, *weight.shape[2:])
    return {"kernel": np.moveaxis(kernel, (0, 1), (-2, -1)), **_bias(arrays)}


def batch(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Rename scale, shift and statistics."""
    names = {"moving_mean": "running_mean", "moving_variance": "running_var"}
    return {**_scaled(arrays, order), **{ours: _features(arrays.pop(name), order) for ours, name in names.items()}}


def scaled(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Rename scale and shift; over an image, move its channels."""
    found = _scaled(arrays, order)
    return {name: np.moveaxis(one, 0, -1) if one.ndim == 3 else one for name, one in found.items()}


def embedding(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Rename."""
    return {"embeddings": arrays.pop("weight")}


def recurrent(gates: list[int], summed: bool = True) -> Reader:
    """Give the reader of a recurrent layer, by the place of each of ann's gates among PyTorch's."""

    def reader(layer: Any, arrays: Arrays, order: Order) -> Arrays:
        def ordered(rows: np.ndarray) -> np.ndarray:
            blocks = np.split(rows, len(gates))
            return np.concatenate([blocks[gate] for gate in gates]).T

        found = {"kernel": ordered(arrays.pop("weight_ih")), "recurrent_kernel": ordered(arrays.pop("weight_hh"))}
        if "bias_ih" in arrays and "bias_hh" in arrays:
            both = np.stack([ordered(arrays.pop("bias_ih")), ordered(arrays.pop("bias_hh"))])
            found["bias"] = both.sum(axis=0) if summed else both
        return found

    return reader


def gru(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Bring the gates r, z, n to z, r, n, and keep both biases."""
    if not layer.reset_after:
        raise LookupError("PyTorch's GRU resets after the product: this layer needs reset_after=True")
    return recurrent([1, 0, 2], summed=False)(layer, arrays, order)


def bidirectional(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Read both directions, each as its own layer."""
    if layer.layer.go_backwards:
        raise LookupError("PyTorch's first direction goes forwards: the layer inside needs go_backwards=False")
    if "weight_ih_reverse" not in arrays:
        raise LookupError("the module has one direction")
    reader = READERS[type(layer.layer).__name__]
    found: Arrays = {}
    for side, suffix in (("forward", ""), ("backward", "_reverse")):
        own = {part: arrays.pop(f"{part}{suffix}") for part in _RECURRENT if f"{part}{suffix}" in arrays}
        found |= {f"{side}_{name}": array for name, array in reader(layer.layer, own, order).items()}
    return found


def attention(layer: Any, arrays: Arrays, order: Order) -> Arrays:
    """Part the one matrix of query, key and value, where PyTorch has one, and transpose all."""
    names = ("query", "key", "value")
    if "in_proj_weight" in arrays:
        parts = np.split(arrays.pop("in_proj_weight"), 3)
    else:
        parts = [arrays.pop(f"{name[0]}_proj_weight") for name in names]
    found = {f"{name}_kernel": part.T for name, part in zip(names, parts, strict=True)}
    found["output_kernel"] = arrays.pop("out_proj.weight").T
    if "in_proj_bias" in arrays:
        biases = np.split(arrays.pop("in_proj_bias"), 3)
        found |= {f"{name}_bias": bias for name, bias in zip(names, biases, strict=True)}
        found["output_bias"] = arrays.pop("out_proj.bias")
    return found


def _bias(arrays: Arrays) -> Arrays:
    return {"bias": arrays.pop("bias")} if "bias" in arrays else {}


def _scaled(arrays: Arrays, order: Order) -> Arrays:
    names = {"gamma": "weight", "beta": "bias"}
    return {ours: _features(arrays.pop(name), order) for ours, name in names.items() if name in arrays}


def _features(array: np.ndarray, order: Order) -> np.ndarray:
    """Bring the first axis in order, where it is one of so many features; where not, that is told later."""
    return array[order] if order is not None and len(array) == len(order) else array


READERS: dict[str, Reader] = {
    "BatchNormalization": batch,
    "Bidirectional": bidirectional,
    "Conv1D": conv,
    "Conv2D": conv,
    "Conv2DTranspose": conv,
    "Dense": dense,
    "DepthwiseConv2D": depthwise,
    "Embedding": embedding,
    "GRU": gru,
    "GroupNormalization": scaled,
    "LSTM": recurrent([0, 1, 2, 3]),
    "LayerNormalization": scaled,
    "MultiHeadAttention": attention,
    "SimpleRNN": recurrent([0]),
}
