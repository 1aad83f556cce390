"""Recordings as files: which format a path means, and what a file must pass before anybody sees what it holds."""

import os
from pathlib import Path

from brainsim.errors import KindError, ParameterError, RecordingFileError
from brainsim.recording.check import check_recording
from brainsim.recording.netcdf import read_netcdf, write_netcdf
from brainsim.recording.npz import read_npz, write_npz
from brainsim.recording.recording import Recording
from isocortex.errors import UnreadableFileError
from isocortex.files import existing

__all__ = ["read_recording", "write_recording"]

FORMATS = {".npz": (read_npz, write_npz), ".nc": (read_netcdf, write_netcdf)}


def write_recording(path: str | os.PathLike[str], recording: Recording) -> None:
    """Write a recording; see :meth:`Recording.save`."""
    _, write = _format(path, "save")
    write(Path(path), recording)


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording; see :meth:`Recording.load`."""
    read, _ = _format(path, "load")
    file = existing(path)
    try:
        recording = read(file)
        check_recording(recording)
    except RecordingFileError:
        raise
    except UnreadableFileError as error:
        raise RecordingFileError(str(error)) from error
    except (
        KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError, OSError,
        RuntimeError,
    ) as error:  # fmt: skip
        raise RecordingFileError(f"{path}: is not a recording, or damaged ({error!r})") from error
    return recording


def _format(path: str | os.PathLike[str], what: str):  # type: ignore[no-untyped-def]
    if not isinstance(path, (str, os.PathLike)):
        raise KindError(f"Recording.{what}: path must be a string or a path, got {path!r}")
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise ParameterError(f"Recording.{what}: the file must end in .nc (netCDF-4) or .npz, got {os.fspath(path)!r}")
    return FORMATS[suffix]
