"""A network, read layer by layer into what spikes can carry; what they cannot is refused by name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.stage import Shape, Stage, matrix_of
from compare.conversion.windows import averaging, correlating, slots, windows_of
from compare.errors import ActivityTypeError, ConversionError

if TYPE_CHECKING:
    from ann.network import Network
    from ann.structure import Place

__all__ = ["INPUT", "stages_of"]

INPUT = "input"
"""The region that stands for the stimulus itself, where the first layer is a pooling."""

READ_BY_INPUT = ("Softmax", "LogSoftmax", "Sigmoid")
IDENTITY = ("Flatten", "Dropout")
REMEDIES = {
    "DepthwiseConv2D": "write it as Conv2D with groups= as many as channels",
    "Conv1D": "write it as Conv2D over images of height 1",
    "Add": "spikes of several sources are not put together here; take the branch out",
    "LayerNormalization": "use BatchNormalization, which is folded into the weights",
    "GroupNormalization": "use BatchNormalization, which is folded into the weights",
}


def stages_of(model: "Network") -> list[Stage]:
    """Read a network, its first layer first.

    Dropout and Flatten are nothing at inference; batch normalisation is folded into the weights before it, or after it
    where it follows an activation.

    Raises
    ------
    ActivityTypeError
        If it is no network of `ann`.
    ConversionError
        If a layer cannot be told by spikes; the message names it and what to do.
    """
    if not hasattr(model, "places") or not hasattr(model, "activations"):
        raise ActivityTypeError(f"model: must be a network of ann, got {type(model).__name__}")
    reader = _Reader(model)
    for number, place in enumerate(model.places):
        if place.sources != (number - 1,):
            raise ConversionError(
                f"{_label(place)}: takes from {'several layers' if len(place.sources) > 1 else 'an earlier layer'}; "
                "only a chain of layers is converted, so take the branch out"
            )
        reader.read(place, last=number == len(model.places) - 1)
    return reader.finished()


@dataclass
class _Pending:
    """Weights whose activation has not come yet."""

    stage: Stage
    label: str


class _Reader:
    """What has been read so far."""

    def __init__(self, model: "Network") -> None:
        self.weights = model.get_weights()
        self.stages: list[Stage] = []
        self.pending: _Pending | None = None
        self.shift: tuple[np.ndarray, np.ndarray, str] | None = None  # scale and shift (unit) still to be folded

    def read(self, place: "Place", last: bool) -> None:
        """Take the next layer."""
        from ann import layers

        layer = place.layer
        if isinstance(layer, layers.Dense | layers.Conv2D):
            self._refuse_pending()
            weighted = self._dense(place) if isinstance(layer, layers.Dense) else self._convolution(place)
            self.pending = _Pending(self._folded(weighted), _label(place))
            self._activate(layer.activation, place, last)
        elif isinstance(layer, layers.Activation):
            self._activate(layer.activation, place, last)
        elif isinstance(layer, layers.BatchNormalization):
            self._normalise(place)
        elif type(layer).__name__ in IDENTITY:
            self._pass(place)
        elif isinstance(layer, layers.AveragePooling2D | layers.GlobalAveragePooling2D):
            self._pool(place, largest=False)
        elif isinstance(layer, layers.MaxPooling2D | layers.GlobalMaxPooling2D):
            self._pool(place, largest=True)
        else:
            remedy = REMEDIES.get(type(layer).__name__, "spikes carry Dense, Conv2D, ReLU, pooling and normalisation")
            raise ConversionError(f"{_label(place)}: cannot be converted; {remedy}")

    def finished(self) -> list[Stage]:
        """Give the stages; weights without an activation at the end are read by their input."""
        if self.shift is not None:
            raise ConversionError(
                f"{self.shift[2]}: no weights follow that it could be folded into; put it before them"
            )
        if self.pending is not None:
            self.stages.append(replace(self.pending.stage, rectified=False))
        return self.stages

    def _refuse_pending(self) -> None:
        if self.pending is not None:
            raise ConversionError(
                f"{self.pending.label}: its output can be negative, which spikes cannot tell; give it activation='relu'"
            )

    def _pass(self, place: "Place") -> None:
        """Go through what does nothing at inference."""
        if self.pending is not None:
            stage = self.pending.stage
            self.pending.stage = replace(stage, layers=(*stage.layers, place.name))
        elif self.stages:
            self.stages[-1] = replace(self.stages[-1], layers=(*self.stages[-1].layers, place.name))

    def _activate(self, activation: Any, place: "Place", last: bool) -> None:
        kind = type(activation).__name__
        if kind == "Linear":
            return
        if self.pending is None:
            if kind == "ReLU" and self.stages and self.shift is None:  # of what is not negative anyhow
                return
            raise ConversionError(
                f"{_label(place)}: {kind} does not follow weights; spikes carry relu after Dense or Conv2D"
            )
        stage = self.pending.stage
        known = (*stage.layers, place.name) if place.name not in stage.layers else stage.layers
        stage = replace(stage, layers=known, output=place.name)
        if kind == "ReLU":
            self.stages.append(stage)
        elif kind in READ_BY_INPUT and last:
            self.stages.append(replace(stage, rectified=False))
        else:
            raise ConversionError(
                f"{_label(place)}: {kind.lower()} cannot be told by spikes; "
                f"{'it may only stand last' if kind in READ_BY_INPUT else 'train with relu instead'}"
            )
        self.pending = None

    def _dense(self, place: "Place") -> Stage:
        from brainsim import wiring

        if len(place.input_shape) != 1:
            raise ConversionError(
                f"{_label(place)}: sees a sequence of shape {place.input_shape}; put a Flatten before it"
            )
        own = self.weights[place.owner]
        matrix = wiring.from_matrix(own["kernel"].astype(np.float64))
        # The source may be an image that was flattened: its units are the same, in the same order.
        return self._stage(place, matrix, own.get("bias"), place.input_shape)

    def _convolution(self, place: "Place") -> Stage:
        from brainsim import wiring

        layer: Any = place.layer
        own = self.weights[place.owner]
        bank = _dense_bank(own["kernel"].astype(np.float64), layer.groups, place.input_shape[2])
        even = layer.strides[0] == layer.strides[1] and (isinstance(layer.padding, (str, int)))
        bias = own.get("bias")
        spread = None if bias is None else np.tile(bias, int(np.prod(place.output_shape[:2])))
        if even:
            rule: Any = wiring.convolution(_dilated(bank, layer.dilation_rate), layer.strides[0], layer.padding)
        else:
            windows = windows_of(layer, layer.kernel_size, place.input_shape)
            rule = wiring.from_matrix(correlating(windows, place.input_shape, bank))
        return self._stage(place, rule, spread, place.input_shape)

    def _stage(self, place: "Place", rule: Any, bias: np.ndarray | None, source: Shape) -> Stage:
        kept = None if bias is None else np.asarray(bias, dtype=np.float64)
        layers = (place.name,)
        return Stage(place.name, place.name, layers, source, place.output_shape, rule, kept)

    def _folded(self, stage: Stage) -> Stage:
        """Take up the normalisation that came before the weights: (a x + c) W = x (a W) + c W."""
        if self.shift is None:
            return stage
        from scipy.sparse import diags_array

        from brainsim import wiring

        scale, shift, _ = self.shift
        self.shift = None
        matrix = matrix_of(stage.rule, stage.source, stage.shape)  # type: ignore[arg-type]
        bias = shift @ matrix + (0 if stage.bias is None else stage.bias)
        rule = wiring.from_matrix(diags_array(scale) @ matrix)
        return replace(stage, rule=rule, bias=np.asarray(bias))

    def _normalise(self, place: "Place") -> None:
        layer: Any = place.layer
        if layer.axis not in (-1, len(place.input_shape)):
            raise ConversionError(f"{_label(place)}: normalises axis {layer.axis}; only channels last are folded")
        own = self.weights[place.owner]
        factor = own.get("gamma", 1.0) / np.sqrt(own["moving_variance"].astype(np.float64) + layer.epsilon)
        offset = own.get("beta", 0.0) - own["moving_mean"].astype(np.float64) * factor
        repeats = int(np.prod(place.input_shape[:-1]))
        if self.pending is None:
            if self.shift is not None:
                raise ConversionError(f"{_label(place)}: follows another normalisation; leave one of them out")
            self.shift = (np.tile(factor, repeats), np.tile(offset, repeats), _label(place))
            return
        stage = self.pending.stage
        bias = np.tile(factor, repeats) * (0 if stage.bias is None else stage.bias) + np.tile(offset, repeats)
        self.pending.stage = replace(
            stage, rule=_scaled(stage, factor), bias=bias, layers=(*stage.layers, place.name), output=place.name
        )

    def _pool(self, place: "Place", largest: bool) -> None:
        from brainsim import wiring

        self._refuse_pending()
        if self.shift is not None:
            raise ConversionError(f"{self.shift[2]}: stands between an activation and {place.name}; put it before them")
        if not self.stages:
            self.stages.append(_as_it_is(place.input_shape))
        layer: Any = place.layer
        shape = place.input_shape
        size = getattr(layer, "pool_size", None)
        windows = windows_of(layer, size, shape) if size else _everywhere(shape)
        stage = Stage(place.name, place.name, (place.name,), shape, place.output_shape)
        if not largest:
            matrix = averaging(windows, shape, getattr(layer, "padding_counts", False))
            self.stages.append(replace(stage, rule=wiring.from_matrix(matrix)))
            return
        if (count := windows.size[0] * windows.size[1]) > 64:
            raise ConversionError(
                f"{_label(place)}: takes the largest of {count} numbers, at most 64 are counted; pool in two steps"
            )
        self.stages.append(replace(stage, slots=tuple(slots(windows, shape))))


def _label(place: "Place") -> str:
    return f"{place.name} ({type(place.layer).__name__})"


def _as_it_is(shape: Shape) -> Stage:
    """Give units that say what the stimulus is."""
    from brainsim import wiring

    return Stage(INPUT, INPUT, (), shape, shape, wiring.one_to_one())


def _everywhere(shape: Sequence[int]) -> Any:
    from ann.layers.windows import Windows

    return Windows.over(tuple(shape), (shape[0], shape[1]), (1, 1), (1, 1), "valid")


def _dense_bank(kernel: np.ndarray, groups: int, channels: int) -> np.ndarray:
    """Give the bank (out, in, height, width) of a kernel (height, width, channel of a group, filter)."""
    bank = np.zeros((kernel.shape[3], channels, *kernel.shape[:2]))
    inside, filters = channels // groups, kernel.shape[3] // groups
    for group in range(groups):
        own = slice(group * filters, (group + 1) * filters)
        bank[own, group * inside : (group + 1) * inside] = kernel[..., own].transpose(3, 2, 0, 1)
    return bank


def _dilated(bank: np.ndarray, dilation: tuple[int, int]) -> np.ndarray:
    """Put zeros between the places that a filter looks at."""
    reach = [step * (size - 1) + 1 for size, step in zip(bank.shape[2:], dilation, strict=True)]
    wide = np.zeros((*bank.shape[:2], *reach))
    wide[:, :, :: dilation[0], :: dilation[1]] = bank
    return wide


def _scaled(stage: Stage, factor: np.ndarray) -> Any:
    """Multiply the weights onto each channel."""
    from scipy.sparse import diags_array

    from brainsim import wiring

    rule: Any = stage.rule
    if isinstance(rule, wiring.convolution):
        return wiring.convolution(rule.bank * factor[:, None, None, None], rule.stride, rule.padding)
    units = np.tile(factor, stage.units // len(factor))
    return wiring.from_matrix(matrix_of(rule, stage.source, stage.shape) @ diags_array(units))
