"""A private folder for what may be kept between runs, such as compiled code."""

import os
import stat
import sys
from pathlib import Path

from isocortex.errors import UnwritableFileError

__all__ = ["cache_folder"]


def cache_folder(name: str) -> Path:
    """Give the folder `name` of the user's cache, readable and writable by this user alone.

    Code that is loaded from a cache is code that is run, so a folder that belongs to somebody else, or that
    others may write to, is refused.

    Parameters
    ----------
    name : str
        What is kept there, for instance ``"engine"``.

    Returns
    -------
    pathlib.Path
        ``$ISOCORTEX_CACHE/name``, else ``$XDG_CACHE_HOME/isocortex/name``, else the platform's usual place.

    Raises
    ------
    UnwritableFileError
        If the folder cannot be made, or is not this user's own.
    """
    folder = _root() / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            if folder.stat().st_uid != os.getuid():
                raise UnwritableFileError(
                    f"{folder}: belongs to another user, so code in it is not trusted; set ISOCORTEX_CACHE"
                )
            folder.chmod(stat.S_IRWXU)
    except UnwritableFileError:
        raise
    except OSError as error:
        raise UnwritableFileError(
            f"{folder}: cannot be made ({error.strerror}); set ISOCORTEX_CACHE to a folder of yours"
        ) from error
    return folder


def _root() -> Path:
    if chosen := os.environ.get("ISOCORTEX_CACHE"):
        return Path(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "isocortex"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "isocortex"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "isocortex"
    return Path.home() / ".cache" / "isocortex"
