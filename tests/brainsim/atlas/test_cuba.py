"""CUBA, and what it is made of."""

import numpy as np
import pytest

from brainsim import analysis, atlas, simulate
from brainsim.errors import ParameterError


def test_it_is_wired_as_published():
    """3200 and 800 neurons, 2 % of all pairs, 16.2 pA and -90 pA."""
    brain = atlas.cuba()

    assert {name: one.units for name, one in brain.populations.items()} == {"cortex.E": 3200, "cortex.I": 800}
    assert sum(pathway.synapses for pathway in brain.pathways) == 0.02 * 4000**2
    assert [one.weight for one in brain.projections] == [16.2, -90]
    assert brain.units("cortex") == ("cortex.E",)


def test_activity_sustains_itself_irregularly():
    """Between 2 and 20 Hz, no two cells alike, never silent; stronger inhibition makes it fire less."""
    mean = {}
    for weight in (-90, -139.5):
        recording = simulate(atlas.cuba(weight), duration=1000, seed=2)
        rates = analysis.mean_rates(recording)
        mean[weight] = rates["cortex.E"]
        assert all(2 < rate < 20 for rate in rates.values())
        assert 0.4 < np.nanmean(analysis.isi_cv(recording, "cortex.E")) < 1.2
        assert float(analysis.psth(recording, "cortex.E", 5)[0, 20:].min()) > 0

    assert mean[-139.5] < 0.9 * mean[-90]


def test_inhibition_inhibits():
    """A positive weight is refused."""
    with pytest.raises(ParameterError, match="cuba: inhibitory_weight must not be positive, got 9 pA"):
        atlas.cuba(9)


@pytest.mark.slow
def test_it_is_the_same_on_both_engines():
    """4000 neurons for 2 s, spike for spike."""
    one, other = (simulate(atlas.cuba(seed=1), duration=2000, engine=engine) for engine in ("compiled", "brian2"))

    for name in one.populations:
        for left, right in zip(one.spikes(name), other.spikes(name), strict=True):
            assert np.array_equal(left, right)
