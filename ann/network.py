"""What every network can do: the four steps of learning as four calls, and whole data sets on top of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ann import io, losses, metrics, optimizers, passes, stepping, training
from ann import learning as rules
from ann.callbacks import History
from ann.checks import floating
from ann.data import as_stimuli, require_finite
from ann.errors import InvalidTypeError, InvalidValueError, NotCompiledError, ShapeError
from ann.joined import joined
from ann.layers.layer import Layer, Shape, checked_shape, positive_integer
from ann.structure import Gradients, Layout, Place, assign, lay_out, layer_names, named_arrays
from ann.symbols import Step
from ann.training.checks import require_loss
from isocortex.seeds import generator
from isocortex.threads import resolve_threads

if TYPE_CHECKING:
    import networkx as nx

    from ann.describe import Summary
    from ann.inside import InnerGradients

__all__ = ["Network"]


class Network(ABC):
    """Layers that take from each other, trained by backpropagation: a `Sequential` or a `Model`.

    Parameters
    ----------
    steps : sequence of (Layer, tuple of int)
        The layers, each after those that it takes from, and from which.
    seed, name, dtype, threads
        See `Sequential`.

    Attributes
    ----------
    flat_weights : numpy.ndarray
        All weights in one array; the layers' parameters are views into it.
    flat_statistics : numpy.ndarray
        The same for what layers remember of the stimuli they were trained on.
    """

    def __init__(self, steps: Sequence[Step], seed: int, name: str | None, dtype: Any, threads: int | None):
        kind = type(self).__name__
        if name is not None and not isinstance(name, str):
            raise InvalidTypeError(f"{kind}.name: must be text, got {name!r}")
        self.steps = tuple(steps)
        self.layers = [layer for layer, _ in self.steps]
        self.names = layer_names(self.layers)
        self.dtype = floating(dtype, f"{kind}.dtype")
        self.seed = int(seed) if isinstance(seed, np.integer) else seed
        self.name = name or kind.lower()
        self.threads = resolve_threads(threads)
        self.optimizer: optimizers.Optimizer | None = None
        self.objective: losses.Loss | None = None
        self.metrics: dict[str, metrics.Metric] = {}
        self.learning: rules.Rule = rules.Backpropagation()
        self.history: History | None = None
        self.shuffling = generator(seed, "shuffling")
        self.noise = generator(seed, "noise")
        self.layout = Layout((), np.empty(0, self.dtype), np.empty(0, self.dtype))
        self._input_shape: Shape | None = None

    # Structure

    def build(self, input_shape: Shape) -> None:
        """Draw the initial weights for stimuli of this shape; called by itself at the first data.

        Raises
        ------
        ShapeError
            If the layers do not fit together, or the model was built for another shape.
        """
        input_shape = (
            () if isinstance(input_shape, tuple) and not input_shape else checked_shape(input_shape, self.name)
        )
        if self._input_shape is not None:
            if input_shape != self._input_shape:
                raise ShapeError(f"{self.name}: was built for {self._input_shape} a stimulus, got {input_shape}")
            return
        self.layout = lay_out(self.steps, self.names, input_shape, self.seed, self.dtype)
        self.plan = passes.Plan(self.layout.places)
        together = joined(self.layout.places)
        self.training_plan = passes.Plan(together) if len(together) < len(self.layout.places) else self.plan
        self._input_shape = tuple(input_shape)
        owned = [(slot, place.layer) for place in self.places if place.last for slot in place.slots]
        self._parts = tuple(slot for slot, _ in owned)
        self._penalties = [
            (slot, layer.regularizers[slot.parameter]) for slot, layer in owned if slot.parameter in layer.regularizers
        ]
        self._constraints = [
            (slot, layer.constraints[slot.parameter]) for slot, layer in owned if slot.parameter in layer.constraints
        ]

    @abstractmethod
    def with_layers(self, layers: Sequence[Layer], dtype: Any = None, seed: int | None = None) -> Self:
        """Give a new network of the same structure and settings with other layers in the places of these."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The layers in order, as they are laid out."""
        return self.layout.places

    @property
    def flat_weights(self) -> np.ndarray:
        """All weights in one array; change it in place."""
        return self.layout.weights

    @property
    def flat_statistics(self) -> np.ndarray:
        """All statistics in one array; change it in place."""
        return self.layout.statistics

    @property
    def input_shape(self) -> Shape:
        """The shape of one stimulus."""
        return self._require_built()

    @property
    def output_shape(self) -> Shape:
        """The shape of the output for one stimulus."""
        self._require_built()
        return self.places[-1].output_shape

    @property
    def graph(self) -> "nx.DiGraph":
        """The layers as a networkx graph (see `ann.describe.graph`), which `ann.plots.network_graph` draws."""
        from ann.describe import graph

        return graph(self)

    def summary(self, batch_size: int | None = None) -> "Summary":
        """Give a table of layers, shapes and parameters, and the memory of training in batches of `batch_size`.

        It is text that shows itself as a table wherever it is printed or left at the end of a notebook's cell.
        """
        from ann.describe import summary

        return summary(self, batch_size)

    def get_weights(self) -> dict[str, dict[str, np.ndarray]]:
        """Give a copy of every parameter and statistic: ``{layer: {parameter: array}}``."""
        self._require_built()
        return {
            name: {part: array.copy() for part, array in own.items()} for name, own in named_arrays(self.layout).items()
        }

    def set_weights(self, weights: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Set every parameter and statistic.

        Raises
        ------
        WeightsError
            If names or shapes differ from the model's, or a number is not finite or too large for its type; the
            message lists every mismatch, and no weight is changed.
        InvalidTypeError, DataError
            If they are not arrays by layer and parameter.
        """
        self._require_built()
        assign(named_arrays(self.layout), weights, self.name)

    def untrained(self, dtype: Any = None, seed: int | None = None) -> Self:
        """Give the same architecture with the weights that this model began with, in `dtype` if one is given.

        With a `seed` they are drawn anew, as are shuffling and dropout of what is trained then.
        """
        copies = {id(layer): layer.copy() for layer in self.layers}
        model = self.with_layers([copies[id(layer)] for layer in self.layers], dtype or self.dtype, seed)
        if self._input_shape is not None:
            model.build(self._input_shape)
        if self.optimizer is not None and self.objective is not None:
            plain, weighted = metrics.chosen(self.metrics)
            model.compile(self.optimizer.copy(), self.objective, plain, self.learning, weighted)
        return model

    def compile(
        self,
        optimizer: Any = "sgd",
        loss: Any = "mean_squared_error",
        metrics: Any = None,
        learning: Any = "backpropagation",
        weighted_metrics: Any = None,
    ) -> None:
        """Choose how to learn; an optimiser given as an object starts afresh.

        Parameters
        ----------
        optimizer : str or ann.optimizers.Optimizer
            ``"sgd"``, ``"adam"`` or an object.
        loss : str or ann.losses.Loss
            ``"mean_squared_error"``, ``"sparse_categorical_crossentropy"`` and so on, or an object.
        metrics : sequence of str, ann.metrics.Metric or callable, optional
            What else to report, for instance ``["accuracy", ann.metrics.F1("macro")]``, or a function
            ``f(y_true, y_pred)`` (`ann.metrics.OfFunction`); every stimulus (step that no mask hides) counts as 1.
        learning : str or ann.learning.Rule
            Where the gradients come from: ``"backpropagation"``, ``"feedback_alignment"``,
            ``"direct_feedback_alignment"``, ``"predictive_coding"``, or an object, which is copied.
        weighted_metrics : sequence of str, ann.metrics.Metric or callable, optional
            Metrics in which stimuli (or steps) count by their ``sample_weight`` and ``class_weight``. One that
            `metrics` has as well is called ``"weighted_..."``.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If a name is unknown, or the optimiser searches along the loss's own gradient, which the rule does not give.
        """
        # All are looked at before any is taken, so that a refused call changes nothing.
        chosen, objective, rule = optimizers.get(optimizer), losses.get(loss), rules.get(learning).copy()
        if chosen.searches and not rule.exact:
            raise InvalidValueError(
                f"{self.name}: {type(chosen).__name__} searches along the loss's own gradient, which "
                f"{type(rule).__name__} does not give; use 'adam', or learning=\"backpropagation\""
            )
        self.metrics = _metrics(metrics, weighted_metrics, objective)
        self.optimizer, self.objective, self.learning = chosen, objective, rule
        self.optimizer.reset()

    # The four steps

    def forward(self, x: Any, training: bool = False) -> tuple[np.ndarray, Any]:
        """Step 1: send stimuli through the layers.

        Parameters
        ----------
        x : array
            (stimulus, ...).
        training : bool
            Whether dropout acts.

        Returns
        -------
        outputs : numpy.ndarray
            (stimulus, ...), the last layer's activity.
        cache : object
            What `backward` needs of every layer. Its `mask` says which steps of the outputs count (stimulus, step),
            None where all do.

        Raises
        ------
        ShapeError
            If the stimuli are not of the shape that the first layer expects.
        """
        x = self._stimuli(x)
        return passes.forward(self.plan, x, training, self.noise, self.threads)

    def loss(
        self, outputs: np.ndarray, y: Any, sample_weight: Any = None, mask: Any = None
    ) -> tuple[float, np.ndarray]:
        """Step 2: compare outputs with targets.

        Parameters
        ----------
        outputs : numpy.ndarray
            What `forward` gave.
        y : array
            Targets, in the form that the loss takes.
        sample_weight : array, optional
            How much each stimulus counts (stimulus,); see `fit`.
        mask : array of bool, optional
            Which steps count (stimulus, step): ``cache.mask``, which `fit` and `evaluate` heed by themselves.

        Returns
        -------
        value : float
            The loss, penalties on weights included.
        gradient : numpy.ndarray
            Its gradient with respect to the outputs; an `ann.passes.LogitGradient`, with respect to the last layer's
            pre-activation, where softmax (or sigmoid) meets the cross-entropy that belongs to it.

        Raises
        ------
        NotCompiledError, ShapeError, DataError
            If there is no loss, or the targets do not fit.
        """
        outputs = as_stimuli(outputs, self.dtype, "outputs")
        if outputs.shape[1:] != self.output_shape:
            raise ShapeError(f"{self.name}: got outputs {outputs.shape[1:]} a stimulus, gives {self.output_shape}")
        targets = require_loss(self).targets(y, outputs)
        weights = None if sample_weight is None else training.checked_weights(sample_weight, outputs)
        return self._compared(outputs, targets, weights, losses.checked_mask(mask, outputs))

    def _compared(
        self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, mask: np.ndarray | None = None
    ) -> tuple[float, np.ndarray]:
        """Give what `loss` does, of targets, weights and a mask that were checked."""
        value, gradient = self._data_loss(outputs, targets, weights, mask)
        return value + self.penalty() if self._penalties else value, gradient

    def _data_loss(
        self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, mask: np.ndarray | None = None
    ) -> tuple[float, np.ndarray]:
        value, gradient, fused = self._loss_of(outputs, targets, weights, mask)
        return value, gradient.view(passes.LogitGradient) if fused else gradient

    def _loss_of(
        self, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, mask: np.ndarray | None = None
    ) -> tuple[float, np.ndarray, bool]:
        """Give loss, gradient, and whether that is the one before the last layer's activation."""
        objective = self.objective or require_loss(self)
        partner = objective.partner
        last = self.layers[-1]
        fused = (
            partner is not None and not objective.from_logits and last.fusible and last.activation.stands_for(partner)
        )
        weighted = (weights, mask) if mask is not None else () if weights is None else (weights,)
        return *objective.value_and_gradient(outputs, targets, fused, *weighted), fused

    backward = stepping.backward

    def _backward(self, gradient: np.ndarray, cache: Any, inputs: bool = False) -> Gradients:
        flat, d_x = passes.backward(self.plan, gradient, cache, self.flat_weights, inputs, self.threads)
        return self._penalised(flat, d_x)

    update = stepping.update

    # Whole data sets

    fit = training.fit
    evaluate = training.evaluate
    predict = training.predict
    train_on_batch = training.train_on_batch
    test_on_batch = training.test_on_batch
    predict_on_batch = training.predict_on_batch
    save = io.save
    save_weights = io.save_weights
    load_weights = io.load_weights

    def activations(self, x: Any, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Give every layer's activity: ``{layer: array (stimulus, ...)}``, in order.

        A layer that stands again later appears as ``"dense_1 (2)"``.
        """
        x = self._checked(x)
        size = positive_integer(batch_size, "batch_size")
        found = {place.name: np.empty((len(x), *place.output_shape), self.dtype) for place in self.places}
        for start in range(0, len(x), size):
            part = passes.values(self.plan, x[start : start + size])
            for index, place in enumerate(self.places):
                found[place.name][start : start + size] = part[index]
        return found

    def gradients(self, x: Any, y: Any, batch_size: int = 256) -> "InnerGradients":
        """Give the gradient of the loss with respect to every layer's activity and every parameter, at inference.

        See `ann.inside.gradients`, which this calls.
        """
        from ann.inside import gradients

        return gradients(self, x, y, batch_size)

    def penalty(self) -> float:
        """Give the sum of the penalties on weights."""
        return sum(
            (regularizer.value(self.flat_weights[slot.start : slot.stop]) for slot, regularizer in self._penalties), 0.0
        )

    # Inside

    _learn = stepping.learn

    def _penalised(self, flat: np.ndarray, inputs: np.ndarray | None = None) -> Gradients:
        """Add the gradients of penalties on weights."""
        for slot, regularizer in self._penalties:
            flat[slot.start : slot.stop] += regularizer.gradient(self.flat_weights[slot.start : slot.stop])
        return Gradients(flat, self.layout.places, inputs)

    def _stimuli(self, x: Any) -> np.ndarray:
        x = as_stimuli(x, self.dtype)
        if self._input_shape is None:
            self.build(x.shape[1:])
        if x.shape[1:] != self._input_shape:
            expected = self.input_shape
            hint = "; add the axis of channels with x[..., None]" if (*x.shape[1:], 1) == expected else ""
            hint = "; give one stimulus alone as x[None]" if x.shape == expected else hint
            where = f"{self.names[0]} ({type(self.layers[0]).__name__})"
            raise ShapeError(f"{where}: got {x.shape[1:]} a stimulus, expects {expected}{hint}")
        return x

    def _checked(self, x: Any) -> np.ndarray:
        x = self._stimuli(x)
        require_finite(x, "x")
        return x

    def _require_built(self) -> Shape:
        if self._input_shape is None:
            raise NotCompiledError(
                f"{self.name}: does not know its input shape; give the first layer input_shape=, or call build(shape)"
            )
        return self._input_shape


def _metrics(plain: Any, weighted: Any, loss: losses.Loss) -> dict[str, metrics.Metric]:
    return metrics.compiled(plain, weighted, loss)
