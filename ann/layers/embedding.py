"""Vectors for words."""

import math
from typing import Any

import numpy as np

from ann import initializers, regularizers
from ann.errors import DataError, InvalidValueError, ShapeError
from ann.layers.layer import Layer, Shape, positive_integer

__all__ = ["Embedding"]


class Embedding(Layer):
    r"""A vector for each whole number: :math:`y_t = E_{x_t}`, row :math:`x_t` of a table.

    The gradient of a row is the sum over all places where its number stood. There is none for the numbers themselves:
    where one is asked for, it is 0.

    Parameters
    ----------
    input_dim : int
        How many rows: the numbers are 0 to ``input_dim - 1``.
    output_dim : int
        Length of a vector.
    embeddings_initializer : str or ann.initializers.Initializer
        How :math:`E` (number, feature) begins.
    embeddings_regularizer : str or ann.regularizers.Regularizer, optional
        Penalty on it.
    embeddings_constraint : str or ann.constraints.Constraint, optional
        Where it is held to after every step; the norm of a vector is taken along ``axis=1``.
    mask_zero : bool
        Whether 0 stands for no word: such steps are masked for the layers that follow, and for loss and metrics.
    input_shape, name
        See `Layer`; (step,), without an axis of features.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a length is no whole number of at least 1.
    DataError
        In use, if an input is no whole number, or has no row.

    Examples
    --------
    >>> Embedding(1000, 16).output_shape((20,))
    (20, 16)
    """

    compiled = True
    looks_up = True
    regularized = ("embeddings",)

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "random_uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_shape: Shape | None = None,
        name: str | None = None,
    ):
        super().__init__(input_shape, name)
        self.input_dim = positive_integer(input_dim, "Embedding.input_dim")
        self.output_dim = positive_integer(output_dim, "Embedding.output_dim")
        self.embeddings_initializer = initializers.get(embeddings_initializer, "Embedding.embeddings_initializer")
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer, "Embedding.embeddings_regularizer")
        self._constrain(embeddings_constraint=embeddings_constraint)
        self.mask_zero = bool(mask_zero)

    @property
    def makes_mask(self) -> bool:
        """Whether 0 stands for no word."""
        return self.mask_zero

    def output_shape(self, input_shape: Shape) -> Shape:
        """Add the axis of features."""
        if self.mask_zero and len(input_shape) != 1:
            raise ShapeError(f"got {input_shape} a stimulus, expects (step,), since mask_zero masks steps")
        return (*input_shape, self.output_dim)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Give that of the table."""
        return {"embeddings": (self.input_dim, self.output_dim)}

    def initial_parameters(self, input_shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the table."""
        return {"embeddings": self.embeddings_initializer.draw((self.input_dim, self.output_dim), rng)}

    def operations(self, input_shape: Shape) -> int:
        """Count nothing but copying."""
        return math.prod(input_shape) * self.output_dim

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Mask the zeros, if they stand for no word."""
        if not self.mask_zero:
            return mask
        words = np.asarray(x) != 0
        return words if mask is None else words & mask

    def forward(
        self, x: np.ndarray, training: bool = False, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, Any]:
        """Look the rows up."""
        rows = self._rows(x)
        return self.parameters["embeddings"][rows], (rows, x)

    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Add the gradient up row by row."""
        from ann import fast

        rows, x = cache
        table = np.zeros((self.input_dim, self.output_dim), gradient.dtype)
        fast.add_rows(rows.reshape(-1), np.ascontiguousarray(gradient).reshape(-1, self.output_dim), table)
        return np.zeros(x.shape, gradient.dtype) if inputs else None, {"embeddings": table}

    def _rows(self, x: np.ndarray) -> np.ndarray:
        if x.dtype == np.float32 and self.input_dim > 2**24:
            raise InvalidValueError(
                f"Embedding.input_dim: float32 cannot tell {self.input_dim} whole numbers apart, at most {2**24}; "
                "make the model of float64"
            )
        with np.errstate(invalid="ignore"):
            rows = x.astype(np.int64)
        wrong = (rows != x) | (rows < 0) | (rows >= self.input_dim)
        if wrong.any():
            place = tuple(int(index) for index in np.argwhere(wrong)[0])
            raise DataError(
                f"{self.name or 'Embedding'}: takes whole numbers from 0 to {self.input_dim - 1}, got {x[place]:g} at "
                f"step {place[1:]} of a stimulus"
            )
        return rows
