"""Networks for and from other programs: ONNX files for any runtime, weights of PyTorch's modules.

What a file or a module cannot tell is not guessed: a layer that ONNX has no operator for is named, and weights that
do not fit are listed, all of them, before any is changed.
"""

from ann.interchange.export import to_onnx
from ann.interchange.torch_import import from_torch

__all__ = ["from_torch", "to_onnx"]
