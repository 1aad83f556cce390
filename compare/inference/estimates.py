"""A quantity with everything that tells how far to trust it: observed, resampled, and without each stimulus."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.inference.intervals import crossed_ratio, crossed_variance, percentile_interval, quiet, spread_ratio
from compare.inference.scale import PLAIN, Scale
from compare.inference.second_order import SecondOrder

__all__ = ["Estimate"]


@dataclass(frozen=True)
class Estimate:
    """Similarities, or what follows from them, as observed and as resampled.

    Parameters
    ----------
    value : numpy.ndarray
        As observed, of shape (...).
    draws : numpy.ndarray
        (draw, ...), resampled over stimuli.
    left_out : numpy.ndarray or None
        (stimulus, ...), without one stimulus each; see `spread_ratio`.
    units, both : numpy.ndarray or None
        (draw, ...), resampled over units alone, and over stimuli and units at once; see `crossed_ratio`.
    second : SecondOrder or None
        The jackknife of second order, for what is drawn without replacement; it then gives the intervals their width.
    halves_of : int
        Of how many stimuli the draws are one half, then the other half, and so on; 0 if they are not.

    Examples
    --------
    >>> estimate = Estimate(np.array(2.0), np.linspace(1, 3, 201))
    >>> [round(float(end), 2) for end in estimate.interval(0.9)]
    [1.1, 2.9]
    """

    value: np.ndarray
    draws: np.ndarray
    left_out: np.ndarray | None = None
    units: np.ndarray | None = None
    both: np.ndarray | None = None
    second: SecondOrder | None = None
    halves_of: int = 0

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """Give what `function` makes of the quantity, however it was sampled; it sees the last axes only."""
        changed: dict[str, Any] = {}
        for name in ("draws", "left_out", "units", "both"):
            part = getattr(self, name)
            changed[name] = None if part is None else function(part)
        changed["second"] = None if self.second is None else self.second.map(function)
        return replace(self, value=function(self.value), **changed)

    def minus(self, other: "Estimate") -> "Estimate":
        """Give the difference, draw by draw."""
        parts: dict[str, Any] = {}
        for name in ("draws", "left_out", "units", "both"):
            mine, its = getattr(self, name), getattr(other, name)
            parts[name] = None if mine is None or its is None else mine - its
        mine, its = self.second, other.second
        parts["second"] = None if mine is None or its is None else mine.minus(its)
        return replace(self, value=self.value - other.value, **parts)

    def where(self, sound: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """Keep the draws of which `sound` says so; it is given (draw, ...) and gives one bool a draw."""
        parts: dict[str, Any] = {}
        for name in ("draws", "units", "both"):
            part = getattr(self, name)
            if part is not None:
                kept = sound(part)
                if name == "draws" and self.halves_of:  # both halves or none
                    last = len(kept) // 2 * 2
                    kept[:last] = np.repeat(kept[:last].reshape(-1, 2).all(axis=1), 2)
                parts[name] = part[kept]
        return replace(self, **parts)

    @property
    def resampled(self) -> np.ndarray:
        """The draws over everything that the estimate generalises to, around the centre of those over stimuli."""
        draws, both = self.draws, self.both
        if both is None:
            return draws
        return both + quiet(lambda: np.nanmean(draws, axis=0) - np.nanmean(both, axis=0))

    @property
    def ratio(self) -> np.ndarray:
        """How wide the distribution of `resampled` should be, as a share of how wide it is."""
        if self._is_student:
            variance, drawn = self._variance(PLAIN), quiet(lambda: np.nanvar(self.resampled, axis=0))
            known = np.isfinite(variance) & (drawn > 0)
            return np.sqrt(np.where(known, variance, 1.0) / np.where(known, drawn, 1.0))
        ratio = spread_ratio(self.draws, self.left_out)
        if self.units is None or self.both is None:
            return ratio
        return crossed_ratio(self.draws, self.units, self.both, ratio)

    @property
    def _is_student(self) -> bool:
        return self.second is not None or self.halves_of > 0

    def _variance(self, scale: Scale) -> np.ndarray:
        """Give the variance on a scale; over units as well it grows by the same factor on every scale."""
        over_stimuli = self._over_stimuli(scale)
        if self.units is None or self.both is None:
            return over_stimuli
        here = self._over_stimuli(PLAIN)
        grown = crossed_variance(here, self.draws, self.units, self.both)
        return over_stimuli * np.where(here > 0, grown, 1.0) / np.where(here > 0, here, 1.0)

    def _over_stimuli(self, scale: Scale) -> np.ndarray:
        """Give the variance by the jackknife of second order, at most that of the draws, V1 + 3 V2.

        Without the jackknife, that of half the difference of two halves, V1 + 2 V2: what both halves share is no more
        than pairs of stimuli, or chance (folds drawn anew), carry.
        """
        draws = scale.there(self.draws)
        if self.second is not None:
            return np.fmin(self.second.map(scale.there).variance, quiet(lambda: np.nanvar(draws, axis=0)))
        last = len(draws) // 2 * 2
        return quiet(lambda: np.nanmean((draws[:last:2] - draws[1:last:2]) ** 2, axis=0) / 4)

    def interval(self, confidence: float = 0.95, scale: Scale = PLAIN) -> tuple[np.ndarray, np.ndarray]:
        """Give the ends of an interval.

        With a jackknife of second order, or halves, it is Student's on the given scale, ``z ± t √V``, with the degrees
        of freedom that V has. Else it is the percentile interval of the draws, drawn in towards their mean by `ratio`.
        """
        low, high = self._percentiles(confidence)
        if self._is_student:
            for each in (PLAIN, scale):  # where the second is not defined, the first stands
                first, last = self._student(each, confidence)
                known = np.isfinite(first) & np.isfinite(last)
                low, high = np.where(known, first, low), np.where(known, last, high)
        return low, high

    def _student(self, scale: Scale, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        from scipy.special import stdtrit

        degrees = self.halves_of - 1 if self.second is None else self.second.map(scale.there).degrees
        with np.errstate(invalid="ignore"):
            reach = stdtrit(degrees, (1 + confidence) / 2) * np.sqrt(self._variance(scale))
            value = scale.there(self.value)
            return scale.back(value - reach), scale.back(value + reach)

    def _percentiles(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        resampled, ratio = self.resampled, self.ratio
        low, high = percentile_interval(resampled, confidence)
        middle = quiet(lambda: np.nanmean(resampled, axis=0))
        return middle + ratio * (low - middle), middle + ratio * (high - middle)

    def simultaneous(self, confidence: float = 0.95) -> np.ndarray:
        """Give how far intervals ``value ± reach`` extend that hold all at once with this confidence (max-t).

        The reach is each quantity's standard error times one factor: the quantile, over draws, of the largest
        standardised deviation of any quantity from its mean. 0 where nothing varies.

        Examples
        --------
        >>> draws = np.random.default_rng(0).normal(size=(4000, 20))
        >>> round(float(Estimate(np.zeros(20), draws).simultaneous().mean()), 1)
        3.0
        """
        resampled = self.resampled
        error = resampled.std(axis=0)
        varies = error > 1e-12
        if not varies.any():
            return error
        deviation = np.abs(resampled - resampled.mean(axis=0))[:, varies] / error[varies]
        return error * self.ratio * float(np.quantile(deviation.max(axis=1), confidence))
