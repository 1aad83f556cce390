"""What an optimiser is: where a step comes from, and what is done to the gradient before and to the weights besides."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ann import schedules
from ann.checks import finite_number, positive
from ann.errors import InvalidValueError
from ann.optimizers.clipping import Part, clip_each, clip_whole
from ann.registry import Configurable

__all__ = ["Evaluate", "Optimizer", "optional_positive"]

PROBED_WEIGHTS = 8
"""Weights on which an optimiser is tried to see what it remembers."""

Evaluate = Callable[[], tuple[float, np.ndarray]]
"""Gives the loss and the flat gradient at the weights as they are now."""


class Optimizer(Configurable, ABC):
    r"""Moves weights; `step` does it in place.

    A model keeps all its weights in one flat array, so a step is a few operations however many layers there are.

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    weight_decay : float
        :math:`\lambda`: before a step, :math:`w \leftarrow w - \eta \lambda w`, apart from the gradient (Loshchilov
        and Hutter 2019, ICLR). For a decay within the gradient give layers an `ann.regularizers.L2`.
    decay_biases : bool
        Whether parameters of one axis (biases, the gains of a normalisation) decay too.
    clipvalue : float, optional
        Every number of the gradient is cut at plus and minus this.
    clipnorm : float, optional
        The gradient of each parameter is shortened to this Euclidean norm where it is longer.
    global_clipnorm : float, optional
        So is the gradient as a whole (Pascanu et al. 2013, ICML).

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a setting is no number, or out of range.

    Attributes
    ----------
    iterations : int
        Steps taken so far.
    state : dict of str to numpy.ndarray
        All that the optimiser remembers besides: velocities, moments.
    """

    searches: ClassVar[bool] = False
    """Whether a step evaluates the loss at other weights, and `search` is to be called in place of `step`."""

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float = 0.0,
        decay_biases: bool = True,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
    ):
        kind = type(self).__name__
        self.learning_rate = schedules.get(learning_rate, f"{kind}.learning_rate")
        self.weight_decay = finite_number(weight_decay, f"{kind}.weight_decay", least=0)
        self.decay_biases = bool(decay_biases)
        self.clipvalue = optional_positive(clipvalue, f"{kind}.clipvalue")
        self.clipnorm = optional_positive(clipnorm, f"{kind}.clipnorm")
        self.global_clipnorm = optional_positive(global_clipnorm, f"{kind}.global_clipnorm")
        self._clips = not clipvalue is clipnorm is global_clipnorm is None
        self.iterations = 0
        self.state: dict[str, np.ndarray] = {}

    def reset(self) -> None:
        """Forget every step taken."""
        self.iterations = 0
        self.state = {}

    def step(self, weights: np.ndarray, gradient: np.ndarray, parts: Sequence[Part] = ()) -> None:
        """Change the flat `weights` in place, by one step along the flat `gradient`, which may be changed too.

        Parameters
        ----------
        weights, gradient : numpy.ndarray
            Flat.
        parts : sequence
            The parameters within, each with `start`, `stop` and `shape`; without any, all is one parameter.
        """
        rate = self.learning_rate if type(self.learning_rate) is float else self.rate
        if self._clips:
            if self.clipvalue is not None:
                np.clip(gradient, -self.clipvalue, self.clipvalue, out=gradient)
            if self.clipnorm is not None:
                clip_each(gradient, parts, self.clipnorm)
            if self.global_clipnorm is not None:
                clip_whole(gradient, self.global_clipnorm)
        if self.weight_decay:
            self._decay(weights, parts, 1 - rate * self.weight_decay)
        self._move(weights, gradient, rate)
        self.iterations += 1

    def search(self, weights: np.ndarray, value: float, gradient: np.ndarray, evaluate: Evaluate) -> None:
        """Take a step in place by evaluating the loss at other weights; only for an optimiser that `searches`.

        Raises
        ------
        InvalidValueError
            If it does not.
        """
        raise InvalidValueError(f"{type(self).__name__}: takes its steps by `step`, from the gradient alone")

    @property
    def rate(self) -> float:
        """The learning rate of the step to come."""
        rate = self.learning_rate
        if not callable(rate):
            return rate
        try:
            return rate(self.iterations)
        except OverflowError:
            raise InvalidValueError(
                f"learning_rate: {rate!r} is beyond all numbers at step {self.iterations}"
            ) from None

    def remembers(self, weights: np.ndarray) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
        """Give shape and type of all that is remembered after steps on these weights, which stay as they are.

        Examples
        --------
        >>> import ann
        >>> ann.optimizers.SGD(momentum=0.9).remembers(np.zeros(3))
        {'velocity': ((3,), dtype('float64'))}
        """
        probe, few = self.copy(), np.ones(PROBED_WEIGHTS, weights.dtype)
        with np.errstate(all="ignore"):
            probe.step(few, np.ones_like(few))
        return {
            name: (weights.shape if array.shape == few.shape else array.shape, array.dtype)
            for name, array in probe.state.items()
        }

    @abstractmethod
    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        """Change `weights` in place; `iterations` is the number of earlier steps."""

    def _decay(self, weights: np.ndarray, parts: Sequence[Part], factor: float) -> None:
        if self.decay_biases or not parts:
            weights *= factor
            return
        for part in parts:
            if len(part.shape) > 1:
                weights[part.start : part.stop] *= factor

    def _memory(self, name: str, weights: np.ndarray, initial: float = 0.0) -> np.ndarray:
        if name not in self.state:
            self.state[name] = np.full_like(weights, initial)
        return self.state[name]


def optional_positive(value: Any, what: str) -> float | None:
    """Give `value` if it is None or a positive number.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is neither.
    """
    return None if value is None else positive(value, what)
