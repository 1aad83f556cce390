"""Names for things: ``"relu"`` or ``{"kind": "L2", "l2": 0.01}`` becomes an object, and an object becomes that again.

Layers, activations, losses, optimisers, initialisers and regularisers are all written in files and calls in these
two ways, so the translation stands here once.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from isocortex.errors import nearest

__all__ = ["Configurable", "resolve"]


class Configurable:
    """An object that its constructor's arguments describe whole; each is kept as an attribute of the same name."""

    def config(self) -> dict[str, Any]:
        """Give what rebuilds this object, in words and numbers that JSON knows."""
        return {"kind": type(self).__name__, **{name: _plain(getattr(self, name)) for name in _arguments(type(self))}}

    def copy(self) -> Self:
        """Give a new object from the same arguments; weights and other state stay behind."""
        return type(self)(**{name: getattr(self, name) for name in _arguments(type(self))})

    def __repr__(self) -> str:
        arguments = [f"{name}={value!r}" for name, value in self.config().items() if name != "kind"]
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.config() == other.config()

    def __hash__(self) -> int:
        return id(self)


def resolve(value: Any, base: type, choices: Mapping[str, Callable[..., Any]], what: str) -> Any:
    """Turn a name, a configuration or an object into an object.

    Parameters
    ----------
    value : object, str or mapping
        An instance of `base`, a name of `choices`, or what `Configurable.config` gave.
    base : type
        The class that the result is an instance of.
    choices : mapping of str to callable
        Names and class names with what makes the object.
    what : str
        How an error message calls it, for instance ``"Dense.activation"``.

    Raises
    ------
    InvalidValueError
        If the name is unknown or the arguments do not fit.
    InvalidTypeError
        If `value` is none of the three.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, str):
        kind, arguments = value, {}
    elif isinstance(value, Mapping) and isinstance(value.get("kind"), str):
        kind, arguments = value["kind"], {key: item for key, item in value.items() if key != "kind"}
    else:
        made = isinstance(value, type) and issubclass(value, base)
        got = f"the class {value.__name__}; write {value.__name__}(...)" if made else repr(value)
        raise InvalidTypeError(f"{what}: must be a name or an object of class {base.__name__}, got {got}")
    if kind not in choices:
        raise InvalidValueError(f"{what}: unknown name {kind!r}; {nearest(kind, choices)}")
    try:
        return choices[kind](**arguments)
    except TypeError as error:
        raise InvalidValueError(f"{what}: {kind} does not take these arguments ({error})") from error


def _arguments(kind: type) -> list[str]:
    """Name the constructor's arguments, those of the class above in place of ``**arguments`` handed on to it."""
    parameters = inspect.signature(kind).parameters.values()
    names = [one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD]
    if len(names) < len(parameters):
        above = next(one for one in kind.__mro__[1:] if "__init__" in vars(one))
        names += [name for name in _arguments(above) if name not in names]
    return names


def _plain(value: Any) -> Any:
    if isinstance(value, Configurable):
        return value.config()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
