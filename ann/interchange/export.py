"""Networks as ONNX files."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ann import layers
from ann.errors import ExportError
from ann.interchange import attention, normalization, plain, recurrent, windows
from ann.interchange.activations import activate
from ann.interchange.graph import Graph, Value
from ann.layers.layer import Shape
from isocortex.errors import MissingExtraError
from isocortex.files import atomic_path

if TYPE_CHECKING:
    from ann.network import Network
    from ann.structure import Place

__all__ = ["IR", "OPSET", "WRITERS", "to_onnx"]

OPSET = 21
"""The version of ONNX's operators; the first with group normalisation a channel."""

IR = 10
"""The version of the file format that goes with it."""

LARGEST = 2**31 - 2**20
"""Bytes that fit into one file of this kind."""

Writer = Callable[[Graph, Any, tuple[Value, ...], Shape], Value]


def same(graph: Graph, layer: Any, values: tuple[Value, ...], shape: Shape) -> Value:
    """Write nothing: at inference the layer gives what it takes, or its activation is all of it."""
    return values[0]


WRITERS: dict[str, Writer] = {
    "Activation": same,
    "Add": plain.add,
    "AveragePooling1D": windows.average_pool,
    "AveragePooling2D": windows.average_pool,
    "BatchNormalization": normalization.batch,
    "Bidirectional": recurrent.bidirectional,
    "Concatenate": plain.concatenate,
    "Conv1D": windows.conv,
    "Conv2D": windows.conv,
    "Conv2DTranspose": windows.conv_transpose,
    "Dense": plain.dense,
    "DepthwiseConv2D": windows.depthwise,
    "Dropout": same,
    "Embedding": plain.embedding,
    "Flatten": plain.flatten,
    "GRU": recurrent.gru,
    "GlobalAveragePooling1D": windows.global_average,
    "GlobalAveragePooling2D": windows.global_average,
    "GlobalMaxPooling1D": windows.global_max,
    "GlobalMaxPooling2D": windows.global_max,
    "GroupNormalization": normalization.group,
    "LSTM": recurrent.lstm,
    "LayerNormalization": normalization.layer_norm,
    "MaxPooling1D": windows.max_pool,
    "MaxPooling2D": windows.max_pool,
    "MultiHeadAttention": attention.multi_head,
    "Multiply": plain.multiply,
    "Permute": plain.permute,
    "RepeatVector": plain.repeat,
    "Reshape": plain.reshape,
    "SimpleRNN": recurrent.simple_rnn,
    "ZeroPadding2D": plain.zeros,
}
"""What writes each layer, without the activation behind it, which all have in common."""

ACTIVATED_WITHIN = ("SimpleRNN", "LSTM", "GRU", "Bidirectional")
"""Layers whose activation stands inside them."""


def to_onnx(model: "Network", path: str | os.PathLike[str]) -> None:
    """Write a network, as it predicts, to an ONNX file.

    The input ``"stimuli"`` and the output ``"outputs"`` are as in `Network.predict`, with any number of stimuli and
    channels last; inside, channels stand first from the first convolution to the last, as ONNX's operators want them.
    Numbers are float32 also where the model's are not. Dropout is left out, and batches are normalised by the moving
    statistics.

    Parameters
    ----------
    model : Sequential or Model
        Built.
    path : path-like
        Usually ending in ``.onnx``.

    Raises
    ------
    ExportError
        If ONNX has no operator for a layer, or the weights are too large for one file; the message names the layer.
    NotCompiledError
        If the model does not know its input shape yet.
    MissingExtraError
        If ``onnx`` is not installed.
    UnwritableFileError
        If the path cannot be written.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(2, activation="softmax", input_shape=(3,))])
    >>> ann.interchange.to_onnx(model, "model.onnx")  # doctest: +SKIP
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("to_onnx: needs onnx, which is not installed; pip install 'isocortex[onnx]'") from error

    shape = model.input_shape  # raises if it is not known yet
    if model.flat_weights.size * 4 > LARGEST:
        raise ExportError(f"{model.name}: {model.flat_weights.size} weights are more than fit into one ONNX file")
    graph = Graph()
    values: dict[int, Value] = {-1: Value("stimuli", shape)}
    for index, place in enumerate(model.places):
        taken = tuple(values[source] for source in place.sources)
        values[index] = _write(graph, place, taken)
    graph.layer = "outputs"
    end = graph.channels_last(values[len(model.places) - 1])
    graph.nodes.append(onnx.helper.make_node("Identity", [end.name], ["outputs"], "outputs"))
    written = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes, model.name, [_described("stimuli", shape)], [_described("outputs", model.output_shape)],
            list(graph.weights.values()),
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="isocortex",
    )  # fmt: skip
    onnx.checker.check_model(written, full_check=True)
    with atomic_path(path) as temporary:
        temporary.write_bytes(written.SerializeToString())


def _write(graph: Graph, place: "Place", values: tuple[Value, ...]) -> Value:
    layer, kind = place.layer, type(place.layer).__name__
    where = f"{place.name} ({kind})"
    writer = WRITERS.get(kind)
    if writer is None or getattr(layers, kind, None) is not type(layer):
        raise ExportError(f"{where}: cannot be exported, ONNX has no operator for it here")
    if layer.makes_mask:
        raise ExportError(f"{where}: cannot be exported with the masks that it makes; ONNX knows none")
    graph.layer = place.owner
    try:
        value = writer(graph, layer, values, place.output_shape)
    except LookupError as error:
        raise ExportError(f"{where}: cannot be exported, {error.args[0]}") from error
    if kind in ACTIVATED_WITHIN:
        return value
    found = activate(graph, layer.activation, value)
    if found is None:
        raise ExportError(f"{where}: cannot be exported, ONNX has no activation like {layer.activation!r}")
    return found


def _described(name: str, shape: Shape) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["stimulus", *shape])
