"""A subject in a file or folder: which kind it is, by its name."""

from pathlib import Path
from typing import Any

from compare.errors import ActivityTypeError, InvalidOptionError
from compare.subjects.source import Source

__all__ = ["path_source"]

WEIGHTS = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")


def path_source(path: Path, stimuli: Any, names: tuple[str, ...] | None, layout: str | None) -> Source:
    """Give the activity of what a path leads to.

    Raises
    ------
    ActivityTypeError
        If files of that name are not read.
    InvalidOptionError
        If a layout is given for a recording.
    """
    kind = path.suffix.lower()
    if kind == ".onnx":
        from compare.subjects.onnx_file import onnx_source

        return onnx_source(path, stimuli, names, layout)
    if layout is not None:
        raise InvalidOptionError(f"layout: is an option of torch modules and ONNX files, not of {path.name}")
    if path.is_dir():
        from compare.subjects.on_disk import folder_source

        return folder_source(path, names)
    if kind in (".nc", ".nc4", ".netcdf", ".h5"):
        from compare.subjects.recording import netcdf_source

        return netcdf_source(path, names)
    if kind == ".npz":
        from compare.subjects.recording import npz_source

        return npz_source(path, names)
    if kind == ".npy":
        raise ActivityTypeError(
            f"{path}: holds an array without a name; numpy.load it, and give images as stimuli, activity as "
            "{name: array (stimulus[, trial], unit)}"
        )
    if kind in WEIGHTS:
        raise ActivityTypeError(
            f"{path}: holds weights, not a network; install torch (pip install 'isocortex[torch]'), build the module, "
            "load its weights, and give the module itself, or export it to .onnx"
        )
    raise ActivityTypeError(
        f"{path}: neither a network (.onnx) nor a recording (.nc, .npz), nor a folder that activity(..., out=) wrote"
    )
