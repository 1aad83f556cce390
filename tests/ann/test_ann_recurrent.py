"""SimpleRNN, LSTM and GRU against their equations, central differences and shorter sequences."""

import numpy as np
import pytest

from ann import gradcheck
from ann.layers import GRU, LSTM, SimpleRNN

LAYERS = {
    "rnn": SimpleRNN(4),
    "rnn, sigmoid, no bias": SimpleRNN(3, activation="sigmoid", use_bias=False, return_sequences=True),
    "rnn, relu, backwards": SimpleRNN(3, activation="relu", go_backwards=True, return_sequences=True),
    "lstm": LSTM(4),
    "lstm, sequences, backwards": LSTM(3, return_sequences=True, go_backwards=True),
    "lstm, other activations": LSTM(3, activation="linear", recurrent_activation="tanh", use_bias=False),
    "gru": GRU(4),
    "gru, sequences, backwards, no bias": GRU(3, return_sequences=True, go_backwards=True, use_bias=False),
    "gru, reset before": GRU(4, reset_after=False),
    "gru, reset before, sequences": GRU(3, reset_after=False, return_sequences=True, use_bias=False),
    "lstm, dropout": LSTM(3, dropout=0.4, go_backwards=True),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("masked", [False, True], ids=["all steps", "masked"])
def test_gradients_are_those_of_central_differences(name, masked):
    """Gradients for inputs, parameters and initial states agree with central differences, with and without a mask."""
    layer = LAYERS[name]
    mask = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0]], bool) if masked else None
    assert gradcheck.check_layer(layer, (5, 3), mask=mask) < 1e-6
    assert gradcheck.check_layer(layer, ((5, 3), *[(layer.units,)] * layer.states), mask=mask) < 1e-6
