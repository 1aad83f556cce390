"""What brainsim, ann and compare share: errors, files, seeds, threads, progress, figure style.

It imports none of the three, so each of them can be used alone.
"""

import typing

if typing.TYPE_CHECKING:
    from isocortex._version import __version__

__all__ = ["__version__"]


def __getattr__(name: str) -> object:
    """Look the version up when it is first asked for: reading what is installed takes longer than all else here."""
    if name == "__version__":
        from isocortex._version import __version__

        return __version__
    raise AttributeError(f"module 'isocortex' has no attribute {name!r}")
