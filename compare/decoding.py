"""Linear readout: how well a linear classifier tells the classes from the activity.

Ridge classification (one regression a class on ±1, the largest wins), as `sklearn.linear_model.RidgeClassifierCV`, in
its dual form where units outnumber stimuli: everything follows from the products of the stimuli with each other, so
that the cost grows with the stimuli, not with the units.
"""

from typing import Any

import numpy as np

from compare.checks import check_count, check_share
from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.measures.patterns import as_patterns
from compare.measures.predictivity.ridge import LeaveOneOut
from compare.measures.predictivity.spectrum import Spectrum, spectrum, spectrum_of_products
from isocortex.seeds import child_seed
from isocortex.threads import run_on_threads

__all__ = ["PENALTIES", "check_classes", "class_folds", "labelled_patterns", "read_classes", "readout", "wilson"]

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
    patterns, classes = labelled_patterns(x, labels, "x", "labels")
    check_share("confidence", confidence)
    if (x_test is None) != (labels_test is None):
        raise InvalidOptionError("x_test and labels_test: give both or neither")
    if x_test is not None:
        held_out, truth = labelled_patterns(x_test, labels_test, "x_test", "labels_test")
        if held_out.shape[1] != patterns.shape[1]:
            raise InvalidActivityError(f"x has {patterns.shape[1]} units and x_test has {held_out.shape[1]}")
        check_classes(classes, 2, "stimuli to fit on")
        fitted, scored = _at_unit_scale(patterns, held_out)
        right = _predicted(fitted, classes, scored) == truth
    else:
        check_count("folds", folds, 2)
        check_classes(classes, folds, "folds")
        truth = classes
        index = np.unique(classes, return_inverse=True)[1]
        right = read_classes(patterns, index[None], class_folds(classes, folds, seed))[0] == index
    low, high = wilson(int(right.sum()), len(right), confidence)
    chance = float(np.unique(truth, return_counts=True)[1].max() / len(truth))
    return {"accuracy": float(right.mean()), "low": low, "high": high, "chance": chance}


