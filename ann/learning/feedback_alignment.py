"""Feedback alignment: errors go back through fixed random weights.

T. P. Lillicrap, D. Cownden, D. B. Tweed and C. J. Akerman (2016), Random synaptic feedback weights support error
backpropagation for deep learning, Nature Communications 7:13276.
"""

import copy
from typing import TYPE_CHECKING

import numpy as np

from ann.layers.layer import Layer
from ann.learning.random_feedback import RandomFeedback
from ann.learning.rule import Learned
from ann.passes import backward, forward
from ann.structure import Place
from ann.training.weighting import counting
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["FeedbackAlignment"]


class FeedbackAlignment(RandomFeedback):
    r"""As backpropagation, with fixed random weights :math:`B` in the place of :math:`W^T` on the way back.

    :math:`\delta_l = (\delta_{l+1} B_{l+1}) \odot f'(z_l)`, and each layer's own gradient is :math:`x^T \delta` as
    ever: no synapse needs to know another's weight. Learning turns the forward weights until the errors sent so
    point downhill. The rule goes through `Dense` and convolutions; gains of a normalisation, which stand one a unit
    over however many axes, go back as they are; a layer with weights within (recurrent, attention) is refused behind
    other weights.

    Parameters
    ----------
    initializer : str or ann.initializers.Initializer
        How :math:`B` is drawn, in the shape of the layer's kernel.
    seed : int
        Where from; the same seed gives the same :math:`B` for the same network.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(8, activation="tanh"), ann.layers.Dense(1)], seed=0)
    >>> model.compile(ann.optimizers.Adam(0.05), "mean_squared_error", learning="feedback_alignment")
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
    >>> model.fit(x, y, epochs=300).history["loss"][-1] < 0.01
    True
    """

    def feedback(self, network: "Network") -> dict[str, np.ndarray]:
        """Give the weights that errors go back through: ``{layer: array of the shape of its kernel}``."""
        return {
            place.owner: place.layer.parameters[name]
            for index, place in enumerate(self._backward_plan(network).places)
            for name in place.layer.synapses
            if place.layer is not network.places[index].layer
        }

    def of_checked(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Learned:
        """Go forward and compare as ever, and back through other weights."""
        outputs, cache = forward(network.plan, x, True, network.noise, network.threads)
        mask = counting(cache, outputs)
        value, gradient = network._compared(outputs, targets, weights, mask)
        plan = self._backward_plan(network)
        flat, _ = backward(plan, gradient, cache, network.flat_weights, False, network.threads)
        return value, outputs, network._penalised(flat), mask

    def _belongs_to(self, place: Place) -> str:
        return place.owner

    def _other(self, network: "Network", place: Place) -> Layer:
        """Give the same layer with other weights."""
        twin = copy.copy(place.layer)
        twin.parameters = dict(place.layer.parameters)
        for name in twin.synapses:
            rng = generator(self.seed, "feedback", place.owner, name)
            twin.parameters[name] = self.initializer.draw(twin.parameters[name].shape, rng).astype(network.dtype)
        return twin
