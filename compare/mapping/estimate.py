"""Layer by region: similarity with ceilings, intervals, nulls, and what can be concluded from it."""

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.errors import BiasWarning, InvalidOptionError
from compare.inference.ceiling import ceiling_of_mean
from compare.inference.estimates import Estimate
from compare.inference.intervals import false_discovery_q, partial_similarity
from compare.inference.pairs import PairVectors
from compare.inference.scale import scale_of
from compare.mapping.cast import Cast, baseline_rows, prepare
from compare.mapping.conclusions import held_out_half, winning_shares
from compare.mapping.corrected import noise_corrected
from compare.mapping.hierarchy import hierarchy_scores
from compare.mapping.layer_map import LayerMap, NullComparison, PartialSimilarity
from compare.mapping.naming import Resampling, between, naming, resample
from compare.mapping.region_order import RegionOrder
from compare.mapping.resampled import Resampled
from compare.measures.measure import Measure
from compare.measures.named import measure_named, name_of
from compare.measures.rsa import RSA
from compare.parallel import checked_workers, run
from isocortex.errors import nearest
from isocortex.seeds import generator

__all__ = ["map_layers", "mapped"]

TARGETS = ("stimuli", "stimuli and units")


def map_layers(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: str | Measure = "rsa",
    *,
    distance: str | None = None,
    method: str | None = None,
    bootstrap: int = 1000,
    permutations: int = 1000,
    confidence: float = 0.95,
    generalise: str = "stimuli",
    fdr: str = "bh",
    seed: int = 0,
    given: Mapping[str, Any] | None = None,
    nulls: Mapping[str, Mapping[str, Any]] | None = None,
    baselines: Sequence[str] = (),
    order: RegionOrder | None = None,
    threads: int | None = None,
    parallel: Executor | None = None,
    progress: Any = None,
) -> LayerMap:
    """Compare every layer with every region, and say which layer goes with which region.

    Parameters
    ----------
    network : mapping of str to array-like
        Layers in order of depth, (stimulus, unit); see `compare.activity`.
    regions : mapping of str to array-like
        Regions in order of the hierarchy, (stimulus, unit) or (stimulus, trial, unit). The mean over trials is
        compared, unless the measure needs trials; the trials give the noise ceiling.
    measure : str or Measure
        The name of a measure, or a `compare.measures.Measure` with options of its own. It is called as
        ``measure(layer, region)``. ``"rsa"``: RDMs of the given `distance`, compared by the given `method`.
        ``"cka"``: debiased linear CKA.
    distance, method : str, optional
        For ``"rsa"`` alone: any of `compare.rdm` (correlation by default) and `compare.compare_rdms` (Spearman). A
        subject without trials has the noise-free form of a cross-validated distance.
    bootstrap : int
        Bootstraps over stimuli. The same draws serve every cell, so differences between cells are paired. Pairs of a
        stimulus with itself never enter.
    permutations : int
        Permutations of stimulus labels for the p-values.
    confidence : float
        Nominal coverage of the intervals.
    generalise : str
        What the intervals are about. ``"stimuli"``: other stimuli of the same kind. ``"stimuli and units"``: other
        units of the same regions as well (a layer's units are all that it has), by the corrected two-factor bootstrap;
        takes twice as many similarities, and every region's RDM anew for each. Other networks and brains:
        `across_seeds`.
    fdr : str
        How `LayerMap.q_value` controls false discoveries: ``"bh"`` (Benjamini-Hochberg) or ``"by"``
        (Benjamini-Yekutieli, whatever the dependence among cells).
    seed : int
        Of the draws. Same seed, machine and versions: same bits, whatever `threads` and `parallel` are.
    given : mapping of str to array-like, optional
        What similarity may be due to: pixels (stimulus, height, width, channel) or (stimulus, pixel), positions
        (stimulus, 2), or a ready condensed RDM of squared distances. All of them together are partialled out of
        `partial`. An array of fewer than 4 columns gets Euclidean distances. Only for measures that are cosines of
        pairs of stimuli (RSA but for Kendall's tau, CKA).
    nulls : mapping of str to mapping, optional
        Activity of :mod:`compare.nulls`: `untrained`, `rewired`, `shuffled_weights`, `poisson_surrogate`,
        `shuffled_stimuli`, or your own. Each is named as the layers or as the regions are, and stands in for them;
        the difference from it is estimated pair by pair. What it does not name is None. A null that is silent for
        some stimuli takes none from the others: it is held against on those to which it responds.
    baselines : sequence of str
        Layers that are shown but do not compete: pixels, say.
    order : RegionOrder, optional
        The regions' order as `compare.region_order` reads it off a wiring, instead of that in which they are given.
        Regions on one level share their place in the hierarchy scores.
    threads : int, optional
        As many as there are cores by default.
    parallel : concurrent.futures.Executor, optional
        Who draws and permutes instead of threads of this process: a `ProcessPoolExecutor`, or Dask's
        ``client.get_executor()``. The numbers are the same bit for bit.
    progress : bool or callable, optional
        See `isocortex.progress.progress_bar`.

    Returns
    -------
    LayerMap

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError
        If the activities cannot be compared; the message names which.
    MemoryLimitError
        If it would not fit into memory; nothing has been taken by then.
    InvalidOptionError
        If a measure, method or baseline does not exist, or a number is out of range.

    Warns
    -----
    BiasWarning
        If units outnumber stimuli and the measure finds similarity in independent data for it.

    Notes
    -----
    *Best layer.* Layers of the same geometry count as one. A layer is named only if it is similar to the region at all
    (corrected p below 1 - confidence) and ahead of every other: the interval of best minus runner-up, simultaneous over
    all pairs of layers and all regions, excludes 0. *One-to-one* and *ordered* name a layer only if enough bootstraps
    give it to the region: 1 - (1 - confidence) / 2R of them, for R regions at once.

    *Intervals* of RSA and CKA are percentiles of the bootstrap, narrowed by what drawing pairs of stimuli adds
    (`spread_ratio`); those of measures whose stimuli cannot be weighted (RSA by Kendall's tau, Procrustes, CCA,
    predictivity...) are Student's, from a jackknife of second order (`SecondOrder`). Wins, support and hierarchy are
    from the bootstraps as they are, which errs towards "cannot tell". In simulations 95 % intervals hold the truth 94
    to 95 times in 100 with 40 stimuli or more, and 92 to 94 times with 20.

    Time grows as bootstraps × subjects × stimuli², memory as subjects × stimuli².

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = {"conv": rng.normal(size=(40, 30)), "dense": rng.normal(size=(40, 30))}
    >>> regions = {"V1": layers["conv"] + rng.normal(size=(40, 30)), "IT": layers["dense"] + rng.normal(size=(40, 30))}
    >>> map_layers(layers, regions, bootstrap=200, permutations=200).assignment["best"]
    {'V1': 'conv', 'IT': 'dense'}
    """
    chosen = measure_named(measure, distance=distance, method=method)
    workers = checked_workers(parallel, threads)
    if generalise not in TARGETS:
        raise InvalidOptionError(f"generalise: there is no {generalise!r}; {nearest(str(generalise), TARGETS)}")
    about = Resampling(
        bootstrap,
        permutations,
        confidence,
        seed,
        workers,
        progress,
        generalise,
        fdr,
        order.places if order else None,
    )
    areas = regions if order is None else order.sort(regions)
    return mapped(network, areas, chosen, about, given, nulls, baselines, threads)[0]


