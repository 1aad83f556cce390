"""Predictive coding: activity settles between stimulus and target, then every synapse learns from what it joins.

J. C. R. Whittington and R. Bogacz (2017), An approximation of the error backpropagation algorithm in a predictive
coding network with local Hebbian synaptic plasticity, Neural Computation 29:1229; for graphs of layers B. Millidge, A.
Tschantz and C. L. Buckley (2022), Predictive coding approximates backprop along arbitrary computation graphs, Neural
Computation 34:1329.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidTypeError, InvalidValueError
from ann.layers.layer import positive_integer
from ann.learning.rule import Learned, Rule, goes_back, require_synapses
from ann.parallel import blas_on_one_thread
from ann.passes import LogitGradient
from ann.structure import Gradients
from ann.training.checks import checked_batch

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["PredictiveCoding", "Settled"]


MOST_HALVINGS, ROUNDING = 10, 1e-5
"""How often a rate is halved at a step; by how much of itself the energy may rise, being a sum of rounded numbers."""


class Settled(NamedTuple):
    """A network whose activity has settled between stimuli and targets.

    Attributes
    ----------
    value : float
        The loss of `outputs`, penalties on weights included.
    outputs : numpy.ndarray
        (stimulus, ...), before any settling.
    activity, errors : dict of str to numpy.ndarray
        ``{layer: array (stimulus, ...)}``: value nodes, and how far those of layers with weights stand from what is
        predicted for them. The output's error is the negative gradient of a stimulus' loss divided by the output's
        variance (for the pre-activation where softmax or sigmoid meets its cross-entropy).
    energy : list of float
        The mean over stimuli of the energy (their sum where the loss is one), before settling and after each step.
    gradients : Gradients
        Of the energy, times the output's variance, penalties on weights included.
    """

    value: float
    outputs: np.ndarray
    activity: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    energy: list[float]
    gradients: Gradients


class PredictiveCoding(Rule):
    r"""Activity descends an energy with the stimulus and the target held, and then the weights do.

    Every layer :math:`l` with weights has value nodes :math:`v_l` and error nodes :math:`\epsilon_l = v_l -
    f_l(v_{l-1})`; layers without weights belong to the :math:`f` behind them. With the loss :math:`L` of a stimulus and
    the variance :math:`\Sigma` of the output,

    .. math:: F = \tfrac12 \sum_{l < n} |\epsilon_l|^2 + L(f_n(v_{n-1}), y) / \Sigma.

    From the activity of the forward pass, `steps` times :math:`v_l \mathrel{-}= r\, \partial F / \partial v_l =
    r (\epsilon_l - J_{l+1}^T \epsilon_{l+1})`, and then the weights follow :math:`\Sigma\, \partial F / \partial W`,
    for `Dense` :math:`-x^T (\epsilon \odot f'(z))`: what comes in times the error of what goes out, both at hand.

    With the squared error and activations as layers of their own (`Dense` and then `Activation`), value nodes stand
    before the activation and this is the network of Whittington and Bogacz, up to the factor that makes the error a
    mean over outputs; within ``Dense(activation=...)`` they stand behind it, as in Millidge et al. As :math:`\Sigma`
    grows, the settled errors become backpropagation's and so do the gradients; a small one lets targets pull the
    activity further.

    Where a step would raise the energy of a batch, it is undone and the rate halved for what is left of the settling:
    what rate is stable depends on the weights, and falls as they grow. How far each stimulus has settled then depends
    on the others of its batch.

    Within a layer its own backward step is taken, so that the rule is for `Dense`, convolutions and layers without
    synapses; recurrent and attention layers behind other weights, and `BatchNormalization`, which ties stimuli
    together, are refused.

    Parameters
    ----------
    steps : int
        How often the activity moves; errors travel back one layer a step.
    rate : float
        How far, :math:`r`, at first.
    output_variance : float
        :math:`\Sigma`.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(8, activation="tanh"), ann.layers.Dense(1)], seed=0)
    >>> model.compile(ann.optimizers.Adam(0.05), "mean_squared_error", learning="predictive_coding")
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
    >>> model.fit(x, y, epochs=300).history["loss"][-1] < 0.01
    True
    """

    def __init__(self, steps: int = 20, rate: float = 0.2, output_variance: float = 10.0):
        self.steps = positive_integer(steps, "PredictiveCoding.steps")
        self.rate = _positive(rate, "PredictiveCoding.rate")
        self.output_variance = _positive(output_variance, "PredictiveCoding.output_variance")

    def of_checked(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Learned:
        """Settle, and give what the synapses learn."""
        settled = self._settled(network, x, targets, weights)
        return settled.value, settled.outputs, settled.gradients, None

    def settle(self, network: "Network", x: Any, y: Any, sample_weight: Any = None) -> Settled:
        """Let the activity for these stimuli and targets settle; the network is left as it is.

        Raises
        ------
        InvalidValueError
            If a layer is not for this rule.
        NotCompiledError, ShapeError, DataError
            If there is no loss, or the data do not fit.
        """
        return self._settled(network, *checked_batch(network, (x, y, sample_weight)))

    def _settled(self, network: "Network", x: np.ndarray, targets: np.ndarray, weights: np.ndarray | None) -> Settled:
        with blas_on_one_thread:
            nodes = _Nodes(network, x, targets, weights, self)
            value, outputs = nodes.loss, nodes.predictions[nodes.end]
            energy, rate = [nodes.energy()], self.rate
            for _ in range(self.steps):
                rate = nodes.move(rate)
                energy.append(nodes.energy())
            flat = nodes.gradients()
        names = [place.name for place in network.places]
        return Settled(
            value,
            outputs,
            {name: nodes.values[index] for index, name in enumerate(names)},
            {names[index]: nodes.error(index) for index in (*nodes.free, nodes.end)},
            energy,
            network._penalised(flat),
        )


class _Nodes:
    """The value nodes of all places for one batch, and what is predicted for them."""

    def __init__(
        self,
        network: "Network",
        x: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray | None,
        rule: PredictiveCoding,
    ):
        if network.plan.masked:
            raise InvalidValueError(
                f"{network.name}: PredictiveCoding takes no masks; use a layer without mask_zero or Masking, or "
                'learning="backpropagation"'
            )
        for place in network.places:
            if goes_back(network, place):
                require_synapses(place, rule)
            if place.layer.whole_batch:
                raise InvalidValueError(
                    f"{place.name} ({type(place.layer).__name__}): ties the stimuli of a batch together, where "
                    'PredictiveCoding settles each by itself; use LayerNormalization, or learning="backpropagation"'
                )
        self.network, self.targets, self.weights = network, targets, weights
        self.variance = rule.output_variance
        # Each stimulus settles by its own loss: its share of the mean is taken out, and put back at the end.
        summed = network.objective is not None and network.objective.reduction == "sum"
        self.count = 1 if summed else len(x)
        self.end = len(network.places) - 1
        self.values: dict[int, Any] = {-1: x}
        # Layers without weights only hand on: their value is what is predicted for it.
        self.free = [index for index, place in enumerate(network.places) if place.slots and index < self.end]
        # One seed a place and batch, so that dropout drops the same units in every step.
        self.seeds = network.noise.integers(2**63, size=self.end + 1).tolist() if network.plan.random else None
        self.predictions: dict[int, np.ndarray] = {}
        self.caches: dict[int, Any] = {}
        self._predict(range(self.end + 1))

    def move(self, rate: float) -> float:
        """Move the value nodes of layers with weights down the energy, predict anew, and give the rate that served."""
        arriving, _ = self._back()
        before, most = {index: self.values[index] for index in self.free}, self.energy() * (1 + ROUNDING)
        slopes = {index: self.error(index) + arriving[index] for index in self.free}
        others = [index for index in range(self.end + 1) if index not in self.free]
        for halvings in range(MOST_HALVINGS + 1):
            step = rate / 2**halvings
            for index in self.free:
                self.values[index] = before[index] - self.network.dtype.type(step) * slopes[index]
            self._predict(others)
            if self.energy() <= most:
                break
        return step

    def error(self, index: int) -> np.ndarray:
        """Give how far the values of a layer with weights stand from what is predicted for them."""
        return -self.output if index == self.end else self.values[index] - self.predictions[index]

    def energy(self) -> float:
        """Give the mean over stimuli of the energy."""
        hidden = sum(float(np.square(self.error(index)).sum()) for index in self.free) / 2 / self.count
        return hidden + (self.loss - self.network.penalty()) / self.variance

    def gradients(self) -> np.ndarray:
        """Give the mean energy's gradient for all weights, times the output's variance."""
        flat = np.zeros(self.network.flat_weights.size, self.network.dtype)
        for index, own in self._back()[1].items():
            for slot in self.network.places[index].slots:
                flat[slot.start : slot.stop] += own[slot.parameter].ravel()
        return flat * flat.dtype.type(self.variance / self.count)

    def _predict(self, moved: Any) -> None:
        """Predict for all places; those of `moved` take on what is predicted."""
        for index, place in enumerate(self.network.places):
            rng = np.random.default_rng(self.seeds[index]) if self.seeds else None
            sources = [self.values[source] for source in place.sources]
            x = sources[0] if len(sources) == 1 else tuple(sources)
            self.predictions[index], self.caches[index] = place.layer.forward(x, True, rng)
            if index in moved:
                self.values[index] = self.predictions[index]
        self.loss, gradient = self.network._compared(self.predictions[self.end], self.targets, self.weights)
        self.fused = isinstance(gradient, LogitGradient)
        self.output = np.asarray(gradient) * self.network.dtype.type(self.count / self.variance)

    def _back(self) -> tuple[dict[int, Any], dict[int, dict[str, np.ndarray]]]:
        """Send each error one layer with weights back: what arrives at places, and the gradients of parameters."""
        arriving: dict[int, Any] = {self.end: self.output}
        own = {}
        for index in range(self.end, -1, -1):
            place = self.network.places[index]
            if not self.network.plan.needed[False][index]:
                continue
            upstream = -self.error(index) if index in self.free else arriving[index]
            inputs = goes_back(self.network, place)
            activated = index < self.end or not self.fused
            back, own[index] = place.layer.backward(upstream, self.caches[index], inputs=inputs, activated=activated)
            if inputs:
                for source, one in zip(place.sources, back if len(place.sources) > 1 else (back,), strict=True):
                    arriving[source] = arriving[source] + one if source in arriving else one
        return arriving, own


def _positive(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating, np.integer)):
        raise InvalidTypeError(f"{what}: must be a number, got {value!r}")
    if not 0 < value < np.inf:
        raise InvalidValueError(f"{what}: must be positive and finite, got {value}")
    return finite_number(value, what)  # no whole number beyond all floats
