"""What PyTorch's weights come from: a module, a ``state_dict``, or a ``.safetensors`` file; never a pickle."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ann.data import as_array
from ann.errors import InvalidTypeError, UnreadableFileError
from isocortex.errors import MissingExtraError
from isocortex.files import existing

__all__ = ["Module", "modules_of"]

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
"""Of the numbers in a file of safetensors, as NumPy calls them."""

IGNORED = ("num_batches_tracked",)  # a count of steps, which nothing that is computed depends on

_LAYER = re.compile(r"^((?:weight|bias)_[a-z]+)_l(\d+)((?:_reverse)?)$")


@dataclass
class Module:
    """The weights of one of PyTorch's modules.

    Attributes
    ----------
    name : str
        As in the ``state_dict``, without the weight's own; with ``[1]`` for the second layer inside a recurrent module.
    arrays : dict of str to numpy.ndarray
        By the weights' own names.
    settings : object or None
        The module itself, where it was given, to compare strides and the like with.
    """

    name: str
    arrays: dict[str, np.ndarray]
    settings: Any = None


def modules_of(source: Any) -> tuple[dict[str, Module], bool]:
    """Give the modules that have weights, by name, and whether they come in the order in which they were made.

    Raises
    ------
    InvalidTypeError
        If it is no module, mapping or path, or holds something else than arrays.
    MissingFileError, UnreadableFileError, MissingExtraError
        If a file is not there, is a pickle, or cannot be read; or ``safetensors`` is missing.
    """
    settings: dict[str, Any] = {}
    ordered = True
    if isinstance(source, (str, os.PathLike)):
        weights, ordered = _read(existing(source)), False
    elif isinstance(source, Mapping):
        weights = source
    elif hasattr(source, "state_dict") and hasattr(source, "named_modules"):
        weights, settings = source.state_dict(), dict(source.named_modules())
    else:
        raise InvalidTypeError(
            "from_torch: takes a module, its state_dict() or a path of a .safetensors file, "
            f"got {type(source).__name__}"
        )
    found: dict[str, Module] = {}
    for key, value in weights.items():
        prefix, part = _divided(key, weights)
        if part in IGNORED:
            continue
        base = prefix.removesuffix("]").partition("[")[0]
        module = found.setdefault(prefix, Module(prefix, {}, settings.get(base)))
        module.arrays[part] = _array(key, value)
    if ordered or not _numbered(found):
        return found, ordered
    return dict(sorted(found.items(), key=lambda item: _numbers(item[0]) or (0, 0))), True


def _read(path: Path) -> Mapping[str, np.ndarray]:
    if path.suffix in PICKLES:
        raise UnreadableFileError(
            f"{path}: is a pickle, and reading one executes whatever it holds; where it is trusted, write its weights "
            "with safetensors.torch.save_file(state_dict, 'weights.safetensors') and read those"
        )
    if path.suffix != ".safetensors":
        raise UnreadableFileError(f"{path}: must be a .safetensors file")
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError as error:
        raise MissingExtraError(
            "from_torch: needs safetensors, which is not installed; pip install 'isocortex[safetensors]'"
        ) from error
    try:
        parts = deserialize(path.read_bytes())
        return {name: _numbers_of(**part) for name, part in parts}
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise UnreadableFileError(f"{path}: is no file of safetensors that NumPy can hold ({error})") from error


def _numbers_of(dtype: str, shape: list[int], data: bytes | bytearray) -> np.ndarray:
    """Read one array of a file. NumPy has no bfloat16: it is the first half of a float32."""
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(data, TYPES[dtype]).reshape(shape)


def _divided(key: Any, weights: Mapping[Any, Any]) -> tuple[str, str]:
    """Part a key into that of the module and that of the weight inside it."""
    if not isinstance(key, str):
        raise InvalidTypeError(f"from_torch: the names of weights must be text, got {key!r}")
    prefix, _, part = key.rpartition(".")
    within = _LAYER.match(part)
    if within is not None:
        number = int(within[2])
        return f"{prefix}[{number}]" if number else prefix, within[1] + within[3]
    above, _, child = prefix.rpartition(".")
    if child == "out_proj" and any(f"{above}.{one}_proj_weight".lstrip(".") in weights for one in ("in", "q")):
        return above, f"out_proj.{part}"
    return prefix, part


def _array(key: str, value: Any) -> np.ndarray:
    if hasattr(value, "detach"):  # a tensor, of any type and on any device
        value = value.detach().cpu().double().numpy()
    array = as_array(value, f"from_torch: {key}")
    if array.dtype.kind not in "fiu":
        raise InvalidTypeError(f"from_torch: {key} must be an array of numbers, got {type(value).__name__}")
    return array.astype(np.float64)


def _numbered(modules: Mapping[str, Module]) -> bool:
    """Tell whether names alone give the order: ``"0"``, ``"3"``, ``"12"``, with the same words before them."""
    words = {re.sub(r"\d+(\[\d+\])?$", "", name) for name in modules if _numbers(name)}
    return len(modules) == 1 or (len(words) == 1 and all(map(_numbers, modules)))


def _numbers(name: str) -> tuple[int, int] | None:
    """Give the number at the end of a name, and that of the layer inside a recurrent module."""
    found = re.search(r"(\d+)(?:\[(\d+)\])?$", name)
    return None if found is None else (int(found[1]), int(found[2] or 0))
