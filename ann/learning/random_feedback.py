"""What the rules share that send errors back through fixed random weights."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from ann import initializers
from ann.learning.rule import Rule, goes_back, require_synapses
from ann.passes import Plan
from ann.structure import Place
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["RandomFeedback"]


class RandomFeedback(Rule):
    """A rule with other layers than the network's on the way back, drawn once from a seed.

    Parameters
    ----------
    initializer : str or ann.initializers.Initializer
        How feedback weights are drawn.
    seed : int
        Where from.
    """

    def __init__(self, initializer: Any = "glorot_uniform", seed: int = 0):
        self.initializer = initializers.get(initializer, f"{type(self).__name__}.initializer")
        generator(seed, "feedback")  # a seed that is none is refused here
        self.seed = int(seed)
        self._plan: Plan | None = None
        self._of: Plan | None = None

    def __getstate__(self) -> dict[str, Any]:
        # What is drawn from the seed, and looks into a network's weights, is made anew.
        return {**vars(self), "_plan": None, "_of": None}

    def _backward_plan(self, network: "Network") -> Plan:
        """Give the network's plan with other layers in the places that errors go back through."""
        if self._plan is None or self._of is not network.plan:
            others: dict[int, Any] = {}
            made: dict[str, Any] = {}
            for index, place in enumerate(network.places):
                if not goes_back(network, place):
                    continue
                require_synapses(place, self)
                if place.layer.synapses:
                    key = self._belongs_to(place)
                    if key not in made:
                        made[key] = self._other(network, place)
                    others[index] = made[key]
            self._plan, self._of = network.plan.with_layers(others), network.plan
        return self._plan

    @abstractmethod
    def _belongs_to(self, place: Place) -> str:
        """Give a name that places with the same feedback weights share."""

    @abstractmethod
    def _other(self, network: "Network", place: Place) -> Any:
        """Give what stands in for a place's layer on the way back."""
