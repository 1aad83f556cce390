"""The classes that a stored brain may be made of: every public dataclass of brainsim, by its name."""

from collections.abc import Iterable
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any

from brainsim.errors import KindError

__all__ = ["known_classes", "with_own"]

# Shown by brainsim, but no part of a brain.
APART = ("brainsim.recording", "brainsim.simulation", "brainsim.analysis", "brainsim.engine")


@cache
def known_classes() -> MappingProxyType[str, type[Any]]:
    """Give name -> class of every part that brainsim and its public modules list in ``__all__``.

    Examples
    --------
    >>> sorted(set(known_classes()) & {"LIF", "FixedProbability", "Retina", "Recording"})
    ['FixedProbability', 'LIF', 'Retina']
    """
    root = import_module("brainsim")
    found: dict[str, type[Any]] = {}
    for space in (root, *(getattr(root, name) for name in root.__all__)):
        if not isinstance(space, ModuleType):
            continue
        for name in getattr(space, "__all__", ()):
            value = getattr(space, name)
            ours = isinstance(value, type) and is_dataclass(value) and value.__module__.startswith("brainsim.")
            if ours and not value.__module__.startswith(APART):
                found.setdefault(value.__name__, value)
    return MappingProxyType(found)


def with_own(classes: Iterable[type[Any]]) -> dict[str, type[Any]]:
    """Give name -> class of somebody's own classes.

    Raises
    ------
    KindError
        If one of them is no dataclass.
    """
    own: dict[str, type[Any]] = {}
    for one in classes:
        if not (isinstance(one, type) and is_dataclass(one)):
            raise KindError(f"classes: must hold dataclasses, got {one!r}")
        own[one.__name__] = one
    return own