def mapped(
    network: Mapping[str, Any],
    regions: Mapping[str, Any],
    measure: Measure,
    about: Resampling,
    given: Mapping[str, Any] | None = None,
    nulls: Mapping[str, Mapping[str, Any]] | None = None,
    baselines: Sequence[str] = (),
    threads: int | None = None,
) -> tuple[LayerMap, Resampled]:
    """Do what `map_layers` does, and give every bootstrap and permutation as well.

    Parameters
    ----------
    network, regions, measure, given, nulls, baselines, threads
        As in `map_layers`, the regions in order.
    about : Resampling
        How it is drawn.

    Raises
    ------
    InvalidActivityError, ActivityTypeError, TooFewStimuliError, MemoryLimitError, InvalidOptionError
        As `map_layers`.
    """
    from threadpoolctl import threadpool_limits

    # One BLAS thread: its threads would change bits, and they stall when the cores are busy; ours run over subjects.
    with threadpool_limits(limits=1, user_api="blas"):
        cast = prepare(network, regions, measure, given, nulls, threads)
        if cast.bias:
            warnings.warn(cast.bias, BiasWarning, stacklevel=3)
        return _estimated(cast, measure, baseline_rows(baselines, cast.layers), about)


def _estimated(cast: Cast, measure: Measure, competing_not: set[int], about: Resampling) -> tuple[LayerMap, Resampled]:
    confidence, workers = about.confidence, about.workers
    rng = generator(about.seed, "map_layers", name_of(measure))
    named = naming(cast, measure, competing_not, about, rng)
    among, similarity, candidates, sound = named.among, named.similarity, named.candidates, named.sound
    halves = held_out_half(cast, candidates, measure.greater_is_closer, rng, workers)
    trials = [cast.sound.of(("regions", name)) for name in cast.regions]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)  # of halves of the trials, which nobody else sees
        ceilings = run(partial(_ceiling, measure, about.seed), trials, workers, names=cast.regions)
        upper = np.array([ends[1] for ends in ceilings])
        reached, exceeding = noise_corrected(cast, measure, similarity.value, upper, about.seed, workers)
    nulls = {
        name: _against_apart(cast, name, measure, about)
        if name in cast.apart
        else _against(cast, similarity, between(among, *cast.nulls[name]), measure, confidence)
        for name in cast.null_names
    }
    conclusions = replace(named.conclusions, notes=named.conclusions.notes + exceeding)
    low, high = similarity.interval(confidence, scale_of(measure))
    places = None
    if about.places is not None:
        places = np.array([about.places[cast.regions[column]] for column in candidates.regions])
    competing = sound.map(candidates.of)
    hierarchy = hierarchy_scores(competing.value, competing.resampled, rng, confidence, places, competing)
    result = LayerMap(
        measure=name_of(measure),
        label=measure.label,
        greater_is_closer=measure.greater_is_closer,
        similarity=_labelled(cast, similarity.value),
        low=_labelled(cast, low),
        high=_labelled(cast, high),
        p_value=_labelled(cast, named.corrected),
        p_uncorrected=_labelled(cast, named.uncorrected),
        q_value=_labelled(cast, false_discovery_q(named.uncorrected, about.fdr)),
        wins=_labelled(cast, winning_shares(similarity.value.shape, candidates, sound.resampled)),
        noise_corrected=_labelled(cast, reached),
        ceiling=dict(zip(cast.regions, ceilings, strict=True)),
        partial=_partial(cast, among, confidence),
        nulls=nulls,
        held_out_half=halves,
        hierarchy=hierarchy,
        bootstrap=about.bootstrap,
        permutations=about.permutations,
        stimuli=cast.subjects.stimuli,
        confidence=confidence,
        generalises_to=about.generalise,
        drawn="bootstraps" if isinstance(cast.subjects, PairVectors) else "halves",
        **vars(conclusions),
    )
    return result, Resampled(cast, measure, similarity, named.null, candidates, rng)


