"""Several networks before several brains: how far what one pair shows holds for other seeds.

Every network is compared with every brain. The mean over all N × B pairs has the variance
``σ_n²/N + σ_b²/B + σ_nb²/NB`` (networks, brains, what is special to a pair), which is estimated from the means of rows
and columns: ``V_n + V_b - V_nb`` with ``V_n`` the variance of the networks' means divided by N, ``V_b`` that of the
brains' divided by B, and ``V_nb`` the residual mean square divided by NB (two-way random effects without replication;
Searle, Casella and McCulloch 1992, Variance Components, chapter 4). Adding up rows and columns alone would count
``σ_nb²`` twice, as resampling both does (`compare.inference.intervals.crossed_ratio`). Seeds are few, so intervals are
Student's, with Satterthwaite's (1946, Biometrics Bulletin 2:110-114) degrees of freedom, and not from a bootstrap of
three or four.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.checks import check_share
from compare.errors import InvalidActivityError, TooFewStimuliError
from compare.mapping.cast import prepare
from compare.mapping.layer_map import plain
from compare.measures.measure import Measure
from compare.measures.named import measure_named, name_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SeedMap", "across_seeds"]


@dataclass(frozen=True, eq=False)
class SeedMap:
    """Layers and regions compared over several seeds.

    Parameters
    ----------
    measure, label : str
        The name of the measure, and the measure in words.
    greater_is_closer : bool
        False if `similarity` holds distances.
    similarity, low, high : xarray.DataArray
        (layer, region): mean over all pairs of a network and a brain, and its interval.
    each : xarray.DataArray
        (network seed, brain seed, layer, region).
    assignment : dict
        region -> the layer that is closest on average, or None where the interval of its lead over another layer,
        simultaneous over all pairs of layers and all regions (Bonferroni), includes 0.
    generalises_to : str
        Seeds of what the intervals are about.
    confidence : float
        Nominal coverage of the intervals.
    """

    measure: str
    label: str
    greater_is_closer: bool
    similarity: "xr.DataArray"
    low: "xr.DataArray"
    high: "xr.DataArray"
    each: "xr.DataArray"
    assignment: dict[str, str | None]
    generalises_to: str
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts; what cannot be estimated is None."""
        names = {side: self.similarity.coords[side].values.tolist() for side in ("layer", "region")}
        return plain({"layers": names["layer"], "regions": names["region"], **vars(self)})


def across_seeds(
    networks: Sequence[Mapping[str, Any]],
    regions: Sequence[Mapping[str, Any]],
    measure: str | Measure = "rsa",
    *,
    confidence: float = 0.95,
    threads: int | None = None,
    **options: Any,
) -> SeedMap:
    """Compare every network with every brain, and give intervals that generalise to other seeds.

    Parameters
    ----------
    networks : sequence of mapping
        The layers of each network, (stimulus, unit), under the same names; one network is a sequence of one.
    regions : sequence of mapping
        The regions of each brain, (stimulus[, trial], unit), under the same names.
    measure : str or Measure
        As in `map_layers`.
    confidence : float
        Nominal coverage of the intervals.
    threads : int, optional
        As many as there are cores by default.
    **options
        For the measure, where its name is given: ``distance``, ``method``...

    Returns
    -------
    SeedMap
        Its intervals hold what the mean over endless seeds would be *for these stimuli*. The variance of the stimuli is
        left out: those of `map_layers` say how much depends on them, for one network and one brain.

    Raises
    ------
    TooFewStimuliError
        If there is but one network and one brain.
    InvalidActivityError, ActivityTypeError
        If the names differ among networks or among brains, or the activities cannot be compared.
    InvalidOptionError
        If the measure does not exist, or `confidence` is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(size=(30, 20))
    >>> networks = [{"conv": image + rng.normal(size=(30, 20))} for _ in range(3)]
    >>> brains = [{"V1": image + rng.normal(size=(30, 20))} for _ in range(3)]
    >>> result = across_seeds(networks, brains, "cka")
    >>> result.generalises_to, bool(result.low[0, 0] < result.similarity[0, 0] < result.high[0, 0])
    ('seeds of network and brain', True)
    """
    import xarray as xr

    chosen = measure_named(measure, **options)
    check_share("confidence", confidence)
    layers, areas = _names(networks, "networks"), _names(regions, "regions")
    if len(networks) * len(regions) < 2:
        raise TooFewStimuliError("across_seeds: needs several networks or several brains, got one of each")
    cast = prepare(_numbered(networks), _numbered(regions), chosen, None, None, threads)
    among = cast.subjects.similarity()[cast.rows[:, None], cast.columns]
    shape = (len(networks), len(layers), len(regions), len(areas))
    each = among.reshape(shape).transpose(0, 2, 1, 3)
    mean, low, high = _interval(each, confidence)
    axes = {"layer": layers, "region": areas}

    def labelled(matrix: np.ndarray) -> xr.DataArray:
        return xr.DataArray(matrix, coords=axes, dims=("layer", "region"))

    return SeedMap(
        measure=name_of(chosen),
        label=chosen.label,
        greater_is_closer=chosen.greater_is_closer,
        similarity=labelled(mean),
        low=labelled(low),
        high=labelled(high),
        each=xr.DataArray(each, coords=axes, dims=("network", "brain", "layer", "region")),
        assignment=_leaders(each if chosen.greater_is_closer else -each, layers, areas, confidence),
        generalises_to="seeds of " + " and ".join(_several(len(networks), len(regions))),
        confidence=confidence,
    )


