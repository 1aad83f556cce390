"""Weights of PyTorch's modules in ann's layers."""

import os
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError, WeightsError
from ann.interchange.torch_layers import READERS
from ann.interchange.torch_order import feature_orders
from ann.interchange.torch_settings import differences
from ann.interchange.torch_source import Module, modules_of

if TYPE_CHECKING:
    from ann.layers.layer import Layer
    from ann.network import Network

__all__ = ["from_torch"]


def from_torch(
    model: "Network", source: Any | str | os.PathLike[str], names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Fill a network with the weights of PyTorch's modules: all of them, or none.

    Layers with weights take the modules with weights in order, unless `names` says which takes which. Kernels are
    transposed, gates brought into ann's order, two biases added where ann has one, and a layer behind a `Flatten` has
    its features brought in order, since PyTorch flattens images channels first.

    Parameters
    ----------
    model : Sequential or Model
        Built, and made of the layers that match the modules; settings that weights do not tell (strides, padding,
        ``epsilon``) are compared only where the module itself is given.
    source : torch.nn.Module, mapping of str to tensor, or path
        A module, its ``state_dict()``, or a ``.safetensors`` file. Pickles (``.pt``) are refused.
    names : mapping of str to str, optional
        ``{layer: module}``, for instance ``{"dense_1": "classifier.0"}``. A file sorts its weights by name, so it is
        needed there, unless the modules are numbered as in ``torch.nn.Sequential``.

    Returns
    -------
    dict of str to str
        Which layer took its weights from which module.

    Raises
    ------
    WeightsError
        If anything does not fit; the message lists every mismatch, and no weight is changed.
    InvalidTypeError, InvalidValueError
        If the source is none of these, or the order of the modules of a file is not known.
    MissingFileError, UnreadableFileError, MissingExtraError
        If a file is not there, or cannot be read.
    NotCompiledError
        If the model does not know its input shape yet.

    Examples
    --------
    >>> import ann, numpy as np
    >>> model = ann.Sequential([ann.layers.Dense(2, input_shape=(3,))])
    >>> from_torch(model, {"fc.weight": np.ones((2, 3)), "fc.bias": np.zeros(2)})
    {'dense_1': 'fc'}
    >>> model.predict([[1.0, 2.0, 3.0]])
    array([[6., 6.]], dtype=float32)
    """
    own = model.get_weights()
    modules, ordered = modules_of(source)
    takers = dict(zip(model.names, model.layers, strict=True))
    pairs, problems = _pairs(list(own), modules, ordered, names, model.name)
    orders = feature_orders(model)
    weights: dict[str, dict[str, np.ndarray]] = {}
    for name, module in pairs.items():
        layer = takers[name]
        problems += [f"{name} and {module.name or 'the module'}: {one}" for one in differences(model, name, module)]
        weights[name], found = _converted(layer, name, module, orders[name])
        problems += found
        if not found:
            problems += _misfits(name, own[name], weights[name], module)
    if problems:
        raise WeightsError(f"{model.name}: {len(problems)} mismatches:\n  " + "\n  ".join(problems))
    model.set_weights(weights)
    return {name: module.name for name, module in pairs.items()}


def _pairs(
    layers: list[str], modules: dict[str, Module], ordered: bool, names: Mapping[str, str] | None, model: str
) -> tuple[dict[str, Module], list[str]]:
    """Find which layer takes which module, and what is left over."""
    if names is not None:
        if not isinstance(names, Mapping):
            raise InvalidTypeError(f"from_torch.names: must map layers to modules, got {names!r}")
        problems = [f"{name}: is no layer of {model} that has weights" for name in names if name not in layers]
        problems += [f"{name}: names gives it no module" for name in layers if name not in names]
        there = f"there are {', '.join(modules)}"
        problems += [f"{name}: no module {one!r}; {there}" for name, one in names.items() if one not in modules]
        return {name: modules[names[name]] for name in layers if names.get(name) in modules}, problems
    if not ordered:
        raise InvalidValueError(
            f"from_torch: a file sorts its weights by name, so the order of {', '.join(modules)} is not known; "
            f"give names={{layer: module}} for {', '.join(layers)}"
        )
    pairs: dict[str, Module] = {}
    problems = []
    for name, module in zip_longest(layers, modules.values()):
        if name is None:
            problems.append(f"{module.name}: no layer is left for it")
        elif module is None:
            problems.append(f"{name}: no module is left for it")
        else:
            pairs[name] = module
    return pairs, problems


def _converted(
    layer: "Layer", name: str, module: Module, order: np.ndarray | None
) -> tuple[dict[str, np.ndarray], list[str]]:
    kind = type(layer).__name__
    if kind not in READERS:
        return {}, [f"{name} ({kind}): PyTorch's weights for such a layer are not known"]
    arrays = dict(module.arrays)
    had = ", ".join(f"{part} {array.shape}" for part, array in arrays.items())
    try:
        found = READERS[kind](layer, arrays, order)
    except (IndexError, ValueError):
        return {}, [f"{name} ({kind}) cannot take {module.name} with {had}: axes or lengths are not those of its kind"]
    except KeyError as error:
        return {}, [f"{name} ({kind}) cannot take {module.name} with {had}: it lacks {error}"]
    except LookupError as error:
        return {}, [f"{name} ({kind}) cannot take {module.name} with {had}: {error}"]
    return found, [f"{module.name}.{part}: {name} ({kind}) has no place for it" for part in arrays]


def _misfits(name: str, own: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray], module: Module) -> list[str]:
    problems = [f"{name}.{part}: {module.name} has none" for part in own if part not in given]
    for part, array in given.items():
        if part not in own:
            problems.append(f"{name}: has no {part}, {module.name} has")
        elif array.shape != own[part].shape:
            problems.append(f"{name}.{part}: expects {own[part].shape}, {module.name} gives {array.shape}")
        elif not (np.abs(array) <= np.finfo(own[part].dtype).max).all():
            problems.append(f"{name}.{part}: {module.name} holds numbers that {own[part].dtype} does not")
    return problems
