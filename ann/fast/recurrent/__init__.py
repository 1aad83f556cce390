"""Recurrent layers through all steps of a sequence and back, one cell a file.

What a step sees stands side by side, `seen` (step, stimulus, bias + feature + unit): a one where there is a bias, the
inputs, and the last state, which each step writes there for the next. So a gate is a single product with its bias, its
kernel and its recurrent kernel one below the other, `weights` (gate, bias + feature + unit, unit). `z` (gate, step,
stimulus, unit) are the gates; states such as `h` have one step more than the sequence, the first the initial one;
`begun` tells whether that is given, or zeros; `skipped` (step, stimulus) is True where the states stay as they were,
and empty without a mask.

Backward, `d` (gate, stimulus, unit) are the gradients for the pre-activations of one step, and `d_h` (stimulus, unit)
goes from that for ``h[t + 1]`` to that for ``h[t]``; `to_state` (gate, unit, unit) and `to_inputs` (gate, unit,
feature) are the kernels turned; `d_weights` is as `weights`, and `d_x` (step, stimulus, feature) is empty where nobody
wants it.

Gates stand one after the other in memory, so that each product of a step is one small contiguous matrix (see
`ann.fast.products`), and all stimuli of a gate are one row for the loops, which are over few arrays each: those
vectorise best.
"""

from ann.fast.recurrent.gru import (
    gru_reset_after,
    gru_reset_after_gradient,
    gru_reset_before,
    gru_reset_before_gradient,
)
from ann.fast.recurrent.lstm import lstm, lstm_gradient
from ann.fast.recurrent.simple_rnn import simple_rnn, simple_rnn_gradient

__all__ = [
    "gru_reset_after",
    "gru_reset_after_gradient",
    "gru_reset_before",
    "gru_reset_before_gradient",
    "lstm",
    "lstm_gradient",
    "simple_rnn",
    "simple_rnn_gradient",
]
