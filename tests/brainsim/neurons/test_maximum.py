"""Units that count: their spikes are the largest of their inputs' counts."""

import numpy as np
import pytest

from brainsim import LIF, Brain, IntegrateAndFire, Maximum, Population, Projection, Region, Tally, simulate, wiring
from brainsim.encoders import Current
from brainsim.errors import ModelError


def pooled(inputs, sides=5):
    """Make a brain in which each of some units takes the largest of its inputs' counts."""
    first = Region("first", [Population("in", IntegrateAndFire(), shape=(inputs, sides))])
    second = Region("second", [Population("largest", Maximum(inputs), size=sides)])
    ends, units = ("first.in", "second.largest"), np.arange(sides)
    synapses = [
        Projection(*ends, wiring.from_pairs(units + k * sides, units), Tally(k), weight=1, delay=1)
        for k in range(inputs)
    ]
    return Brain("pooled", [first, second], synapses, inputs={"first": Current()})


@pytest.mark.parametrize("inputs", [1, 4, pytest.param(64, marks=pytest.mark.slow)])
def test_the_largest_count_passes_on_both_engines(inputs):
    """Two steps after, exactly as many spikes as the busiest input, and no more than one a step."""
    x = np.random.default_rng(inputs).random((2, inputs, 5))
    brain = pooled(inputs)
    for engine in ("compiled", "brian2"):
        before = simulate(brain, x, duration=38, dt=1, engine=engine).spike_counts["first.in"][:, 0]
        after = simulate(brain, x, duration=40, dt=1, engine=engine)
        largest = before.reshape(2, inputs, 5).max(axis=1)
        np.testing.assert_array_equal(after.spike_counts["second.largest"][:, 0], largest)


def test_a_tally_needs_a_unit_that_counts():
    """Elsewhere there is nothing to add to, and beyond the last tally neither."""
    cells = Population("E", LIF(), size=2)
    for population, slot in [(cells, 0), (Population("E", Maximum(2), size=2), 2)]:
        synapses = [Projection("c.E", "c.E", wiring.one_to_one(), Tally(slot))]
        with pytest.raises(ModelError, match=f"adds to 'tally_{slot}', which .* does not have"):
            Brain("x", [Region("c", [population])], synapses)
