"""A `torch.nn.Module`: what its named submodules give, caught by forward hooks that are always taken off again.

The module is left as it was: device, evaluation or training mode of each submodule, gradients on or off.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, LeftOutWarning
from compare.subjects.checks import counted_stimuli, require_known
from compare.subjects.layout import AS_GIVEN, CHANNELS_FIRST, channels_first, checked_layout
from compare.subjects.source import Source
from compare.subjects.torch_outputs import Pieces, one_piece, pieces_of, split_piece

__all__ = ["module_source"]

WHOLE = "output"  # what the module itself gives, where it has no submodules or this is asked for
SHOWN = 3  # names in a warning, of those that it counts


def module_source(module: Any, stimuli: Any, names: tuple[str, ...] | None, layout: str | None) -> Source:
    """Give the submodules of a torch module in the order in which they are done, before some stimuli at a time.

    Parameters
    ----------
    module : torch.nn.Module
        It stays on its device and in its mode.
    stimuli : array-like
        (stimulus, ...), turned to the number type of the module's weights.
    names : tuple of str, optional
        Submodules, as `named_modules` calls them, or ``"output"`` for the whole module's; a second use is ``"relu_2"``,
        the first tensor of a tuple ``"attention[0]"``. By default all, and what has no axis of stimuli is left out.
    layout : str, optional
        See `compare.activity`.

    Raises
    ------
    InvalidActivityError
        If there are no stimuli, or what is asked for has no axis of them.
    ActivityTypeError
        If the module is scripted, or a submodule that is asked for gives no tensor.
    InvalidOptionError
        If there is no such submodule or layout.

    Warns
    -----
    LeftOutWarning
        If nothing is asked for, and submodules give what is no layer.
    """
    array = counted_stimuli(stimuli)
    module = getattr(module, "_orig_mod", module)  # what torch.compile wraps; the wrapping would not call the hooks
    if isinstance(module, sys.modules["torch"].jit.ScriptModule):
        raise ActivityTypeError(
            f"module: {type(module).__name__} is scripted and takes no hooks; give the module that it was made from, "
            "or export it to .onnx"
        )
    watched = _watched(module, names)
    first = _first_with_weights(module)
    turned = _turned(first, checked_layout(layout), array)

    def passed(part: np.ndarray, take: Callable[[str, Any, Pieces], None]) -> None:
        shown = channels_first(part) if turned else part
        with _watching(watched, take):
            _passed(module, _tensor(shown, module, first))

    kept = set(names) if names is not None else _layers(array, passed)

    def rows(start: int, stop: int) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}

        def take(name: str, part: Any, pieces: Pieces) -> None:
            for place in pieces if name not in kept else {"": None, **pieces}:
                if name + place in kept:
                    found[name + place] = one_piece(name, part, pieces, place, stop - start)

        passed(array[start:stop], take)
        return found

    return Source("module", len(array), rows, layers=True, names=names)


def _layers(array: np.ndarray, passed: Callable[..., None]) -> set[str]:
    """Find what has an axis of stimuli, which one of them and two tell; the rest is counted and named in a warning."""
    sizes: list[dict[str, tuple[int, ...] | None]] = [{}, {}]
    for count, found in enumerate(sizes, start=1):

        def look(name: str, part: Any, pieces: Pieces, found: dict[str, Any] = found) -> None:
            found.update({name + place: tuple(piece.shape) for place, piece in pieces.items()})
            if not pieces:
                found[name] = None

        passed(np.concatenate([array[:1]] * count), look)
    one, two = sizes
    layers = {
        name
        for name, size in two.items()
        if size and size[0] == 2 and np.prod(size) and one.get(name) == (1, *size[1:])
    }
    others = [name for name in two if name not in layers]
    told = ", ".join(f"{name!r} {'(no tensor)' if two[name] is None else two[name]}" for name in others[:SHOWN])
    told += ", ..." if len(others) > SHOWN else ""
    if not layers:
        raise InvalidActivityError(f"module: nothing that it gives for 2 stimuli has an axis of these: {told}")
    if others:
        warnings.warn(
            f"module: {len(others)} of {len(two)} outputs are left out, since they have no axis of stimuli: {told}; "
            "layers= chooses what is given",
            LeftOutWarning,
            stacklevel=5,  # where `activity` is called
        )
    return layers


def _watched(module: Any, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Choose the submodules to watch: all but containers, which give what their last member gives."""
    torch = sys.modules["torch"]
    every = {name: part for name, part in module.named_modules() if name}
    valid = {**every, WHOLE: every.get(WHOLE, module)}
    if names is None:
        chosen = {name: part for name, part in every.items() if not isinstance(part, torch.nn.Sequential)}
        return chosen or {WHOLE: module}
    # "relu_2" is asked for as a second use where no submodule is called so; whether it is used again is seen later.
    uses = {name: _submodule(name, valid) for name in names}
    require_known(tuple(name for name, of in uses.items() if of not in valid), valid)
    return {name: valid[name] for name in dict.fromkeys(uses.values())}


