"""The result of a comparison: one number a cell, and everything that says how far to trust it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["LayerMap", "NullComparison", "PartialSimilarity", "plain"]

MATRICES = ("similarity", "low", "high", "p_value", "p_uncorrected", "q_value", "wins", "noise_corrected")


@dataclass(frozen=True)
class PartialSimilarity:
    """Similarity that the `given` subjects do not account for, with its bootstrap interval (layer, region)."""

    given: tuple[str, ...]
    similarity: "xr.DataArray"
    low: "xr.DataArray"
    high: "xr.DataArray"


@dataclass(frozen=True)
class NullComparison:
    """Similarity of a null (layer, region), and how much closer the true one is, with the paired interval of that."""

    similarity: "xr.DataArray"
    difference: "xr.DataArray"
    low: "xr.DataArray"
    high: "xr.DataArray"


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Which layer does what which region does, as an estimate.

    Every interval generalises to what `generalises_to` names, "stimuli" say: to other stimuli of the same kind, but
    not to another brain, another network or other noise.

    Parameters
    ----------
    measure : str
        The name of the measure, such as ``"rsa"``.
    label : str
        The measure in words.
    greater_is_closer : bool
        False if `similarity` holds distances; the best layer is then the one with the smallest.
    similarity, low, high : xarray.DataArray
        (layer, region): the similarity and its interval.
    p_value, p_uncorrected : xarray.DataArray
        (layer, region): one-sided test of layer and region being closer than with permuted stimulus labels, corrected
        for the number of cells by the maximum statistic, and not.
    q_value : xarray.DataArray
        (layer, region): share of false findings among all cells whose q-value is no larger; see
        `compare.inference.false_discovery_q`.
    wins : xarray.DataArray
        (layer, region): share of bootstraps in which a layer is the best of the region. Layers of one geometry count
        as one and all show its share; rows that do not compete are NaN. Not a posterior probability.
    noise_corrected : xarray.DataArray
        (layer, region): similarity divided by the upper ceiling of the region, and of the layer where it has trials;
        NaN without trials, and for measures that are no cosine of pairs of stimuli.
    ceiling : dict
        region -> (lower, upper), as `compare.noise_ceiling`; NaN without trials.
    partial : PartialSimilarity or None
        If something was given.
    nulls : dict
        name -> NullComparison.
    assignment : dict
        ``"best"``, ``"one-to-one"``, ``"ordered"`` -> region -> layer, or None: cannot tell.
    support : dict
        The same -> region -> share of bootstraps that assign the region as the data do.
    best_minus_runner_up : dict
        region -> best, runner_up, difference, low, high (simultaneous over all pairs of layers and all regions).
    same_activity : tuple of tuple of str
        Layers that count as one.
    held_out_half : dict
        region -> layer, similarity, share: chosen on half of the stimuli, reported on the other half, averaged over
        many splits; share: how often that layer was chosen.
    hierarchy : dict
        score -> value, low, high, p_value.
    bootstrap, permutations, stimuli : int
        How many bootstraps and permutations, over how many stimuli.
    confidence : float
        Nominal coverage of the intervals.
    generalises_to : str
        What another sample would be drawn of: what the intervals are about.
    drawn : str
        What `bootstrap` counts: "bootstraps", or "halves" of the stimuli where a measure cannot weigh them.
    notes : tuple of str
        What a reader must know: stimuli left out, layers that count as one.
    """

    measure: str
    label: str
    greater_is_closer: bool
    similarity: "xr.DataArray"
    low: "xr.DataArray"
    high: "xr.DataArray"
    p_value: "xr.DataArray"
    p_uncorrected: "xr.DataArray"
    q_value: "xr.DataArray"
    wins: "xr.DataArray"
    noise_corrected: "xr.DataArray"
    ceiling: dict[str, tuple[float, float]]
    partial: PartialSimilarity | None
    nulls: dict[str, NullComparison]
    assignment: dict[str, dict[str, str | None]]
    support: dict[str, dict[str, float]]
    best_minus_runner_up: dict[str, dict[str, Any]]
    same_activity: tuple[tuple[str, ...], ...]
    held_out_half: dict[str, dict[str, Any]]
    hierarchy: dict[str, dict[str, float]]
    bootstrap: int
    permutations: int
    stimuli: int
    confidence: float
    generalises_to: str
    drawn: str
    notes: tuple[str, ...]

    @property
    def layers(self) -> list[str]:
        """Names of the rows."""
        return [str(name) for name in self.similarity.coords["layer"].values]

    @property
    def regions(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self.similarity.coords["region"].values]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts; what cannot be estimated is None."""
        matrices = {name: getattr(self, name) for name in MATRICES}
        partial = self.partial and {
            "given": self.partial.given,
            "similarity": self.partial.similarity,
            "low": self.partial.low,
            "high": self.partial.high,
        }
        nulls = {
            name: {key: getattr(null, key) for key in ("similarity", "difference", "low", "high")}
            for name, null in self.nulls.items()
        }
        return plain(
            {
                "measure": self.measure,
                "label": self.label,
                "greater_is_closer": self.greater_is_closer,
                "layers": self.layers,
                "regions": self.regions,
                **matrices,
                "ceiling": self.ceiling,
                "partial": partial or {"given": [], "similarity": [], "low": [], "high": []},
                "nulls": nulls,
                "assignment": self.assignment,
                "support": self.support,
                "best_minus_runner_up": self.best_minus_runner_up,
                "same_activity": self.same_activity,
                "held_out_half": self.held_out_half,
                "hierarchy": self.hierarchy,
                "bootstrap": self.bootstrap,
                "permutations": self.permutations,
                "stimuli": self.stimuli,
                "confidence": self.confidence,
                "generalises_to": self.generalises_to,
                "drawn": self.drawn,
                "notes": self.notes,
            }
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LayerMap":
        """Give the map that `to_dict` gave these values of; see `compare.mapping.stored.from_dict`."""
        from compare.mapping.stored import from_dict

        return from_dict(values)

    def to_dataset(self) -> "xr.Dataset":
        """Give every number with named axes: layer, region, null, bound, score, assignment."""
        from compare.mapping.stored import to_dataset

        return to_dataset(self)

    def to_frame(self) -> "pd.DataFrame":
        """Give one row a cell (layer, region) with its similarity, interval, p- and q-value and share of wins."""
        return self.to_dataset()[list(MATRICES)].to_dataframe()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a file, ``.json`` or ``.nc`` (netCDF); `load` reads both.

        Raises
        ------
        DataError
            If the path ends otherwise.
        UnwritableFileError
            If it cannot be written.
        """
        from compare.mapping.stored import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "LayerMap":
        """Read what `save` wrote; nothing in the file is run.

        Raises
        ------
        MissingFileError, UnreadableFileError, DataError
            If there is no such file, it is damaged, or it holds something else.
        """
        from compare.mapping.stored import load

        return load(path)

    def _repr_html_(self) -> str:
        from compare.mapping.display import to_html

        return to_html(self)

    def __repr__(self) -> str:
        from compare.mapping.display import to_text

        return to_text(self)


def plain(value: Any) -> Any:
    """Give plain numbers, text, lists and dicts; None for what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "dims"):
        return plain(value.values.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
