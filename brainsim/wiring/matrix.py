"""Wiring from a matrix that somebody measured or computed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError
from brainsim.wiring.rule import Connectivity, Ends, Rule, reals

__all__ = ["FromMatrix"]


@dataclass(frozen=True, eq=False)
class FromMatrix(Rule):
    """Synapses where a matrix is not 0; its entries are multiplied by the projection's weight.

    Parameters
    ----------
    matrix : array-like or SciPy sparse matrix (source, target)
        Zero means no synapse. An explicit zero of a sparse matrix is no synapse either.

    Examples
    --------
    >>> rule = FromMatrix([[0, 2.5], [1, 0]])
    >>> wired = rule.connect(Ends((2,), (2,), False, "x"), np.random.default_rng(0))
    >>> wired.targets.tolist(), wired.factors.tolist()
    ([1, 0], [2.5, 1.0])
    """

    matrix: Any

    def __post_init__(self) -> None:
        from scipy.sparse import csr_array, issparse

        if hasattr(self.matrix, "dim"):
            raise KindError("from_matrix.matrix: must be plain numbers; the unit is that of the projection's weight")
        given = self.matrix if issparse(self.matrix) else reals(self.matrix, "from_matrix.matrix")
        if given.dtype.kind not in "biuf":
            raise KindError(f"from_matrix.matrix: must hold real numbers, got {given.dtype}")
        if given.ndim != 2:
            raise ParameterError(f"from_matrix.matrix: must be (source, target), got shape {given.shape}")
        sparse = csr_array(given, dtype=np.float64, copy=True)
        if not np.isfinite(sparse.data).all():
            raise ParameterError("from_matrix.matrix: must be finite, got NaN or infinity")
        sparse.sum_duplicates()
        sparse.eliminate_zeros()
        object.__setattr__(self, "matrix", sparse)

    @property
    def factors(self) -> tuple[float, float]:
        """Smallest and largest entry."""
        data = self.matrix.data
        return (float(data.min()), float(data.max())) if data.size else (1.0, 1.0)

    @property
    def is_listed(self) -> bool:
        """The brain uses this very list."""
        return True

    def check(self, ends: Ends) -> None:
        """Require (source units, target units)."""
        if self.matrix.shape != (ends.sources, ends.targets):
            raise ModelError(
                f"{ends.where}: from_matrix must be (source, target) = {(ends.sources, ends.targets)}, "
                f"got {self.matrix.shape}"
            )

    def synapses(self, ends: Ends) -> float:
        """How many entries are not 0."""
        return int(self.matrix.nnz)

    def connect(self, ends: Ends, generator: np.random.Generator) -> Connectivity:
        """Connect; nothing is drawn."""
        indices = self.matrix.indices
        # Column numbers are not negative, so 32 bits of either kind are the same bits; nothing is copied.
        targets = indices.view(np.uint32) if indices.dtype == np.int32 else indices.astype(np.uint32)
        return Connectivity(self.matrix.indptr.astype(np.int64), targets, self.matrix.data)
