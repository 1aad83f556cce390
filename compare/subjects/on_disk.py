"""Activity kept on disk as memory maps, for what is larger than memory: no more than one chunk is held at a time."""

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from compare.errors import DataFileError, FolderError, MemoryLimitError, MissingFileError, UnwritableFileError
from compare.room import require_memory
from compare.subjects.collected import chunks, planned
from compare.subjects.source import Source
from isocortex.files import as_path, read_json, write_json

__all__ = ["folder_source", "on_disk"]

INDEX = "activity.json"
FORMAT = "isocortex activity 1"
TIMES = 3  # what computing a chunk may take, as a multiple of the chunk's activity


def on_disk(source: Source, out: str | os.PathLike[str], chunk: int | None, progress: Any) -> dict[str, np.ndarray]:
    """Compute activity a chunk of stimuli at a time, keep it in a folder, and give read-only memory maps of it.

    The folder is written beside and renamed, so it is there whole or not at all.

    Parameters
    ----------
    source : Source
        What gives the activity.
    out : path-like
        The folder: new, empty, or one that holds nothing but activity kept before, which is replaced.
    chunk : int, optional
        How many stimuli at a time. Peak memory is some one and a half chunks of activity.
    progress : bool or callable, optional
        Shows how many stimuli are done.

    Raises
    ------
    FolderError, UnwritableFileError
        If the folder holds something else, or cannot be written.
    MemoryLimitError
        If a chunk will not fit into memory, or the whole on the disk; asked before it is taken.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If the activity cannot be compared.
    """
    folder = as_path(out, "out").absolute()
    _require_ours(folder)
    size, one = planned(source, chunk)
    require_memory(TIMES * one * size, f"a chunk of {size} stimuli", "take a smaller chunk=")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(source, beside, size, progress)
            _put_in_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        if isinstance(error, UnwritableFileError) or error.filename is None:
            raise
        raise UnwritableFileError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return folder_source(folder, None).read(0, source.stimuli)


def _write(source: Source, beside: Path, size: int, progress: Any) -> None:
    files: dict[str, str] = {}
    with ExitStack() as stack:
        streams: dict[str, BinaryIO] = {}
        for start, stop, part in chunks(source, size, progress):
            if not start:
                _require_room(beside, sum(rows.nbytes for rows in part.values()) * source.stimuli // stop)
                for number, (name, rows) in enumerate(part.items()):
                    files[name] = f"{number:03d}_{_plain(name)}.npy"
                    streams[name] = stack.enter_context((beside / files[name]).open("wb"))
                    _write_header(streams[name], (source.stimuli, *rows.shape[1:]), rows.dtype)
            for name in list(part):  # given up as they are written, so that the next chunk finds their room
                np.ascontiguousarray(part.pop(name)).tofile(streams[name])
        for stream in streams.values():
            stream.flush()
            os.fsync(stream.fileno())
    write_json(beside / INDEX, {"format": FORMAT, "layers": source.layers, "files": files})


def _require_room(beside: Path, needed: int) -> None:
    from brainsim.memory import readable

    free = shutil.disk_usage(beside).free
    if needed > free:
        raise MemoryLimitError(
            f"{beside.parent}: the activity takes {readable(needed)} of disk, {readable(free)} are free; choose layers="
        )


def _write_header(stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)


def _plain(name: str) -> str:
    """Give a name that any file system takes.

    Examples
    --------
    >>> _plain("../layer 1/conv")
    'layer_1_conv'
    """
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:60]


def _require_ours(folder: Path) -> None:
    """Refuse a folder that holds anything but what was kept here before."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderError(f"out: {folder} is a file; give a folder")
    there = {entry.name for entry in folder.iterdir()}
    if not there:
        return
    ours = {INDEX, *_index(folder)["files"].values()} if INDEX in there else set()
    if not there <= ours:
        raise FolderError(
            f"out: {folder} holds {sorted(there - ours)[0]!r}, which was not written here; give a new folder"
        )


def _put_in_place(beside: Path, folder: Path) -> None:
    beside.chmod(0o755)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            folder.replace(old)  # onto an empty folder; whoever has the old maps open keeps them
            beside.replace(folder)
        finally:
            shutil.rmtree(old, ignore_errors=True)
    else:
        beside.replace(folder)


def _index(folder: Path) -> dict[str, Any]:
    """Read which file holds which layer, and refuse files that are not in the folder."""
    try:
        index = read_json(folder / INDEX)
        files = index["files"]
        sound = index["format"] == FORMAT and isinstance(index["layers"], bool) and isinstance(files, dict) and files
        if not sound or not all(
            isinstance(file, str) and re.fullmatch(r"\d+_\w*\.npy", file) for file in files.values()
        ):
            raise ValueError("it does not say which file holds which layer")
    except (KeyError, TypeError, ValueError) as error:
        raise DataFileError(f"{folder}: holds no activity that was kept here ({error})") from error
    return index


def folder_source(folder: Path, names: tuple[str, ...] | None) -> Source:
    """Open what `on_disk` kept, as read-only memory maps.

    Raises
    ------
    MissingFileError
        If there is no such activity.
    DataFileError
        If the folder holds something else, or a file of it is damaged.
    """
    if not (folder / INDEX).is_file():
        raise MissingFileError(
            f"{folder}: holds no activity that activity(..., out=) kept; pictures are read into an array first, which "
            "is given as stimuli"
        )
    index = _index(folder)
    maps = {name: _opened(folder / file) for name, file in index["files"].items()}
    stimuli = {len(array) for array in maps.values()}
    if len(stimuli) != 1:
        raise DataFileError(f"{folder}: its files hold different numbers of stimuli; keep the activity anew")
    return Source(
        "activity",
        stimuli.pop(),
        lambda start, stop: {name: array[start:stop] for name, array in maps.items()},
        layers=index["layers"],
        names=names,
        kept=True,
        checked=True,
    )


def _opened(file: Path) -> np.memmap:
    try:
        array = np.lib.format.open_memmap(file, mode="r")
    except (OSError, ValueError, EOFError, TypeError, SyntaxError) as error:
        raise DataFileError(f"{file}: not readable as an array ({error})") from error
    if array.ndim not in (2, 3):
        raise DataFileError(f"{file}: holds shape {array.shape}, not (stimulus[, trial], unit)")
    return array
