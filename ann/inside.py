"""What the loss asks of every neuron: its gradient with respect to each layer's activity."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ann import passes
from ann.layers.layer import positive_integer
from ann.structure import Gradients
from ann.training.checks import checked_batch, require_loss
from ann.training.weighting import counting

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["InnerGradients", "gradients"]


class InnerGradients(NamedTuple):
    """The gradient of a loss with respect to all that is inside a network.

    Attributes
    ----------
    value : float
        The loss, penalties on weights included.
    layers : dict of str to numpy.ndarray
        ``{layer: array (stimulus, ...)}``: with respect to the output of each layer, by the names of `activations`.
    parameters : Gradients
        With respect to each parameter, as `Network.backward` gives it.
    inputs : numpy.ndarray or None
        With respect to the stimuli (stimulus, ...); None where they are numbers of things, as `Embedding` takes them.
    """

    value: float
    layers: dict[str, np.ndarray]
    parameters: Gradients
    inputs: np.ndarray | None


def gradients(network: "Network", x: Any, y: Any, batch_size: int = 256) -> InnerGradients:
    r"""Give the gradient of the loss on all stimuli with respect to every layer's output and every parameter.

    It is taken at inference (no dropout, normalisation by what training has left). The loss is a mean over stimuli,
    so what belongs to one stimulus carries its share :math:`1/n`: multiply by ``len(x)`` for the gradient of each
    stimulus' own loss. (Where a mask hides steps, the mean is over those that count.) The gradient with respect to
    the last layer's output is that of the loss as it stands, before softmax and cross-entropy are taken as one; what
    lies before it is computed from the two as one.

    Parameters
    ----------
    network : Sequential or Model
        Compiled.
    x, y : array
        Stimuli and targets.
    batch_size : int
        How many stimuli at once; batches are added up.

    Raises
    ------
    NotCompiledError, ShapeError, DataError
        If there is no loss, or the data do not fit.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(3, activation="tanh"), ann.layers.Dense(1)])
    >>> model.compile("sgd", "mean_squared_error")
    >>> found = model.gradients(np.eye(4), np.ones(4))
    >>> {name: array.shape for name, array in found.layers.items()}
    {'dense_1': (4, 3), 'dense_2': (4, 1)}
    >>> found.parameters["dense_1"]["kernel"].shape
    (4, 3)
    """
    x, targets, _ = checked_batch(network, (x, y))
    objective = require_loss(network)
    size, end, weights = positive_integer(batch_size, "batch_size"), network.plan.end, network.flat_weights
    value, flat, parts, counts = 0.0, np.zeros_like(weights), [], []
    for start in range(0, len(x), size):
        rows = slice(start, start + size)
        outputs, cache = passes.forward(network.plan, x[rows], False, network.noise, network.threads)
        mask = counting(cache, outputs)
        loss, upstream = network._data_loss(outputs, targets[rows], None, mask)
        own_flat, part = passes.layer_gradients(network.plan, upstream, cache, weights, network.threads)
        if isinstance(upstream, passes.LogitGradient):
            part[end] = objective.value_and_gradient(outputs, targets[rows], False, None, mask)[1]
        # Each batch's mean counts by what it is a mean of, stimuli or the steps that a mask leaves.
        count = 1 if objective.reduction == "sum" else len(outputs) if mask is None else int(np.count_nonzero(mask))
        value += count * loss
        flat += count * own_flat
        parts.append(part)
        counts.append(count)
    total = 1 if objective.reduction == "sum" else max(sum(counts), 1)
    value /= total
    flat /= total
    shares = [network.dtype.type(count / total) for count in counts]
    joined = {
        index: np.concatenate([part[index] * share for part, share in zip(parts, shares, strict=True)])
        for index in parts[0]
    }
    layers = {place.name: joined[index] for index, place in enumerate(network.places) if index in joined}
    return InnerGradients(value + network.penalty(), layers, network._penalised(flat), joined.get(-1))
