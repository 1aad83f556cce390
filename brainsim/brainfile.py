"""A brain as JSON and named arrays, and as one file; nothing is pickled, nothing that is read is executed.

A part is stored as the name of its class and the fields that it was made from, and is made anew when it is read. So
every check that a brain passes when it is written down in Python is passed again, the whitelist of equation text among
them, and a file can name no class but a public one of brainsim (or one that the reader hands over).
"""

import json
import math
import os
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np

from brainsim.brain import Brain
from brainsim.errors import BrainFileError, KindError
from brainsim.registry import known_classes, with_own
from isocortex._version import __version__
from isocortex.errors import IsocortexError, UnreadableFileError
from isocortex.files import read_arrays, size_of, write_arrays

__all__ = ["pack", "read_brain", "unpack", "write_brain"]

FORMAT = "isocortex brain"
VERSION = 1
DEEPEST = 40  # parts within parts; brains have about ten
LONGEST = 2**28  # bytes of JSON
FAULTS = (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError, RecursionError, MemoryError)

Arrays = dict[str, np.ndarray]


def pack(brain: Brain) -> tuple[dict[str, Any], Arrays]:
    """Describe a brain by what JSON can hold, and arrays.

    Parameters
    ----------
    brain : Brain
        Any.

    Returns
    -------
    described : dict
        Only dicts with string keys, lists, strings, finite numbers, booleans and None.
    arrays : dict of str to numpy.ndarray
        Named ``"array/0"`` and so on; an array that several parts share stands there once.

    Raises
    ------
    KindError
        If it holds an object that is neither brainsim's nor a dataclass.

    Examples
    --------
    >>> from brainsim import atlas
    >>> described, arrays = pack(atlas.coba())
    >>> unpack(described, arrays).name
    'COBA'
    """
    packer = _Packer()
    body = packer.encode(brain, "Brain")
    return {"format": FORMAT, "version": VERSION, "isocortex": __version__, "brain": body}, packer.arrays


def unpack(described: Any, arrays: Mapping[str, np.ndarray], classes: Iterable[type[Any]] = ()) -> Brain:
    """Give back the brain that :func:`pack` described.

    Parameters
    ----------
    described, arrays
        As :func:`pack` gave them; arrays that it does not name are left alone.
    classes : iterable of type
        Your own dataclasses among the brain's parts, such as an encoder.

    Raises
    ------
    BrainFileError
        If it describes no brain, or one of a newer version; says where.
    KindError
        If one of `classes` is no dataclass.
    """
    own = with_own(classes)
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise BrainFileError(f"holds no brain (its format must be {FORMAT!r})")
    version = described.get("version")
    if version != VERSION:
        newer = f"; it was written by isocortex {described.get('isocortex')!r}, update yours ({__version__})"
        raise BrainFileError(f"is of version {version!r}, this isocortex reads {VERSION}{newer}")
    brain = _Unpacker(arrays, own).decode(described.get("brain"), "Brain", 0)
    if not isinstance(brain, Brain):
        raise BrainFileError(f"holds a {type(brain).__name__}, not a Brain")
    return brain


def write_brain(path: str | os.PathLike[str], brain: Brain) -> None:
    """Write a brain; see :meth:`brainsim.Brain.save`."""
    described, arrays = pack(brain)
    text = json.dumps(described, allow_nan=False).encode()
    write_arrays(path, {"brain": np.frombuffer(text, dtype=np.uint8), **arrays})


def read_brain(path: str | os.PathLike[str], classes: Iterable[type[Any]] = ()) -> Brain:
    """Read a brain; see :meth:`brainsim.Brain.load`."""
    own = tuple(with_own(classes).values())
    try:
        # Arrays lie in the file as they are, so a file that unpacks to more than its own size is not ours.
        arrays = read_arrays(path, limit=size_of(path))
        text = arrays.pop("brain", None)
        if text is None or text.dtype != np.uint8 or text.ndim != 1 or text.size > LONGEST:
            raise BrainFileError("holds no brain")
        if foreign := [name for name in arrays if not name.startswith("array/") or not name[6:].isdigit()]:
            raise BrainFileError(f"holds {foreign[0]!r}, which no brain file does")
        return unpack(json.loads(text.tobytes()), arrays, own)
    except BrainFileError as error:
        raise BrainFileError(f"{path}: {error}") from error
    except UnreadableFileError as error:
        raise BrainFileError(str(error)) from error
    except (ValueError, RecursionError) as error:  # JSON that is none, or nested without end
        raise BrainFileError(f"{path}: is no brain, or damaged ({error})") from error


