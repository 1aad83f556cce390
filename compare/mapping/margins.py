"""Best minus runner-up: whether one layer is told from all the others, for all regions at once."""

from dataclasses import dataclass

import numpy as np

from compare.inference.estimates import Estimate

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
        How much closer the best is than the runner-up, and its simultaneous interval.
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


def best_minus_runner_up(closeness: Estimate, confidence: float = 0.95) -> list[Margin]:
    """Compare each region's best layer with every other.

    The best layer is chosen by the same data that compare it, so an interval for one pair chosen beforehand would be
    too narrow. These hold simultaneously for the differences of *all* pairs of layers within all regions (max-t
    bootstrap), whichever of them turns out best: if two layers are in truth equal for every region, the chance that
    any best layer is named is at most 1 - confidence.

    Parameters
    ----------
    closeness : Estimate
        Of (candidate, region), larger is closer, the same draws for every cell.
    confidence : float
        Simultaneous coverage.

    Returns
    -------
    list of Margin
        One a region.
    """
    layers, regions = closeness.value.shape
    if layers < 2:
        return [Margin(0, None, np.nan, np.nan, np.nan) for _ in range(regions)]
    first, second = np.triu_indices(layers, 1)
    reach = np.zeros((layers, layers, regions))
    reach[first, second] = closeness.map(lambda each: each[..., first, :] - each[..., second, :]).simultaneous(
        confidence
    )
    reach[second, first] = reach[first, second]
    margins = []
    for region in range(regions):
        top = int(np.argmax(closeness.value[:, region]))
        difference = closeness.value[top, region] - closeness.value[:, region]
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
