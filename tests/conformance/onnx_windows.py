"""ONNX's operators of windows (convolution, pooling) as ann's: where windows lie, and which axis is which."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx_cases import Case, Unserved, made, only, run

from ann import layers


@dataclass(frozen=True)
class Windows:
    """Where the windows of a case lie along each axis: sizes, steps, and the padding as ann's layers take it."""

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Any


def windows(case: Case, size: Sequence[int]) -> Windows:
    """Read a case's attributes.

    Raises
    ------
    Unserved
        If there are more than two axes of space.
    """
    lengths = case.inputs[0].shape[2:]
    rank = len(lengths)
    if rank > 2:
        raise Unserved("three axes of space")
    get = case.attributes.get
    strides, dilations = tuple(get("strides", [1] * rank)), tuple(get("dilations", [1] * rank))
    auto, pads, ceil = get("auto_pad", "NOTSET"), get("pads", [0] * 2 * rank), get("ceil_mode", 0)
    if auto == "SAME_UPPER":
        return Windows(tuple(size), strides, dilations, "same")
    if auto in ("NOTSET", "VALID") and not any(pads) and not ceil:
        return Windows(tuple(size), strides, dilations, "valid")
    padding = []
    for axis, (length, one, stride, step) in enumerate(zip(lengths, size, strides, dilations, strict=True)):
        reach = (one - 1) * step + 1
        if auto == "SAME_LOWER":
            total = max((-(-length // stride) - 1) * stride + reach - length, 0)
            padding.append((total - total // 2, total // 2))
            continue
        before, behind = pads[axis], pads[axis + rank]
        count = (math.ceil if ceil else math.floor)((length + before + behind - reach) / stride) + 1
        if ceil and (count - 1) * stride >= length + before:  # a window that would begin behind the end is none
            count -= 1
        padding.append((before, max((count - 1) * stride + reach - length - before, 0)))
    return Windows(tuple(size), strides, dilations, tuple(padding) if rank > 1 else padding[0])


def last(x: np.ndarray) -> np.ndarray:
    """Move the channels from ONNX's place to ann's."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def first(y: np.ndarray) -> np.ndarray:
    """Move the channels from ann's place to ONNX's."""
    return np.moveaxis(y, -1, 1)


def bias_of(bias: np.ndarray | None) -> dict[str, np.ndarray]:
    """Give the bias by its name, or nothing."""
    return {} if bias is None else {"bias": bias}


def conv(case: Case) -> dict[str, np.ndarray]:
    """Run Conv1D, Conv2D or DepthwiseConv2D."""
    x, kernel, bias = case.inputs[0], case.inputs[1], case.input(2)
    place, groups = windows(case, kernel.shape[2:]), case.attributes.get("group", 1)
    rank, own = len(place.size), bias_of(bias)
    arguments = {"strides": place.strides, "padding": place.padding, "dilation_rate": place.dilations}
    arguments["use_bias"] = bias is not None
    if rank == 2 and groups == x.shape[1] > 1:
        layer = made(layers, "DepthwiseConv2D", place.size, depth_multiplier=len(kernel) // groups, **arguments)
        own["kernel"] = kernel.reshape(groups, -1, *place.size).transpose(2, 3, 0, 1)
    else:
        layer = made(layers, f"Conv{rank}D", len(kernel), place.size, groups=groups, **arguments)
        own["kernel"] = np.moveaxis(kernel, (0, 1), (-1, -2))
    return only(case, first(run([layer], last(x), own)))


def conv_transpose(case: Case) -> dict[str, np.ndarray]:
    """Run Conv2DTranspose, with its cuts in numbers; a sequence is an image of one column."""
    x, kernel, bias = case.inputs[0], case.inputs[1], case.input(2)
    get, rank = case.attributes.get, x.ndim - 2
    if rank > 2:
        raise Unserved("three axes of space")
    strides, dilations = tuple(get("strides", [1] * rank)), tuple(get("dilations", [1] * rank))
    cuts, beyond = cuts_of(case, kernel, strides, dilations)
    if rank == 1:
        x, kernel, strides, dilations = x[..., None], kernel[..., None], (*strides, 1), (*dilations, 1)
        cuts, beyond = [*cuts, (0, 0)], [*beyond, 0]
    layer = made(
        layers,
        "Conv2DTranspose",
        kernel.shape[1] * get("group", 1),
        kernel.shape[2:],
        strides=strides,
        padding=tuple(cuts),
        output_padding=tuple(beyond),
        dilation_rate=dilations,
        groups=get("group", 1),
        use_bias=bias is not None,
    )
    found = first(run([layer], last(x), {"kernel": kernel.transpose(2, 3, 1, 0)} | bias_of(bias)))
    return only(case, found[..., 0] if rank == 1 else found)


def cuts_of(
    case: Case, kernel: np.ndarray, strides: Sequence[int], dilations: Sequence[int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """Give what is cut from the output before and behind each axis, and what is added behind, from the attributes."""
    get, lengths = case.attributes.get, case.inputs[0].shape[2:]
    rank, auto, cuts, beyond = len(lengths), get("auto_pad", "NOTSET"), [], []
    for axis, (length, stride, step) in enumerate(zip(lengths, strides, dilations, strict=True)):
        full = (length - 1) * stride + (kernel.shape[axis + 2] - 1) * step + 1
        more = get("output_padding", [0] * rank)[axis]
        if auto in ("NOTSET", "VALID") and "output_shape" not in case.attributes:
            pads = get("pads", [0] * 2 * rank)
            before, rest = pads[axis], pads[axis] + pads[axis + rank] - more
        else:
            out = get("output_shape", [one * by for one, by in zip(lengths, strides, strict=True)])[axis]
            rest = full - out
            total = max(rest + more, 0)
            before = total // 2 if auto == "SAME_UPPER" else total - total // 2
        cuts.append((before, max(rest - before, 0)))
        beyond.append(max(before - rest, 0))
    return cuts, beyond


def pool(kind: str) -> Any:
    """Give the adapter of a kind of pooling, ``"Max"`` or ``"Average"``."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        place = windows(case, tuple(case.attributes["kernel_shape"]))
        counts = {"padding_counts": True} if case.attributes.get("count_include_pad", 0) else {}
        layer = made(
            layers,
            f"{kind}Pooling{len(place.size)}D",
            place.size,
            strides=place.strides,
            padding=place.padding,
            dilation_rate=place.dilations,
            **counts,
        )
        return only(case, first(run([layer], last(case.inputs[0]))))

    return adapter


def global_pool(kind: str) -> Any:
    """Give the adapter of pooling over a whole image."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        return only(case, first(run([made(layers, f"Global{kind}Pooling2D", keepdims=True)], last(case.inputs[0]))))

    return adapter
