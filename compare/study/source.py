"""Telling the user's own images apart from what they were before."""

import hashlib
import json
from pathlib import Path

__all__ = ["fingerprint"]


def fingerprint(images: str) -> str:
    """Give a hash of names, sizes and times of change of the files that a study's images are read from.

    Parameters
    ----------
    images : str
        The name of a set that ships, or a path.

    Returns
    -------
    str
        Another one whenever a file was added, removed or written.

    Examples
    --------
    >>> fingerprint("digits")
    'digits'
    """
    place = Path(images)
    if images == "digits" or not place.exists():
        return images
    files = sorted(place.glob("*/*")) if place.is_dir() else [place]
    state = [(file.name, file.parent.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.blake2b(json.dumps(state).encode(), digest_size=16).hexdigest()
