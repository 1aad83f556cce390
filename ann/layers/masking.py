"""Steps that do not count."""

from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import ShapeError
from ann.layers.layer import Layer, Shape

__all__ = ["Masking"]


class Masking(Layer):
    """Masks the steps whose features all equal `mask_value`: the recurrent layers that follow pass over them.

    So sequences of different lengths fit into one array, padded to the longest. Masked steps leave as 0, the others as
    they are; the gradient goes through the others alone. Where the outputs keep the steps, masked ones count in neither
    loss nor metrics.

    Parameters
    ----------
    mask_value : float
        What a masked step is filled with.
    input_shape, name
        See `Layer`; (step, feature).

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `mask_value` is no finite number.

    Examples
    --------
    >>> x = np.array([[[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]]])
    >>> Masking().mask_after(x, None)
    array([[ True, False,  True]])
    """

    def __init__(self, mask_value: float = 0.0, input_shape: Shape | None = None, name: str | None = None):
        super().__init__(input_shape, name)
        self.mask_value = finite_number(mask_value, "Masking.mask_value")

    @property
    def makes_mask(self) -> bool:
        """Say that masks begin here."""
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        """Give the shape of the input."""
        if len(input_shape) != 2:
            raise ShapeError(f"got {input_shape} a stimulus, expects (step, feature)")
        return input_shape

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray:
        """Mask the steps whose features all equal `mask_value`."""
        # The value in the type of the stimuli: 0.1 in float32 is not 0.1 in float64.
        counts = (x != x.dtype.type(self.mask_value)).any(axis=-1)
        return counts if mask is None else counts & mask

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Set masked steps to 0."""
        counts = self.mask_after(x, None)[..., None]
        return np.where(counts, x, x.dtype.type(0)), counts

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Let the gradient through where the step counts."""
        return (gradient * cache if inputs else None), {}
