"""COBA behaves as it is known to."""

import numpy as np
import pytest

from brainsim import analysis, atlas, simulate


def test_coba_is_asynchronous_and_irregular():
    """It keeps itself active between 5 and 40 Hz, at least as irregular as a Poisson process, and never pauses."""
    recording = simulate(atlas.coba(seed=1), duration=1000, seed=2)

    rates = analysis.mean_rates(recording)
    variation = np.nanmean(analysis.isi_cv(recording, "cortex.E"))
    late = analysis.psth(recording, "cortex.E", 3)[0, 100:]

    assert all(5 < rate < 40 for rate in rates.values())
    assert 0.9 < variation < 2.2
    assert analysis.silent_share(recording, "cortex.E")["cortex.E"] < 0.25
    assert float(late.min()) > 0


@pytest.mark.slow
def test_coba_is_the_same_on_both_engines():
    """4000 neurons for 2 s, spike for spike."""
    one, other = (simulate(atlas.coba(seed=1), duration=2000, engine=engine) for engine in ("compiled", "brian2"))

    for name in one.populations:
        for left, right in zip(one.spikes(name), other.spikes(name), strict=True):
            assert np.array_equal(left, right)


def test_coba_is_wired_as_published():
    """3200 and 800 neurons, 2 % of all pairs."""
    brain = atlas.coba()

    assert {name: one.units for name, one in brain.populations.items()} == {"cortex.E": 3200, "cortex.I": 800}
    assert sum(pathway.synapses for pathway in brain.pathways) == 0.02 * 4000**2
    assert brain.units("cortex") == ("cortex.E",)
