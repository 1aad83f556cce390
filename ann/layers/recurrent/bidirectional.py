"""A recurrent layer in both directions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ann.constraints import Constraint
from ann.errors import InvalidValueError, ShapeError
from ann.layers.layer import Layer, Shape
from ann.layers.recurrent.gru import GRU
from ann.layers.recurrent.lstm import LSTM
from ann.layers.recurrent.recurrence import Recurrent
from ann.layers.recurrent.simple_rnn import SimpleRNN
from ann.layers.recurrent.states import call, pack, packed_shape, unpack
from ann.registry import resolve
from ann.regularizers import Regularizer
from isocortex.errors import nearest

__all__ = ["Bidirectional"]

CHOICES = {kind.__name__: kind for kind in (SimpleRNN, LSTM, GRU)}
MERGES = ("concat", "sum", "mul", "ave")
SIDES = ("forward", "backward")


class Bidirectional(Layer):
    r"""A recurrent layer, and another of its kind that begins at the other end (Schuster and Paliwal 1997, IEEE TSP).

    With their outputs :math:`y^f_t` and :math:`y^b_t` for the same step, the output is both, :math:`y^f_t + y^b_t`,
    :math:`y^f_t y^b_t` or :math:`(y^f_t + y^b_t) / 2`. Without sequences it is made of the last state of each: that of
    the other direction has then seen the first step last. Last states, where `layer` returns them, are not merged.

    It takes (step, feature), or a list of that, the initial states of the layer and those of the one that goes
    backwards. The parameters are ``forward_kernel``, ``backward_kernel`` and so on.

    Parameters
    ----------
    layer : SimpleRNN, LSTM or GRU
        A copy of it goes forwards, and one with the other `go_backwards` goes backwards, with weights of its own.
    merge_mode : {"concat", "sum", "mul", "ave"}
        What the output is; ``"concat"`` puts the units of both side by side.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If `layer` is no recurrent layer, or there is no such mode.

    Examples
    --------
    >>> Bidirectional(LSTM(16, return_sequences=True)).output_shape((28, 3))
    (28, 32)
    >>> Bidirectional(GRU(16), merge_mode="sum").output_shape((28, 3))
    (16,)
    """

    compiled = True
    takes_mask = True
    gradients_within = False
    part = Recurrent.part

    def __init__(
        self, layer: Any, merge_mode: str = "concat", input_shape: Shape | None = None, name: str | None = None
    ):
        self.layer: Recurrent = resolve(layer, Recurrent, CHOICES, "Bidirectional.layer").copy()
        self._other: Recurrent = self.layer.copy()
        self._other.go_backwards = not self.layer.go_backwards
        super().__init__(input_shape, name)
        if merge_mode not in MERGES:
            hint = nearest(merge_mode, MERGES) if isinstance(merge_mode, str) else f"known: {', '.join(MERGES)}"
            raise InvalidValueError(f"Bidirectional.merge_mode: unknown mode {merge_mode!r}; {hint}")
        self.merge_mode = merge_mode
        self.random, self.gates = self.layer.random, self.layer.gates

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The weights of both layers."""
        sides = zip(SIDES, (self.layer, self._other), strict=True)
        return {f"{side}_{name}": array for side, layer in sides for name, array in layer.parameters.items()}

    @parameters.setter
    def parameters(self, given: Mapping[str, np.ndarray]) -> None:
        for side, layer in zip(SIDES, (self.layer, self._other), strict=True):
            start = f"{side}_"
            layer.parameters = {name[len(start) :]: own for name, own in given.items() if name.startswith(start)}

    @property
    def most_inputs(self) -> int:  # type: ignore[override]
        """The sequence, and an initial value of each state of both layers."""
        return 1 + 2 * self.layer.states

    def __call__(self, inputs: Any, initial_state: Any = None) -> Any:
        """Give the output for symbols; where `layer` returns its state, a tuple of it and both layers' last states."""
        return call(self, inputs, initial_state, self.output_shapes)

    @property
    def outputs(self) -> int:  # type: ignore[override]
        """The output, and all states where `layer` returns them."""
        return 2 * self.layer.outputs - 1

    @property
    def constraints(self) -> Mapping[str, Constraint]:
        """Where the weights of both layers are held to."""
        return {f"{side}_{name}": own for side in SIDES for name, own in self.layer.constraints.items()}

    @property
    def regularizers(self) -> Mapping[str, Regularizer]:
        """The penalties on the weights of both layers."""
        return {f"{side}_{name}": own for side in SIDES for name, own in self.layer.regularizers.items()}

    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of the layer's output, with twice the units where both are put side by side."""
        given, other = self._parted(input_shape, isinstance(input_shape[0], tuple))
        self.layer.output_shape(given)
        self._other.output_shape(other)
        return packed_shape(self.output_shapes(given[0] if isinstance(given[0], tuple) else given))

    def output_shapes(self, sequence: Shape) -> list[Shape]:
        """Give the shapes of all that is given for one sequence (step, feature)."""
        output, *states = self.layer.output_shapes(sequence)
        merged = (*output[:-1], 2 * output[-1]) if self.merge_mode == "concat" else output
        return [merged, *states, *states]

    def parameter_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """Give those of both layers' parameters."""
        shapes = self.layer.parameter_shapes(input_shape)
        return {f"{side}_{name}": shape for side in SIDES for name, shape in shapes.items()}

    def initial_parameters(self, input_shape: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw both layers' parameters, each its own."""
        return {
            f"{side}_{name}": value
            for side in SIDES
            for name, value in self.layer.initial_parameters(input_shape, rng).items()
        }

    def operations(self, input_shape: Any) -> int:
        """Count those of both layers."""
        return 2 * self.layer.operations(input_shape)

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Give that of the sequence that is returned, if one is."""
        return self.layer.mask_after(x, mask)

    def forward(
        self,
        x: Any,
        training: bool = False,
        rng: np.random.Generator | None = None,
        *,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Go both ways and merge."""
        given, other = self._parted(x, isinstance(x, tuple))
        packed, run = self.layer.forward(given, training, rng, mask=mask)
        packed_other, run_other = self._other.forward(other, training, rng, mask=mask)
        shapes = self.layer.output_shapes(run.seen.shape[:1])
        (y, *states), (y_other, *others) = unpack(packed, shapes), unpack(packed_other, shapes)
        y_other = self._turned(y_other)
        cache = (run, run_other, (y, y_other) if self.merge_mode == "mul" else None)
        return pack([self._merged(y, y_other), *states, *others]), cache

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Part the gradient, and go both ways back."""
        run, run_other, outputs = cache
        upstream, *d_states = unpack(gradient, self.output_shapes(run.seen.shape[:1]))
        half = len(d_states) // 2
        up, up_other = self._parted_gradient(upstream, outputs)
        d_x, own = self.layer.backward(pack([up, *d_states[:half]]), run, inputs=inputs)
        d_other, others = self._other.backward(
            pack([self._turned(up_other), *d_states[half:]]), run_other, inputs=inputs
        )
        gradients = {
            f"{side}_{name}": array
            for side, found in zip(SIDES, (own, others), strict=True)
            for name, array in found.items()
        }
        if not inputs:
            return None, gradients
        if isinstance(d_x, tuple):
            return (d_x[0] + d_other[0], *d_x[1:], *d_other[1:]), gradients
        return d_x + d_other, gradients

    def _parted(self, x: Any, several: bool) -> tuple[Any, Any]:
        """Give what each of the two layers takes."""
        if not several:
            return x, x
        states = self.layer.states
        if len(x) != self.most_inputs:
            raise ShapeError(
                f"got {len(x)} inputs, expects the sequence alone or with {2 * states} initial states, half of "
                "them for the layer that goes backwards"
            )
        return x[: 1 + states], (x[0], *x[1 + states :])

    def _turned(self, sequence: np.ndarray) -> np.ndarray:
        """Turn a returned sequence round, so that both layers' steps are the same ones."""
        return sequence[:, ::-1] if self.layer.return_sequences else sequence

    def _merged(self, y: np.ndarray, other: np.ndarray) -> np.ndarray:
        if self.merge_mode == "concat":
            return np.concatenate([y, other], axis=-1)
        if self.merge_mode == "mul":
            return y * other
        return y + other if self.merge_mode == "sum" else (y + other) * y.dtype.type(0.5)

    def _parted_gradient(self, gradient: np.ndarray, outputs: Any) -> tuple[np.ndarray, np.ndarray]:
        if self.merge_mode == "concat":
            units = self.layer.units
            return gradient[..., :units], gradient[..., units:]
        if self.merge_mode == "mul":
            return gradient * outputs[1], gradient * outputs[0]
        if self.merge_mode == "ave":
            gradient = gradient * gradient.dtype.type(0.5)
        return gradient, gradient
