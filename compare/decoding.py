"""Linear readout: how well a linear classifier tells the classes from the activity.

Ridge classification (one regression a class on ±1, the largest wins), as `sklearn.linear_model.RidgeClassifierCV`, in
its dual form: everything follows from the products of the stimuli with each other, so that the cost grows with the
stimuli, not with the units.
"""

from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.patterns import as_patterns
from isocortex.seeds import child_seed
from isocortex.threads import run_on_threads

__all__ = ["PENALTIES", "readout"]

PENALTIES = np.logspace(-3, 3, 13)
"""Penalties tried, times the number of units (each has variance 1, so a product is of that size)."""


def readout(
    x: Any,
    labels: Any,
    x_test: Any = None,
    labels_test: Any = None,
    *,
    folds: int = 5,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, float]:
    """Measure the accuracy of a linear readout, on stimuli that it was not fitted to.

    Parameters
    ----------
    x : array-like
        Activity (stimulus, unit) or (stimulus, trial, unit), of which the mean over trials is read.
    labels : array-like
        The class of each stimulus.
    x_test, labels_test : array-like, optional
        Held-out stimuli: fit on all of `x`, score on these. Without them, `x` is cross-validated.
    folds : int
        Folds of the cross-validation, stratified by class.
    seed : int
        Of the folds.
    confidence : float
        Nominal coverage of the interval.

    Returns
    -------
    dict
        accuracy; low, high: its Wilson interval, which generalises to other stimuli of the same kind; chance: the
        accuracy of always answering the commonest class of the scored stimuli.

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 classes, or a class with fewer than 2 stimuli to fit on or fewer stimuli than folds.
    InvalidActivityError, ActivityTypeError, InvalidOptionError
        If activity and labels do not match, or a number is out of range.

    Notes
    -----
    Units are standardised, and the penalty is chosen by leave-one-out squared error, within the stimuli that are
    fitted to; those that are scored have no part in either.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 50)
    >>> score = readout(rng.normal(size=(100, 20)) + 2 * labels[:, None], labels)
    >>> score["accuracy"] > 0.95, score["chance"]
    (True, 0.5)
    """
    patterns, classes = _matched(x, labels, "x", "labels")
    if not 0 < confidence < 1:
        raise InvalidOptionError(f"confidence: must lie between 0 and 1, got {confidence}")
    if (x_test is None) != (labels_test is None):
        raise InvalidOptionError("x_test and labels_test: give both or neither")
    if x_test is not None:
        held_out, truth = _matched(x_test, labels_test, "x_test", "labels_test")
        if held_out.shape[1] != patterns.shape[1]:
            raise InvalidActivityError(f"x has {patterns.shape[1]} units and x_test has {held_out.shape[1]}")
        _check_classes(classes, 2, "stimuli to fit on")
        fitted, scored = _at_unit_scale(patterns, held_out)
        right = _predicted(fitted, classes, scored) == truth
    else:
        if isinstance(folds, bool) or not isinstance(folds, (int, np.integer)) or folds < 2:
            raise InvalidOptionError(f"folds: must be a whole number of at least 2, got {folds!r}")
        _check_classes(classes, folds, "folds")
        truth = classes
        (scaled,) = _at_unit_scale(patterns)
        right = _cross_validated(scaled, classes, folds, seed) == truth
    low, high = _wilson(int(right.sum()), len(right), confidence)
    chance = float(np.unique(truth, return_counts=True)[1].max() / len(truth))
    return {"accuracy": float(right.mean()), "low": low, "high": high, "chance": chance}


def _matched(x: Any, labels: Any, name: str, label: str) -> tuple[np.ndarray, np.ndarray]:
    patterns, classes = as_patterns(x, name), np.asarray(labels)
    if classes.shape != (len(patterns),):
        raise InvalidActivityError(
            f"{label}: must be one class for each of the {len(patterns)} stimuli of {name}, got shape {classes.shape}"
        )
    if classes.dtype.kind == "f" and np.isnan(classes).any():
        raise InvalidActivityError(f"{label}: {int(np.isnan(classes).sum())} are NaN")
    return patterns, classes


