"""Layers that bring activity to mean 0 and variance 1 over a batch, over a stimulus, or over groups of its channels."""

from ann.layers.normalization.batch import BatchNormalization
from ann.layers.normalization.features import LayerNormalization
from ann.layers.normalization.groups import GroupNormalization

__all__ = ["BatchNormalization", "GroupNormalization", "LayerNormalization"]
