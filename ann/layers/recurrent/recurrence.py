r"""What all recurrent layers share: their arguments, and the loop over steps, forward and back through time.

Steps come first inside, ``(step, stimulus, feature)``, and gates before them. What a step sees is laid out in a row: a
one for the bias, the inputs and the last state, so that a gate is one product. So it is on the way back (Werbos 1990,
Proc. IEEE 78:1550), where each step adds to the gradients of all weights of a gate at once.
"""

from abc import abstractmethod
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from ann import activations, constraints, initializers, regularizers, room
from ann.checks import share
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers.layer import Layer, Shape, positive_integer
from ann.layers.recurrent.states import call, pack, packed_shape, unpack

__all__ = ["Recurrent", "Return", "Run"]

SQUASHING = (activations.Linear, activations.Tanh, activations.Sigmoid, activations.ReLU)
"""What may stand inside the loops, numbered as in `ann.fast.recurrent.squash`; their slopes follow from the output."""


@dataclass
class Run:
    """A sequence on its way: what `backward` needs."""

    seen: np.ndarray  # (step, stimulus, bias + feature + unit), in the order in which the layer goes
    weights: np.ndarray  # (gate, bias + feature + unit, unit)
    z: np.ndarray  # (gate, step, stimulus, unit): the gates; empty where there is but the state
    states: list[np.ndarray]  # (step + 1, stimulus, unit) each, the first the layer's output
    more: np.ndarray  # (step, stimulus, unit), whatever else the layer keeps; may be empty
    skipped: np.ndarray  # (step, stimulus): where the states stay as they were; empty without a mask
    dropped: np.ndarray | None  # (stimulus, 1, feature): what the inputs were multiplied by
    several: bool  # whether there were initial states


@dataclass
class Return:
    """The same sequence on its way back: gradients, and what they go through."""

    weights: np.ndarray  # (gate, bias + feature + unit, unit): the gradient for `Run.weights`
    inputs: np.ndarray  # (step, stimulus, feature): that for the inputs, empty if it is not wanted
    states: list[np.ndarray]  # (stimulus, unit) each: the gradients for the last states, at the end the initial ones
    to_state: np.ndarray  # (gate, unit, unit): the recurrent kernels, each transposed
    to_inputs: np.ndarray  # (gate, unit, feature): the kernels, empty where `inputs` is
    second_bias: np.ndarray  # (unit,): the gradient for the candidate's second bias, where there is one


