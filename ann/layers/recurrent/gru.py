"""The gated recurrent unit."""

from typing import Any

import numpy as np

from ann.layers.layer import Shape
from ann.layers.recurrent.recurrence import Recurrent, Return, Run

__all__ = ["GRU"]


class GRU(Recurrent):
    r"""Gated recurrent unit (Cho et al. 2014, EMNLP), which resets its state after or before the product with it.

    .. math::
        (z_t, r_t) &= \sigma(x_t W_{zr} + h_{t-1} U_{zr} + b_{zr} + d_{zr}) \\
        n_t &= \phi(x_t W_n + b_n + r_t\, (h_{t-1} U_n + d_n)) \quad\text{or}\quad
        n_t = \phi(x_t W_n + (r_t h_{t-1})\, U_n + b_n) \\
        h_t &= z_t h_{t-1} + (1 - z_t)\, n_t

    The first form (``reset_after=True``) is that of Keras, PyTorch and cuDNN; it has a second bias :math:`d`. The
    other one is that of the paper, and has none. The columns of :math:`W`, :math:`U` and the biases are in three blocks
    of `units`, in Keras's order: update gate :math:`z`, reset gate :math:`r`, candidate :math:`n` (Keras's ``h``). ONNX
    has the same order, PyTorch has :math:`r, z, n`.

    It takes (step, feature), or a list of that and :math:`h_0` (unit,), 0 otherwise. Where a mask leaves a step out,
    the state stays as it was.

    Parameters
    ----------
    units : int
        How many units.
    activation, recurrent_activation : {"tanh", "relu", "sigmoid", "linear"}
        :math:`\phi` and :math:`\sigma`.
    use_bias : bool
        Whether there is a :math:`b`, and a :math:`d`.
    kernel_initializer, recurrent_initializer, bias_initializer : str or ann.initializers.Initializer
        How :math:`W` (feature, 3 * unit), :math:`U` (unit, 3 * unit) and the bias begin; that is :math:`b` and
        :math:`d` as (2, 3 * unit), or :math:`b` (3 * unit,) alone.
    reset_after : bool
        Which of the two forms.
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
    >>> GRU(16).parameter_shapes((28, 3))
    {'kernel': (3, 48), 'recurrent_kernel': (16, 48), 'bias': (2, 48)}
    >>> GRU(16, reset_after=False).parameter_shapes((28, 3))["bias"]
    (48,)
    """

    gates = ("update", "reset", "candidate")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        reset_after: bool = True,
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
        self.reset_after = bool(reset_after)

    def _bias_shape(self) -> Shape:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _keeps_more(self) -> bool:
        """Say yes: what the state gives the candidate, h U + d or r h."""
        return True

    def _first_bias(self) -> np.ndarray:
        """Give the first two gates both biases as one; the candidate's second one is not beside its first."""
        if not self.reset_after:
            return super()._first_bias()
        first, second = self.parameters["bias"]
        return np.concatenate([(first + second)[: 2 * self.units], first[2 * self.units :]])

    def _go(self, run: Run) -> None:
        from ann.fast import recurrent as fast

        seen, z, h, kinds = run.seen, run.z, run.states[0], (self._kind, self._gate_kind)
        gates, recurrent = run.weights[:2], run.weights[2, -self.units :]
        inputs = seen.reshape(-1, seen.shape[2])[:, : -self.units]
        np.matmul(inputs, run.weights[2, : -self.units], out=z[2].reshape(-1, self.units))
        if self.reset_after:
            second = self.parameters["bias"][1, 2 * self.units :] if self.use_bias else np.zeros(self.units, z.dtype)
            fast.gru_reset_after(seen, run.several, gates, recurrent, second, z, h, run.more, run.skipped, *kinds)
        else:
            fast.gru_reset_before(seen, run.several, gates, recurrent, z, h, run.more, run.skipped, *kinds)

    def _return(self, upstream: np.ndarray, run: Run, back: Return) -> None:
        from ann.fast import recurrent as fast

        given = (
            upstream,
            run.seen,
            run.several,
            run.z,
            run.states[0],
            run.more,
            back.to_state,
            back.to_inputs,
            run.skipped,
        )
        kinds, d_weights, d_x, d_h = (self._kind, self._gate_kind), back.weights, back.inputs, back.states[0]
        if self.reset_after:
            fast.gru_reset_after_gradient(*given, *kinds, d_weights, back.second_bias, d_x, d_h)
        else:
            fast.gru_reset_before_gradient(*given, *kinds, d_weights, d_x, d_h)

    def _bias_gradient(self, back: Return) -> np.ndarray:
        first = super()._bias_gradient(back)
        if not self.reset_after:
            return first
        return np.stack([first, np.concatenate([first[: 2 * self.units], back.second_bias])])
