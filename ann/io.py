"""Networks in files: an ``.npz`` archive with the weights as arrays and the architecture as JSON text.

Nothing in such a file is executed: pickled objects are refused, and only the layers of ann are built.
"""

import json
import os
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import layers, metrics
from ann.errors import InvalidTypeError, InvalidValueError, IsocortexError, UnreadableFileError, WeightsError
from ann.layers.layer import Layer, Shape, checked_shape
from ann.registry import resolve
from ann.structure import check_weights, mismatches, named_arrays, shapes_of, weight_shapes
from ann.symbols import Input, Step, Symbol, chain
from ann.training.state import restore_training, training_state
from isocortex.files import read_arrays, size_of, write_arrays

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["load", "load_weights", "save", "save_weights"]

FORMAT = 1
MOST_TEXT = 8 * 2**20
"""Bytes of a description. JSON of a few bytes may take a hundred in memory; a layer's description has 700."""

NONSENSE = (
    IsocortexError,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    MemoryError,
    RecursionError,
)
"""What a description that makes no sense raises. MemoryError: it may ask for any shape; RecursionError: it may nest
layers in layers."""

LAYERS = {name: getattr(layers, name) for name in layers.__all__ if name != "Layer"}


def save(model: "Network", path: str | os.PathLike[str], training: bool = False) -> None:
    """Write a model's architecture, weights, loss and optimiser settings to `path`, whole or not at all.

    Parameters
    ----------
    model : Sequential or Model
        Built; compiled or not.
    path : path-like
        Usually ending in ``.npz``.
    training : bool
        Whether to write what training remembers, too: the optimiser's memory and steps, the generators of shuffling
        and dropout, the history, and what callbacks remember. Training that goes on from there has the bits that it
        would have had.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    InvalidValueError, InvalidTypeError
        If a weight is not finite, or a callback remembers what no file holds; nothing is written then.
    UnwritableFileError
        If the path cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib, ann
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.npz"
    >>> model = ann.Sequential([ann.layers.Dense(2, input_shape=(3,))])
    >>> save(model, path)
    >>> bool((load(path).predict(np.eye(3)) == model.predict(np.eye(3))).all())
    True
    """
    weights = model.get_weights()
    order = {name: index for index, name in enumerate(dict.fromkeys(model.names))}
    unique = dict(zip(model.names, model.layers, strict=True))
    description: dict[str, Any] = {
        "format": FORMAT,
        "name": model.name,
        "seed": model.seed,
        "dtype": str(model.dtype),
        "input_shape": list(model.input_shape),
        "layers": [{**layer.config(), "name": name} for name, layer in unique.items()],
        "gates": {name: list(layer.gates) for name, layer in unique.items() if layer.gates},
        "order": [order[name] for name in model.names],
        "kind": type(model).__name__,
        "sources": [list(sources) for _, sources in model.steps],
    }
    if model.optimizer is not None and model.objective is not None:
        plain, weighted = metrics.chosen(model.metrics)
        description["compiled"] = {
            "optimizer": model.optimizer.config(),
            "loss": model.objective.config(),
            "metrics": [metric.config() for metric in plain],
            "weighted_metrics": [metric.config() for metric in weighted],
            "learning": model.learning.config(),
        }
    arrays = _flat(weights)
    if training:
        description["training"], more = training_state(model)
        arrays.update(more)
    write_arrays(path, {"description": _text(description), **arrays})


def load(path: str | os.PathLike[str]) -> "Network":
    """Read a model that `save` wrote, with what its training remembers where that was written.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is damaged, holds pickled objects, unpacks to too much, or is no model of ann.
    WeightsError
        If its weights do not match its architecture; the message lists every mismatch.
    """
    description, weights, remembered = _read(path)
    if description is None:
        raise UnreadableFileError(f"{path}: holds no description of a network; was it written by ann.io.save?")
    try:
        steps = _steps(description)
        input_shape = checked_shape(description["input_shape"], "description")
        # What a file describes may be far larger than what it holds, so that is known before anything is drawn.
        check_weights(weight_shapes(steps, steps[0][0].input_shape or input_shape), weights, str(path))
        with np.errstate(all="ignore"):  # initial weights of absurd initialisers; those of the file take their place
            model = _network(description, steps, input_shape)
        if "compiled" in description:
            model.compile(**description["compiled"])
        model.set_weights(weights)
        if "training" in description:
            restore_training(model, description["training"], remembered)
    except WeightsError:
        raise
    except NONSENSE as error:
        reason = textwrap.shorten(f"{error}", 500, placeholder=" ...") or type(error).__name__
        raise UnreadableFileError(f"{path}: describes no network of ann ({reason})") from error
    return model


def save_weights(model: "Network", path: str | os.PathLike[str]) -> None:
    """Write a model's parameters and statistics alone to `path`, for `load_weights` of a model of the same layers.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    InvalidValueError
        If a weight is not finite; nothing is written then.
    UnwritableFileError
        If the path cannot be written.
    """
    write_arrays(path, _flat(model.get_weights()))


