"""Best minus runner-up: whether one layer is told from all the others, for all regions at once."""

from dataclasses import dataclass

import numpy as np

from compare.inference.intervals import largest_deviation

__all__ = ["Margin", "best_minus_runner_up"]


@dataclass(frozen=True)
class Margin:
    """How far the best layer of one region is ahead.

    Parameters
    ----------
    best, runner_up : int
        Candidates. The runner-up is the one whose interval reaches furthest down, so it decides; it is None where
        nothing else competes.
    difference, low, high : float
        Similarity of the best minus that of the runner-up, and its simultaneous interval.
    """

    best: int
    runner_up: int | None
    difference: float
    low: float
    high: float

    @property
    def told_apart(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0


def best_minus_runner_up(
    similarity: np.ndarray,
    resampled: np.ndarray,
    left_out: np.ndarray | None = None,
    confidence: float = 0.95,
) -> list[Margin]:
    """Compare each region's best layer with every other.

    The best layer is chosen by the same data that compare it, so an interval for one pair chosen beforehand would be
    too narrow. These hold simultaneously for the differences of *all* pairs of layers within all regions (max-t
    bootstrap), whichever of them turns out best: if two layers are in truth equal for every region, the chance that
    any best layer is named is at most 1 - confidence.

    Parameters
    ----------
    similarity : numpy.ndarray
        (candidate, region).
    resampled : numpy.ndarray
        (bootstrap, candidate, region), the same draws for every cell.
    left_out : numpy.ndarray, optional
        (stimulus, candidate, region), without one stimulus each: corrects the width (`spread_ratio`).
    confidence : float
        Simultaneous coverage.

    Returns
    -------
    list of Margin
        One a region.
    """
    layers, regions = similarity.shape
    if layers < 2:
        return [Margin(0, None, np.nan, np.nan, np.nan) for _ in range(regions)]
    first, second = np.triu_indices(layers, 1)
    error, factor = largest_deviation(
        resampled[:, first] - resampled[:, second],
        None if left_out is None else left_out[:, first] - left_out[:, second],
        confidence,
    )
    reach = np.zeros((layers, layers, regions))
    reach[first, second] = reach[second, first] = factor * error
    margins = []
    for region in range(regions):
        top = int(np.argmax(similarity[:, region]))
        difference = similarity[top, region] - similarity[:, region]
        low = difference - reach[top, :, region]
        low[top] = np.inf
        rival = int(np.argmin(low))
        margins.append(
            Margin(
                top,
                rival,
                float(difference[rival]),
                float(low[rival]),
                float(difference[rival] + reach[top, rival, region]),
            )
        )
    return margins
