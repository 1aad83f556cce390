"""Settings that weights do not tell, compared where PyTorch's module itself is at hand."""

from typing import TYPE_CHECKING, Any

from ann.interchange.torch_source import Module
from ann.interchange.windows import pads

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["differences"]

SAME = {
    "eps": "epsilon",
    "stride": "strides",
    "dilation": "dilation_rate",
    "groups": "groups",
    "num_groups": "groups",
    "num_heads": "num_heads",
}
"""Settings of a module and what ann calls them."""


def differences(model: "Network", name: str, module: Module) -> list[str]:
    """Say in words which settings of a layer differ from those of its module."""
    theirs = module.settings
    if theirs is None:
        return []
    place = next(place for place in model.places if place.owner == name)
    layer: Any = place.layer
    found = []
    for setting, called in SAME.items():
        if hasattr(theirs, setting) and hasattr(layer, called):
            one, other = getattr(theirs, setting), getattr(layer, called)
            if _plain(one) != _plain(other):
                found.append(f"{called} is {other}, {setting} is {one}")
    if getattr(theirs, "padding_mode", "zeros") != "zeros":
        found.append(f"padding_mode {theirs.padding_mode!r} is not known here")
    if type(layer).__name__ in ("Conv1D", "Conv2D", "DepthwiseConv2D") and not isinstance(theirs.padding, str):
        before = pads(layer, layer.kernel_size, place.input_shape, place.output_shape)[: len(layer.kernel_size)]
        wanted = tuple(theirs.padding)
        if tuple(before) != wanted or _counts(theirs, place.input_shape) != place.output_shape[:-1]:
            found.append(
                f"padding is {layer.padding!r}, which puts {tuple(before)} before {place.input_shape}, "
                f"PyTorch's puts {wanted} on both sides"
            )
    return found


def _counts(module: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give how many windows PyTorch lays along each axis."""
    settings = zip(shape, module.kernel_size, module.stride, module.padding, module.dilation, strict=False)
    return tuple(
        (length + 2 * pad - step * (size - 1) - 1) // stride + 1 for length, size, stride, pad, step in settings
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, (tuple, list)) else value
