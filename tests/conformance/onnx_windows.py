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
    """Where the windows of a case lie along each axis: sizes, steps, what is put before and behind, and how many."""

    lengths: tuple[int, ...]
    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def spans(self) -> list[int]:
        """How far each window reaches."""
        return [(size - 1) * step + 1 for size, step in zip(self.size, self.dilations, strict=True)]

    @property
    def behind(self) -> tuple[int, ...]:
        """What the last window needs behind the end."""
        parts = zip(self.lengths, self.spans, self.strides, self.before, self.counts, strict=True)
        return tuple(max((count - 1) * step + span - length - before, 0) for length, span, step, before, count in parts)

    def word(self, before: Sequence[int]) -> str | None:
        """Give the padding that lays windows so, in Keras's word; None where there is none."""
        lengths, spans, strides = self.lengths, self.spans, self.strides
        valid = [(length - span) // step + 1 for length, span, step in zip(lengths, spans, strides, strict=True)]
        if not any(before) and list(self.counts) == valid:
            return "valid"
        same = [-(-length // step) for length, step in zip(lengths, strides, strict=True)]
        total = zip(lengths, spans, strides, same, strict=True)
        halves = [max((count - 1) * step + span - length, 0) // 2 for length, span, step, count in total]
        return "same" if list(self.counts) == same and list(before) == halves else None


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
    spans = [(one - 1) * step + 1 for one, step in zip(size, dilations, strict=True)]
    auto = get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        counts = [-(-length // step) for length, step in zip(lengths, strides, strict=True)]
        total = [
            max((count - 1) * step + span - length, 0)
            for length, step, span, count in zip(lengths, strides, spans, counts, strict=True)
        ]
        before = [one // 2 if auto == "SAME_UPPER" else one - one // 2 for one in total]
    else:
        pads = get("pads", [0] * 2 * rank)
        before, counts = list(pads[:rank]), []
        for axis in range(rank):
            room = lengths[axis] + pads[axis] + pads[axis + rank] - spans[axis]
            count = (math.ceil if get("ceil_mode", 0) else math.floor)(room / strides[axis]) + 1
            # A window that would begin behind the end is none.
            counts.append(count - (get("ceil_mode", 0) and (count - 1) * strides[axis] >= lengths[axis] + pads[axis]))
    return Windows(tuple(lengths), tuple(size), strides, dilations, tuple(before), tuple(counts))


def last(x: np.ndarray) -> np.ndarray:
    """Move the channels from ONNX's place to ann's."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def first(y: np.ndarray) -> np.ndarray:
    """Move the channels from ann's place to ONNX's."""
    return np.moveaxis(y, -1, 1)


def padding(place: Windows) -> tuple[str, list[Any]]:
    """Give the word for a layer's padding, and the layers that go before it."""
    word = place.word(place.before)
    if word is not None:
        return word, []
    if len(place.size) == 1:
        raise Unserved("padding of a sequence that is neither 'same' nor 'valid'")
    return "valid", [zeros_around(place)]


def zeros_around(place: Windows) -> Any:
    """Give the layer that puts zeros where the windows reach beyond the image."""
    return made(layers, "ZeroPadding2D", tuple(zip(place.before, place.behind, strict=True)))


def conv(case: Case) -> dict[str, np.ndarray]:
    """Run Conv1D, Conv2D or DepthwiseConv2D, behind ZeroPadding2D where neither word is the padding."""
    x, kernel, bias = case.inputs[0], case.inputs[1], case.input(2)
    place = windows(case, kernel.shape[2:])
    word, chain = padding(place)
    groups, rank = case.attributes.get("group", 1), len(place.size)
    arguments = {"strides": place.strides, "padding": word, "use_bias": bias is not None}
    if set(place.dilations) != {1}:
        arguments["dilation_rate"] = place.dilations
    if rank == 2 and groups == x.shape[1] > 1:
        layer = made(layers, "DepthwiseConv2D", place.size, depth_multiplier=len(kernel) // groups, **arguments)
        weights = kernel.reshape(groups, -1, *place.size).transpose(2, 3, 0, 1)
    else:
        grouped = {"groups": groups} if groups > 1 else {}
        layer = made(layers, f"Conv{rank}D", len(kernel), place.size, **arguments, **grouped)
        weights = np.moveaxis(kernel, (0, 1), (-1, -2))
    return only(case, first(run([*chain, layer], last(x), {"kernel": weights} | bias_of(bias))))


def bias_of(bias: np.ndarray | None) -> dict[str, np.ndarray]:
    """Give the bias by its name, or nothing."""
    return {} if bias is None else {"bias": bias}


def conv_transpose(case: Case) -> dict[str, np.ndarray]:
    """Run Conv2DTranspose; a sequence is an image of one column."""
    x, kernel, bias = case.inputs[0], case.inputs[1], case.input(2)
    get = case.attributes.get
    rank = x.ndim - 2
    if rank > 2:
        raise Unserved("three axes of space")
    if get("group", 1) != 1:
        raise Unserved("groups: Conv2DTranspose has none")
    wanted = next(iter(case.outputs.values()))
    strides, dilations = tuple(get("strides", [1] * rank)), tuple(get("dilations", [1] * rank))
    if rank == 1:
        x, kernel, strides, dilations = x[..., None], kernel[..., None], (*strides, 1), (*dilations, 1)
    begins, size = _transposed_begins(case, kernel.shape[2:]), kernel.shape[2:]
    lengths = (*wanted.shape[2:], 1)[:2]
    arguments: dict[str, Any] = {"strides": strides, "use_bias": bias is not None}
    if set(dilations) != {1}:
        arguments["dilation_rate"] = dilations
    layer = _laid(kernel.shape[1], size, arguments, x.shape[2:], begins, lengths)
    found = first(run([layer], last(x), {"kernel": kernel.transpose(2, 3, 1, 0)} | bias_of(bias)))
    return only(case, found.reshape(wanted.shape) if rank == 1 else found)


def _transposed_begins(case: Case, size: Sequence[int]) -> list[int]:
    """Give how much is cut off before, along each of the two axes."""
    get, rank = case.attributes.get, case.inputs[0].ndim - 2
    auto = get("auto_pad", "NOTSET")
    if auto == "NOTSET":
        return [*get("pads", [0] * 2 * rank)[:rank], 0][:2]
    total = [max(span - step, 0) for span, step in zip(size, get("strides", [1, 1]), strict=True)]
    return [one // 2 if auto == "SAME_UPPER" else one - one // 2 for one in total]


def _laid(
    filters: int,
    size: Sequence[int],
    arguments: dict[str, Any],
    lengths: Sequence[int],
    begins: Sequence[int],
    wanted: Sequence[int],
) -> Any:
    """Give the layer whose output is as large as wanted and cut off as wanted, by Keras's two words."""
    for word in ("valid", "same"):
        natural = made(layers, "Conv2DTranspose", filters, tuple(size), padding=word, **arguments)
        shape = natural.output_shape((*lengths, 1))[:2]
        cut = (
            [0, 0]
            if word == "valid"
            else [max(one - step, 0) // 2 for one, step in zip(size, arguments["strides"], strict=True)]
        )
        if tuple(shape) == tuple(wanted) and list(begins) == cut:
            return natural
        steps = zip(wanted, lengths, arguments["strides"], size, strict=True)
        halves = [0, 0] if word == "valid" else [one // 2 for one in size]
        extra = [
            out - (length - 1) * step - one + 2 * half
            for (out, length, step, one), half in zip(steps, halves, strict=True)
        ]
        if list(begins) == halves and all(
            0 <= more < step for more, step in zip(extra, arguments["strides"], strict=True)
        ):
            return made(
                layers, "Conv2DTranspose", filters, tuple(size), padding=word, output_padding=tuple(extra), **arguments
            )
    raise Unserved("a cut that is neither 'same' nor 'valid'")


def pool(kind: str) -> Any:
    """Give the adapter of a kind of pooling, ``"Max"`` or ``"Average"``."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        place = windows(case, tuple(case.attributes["kernel_shape"]))
        if set(place.dilations) != {1}:
            raise Unserved("dilated pooling")
        rank, x = len(place.size), last(case.inputs[0])
        word, chain, flipped = place.word(place.before), list[Any](), False
        if (
            word is None and place.word(place.behind) == "same"
        ):  # the odd row before instead of behind: seen in a mirror
            word, flipped = "same", True
        if case.attributes.get("count_include_pad", 0):
            word, chain = padding(place) if word != "valid" else ("valid", [])
            if word == "same":
                word, chain = (
                    "valid",
                    [made(layers, "ZeroPadding2D", tuple(zip(place.before, place.behind, strict=True)))],
                )
        if word is None:
            raise Unserved("padding that is neither 'same' nor 'valid': what is padded counts in no window of ann's")
        mirror = (slice(None), *[slice(None, None, -1 if flipped else 1)] * rank)
        layer = made(layers, f"{kind}Pooling{rank}D", place.size, strides=place.strides, padding=word)
        found = first(run([*chain, layer], np.ascontiguousarray(x[mirror]))[mirror])
        return {next(iter(case.outputs)): found}

    return adapter


def global_pool(kind: str) -> Any:
    """Give the adapter of pooling over a whole image."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        x = last(case.inputs[0])
        found = run([made(layers, f"Global{kind}Pooling2D")], x)
        return only(case, found[:, :, None, None])

    return adapter
