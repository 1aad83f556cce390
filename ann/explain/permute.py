"""Permutation importance: what a feature is worth to the loss.

L. Breiman (2001), Random forests, Machine Learning 45:5.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ann.errors import InvalidTypeError, InvalidValueError
from ann.explain.scoring import score
from ann.layers.layer import positive_integer
from ann.training.checks import checked_batch
from ann.training.weighting import counting_steps
from isocortex.seeds import generator

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["Importance", "permutation_importance"]


class Importance(NamedTuple):
    """What each feature is worth.

    Attributes
    ----------
    features : list of int
        Which features, along the last axis of a stimulus.
    mean : numpy.ndarray
        (feature,): how much worse the network is with the feature shuffled, the mean over shuffles.
    low, high : numpy.ndarray
        (feature,): 95 % interval of it over stimuli like these, with the network as it is.
    intact : float
        The metric on the stimuli as they are.
    """

    features: list[int]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    intact: float


def permutation_importance(
    network: "Network",
    x: Any,
    y: Any,
    metric: Any = "loss",
    features: Sequence[int] | None = None,
    repeats: int = 10,
    bootstraps: int = 200,
    seed: int = 0,
    batch_size: int = 256,
) -> Importance:
    """Shuffle one feature after the other among stimuli, and tell how much worse the network becomes.

    Use stimuli that the network was not trained on. Features that carry the same are each worth little, since
    the other is still there. Steps that a mask hides from the outputs of the intact stimuli count in no score (a
    function of your own gets all). A stimulus counts twice in the interval, as one that is given another's value and
    as one whose value is given, so both are drawn anew.

    Parameters
    ----------
    network : Sequential or Model
        Compiled.
    x, y : array
        Stimuli and targets. A feature is a place along the last axis of a stimulus (a column of a table, a channel
        of an image); where a stimulus has several axes it is shuffled as a whole.
    metric : str, ann.metrics.Metric or callable
        ``"loss"``, a metric's name, or a function of outputs and targets that is higher where the network is better.
    features : sequence of int, optional
        Which features; all by default.
    repeats : int
        How many shuffles of each.
    bootstraps : int
        How many draws of the stimuli with replacement give the intervals.
    seed : int
        Gives the shuffles and draws.
    batch_size : int
        How many stimuli at once.

    Raises
    ------
    NotCompiledError, ShapeError, DataError, InvalidValueError, InvalidTypeError
        If the data do not fit the network, or there is no such feature or metric.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(1, input_shape=(2,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> model.set_weights({"dense_1": {"kernel": [[1.0], [0.0]], "bias": [0.0]}})
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = permutation_importance(model, x, x[:, 0])
    >>> bool(found.low[0] > 1), float(found.mean[1]) == 0
    (True, True)
    """
    x, targets, _ = checked_batch(network, (x, y))
    repeats, bootstraps = positive_integer(repeats, "repeats"), positive_integer(bootstraps, "bootstraps")
    chosen, good = _features(features, x.shape[-1]), score(network, metric)
    intact, counts = network.predict(x, batch_size), counting_steps(network, x, batch_size)
    everyone = np.arange(len(x))
    draws = generator(seed, "bootstrap").integers(len(x), size=(bootstraps, len(x)))

    def among(outputs: np.ndarray, rows: np.ndarray) -> float:
        return good(outputs[rows], targets[rows], None if counts is None else counts[rows])

    whole = good(intact, targets, counts)
    before = np.array([among(intact, rows) for rows in draws])
    mean, varied = np.zeros(len(chosen)), np.zeros((len(chosen), bootstraps))
    for number, feature in enumerate(chosen):
        rng = generator(seed, "permutation", feature)
        for _ in range(repeats):
            given = rng.permutation(len(x))  # whose value each stimulus is given
            taken = np.empty_like(given)  # and who is given its value
            taken[given] = everyone
            changed = x.copy()
            changed[..., feature] = x[given][..., feature]
            outputs = network.predict(changed, batch_size)
            after = good(outputs, targets, counts)
            mean[number] += (whole - after) / repeats
            for draw, rows in enumerate(draws):
                # Another sample has other stimuli to be given values, and others to take them from.
                other = among(outputs, rows) + among(outputs, taken[rows]) - after
                varied[number, draw] += (before[draw] - other) / repeats
    low, high = np.quantile(varied, (0.025, 0.975), axis=1)
    return Importance(chosen, mean, low, high, good.sign * whole)


def _features(features: Any, count: int) -> list[int]:
    if features is None:
        return list(range(count))
    if isinstance(features, (str, bytes)) or not np.iterable(features):
        raise InvalidTypeError(f"features: must be integers, got {features!r}")
    found = []
    for feature in features:
        if isinstance(feature, bool) or not isinstance(feature, (int, np.integer)):
            raise InvalidTypeError(f"features: must be integers, got {feature!r}")
        if not 0 <= feature < count:
            raise InvalidValueError(f"features: {feature} is out of range; a stimulus has features 0 to {count - 1}")
        found.append(int(feature))
    return found
