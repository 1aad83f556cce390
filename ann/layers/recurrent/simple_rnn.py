"""The simple recurrent layer."""

from typing import Any

import numpy as np

from ann.layers.layer import Shape
from ann.layers.recurrent.recurrence import Recurrent, Return, Run

__all__ = ["SimpleRNN"]


class SimpleRNN(Recurrent):
    r"""Units that also see their last activity, :math:`h_t = f(x_t W + h_{t-1} U + b)` (Elman 1990, Cogn. Sci. 14:179).

    Backward, with :math:`g_t = f' \cdot \partial L / \partial h_t` and :math:`g_{t} U^T` added to what comes to
    :math:`h_{t-1}` from above: :math:`\partial L / \partial W = \sum_t x_t^T g_t` and
    :math:`\partial L / \partial U = \sum_t h_{t-1}^T g_t`.

    It takes (step, feature), or a list of that and :math:`h_0` (unit,), 0 otherwise. Where a mask leaves a step out,
    the state stays as it was.

    Parameters
    ----------
    units : int
        How many units.
    activation : {"tanh", "relu", "sigmoid", "linear"}
        :math:`f`.
    use_bias : bool
        Whether there is a :math:`b`.
    kernel_initializer, recurrent_initializer, bias_initializer : str or ann.initializers.Initializer
        How :math:`W` (feature, unit), :math:`U` (unit, unit) and :math:`b` (unit,) begin.
    kernel_regularizer, recurrent_regularizer, bias_regularizer : str or ann.regularizers.Regularizer, optional
        Penalties on them.
    kernel_constraint, recurrent_constraint, bias_constraint : str or ann.constraints.Constraint, optional
        Where they are held to after each step.
    dropout : float
        Share of features that are set to 0 in training, the same ones at all steps of a stimulus.
    return_sequences : bool
        Whether the output is all :math:`h_t`, (step, unit), or the last one, (unit,).
    return_state : bool
        Whether a call gives a tuple: the output, and the last state (two of `LSTM`), each (unit,). `forward` gives them
        as one array (stimulus, number), one behind the other.
    go_backwards : bool
        Whether to begin at the last step; returned sequences then begin there too.
    input_shape, name
        See `Layer`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If an argument is none that is listed.

    Examples
    --------
    >>> SimpleRNN(16).output_shape((28, 3))
    (16,)
    >>> SimpleRNN(16, return_sequences=True).output_shape(((28, 3), (16,)))
    (28, 16)
    """

    gates = ("state",)

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
            units, activation, None, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, return_sequences, return_state, go_backwards, input_shape, name,
        )  # fmt: skip

    def _go(self, run: Run) -> None:
        from ann.fast.recurrent import simple_rnn

        simple_rnn(run.seen, run.several, run.weights, run.states[0], run.skipped, self._kind)

    def _return(self, upstream: np.ndarray, run: Run, back: Return) -> None:
        from ann.fast.recurrent import simple_rnn_gradient

        simple_rnn_gradient(
            upstream, run.seen, run.several, run.states[0], back.to_state, back.to_inputs, run.skipped, self._kind,
            back.weights, back.inputs, back.states[0],
        )  # fmt: skip
