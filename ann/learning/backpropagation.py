"""Backpropagation: the loss's own gradient.

D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), Learning representations by back-propagating errors, Nature
323:533.
"""

from typing import TYPE_CHECKING

import numpy as np

from ann.learning.rule import Learned, Rule
from ann.passes import backward, forward
from ann.training.weighting import counting

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Backpropagation"]


class Backpropagation(Rule):
    r"""The chain rule, :math:`\delta_l = (\partial y_{l+1} / \partial y_l)^T \delta_{l+1}`, from the output back.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(2,))])
    >>> model.compile("sgd", "mean_squared_error", learning="backpropagation")
    >>> value, outputs, gradients = model.learning.gradients(model, np.eye(2), np.ones(2))
    >>> gradients["dense_1"]["kernel"].shape
    (2, 1)
    """

    exact = True

    def of_checked(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Learned:
        """Go forward, compare, go back."""
        plan = network.training_plan
        chain = plan.short_way(len(x), True)
        if chain is None:
            outputs, cache = forward(plan, x, True, network.noise, network.threads)
            mask = counting(cache, outputs)
            value, gradient = network._compared(outputs, targets, weights, mask)
            flat, _ = backward(plan, gradient, cache, network.flat_weights, False, network.threads)
            return value, outputs, network._penalised(flat), mask
        # The same calls in the same order, without what stands between `forward` and `backward` for whoever calls them.
        rng = np.random.default_rng(int(network.noise.integers(2**63, size=1)[0])) if plan.random else None
        outputs, caches = chain.forward(x, True, rng)
        value, gradient, fused = network._loss_of(outputs, targets, weights)
        value += network.penalty() if network._penalties else 0.0
        flat, _ = chain.backward(gradient, caches, network.layout.weights, False, not fused)
        return value, outputs, network._penalised(flat), None