def load_weights(model: "Network", path: str | os.PathLike[str], strict: bool = True) -> list[str]:
    """Take parameters and statistics from a file that `save` or `save_weights` wrote, by the names of their layers.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Whether all must match. Otherwise what has the same name and shape is taken, and the rest left as it is.

    Returns
    -------
    list of str
        What was not taken and why, one line each; nothing where all was.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    MissingFileError, UnreadableFileError
        If there is no such file, or it is damaged, holds pickled objects or unpacks to too much.
    WeightsError
        If something does not match, or, not `strict`, nothing does; the message lists every mismatch, and no weight is
        changed.
    """
    _, weights, _ = _read(path)
    model.input_shape  # noqa: B018 a model without one says so
    own = named_arrays(model.layout)
    wrong = mismatches(shapes_of(own), weights, model.dtype)
    fitting = [(name, part) for name, parts in weights.items() for part in parts if (name, part) not in wrong]
    if wrong and (strict or not fitting):
        raise WeightsError(f"{path}: weights do not match {model.name}: " + "; ".join(wrong.values()))
    for name, part in fitting:
        own[name][part][...] = weights[name][part]
    return list(wrong.values())


Named = dict[str, dict[str, np.ndarray]]


def _flat(weights: Named) -> dict[str, np.ndarray]:
    """Name arrays as they stand in a file; none that could not be read again."""
    flat = {f"{name}/{part}": array for name, own in weights.items() for part, array in own.items()}
    for name, array in flat.items():
        if not np.isfinite(array).all():
            raise InvalidValueError(f"{name}: holds numbers that are not finite, which no model is loaded with again")
    return flat


def _text(description: dict[str, Any]) -> np.ndarray:
    try:
        return np.frombuffer(json.dumps(description).encode(), np.uint8)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidTypeError(
            f"save: what the model or a callback remembers is nothing for a file ({error})"
        ) from None


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any] | None, Named, dict[str, np.ndarray]]:
    """Give the description, the weights by layer, and what training remembers."""
    # What we write is not compressed, so that nothing of ours unpacks to more than its file.
    arrays = read_arrays(path, limit=size_of(path))
    description = _description(path, arrays.pop("description")) if "description" in arrays else None
    weights: Named = {}
    remembered: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        name, _, part = key.rpartition("/")
        if key.startswith("@"):
            remembered[key] = array
        else:
            weights.setdefault(name, {})[part] = array
    return description, weights, remembered


def _steps(description: dict[str, Any]) -> list[Step]:
    made: list[Layer] = [
        resolve(config, Layer, LAYERS, f"layers[{index}]") for index, config in enumerate(description["layers"])
    ]
    if not description["order"]:
        raise UnreadableFileError("it has no layers")
    for layer in made:
        stored = description.get("gates", {}).get(layer.name, list(layer.gates))
        if stored != list(layer.gates):
            raise UnreadableFileError(f"{layer.name}: its gates are in the order {stored}, not {list(layer.gates)}")
    layers = [made[index] for index in description["order"]]
    if description.get("kind", "Sequential") == "Sequential":
        return chain(layers)
    sources = [tuple(own) for own in description["sources"]]
    for index, own in enumerate(sources):
        if not own or not all(type(source) is int and -1 <= source < index for source in own):
            raise UnreadableFileError(f"layer {index} takes from {own}, which are not before it")
    return list(zip(layers, sources, strict=True))


def _network(description: dict[str, Any], steps: list[Step], input_shape: Shape) -> "Network":
    from ann.model import Model
    from ann.sequential import Sequential

    settings = {name: description[name] for name in ("seed", "name", "dtype")}
    if description.get("kind", "Sequential") == "Sequential":
        model = Sequential([layer for layer, _ in steps], **settings)
        model.build(input_shape)
        return model
    symbols = [Input(input_shape)]  # the stimuli, and then the output of each step
    for layer, sources in steps:
        symbols.append(Symbol.of(layer, [symbols[source + 1] for source in sources]))
    return Model(symbols[0], symbols[-1], **settings)


def _description(path: str | os.PathLike[str], stored: np.ndarray) -> dict[str, Any]:
    if stored.dtype != np.uint8 or stored.ndim != 1:
        raise UnreadableFileError(f"{path}: holds no description of a network; was it written by ann.io.save?")
    if stored.size > MOST_TEXT:
        raise UnreadableFileError(f"{path}: its description has {stored.size} bytes, more than the {MOST_TEXT} allowed")
    try:
        description = json.loads(stored.tobytes().decode())
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, or a number of 10,000 digits
        raise UnreadableFileError(f"{path}: its description is not JSON ({error})") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        found = description.get("format") if isinstance(description, dict) else None
        raise UnreadableFileError(f"{path}: format {found!r}, this version reads format {FORMAT}")
    return description