class Recurrent(Layer):
    """A layer that takes one step of a sequence after the other, and remembers its last state.

    It takes (step, feature), or a list of that and its initial states (unit,). See `SimpleRNN`, `GRU` and `LSTM`.
    """

    compiled = True
    takes_mask = True
    gradients_within = False
    part = 32
    regularized = ("kernel", "recurrent_kernel", "bias")
    argument_words = MappingProxyType({"recurrent_kernel": "recurrent"})
    states: ClassVar[int] = 1

    def __init__(
        self,
        units: int,
        activation: Any,
        recurrent_activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        return_sequences: bool,
        return_state: bool,
        go_backwards: bool,
        input_shape: Shape | None,
        name: str | None,
    ):
        super().__init__(input_shape, name)
        kind = type(self).__name__
        self.units = positive_integer(units, f"{kind}.units")
        self.activation = activations.get(activation, f"{kind}.activation")
        self.recurrent_activation = activations.get(recurrent_activation, f"{kind}.recurrent_activation")
        self._kind = _number(self.activation, f"{kind}.activation")
        self._gate_kind = _number(self.recurrent_activation, f"{kind}.recurrent_activation")
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer, f"{kind}.kernel_initializer")
        self.recurrent_initializer = initializers.get(recurrent_initializer, f"{kind}.recurrent_initializer")
        self.bias_initializer = initializers.get(bias_initializer, f"{kind}.bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, f"{kind}.kernel_regularizer")
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer, f"{kind}.recurrent_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, f"{kind}.bias_regularizer")
        self.kernel_constraint = constraints.get(kernel_constraint, f"{kind}.kernel_constraint")
        self.recurrent_constraint = constraints.get(recurrent_constraint, f"{kind}.recurrent_constraint")
        self.bias_constraint = constraints.get(bias_constraint, f"{kind}.bias_constraint")
        self.dropout = share(dropout, f"{kind}.dropout")
        self.random = self.dropout > 0
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.go_backwards = bool(go_backwards)

    @property
    def most_inputs(self) -> int:  # type: ignore[override]
        """The sequence, and an initial value of each state."""
        return 1 + self.states

    def __call__(self, inputs: Any, initial_state: Any = None) -> Any:
        """Give the output for symbols, as a node of a graph; with `return_state`, a tuple of it and the last states.

        Parameters
        ----------
        inputs : Symbol or sequence of Symbol
            The sequence, or a list of that and the initial states.
        initial_state : Symbol or sequence of Symbol, optional
            The initial states, if `inputs` does not hold them.
        """
        return call(self, inputs, initial_state, self.output_shapes)

    @property
    def outputs(self) -> int:  # type: ignore[override]
        """The output, and with `return_state` the states."""
        return 1 + self.states * self.return_state

    def output_shape(self, input_shape: Any) -> Shape:
        """Give (step, unit) where sequences are returned, (unit,) otherwise; with `return_state` all as one."""
        sequence, *initial = input_shape if isinstance(input_shape[0], tuple) else (input_shape,)
        if len(sequence) != 2:
            raise ShapeError(f"got {sequence} a stimulus, expects (step, feature)")
        if initial and initial != [(self.units,)] * self.states:
            expected = ", ".join([str((self.units,))] * self.states)
            raise ShapeError(f"got initial states of {', '.join(map(str, initial))}, expects {expected} or none")
        return packed_shape(self.output_shapes(sequence))

    def output_shapes(self, sequence: Shape) -> list[Shape]:
        """Give the shapes of all that is given for one sequence (step, feature)."""
        output = (sequence[0], self.units) if self.return_sequences else (self.units,)
        return [output, *[(self.units,)] * (self.outputs - 1)]

    def parameter_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """Give those of the kernel (feature, gate * unit), recurrent kernel (unit, gate * unit) and bias."""
        (_, features), width = _sequence_shape(input_shape), len(self.gates) * self.units
        shapes: dict[str, Shape] = {"kernel": (features, width), "recurrent_kernel": (self.units, width)}
        return {**shapes, "bias": self._bias_shape()} if self.use_bias else shapes

    def initial_parameters(self, input_shape: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the kernel, the recurrent kernel and the bias."""
        shapes = self.parameter_shapes(input_shape)
        parameters = {
            "kernel": self.kernel_initializer.draw(shapes["kernel"], rng),
            "recurrent_kernel": self.recurrent_initializer.draw(shapes["recurrent_kernel"], rng),
        }
        if self.use_bias:
            parameters["bias"] = self.bias_initializer.draw((1, *shapes["bias"]), rng)[0]
        return parameters

    def operations(self, input_shape: Any) -> int:
        """Count one multiplication and one addition a weight, at every step."""
        steps, features = _sequence_shape(input_shape)
        return 2 * steps * (features + self.units) * len(self.gates) * self.units

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Give that of the sequence that is returned, if one is."""
        if mask is None or not self.return_sequences:
            return None
        return mask[:, ::-1] if self.go_backwards else mask

    def forward(
        self,
        x: Any,
        training: bool = False,
        rng: np.random.Generator | None = None,
        *,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Go through the steps; where the mask (stimulus, step) is False, the state stays as it was."""
        run = self._begin(x, training, rng, mask)
        self._go(run)
        h = run.states[0]
        output = h[1:].transpose(1, 0, 2) if self.return_sequences else h[-1].copy()
        return pack([output, *[state[-1] for state in run.states[: self.outputs - 1]]]), run

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Go back through the steps, and then collect the weights' gradients."""
        run: Run = cache
        upstream, *states = unpack(gradient, self.output_shapes(run.seen.shape[:1]))
        back = self._begin_back(run, states, inputs)
        upstream = upstream if self.return_sequences else upstream[:, None]
        self._return(np.ascontiguousarray(upstream), run, back)
        gradients = self._weight_gradients(back)
        if not inputs:
            return None, gradients
        d_x = self._input_gradient(run, back)
        return (d_x, *back.states) if run.several else d_x, gradients

    # What a kind of layer says of itself

    @abstractmethod
    def _go(self, run: Run) -> None:
        """Fill the states, step by step."""

    @abstractmethod
    def _return(self, upstream: np.ndarray, run: Run, back: Return) -> None:
        """Fill `back` from the output's gradient (stimulus, step, unit), or (stimulus, 1, unit) for the last alone."""

    def _bias_shape(self) -> Shape:
        return (len(self.gates) * self.units,)

    def _keeps_more(self) -> bool:
        """Whether `Run.more` is needed."""
        return False

    def _first_bias(self) -> np.ndarray:
        """Give what stands beside the kernels (gate * unit,)."""
        return self.parameters["bias"]

    def _stacked(self) -> np.ndarray:
        """Give bias, kernel and recurrent kernel of each gate one below the other: (gate, rows, unit)."""
        kernel, recurrent, units = self.parameters["kernel"], self.parameters["recurrent_kernel"], self.units
        first, gates = int(self.use_bias), len(self.gates)
        stacked = room.empty((gates, first + len(kernel) + units, units), kernel.dtype)
        side_by_side = stacked.transpose(1, 0, 2)
        if self.use_bias:
            side_by_side[0] = self._first_bias().reshape(gates, units)
        side_by_side[first:-units] = kernel.reshape(-1, gates, units)
        side_by_side[-units:] = recurrent.reshape(units, gates, units)
        return stacked

    def _bias_gradient(self, back: Return) -> np.ndarray:
        return back.weights[:, 0].ravel()

    # Inside

    def _begin(self, x: Any, training: bool, rng: np.random.Generator | None, mask: np.ndarray | None) -> Run:
        sequence, *initial = x if isinstance(x, tuple) else (x,)
        dropped = None
        if training and self.dropout:
            if rng is None:
                raise InvalidTypeError(f"{type(self).__name__}.forward: needs rng=, a numpy.random.Generator, to drop")
            kept = rng.random((len(sequence), 1, sequence.shape[2]), np.float32) >= self.dropout
            dropped = kept * sequence.dtype.type(1 / (1 - self.dropout))
            sequence = sequence * dropped
        order = slice(None, None, -1) if self.go_backwards else slice(None)
        count, steps, features = sequence.shape
        skipped = np.empty((0, 0), bool) if mask is None or mask.all() else ~np.ascontiguousarray(mask.T[order])
        dtype, gates, units = sequence.dtype, len(self.gates), self.units
        states = [room.empty((steps + 1, count, units), dtype) for _ in range(self.states)]
        for index, state in enumerate(states):
            state[0] = initial[index] if initial else 0
        seen = room.empty((steps, count, self.use_bias + features + units), dtype)
        seen[..., : self.use_bias] = 1
        seen[..., self.use_bias : -units] = sequence.transpose(1, 0, 2)[order]
        seen[0, :, -units:] = states[0][0]
        return Run(
            seen=seen,
            weights=self._stacked(),
            z=room.empty((gates if gates > 1 else 0, steps, count, units), dtype),
            states=states,
            more=room.empty((steps, count, units) if self._keeps_more() else (0, 0, 0), dtype),
            skipped=skipped,
            dropped=dropped,
            several=bool(initial),
        )

    def _begin_back(self, run: Run, states: list[np.ndarray], inputs: bool) -> Return:
        steps, count, width = run.seen.shape
        first, dtype = int(self.use_bias), run.seen.dtype
        turned = run.weights.transpose(0, 2, 1)
        weights = room.empty_like(run.weights)
        weights.fill(0)
        to_state = room.empty((len(turned), self.units, self.units), dtype)
        to_state[:] = turned[:, :, -self.units :]
        return Return(
            weights=weights,
            inputs=np.zeros((steps if inputs else 0, count, width - first - self.units), dtype),
            states=[own.copy() for own in states] or [np.zeros((count, self.units), dtype) for _ in run.states],
            to_state=to_state,
            to_inputs=np.ascontiguousarray(turned[:, :, first : -self.units if inputs else first]),
            second_bias=np.zeros(self.units, dtype),
        )

    def _weight_gradients(self, back: Return) -> dict[str, np.ndarray]:
        kernels = {"kernel": slice(int(self.use_bias), -self.units), "recurrent_kernel": slice(-self.units, None)}
        gradients = {name: _side_by_side(back.weights[:, rows]) for name, rows in kernels.items()}
        return {**gradients, "bias": self._bias_gradient(back)} if self.use_bias else gradients

    def _input_gradient(self, run: Run, back: Return) -> np.ndarray:
        ordered = back.inputs.transpose(1, 0, 2)
        ordered = ordered[:, ::-1] if self.go_backwards else ordered
        return ordered if run.dropped is None else ordered * run.dropped


def _sequence_shape(input_shape: Any) -> Shape:
    return input_shape[0] if isinstance(input_shape[0], tuple) else input_shape


def _side_by_side(weights: np.ndarray) -> np.ndarray:
    """Give (gate, from, unit) as (from, gate * unit)."""
    return weights.transpose(1, 0, 2).reshape(weights.shape[1], -1)


def _number(activation: activations.Activation, what: str) -> int:
    if type(activation) not in SQUASHING:
        known = ", ".join(kind.__name__.lower() for kind in SQUASHING)
        raise InvalidValueError(f"{what}: must be one of {known} inside a recurrent layer, got {activation!r}")
    return SQUASHING.index(type(activation))
