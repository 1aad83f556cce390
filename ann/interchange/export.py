"""Networks as ONNX files."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import layers
from ann.checks import floating
from ann.errors import ExportError
from ann.interchange import attention, masks, normalization, plain, recurrent, windows
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
    "GRU": recurrent.recurrent,
    "GlobalAveragePooling1D": windows.global_average,
    "GlobalAveragePooling2D": windows.global_average,
    "GlobalMaxPooling1D": windows.global_max,
    "GlobalMaxPooling2D": windows.global_max,
    "GroupNormalization": normalization.group,
    "LSTM": recurrent.recurrent,
    "LayerNormalization": normalization.layer_norm,
    "Masking": masks.masked,
    "MaxPooling1D": windows.max_pool,
    "MaxPooling2D": windows.max_pool,
    "MultiHeadAttention": attention.multi_head,
    "Multiply": plain.multiply,
    "Permute": plain.permute,
    "Piece": plain.piece,
    "RepeatVector": plain.repeat,
    "Reshape": plain.reshape,
    "SimpleRNN": recurrent.recurrent,
    "ZeroPadding2D": plain.zeros,
}
"""What writes each layer, without the activation behind it, which all have in common."""

ACTIVATED_WITHIN = ("SimpleRNN", "LSTM", "GRU", "Bidirectional")
"""Layers whose activation stands inside them."""


def to_onnx(model: "Network", path: str | os.PathLike[str], dtype: Any = "float32") -> None:
    """Write a network, as it predicts, to an ONNX file of operator set 21.

    The input ``"stimuli"`` and the output ``"outputs"`` are as in `Network.predict`, with any number of stimuli and
    channels last; inside, channels stand first from the first convolution to the last, as ONNX's operators want them.
    Dropout is left out, and batches are normalised by the moving statistics. A layer that stands twice has its weights
    in the file once. Masks are computed in the file as they are here, for recurrent layers and means over steps;
    attention behind a mask is refused.

    Parameters
    ----------
    model : Sequential or Model
        Built.
    path : path-like
        Usually ending in ``.onnx``.
    dtype : {"float32", "float64"}
        Of stimuli, weights and outputs in the file, whatever the model's own is. Every runtime has operators for
        float32; onnxruntime lacks those of float64 for convolution, means of windows, recurrence and some activations.

    Raises
    ------
    ExportError
        If ONNX has no operator for a layer, or the weights are too large for one file; the message names the layer.
    InvalidValueError
        If the dtype is none of the two.
    NotCompiledError
        If the model does not know its input shape yet.
    MissingExtraError
        If ``onnx`` is not installed.
    UnwritableFileError
        If the path cannot be written.

    Examples
    --------
    >>> import ann, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.onnx"
    >>> to_onnx(ann.Sequential([ann.layers.Dense(2, activation="softmax", input_shape=(3,))]), path)
    >>> path.stat().st_size > 0
    True
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("to_onnx: needs onnx, which is not installed; pip install 'isocortex[onnx]'") from error

    shape = model.input_shape  # raises if it is not known yet
    kind = floating(dtype, "to_onnx.dtype")
    if model.flat_weights.size * kind.itemsize > LARGEST:
        raise ExportError(f"{model.name}: {model.flat_weights.size} weights are more than fit into one ONNX file")
    graph = Graph(kind)
    values: dict[int, Value] = {-1: Value("stimuli", shape)}
    for index, place in enumerate(model.places):
        taken = tuple(values[source] for source in place.sources)
        values[index] = _write(graph, place, taken)
    graph.layer = "outputs"
    end = graph.channels_last(values[len(model.places) - 1])
    graph.nodes.append(onnx.helper.make_node("Identity", [end.name], ["outputs"], "outputs"))
    written = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes, model.name, [_described("stimuli", shape, kind)],
            [_described("outputs", model.output_shape, kind)],
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
    graph.layer = place.owner
    values = masks.joined(graph, place, values)
    mask = masks.left(graph, place, values)
    value = writer(graph, layer, values, place.output_shape)
    found = value if kind in ACTIVATED_WITHIN else activate(graph, layer.activation, value)
    if found is None:
        raise ExportError(f"{where}: cannot be exported, ONNX has no activation like {layer.activation!r}")
    return replace(found, mask=mask)


def _described(name: str, shape: Shape, dtype: np.dtype) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), ["stimulus", *shape])
