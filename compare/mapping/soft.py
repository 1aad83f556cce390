"""How sure an assignment is: the share of bootstraps that give each layer to each region, under each constraint.

A share says how often another sample of stimuli would lead to the same choice. It is no posterior probability: it knows
no prior and no model of what else the region might do, and two layers that hardly differ split the bootstraps about
evenly however certain it is that both are far from the region. What it is good for is the answer "one of these".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidActivityError
from compare.inference.intervals import max_statistic_p
from compare.mapping.assignment import best, one_to_one, ordered
from compare.mapping.hierarchy.orders import all_orders
from compare.mapping.region_order import RegionOrder
from compare.mapping.resampled import Resampled, check_resampling, resampled_matrix
from compare.measures.measure import Measure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["KINDS", "SoftAssignment", "shares_of", "soft_assignment"]

KINDS = {"best": best, "one-to-one": one_to_one, "ordered": ordered}
SHUFFLES, DRAWS = 200, 200  # depth-shuffled networks, and bootstraps of each, that chance is the mean of


@dataclass(frozen=True, eq=False)
class SoftAssignment:
    """The share of bootstraps that assign each layer to each region.

    Parameters
    ----------
    share : xarray.DataArray
        (kind, layer, region); kind is ``"best"``, ``"one-to-one"``, ``"ordered"``. What is missing to 1 over layers is
        the share of bootstraps in which the region went without a layer (one-to-one, where regions outnumber layers).
    entropy : xarray.DataArray
        (kind, region), bits: 0 where all bootstraps agree, log2 of the number of layers where they are of no help.
    chance : xarray.DataArray
        (kind, layer, region): the shares expected if the layers stood at random depths.
    among : dict
        kind -> region -> the fewest layers that have at least `confidence` of the bootstraps.
    named : dict
        kind -> region -> layer, or None (cannot tell): a layer that has 1 - (1 - confidence) / 2R of the bootstraps,
        for R regions at once, and is closer to the region than with permuted stimulus labels (`p_value`). By a measure
        that favours some layer whatever the region, that layer wins every bootstrap and is still not named.
    p_value : xarray.DataArray
        (layer, region): as `LayerMap.p_value`.
    order_cost, order_p : float
        Similarity, summed over regions, that the order-preserving assignment gives up against the best; and the share
        of all depth orders of the layers that would give up no more. Large p: the order is no better than a random one.
    confidence : float
        Of `among` and `named`.
    label : str
        The measure in words.
    notes : tuple of str
        Layers that count as one, what was left out.
    """

    share: "xr.DataArray"
    entropy: "xr.DataArray"
    chance: "xr.DataArray"
    among: dict[str, dict[str, tuple[str, ...]]]
    named: dict[str, dict[str, str | None]]
    p_value: "xr.DataArray"
    order_cost: float
    order_p: float
    confidence: float
    label: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts."""
        return {
            "kinds": list(KINDS),
            "layers": self.share["layer"].values.tolist(),
            "regions": self.share["region"].values.tolist(),
            "share": self.share.values.tolist(),
            "entropy": self.entropy.values.tolist(),
            "chance": self.chance.values.tolist(),
            "among": {kind: {region: list(few) for region, few in of.items()} for kind, of in self.among.items()},
            "named": self.named,
            "p_value": self.p_value.values.tolist(),
            "order_cost": self.order_cost,
            "order_p": self.order_p,
            "confidence": self.confidence,
            "label": self.label,
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        layers, regions = (self.share[axis].values.tolist() for axis in ("layer", "region"))
        wide = max(len("entropy"), *(len(name) for name in layers))
        lines = [f"<SoftAssignment: {self.label}, share of bootstraps>"]
        for kind in KINDS:
            columns = [max(len(name), 5) for name in regions]
            lines.append(f"{kind}:")
            lines.append(" ".join([f"{'':{wide}}", *(f"{r:>{w}}" for r, w in zip(regions, columns, strict=True))]))
            rows = [*zip(layers, self.share.sel(kind=kind).values, strict=True)]
            for name, row in [*rows, ("entropy", self.entropy.sel(kind=kind).values)]:
                cells = (f"{value:>{width}.2f}" for value, width in zip(row, columns, strict=True))
                lines.append(" ".join([f"{name:{wide}}", *cells]))
            for region, few in self.among[kind].items():
                unsure = " or ".join(few) if len(few) > 1 else "cannot tell"
                lines.append(f"{region}: {self.named[kind][region] or unsure}")
        lines.append(f"keeping the order costs {self.order_cost:.3f}, p {self.order_p:.3f} against shuffled depths")
        return "\n".join(lines)


def soft_assignment(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: str | Measure = "rsa",
    *,
    order: RegionOrder | None = None,
    baselines: Sequence[str] = (),
    bootstrap: int = 1000,
    permutations: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
    progress: Any = None,
    **options: Any,
) -> SoftAssignment:
    """Give the share of bootstraps over stimuli that assign each layer to each region.

    Parameters
    ----------
    network, regions, measure, baselines, bootstrap, permutations, seed, threads, progress
        As in `map_layers`; the same seed draws the same bootstraps.
    order : RegionOrder, optional
        The regions' order, instead of that in which they are given; only "ordered" depends on it.
    confidence : float
        Share of the bootstraps that `SoftAssignment.among` holds.
    **options
        Of a measure that is given by name: distance, method...

    Returns
    -------
    SoftAssignment

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError, InvalidOptionError
        As `map_layers`; and if no layer or no region varies over stimuli.

    Notes
    -----
    Bootstraps of a similarity spread more than samples do (see `map_layers`), so shares err towards "cannot tell".

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {name: rng.normal(size=(40, 30)) for name in ("conv", "dense")}
    >>> found = soft_assignment(layers, {"V1": layers["conv"] + rng.normal(size=(40, 30))}, "cka", bootstrap=200)
    >>> found.share.sel(kind="best", region="V1").values, found.named["best"]
    (array([1., 0.]), {'V1': 'conv'})
    """
    check_resampling(bootstrap, confidence, permutations)
    areas = regions if order is None else order.sort(regions)
    found = resampled_matrix(
        network,
        areas,
        measure,
        options=options,
        baselines=baselines,
        bootstrap=bootstrap,
        permutations=permutations,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    return shares_of(found, confidence)


def shares_of(found: Resampled, confidence: float) -> SoftAssignment:
    """Count what the bootstraps of a matrix assign, which has permutations too."""
    import xarray as xr

    candidates, cast = found.candidates, found.cast
    matrix = found.closer(candidates.of(found.similarity.value))
    draws = found.closer(candidates.of(found.similarity.resampled))
    draws = draws[~np.isnan(draws).any(axis=(1, 2))]
    if not len(draws) or not matrix.size:
        raise InvalidActivityError(
            "no layer and region vary over stimuli in the bootstraps, so nothing can be assigned"
        )
    layers = [cast.layers[row] for row in candidates.rows]
    regions = [cast.regions[column] for column in candidates.regions]
    share = np.stack([_shares(choose(draws), len(layers)) for choose in KINDS.values()])
    at: Any = {"kind": list(KINDS), "layer": layers, "region": regions}
    chance = np.full(share.shape, 1 / len(layers))
    chance[1] = share[1].mean(axis=0)
    chance[2], cost, p_value = _depth_shuffled(matrix, draws, found.rng)
    p_values, _ = max_statistic_p(found.closer(found.similarity.value), found.closer(found.null))
    p_values = candidates.of(p_values)
    enough = 1 - (1 - confidence) / (2 * len(regions))
    among, named = {}, {}
    for kind, of_kind in zip(KINDS, share, strict=True):
        among[kind] = {
            region: _fewest(column, layers, confidence) for region, column in zip(regions, of_kind.T, strict=True)
        }
        top = of_kind.argmax(axis=0)
        sure = (of_kind.max(axis=0) >= enough) & (p_values[top, np.arange(len(regions))] < 1 - confidence)
        named[kind] = {
            region: layers[best_one] if told else None
            for region, best_one, told in zip(regions, top.tolist(), sure.tolist(), strict=True)
        }
    groups = [", ".join(cast.layers[row] for row in group) for group in candidates.groups if len(group) > 1]
    left = [name for column, name in enumerate(cast.regions) if column not in candidates.regions]
    return SoftAssignment(
        share=xr.DataArray(share, dims=("kind", "layer", "region"), coords=at, name="share of bootstraps"),
        entropy=xr.DataArray(_entropy(share), dims=("kind", "region"), coords={"kind": list(KINDS), "region": regions}),
        chance=xr.DataArray(chance, dims=("kind", "layer", "region"), coords=at),
        among=among,
        named=named,
        p_value=xr.DataArray(p_values, dims=("layer", "region"), coords={"layer": layers, "region": regions}),
        order_cost=cost,
        order_p=p_value,
        confidence=confidence,
        label=found.measure.label,
        notes=(
            *cast.notes,
            *(f"{group}: the same geometry, so they count as one layer" for group in groups),
            *(f"{name}: hardly varies over stimuli, so nothing is assigned to it" for name in left),
        ),
    )


def _shares(assigned: np.ndarray, layers: int) -> np.ndarray:
    """Give (layer, region) of (bootstrap, region) assignments."""
    return np.asarray((assigned[:, None, :] == np.arange(layers)[:, None]).mean(axis=0))


def _entropy(share: np.ndarray) -> np.ndarray:
    """Give bits, (kind, region); going without a layer is an outcome too."""
    none = np.clip(1 - share.sum(axis=1, keepdims=True), 0.0, 1.0)
    every = np.concatenate([share, np.where(none > 1e-12, none, 0.0)], axis=1)
    return np.asarray(-(every * np.log2(np.where(every > 0, every, 1.0))).sum(axis=1) + 0.0)


def _depth_shuffled(matrix: np.ndarray, draws: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float, float]:
    """Give the shares of the order-preserving assignment at random depths, what it costs, and p of the cost."""
    layers = len(matrix)
    most = matrix.max(axis=0).sum()

    def cost(shuffled: np.ndarray) -> np.ndarray:
        chosen = ordered(shuffled)
        return np.asarray(most - np.take_along_axis(shuffled, chosen[..., None, :], axis=-2)[..., 0, :].sum(axis=-1))

    orders = all_orders(layers, rng)
    costs = cost(matrix[orders])
    few = draws[:DRAWS]
    some = orders[rng.permutation(len(orders))[:SHUFFLES]]
    shares = np.mean([_shares(ordered(few[:, order]), layers) for order in some], axis=0)
    return shares, float(costs[0]), float((costs <= costs[0] + 1e-12).mean())


def _fewest(share: np.ndarray, layers: list[str], confidence: float) -> tuple[str, ...]:
    order = np.argsort(-share, kind="stable")
    count = int(np.searchsorted(np.cumsum(share[order]), confidence - 1e-12)) + 1
    kept = sorted(order[: min(count, len(layers))].tolist())
    return tuple(layers[index] for index in kept if share[index] > 0)
