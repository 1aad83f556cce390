"""Memory of a map: within the estimate and three times the activity, and refused by figure where it will not fit."""

import tracemalloc

import numpy as np
import pytest

import compare
from compare.errors import MemoryLimitError
from compare.mapping.room import bytes_for_map

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

    assert peak <= 1.2 * bytes_for_map(arrays, True, 1)
    assert peak + size <= 3 * size


def test_what_will_not_fit_is_refused_before_it_is_taken(monkeypatch):
    """The error tells how much is needed and how much is free."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 1000)
    x = np.random.default_rng(0).normal(size=(20, 5))
    with pytest.raises(MemoryLimitError, match=r"map_layers: needs about .* KiB, 1000 B are free; show fewer"):
        compare.map_layers({"a": x}, {"b": x}, **FEW)


def test_other_measures_keep_the_patterns():
    """Without pairs the estimate grows with the units of all subjects, and with how many are prepared at once."""
    arrays = [np.zeros((10, 4, 50))] * 3

    assert bytes_for_map(arrays, False, 1) == (3 + 3) * 10 * 50 * 8
    assert bytes_for_map(arrays, False, 2) == (6 + 3) * 10 * 50 * 8
