"""An ``.onnx`` file: what stands behind every node, computed by onnxruntime.

The graph is read, checked, and given further outputs in memory; the file is not changed. Operators of other libraries
are not loaded, and weights in files of their own are read only from the graph's folder.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from compare.errors import DataFileError, InvalidActivityError, MissingExtraError
from compare.subjects.checks import counted_stimuli, require_known
from compare.subjects.layout import AS_GIVEN, CHANNELS_FIRST, channels_first, checked_layout
from compare.subjects.source import Source
from isocortex.files import existing

__all__ = ["onnx_source"]

QUIET = 4  # onnxruntime's own log; what goes wrong is raised


def onnx_source(path: Path, stimuli: Any, names: tuple[str, ...] | None, layout: str | None) -> Source:
    """Give the values behind the nodes of a graph, in order, before some stimuli at a time.

    By default those are given that have a number for each stimulus; so neither shapes nor weights are taken for layers.

    Parameters
    ----------
    path : path
        The file.
    stimuli : array-like
        (stimulus, ...), turned to the number type of the graph's input.
    names : tuple of str, optional
        Values of the graph, by their cleaned names.
    layout : str, optional
        See `compare.activity`.

    Raises
    ------
    MissingExtraError
        If onnx or onnxruntime is not installed.
    MissingFileError, DataFileError
        If there is no such file, it is damaged or foreign, or reads from outside its folder.
    InvalidActivityError, InvalidOptionError
        If the stimuli do not go with the graph, or a name or layout does not exist.
    """
    model = _read(existing(path))
    array = counted_stimuli(stimuli)
    takes = _input(model, path)
    if _turned(model, takes, array, checked_layout(layout)):
        array = channels_first(array)
    fixed = takes.shape[0] if takes.shape and isinstance(takes.shape[0], int) else None
    graph = _Graph(path, model, takes, fixed)
    cleaned = _cleaned(model)
    if names is not None:
        require_known(names, cleaned.values())
        wanted = {value: name for value, name in cleaned.items() if name in names}
    else:
        wanted = graph.per_stimulus(cleaned, array)
    if not wanted:
        raise InvalidActivityError(f"{path}: no value of the graph has a number for each stimulus")
    return Source(
        "graph", len(array), lambda start, stop: graph.run(wanted, array[start:stop]), layers=True, names=names
    )


class _Input:
    """The one input of a graph: its name, the sizes of its axes (None where they are free), its number type."""

    def __init__(self, value: Any) -> None:
        from onnx import helper

        self.name: str = value.name
        tensor = value.type.tensor_type
        self.shape = [axis.dim_value if axis.HasField("dim_value") else None for axis in tensor.shape.dim]
        self.dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type))


class _Graph:
    """A graph that can be asked for any of its values."""

    def __init__(self, path: Path, model: Any, takes: _Input, fixed: int | None) -> None:
        self.path, self.model, self.takes, self.fixed = path, model, takes, fixed
        self._sessions: dict[tuple[str, ...], Any] = {}

    def per_stimulus(self, cleaned: dict[str, str], array: np.ndarray) -> dict[str, str]:
        """Choose the values that hold a number for each stimulus, which two of them tell."""
        count = self.fixed or 2
        shown = np.resize(array, (count, *array.shape[1:])) if len(array) < count else array[:count]
        values = self._values(tuple(cleaned), shown)
        return {
            value: cleaned[value]
            for value, found in values.items()
            if isinstance(found, np.ndarray) and found.dtype.kind == "f" and found.ndim > 1 and len(found) == count
        }

    def run(self, wanted: dict[str, str], part: np.ndarray) -> dict[str, np.ndarray]:
        """Give the wanted values for some stimuli; a graph of fixed size sees its last ones several times."""
        size = self.fixed or len(part)
        pieces = []
        for start in range(0, len(part), size):
            shown = part[start : start + size]
            count = len(shown)
            if count < size:
                shown = np.concatenate([shown, np.repeat(shown[-1:], size - count, axis=0)])
            values = self._values(tuple(wanted), shown)
            for value, found in values.items():
                if not isinstance(found, np.ndarray) or found.ndim < 1 or len(found) != size:
                    raise InvalidActivityError(
                        f"graph[{wanted[value]!r}]: shape {np.shape(found)} for {size} stimuli, so its first axis is "
                        "not that of stimuli; choose others with layers="
                    )
            pieces.append({wanted[value]: found[:count].reshape(count, -1) for value, found in values.items()})
        if len(pieces) == 1:
            return pieces[0]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def _values(self, values: tuple[str, ...], part: np.ndarray) -> dict[str, Any]:
        if values not in self._sessions:
            self._sessions[values] = _session(self.path, self.model, values)
        try:
            shown = np.ascontiguousarray(part, dtype=self.takes.dtype)
            return dict(zip(values, self._sessions[values].run(list(values), {self.takes.name: shown}), strict=True))
        except Exception as error:  # onnxruntime's errors derive from nothing else
            raise InvalidActivityError(
                f"{self.path}: the graph takes {self.takes.name!r} of shape {self.takes.shape} and cannot take stimuli "
                f"of shape {part.shape} ({error}); layout= says whether they are turned to channels first"
            ) from error


def _read(file: Path) -> Any:
    """Read and check a graph, with those of its weights that lie beside it."""
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"{file}: needs onnx and onnxruntime, which are not installed; pip install 'isocortex[onnx]'"
        ) from error
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(file.read_bytes())
        for tensor in _tensors(model.graph):
            _load_beside(tensor, file)
        if not model.graph.node:
            raise ValueError("it has no nodes")
    except (DecodeError, ValueError, OSError, RuntimeError) as error:
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"{file}: not readable as ONNX, truncated or something else ({error})") from error
    return model


def _tensors(graph: Any) -> Iterator[Any]:
    """Give every stored array of a graph, and of the graphs inside its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (tensor for tensor in (attribute.t, *attribute.tensors) if tensor.ByteSize())
            for inner in (attribute.g, *attribute.graphs):
                if inner.ByteSize():
                    yield from _tensors(inner)


