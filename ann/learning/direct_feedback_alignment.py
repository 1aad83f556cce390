"""Direct feedback alignment: the error of the output goes to every layer at once.

A. Nokland (2016), Direct feedback alignment provides learning in deep neural networks, NeurIPS 29, arXiv:1609.01596.
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ann.layers.layer import Layer
from ann.learning.random_feedback import RandomFeedback
from ann.learning.rule import Learned
from ann.passes import Cache, Plan, backward, forward
from ann.structure import Place, Through
from ann.training.weighting import counting
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["DirectFeedbackAlignment"]


class DirectFeedbackAlignment(RandomFeedback):
    r"""The error :math:`e` of the output reaches each layer through fixed random weights of its own.

    :math:`\delta_l = (e B_l) \odot f'(z_l)`. Here :math:`e B_l` arrives at the input of every layer with synapses
    (`Dense`, convolutions), and goes back from there through what has none (activations, pooling, flattening,
    dropout, additions, normalisation) as ever, up to the next layer with synapses. :math:`e` is the gradient of the
    loss: with respect to the last pre-activation where softmax or sigmoid meets its cross-entropy (as in the paper),
    with respect to the outputs otherwise.

    Parameters
    ----------
    initializer : str or ann.initializers.Initializer
        How :math:`B_l` (output, input of the layer) is drawn.
    seed : int
        Where from.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(8, activation="tanh"), ann.layers.Dense(1)], seed=0)
    >>> model.compile(ann.optimizers.Adam(0.05), "mean_squared_error", learning="direct_feedback_alignment")
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
    >>> model.fit(x, y, epochs=300).history["loss"][-1] < 0.01
    True
    """

    def feedback(self, network: "Network") -> dict[str, np.ndarray]:
        """Give the weights that the error goes through: ``{layer: (output, input of the layer)}``."""
        layers: list[tuple[str, Any]] = [(place.name, place.layer) for place in self._backward_plan(network).places]
        return {name: layer.feedback for name, layer in layers if isinstance(layer, _Direct)}

    def of_checked(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Learned:
        """Go forward and compare as ever, and give every layer the output's error."""
        outputs, cache = forward(network.plan, x, True, network.noise, network.threads)
        mask = counting(cache, outputs)
        value, gradient = network._compared(outputs, targets, weights, mask)
        plan = self._backward_plan(network)
        error = np.asarray(gradient).reshape(len(gradient), -1)
        flat, _ = backward(plan, gradient, _with(cache, plan, error), network.flat_weights, False, network.threads)
        return value, outputs, network._penalised(flat), mask

    def _belongs_to(self, place: Place) -> str:
        return place.name

    def _other(self, network: "Network", place: Place) -> "_Direct":
        """Give the same layer with the output's error as its input's gradient."""
        rng = generator(self.seed, "direct feedback", place.name)
        shape = (math.prod(network.output_shape), math.prod(place.input_shape))
        feedback = self.initializer.draw(shape, rng).astype(network.dtype)
        return _Direct(place.layer, feedback, place.input_shape)


class _Direct(Through):
    """A layer on the way back: its input's gradient is the output's error, through weights of its own."""

    def __init__(self, layer: Layer, feedback: np.ndarray, input_shape: tuple[int, ...]):
        super().__init__(layer)
        self.feedback, self.input_shape = feedback, input_shape

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        own_cache, error, mask = cache
        _, own = self.layer.backward(gradient, own_cache, inputs=False, activated=activated)
        if not inputs:
            return None, own
        arriving = np.dot(error, self.feedback).reshape(-1, *self.input_shape)
        if mask is not None and mask.shape == arriving.shape[:2]:
            arriving *= mask.reshape(*mask.shape, *(1,) * (arriving.ndim - 2))  # no unit is active at a hidden step
        return arriving, own


def _with(cache: Cache, plan: Plan, error: np.ndarray) -> Cache:
    """Put the error, and the mask of what came in, beside what the layers that it goes to have kept."""
    direct = [index for index, place in enumerate(plan.places) if isinstance(place.layer, _Direct)]
    parts = []
    for part in cache.parts:
        own = error[part.rows]
        beside = {i: (part.caches[i], own, part.masks.get(plan.places[i].sources[0])) for i in direct}
        parts.append(replace(part, caches={**part.caches, **beside}))
    return replace(cache, parts=parts)