def _labelled(cast: Cast, matrix: np.ndarray) -> Any:
    import xarray as xr

    return xr.DataArray(matrix, coords={"layer": cast.layers, "region": cast.regions}, dims=("layer", "region"))


def _ceiling(measure: Measure, seed: int, trials: np.ndarray) -> tuple[float, float]:
    if trials.shape[1] < 2:
        return float("nan"), float("nan")
    return ceiling_of_mean(trials, measure, seed)


def _partial(cast: Cast, among: Estimate, confidence: float) -> PartialSimilarity | None:
    if not cast.given:
        return None
    partial = among.map(lambda every: partial_similarity(every, cast.rows, cast.columns, cast.given_rows))
    partial = partial.map(lambda every: np.where(np.isnan(partial.value), np.nan, every))
    return PartialSimilarity(
        tuple(cast.given), *(_labelled(cast, matrix) for matrix in (partial.value, *partial.interval(confidence)))
    )


def _against_apart(cast: Cast, null: str, measure: Measure, about: Resampling) -> NullComparison:
    """Hold a null against layers and regions on the stimuli to which it responds, drawn by themselves."""
    if isinstance(measure, RSA) and measure.noise_covariance is not None:
        stimuli, noise = cast.apart[null], measure.noise_covariance
        left = noise[stimuli] if noise.ndim == 1 else noise[np.ix_(stimuli, stimuli)]
        measure = replace(measure, noise_covariance=left)
    network, regions, members = cast.on_its_stimuli(null)
    own = prepare(network, regions, measure, None, {null: members})
    if null in own.apart:  # units that vary no more took the variance of others along
        return _against_apart(own, null, measure, about)
    among, _ = resample(own, replace(about, progress=None), generator(about.seed, "map_layers", name_of(measure), null))
    return _against(
        own, between(among, own.rows, own.columns), between(among, *own.nulls[null]), measure, about.confidence
    )


def _against(cast: Cast, similarity: Estimate, null: Estimate, measure: Measure, confidence: float) -> NullComparison:
    difference = similarity.minus(null) if measure.greater_is_closer else null.minus(similarity)
    matrices = (null.value, difference.value, *difference.interval(confidence))
    return NullComparison(*(_labelled(cast, matrix) for matrix in matrices))
