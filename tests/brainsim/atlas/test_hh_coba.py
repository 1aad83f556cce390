"""HH-COBA, and what it is made of."""

import numpy as np
import pytest

from brainsim import HodgkinHuxley, atlas, simulate


def test_it_is_wired_as_published():
    """3200 and 800 Hodgkin-Huxley neurons, 2 % of all pairs, 6 nS and 67 nS."""
    brain = atlas.hh_coba()

    assert {name: one.units for name, one in brain.populations.items()} == {"cortex.E": 3200, "cortex.I": 800}
    assert all(one.model == HodgkinHuxley() for one in brain.populations.values())
    assert sum(pathway.synapses for pathway in brain.pathways) == 0.02 * 4000**2
    assert [one.weight for one in brain.projections] == [6, 67]
    assert brain.units("cortex") == ("cortex.E",)


@pytest.mark.slow
def test_it_fires_and_is_the_same_on_both_engines():
    """Most cells fire in the first 15 ms, in the same steps on either engine."""
    one, other = (simulate(atlas.hh_coba(seed=1), duration=15, engine=engine) for engine in ("compiled", "brian2"))

    assert (one.spike_counts["cortex.E"] > 0).mean() > 0.1
    for name in one.populations:
        for left, right in zip(one.spikes(name), other.spikes(name), strict=True):
            assert np.array_equal(left, right)
