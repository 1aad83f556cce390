"""What a submodule of a torch module gives, taken apart into tensors that each have a row a stimulus."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compare.errors import ActivityTypeError, InvalidActivityError

__all__ = ["Pieces", "one_piece", "pieces_of", "split_piece"]

Pieces = dict[str, Any]  # where in the output ("" for all of it, "[0]", "[hidden]") -> tensor


def pieces_of(part: Any, output: Any) -> Pieces:
    """Take the output of a submodule apart: one tensor as it is, those of a tuple or mapping by their place.

    Recurrent modules and attention are documented as (output, state) and (output, weights): the output is taken,
    stimuli first.
    """
    torch = sys.modules["torch"]
    stateful = isinstance(part, (torch.nn.RNNBase, torch.nn.LSTMCell, torch.nn.MultiheadAttention))
    if stateful and isinstance(output, tuple):
        output = output[0]
    if stateful and output.ndim == 3 and not getattr(part, "batch_first", True):
        output = output.transpose(0, 1)
    return dict(_tensors(output, ""))


def _tensors(output: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(output, sys.modules["torch"].Tensor):
        yield place, output
    elif isinstance(output, Mapping):  # before tuples: the outputs of some libraries are both
        for key, inner in output.items():
            yield from _tensors(inner, f"{place}[{key}]")
    elif isinstance(output, (tuple, list)):
        for position, inner in enumerate(output):
            yield from _tensors(inner, f"{place}[{position}]")


def one_piece(name: str, part: Any, pieces: Pieces, place: str, count: int) -> np.ndarray:
    """Copy one piece, (stimulus, unit); a copy, since what comes next may write over it in place.

    Raises
    ------
    ActivityTypeError
        If the submodule gives no tensor there.
    InvalidActivityError
        If the first axis is not that of stimuli.
    """
    torch = sys.modules["torch"]
    if place not in pieces:
        several = [name + other for other in pieces]
        raise ActivityTypeError(
            f"module[{name!r}]: {type(part).__name__} gives no tensor"
            + (f"; it gives {', '.join(map(repr, several))}, ask for one of these" if several else "")
            + ("" if several else "; choose others with layers=, or watch a submodule inside it")
        )
    output = pieces[place]
    if output.ndim < 1 or output.shape[0] != count:
        raise InvalidActivityError(
            f"module[{name + place!r}]: gives shape {tuple(output.shape)} for {count} stimuli, so its first axis is "
            "not that of stimuli; choose others with layers="
        )
    values = output.detach()
    if values.dtype in (torch.bfloat16, torch.float16):  # NumPy has no bfloat16, and sums overflow in half precision
        values = values.float()
    return np.array(values.cpu().resolve_conj().resolve_neg().numpy().reshape(count, -1))


def split_piece(name: str) -> tuple[str, str]:
    """Divide a name into that of the submodule and the place in its output.

    Examples
    --------
    >>> split_piece("attention[1][0]"), split_piece("conv1")
    (('attention', '[1][0]'), ('conv1', ''))
    """
    submodule, bracket, rest = name.partition("[")
    return submodule, bracket + rest
