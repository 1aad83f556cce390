"""Settings that weights do not tell, compared where PyTorch's module itself is at hand."""

from typing import TYPE_CHECKING, Any

from ann.interchange.torch_source import Module
from ann.interchange.windows import cuts, pads

if TYPE_CHECKING:
    from ann.network import Network
    from ann.structure import Place

__all__ = ["differences"]

CONVOLUTIONS = ("Conv1D", "Conv2D", "DepthwiseConv2D", "Conv2DTranspose")

KINDS = {
    "BatchNormalization": ("BatchNorm1d", "BatchNorm2d", "SyncBatchNorm"),
    "Conv1D": ("Conv1d",),
    "Conv2D": ("Conv2d",),
    "Conv2DTranspose": ("ConvTranspose2d",),
    "Dense": ("Linear",),
    "DepthwiseConv2D": ("Conv2d",),
    "Embedding": ("Embedding",),
    "GRU": ("GRU", "GRUCell"),
    "GroupNormalization": ("GroupNorm", "InstanceNorm1d", "InstanceNorm2d"),
    "LSTM": ("LSTM", "LSTMCell"),
    "LayerNormalization": ("LayerNorm",),
    "MultiHeadAttention": ("MultiheadAttention",),
    "SimpleRNN": ("RNN", "RNNCell"),
}
"""PyTorch's own classes whose weights mean what those of a layer do."""

SAME = {
    "eps": "epsilon",
    "stride": "strides",
    "dilation": "dilation_rate",
    "groups": "groups",
    "num_groups": "groups",
    "num_heads": "num_heads",
}
"""Settings of a module and what ann calls them."""

UNKNOWN = {"padding_mode": "zeros", "add_zero_attn": False, "max_norm": None}
"""Settings that ann has not, with the value that is the same as not having them."""


def differences(model: "Network", name: str, module: Module) -> list[str]:
    """Say in words what differs between a layer and its module, besides the weights."""
    theirs = module.settings
    if theirs is None:
        return []
    place = next(place for place in model.places if place.owner == name)
    layer: Any = getattr(place.layer, "layer", place.layer)  # the one inside Bidirectional
    kind = type(layer).__name__
    own = {one.__name__ for one in type(theirs).__mro__ if one.__module__.startswith("torch.")} - {"Module"}
    if own and kind in KINDS and not own.intersection(KINDS[kind]):
        return [f"{type(theirs).__name__} is none of {', '.join(KINDS[kind])}, whose weights {kind} takes"]
    found = []
    for setting, called in SAME.items():
        if hasattr(theirs, setting) and hasattr(layer, called):
            one, other = getattr(theirs, setting), getattr(layer, called)
            if _plain(one) != _plain(other):
                found.append(f"{called} is {other}, {setting} is {one}")
    for setting, none in UNKNOWN.items():
        if getattr(theirs, setting, none) != none:
            found.append(f"{setting} {getattr(theirs, setting)!r} is not known here")
    if kind in ("SimpleRNN", "LSTM", "GRU"):
        found += _other_activations(layer, theirs)
    if kind in CONVOLUTIONS and own:
        found += _other_padding(place, theirs)
    return found


def _other_activations(layer: Any, module: Any) -> list[str]:
    wanted = {"activation": getattr(module, "nonlinearity", "tanh")}
    if type(layer).__name__ != "SimpleRNN":
        wanted["recurrent_activation"] = "sigmoid"
    ours = {setting: type(getattr(layer, setting)).__name__ for setting in wanted}
    return [
        f"{setting} is {ours[setting]}, PyTorch's is {name}"
        for setting, name in wanted.items()
        if ours[setting].lower() != name
    ]


def _other_padding(place: "Place", module: Any) -> list[str]:
    layer: Any = place.layer
    transposed = type(layer).__name__ == "Conv2DTranspose"
    # Reaches, and what PyTorch's padding in words puts before each axis.
    reaches = [step * (size - 1) + 1 for size, step in zip(module.kernel_size, module.dilation, strict=True)]
    if isinstance(module.padding, str):
        sides = [reach - 1 if module.padding == "same" else 0 for reach in reaches]
        wanted = tuple(side // 2 for side in sides)
    else:
        wanted = tuple(module.padding)
        sides = [2 * pad for pad in wanted]
    lengths = list(zip(place.input_shape, module.stride, reaches, sides, strict=False))
    if transposed:
        before = cuts(layer, place.input_shape, place.output_shape)[0]
        counts = [(length - 1) * stride + reach - side for length, stride, reach, side in lengths]
        counts = [count + more for count, more in zip(counts, module.output_padding, strict=True)]
    else:
        before = pads(layer, layer.kernel_size, place.input_shape, place.output_shape)[: len(reaches)]
        counts = [(length + side - reach) // stride + 1 for length, stride, reach, side in lengths]
    if tuple(before) == wanted and tuple(counts) == place.output_shape[:-1]:
        return []
    verb = "takes" if transposed else "puts"
    return [
        f"padding is {layer.padding!r}, which {verb} {tuple(before)} before {place.input_shape} and gives "
        f"{place.output_shape[:-1]}, PyTorch's {verb} {wanted} and gives {tuple(counts)}"
    ]


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, (tuple, list)) else value
