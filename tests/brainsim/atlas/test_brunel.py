"""Brunel's network, and what it is made of."""

import numpy as np
import pytest

from brainsim import analysis, atlas, simulate, theory
from brainsim.errors import ModelError, ParameterError


def test_it_is_wired_as_published():
    """10,000 and 2,500 neurons that each receive 1,000 excitatory and 250 inhibitory synapses; 20 kHz from outside."""
    brain = atlas.brunel()

    assert {name: one.units for name, one in brain.populations.items()} == {"cortex.E": 10_000, "cortex.I": 2_500}
    assert sum(pathway.synapses for pathway in brain.pathways) == 12_500 * 1_250
    assert [one.weight for one in brain.projections] == [0.1, -0.5]
    assert [(one.rate, one.weight) for one in brain.drives] == [(20_000, 0.1)] * 2
    assert brain.units("cortex") == ("cortex.E",)


def test_a_small_one_keeps_its_mean_input():
    """In-degree times weight stays, within the network and from outside."""
    small = atlas.brunel(6, 4, scale=0.1)

    assert [one.weight for one in small.projections] == [1.0, -6.0]
    assert [one.wiring.k for one in small.projections] == [100, 25]
    assert [(one.rate, one.weight) for one in small.drives] == [(4_000, 1.0)] * 2


def test_regimes_have_names():
    """A name stands for g and eta, of which nothing else may be said."""
    by_name, by_number = atlas.brunel(regime="SI slow", scale=0.1), atlas.brunel(4.5, 0.9, scale=0.1)

    assert [one.weight for one in by_name.projections] == [one.weight for one in by_number.projections]
    assert [one.rate for one in by_name.drives] == [one.rate for one in by_number.drives]
    with pytest.raises(ModelError, match="brunel: give regime='AI', or g and eta, not both"):
        atlas.brunel(5, regime="AI")
    with pytest.raises(ParameterError, match="brunel: regime \\['AI'\\] is unknown"):
        atlas.brunel(regime=["AI"])
    with pytest.raises(ParameterError, match="brunel: regime 'SI' is unknown; choose one of"):
        atlas.brunel(regime="SI")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 0.01}, "brunel: scale must be between 0.05"),
        ({"scale": np.inf}, "brunel: scale: must be finite"),
        ({"g": -1}, "brunel: g: must not be negative, got -1"),
        ({"eta": -1}, "brunel: eta: must not be negative, got -1"),
        ({"V_reset": 25}, "V_reset: must be below V_th, got 25 mV and 20 mV"),
    ],
)
def test_numbers_out_of_range_are_named(given, message):
    """Parameter and value."""
    with pytest.raises(ParameterError, match=message):
        atlas.brunel(**given)


@pytest.mark.slow
def test_the_four_regimes_are_told_apart():
    """A quarter of the network: clocks in lockstep, fast rhythm, stationary rate of theory, slow rhythm."""
    found = {}
    for regime in ("SR", "SI fast", "AI", "SI slow"):
        recording = simulate(atlas.brunel(regime=regime, scale=0.25), duration=1200, seed=1)
        late = analysis.psth(recording, "cortex.E", 1).values[0, 200:]
        power = np.mean([np.abs(np.fft.rfft(part - part.mean())) ** 2 for part in np.split(late, 5)], axis=0)
        variation = np.nanmean(analysis.isi_cv(recording, "cortex.E"))
        found[regime] = (late.mean(), variation, late.std() / late.mean(), power[1:].argmax() * 5 + 5)
    rate, variation, swing, rhythm = (
        dict(zip(found, column, strict=True)) for column in zip(*found.values(), strict=True)
    )

    expected = theory.brunel_rate(5, 2, indegree=250, weight=0.4)
    assert rate["AI"] == pytest.approx(expected, rel=0.1)
    assert variation["SR"] < 0.1
    assert min(variation["AI"], variation["SI fast"], variation["SI slow"]) > 0.5
    assert swing["SI slow"] > 1.5 * swing["AI"]
    assert 100 < rhythm["SI fast"] < 250
    assert rhythm["SI fast"] > 2 * rate["SI fast"]
    assert 15 < rhythm["SI slow"] < 50
    assert rate["SR"] > 4 * rate["SI fast"] > 4 * rate["SI slow"]
