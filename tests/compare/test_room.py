"""Memory of a map: within the estimate and three times the activity, and refused by figure where it will not fit."""

import tracemalloc
import warnings

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, MemoryLimitError
from compare.mapping.room import bytes_for_map
from compare.measures import CKA, PWCCA, measure_named
from compare.measures.blocks import chosen_from
from compare.measures.distances import DISTANCES
from compare.room import FIXED

FEW = {"bootstrap": 100, "permutations": 100}


@pytest.mark.parametrize("measure", ["rsa", "cka"])
def test_peak_stays_within_the_estimate_and_three_times_the_activity(measure):
    """Four wide subjects of float64: what is taken beside them is at most twice what they take themselves."""
    rng = np.random.default_rng(0)
    layers, regions = ({f"{side}{i}": rng.normal(size=(60, 20_000)) for i in range(2)} for side in ("layer", "region"))
    compare.map_layers(
        {"warm": np.ones((60, 1)) * rng.normal(size=(60, 5))}, {"V": rng.normal(size=(60, 5))}, measure, **FEW
    )
    arrays = [x[:, None] for x in (*layers.values(), *regions.values())]
    size = sum(array.nbytes for array in arrays)
    tracemalloc.start()
    try:
        compare.map_layers(layers, regions, measure, threads=1, **FEW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak <= bytes_for_map(arrays, measure_named(measure), 1)
    assert peak + size <= 3 * size


def test_what_will_not_fit_is_refused_before_it_is_taken(monkeypatch):
    """The error tells how much is needed and how much is free."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 1000)
    x = np.random.default_rng(0).normal(size=(20, 5))
    with pytest.raises(MemoryLimitError, match=r"map_layers: needs about .* MiB, 1000 B are free; show fewer"):
        compare.map_layers({"a": x}, {"b": x}, **FEW)


def test_other_measures_keep_the_patterns():
    """Without pairs the estimate grows with the units of all subjects, and with how many are prepared at once."""
    patterns, block = 10 * 50 * 8, 2 * 10 * 50 * 8
    arrays = [np.zeros((10, 4, 50))] * 3

    assert bytes_for_map(arrays, PWCCA(), 1) == FIXED + 3 * patterns + block + 3 * patterns
    assert bytes_for_map(arrays, PWCCA(), 2) == FIXED + 6 * patterns + 2 * block + 3 * patterns


QUICK = ("correlation", "crossnobis", "cka")


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in (*DISTANCES, "cka", "rbf cka", "rsa", "procrustes", "ridge")
    ],
)
def test_peak_of_every_measure_stays_within_its_estimate_and_three_times_the_activity(name):
    """What a call holds at most, the activity in single precision among it."""
    rng = np.random.default_rng(1)
    distance = DISTANCES.get(name)
    trials = 4 if distance and distance.least_trials > 1 else 1
    measured = distance or (CKA("rbf") if name == "rbf cka" else measure_named(name))
    x = rng.poisson(3.0, size=(160, trials, 8000 // trials)).astype(np.float32)
    subjects = [x] if distance else [x, x[::-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiasWarning)
        measured(*[subject[:40, :, :50] for subject in subjects])  # loads what is loaded once
        tracemalloc.start()
        try:
            measured(*subjects)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak <= 2 * sum(subject.nbytes for subject in subjects)
    assert peak <= measured.room(*subjects)


def test_measures_that_will_not_fit_are_refused_before_anything_is_taken(monkeypatch):
    """Each names itself, the figure and what to do; what is little is not asked for."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 1000)
    x = np.random.default_rng(0).normal(size=(60, 5))
    calls = {
        "correlation distance": lambda: compare.rdm(x),
        "debiased linear CKA": lambda: compare.cka(x, x),
        "rdms": lambda: compare.rdms({"a": x}),
        "RSA": lambda: compare.rsa(x, x),
        "angular Procrustes distance": lambda: compare.procrustes(x, x),
        "ridge predictivity": lambda: compare.predictivity(x, x),
    }
    for call in calls.values():
        call()
    monkeypatch.setattr("compare.room.LITTLE", 0)
    for label, call in calls.items():
        with pytest.raises(MemoryLimitError, match=rf"{label}.*: needs about .* MiB, 1000 B are free; take fewer"):
            call()


def test_a_layer_on_disk_is_compared_without_being_held(tmp_path):
    """RDMs, CKA and maps of one layer that is never in memory as a whole, silent units and trials included."""
    rng = np.random.default_rng(2)
    layer, region = rng.poisson(3.0, size=(60, 40_000)).astype(np.float32), rng.poisson(3.0, size=(60, 4, 10_000))
    layer[:, ::3] = 0
    region[:, :, 5:900] = 1
    kept = compare.activity({"layer": layer}, out=tmp_path / "layer")
    kept |= compare.activity({"region": region.astype(np.float32)}, out=tmp_path / "region")

    def mapped(measure):
        return lambda x, y: compare.map_layers({"x": x}, {"y": y}, measure, threads=1, **FEW).similarity.values

    calls = {
        "correlation": lambda x, y: compare.rdm(x),
        "poisson-cv": lambda x, y: compare.rdm(y, "poisson-cv"),
        "rdms": lambda x, y: compare.rdms({"x": x, "y": y}, "poisson", threads=1).values,
        "cka": compare.cka,
        "rbf": lambda x, y: compare.cka(x, y, kernel="rbf"),
        "map of rsa": mapped("rsa"),
        "map of cka": mapped("cka"),
    }
    for name, call in calls.items():
        expected = call(layer, region)
        tracemalloc.start()
        try:
            found = call(kept["layer"], kept["region"])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=name)
        assert peak < 0.9 * (layer.nbytes + region.size * 4), name


def test_a_selection_is_read_as_the_array_that_it_stands_for():
    """Stimuli, trials and units, one after the other or all at once, in stretches or scattered."""
    x = np.random.default_rng(3).normal(size=(6, 4, 9))
    stimuli, units = np.array([True, False, True, True, True, False]), np.arange(9) % 3 > 0
    some = chosen_from(chosen_from(x, stimuli=stimuli), trials=[1, 3], units=units)
    whole = x[stimuli][:, [1, 3]][:, :, units]

    assert some.shape == whole.shape
    assert some.size == whole.size
    assert some.nbytes == whole.nbytes
    assert len(some) == len(whole)
    np.testing.assert_array_equal(np.asarray(some, np.float32), whole.astype(np.float32))
    for key in (slice(1, 3), [0, -1], (slice(None), slice(1)), (slice(None), slice(None), slice(2, 5)), ([2], [0])):
        expected = whole[np.ix_(*key)] if isinstance(key, tuple) and isinstance(key[0], list) else whole[key]
        np.testing.assert_array_equal(some[key], expected)
    np.testing.assert_array_equal(
        chosen_from(x, units=units)[:, :, np.array([3, 0, 3])], x[:, :, units][:, :, [3, 0, 3]]
    )
    assert np.may_share_memory(chosen_from(x, trials=[1, 2])[:], x)
    assert chosen_from(x, stimuli=np.ones(6, bool)) is x