def _check_classes(classes: np.ndarray, least: int, what: str) -> None:
    names, counts = np.unique(classes, return_counts=True)
    if len(names) < 2:
        raise TooFewStimuliError("labels: there is only one class, so there is nothing to tell apart")
    if counts.min() < least:
        raise TooFewStimuliError(
            f"labels: class {names[counts.argmin()]} has {counts.min()} stimuli, fewer than {least} {what}"
        )


def _cross_validated(patterns: np.ndarray, classes: np.ndarray, folds: int, seed: int) -> np.ndarray:
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    splitter = StratifiedKFold(folds, shuffle=True, random_state=child_seed(seed, "readout folds") % 2**32)
    predicted = np.empty_like(classes)

    def fold(split: tuple[np.ndarray, np.ndarray]) -> None:
        fitted, scored = split
        predicted[scored] = _predicted(patterns[fitted], classes[fitted], patterns[scored])

    # Numbers of the classes, since scikit-learn takes labels such as 0.5 for a regression's targets.
    index = np.unique(classes, return_inverse=True)[1]
    with threadpool_limits(limits=1, user_api="blas"):  # our threads run over folds
        run_on_threads(fold, splitter.split(patterns, index))
    return predicted


def _at_unit_scale(patterns: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Bring each unit to mean 0 and variance 1 over `patterns`, in single precision, which is then precise enough.

    Only digits are at stake: each fit standardises again by what it is fitted to, which undoes this exactly.
    """
    mean, spread = patterns.mean(axis=0), patterns.std(axis=0)
    scale = np.where(spread > 1e-10 * np.abs(mean), 1 / np.where(spread > 0, spread, 1.0), 0.0)
    return [((array - mean) * scale).astype(np.float32) for array in (patterns, *others)]


def _predicted(fitted: np.ndarray, classes: np.ndarray, scored: np.ndarray) -> np.ndarray:
    """Fit on some stimuli, and give the classes of the others."""
    mean = fitted.mean(axis=0, dtype=np.float64).astype(fitted.dtype)
    z, z_scored = fitted - mean, scored - mean
    variance = np.einsum("ij,ij->j", z, z) / len(z)
    informative = variance > (1e-6 * mean) ** 2
    names, index = np.unique(classes, return_inverse=True)
    if not informative.any():
        return np.full(len(scored), names[np.bincount(index).argmax()])
    scale = np.where(informative, 1 / np.sqrt(np.where(informative, variance, 1)), 0).astype(fitted.dtype)
    z *= scale
    z_scored *= scale
    targets = np.where(index[:, None] == np.arange(len(names)), 1.0, -1.0)
    offset = targets.mean(axis=0)
    weights = _dual_weights((z @ z.T).astype(np.float64), targets - offset, int(informative.sum()))
    return names[(z_scored @ (z.T @ weights.astype(z.dtype)) + offset).argmax(axis=1)]


def _dual_weights(gram: np.ndarray, targets: np.ndarray, units: int) -> np.ndarray:
    """Solve ridge regression in the dual, with the penalty of least leave-one-out squared error.

    With ``G = (K + λI)⁻¹`` the dual weights are ``c = G y`` and the residual of a stimulus left out is ``c_i / G_ii``;
    the intercept, fitted by centring, adds ``1/n`` to what a stimulus has on its own prediction (Rifkin and Lippert
    2007, MIT-CSAIL-TR-2007-025).
    """
    from scipy.linalg import eigh

    n = len(gram)
    sizes, directions = eigh(gram)
    projected = directions.T @ targets
    least, chosen = np.inf, np.zeros_like(targets)
    # The constant direction belongs to the intercept, not to the penalty: its share of the diagonal is 1/(nλ).
    for penalty in PENALTIES * units:
        inverse = 1 / (np.maximum(sizes, 0) + penalty)
        weights = directions @ (inverse[:, None] * projected)
        own = (directions**2) @ inverse - 1 / (n * penalty)
        error = float(np.mean((weights / own[:, None]) ** 2))
        if error < least:
            least, chosen = error, weights
    return chosen


def _wilson(right: int, total: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a proportion (1927), JASA 22:209-212."""
    from scipy.stats import binomtest

    interval = binomtest(right, total).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