def _submodule(name: str, valid: dict[str, Any]) -> str:
    whole = split_piece(name)[0]
    return next((said for said in (name, whole) if said in valid), whole.rpartition("_")[0])


@contextmanager
def _watching(watched: dict[str, Any], take: Callable[[str, Any, Pieces], None]) -> Iterator[None]:
    """Hand on what the submodules give while the block runs, each use under its own name."""
    used: set[str] = set()

    def catcher(name: str) -> Any:
        def catch(part: Any, _: Any, output: Any) -> None:
            use = _free(name, used, watched)
            used.add(use)
            take(use, part, pieces_of(part, output))

        return catch

    handles = []
    try:
        for name, part in watched.items():
            handles.append(part.register_forward_hook(catcher(name)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _free(name: str, used: set[str], watched: dict[str, Any]) -> str:
    """Tell a module's later uses apart: ``name_2``, unless another module is called that."""
    use, free = 1, name
    while free in used:
        use += 1
        free = f"{name}_{use}" if f"{name}_{use}" not in watched else f"{name}({use})"
    return free


def _first_with_weights(module: Any) -> Any:
    for part in module.modules():
        if next(part.children(), None) is None and next(part.parameters(recurse=False), None) is not None:
            return part
    return None


def _turned(first: Any, layout: str | None, array: np.ndarray) -> bool:
    """Say whether the stimuli are turned: where that is asked for, or the first layer with weights is a convolution.

    Not where the stimuli have as many channels as it takes in front already, or no axis of channels at all.
    """
    from torch.nn.modules.conv import _ConvNd

    if layout is not None or not isinstance(first, _ConvNd):
        return layout == CHANNELS_FIRST
    if array.ndim != len(first.kernel_size) + 2:
        return False
    return array.shape[-1] == first.in_channels or array.shape[1] != first.in_channels


def _tensor(part: np.ndarray, module: Any, first: Any) -> Any:
    """Give stimuli as the module takes them: where its weights are, in their number type; tokens as whole numbers."""
    torch = sys.modules["torch"]
    weights = next((weight for weight in module.parameters() if weight.is_floating_point()), None)
    kind = torch.get_default_dtype() if weights is None else weights.dtype
    if isinstance(first, (torch.nn.Embedding, torch.nn.EmbeddingBag)) and part.dtype.kind in "iub":
        kind = torch.int64
    return torch.tensor(np.ascontiguousarray(part)).to(kind).to("cpu" if weights is None else weights.device)


def _passed(module: Any, x: Any) -> None:
    """Send stimuli through, in evaluation mode and without gradients, and put the modes back."""
    torch = sys.modules["torch"]
    modes = [(part, part.training) for part in module.modules()]
    try:
        module.eval()
        with torch.no_grad():
            module(x)
    except (InvalidActivityError, ActivityTypeError, InvalidOptionError):
        raise
    except Exception as error:  # whatever the code of a module may raise
        remedy = (
            "where it takes more than stimuli, wrap it in a module whose forward takes these alone"
            if isinstance(error, TypeError) and "required" in str(error)
            else "stimuli are (stimulus, height, width, channel), grey ones images[..., None]; "
            f"layout={AS_GIVEN!r} does not turn them to channels first, chunk= takes fewer at a time"
        )
        raise InvalidActivityError(
            f"module: {type(module).__name__} cannot take stimuli of shape {tuple(x.shape)} "
            f"({type(error).__name__}: {error}); {remedy}"
        ) from error
    finally:
        for part, training in modes:
            part.training = training