def _several(networks: int, brains: int) -> list[str]:
    return [name for name, count in (("network", networks), ("brain", brains)) if count > 1]


def _names(subjects: Sequence[Mapping[str, Any]], label: str) -> list[str]:
    if not isinstance(subjects, Sequence) or not subjects or not all(isinstance(one, Mapping) for one in subjects):
        raise InvalidActivityError(f"{label}: must be a sequence of mappings of activity, one a seed")
    names = list(subjects[0])
    for index, one in enumerate(subjects):
        if list(one) != names:
            raise InvalidActivityError(
                f"{label}[{index}]: has {', '.join(map(str, one)) or 'nothing'}, but {label}[0] has "
                f"{', '.join(map(str, names))}: all seeds need the same names in the same order"
            )
    return names


def _numbered(subjects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{name} of seed {index}": array for index, one in enumerate(subjects) for name, array in one.items()}


def _interval(each: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the mean over (network, brain, ...) and the ends of its interval."""
    from scipy.stats import t

    networks, brains = each.shape[:2]
    mean = each.mean(axis=(0, 1))
    rows, columns = each.mean(axis=1) - mean, each.mean(axis=0) - mean
    of_rows = (rows**2).sum(axis=0) / max(networks - 1, 1) / networks
    of_columns = (columns**2).sum(axis=0) / max(brains - 1, 1) / brains
    cells = max((networks - 1) * (brains - 1), 1)
    rest = each - mean - rows[:, None] - columns[None]
    of_cells = (rest**2).sum(axis=(0, 1)) / cells / (networks * brains)
    variance = np.maximum(of_rows + of_columns - of_cells, np.maximum(of_rows, of_columns))
    spent = of_rows**2 / max(networks - 1, 1) + of_columns**2 / max(brains - 1, 1)
    fewest = min(count - 1 for count in (networks, brains) if count > 1)
    freedom = np.clip(variance**2 / np.where(spent > 0, spent, 1.0), fewest, networks + brains - 2)
    reach = t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance)
    return mean, mean - reach, mean + reach


def _leaders(closeness: np.ndarray, layers: list[str], regions: list[str], confidence: float) -> dict[str, str | None]:
    count = len(layers)
    result: dict[str, str | None] = dict.fromkeys(regions)
    if count < 2:
        return result
    each_confidence = 1 - (1 - confidence) / (count * (count - 1) / 2 * len(regions))
    for column, region in enumerate(regions):
        cells = closeness[..., column]
        top = int(np.argmax(cells.mean(axis=(0, 1))))
        lead = cells[..., [top]] - np.delete(cells, top, axis=-1)
        if (_interval(lead, each_confidence)[1] > 0).all():
            result[region] = layers[top]
    return result