class _Packer:
    """Turns parts into JSON, keeping arrays aside."""

    def __init__(self) -> None:
        self.arrays: Arrays = {}
        self._names: dict[int, tuple[str, Any]] = {}  # the object is kept, so that its id stays its own

    def encode(self, value: Any, where: str) -> Any:
        """Give what JSON can hold."""
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, (np.bool_, np.integer, np.floating)):
            value = value.item()
        if isinstance(value, (int, float)):
            return value if isinstance(value, int) or math.isfinite(value) else {"float": repr(value)}
        if hasattr(value, "dim"):
            bare = np.asarray(value)
            dimensions = [float(power) for power in value.dim._dims]
            return {"quantity": self.encode(bare if bare.ndim else bare.item(), where), "dimensions": dimensions}
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        if isinstance(value, (list, tuple)):
            items = [self.encode(item, f"{where}[{number}]") for number, item in enumerate(value)]
            return items if isinstance(value, list) else {"tuple": items}
        if isinstance(value, Mapping):
            return {"map": [[self.encode(part, f"{where}[{key!r}]") for part in (key, value[key])] for key in value]}
        if is_dataclass(value) and not isinstance(value, type):
            return self._part(value, where)
        return self._sparse(value, where)

    def _array(self, array: np.ndarray, where: str) -> dict[str, str]:
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise KindError(f"{where}: an array of {array.dtype} cannot be stored; numbers can")
        if id(array) not in self._names:
            name = f"array/{len(self.arrays)}"
            self._names[id(array)] = (name, array)
            self.arrays[name] = np.asarray(array)
        return {"array": self._names[id(array)][0]}

    def _part(self, part: Any, where: str) -> dict[str, Any]:
        kind = type(part)
        tag = "class" if known_classes().get(kind.__name__) is kind else "own"
        body = {
            one.name: self.encode(getattr(part, one.name), f"{kind.__name__}.{one.name}")
            for one in fields(part)
            if one.init
        }
        return {tag: kind.__name__, "fields": body}

    def _sparse(self, value: Any, where: str) -> dict[str, Any]:
        from scipy.sparse import csr_array

        if not isinstance(value, csr_array):
            raise KindError(
                f"{where}: a {type(value).__name__} cannot be stored, for brainsim does not know how to make it anew; "
                "write the class as a dataclass (@dataclasses.dataclass) of numbers, text and arrays, and hand it over "
                "when you load: Brain.load(path, classes=[...])"
            )
        parts = [self._array(part, where) for part in (value.data, value.indices, value.indptr)]
        return {"sparse": parts, "shape": [int(length) for length in value.shape]}


class _Unpacker:
    """Makes parts anew from JSON that nobody has checked."""

    def __init__(self, arrays: Mapping[str, np.ndarray], own: Mapping[str, type[Any]]) -> None:
        self.arrays = arrays
        self.own = own

    def decode(self, value: Any, where: str, depth: int) -> Any:
        """Give back what was encoded.

        Raises
        ------
        BrainFileError
            If nothing encodes to this.
        """
        if depth > DEEPEST:
            raise BrainFileError(f"{where}: is nested more than {DEEPEST} deep")
        if value is None or isinstance(value, (bool, str, int, float)):
            return value
        if isinstance(value, list):
            return [self.decode(item, f"{where}[{number}]", depth + 1) for number, item in enumerate(value)]
        readers = {
            frozenset({"float"}): self._float,
            frozenset({"quantity", "dimensions"}): self._quantity,
            frozenset({"array"}): self._array,
            frozenset({"sparse", "shape"}): self._sparse,
            frozenset({"tuple"}): self._tuple,
            frozenset({"map"}): self._map,
            frozenset({"class", "fields"}): self._part,
            frozenset({"own", "fields"}): self._part,
        }
        reader = readers.get(frozenset(value)) if isinstance(value, dict) else None
        if reader is None:
            raise BrainFileError(f"{where}: means nothing to this version: {reprlib.repr(value)}")
        try:
            return reader(value, where, depth + 1)
        except BrainFileError:
            raise
        except IsocortexError as error:  # the part's own check: it names the part and the value
            raise BrainFileError(f"{where}: {error}") from error
        except FAULTS as error:
            raise BrainFileError(f"{where}: cannot be made of what the file holds ({error!r})") from error

    def _float(self, value: Any, where: str, depth: int) -> float:
        if value["float"] not in ("inf", "-inf", "nan"):
            raise BrainFileError(f"{where}: {value['float']!r} is no number")
        return float(value["float"])

    def _quantity(self, value: Any, where: str, depth: int) -> Any:
        from brian2 import Quantity
        from brian2.units.fundamentalunits import get_or_create_dimension

        powers = value["dimensions"]
        if not isinstance(powers, list) or len(powers) != 7 or not all(isinstance(one, float) for one in powers):
            raise BrainFileError(f"{where}: {powers!r} are no dimensions")
        return Quantity(self.decode(value["quantity"], where, depth), dim=get_or_create_dimension(powers))

    def _array(self, value: Any, where: str, depth: int) -> np.ndarray:
        array = self.arrays[value["array"]]
        if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise BrainFileError(f"{where}: an array of {array.dtype} is no part of a brain")
        return array

    def _sparse(self, value: Any, where: str, depth: int) -> Any:
        from scipy.sparse import csr_array

        rows, columns = value["shape"]
        data, indices, indptr = (self.decode(part, where, depth) for part in value["sparse"])
        matrix = csr_array((data, indices, indptr), shape=(rows, columns))
        matrix.check_format(full_check=True)
        return matrix

    def _tuple(self, value: Any, where: str, depth: int) -> tuple[Any, ...]:
        if not isinstance(value["tuple"], list):
            raise BrainFileError(f"{where}: a tuple must be stored as a list")
        return tuple(self.decode(value["tuple"], where, depth))

    def _map(self, value: Any, where: str, depth: int) -> dict[Any, Any]:
        return {
            self.decode(key, where, depth): self.decode(item, f"{where}[{key!r}]", depth) for key, item in value["map"]
        }

    def _part(self, value: Any, where: str, depth: int) -> Any:
        tag = "class" if "class" in value else "own"
        name, body = value[tag], value["fields"]
        kind = (known_classes() if tag == "class" else self.own).get(name)
        if kind is None:
            why = "no part of a brain" if tag == "class" else f"none of brainsim's parts; load with classes=[{name}]"
            raise BrainFileError(f"{where}: is a {name!r}, {why}")
        accepted = {one.name: one for one in fields(kind) if one.init}
        if unknown := set(body) - set(accepted):
            raise BrainFileError(f"{name}.{unknown.pop()}: brainsim's {name} has no such field")
        for one in accepted.values():
            if one.name not in body and one.default is MISSING and one.default_factory is MISSING:
                raise BrainFileError(f"{name}.{one.name}: is missing")
        return kind(**{key: self.decode(item, f"{name}.{key}", depth) for key, item in body.items()})
