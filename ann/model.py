"""Sequential: layers one after the other, and the four steps of learning as four calls."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ann import losses, metrics, optimizers, passes
from ann.callbacks import Callback, History
from ann.data import as_stimuli, require_finite
from ann.errors import InvalidTypeError, InvalidValueError, NotCompiledError, ShapeError
from ann.layers.layer import Layer, Shape, positive_integer
from ann.metrics import accuracy
from ann.parallel import blas_on_one_thread
from ann.structure import Gradients, Place, assign, lay_out, layer_names
from isocortex.progress import Advance
from isocortex.seeds import generator
from isocortex.threads import resolve_threads

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Sequential"]


class Sequential:
    """Layers one after the other, trained by backpropagation.

    Parameters
    ----------
    layers : sequence of ann.layers.Layer
        In their order. The same layer may stand more than once; its parameters are shared.
    seed : int
        Gives the initial weights, the shuffling and the dropout: the same seed gives the same bits on the same machine
        with the same versions, whatever the number of threads.
    name : str, optional
        Shown in the summary.
    dtype : {"float32", "float64"}
        The type of weights and activity.
    threads : int, optional
        How many threads a large batch is shared among; the cores of this process by default.

    Attributes
    ----------
    flat_weights : numpy.ndarray
        All weights in one array; the layers' parameters are views into it.

    Raises
    ------
    InvalidTypeError, InvalidValueError, ShapeError
        If a layer is not one, or its shapes do not fit.

    Examples
    --------
    One step of training, as four calls; `train_on_batch` is these four:

    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(units=1, input_shape=(1,))], seed=0)
    >>> model.compile(optimizer="sgd", loss="mean_squared_error")
    >>> x, y = np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> outputs, cache = model.forward(x, training=True)
    >>> value, gradient = model.loss(outputs, y)
    >>> gradients = model.backward(gradient, cache)
    >>> model.update(gradients)
    >>> model.evaluate(x, y) < value
    True
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        seed: int = 0,
        name: str | None = None,
        dtype: Any = "float32",
        threads: int | None = None,
    ):
        if not isinstance(layers, Sequence) or isinstance(layers, str):
            raise InvalidTypeError(f"layers: must be a list of layers, got {layers!r}")
        if name is not None and not isinstance(name, str):
            raise InvalidTypeError(f"Sequential.name: must be text, got {name!r}")
        self.layers = list(layers)
        if not self.layers:
            raise InvalidValueError("layers: must hold at least one layer, got none")
        self.names = layer_names(self.layers)
        self.dtype = _floating(dtype)
        self.seed = seed
        self.name = name or "sequential"
        self.threads = resolve_threads(threads)
        self.optimizer: optimizers.Optimizer | None = None
        self.objective: losses.Loss | None = None
        self.metrics: dict[str, metrics.Metric] = {}
        self.shuffling = generator(seed, "shuffling")
        self.noise = generator(seed, "noise")
        self.places: tuple[Place, ...] = ()
        self.flat_weights = np.empty(0, self.dtype)
        self._input_shape: Shape | None = None
        if self.layers[0].input_shape is not None:
            self.build(self.layers[0].input_shape)

    # Structure

    def build(self, input_shape: Shape) -> None:
        """Draw the initial weights for stimuli of this shape; called by itself at the first data.

        Raises
        ------
        ShapeError
            If the layers do not fit together, or the model was built for another shape.
        """
        if self._input_shape is not None:
            if tuple(input_shape) != self._input_shape:
                raise ShapeError(f"{self.name}: was built for {self._input_shape} a stimulus, got {input_shape}")
            return
        self.places, self.flat_weights = lay_out(self.layers, self.names, input_shape, self.seed, self.dtype)
        self._input_shape = tuple(input_shape)
        self._penalties = [
            (slot, place.layer.regularizers[slot.parameter])
            for place in {place.owner: place for place in self.places}.values()
            for slot in place.slots
            if slot.parameter in place.layer.regularizers
        ]

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
        """The layers as a networkx graph from ``"input"`` on, with `kind`, `shape` and `parameters` at each node."""
        from ann.describe import graph

        return graph(self)

    def summary(self) -> str:
        """Give a table of layers, shapes and numbers of parameters as text."""
        from ann.describe import summary

        return summary(self)

    def get_weights(self) -> dict[str, dict[str, np.ndarray]]:
        """Give a copy of every parameter: ``{layer: {parameter: array}}``."""
        self._require_built()
        return {name: dict(own) for name, own in Gradients(self.flat_weights.copy(), self.places).items()}

    def set_weights(self, weights: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Set every parameter.

        Raises
        ------
        WeightsError
            If names or shapes differ from the model's, or a number is not finite; the message lists every mismatch,
            and no weight is changed.
        """
        self._require_built()
        assign(Gradients(self.flat_weights, self.places), weights, self.name)

    def untrained(self, dtype: Any = None) -> "Sequential":
        """Give the same architecture with the weights that this model began with, in `dtype` if one is given."""
        copies = {id(layer): layer.copy() for layer in self.layers}
        layers = [copies[id(layer)] for layer in self.layers]
        model = Sequential(layers, self.seed, self.name, dtype or self.dtype, self.threads)
        if self._input_shape is not None:
            model.build(self._input_shape)
        if self.optimizer is not None and self.objective is not None:
            model.compile(self.optimizer.copy(), self.objective, list(self.metrics))
        return model

    def compile(self, optimizer: Any = "sgd", loss: Any = "mean_squared_error", metrics: Any = None) -> None:
        """Choose how to learn; an optimiser given as an object starts afresh.

        Parameters
        ----------
        optimizer : str or ann.optimizers.Optimizer
            ``"sgd"``, ``"adam"`` or an object.
        loss : str or ann.losses.Loss
            ``"mean_squared_error"``, ``"sparse_categorical_crossentropy"`` and so on, or an object.
        metrics : sequence of str, optional
            What else to report, for instance ``["accuracy"]``.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If a name is unknown.
        """
        self.optimizer = optimizers.get(optimizer)
        self.objective = losses.get(loss)
        self.metrics = _metrics(metrics)
        if "accuracy" in self.metrics and self.objective.from_logits:
            # One log odds is yes above 0, not above the 0.5 of a probability; the largest of several is no different.
            self.metrics["accuracy"] = partial(accuracy, threshold=0.0)
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
            What `backward` needs of every layer.

        Raises
        ------
        ShapeError
            If the stimuli are not of the shape that the first layer expects.
        """
        x = self._stimuli(x)
        return passes.forward(self.places, x, training, self.noise, self.threads)

    def loss(self, outputs: np.ndarray, y: Any) -> tuple[float, np.ndarray]:
        """Step 2: compare outputs with targets.

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
        objective = self.objective
        if objective is None:
            raise NotCompiledError(f"{self.name}: has no loss; call model.compile(optimizer=..., loss=...) first")
        partner = objective.partner
        fused = partner is not None and not objective.from_logits and isinstance(self.layers[-1].activation, partner)
        value, gradient = objective.value_and_gradient(outputs, objective.targets(y, outputs), fused)
        if fused:
            gradient = gradient.view(passes.LogitGradient)
        return value + self.penalty() if self._penalties else value, gradient

    def backward(self, gradient: np.ndarray, cache: Any, inputs: bool = False) -> Gradients:
        """Step 3: carry the gradient back through the layers.

        Parameters
        ----------
        gradient : numpy.ndarray
            What `loss` gave, or any gradient with respect to the outputs.
        cache : object
            What `forward` gave.
        inputs : bool
            Whether the gradient with respect to the stimuli is wanted too, in `Gradients.inputs`.

        Returns
        -------
        Gradients
            ``gradients["dense_1"]["kernel"]``, penalties on weights included.
        """
        flat, d_x = passes.backward(self.places, gradient, cache, self.flat_weights.size, inputs, self.threads)
        for slot, regularizer in self._penalties:
            flat[slot.start : slot.stop] += regularizer.gradient(self.flat_weights[slot.start : slot.stop])
        return Gradients(flat, self.places, d_x)

    def update(self, gradients: Gradients) -> None:
        """Step 4: move the weights along their gradients, as the optimiser does it.

        Raises
        ------
        NotCompiledError
            If there is no optimiser.
        """
        if self.optimizer is None:
            raise NotCompiledError(f"{self.name}: has no optimiser; call model.compile(optimizer=..., loss=...) first")
        self.optimizer.step(self.flat_weights, gradients.flat)

    def train_on_batch(self, x: Any, y: Any) -> float:
        """Take the four steps once, and give the loss before the update."""
        return self._learn(x, y)[0]

    # Whole data sets

    def fit(
        self,
        x: Any,
        y: Any,
        epochs: int = 1,
        batch_size: int = 32,
        validation_data: tuple[Any, Any] | None = None,
        validation_split: float = 0.0,
        callbacks: Callback | Sequence[Callback] | None = None,
        shuffle: bool = True,
        progress: bool | Callable[[int, str], Advance] | None = None,
    ) -> History:
        """Train on all stimuli, `epochs` times; see `ann.training.fit`, which this calls."""
        from ann.training import fit

        return fit(self, x, y, epochs, batch_size, validation_data, validation_split, callbacks, shuffle, progress)

    def evaluate(self, x: Any, y: Any, batch_size: int = 256) -> Any:
        """Give the loss, or a named tuple ``(loss, accuracy, ...)`` where the model was compiled with metrics.

        Raises
        ------
        NotCompiledError, ShapeError, DataError
            If there is no loss, or the data do not fit.
        """
        from ann.training import evaluate

        return evaluate(self, x, y, batch_size)

    def predict(self, x: Any, batch_size: int = 256) -> np.ndarray:
        """Give the outputs (stimulus, ...) for `x`, computed `batch_size` stimuli at a time."""
        x = self._checked(x)
        size = positive_integer(batch_size, "batch_size")
        found = [self.forward(x[start : start + size])[0] for start in range(0, len(x), size)]
        return np.concatenate(found) if found else np.empty((0, *self.output_shape), self.dtype)

    def activations(self, x: Any, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Give every layer's activity: ``{layer: array (stimulus, ...)}``, in order.

        A layer that stands again later appears as ``"dense_1 (2)"``.
        """
        x = self._checked(x)
        size = positive_integer(batch_size, "batch_size")
        found = {place.name: np.empty((len(x), *place.output_shape), self.dtype) for place in self.places}
        with blas_on_one_thread:
            for start in range(0, len(x), size):
                y = x[start : start + size]
                for place in self.places:
                    y = place.layer.forward(y)[0]
                    found[place.name][start : start + size] = y
        return found

    def penalty(self) -> float:
        """Give the sum of the penalties on weights."""
        return sum(
            (regularizer.value(self.flat_weights[slot.start : slot.stop]) for slot, regularizer in self._penalties), 0.0
        )

    # Inside

    def _learn(self, x: Any, y: Any) -> tuple[float, np.ndarray]:
        outputs, cache = self.forward(x, training=True)
        value, gradient = self.loss(outputs, y)
        gradients = self.backward(gradient, cache)
        self.update(gradients)
        return value, outputs

    def _stimuli(self, x: Any) -> np.ndarray:
        x = as_stimuli(x, self.dtype)
        if self._input_shape is None:
            self.build(x.shape[1:])
        if x.shape[1:] != self._input_shape:
            expected = self.input_shape
            hint = "; add the axis of channels with x[..., None]" if (*x.shape[1:], 1) == expected else ""
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


def _floating(dtype: Any) -> np.dtype:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise InvalidValueError(f"Sequential.dtype: must be float32 or float64, got {dtype!r}")
    return found


def _metrics(chosen: Any) -> dict[str, metrics.Metric]:
    return metrics.get(chosen)
