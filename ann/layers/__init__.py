"""Layers: each is a function of its input and its own parameters, with its own backward step.

A layer keeps no state but its parameters and statistics: `Layer.forward` gives a cache along with the output, and
`Layer.backward` takes it back, so a layer that stands twice in a model stays right.
"""

from ann.layers.activation import Activation
from ann.layers.attention import MultiHeadAttention
from ann.layers.conv import Conv1D, Conv2D
from ann.layers.dense import Dense
from ann.layers.depthwise import DepthwiseConv2D
from ann.layers.dropout import Dropout
from ann.layers.embedding import Embedding
from ann.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
)
from ann.layers.layer import Layer
from ann.layers.masking import Masking
from ann.layers.merge import Add, Concatenate, Multiply
from ann.layers.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from ann.layers.pooling import AveragePooling1D, AveragePooling2D, MaxPooling1D, MaxPooling2D
from ann.layers.recurrent import GRU, LSTM, Bidirectional, SimpleRNN
from ann.layers.reshape import Flatten, Permute, Piece, RepeatVector, Reshape, ZeroPadding2D
from ann.layers.transposed import Conv2DTranspose

__all__ = [
    "GRU",
    "LSTM",
    "Activation",
    "Add",
    "AveragePooling1D",
    "AveragePooling2D",
    "BatchNormalization",
    "Bidirectional",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GroupNormalization",
    "Layer",
    "LayerNormalization",
    "Masking",
    "MaxPooling1D",
    "MaxPooling2D",
    "MultiHeadAttention",
    "Multiply",
    "Permute",
    "Piece",
    "RepeatVector",
    "Reshape",
    "SimpleRNN",
    "ZeroPadding2D",
]
