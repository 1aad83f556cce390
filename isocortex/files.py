"""Files: written beside and renamed, read with a limit, never executed.

A reader of a half-written file would see nonsense, so every file appears whole or not at all; and nothing that
is read is unpickled or evaluated.
"""

import json
import math
import os
import struct
import tempfile
import textwrap
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from isocortex.errors import (
    InvalidTypeError,
    InvalidValueError,
    MissingFileError,
    UnreadableFileError,
    UnwritableFileError,
)

__all__ = [
    "as_path",
    "atomic_path",
    "existing",
    "read_arrays",
    "read_json",
    "size_of",
    "write_arrays",
    "write_json",
    "write_text",
]

DEFAULT_LIMIT = 4 * 2**30  # bytes an archive may unpack to before it is taken for a zip bomb

# These unpack no more at once than they are asked for. zipfile's readers of the others (bzip2, LZMA) make of each piece
# of a file whatever it unpacks to, which may be ten thousand times as much.
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# What reading a damaged archive raises. MemoryError: a header may claim any shape. TokenError and SyntaxError: it may
# end too soon, or be no Python. NotImplementedError, a RuntimeError: it names another compression or a password.
DAMAGED = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    MemoryError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` if the block succeeds, else delete it.

    Parameters
    ----------
    path : path-like
        Where the finished file shall be. Its folder is made if it is missing.

    Yields
    ------
    pathlib.Path
        The temporary file, in the same folder and with the same suffix.

    Raises
    ------
    InvalidTypeError, InvalidValueError, UnwritableFileError
        If `path` is none, or the folder cannot be made or written, or the disk is full.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "note.txt") as temporary:
    ...     _ = temporary.write_text("whole or not at all")
    >>> [file.name for file in folder.iterdir()]
    ['note.txt']
    """
    target = as_path(path)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, (MissingFileError, UnwritableFileError)):
            raise
        raise UnwritableFileError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` (UTF-8) to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as JSON; NumPy numbers become numbers and NaN becomes null."""
    write_text(path, json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str], limit: int = 256 * 2**20) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : path-like
        The file.
    limit : int
        The size in bytes above which the file is refused.

    Raises
    ------
    MissingFileError, UnreadableFileError
        If there is no such file, or it is not JSON, or larger than `limit`.
    """
    file = existing(path)
    if file.stat().st_size > limit:
        raise UnreadableFileError(f"{file}: {file.stat().st_size} bytes, more than the {limit} expected here")
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, or 10,000 digits
        raise UnreadableFileError(f"{file}: not readable as JSON ({error})") from error


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as ``.npz``, whole or not at all; object arrays are refused."""
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise UnreadableFileError(f"{path}: array {name!r} holds Python objects, which are not stored")
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})


def read_arrays(path: str | os.PathLike[str], limit: int = DEFAULT_LIMIT) -> dict[str, np.ndarray]:
    """Read an ``.npz`` file into ``{name: array}``, without ever unpickling.

    Parameters
    ----------
    path : path-like
        The file.
    limit : int
        The unpacked size in bytes above which the file is refused.

    Returns
    -------
    dict of str to numpy.ndarray

    Raises
    ------
    MissingFileError, UnreadableFileError
        If there is no such file, or it is not such an archive, or damaged, or holds Python objects, or
        unpacks to more than `limit`.
    """
    file = existing(path)
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(file) as archive:
            warnings.simplefilter("ignore")  # of old headers, and of nonsense in them
            size = sum(member.file_size for member in archive.infolist())
            if size > limit:
                raise UnreadableFileError(f"{file}: unpacks to {size} bytes, more than the {limit} allowed")
            for member in archive.infolist():
                _require_content(archive, member, file)
            with np.load(file, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
    except UnreadableFileError:
        raise
    except DAMAGED as error:
        reason = textwrap.shorten(str(error), 300, placeholder=" ...")  # NumPy's may hold half of the file
        raise UnreadableFileError(f"{file}: not readable as an .npz archive ({reason})") from error


def _require_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: Path) -> None:
    """Check that a member is an array as large as its header says, since NumPy makes room for what the header says."""
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    name = member.filename
    if not name.endswith(".npy"):
        raise UnreadableFileError(f"{file}: not an .npz archive, its member {name!r} is no array")
    if member.compress_type not in COMPRESSIONS:
        raise UnreadableFileError(f"{file}: {name} is compressed as no .npz archive is (method {member.compress_type})")
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in readers:
            raise UnreadableFileError(f"{file}: {name} is in version {version} of the format, which is not read here")
        shape, _, dtype = readers[version](stream)
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > member.file_size:
        raise UnreadableFileError(f"{file}: {name} claims the shape {shape}, which the archive does not hold")


def existing(path: str | os.PathLike[str]) -> Path:
    """Give the path of a file that is there.

    Raises
    ------
    InvalidTypeError, MissingFileError
        If it is no path, or there is no such file.
    """
    file = as_path(path)
    if not os.path.isfile(file):  # which a name that is too long is not, where Path.is_file raises an error of its own
        raise MissingFileError(f"{file}: is a folder, not a file" if os.path.isdir(file) else f"{file}: no such file")
    return file


def size_of(path: str | os.PathLike[str]) -> int:
    """Give the bytes that a file has on disk.

    Raises
    ------
    InvalidTypeError, MissingFileError
        If it is no path, or there is no such file.
    """
    return existing(path).stat().st_size


def as_path(path: str | os.PathLike[str], what: str = "path") -> Path:
    """Give a path that a file system can have.

    Parameters
    ----------
    path : path-like
        Any; whether something is there is not looked at.
    what : str
        How an error message calls it.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no path, or has characters that no path has.

    Examples
    --------
    >>> as_path("results/model.npz").name
    'model.npz'
    """
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidTypeError(f"{what}: must be a string or a path, got {path!r}")
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise InvalidValueError(f"{what}: no file can have the name {os.fspath(path)!r}")
    return Path(os.fsdecode(encoded))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value
