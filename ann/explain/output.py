"""One output of a network for each stimulus, and its gradient with respect to all that it comes from."""

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import passes
from ann.activations import Linear
from ann.data import as_array
from ann.errors import DataError, InvalidTypeError, InvalidValueError
from ann.layers.layer import positive_integer

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Output", "output_gradients"]


class Output:
    """One output for each of some stimuli.

    Parameters
    ----------
    network : Sequential or Model
        Its weights are left as they are.
    x : array
        (stimulus, ...).
    target : None, int, tuple of int or array of int
        Which output: a number for all stimuli, one for each (stimulus,), or a position where an output has several
        axes. By default each stimulus' largest.
    logits : bool
        Whether it is taken before the last layer's activation.
    batch_size : int
        How many stimuli at once.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the stimuli do not fit, there is no such output, or the last layer has no activation to leave out.
    """

    def __init__(self, network: "Network", x: Any, target: Any = None, logits: bool = False, batch_size: int = 256):
        self.network = network
        self.x = network._checked(x)
        if not len(self.x):
            raise DataError("x: holds no stimulus")
        self.size = positive_integer(batch_size, "batch_size")
        if not isinstance(logits, (bool, np.bool_)):
            raise InvalidTypeError(f"logits: must be True or False, got {logits!r}")
        self.plan = _before_activation(network) if logits else network.plan
        self.columns = self._columns(target)

    def values(self, x: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
        """Give the outputs (stimulus,) for changed stimuli of the same number, or for those of `rows`."""
        found = []
        for part, columns in self._batches(x, rows):
            outputs = self._forward(part)[0].reshape(len(part), -1)
            found.append(outputs[np.arange(len(part)), columns])
        return np.concatenate(found)

    def gradients(self, x: np.ndarray) -> dict[int, np.ndarray]:
        """Give the gradients with respect to all places by number, -1 the stimuli; each (stimulus, ...)."""
        found = []
        for part, columns in self._batches(x, slice(None)):
            outputs, cache = self._forward(part)
            seed = np.zeros((len(part), outputs[0].size), outputs.dtype)
            seed[np.arange(len(part)), columns] = 1
            seed = seed.reshape(outputs.shape)
            weights, threads = self.network.flat_weights, self.network.threads
            found.append(passes.layer_gradients(self.plan, seed, cache, weights, threads)[1])
        return {index: np.concatenate([part[index] for part in found]) for index in found[0]}

    def input_gradient(self, x: np.ndarray) -> np.ndarray:
        """Give the gradient with respect to changed stimuli of the same number.

        Raises
        ------
        InvalidValueError
            If the stimuli are numbers of things, which have no gradient.
        """
        if -1 in self.plan.looked_up:
            raise InvalidValueError(
                f"{self.network.name}: its stimuli are numbers of things, which have no gradient; look at the layer "
                "behind them with output_gradients, or cover them with occlusion"
            )
        return self.gradients(x)[-1]

    def _forward(self, x: np.ndarray) -> tuple[np.ndarray, Any]:
        return passes.forward(self.plan, x, False, self.network.noise, self.network.threads)

    def _batches(self, x: np.ndarray, rows: slice) -> list[tuple[np.ndarray, np.ndarray]]:
        columns = self.columns[rows]
        return [(x[at : at + self.size], columns[at : at + self.size]) for at in range(0, len(x), self.size)]

    def _columns(self, target: Any) -> np.ndarray:
        shape = self.network.output_shape
        if target is None:
            if len(shape) > 1:
                raise InvalidTypeError(f"target: outputs have shape {shape}, so it must be a position such as (0, 1)")
            outputs = [self._forward(self.x[at : at + self.size])[0] for at in range(0, len(self.x), self.size)]
            return np.concatenate(outputs).argmax(axis=1)
        if isinstance(target, tuple):
            columns = as_array(target, "target")
            if columns.shape != (len(shape),) or columns.dtype.kind not in "iu":
                raise InvalidTypeError(f"target: must hold one integer for each axis of {shape}, got {target!r}")
            if not all(0 <= one < length for one, length in zip(target, shape, strict=True)):
                raise InvalidValueError(f"target: {target} is out of range; outputs have shape {shape}")
            return np.full(len(self.x), np.ravel_multi_index(target, shape))
        columns = as_array(target, "target")
        if columns.dtype.kind not in "iu" or columns.shape not in ((), (len(self.x),)):
            raise InvalidTypeError(
                f"target: must be an integer, or one for each of {len(self.x)} stimuli, got {target!r}"
            )
        if len(shape) > 1:
            raise InvalidTypeError(f"target: outputs have shape {shape}, so it must be a position such as (0, 1)")
        if columns.min() < 0 or columns.max() >= shape[0]:
            wrong = int(columns.min()) if columns.min() < 0 else int(columns.max())
            raise InvalidValueError(f"target: {wrong} is out of range; outputs are 0 to {math.prod(shape) - 1}")
        return np.broadcast_to(columns, len(self.x))


def _before_activation(network: "Network") -> passes.Plan:
    last = network.places[-1].layer
    if not last.fusible:
        where = f"{network.places[-1].name} ({type(last).__name__})"
        raise InvalidValueError(f"logits: {where} has no activation to leave out; use logits=False")
    shadow = copy.copy(last)
    shadow.activation = Linear()
    bare = shadow.copy()  # made anew, since a layer may have taken its activation to heart when it was made
    bare.parameters, bare.statistics = last.parameters, last.statistics
    return network.plan.with_layers({network.plan.end: bare})


def output_gradients(
    network: "Network", x: Any, target: Any = None, logits: bool = False, batch_size: int = 256
) -> dict[str, np.ndarray]:
    """Give the gradient of one output a stimulus with respect to every layer's activity.

    Parameters
    ----------
    network : Sequential or Model
        Its weights are left as they are.
    x : array
        (stimulus, ...).
    target : None, int, tuple of int or array of int
        Which output: a number for all stimuli, one for each (stimulus,), or a position where an output has several
        axes. By default each stimulus' largest.
    logits : bool
        Whether it is taken before the last layer's activation.
    batch_size : int
        How many stimuli at once.

    Returns
    -------
    dict of str to numpy.ndarray
        ``{layer: array (stimulus, ...)}`` by the names of `Network.activations`, after ``"input"`` for the stimuli
        (left out where they are numbers of things, as `Embedding` takes them).

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the stimuli do not fit, there is no such output, or the last layer has no activation to leave out.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(3, activation="tanh"), ann.layers.Dense(2, activation="softmax")])
    >>> {name: array.shape for name, array in output_gradients(model, np.eye(4), target=0).items()}
    {'input': (4, 4), 'dense_1': (4, 3), 'dense_2': (4, 2)}
    """
    output = Output(network, x, target, logits, batch_size)
    found = output.gradients(output.x)
    names = {-1: "input", **{index: place.name for index, place in enumerate(network.places)}}
    return {names[index]: found[index] for index in sorted(found)}
