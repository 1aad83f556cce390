"""What ridge and PLS predictivity share: fit on some stimuli, predict others, cross-validate, divide by the ceiling."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from compare.checks import check_count
from compare.errors import InvalidActivityError, InvalidOptionError
from compare.measures.measure import Measure
from compare.measures.patterns import (
    CONSTANT,
    aligned,
    as_patterns,
    centred,
    checked_pair,
    checked_patterns,
    stimulus_trial_unit,
)
from compare.measures.predictivity.folds import LEAST_HELD_OUT, held_out_folds
from compare.measures.predictivity.held_out import (
    PREDICTOR_SPLITS,
    Scored,
    half_means,
    joined,
    prediction_reliability,
    scored,
    side_by_side,
)
from compare.measures.predictivity.score import STATISTICS, Predicted, UnitScores, median_of_known
from compare.measures.predictivity.spectrum import FoldSpectra, Spectrum, spectrum
from compare.room import FIXED, NUMBER, extent_of, require_room
from isocortex.errors import nearest
from isocortex.threads import resolve_threads, run_on_threads

__all__ = ["FittedRegression", "Learnt", "RegressionMeasure"]

SPLITS = 10
SPECTRUM, TARGETS = 5.5, 5  # what a fold takes: times the products it decomposes, and the targets learnt at once
SMALL = 50_000  # numbers: threads cost more than they save


@dataclass(frozen=True, eq=False)
class Learnt:
    """Weights (rank, target) on the coordinates of a `Spectrum`, and what was chosen on the way, by name."""

    weights: np.ndarray
    chosen: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class FittedRegression:
    """A regression from the units of x to the units of y.

    Parameters
    ----------
    coefficients : numpy.ndarray
        (unit of x, unit of y).
    intercept : numpy.ndarray
        (unit of y).
    chosen : dict
        What was chosen for each target, by name.
    measure : RegressionMeasure
        What it was fitted by.
    """

    coefficients: np.ndarray
    intercept: np.ndarray
    chosen: dict[str, np.ndarray]
    measure: "RegressionMeasure"

    def predict(self, x: Any) -> np.ndarray:
        """Predict the units of y (stimulus, unit).

        Raises
        ------
        InvalidActivityError, ActivityTypeError
            If `x` cannot be used, or has other units than were fitted to.
        """
        patterns = as_patterns(x, least=1)
        if patterns.shape[1] != len(self.coefficients):
            raise InvalidActivityError(f"x: has {patterns.shape[1]} units, fitted were {len(self.coefficients)}")
        return patterns @ self.coefficients + self.intercept

    def evaluate(self, x: Any, y: Any) -> Predicted:
        """Score each unit on stimuli, whose trials give the ceiling.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used; at least 3 stimuli.
        """
        _, observed = aligned(x, y, LEAST_HELD_OUT)
        if observed.shape[1] != len(self.intercept):
            raise InvalidActivityError(f"y: has {observed.shape[1]} units, fitted were {len(self.intercept)}")
        halves = half_means(x, self.measure.seed) if self.measure.two_sided else []
        found = scored(
            self.predict(x), observed, [self.predict(half.rows(slice(None))) for half in halves], self.chosen
        )
        return self.measure._summary(joined([found]), x, y, None)

    def score(self, x: Any, y: Any) -> float:
        """Give the median over units of what `evaluate` gives."""
        return self.evaluate(x, y).score


@dataclass(frozen=True, eq=False)
class _ReadyFold:
    """A fold of one x, ready for any targets: where the held-out stimuli enter, and what learns from the others."""

    training: np.ndarray
    held_out: np.ndarray
    entering: list[np.ndarray]
    learn: Callable[[np.ndarray], Learnt]

    def scored(self, observed: np.ndarray) -> Scored:
        """Learn from the training stimuli of (stimulus, target), and score the others."""
        fitted = observed[self.training]
        fitted -= fitted.mean(axis=0)
        learnt = self.learn(fitted)
        predicted, *from_halves = [coordinates @ learnt.weights for coordinates in self.entering]
        return scored(predicted, observed[self.held_out], from_halves, learnt.chosen)


@dataclass(frozen=True, eq=False)
class _Targets:
    """Centred responses (stimulus, unit), and the reliability of each unit where there are trials."""

    patterns: np.ndarray
    reliability: np.ndarray | None


@dataclass(frozen=True)
class RegressionMeasure(Measure):
    """How well the units of y are predicted from the units of x, on stimuli that the regression has not seen.

    ``measure(x, y)`` and `evaluate` cross-validate; ``measure.fit(x, y).score(x_new, y_new)`` scores other stimuli.
    Each unit's r is divided by √ρ, ρ its reliability over trials; the median over units is the score.

    Parameters
    ----------
    folds : int
        Of the cross-validation.
    seed : int
        Of the folds, and of the halves of trials that the reliability is taken from.
    statistic : str
        ``"correlation"``: ``r / √ρ``. ``"explained variance"``: ``r |r| / ρ``.
    two_sided : bool
        True: take the noise of x into account too, where x has trials. ρ is then multiplied by the reliability of the
        predictions, which are linear in x: the correlation of predictions from halves of its trials, extended by
        Spearman and Brown's formula. What a noisy x costs in learning the weights is not made up for.

    Attributes
    ----------
    invariances : frozenset of str
        Transformations of x that change nothing.
    target_invariances : frozenset of str
        Transformations of y that change nothing.
    targets_at_once : int or None
        How many targets are learnt together, where each is learnt by itself; None for all.
    """

    folds: int = 10
    seed: int = 0
    statistic: str = "correlation"
    two_sided: bool = False

    symmetric: ClassVar[bool] = False
    targets_at_once: ClassVar[int | None] = None
    by_chance: ClassVar[bool] = True
    target_invariances: ClassVar[frozenset[str]] = frozenset({"translation", "scale", "permutation"})

    def __post_init__(self) -> None:
        check_count("folds", self.folds, 2)
        if self.statistic not in STATISTICS:
            raise InvalidOptionError(
                f"statistic: there is no {self.statistic!r}; {nearest(str(self.statistic), STATISTICS)}"
            )

    @property
    def least_stimuli(self) -> int:
        """Three held out in each fold."""
        return LEAST_HELD_OUT * self.folds

    @abstractmethod
    def learn(self, spectrum: Spectrum, targets: np.ndarray) -> Learnt:
        """Learn to predict centred targets (stimulus, target) from the decomposed training patterns."""

    def learner(self, spectrum: Spectrum) -> Callable[[np.ndarray], Learnt]:
        """Give `learn` of one spectrum, which may be called on several sets of targets."""
        return partial(self.learn, spectrum)

    def fit(self, x: Any, y: Any) -> FittedRegression:
        """Learn the weights from all of the stimuli given.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError
            If the activity cannot be used; at least 3 stimuli.
        """
        patterns, targets = aligned(x, y, LEAST_HELD_OUT)
        mean, offset = _centre(patterns), _centre(targets)
        decomposed = spectrum(patterns)
        learnt = self.learn(decomposed, targets)
        coefficients = patterns.T @ (decomposed.directions @ learnt.weights)
        return FittedRegression(coefficients, offset - mean @ coefficients, learnt.chosen, self)

    def evaluate(
        self,
        x: Any,
        y: Any,
        stratify: Any = None,
        groups: Any = None,
        reliability: Any = None,
        threads: int | None = None,
    ) -> Predicted:
        """Cross-validate.

        Parameters
        ----------
        x, y : array-like
            Activity (stimulus, unit) or (stimulus, trial, unit). The mean over trials is predicted from the mean over
            trials; the trials of y give the ceiling.
        stratify, groups : array-like, optional
            One label a stimulus: see `held_out_folds`.
        reliability : array-like, optional
            (unit) of y, if it is known from elsewhere, as for recorded means without trials.
        threads : int, optional
            Over folds; as many as there are cores by default. The numbers do not depend on it.

        Raises
        ------
        InvalidActivityError, ActivityTypeError, TooFewStimuliError, InvalidOptionError
            If the activity or an option cannot be used.
        """
        bound = _checked_reliability(reliability, y)
        found = self._cross_validated(x, y, stratify, groups, threads)
        return self._summary(found, x, y, bound)

    def __call__(self, x: Any, y: Any) -> float:
        """Cross-validate, and give the median over units: `evaluate` without its table."""
        scores = self._scores(self._cross_validated(x, y), x, y, None)
        return median_of_known(scores.statistic(self.statistic))

    def _cross_validated(
        self, x: Any, y: Any, stratify: Any = None, groups: Any = None, threads: int | None = None
    ) -> Scored:
        """Score the held-out stimuli of each fold."""
        from threadpoolctl import threadpool_limits

        patterns, targets = checked_pair(x, y, self.least_stimuli)
        stimuli, units = targets.shape
        parts = held_out_folds(stimuli, self.folds, self.seed, stratify, groups)
        require_room(self.room(x, y, threads), self.label)
        small = stimuli * (patterns.shape[1] + units) < SMALL
        spectra = FoldSpectra(patterns, half_means(x, self.seed) if self.two_sided else [])
        step = self.targets_at_once or units

        def fold(part: tuple[np.ndarray, np.ndarray]) -> Scored:
            ready = self._ready(spectra, part)
            starts = range(0, units, step)
            return side_by_side([ready.scored(centred(targets.columns(start, start + step))) for start in starts])

        if small:
            return joined([fold(part) for part in parts])
        with threadpool_limits(limits=1, user_api="blas"):  # our threads run over folds
            return joined(run_on_threads(fold, parts, threads))

    def room(self, x: Any, y: Any, threads: int | None = None) -> int:
        """Give how many bytes cross-validating takes at most beside the activity."""
        from_x, to = extent_of(x), extent_of(y)
        at_once = min(resolve_threads(threads), self.folds)
        targets = min(self.targets_at_once or to.units, to.units) * to.stimuli * NUMBER
        kept = min(from_x.square, from_x.patterns) * (1 + 2 * PREDICTOR_SPLITS * (self.two_sided and from_x.trials > 1))
        dual = from_x.units >= from_x.stimuli
        reading = from_x.square + from_x.columns() + from_x.reading if dual else from_x.patterns
        fold = SPECTRUM * min(from_x.square, from_x.patterns) + TARGETS * targets
        return FIXED + kept + max(reading, int(at_once * fold))

    def sees_trials(self, side: int) -> bool:
        """Of y, whose trials give its ceiling; of x where its noise is taken into account."""
        return side == 1 or self.two_sided

    def part(self, x: np.ndarray, side: int) -> Any:
        """Decompose the training stimuli of each fold, of x; centre the targets and estimate their ceiling, of y."""
        if self.two_sided:  # halves of the trials of x are predicted from too
            return x
        patterns = checked_patterns(x, "xy"[side], self.least_stimuli)
        if side == 1:
            return _Targets(centred(patterns.rows(slice(None))), self._reliability(x))
        spectra = FoldSpectra(patterns)
        return [self._ready(spectra, part) for part in held_out_folds(len(x), self.folds, self.seed)]

    def of_parts(self, x: Any, y: Any) -> float:
        """Cross-validate, and give the median over units."""
        if self.two_sided:
            return self(x, y)
        found = joined([ready.scored(y.patterns) for ready in x])
        return median_of_known(UnitScores.of(found.r, y.reliability).statistic(self.statistic))

    def relabelled(self, part: Any, order: np.ndarray) -> Any:
        """Give responses to other stimuli; a ceiling does not depend on their order."""
        return part[order] if self.two_sided else replace(part, patterns=part.patterns[order])

    def _ready(self, spectra: FoldSpectra, part: tuple[np.ndarray, np.ndarray]) -> "_ReadyFold":
        decomposed, entering = spectra(part[0], part[1])
        return _ReadyFold(part[0], part[1], entering, self.learner(decomposed))

    def _scores(self, found: Scored, x: Any, y: Any, known: np.ndarray | None) -> UnitScores:
        known = self._reliability(y) if known is None else known
        return UnitScores.of(found.r, known, prediction_reliability(found.agreement, x))

    def _reliability(self, y: Any) -> np.ndarray | None:
        from compare.inference.reliability import unit_reliability

        responses = stimulus_trial_unit(y, "y")
        return unit_reliability(responses, SPLITS, self.seed) if responses.shape[1] > 1 else None

    def _summary(self, found: Scored, x: Any, y: Any, known: np.ndarray | None) -> Predicted:
        stimuli, trials, _ = stimulus_trial_unit(y, "y").shape
        details = {"stimuli": stimuli, "trials": trials, "folds": len(found.r), "seed": self.seed}
        return Predicted(self._scores(found, x, y, known).table(found.chosen, details), self.statistic, self.label)


def _centre(patterns: np.ndarray) -> np.ndarray:
    """Remove each unit's mean in place, and give it; what is constant but for rounding becomes exactly zero."""
    level = np.maximum(patterns.max(axis=0), -patterns.min(axis=0))
    mean = patterns.mean(axis=0)
    patterns -= mean
    patterns[:, np.maximum(patterns.max(axis=0), -patterns.min(axis=0)) <= CONSTANT * level] = 0.0
    return mean


def _checked_reliability(reliability: Any, y: Any) -> np.ndarray | None:
    if reliability is None:
        return None
    values, units = np.asarray(reliability, dtype=float), stimulus_trial_unit(y, "y").shape[2]
    if values.shape != (units,) or (values > 1).any():
        raise InvalidOptionError(
            f"reliability: must be one number of at most 1 for each of the {units} units of y, got shape {values.shape}"
        )
    return values
