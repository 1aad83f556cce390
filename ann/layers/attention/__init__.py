"""Layers that look at some steps more than at others."""

from ann.layers.attention.multi_head import MultiHeadAttention

__all__ = ["MultiHeadAttention"]
