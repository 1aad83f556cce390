"""A `torch.nn.Module`: what its named submodules give, caught by forward hooks that are always taken off again.

The module is left as it was: device, evaluation or training mode of each submodule, gradients on or off.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.subjects.checks import counted_stimuli, require_known
from compare.subjects.layout import AS_GIVEN, CHANNELS_FIRST, channels_first, checked_layout
from compare.subjects.source import Source

__all__ = ["module_source"]

WHOLE = "output"  # what the module itself gives, where it has no submodules or this is asked for


def module_source(module: Any, stimuli: Any, names: tuple[str, ...] | None, layout: str | None) -> Source:
    """Give the submodules of a torch module in the order in which they are done, before some stimuli at a time.

    Parameters
    ----------
    module : torch.nn.Module
        It stays on its device and in its mode.
    stimuli : array-like
        (stimulus, ...), turned to the number type of the module's weights.
    names : tuple of str, optional
        Submodules, as `named_modules` calls them, or ``"output"`` for the whole module's; a second use is ``"relu_2"``.
    layout : str, optional
        See `compare.activity`.

    Raises
    ------
    InvalidActivityError
        If there are no stimuli.
    ActivityTypeError
        If the module is scripted.
    InvalidOptionError
        If there is no such submodule or layout.
    """
    array = counted_stimuli(stimuli)
    if isinstance(module, sys.modules["torch"].jit.ScriptModule):
        raise ActivityTypeError(
            f"module: {type(module).__name__} is scripted and takes no hooks; give the module that it was made from, "
            "or export it to .onnx"
        )
    watched = _watched(module, names)
    first = _first_with_weights(module)
    turned = _turned(first, checked_layout(layout))

    def rows(start: int, stop: int) -> dict[str, np.ndarray]:
        part = channels_first(array[start:stop]) if turned else array[start:stop]
        with _watching(watched, stop - start) as found:
            _passed(module, _tensor(part, module, first))
        return found

    return Source("module", len(array), rows, layers=True, names=names)


def _watched(module: Any, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Choose the submodules to watch: all but containers, which give what their last member gives."""
    torch = sys.modules["torch"]
    every = {name: part for name, part in module.named_modules() if name}
    valid = {**every, WHOLE: every.get(WHOLE, module)}
    if names is None:
        chosen = {name: part for name, part in every.items() if not isinstance(part, torch.nn.Sequential)}
        return chosen or {WHOLE: module}
    # "relu_2" is asked for as a second use where no submodule is called so; whether it is used again is seen later.
    uses = {name: name if name in valid else name.rpartition("_")[0] for name in names}
    require_known(tuple(name for name, of in uses.items() if of not in valid), valid)
    return {name: valid[name] for name in dict.fromkeys(uses.values())}


@contextmanager
def _watching(watched: dict[str, Any], count: int) -> Iterator[dict[str, np.ndarray]]:
    """Catch what the submodules give while the block runs."""
    found: dict[str, np.ndarray] = {}

    def catcher(name: str) -> Any:
        def catch(part: Any, _: Any, output: Any) -> None:
            found[_free(name, found, watched)] = _caught(name, part, output, count)

        return catch

    handles = []
    try:
        for name, part in watched.items():
            handles.append(part.register_forward_hook(catcher(name)))
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _free(name: str, found: dict[str, np.ndarray], watched: dict[str, Any]) -> str:
    """Tell a module's later uses apart: ``name_2``, unless another module is called that."""
    use, free = 1, name
    while free in found:
        use += 1
        free = f"{name}_{use}" if f"{name}_{use}" not in watched else f"{name}({use})"
    return free


def _caught(name: str, part: Any, output: Any, count: int) -> np.ndarray:
    """Copy what a submodule gave, stimuli first; a copy, since what comes next may write over it in place."""
    torch = sys.modules["torch"]
    stateful = isinstance(part, (torch.nn.RNNBase, torch.nn.LSTMCell, torch.nn.MultiheadAttention))
    if stateful and isinstance(output, tuple):  # documented as (output, state) and (output, weights)
        output = output[0]
    if not isinstance(output, torch.Tensor):
        raise ActivityTypeError(
            f"module[{name!r}]: {type(part).__name__} gives a {type(output).__name__}, not one tensor; choose others "
            "with layers=, or watch a submodule inside it"
        )
    if stateful and output.ndim == 3 and not getattr(part, "batch_first", True):
        output = output.transpose(0, 1)
    if output.ndim < 1 or output.shape[0] != count:
        raise InvalidActivityError(
            f"module[{name!r}]: gives shape {tuple(output.shape)} for {count} stimuli, so its first axis is not that "
            "of stimuli; choose others with layers="
        )
    values = output.detach()
    if values.dtype in (torch.bfloat16, torch.float16):  # NumPy has no bfloat16, and sums overflow in half precision
        values = values.float()
    return np.array(values.cpu().resolve_conj().numpy().reshape(count, -1))


def _first_with_weights(module: Any) -> Any:
    for part in module.modules():
        if next(part.children(), None) is None and next(part.parameters(recurse=False), None) is not None:
            return part
    return None


def _turned(first: Any, layout: str | None) -> bool:
    """Say whether the stimuli are turned: where that is asked for, or the first layer with weights is a convolution."""
    from torch.nn.modules.conv import _ConvNd

    return layout == CHANNELS_FIRST or (layout != AS_GIVEN and isinstance(first, _ConvNd))


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
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise InvalidActivityError(
            f"module: {type(module).__name__} cannot take stimuli of shape {tuple(x.shape)} ({error}); stimuli are "
            "(stimulus, height, width, channel), and layout= says whether they are turned to channels first"
        ) from error
    finally:
        for part, training in modes:
            part.training = training
