"""Generated source: filled into a template, kept in the user's private cache under its hash, and imported from there.

Numba keeps beside the source what it compiled, so a second process neither writes nor compiles anything.
"""

import hashlib
import importlib.machinery
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType

from brainsim.engine import exponential, functions, operation
from isocortex.cache import cache_folder
from isocortex.files import write_text

__all__ = ["fill", "load"]


def fill(
    template: str,
    pieces: dict[str, list[str]],
    words: dict[str, str] | None = None,
    sections: dict[str, bool] | None = None,
) -> str:
    """Fill a template.

    Parameters
    ----------
    template : str
        A line ``# <NAME>`` is replaced by generated lines, ``<NAME>`` within a line by an expression, and a line that
        ends in ``# if NAME`` stands only where that holds.
    pieces : dict of str to list of str
        Lines by name.
    words : dict of str to str, optional
        Expressions by name.
    sections : dict of str to bool, optional
        What holds.

    Examples
    --------
    >>> fill("x = <WHAT>  # if TWO", {}, {"WHAT": "1"}, {"TWO": True})
    'x = 1'
    """
    lines = []
    for line in template.splitlines():
        text, _, condition = line.partition("  # if ")
        if condition and not (sections or {})[condition]:
            continue
        bare = text.strip()
        if bare.startswith("# <") and bare[3:-1] in pieces:
            indent = text[: len(text) - len(text.lstrip())]
            lines += [indent + piece for piece in pieces[bare[3:-1]]]
            continue
        for name, word in (words or {}).items():
            text = text.replace(f"<{name}>", word)
        lines.append(text)
    return "\n".join(lines)


def load(source: str, kind: str) -> ModuleType:
    """Import generated source from the private cache, written there if it is not the same already.

    Parameters
    ----------
    source : str
        The module; only what has passed the whitelist of `brainsim.engine.language` may stand in it.
    kind : str
        First part of the module's name, such as ``"group"``.
    """
    # What the source imports is part of what it is: it is compiled anew when that changes.
    source = f"{source}\n\n# built with {_digest()}\n"
    with _LOADING:
        return _loaded(source, kind, f"{kind}_{hashlib.sha256(source.encode()).hexdigest()[:32]}")


_LOADING = Lock()  # a module stands in sys.modules before it is compiled


def _loaded(source: str, kind: str, name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    path = cache_folder("engine") / f"{kind}s" / f"{name}.py"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != source:
        write_text(path, source)
    try:
        return _import(name, path)
    except Exception:  # what Numba kept is damaged: compiled anew
        for compiled in (path.parent / "__pycache__").glob(f"{name}*"):
            compiled.unlink(missing_ok=True)
        return _import(name, path)


def _import(name: str, path: Path) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(name, loader, origin=str(path)))
    module.__file__ = str(path)
    sys.modules[name] = module  # Numba looks for it there when it loads what it compiled
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@lru_cache(maxsize=1)
def _digest() -> str:
    """Hash what generated source imports."""
    files = (Path(str(module.__file__)).read_bytes() for module in (exponential, functions, operation))
    return hashlib.sha256(b"".join(files)).hexdigest()