def labelled_patterns(x: Any, labels: Any, name: str, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Give patterns (stimulus, unit) and their classes, one for each stimulus and none of them NaN."""
    patterns, classes = as_patterns(x, name), np.asarray(labels)
    if classes.shape != (len(patterns),):
        raise InvalidActivityError(
            f"{label}: must be one class for each of the {len(patterns)} stimuli of {name}, got shape {classes.shape}"
        )
    if classes.dtype.kind == "f" and np.isnan(classes).any():
        raise InvalidActivityError(f"{label}: {int(np.isnan(classes).sum())} are NaN")
    return patterns, classes


def check_classes(classes: np.ndarray, least: int, what: str) -> None:
    """Raise `TooFewStimuliError` unless there are two classes, of at least so many stimuli each."""
    names, counts = np.unique(classes, return_counts=True)
    if len(names) < 2:
        raise TooFewStimuliError("labels: there is only one class, so there is nothing to tell apart")
    if counts.min() < least:
        raise TooFewStimuliError(
            f"labels: class {names[counts.argmin()]} has {counts.min()} stimuli, fewer than {least} {what}"
        )


def read_classes(
    patterns: np.ndarray, assignments: np.ndarray, parts: list[tuple[np.ndarray, np.ndarray]], advance: Any = None
) -> np.ndarray:
    """Read the classes of all stimuli, each while held out, under several assignments of classes to stimuli.

    Everything that depends on the activity alone is computed once a fold.

    Parameters
    ----------
    patterns : numpy.ndarray
        (stimulus, unit).
    assignments : numpy.ndarray of int
        (assignment, stimulus), classes numbered from 0.
    parts : list
        Training and held-out stimuli of each fold.
    advance : callable, optional
        Called with 1 whenever a fold is done.

    Returns
    -------
    numpy.ndarray of int
        (assignment, stimulus).
    """
    from threadpoolctl import threadpool_limits

    (scaled,) = _at_unit_scale(patterns)
    read = np.empty_like(assignments)
    classes = int(assignments.max()) + 1

    def fold(part: tuple[np.ndarray, np.ndarray]) -> None:
        fitted, scored = part
        read[:, scored] = _Reader(scaled[fitted], scaled[scored]).read(assignments[:, fitted], classes)

    with threadpool_limits(limits=1, user_api="blas"):  # our threads run over folds
        run_on_threads(fold, parts, done=None if advance is None else lambda part: advance(1))
    return read


def class_folds(classes: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Part the stimuli into folds, each with its share of every class."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(folds, shuffle=True, random_state=child_seed(seed, "readout folds") % 2**32)
    # Numbers of the classes, since scikit-learn takes labels such as 0.5 for a regression's targets.
    index = np.unique(classes, return_inverse=True)[1]
    return list(splitter.split(np.empty((len(index), 0)), index))


def _at_unit_scale(patterns: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Bring each unit to mean 0 and variance 1 over `patterns`, in single precision, which is then precise enough.

    Only digits are at stake: each fit standardises again by what it is fitted to, which undoes this exactly.
    """
    mean, spread = patterns.mean(axis=0), patterns.std(axis=0)
    scale = np.where(spread > 1e-10 * np.abs(mean), 1 / np.where(spread > 0, spread, 1.0), 0.0)
    return [((array - mean) * scale).astype(np.float32) for array in (patterns, *others)]


def _predicted(fitted: np.ndarray, classes: np.ndarray, scored: np.ndarray) -> np.ndarray:
    """Fit on some stimuli, and give the classes of the others."""
    names, index = np.unique(classes, return_inverse=True)
    return names[_Reader(fitted, scored).read(index[None], len(names))[0]]


class _Reader:
    """Ridge classification of some stimuli after others, for any classes that these may have.

    Parameters
    ----------
    fitted, scored : numpy.ndarray
        (stimulus, unit), in single precision.
    """

    def __init__(self, fitted: np.ndarray, scored: np.ndarray) -> None:
        mean = fitted.mean(axis=0, dtype=np.float64).astype(fitted.dtype)
        z, z_scored = fitted - mean, scored - mean
        variance = np.einsum("ij,ij->j", z, z) / len(z)
        informative = variance > (1e-6 * mean) ** 2
        scale = np.where(informative, 1 / np.sqrt(np.where(informative, variance, 1)), 0).astype(fitted.dtype)
        z *= scale
        z_scored *= scale
        self._scored = len(scored)
        self._spectrum: Spectrum | None = None
        if informative.any():
            dual = z.shape[1] >= len(z)
            self._spectrum = (
                spectrum_of_products((z @ z.T).astype(np.float64)) if dual else spectrum(z.astype(np.float64))
            )
            directions = self._spectrum.directions.astype(z.dtype)
            self._entering = (z_scored @ z.T) @ directions if dual else z_scored @ (z.T @ directions)
            self._penalties = PENALTIES * int(informative.sum())
            self._left_out = LeaveOneOut(self._spectrum, self._penalties)

    def read(self, assignments: np.ndarray, classes: int) -> np.ndarray:
        """Give (assignment, scored stimulus) from (assignment, fitted stimulus), classes numbered from 0.

        The penalty is that of least leave-one-out squared error over all classes of an assignment.
        """
        read = np.empty((len(assignments), self._scored), assignments.dtype)
        if self._spectrum is None:  # the commonest class is the answer
            read[:] = [[np.bincount(row).argmax()] for row in assignments]
            return read
        some = max(1, 1024 // classes)
        for start in range(0, len(assignments), some):
            read[start : start + some] = self._read(self._spectrum, assignments[start : start + some], classes)
        return read

    def _read(self, found: Spectrum, assignments: np.ndarray, classes: int) -> np.ndarray:
        targets = np.where(assignments.T[:, :, None] == np.arange(classes), 1.0, -1.0)
        targets = targets.reshape(len(targets), -1)
        offset = targets.mean(axis=0)
        targets -= offset
        directions = found.directions
        projected = directions.T @ targets
        outside = None if found.complete else targets - directions @ projected
        errors = np.stack(
            [self._left_out.errors(row, projected, outside, precise=False) for row in range(len(PENALTIES))]
        )
        best = errors.reshape(len(PENALTIES), -1, classes).mean(axis=2).argmin(axis=0)
        penalty = np.repeat(self._penalties[best], classes)
        weights = projected / (found.sizes[:, None] + penalty)
        votes = self._entering @ weights.astype(self._entering.dtype) + offset
        return votes.reshape(len(votes), -1, classes).argmax(axis=2).T


def wilson(right: int, total: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a proportion (1927), JASA 22:209-212."""
    from scipy.stats import binomtest

    interval = binomtest(right, total).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
