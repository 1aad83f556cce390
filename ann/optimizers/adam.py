"""Adam and its kin: steps from the first two moments of every weight's gradient."""

from typing import Any

import numpy as np

from ann.checks import positive, share
from ann.optimizers.optimizer import Optimizer

__all__ = ["Adam", "AdamW", "Adamax", "Nadam"]


class Adam(Optimizer):
    r"""Adam (Kingma and Ba 2015, ICLR, algorithm 1).

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \qquad
        w \leftarrow w - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`\epsilon` stands outside the root of the corrected :math:`v`, as in algorithm 1 and in PyTorch. Keras puts it
    beside the uncorrected one, so its :math:`\epsilon` acts :math:`1 / \sqrt{1 - \beta_2^t}` times as strongly in the
    first steps (32 times in the very first).

    Parameters
    ----------
    learning_rate : float or ann.schedules.Schedule
        :math:`\eta`.
    beta_1, beta_2 : float
        How slowly the two moments forget, at least 0 and below 1.
    epsilon : float
        :math:`\epsilon`.
    amsgrad : bool
        Whether :math:`v` in the last formula is the largest so far (Reddi, Kale and Kumar 2018, ICLR).
    **common
        Weight decay and clipping; see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        amsgrad: bool = False,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        kind = type(self).__name__
        self.beta_1 = share(beta_1, f"{kind}.beta_1")
        self.beta_2 = share(beta_2, f"{kind}.beta_2")
        self.epsilon = positive(epsilon, f"{kind}.epsilon")
        self.amsgrad = bool(amsgrad)

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        moments = [self._memory("mean", weights), self._memory("square", weights)]
        if self.amsgrad:
            moments.append(self._memory("largest", weights))
        step = self.iterations + 1
        factors = (
            rate,
            self.beta_1,
            1 - self.beta_1,
            self.beta_2,
            1 - self.beta_2,
            1 / (1 - self.beta_1**step),
            1 / (1 - self.beta_2**step),
            self.epsilon,
        )
        move = fast.amsgrad_step if self.amsgrad else fast.adam_step
        move(weights, gradient, *moments, *map(weights.dtype.type, factors))


class AdamW(Adam):
    r"""Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, ICLR, algorithm 2).

    It is `Adam` with a `weight_decay` to begin with: 0.004 as in Keras (PyTorch's is 0.01). The decay of a step is
    :math:`\eta \lambda w`, as in both packages; in the paper it does not shrink with :math:`\eta`.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon, amsgrad
        See `Adam`.
    weight_decay : float
        :math:`\lambda`.
    **common
        The rest; see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        amsgrad: bool = False,
        weight_decay: float = 0.004,
        **common: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common)


class Adamax(Optimizer):
    r"""Adam with the largest gradient in place of the second moment (Kingma and Ba 2015, ICLR, algorithm 2).

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad u \leftarrow \max(\beta_2 u, |g| + \epsilon) \qquad
        w \leftarrow w - \frac{\eta}{1 - \beta_1^t} \frac{m}{u}

    The paper has no :math:`\epsilon`; here it stands where PyTorch puts it, in Keras it is added to :math:`u` in the
    last formula.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon, **common
        See `Adam`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.beta_1 = share(beta_1, "Adamax.beta_1")
        self.beta_2 = share(beta_2, "Adamax.beta_2")
        self.epsilon = positive(epsilon, "Adamax.epsilon")

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        moments = self._memory("mean", weights), self._memory("largest", weights)
        corrected = rate / (1 - self.beta_1 ** (self.iterations + 1))
        factors = corrected, self.beta_1, 1 - self.beta_1, self.beta_2, self.epsilon
        fast.adamax_step(weights, gradient, *moments, *map(weights.dtype.type, factors))


class Nadam(Optimizer):
    r"""Adam with Nesterov's momentum (Dozat 2016, ICLR workshop).

    With :math:`\mu_t = \beta_1 (1 - \tfrac12 0.96^{\psi t})`, :math:`\psi = 0.004`, and Adam's :math:`m` and
    :math:`v`,

    .. math::
        w \leftarrow w - \eta \left( \frac{(1 - \mu_t)\, g}{1 - \prod_{i \le t} \mu_i}
        + \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t+1} \mu_i} \right) \Big/
        \left( \sqrt{v / (1 - \beta_2^t)} + \epsilon \right)

    as in PyTorch. Keras has :math:`\psi = 1`, so that its momentum is at its height after some fifty steps.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon, **common
        See `Adam`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.beta_1 = share(beta_1, "Nadam.beta_1")
        self.beta_2 = share(beta_2, "Nadam.beta_2")
        self.epsilon = positive(epsilon, "Nadam.epsilon")

    def _move(self, weights: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        from ann import fast

        moments = self._memory("mean", weights), self._memory("square", weights)
        if "product" not in self.state:
            self.state["product"] = np.ones(1)  # of all momenta so far
        step = self.iterations + 1
        now, next_one = (self.beta_1 * (1 - 0.5 * 0.96 ** (0.004 * t)) for t in (step, step + 1))
        self.state["product"] *= now
        product = float(self.state["product"][0])
        factors = (
            rate * (1 - now) / (1 - product),
            rate * next_one / (1 - product * next_one),
            self.beta_1,
            1 - self.beta_1,
            self.beta_2,
            1 - self.beta_2,
            1 / (1 - self.beta_2**step),
            self.epsilon,
        )
        fast.nadam_step(weights, gradient, *moments, *map(weights.dtype.type, factors))