def _load_beside(tensor: Any, file: Path) -> None:
    """Read an array that lies in a file of its own, if that is in the graph's folder."""
    from onnx import TensorProto

    if tensor.data_location != TensorProto.EXTERNAL:
        return
    told = {entry.key: entry.value for entry in tensor.external_data}
    folder = file.parent.resolve()
    beside = (folder / told.get("location", "")).resolve()
    if not beside.is_relative_to(folder) or not beside.is_file():
        raise DataFileError(
            f"{file}: the weights {tensor.name!r} lie in {told.get('location')!r}, which is no file in its folder; "
            "files elsewhere are not read"
        )
    offset, length = int(told.get("offset", 0)), int(told.get("length", beside.stat().st_size))
    if offset < 0 or length < 0 or offset + length > beside.stat().st_size:
        raise DataFileError(f"{file}: {beside.name} is shorter than the weights {tensor.name!r} need")
    with beside.open("rb") as stream:
        stream.seek(offset)
        tensor.raw_data = stream.read(length)
    del tensor.external_data[:]
    tensor.data_location = TensorProto.DEFAULT


def _input(model: Any, path: Path) -> _Input:
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    if len(inputs) != 1:
        raise InvalidActivityError(
            f"{path}: the graph takes {len(inputs)} inputs ({', '.join(value.name for value in inputs)}); stimuli are "
            "one of them, and nothing is known of the others"
        )
    if inputs[0].type.WhichOneof("value") != "tensor_type":
        raise InvalidActivityError(f"{path}: its input {inputs[0].name!r} is no tensor")
    return _Input(inputs[0])


def _turned(model: Any, takes: _Input, array: np.ndarray, layout: str | None) -> bool:
    """Say whether stimuli are turned: as the graph's sizes have it, or where a convolution is first if it has none."""
    if layout is not None:
        return layout == CHANNELS_FIRST
    if array.ndim < 3 or len(takes.shape) != array.ndim or layout == AS_GIVEN:
        return False

    def fits(shape: tuple[int, ...]) -> bool:
        return all(said in (None, size) for said, size in zip(takes.shape[1:], shape, strict=True))

    given = array.shape[1:]
    turned = (given[-1], *given[:-1])
    if fits(given) != fits(turned):
        return fits(turned)
    return any(node.op_type == "Conv" and takes.name in node.input for node in model.graph.node)


def _cleaned(model: Any) -> dict[str, str]:
    """Give each node's value a name as people write it: ``/features/conv/Conv_output_0`` is ``features.conv.Conv``.

    Values that do not depend on the stimuli, weights and shapes that are computed, are left out.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    reached = {value.name for value in model.graph.input} - weights
    names: dict[str, str] = {}
    for node in model.graph.node:
        if not reached.intersection(node.input):
            continue
        reached.update(node.output)
        value = next((output for output in node.output if output), None)
        if value is None:
            continue
        clean = re.sub(r"[/:]+", ".", re.sub(r"_output_0$", "", value)).strip(".")
        clean = f"{node.op_type}_{clean}" if clean.isdigit() or not clean else clean
        use, free = 1, clean
        while free in names.values():
            use += 1
            free = f"{clean}_{use}"
        names[value] = free
    return names


def _session(path: Path, model: Any, values: tuple[str, ...]) -> Any:
    """Open the graph with these values as its outputs."""
    import onnx
    import onnxruntime

    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    asked.graph.output.extend(onnx.ValueInfoProto(name=value) for value in values)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    try:
        return onnxruntime.InferenceSession(asked.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors derive from nothing else
        raise DataFileError(f"{path}: onnxruntime cannot run this graph ({error})") from error
