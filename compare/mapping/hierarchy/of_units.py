"""Hierarchy scores over units: every unit of every region is predicted from every layer, and the other way round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.checks import check_count, check_share
from compare.errors import InvalidActivityError
from compare.inference.intervals import percentile_interval
from compare.mapping.hierarchy.assigned_layer import assigned_layer_slope, mean_assigned_layer
from compare.mapping.hierarchy.brain_hierarchy import best_candidate, layer_choices, spearman_of_counts
from compare.mapping.hierarchy.orders import order_p
from compare.mapping.region_order import RegionOrder
from compare.measures.patterns import as_patterns
from compare.subjects import checked_activity
from isocortex.progress import progress_bar
from isocortex.seeds import generator

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["UnitHierarchy", "unit_hierarchy"]

LAYERS, CHOICES = 5, 100  # how many layers the brain hierarchy score looks at, and in how many choices
Table = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of each unit: its layer and its region, -1 where it was not assigned, and among which units it is drawn anew."""


@dataclass(frozen=True, eq=False)
class UnitHierarchy:
    """Whether units of later regions go with later layers.

    Every interval is a bootstrap over units, and generalises to other units of the same regions and layers before the
    same stimuli.

    Parameters
    ----------
    scores : dict
        ``"assigned layer slope"``, ``"encoding"``, ``"decoding"`` and their mean ``"brain hierarchy"`` -> value, low,
        high, p_value (over the orders of the regions, one-sided); see `assigned_layer` and `brain_hierarchy`.
    mean_layer : xarray.Dataset
        (region): value, low, high of the mean assigned layer (from 1), and how many units were assigned.
    encoding, decoding : xarray.DataArray
        (layer, region): units of the region assigned to the layer; units of the layer assigned to the region.
    stimuli : int
        That predictions were scored on.
    confidence : float
        Nominal coverage.
    """

    scores: dict[str, dict[str, float]]
    mean_layer: "xr.Dataset"
    encoding: "xr.DataArray"
    decoding: "xr.DataArray"
    stimuli: int
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts; counts are [layer][region]."""
        return {
            "layers": self.encoding["layer"].values.tolist(),
            "regions": self.encoding["region"].values.tolist(),
            "scores": self.scores,
            "mean_layer": {name: part.values.tolist() for name, part in self.mean_layer.data_vars.items()},
            "encoding": self.encoding.values.tolist(),
            "decoding": self.decoding.values.tolist(),
            "stimuli": self.stimuli,
            "confidence": self.confidence,
        }

    def __repr__(self) -> str:
        lines = [f"<UnitHierarchy: {self.encoding.sizes['layer']} layers, {self.encoding.sizes['region']} regions>"]
        lines += [
            f"{name:20}  {one['value']:6.2f} [{one['low']:.2f}, {one['high']:.2f}]  p {one['p_value']:.3f}"
            for name, one in self.scores.items()
        ]
        means = self.mean_layer
        for name, mean, count in zip(means["region"].values, means["value"].values, means["units"].values, strict=True):
            lines.append(f"{name}: mean layer {mean:.2f} of {int(count)} units")
        return "\n".join(lines)


def unit_hierarchy(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    *,
    order: RegionOrder | None = None,
    method: str = "ridge",
    folds: int = 10,
    layer_units: int = 200,
    alpha: float = 0.05,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
    progress: Any = None,
) -> UnitHierarchy:
    """Compute hierarchy scores from how well single units are predicted.

    Parameters
    ----------
    network : mapping of str to array-like
        Layers in order of depth, (stimulus, unit).
    regions : mapping of str to array-like
        Regions in order of the hierarchy, (stimulus, unit) or (stimulus, trial, unit), of which the mean is taken.
    order : RegionOrder, optional
        The regions' order, instead of that in which they are given.
    method, folds, threads
        Of the cross-validated regression, as in `compare.predictivity`.
    layer_units : int
        Units drawn from a larger layer for decoding, so that wide layers do not outweigh the others.
    alpha : float
        Units whose best correlation has a p-value below it are kept.
    bootstrap : int
        Over units.
    confidence : float
        Nominal coverage of the intervals.
    seed : int
        Of the folds, of the units drawn and of the bootstraps.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`.

    Returns
    -------
    UnitHierarchy

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activities cannot be compared, or there are fewer than 3 regions or 2 layers.
    InvalidOptionError
        If a number is out of range, or the order has no place for a region.

    Notes
    -----
    Correlations are means over folds, of which the p-value takes ``n - folds + 1`` stimuli. A layer with more units
    predicts better at the same content, and nearby units share signal and noise: units are no independent witnesses, so
    the p-value is from the order of the regions.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {name: rng.normal(size=(60, 6)) for name in ("a", "b", "c")}
    >>> regions = {"V" + name: layer + 0.5 * rng.normal(size=(60, 6)) for name, layer in layers.items()}
    >>> found = unit_hierarchy(layers, regions, bootstrap=200)
    >>> found.mean_layer["value"].values, round(found.scores["brain hierarchy"]["value"], 2)
    (array([1., 2., 3.]), 1.0)
    """
    for name, value, least in (("layer_units", layer_units, 1), ("bootstrap", bootstrap, 100), ("folds", folds, 2)):
        check_count(name, value, least)
    for name, share in (("alpha", alpha), ("confidence", confidence)):
        check_share(name, share)
    layers, areas = _patterns(network, "network"), _patterns(regions, "regions")
    areas = areas if order is None else order.sort(areas)
    places = np.array([order.places[name] for name in areas]) if order else np.arange(1.0, len(areas) + 1)
    if len(layers) < 2 or len(areas) < 3:
        raise InvalidActivityError(f"{len(layers)} layers and {len(areas)} regions: an order needs 2 and 3")
    rng = generator(seed, "unit_hierarchy")
    stimuli = len(next(iter(layers.values()))) - folds + 1
    drawn = {name: x[:, np.sort(rng.permutation(x.shape[1])[:layer_units])] for name, x in layers.items()}
    settings = {"method": method, "folds": folds, "seed": seed, "threads": threads}
    with progress_bar(len(layers) + len(areas), "predictions", progress) as advance:
        encoding = _predicted(layers, areas, settings, advance)
        decoding = _predicted(areas, drawn, settings, advance)
    choices = layer_choices(len(layers), LAYERS, CHOICES, rng)
    shape = (len(layers), len(areas))
    forward = _encoded(encoding, areas, stimuli, alpha, [tuple(range(len(layers))), *choices])
    backward = _decoded(decoding, drawn, stimuli, alpha, choices)
    scores, means = _scored(forward, backward, shape, places, bootstrap, confidence, rng)
    return UnitHierarchy(
        scores=scores,
        mean_layer=_labelled_means(means, list(areas)),
        encoding=_labelled(_counts(forward[0], shape), list(layers), list(areas)),
        decoding=_labelled(_counts(_decoded(decoding, drawn, stimuli, alpha, [tuple(range(len(layers)))])[0], shape),
                           list(layers), list(areas)),
        stimuli=stimuli,
        confidence=confidence,
    )  # fmt: skip


def _patterns(mapping: Any, label: str) -> dict[str, np.ndarray]:
    return {name: as_patterns(array, f"{label}[{name!r}]") for name, array in checked_activity(mapping, label).items()}


def _predicted(
    sources: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray], settings: Mapping[str, Any], advance: Any
) -> np.ndarray:
    """Give the correlation (source, unit of any target) of each unit with its prediction; NaN where it is silent."""
    from compare.measures import predictivity

    every = np.concatenate(list(targets.values()), axis=1)
    rows = []
    for name, source in sources.items():
        if len(source) != len(every):
            raise InvalidActivityError(f"{name}: has {len(source)} stimuli, others {len(every)}: all must see the same")
        rows.append(predictivity(source, every, **settings).units["correlation"].values)
        advance(1)
    return np.stack(rows)


def _encoded(
    scores: np.ndarray, areas: Mapping[str, np.ndarray], stimuli: int, alpha: float, choices: list[tuple[int, ...]]
) -> list[Table]:
    region = np.repeat(np.arange(len(areas)), [x.shape[1] for x in areas.values()])
    tables = []
    for choice in choices:
        best = best_candidate(scores[list(choice)], stimuli, alpha)
        tables.append((np.where(best < 0, -1, np.array(choice)[best]), region, region))
    return tables


def _decoded(
    scores: np.ndarray, drawn: Mapping[str, np.ndarray], stimuli: int, alpha: float, choices: list[tuple[int, ...]]
) -> list[Table]:
    layer = np.repeat(np.arange(len(drawn)), [x.shape[1] for x in drawn.values()])
    best = best_candidate(scores, stimuli, alpha)
    return [(layer, np.where(np.isin(layer, choice), best, -1), layer) for choice in choices]


def _counts(table: Table, shape: tuple[int, int], weights: np.ndarray | None = None) -> np.ndarray:
    """Count the assigned units, (..., layer, region), each as often as it was drawn."""
    layer, region, _ = table
    kept = (layer >= 0) & (region >= 0)
    cell = layer[kept] * shape[1] + region[kept]
    if weights is None:
        return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    one_hot = np.zeros((len(cell), shape[0] * shape[1]))
    one_hot[np.arange(len(cell)), cell] = 1.0
    return np.asarray(weights[:, kept] @ one_hot).reshape(-1, *shape)


def _drawn_anew(strata: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw units with replacement within their region or layer: (bootstrap, unit), how often each."""
    weights = np.zeros((count, len(strata)))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        weights[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=count)
    return weights


def _scored(
    forward: list[Table], backward: list[Table], shape: tuple[int, int], places: np.ndarray, bootstrap: int,
    confidence: float, rng: np.random.Generator,
) -> tuple[dict[str, dict[str, float]], tuple[np.ndarray, ...]]:  # fmt: skip
    whole, *choices = forward
    ahead, behind = (_drawn_anew(side[0][2], bootstrap, rng) for side in (forward, backward))
    counts = _counts(whole, shape)
    drawn = _counts(whole, shape, ahead)
    result = {
        "assigned layer slope": _score(
            assigned_layer_slope(counts, places),
            assigned_layer_slope(drawn, places),
            lambda orders: assigned_layer_slope(counts, orders),
            places, confidence, rng,
        )
    }  # fmt: skip
    encoding = _Choices([_counts(table, shape) for table in choices], [_counts(t, shape, ahead) for t in choices])
    decoding = _Choices([_counts(t, shape) for t in backward], [_counts(t, shape, behind) for t in backward])
    for name, sides in (
        ("encoding", (encoding,)), ("decoding", (decoding,)), ("brain hierarchy", (encoding, decoding))
    ):  # fmt: skip

        def at(orders: np.ndarray, sides: tuple[_Choices, ...] = sides) -> np.ndarray:
            return np.asarray(np.mean([side.at(orders) for side in sides], axis=0))

        resampled = np.mean([side.resampled(places) for side in sides], axis=0)
        result[name] = _score(at(places[None])[0], resampled, at, places, confidence, rng)
    means = mean_assigned_layer(counts)
    return result, (means, *percentile_interval(mean_assigned_layer(drawn), confidence), counts.sum(axis=0))


@dataclass(frozen=True, eq=False)
class _Choices:
    """Counts (layer, region) for every choice of layers, observed and drawn anew."""

    counts: list[np.ndarray]
    drawn: list[np.ndarray]

    def at(self, orders: np.ndarray) -> np.ndarray:
        """Give the mean score over choices for each order of the places."""
        return np.asarray(np.mean([spearman_of_counts(counts, orders) for counts in self.counts], axis=0))

    def resampled(self, places: np.ndarray) -> np.ndarray:
        """Give it for each bootstrap; where all units go to one layer there is no order: 0."""
        return np.mean([np.nan_to_num(spearman_of_counts(drawn, places)) for drawn in self.drawn], axis=0)


def _score(
    value: Any, resampled: np.ndarray, at: Any, places: np.ndarray, confidence: float, rng: np.random.Generator
) -> dict[str, float]:
    if not np.isfinite(value):
        return dict.fromkeys(("value", "low", "high", "p_value"), float("nan"))
    low, high = percentile_interval(resampled, confidence)
    p_value = order_p(at, places, rng)
    return {"value": float(value), "low": float(low), "high": float(high), "p_value": p_value}


def _labelled(counts: np.ndarray, layers: list[str], areas: list[str]) -> Any:
    import xarray as xr

    return xr.DataArray(counts, dims=("layer", "region"), coords={"layer": layers, "region": areas}, name="units")


def _labelled_means(means: tuple[np.ndarray, ...], areas: list[str]) -> Any:
    import xarray as xr

    names = ("value", "low", "high", "units")
    return xr.Dataset(
        {name: ("region", part) for name, part in zip(names, means, strict=True)}, coords={"region": areas}
    )
