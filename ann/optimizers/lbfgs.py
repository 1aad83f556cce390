"""L-BFGS: steps from the curvature that the last steps met."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ann.checks import finite_number
from ann.errors import InvalidValueError
from ann.optimizers.clipping import Part
from ann.optimizers.optimizer import Evaluate, Optimizer

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    r"""Quasi-Newton steps with limited memory (Nocedal 1980, Math. Comp. 35), to strong Wolfe conditions.

    The direction is :math:`-H g`, with :math:`H` built by the two-loop recursion (Nocedal and Wright 2006, algorithm
    7.4) from the last `memory` pairs of a step :math:`s` and the change of gradient :math:`y` along it, beginning with
    :math:`\gamma I`, :math:`\gamma = s^T y / y^T y`; the first direction is :math:`-g / \max(1, |g|_1)`. Along it,
    SciPy's line search (algorithms 3.5 and 3.6 of the same book) finds a step that keeps both

    .. math::
        f(w + a p) \le f(w) + c_1 a\, g^T p \qquad |g(w + a p)^T p| \le c_2 |g^T p|

    with :math:`c_1 = 10^{-4}`, :math:`c_2 = 0.9`. Where it finds none, the weights stay and the memory is
    forgotten; so the next step goes down the gradient.

    In `fit` a batch is one iteration, of two or more evaluations of its loss. Take ``batch_size=len(x)``: the method is
    made for a function that does not change, and then an epoch is an iteration and the loss never rises. With smaller
    batches :math:`s` and :math:`y` are still of one batch each. Dropout draws the same units for all evaluations of an
    iteration. It needs no learning rate, no clipping and no decay of weights besides the loss's own; float64 goes
    nearer to the minimum than float32, whose loss changes in steps.

    Parameters
    ----------
    learning_rate : float
        Length of the first step that is tried, in quasi-Newton steps: 1 is nearly always right.
    memory : int
        How many pairs are kept.
    max_evaluations : int
        After so many trials a line search gives up.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a setting is no number, or out of range.
    """

    searches = True

    def __init__(self, learning_rate: Any = 1.0, memory: int = 10, max_evaluations: int = 20):
        super().__init__(learning_rate)
        for name, value in (("memory", memory), ("max_evaluations", max_evaluations)):
            if finite_number(value, f"LBFGS.{name}", least=1) != int(value):
                raise InvalidValueError(f"LBFGS.{name}: must be a whole number, got {value}")
        self.memory = int(memory)
        self.max_evaluations = int(max_evaluations)

    def step(self, weights: np.ndarray, gradient: np.ndarray, parts: Sequence[Part] = ()) -> None:
        """Refuse: without the loss at other weights there is no line search.

        Raises
        ------
        InvalidValueError
            Always.
        """
        raise InvalidValueError(
            "LBFGS: a step needs the loss at other weights, so update(gradients) cannot take one; "
            "use fit, train_on_batch or search"
        )

    def search(self, weights: np.ndarray, value: float, gradient: np.ndarray, evaluate: Evaluate) -> None:
        """Take one iteration in place.

        Parameters
        ----------
        weights : numpy.ndarray
            Flat; changed in place, also between evaluations.
        value, gradient
            The loss and its flat gradient there.
        evaluate : callable
            Gives both at the weights as they are when it is called.
        """
        from scipy.optimize import line_search

        start, slope = weights.astype(np.float64), gradient.astype(np.float64)
        direction = self._direction(slope) * self.rate
        seen: dict[bytes, tuple[float, np.ndarray]] = {}

        def at(point: np.ndarray) -> tuple[float, np.ndarray]:
            key = point.tobytes()
            if key not in seen:
                weights[:] = point
                found, here = evaluate()
                seen.clear()
                seen[key] = found, here.astype(np.float64)
            return seen[key]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that none was found: it is told by None
            length = line_search(
                lambda point: at(point)[0],
                lambda point: at(point)[1],
                start,
                direction,
                gfk=slope,
                old_fval=value,
                maxiter=self.max_evaluations,
            )[0]
        if length is None:
            weights[:] = start
            self.state = {}
        else:
            end = start + length * direction
            change = at(end)[1] - slope
            weights[:] = end
            self._remember(end - start, change)
        self.iterations += 1

    def remembers(self, weights: np.ndarray) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
        """Give shape and type of the pairs, as many as there are at most."""
        whole = (self.memory, *weights.shape), np.dtype(np.float64)
        return {"steps": whole, "changes": whole}

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        self.step(weights, gradient)

    def _direction(self, gradient: np.ndarray) -> np.ndarray:
        steps, changes = self._pairs(gradient.size)
        if not len(steps):
            return -gradient / max(1.0, float(np.abs(gradient).sum()))
        found = -gradient
        products = np.einsum("ij,ij->i", steps, changes)
        shares = np.empty(len(steps))
        for i in reversed(range(len(steps))):
            shares[i] = np.dot(steps[i], found) / products[i]
            found -= shares[i] * changes[i]
        found *= products[-1] / np.dot(changes[-1], changes[-1])
        for i in range(len(steps)):
            found += (shares[i] - np.dot(changes[i], found) / products[i]) * steps[i]
        return found

    def _pairs(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        empty = np.empty((0, size))
        return self.state.get("steps", empty), self.state.get("changes", empty)

    def _remember(self, step: np.ndarray, change: np.ndarray) -> None:
        # Only pairs of positive curvature keep H positive definite; the Wolfe conditions give no other but by rounding.
        if np.dot(step, change) > 1e-10 * np.dot(change, change):
            steps, changes = self._pairs(step.size)
            self.state["steps"] = np.concatenate([steps, step[None]])[-self.memory :]
            self.state["changes"] = np.concatenate([changes, change[None]])[-self.memory :]
