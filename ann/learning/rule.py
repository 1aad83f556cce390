"""What a learning rule is."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ann.errors import InvalidValueError
from ann.parallel import blas_on_one_thread
from ann.registry import Configurable
from ann.structure import Gradients, Place
from ann.training.checks import checked_batch

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Learned", "Rule", "goes_back", "require_synapses"]

Learned = tuple[float, np.ndarray, Gradients, np.ndarray | None]
"""The loss, the outputs, the gradients, and which steps of the outputs counted, None where all did."""


class Rule(Configurable, ABC):
    """Where a network's gradients come from; a network holds its own copy of the rule that it was compiled with."""

    exact: ClassVar[bool] = False
    """Whether they are the loss's own, so that an optimiser may search along them."""

    def gradients(
        self, network: "Network", x: Any, y: Any, sample_weight: Any = None
    ) -> tuple[float, np.ndarray, Gradients]:
        """Take the first three steps of learning on a batch.

        Parameters
        ----------
        network : Sequential or Model
            Compiled; its weights are left as they are.
        x, y : array
            Stimuli and targets.
        sample_weight : array, optional
            How much each stimulus counts (stimulus,).

        Returns
        -------
        value : float
            The loss of the outputs, penalties on weights included.
        outputs : numpy.ndarray
            (stimulus, ...).
        gradients : Gradients
            What the optimiser follows downhill, penalties on weights included.

        Raises
        ------
        NotCompiledError, ShapeError, DataError
            If there is no loss, or the batch does not fit.
        InvalidValueError
            If a layer is not for this rule; the message names it.
        """
        batch = checked_batch(network, (x, y, sample_weight))
        with blas_on_one_thread:
            return self.of_checked(network, *batch)[:3]

    @abstractmethod
    def of_checked(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Learned:
        """Give what `gradients` does for a batch that was checked: training does so once, not at every step.

        Whoever calls it holds BLAS to one thread (`ann.parallel.blas_on_one_thread`), which training does once, too.

        Beside it, which steps of the outputs counted: `ann.training.weighting.counting`.

        Parameters
        ----------
        network : Sequential or Model
            As above.
        x, targets, weights
            What `ann.training.checks.checked_batch` gave.
        """


def goes_back(network: "Network", place: Place) -> bool:
    """Tell whether an error goes back through a place: whether any weights stand before it."""
    needed = network.plan.needed[False]
    return any(needed[source] for source in place.sources)


def require_synapses(place: Place, rule: Rule, names: str = "Dense and convolutions") -> None:
    """Check that a layer's weights are what the rule knows how to go round.

    Weights that stand one a unit (biases, `Layer.gains`) join no two units, and do no harm.

    Raises
    ------
    InvalidValueError
        If the layer has others.
    """
    layer = place.layer
    harmless = (*layer.synapses, *layer.gains)
    within = [slot.parameter for slot in place.slots if len(slot.shape) > 1 and slot.parameter not in harmless]
    if within:
        raise InvalidValueError(
            f"{place.name} ({type(layer).__name__}): {type(rule).__name__} does not reach its {' and '.join(within)}; "
            f"use layers whose weights stand between input and output alone ({names}), or "
            'learning="backpropagation"'
        )
