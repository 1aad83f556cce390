"""Plant each layer as a region, map, and see what is named."""

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from compare.checks import is_count
from compare.errors import BiasWarning, InvalidActivityError, InvalidOptionError
from compare.mapping.cast import baseline_rows
from compare.mapping.conclusions import Conclusions
from compare.mapping.naming import Resampling, name_layers
from compare.measures.measure import Measure
from compare.measures.named import measure_named
from compare.measures.patterns import as_patterns
from compare.parallel import checked_workers, run
from compare.recovery.planting import Noise, measured_noise, plant
from compare.recovery.result import RecoveryResult
from compare.subjects import checked_activity
from isocortex.errors import nearest
from isocortex.progress import progress_bar
from isocortex.seeds import child_seed

__all__ = ["recover_layers"]

MADE_OF = ("units", "mixtures")
OF_RSA = ("distance", "method")
TRIALS = 4
OPTIONS = (*OF_RSA, "baselines")


def recover_layers(
    network: Mapping[str, Any],
    reliability: Any,
    *,
    units: int | None = None,
    stimuli: int | Sequence[int] | None = None,
    trials: int | Sequence[int] | None = None,
    repetitions: int = 100,
    made_of: str = "units",
    measure: str | Measure = "rsa",
    bootstrap: int = 200,
    permutations: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
    parallel: Executor | None = None,
    progress: Any = None,
    **options: Any,
) -> RecoveryResult:
    """Ask of each layer whether it would be named if a region did what it does, before a claim is made.

    Each layer in turn is made into a region: random units of it (or random mixtures), with noise in every trial so that
    they are as reliable as measured ones. All these regions are mapped onto the layers by `map_layers`, with all its
    corrections, and what it names under "best" is counted: the right layer, a wrong one, or "cannot tell".

    Parameters
    ----------
    network : mapping of str to array-like
        Layers in order of depth, (stimulus, unit).
    reliability : float, sequence of float, xarray.DataArray or array-like
        Of one unit's single trial, from 0 to 1; several are those of a region's units, drawn from. What
        `compare.reliability` gives is taken back from its trials to one. A recording (stimulus, trial, unit) gives the
        reliability of its units and its own noise, with whatever units share of it. Negative counts as 0, units that
        are not known are left out.
    units : int, optional
        Of a region: as many as were recorded by default, or 100.
    stimuli : int or sequence of int, optional
        How many of the network's stimuli a study shows, drawn anew in each repetition; all by default.
    trials : int or sequence of int, optional
        How often each is shown: as often as was recorded by default, or 4 times where that is not known.
    repetitions : int
        How often each layer is planted, for each number of stimuli and trials.
    made_of : str
        ``"units"``: random units of the layer; ``"mixtures"``: random mixtures of all of them, with normal weights.
    measure : str or Measure
        As in `map_layers`; `bootstrap`, `permutations` and `confidence` too, and the further `options` distance,
        method and baselines. Baselines compete for nothing and are not planted.
    seed : int
        Of everything that is drawn. The same numbers, whatever `threads` and `parallel` are.
    threads : int, optional
        Repetitions at once; as many as there are cores by default.
    parallel : concurrent.futures.Executor, optional
        Computes the repetitions instead of threads: a pool of processes, or a Dask client's executor.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`.

    Returns
    -------
    RecoveryResult

    Raises
    ------
    InvalidActivityError, ActivityTypeError
        If a layer cannot be used, or does not vary.
    InvalidOptionError
        If a number is out of range, or an option does not exist.

    Notes
    -----
    This is the best case: the region does exactly what one of *these* layers does, with no transformation in between,
    and its noise is as assumed. Where recovery fails, no claim is possible; where it succeeds, one is not yet right.
    All layers are planted at once, so `map_layers` corrects for as many regions as there are layers. With all stimuli
    of the network, repetitions differ in noise and units only, and the answer is about these stimuli.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {"conv": rng.normal(size=(40, 30)), "dense": rng.normal(size=(40, 30))}
    >>> found = recover_layers(layers, 0.5, units=30, repetitions=5, bootstrap=100, permutations=100)
    >>> found.counts.squeeze().values
    array([[5, 0, 0],
           [0, 5, 0]])
    """
    noise = measured_noise(reliability, child_seed(seed, "reliability"))
    layers = {name: as_patterns(array, name) for name, array in checked_activity(network, "network").items()}
    total = len(next(iter(layers.values())))
    shown = _numbers("stimuli", total if stimuli is None else stimuli, 2, total)
    each = _numbers("trials", noise.trials or TRIALS if trials is None else trials, 1, None)
    _numbers("repetitions", repetitions, 1, None)
    count = _units(units, noise)
    if made_of not in MADE_OF:
        raise InvalidOptionError(f"made_of: there is no {made_of!r}; {nearest(str(made_of), MADE_OF)}")
    for name in options:
        if name not in OPTIONS:
            raise InvalidOptionError(f"recover_layers: there is no option {name!r}; {nearest(name, OPTIONS)}")
    outside = baseline_rows(options.get("baselines", ()), list(layers))
    planted = [name for index, name in enumerate(layers) if index not in outside]
    if len(planted) < 2:
        raise InvalidActivityError("network: has one layer to plant; nothing could be mistaken for it")
    chosen = measure_named(measure, **{name: options.get(name) for name in OF_RSA})
    about = Resampling(bootstrap, permutations, confidence, seed, workers=1, progress=False)
    world = _World(
        layers, planted, noise, count, made_of == "mixtures", chosen, about, options.get("baselines", ()), seed
    )
    tasks = [(n, t, repetition) for n in shown for t in each for repetition in range(repetitions)]
    with (
        progress_bar(len(tasks), "planted", progress) as advance,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", BiasWarning)  # it is what is measured here
        found = run(
            partial(_named, world),
            tasks,
            checked_workers(parallel, threads),
            lambda _: advance(1),
            [f"{n} stimuli, {t} trials, repetition {repetition}" for n, t, repetition in tasks],
        )
    named = np.array([numbers for numbers, _ in found]).reshape(len(shown), len(each), repetitions, len(planted))
    return RecoveryResult(
        named=_labelled(named, shown, each, planted),
        label=chosen.label,
        units=count,
        reliability=float(noise.reliability.mean()),
        made_of=made_of,
        confidence=confidence,
        notes=_notes(layers, noise, count, shown, [same for _, same in found], made_of),
    )


@dataclass(frozen=True)
class _World:
    """All that the repetitions share."""

    layers: dict[str, np.ndarray]
    planted: list[str]
    noise: Noise
    units: int
    mixtures: bool
    measure: Measure
    about: Resampling
    baselines: str | Sequence[str]
    seed: int


def _named(world: _World, task: tuple[int, int, int]) -> tuple[list[int], tuple[tuple[str, ...], ...]]:
    """Plant every layer once, and give the number of the layer that is named for each; -1: cannot tell."""
    stimuli, trials, repetition = task
    names = world.planted
    total = len(world.layers[names[0]])
    rng = np.random.default_rng(child_seed(world.seed, "recover_layers", stimuli, trials, repetition))
    shown = np.sort(rng.permutation(total)[:stimuli])
    regions = {}
    for name in names:
        try:
            regions[name] = plant(world.layers[name], world.units, world.mixtures, world.noise, trials, rng)[shown]
        except InvalidActivityError as error:
            raise InvalidActivityError(f"network[{name!r}]: {error}") from None
    found = name_layers(
        {name: layer[shown] for name, layer in world.layers.items()},
        regions,
        world.measure,
        replace(world.about, seed=child_seed(world.seed, "map", stimuli, trials, repetition)),
        world.baselines,
    )
    return [_number(found, name, names) for name in names], found.same_activity


def _number(found: Conclusions, planted: str, names: list[str]) -> int:
    answer = found.assignment["best"][planted]
    if answer is None:
        return -1
    # Layers that cannot differ count as one, so naming one of them is naming the planted one.
    same = next((group for group in found.same_activity if planted in group), (planted,))
    return names.index(planted if answer in same else answer)


def _numbers(name: str, value: Any, least: int, most: int | None) -> list[int]:
    given = [value] if np.ndim(value) == 0 else list(value)
    if not given:
        raise InvalidOptionError(f"{name}: is empty")
    for one in given:
        if not is_count(one, least):
            raise InvalidOptionError(f"{name}: must be whole numbers of at least {least}, got {one!r}")
        if most is not None and one > most:
            raise InvalidOptionError(f"{name}: the network has {most}, got {one}; it must see more for that")
    return sorted({int(one) for one in given})


def _units(units: int | None, noise: Noise) -> int:
    recorded = None if noise.residuals is None else len(noise.reliability)
    if units is None:
        return recorded or 100
    (count,) = _numbers("units", units, 1, None)
    if recorded is not None and count > recorded:
        raise InvalidOptionError(
            f"units: {recorded} usable units were recorded, got {count}; more share no known noise"
        )
    return count


def _labelled(named: np.ndarray, stimuli: list[int], trials: list[int], layers: list[str]) -> Any:
    import xarray as xr

    return xr.DataArray(
        named,
        dims=("stimuli", "trials", "repetition", "planted"),
        coords={"stimuli": stimuli, "trials": trials, "planted": layers},
        name="named",
    )


def _notes(
    layers: Mapping[str, np.ndarray], noise: Noise, units: int, shown: list[int], same: list[Any], made_of: str
) -> tuple[str, ...]:
    notes = []
    if noise.silent:
        notes.append(f"{noise.silent} units without a known reliability are left out")
    unreliable = int((noise.reliability <= 0).sum())
    if unreliable:
        notes.append(f"{unreliable} of {len(noise.reliability)} units are not reliable at all and carry noise only")
    if made_of == "units":
        few = [name for name, layer in layers.items() if layer.shape[1] < units]
        if few:
            notes.append(f"{', '.join(few)}: fewer than {units} units, so some stand for several of the region's")
    total = len(next(iter(layers.values())))
    if total in shown:
        notes.append(f"at {total} stimuli, all there are, only noise and units differ between repetitions")
    groups = {group for each in same for group in each}
    notes += [f"{', '.join(group)}: the same geometry, so they count as one layer" for group in sorted(groups)]
    return tuple(notes)
