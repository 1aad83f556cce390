"""A quantity with everything that tells how far to trust it: observed, resampled, and without each stimulus."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.inference.intervals import crossed_ratio, percentile_interval, quiet, spread_ratio

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
        (stimulus, ...), without one stimulus each.
    inflation : float
        By how much the draws inflate what only pairs of stimuli carry; see `spread_ratio`.
    units, both : numpy.ndarray or None
        (draw, ...), resampled over units alone, and over stimuli and units at once; see `crossed_ratio`.

    Examples
    --------
    >>> estimate = Estimate(np.array(2.0), np.linspace(1, 3, 201), None)
    >>> [round(float(end), 2) for end in estimate.interval(0.9)]
    [1.1, 2.9]
    """

    value: np.ndarray
    draws: np.ndarray
    left_out: np.ndarray | None
    inflation: float = 3.0
    units: np.ndarray | None = None
    both: np.ndarray | None = None

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """Give what `function` makes of the quantity, however it was sampled; it sees the last axes only."""
        changed: dict[str, Any] = {}
        for name in ("draws", "left_out", "units", "both"):
            part = getattr(self, name)
            changed[name] = None if part is None else function(part)
        return replace(self, value=function(self.value), **changed)

    def minus(self, other: "Estimate") -> "Estimate":
        """Give the difference, draw by draw."""
        parts: dict[str, Any] = {}
        for name in ("draws", "left_out", "units", "both"):
            mine, its = getattr(self, name), getattr(other, name)
            parts[name] = None if mine is None or its is None else mine - its
        return replace(self, value=self.value - other.value, **parts)

    def where(self, sound: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """Keep the draws of which `sound` says so; it is given (draw, ...) and gives one bool a draw."""
        parts: dict[str, Any] = {}
        for name in ("draws", "units", "both"):
            part = getattr(self, name)
            parts[name] = None if part is None else part[sound(part)]
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
        ratio = spread_ratio(self.draws, self.left_out, self.inflation)
        if self.units is None or self.both is None:
            return ratio
        return crossed_ratio(self.draws, self.units, self.both, ratio)

    def interval(self, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Give the percentile interval of the draws, drawn in towards their mean by `ratio`."""
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
        >>> round(float(Estimate(np.zeros(20), draws, None).simultaneous().mean()), 1)
        3.0
        """
        resampled = self.resampled
        error = resampled.std(axis=0)
        varies = error > 1e-12
        if not varies.any():
            return error
        deviation = np.abs(resampled - resampled.mean(axis=0))[:, varies] / error[varies]
        return error * self.ratio * float(np.quantile(deviation.max(axis=1), confidence))
