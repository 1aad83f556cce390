"""Patterns with as few columns as hold all of their geometry."""

import numpy as np

from compare.measures.blocks import Patterns, columns_at_once
from compare.measures.patterns import as_patterns

__all__ = ["rotated"]


def rotated(patterns: Patterns, invariances: frozenset[str]) -> np.ndarray:
    """Give patterns with at most as many columns as rows, for a measure that does not see a rotation of units.

    The triangle of their QR decomposition, block after block: what was found is decomposed with the units that follow
    (Golub and Van Loan 2013, Matrix Computations, section 5.2).

    Parameters
    ----------
    patterns : Patterns
        Read some units at a time.
    invariances : frozenset of str
        Of the measure; patterns are given whole where it sees a rotation, or units do not outnumber stimuli.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(5, 1, 100))
    >>> thin = rotated(Patterns(x), frozenset({"rotation"}))
    >>> thin.shape, bool(np.allclose(thin @ thin.T, x[:, 0] @ x[:, 0].T))
    ((5, 5), True)
    """
    from scipy.linalg import qr

    stimuli, units = patterns.shape
    if units <= stimuli or "rotation" not in invariances:
        return as_patterns(patterns.array, least=1)
    step = max(columns_at_once(stimuli, units), stimuli)
    found = np.empty((stimuli, 0))
    for start in range(0, units, step):
        both = np.empty((stimuli, found.shape[1] + min(step, units - start)))
        both[:, : found.shape[1]] = found
        both[:, found.shape[1] :] = patterns.columns(start, start + step)
        # Its transpose is in Fortran's order, and decomposed in place.
        (decomposed, _), _ = qr(both.T, overwrite_a=True, mode="raw", check_finite=False)
        found = np.ascontiguousarray(np.triu(decomposed[:stimuli]).T)
        del both, decomposed
    return found
