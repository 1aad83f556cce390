"""From predictions of held-out stimuli to one number a unit, and from these to one number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["STATISTICS", "Predicted", "UnitScores", "correlations", "median_of_known"]

STATISTICS = ("correlation", "explained variance")
NO_CEILING = "none: one trial"


def correlations(predicted: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Give Pearson's r of each unit over stimuli; NaN where the response or its prediction does not vary.

    Parameters
    ----------
    predicted, observed : numpy.ndarray
        (stimulus, unit).

    Examples
    --------
    >>> correlations(np.array([[1.0, 1], [2, 1], [3, 1]]), np.array([[3.0, 2], [2, 0], [1, 5]]))
    array([-1., nan])
    """
    a, b = predicted - predicted.mean(axis=0), observed - observed.mean(axis=0)
    sizes = [np.einsum("ij,ij->j", matrix, matrix) for matrix in (a, b)]
    levels = [np.abs(matrix).max(axis=0) for matrix in (predicted, observed)]
    # What is constant but for rounding has no correlation.
    varies = [size > len(a) * (1e-12 * level) ** 2 for size, level in zip(sizes, levels, strict=True)]
    product = np.einsum("ij,ij->j", a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = product / np.sqrt(sizes[0]) / np.sqrt(sizes[1])
    return np.where(varies[0] & varies[1], np.clip(r, -1, 1), np.nan)


@dataclass(frozen=True, eq=False)
class UnitScores:
    """What is known of every unit, corrected as `Predicted` tells.

    Parameters
    ----------
    by_fold : numpy.ndarray
        (fold, unit): r on the held-out stimuli.
    correlation : numpy.ndarray
        (unit): their mean over the folds that have one.
    reliability : numpy.ndarray or None
        (unit), of the same mean over trials.
    prediction : numpy.ndarray or None
        (unit): reliability of what is predicted, where the predictor's noise is taken into account.
    ceiling : numpy.ndarray
        (unit): the reliability, 1 where it is not known, times that of the prediction; NaN for units that are not used.
    """

    by_fold: np.ndarray
    correlation: np.ndarray
    reliability: np.ndarray | None
    prediction: np.ndarray | None
    ceiling: np.ndarray

    @classmethod
    def of(
        cls, by_fold: np.ndarray, reliability: np.ndarray | None, prediction: np.ndarray | None = None
    ) -> "UnitScores":
        """Average over folds, and tell which units can be corrected."""
        known = (~np.isnan(by_fold)).sum(axis=0)
        r = np.where(known > 0, np.nansum(by_fold, axis=0) / np.maximum(known, 1), np.nan)
        bound = np.ones_like(r)
        for factor in (reliability, prediction):
            if factor is not None:
                bound = np.where(factor > 0, bound * factor, np.nan)
        return cls(by_fold, r, reliability, prediction, np.where(np.isnan(r), np.nan, bound))

    def statistic(self, name: str) -> np.ndarray:
        """Give ``"correlation"``, ``r / √ρ``, or ``"explained variance"``, ``r |r| / ρ``, of each unit."""
        r = self.correlation
        return r / np.sqrt(self.ceiling) if name == "correlation" else r * np.abs(r) / self.ceiling

    def table(self, chosen: dict[str, np.ndarray], details: dict[str, object]) -> "xr.Dataset":
        """Give all as a dataset, with what was `chosen` ((fold, unit) or (fold)) and `details` as attributes."""
        import xarray as xr

        r, corrected, use = self.correlation, self.statistic("correlation"), ~np.isnan(self.ceiling)
        reliability = np.full_like(r, np.nan) if self.reliability is None else self.reliability
        silent = np.isnan(r) | (np.isnan(reliability) & (self.reliability is not None))
        variables = {
            "correlation": ("unit", r),
            "reliability": ("unit", reliability),
            "corrected": ("unit", corrected),
            "explained_variance": ("unit", self.statistic("explained variance")),
            "used": ("unit", use),
            "correlation_by_fold": (("fold", "unit"), self.by_fold),
        }
        if self.prediction is not None:
            variables["prediction_reliability"] = ("unit", self.prediction)
        variables |= {name: (("fold", "unit")[: value.ndim], value) for name, value in chosen.items()}
        counts = {
            "units": len(r),
            "used": int(use.sum()),
            "silent": int(silent.sum()),
            "unreliable": int((~use & ~silent).sum()),
            "above_1": int((corrected > 1).sum()),
            "ceiling": NO_CEILING if self.reliability is None else "Spearman-Brown reliability",
        }
        return xr.Dataset(variables, attrs=counts | details)


def median_of_known(values: np.ndarray) -> float:
    """Give the median of what is not NaN; NaN if all is.

    Examples
    --------
    >>> median_of_known(np.array([1.0, np.nan, 3.0]))
    2.0
    """
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


@dataclass(frozen=True, eq=False)
class Predicted:
    """How well the units of one subject are predicted from another, on held-out stimuli.

    Parameters
    ----------
    units : xarray.Dataset
        Per unit: ``correlation`` r, the mean over folds of Pearson's r on held-out stimuli; ``reliability`` ρ of the
        unit's mean over trials (NaN without trials); ``corrected``, ``r / √ρ``; ``explained_variance``, ``r |r| / ρ``
        (the square keeps the sign of r: what is predicted upside down is not explained); ``used``, False for silent
        and for unreliable (ρ <= 0) units, whose corrected values are NaN, never 0. Per fold and unit:
        ``correlation_by_fold``, and what was chosen (``penalty``). The attributes count units, used, silent,
        unreliable, and those above 1.
    statistic : str
        ``"correlation"`` or ``"explained variance"``: what `score` is the median of.
    label : str
        The measure in words.
    """

    units: "xr.Dataset"
    statistic: str
    label: str

    @property
    def values(self) -> np.ndarray:
        """The statistic of each unit, divided by its ceiling; NaN for units that are not used."""
        name = "corrected" if self.statistic == "correlation" else "explained_variance"
        return self.units[name].values

    @property
    def score(self) -> float:
        """The median over the units that are used; NaN if there are none. Not clipped: it may exceed 1 by chance."""
        return median_of_known(self.values)

    def __float__(self) -> float:
        return self.score

    def __repr__(self) -> str:
        a = self.units.attrs
        known = self.values[~np.isnan(self.values)]
        spread = ""
        if len(known):
            low, high = np.quantile(known, [0.25, 0.75])
            spread = f", middle half of units {low:.3f} to {high:.3f}"
        ceiling = "divided by the ceiling" if a["ceiling"] != NO_CEILING else "no trials, so no ceiling"
        return "\n".join(
            [
                f"<{self.label}: {self.score:.3f}, {ceiling}{spread}>",
                f"{a['used']} of {a['units']} units used; left out: {a['silent']} silent, {a['unreliable']} "
                f"unreliable; above 1 by chance: {a['above_1']}",
            ]
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>{self.units._repr_html_()}"
