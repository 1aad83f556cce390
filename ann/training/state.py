"""All that a run of training must remember for going on in another process, bit for bit.

The numbers stand in JSON, the arrays beside it under names that begin with ``"@"``, which no layer's name does.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.callbacks import History
from ann.errors import UnreadableFileError

if TYPE_CHECKING:
    from ann.network import Network
    from ann.optimizers import Optimizer

__all__ = ["restore_training", "training_state"]

GENERATORS = ("shuffling", "noise")


def training_state(model: "Network") -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Give what a model's training must remember: what JSON holds, and arrays by name."""
    arrays: dict[str, np.ndarray] = {}
    found: dict[str, Any] = {"generators": {name: getattr(model, name).bit_generator.state for name in GENERATORS}}
    if model.optimizer is not None:
        found["iterations"] = model.optimizer.iterations
        arrays.update({f"@optimizer/{name}": array for name, array in model.optimizer.state.items()})
    if model.history is not None:
        history = model.history
        found["history"] = {"names": list(history.history), "stopped": history.stopped, "settings": history.settings}
        arrays.update({f"@history/{name}": np.array(values) for name, values in history.history.items()})
        if history.validation_rows is not None:
            arrays["@validation_rows"] = history.validation_rows
        found["callbacks"] = []
        for index, memory in enumerate(history.remembered()):
            state = {}
            for name, value in memory["state"].items():
                if isinstance(value, np.ndarray):
                    arrays[f"@callbacks/{index}/{name}"] = value
                else:
                    state[name] = value.item() if isinstance(value, np.generic) else value
            found["callbacks"].append({"kind": memory["kind"], "state": state})
    return found, arrays


def restore_training(model: "Network", stored: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Bring a model to where `training_state` was taken.

    Raises
    ------
    UnreadableFileError
        If what is stored is not that, or of another model.
    """
    try:
        for name in GENERATORS:
            getattr(model, name).bit_generator.state = _generator_state(stored["generators"][name])
        if model.optimizer is not None:
            model.optimizer.iterations = _whole(stored["iterations"], "iterations")
            model.optimizer.state = _memory(_under(arrays, "@optimizer/"), model.optimizer, model.flat_weights)
        if "history" in stored:
            model.history = _history(stored, arrays)
    except UnreadableFileError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise UnreadableFileError(f"the training stored in it is damaged ({error!r})") from error


def _history(stored: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> History:
    history = History()
    told = stored["history"]
    values = {name: _numbers(arrays[f"@history/{name}"], name).tolist() for name in told["names"]}
    if len({len(column) for column in values.values()}) > 1:
        raise UnreadableFileError("the history stored in it has columns of different lengths")
    history.history = values
    history.stopped = None if told["stopped"] is None else str(told["stopped"])
    history.settings = dict(told["settings"])
    if "@validation_rows" in arrays:
        rows = arrays["@validation_rows"]
        if rows.ndim != 1 or rows.dtype.kind != "i":
            raise UnreadableFileError(f"validation_rows: must be row numbers, got {rows.shape} of {rows.dtype}")
        history.validation_rows = rows
    for index, memory in enumerate(stored["callbacks"]):
        state = {**memory["state"], **_under(arrays, f"@callbacks/{index}/")}
        history.memories.append({"kind": str(memory["kind"]), "state": state})
    return history


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _numbers(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim != 1 or array.dtype.kind not in "fiu":
        raise UnreadableFileError(f"{name}: must be numbers one after the other, got {array.shape} of {array.dtype}")
    return array


def _memory(stored: dict[str, np.ndarray], optimizer: "Optimizer", weights: np.ndarray) -> dict[str, np.ndarray]:
    """Hold what an optimiser remembers against what it would after a step; without steps it remembers nothing."""
    if not stored:
        return {}
    shapes = {name: (array.shape, array.dtype) for name, array in stored.items()}
    wanted = optimizer.remembers(weights)
    if optimizer.searches:  # of as many of its last steps as there were
        rows = next(iter(stored.values())).shape[:1]
        wanted = {name: ((*min(rows, shape[:1]), *shape[1:]), dtype) for name, (shape, dtype) in wanted.items()}
    for name in sorted(shapes.keys() | wanted.keys()):
        if shapes.get(name) != wanted.get(name):
            got, expected = (_told(found.get(name)) for found in (shapes, wanted))
            raise UnreadableFileError(f"{name}: got {got}, expects {expected}, as {type(optimizer).__name__} has it")
    return stored


def _told(found: tuple[tuple[int, ...], np.dtype] | None) -> str:
    return "nothing" if found is None else f"{found[0]} of {found[1]}"


def _whole(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise UnreadableFileError(f"{name}: must be a whole number of at least 0, got {value!r}")
    return value


def _generator_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Check what goes into a generator, which would take some nonsense without a word."""
    own = np.random.PCG64(0).state
    numbers = state["state"]
    if state["bit_generator"] != own["bit_generator"] or set(numbers) != {"state", "inc"}:
        raise UnreadableFileError(f"generators: must be of the kind {own['bit_generator']}")
    for value, bits in (
        (numbers["state"], 128),
        (numbers["inc"], 128),
        (state["has_uint32"], 1),
        (state["uinteger"], 32),
    ):
        if type(value) is not int or not 0 <= value < 2**bits:
            raise UnreadableFileError(f"generators: {value!r} is no part of a state")
    return {**own, "state": dict(numbers), "has_uint32": state["has_uint32"], "uinteger": state["uinteger"]}
