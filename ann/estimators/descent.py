"""Down to where a smooth convex function's gradient vanishes: L-BFGS-B for the way, Newton's method for the end.

A line search compares values, whose last digits are lost near the minimum, where the gradient's are not yet: L-BFGS
gets stuck at about the square root of the precision. Newton's method looks at the gradient alone (Nocedal & Wright
2006, Numerical Optimization, section 7.1); its systems are solved by conjugate gradients, with products of the Hessian
from differences of gradients.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["descend"]

NEAR = 1e-6
"""From a gradient this small on, Newton's steps are whole ones."""

NEWTON_STEPS = 20


def descend(
    function: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, steps: int, tolerance: float
) -> tuple[np.ndarray, int, bool]:
    """Give where the function is least, how many steps it took, and whether the gradient became small enough.

    Parameters
    ----------
    function : callable
        Gives its value and its gradient at a place.
    start : numpy.ndarray
        (n,).
    steps : int
        At most.
    tolerance : float
        Stops when no component of the gradient is larger.

    Examples
    --------
    >>> place, _, found = descend(lambda x: (float(x @ x), 2 * x), np.array([3.0, 4.0]), 10, 1e-12)
    >>> found, bool(np.abs(place).max() < 1e-12)
    (True, True)
    """
    from scipy.optimize import minimize

    limits = {"maxiter": steps, "maxfun": 10 * steps, "gtol": max(tolerance, NEAR), "ftol": 0.0}
    found = minimize(function, start, jac=True, method="L-BFGS-B", options=limits)
    place, gradient, taken = found.x, found.jac, int(found.nit)
    while np.abs(gradient).max() > tolerance and taken < min(steps, found.nit + NEWTON_STEPS):
        there = place + _newton_step(function, place, gradient)
        anew = function(there)[1]
        if not np.abs(anew).max() < np.abs(gradient).max():
            break
        place, gradient, taken = there, anew, taken + 1
    return place, taken, bool(np.abs(gradient).max() <= tolerance)


def _newton_step(
    function: Callable[[np.ndarray], tuple[float, np.ndarray]], place: np.ndarray, gradient: np.ndarray
) -> np.ndarray:
    from scipy.sparse.linalg import LinearOperator, cg

    reach = 1e-4 * (1 + np.linalg.norm(place))

    def product(direction: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(direction)
        if not length:
            return np.zeros_like(direction)
        ahead = direction * (reach / length)
        return (function(place + ahead)[1] - function(place - ahead)[1]) * (length / (2 * reach))

    hessian = LinearOperator((len(place), len(place)), matvec=product, dtype=np.float64)
    return cg(hessian, -gradient, rtol=1e-2, maxiter=min(10 * len(place), 500))[0]
