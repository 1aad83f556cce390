"""The long short-term memory."""

from typing import Any

import numpy as np

from ann.layers.layer import Shape
from ann.layers.recurrent.recurrence import Recurrent, Return, Run

__all__ = ["LSTM"]


class LSTM(Recurrent):
    r"""Long short-term memory (Hochreiter and Schmidhuber 1997, Neural Comput. 9:1735; forget gate: Gers et al. 2000).

    .. math::
        (i_t, f_t, g_t, o_t) &= (\sigma, \sigma, \phi, \sigma)(x_t W + h_{t-1} U + b) \\
        c_t &= f_t c_{t-1} + i_t g_t \qquad h_t = o_t\, \phi(c_t)

    The columns of :math:`W`, :math:`U` and :math:`b` are in four blocks of `units`, in Keras's order: input gate
    :math:`i`, forget gate :math:`f`, cell :math:`g` (Keras's ``c``), output gate :math:`o`. PyTorch has the same order,
    ONNX has :math:`i, o, f, g`.

    It takes (step, feature), or a list of that, :math:`h_0` and :math:`c_0` (unit,), 0 otherwise. Where a mask leaves a
    step out, both states stay as they were.

    Parameters
    ----------
    units : int
        How many units.
    activation, recurrent_activation : {"tanh", "relu", "sigmoid", "linear"}
        :math:`\phi` and :math:`\sigma`.
    use_bias : bool
        Whether there is a :math:`b`.
    kernel_initializer, recurrent_initializer, bias_initializer : str or ann.initializers.Initializer
        How :math:`W` (feature, 4 * unit), :math:`U` (unit, 4 * unit) and :math:`b` (4 * unit,) begin.
    unit_forget_bias : bool
        Whether the forget gate's bias begins at 1, so that memory lasts (Jozefowicz et al. 2015, ICML).
    kernel_regularizer, recurrent_regularizer, bias_regularizer : str or ann.regularizers.Regularizer, optional
        Penalties on them.
    kernel_constraint, recurrent_constraint, bias_constraint : str or ann.constraints.Constraint, optional
        Where they are held to after each step.
    dropout, return_sequences, return_state, go_backwards
        See `SimpleRNN`.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is none that is listed.

    Examples
    --------
    >>> LSTM(16, return_sequences=True).output_shape((28, 3))
    (28, 16)
    >>> LSTM(16).parameter_shapes((28, 3))
    {'kernel': (3, 64), 'recurrent_kernel': (16, 64), 'bias': (64,)}
    """

    gates = ("input", "forget", "cell", "output")
    states = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
            recurrent_constraint, bias_constraint, dropout, return_sequences, return_state, go_backwards, input_shape,
            name,
        )  # fmt: skip
        self.unit_forget_bias = bool(unit_forget_bias)

    def initial_parameters(self, input_shape: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the kernel, the recurrent kernel and the bias."""
        parameters = super().initial_parameters(input_shape, rng)
        if self.use_bias and self.unit_forget_bias:
            parameters["bias"][self.units : 2 * self.units] = 1
        return parameters

    def _keeps_more(self) -> bool:
        """Say yes: the activation of the cell's state."""
        return True

    def _go(self, run: Run) -> None:
        from ann.fast.recurrent import lstm

        h, c = run.states
        lstm(run.seen, run.several, run.weights, run.z, h, c, run.more, run.skipped, self._kind, self._gate_kind)

    def _return(self, upstream: np.ndarray, run: Run, back: Return) -> None:
        from ann.fast.recurrent import lstm_gradient

        lstm_gradient(
            upstream, run.seen, run.several, run.z, run.states[1], run.more, back.to_state, back.to_inputs, run.skipped,
            self._kind, self._gate_kind, back.weights, back.inputs, *back.states,
        )  # fmt: skip
