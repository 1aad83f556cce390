"""Ablation: what a layer, a channel or a unit is worth, told by silencing it.

As lesions tell of a brain region; for networks A. S. Morcos, D. G. T. Barrett, N. C. Rabinowitz and M. Botvinick
(2018), On the importance of single directions for generalization, ICLR, arXiv:1803.06959.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ann import passes
from ann.data import as_array, as_stimuli, require_finite
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.explain.scoring import score
from ann.layers.layer import Layer, Shape, positive_integer
from ann.structure import Through
from ann.training.checks import checked_batch
from ann.training.weighting import counting_steps
from isocortex.errors import nearest

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Ablation", "ablated_outputs", "ablation"]


class Ablation(NamedTuple):
    """What each layer, channel or unit is worth.

    Attributes
    ----------
    effects : dict of str to numpy.ndarray
        ``{layer: array}``: how much worse the network is without it; an array without axes by layer, (channel,) by
        channel, of the shape of the layer's activity by unit.
    intact : float
        The metric with nothing silenced.
    """

    effects: dict[str, np.ndarray]
    intact: float


def ablation(
    network: "Network",
    x: Any,
    y: Any,
    layers: Sequence[str] | None = None,
    by: str = "layer",
    replace: str = "zero",
    metric: Any = "loss",
    batch_size: int = 256,
) -> Ablation:
    """Silence layers, or each of their channels or units in turn, and tell how much worse the network becomes.

    Steps that a mask hides from the outputs of the intact network count in no score (a function of your own gets all).

    Parameters
    ----------
    network : Sequential or Model
        Compiled; its weights are left as they are.
    x, y : array
        Stimuli and targets.
    layers : sequence of str, optional
        Names as in `Network.activations`; all but the last by default.
    by : {"layer", "channel", "unit"}
        What is silenced at once: the whole layer, all units at one place of its last axis, or a single unit. Every one
        costs a forward pass of all stimuli.
    replace : {"zero", "mean"}
        What stands in for the activity: 0, or each unit's mean over these stimuli, which removes what it tells of
        them and leaves its resting activity.
    metric : str, ann.metrics.Metric or callable
        ``"loss"``, a metric's name, or a function of outputs and targets that is higher where the network is better.
    batch_size : int
        How many stimuli at once.

    Raises
    ------
    NotCompiledError, ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the data do not fit the network, or there is no such layer, metric or way.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(2, name="hidden"), ann.layers.Dense(1, name="out")], dtype="float64")
    >>> model.compile("sgd", "mean_squared_error")
    >>> model.build((1,))
    >>> model.set_weights({"hidden": {"kernel": [[1.0, 5.0]], "bias": [0.0, 0.0]},
    ...                    "out": {"kernel": [[2.0], [0.0]], "bias": [0.0]}})
    >>> ablation(model, [[1.0]], [2.0], by="unit").effects
    {'hidden': array([4., 0.])}
    """
    x, targets, _ = checked_batch(network, (x, y))
    for what, word, choices in (("by", by, ("layer", "channel", "unit")), ("replace", replace, ("zero", "mean"))):
        if not isinstance(word, str) or word not in choices:
            raise InvalidValueError(f"{what}: must be one of {', '.join(choices)}, got {word!r}")
    if layers is None:
        layers = [place.name for place in network.places[:-1]]
    elif isinstance(layers, str) or not np.iterable(layers):
        raise InvalidTypeError(f"layers: must be a list of names, got {layers!r}")
    numbers = {name: _number(network, name) for name in layers}
    good = score(network, metric)
    counts = counting_steps(network, x, batch_size)  # of the intact network
    intact = good(network.predict(x, batch_size), targets, counts)
    means = network.activations(x, batch_size=batch_size) if replace == "mean" else {}
    effects = {}
    for name, index in numbers.items():
        value: Any = means[name].mean(axis=0) if replace == "mean" else 0.0
        shape = network.places[index].output_shape
        found = [
            intact - good(_outputs(network, x, index, units, value, batch_size), targets, counts)
            for units in _masks(shape, by)
        ]
        effects[name] = np.array(found).reshape({"layer": (), "channel": shape[-1:], "unit": shape}[by])
    return Ablation(effects, good.sign * intact)


def ablated_outputs(
    network: "Network", x: Any, layer: str, units: Any = None, value: Any = 0.0, batch_size: int = 256
) -> np.ndarray:
    """Give what a network answers while some of its units are held at a value.

    Parameters
    ----------
    network : Sequential or Model
        Its weights are left as they are.
    x : array
        (stimulus, ...).
    layer : str
        A name as in `Network.activations`.
    units : array, optional
        Which: numbers of channels along the last axis, or True where a unit is held, in a shape that fits the layer's;
        all by default.
    value : float or array
        What they are held at; an array fits the layer's shape.
    batch_size : int
        How many stimuli at once.

    Raises
    ------
    ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the stimuli do not fit, or there is no such layer or unit.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(2, name="hidden"), ann.layers.Dense(1)])
    >>> ablated_outputs(model, np.eye(3), "hidden").ravel()
    array([0., 0., 0.], dtype=float32)
    """
    x = network._checked(x)
    index = _number(network, layer)
    shape = network.places[index].output_shape
    size = positive_integer(batch_size, "batch_size")
    given = as_array(value, "value")
    held = as_stimuli(given.reshape(given.shape or (1,)), network.dtype, "value")
    require_finite(held, "value")
    return _outputs(network, x, index, _held(units, shape), held.reshape(given.shape), size)


class _Held(Through):
    """A layer some of whose units are held at a value."""

    def __init__(self, layer: Layer, units: np.ndarray, value: np.ndarray):
        super().__init__(layer)
        self.units, self.value = units, value

    def forward(self, *arguments: Any, **named: Any) -> tuple[np.ndarray, Any]:
        y, cache = self.layer.forward(*arguments, **named)
        return np.where(self.units, self.value, y), cache


def _outputs(network: "Network", x: np.ndarray, index: int, units: np.ndarray, value: Any, size: int) -> np.ndarray:
    shape = network.places[index].output_shape
    try:
        held = np.broadcast_to(np.asarray(value, network.dtype), shape)
    except ValueError:
        raise ShapeError(f"value: got {np.shape(value)}, which does not fit the layer's {shape}") from None
    plan = network.plan.with_layers({index: _Held(network.places[index].layer, units, held)})
    outputs = np.empty((len(x), *network.output_shape), network.dtype)
    for at in range(0, len(x), size):
        part = x[at : at + size]
        outputs[at : at + size] = passes.forward(plan, part, False, network.noise, network.threads)[0]
    return outputs


def _masks(shape: Shape, by: str) -> Iterator[np.ndarray]:
    """Give what is silenced at once, one after the other."""
    if by == "layer":
        yield np.ones(shape, bool)
        return
    count = shape[-1] if by == "channel" else int(np.prod(shape))
    for number in range(count):
        mask = np.zeros(shape, bool)
        (mask.reshape(-1, count) if by == "channel" else mask.reshape(1, -1))[:, number] = True
        yield mask


def _held(units: Any, shape: Shape) -> np.ndarray:
    if units is None:
        return np.ones(shape, bool)
    found = as_array(units, "units")
    if found.dtype == bool:
        try:
            return np.broadcast_to(found, shape)
        except ValueError:
            raise ShapeError(f"units: got {found.shape}, which does not fit the layer's {shape}") from None
    if found.size and found.dtype.kind not in "iu":
        raise InvalidTypeError(f"units: must be numbers of channels or truth values, got {found.dtype}")
    if found.size and (found.min() < 0 or found.max() >= shape[-1]):
        wrong = int(found.min()) if found.min() < 0 else int(found.max())
        raise InvalidValueError(f"units: {wrong} is out of range; the layer has channels 0 to {shape[-1] - 1}")
    mask = np.zeros(shape, bool)
    mask[..., found.astype(int)] = True
    return mask


def _number(network: "Network", name: Any) -> int:
    network._require_built()
    names = [place.name for place in network.places]
    if not isinstance(name, str) or name not in names:
        raise InvalidValueError(f"layer: {network.name} has no {name!r}; {nearest(str(name), names)}")
    return names.index(name)
