"""Layers that go through sequences step by step and remember."""

from ann.layers.recurrent.bidirectional import Bidirectional
from ann.layers.recurrent.gru import GRU
from ann.layers.recurrent.lstm import LSTM
from ann.layers.recurrent.recurrence import Recurrent
from ann.layers.recurrent.simple_rnn import SimpleRNN

__all__ = ["GRU", "LSTM", "Bidirectional", "Recurrent", "SimpleRNN"]
