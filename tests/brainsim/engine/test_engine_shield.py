import numpy as np
import pytest

from brainsim.engine import Network, NeuronGroup, PoissonInput, Projection, SparseConnections, Trial, draws, get_engine
from brainsim.engine.counts import CountTable, poisson_counts
from brainsim.engine.even_counts import even_counts
from brainsim.engine.operation import Operation
from brainsim.engine.shield import shield
from brainsim.engine.trial import run_steps

RNG = np.random.default_rng(0)


def call(operation: Operation, step: int, row: int) -> None:
    """Run one operation for one step."""
    addresses = [np.array([address]) for address in (operation.function.address, operation.arguments.ctypes.data)]
    run_steps(*addresses, step, step + 1, row)


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.28, 40.0])
@pytest.mark.parametrize("first", [0, 128])
def test_even_counts_are_the_counts_of_the_table(mean: float, first: int) -> None:
    """Comparing with all limits counts as searching them does, for any part of a population."""
    key, size = draws.stream_key(0, 0, 0, "E", "input v 0"), 200
    table = CountTable.of(np.full((1, first + size), mean), 1)
    variable = np.zeros(size)
    call(even_counts(key, table.limits[0], int(table.lowest[0]), 0.5, variable, first), 7, 0)
    assert np.array_equal(variable, 0.5 * poisson_counts(key, table, first + size, 1, 7)[0, first:])


def test_refractory_units_take_nothing() -> None:
    """Those that spiked in the last steps hold what they held; all others keep what they were given."""
    log = np.array([4, 1, 0, 3], dtype=np.uint32)  # unit 4 long ago
    ends = np.array([0, 1, 2, 2, 4], dtype=np.int64)
    variable = RNG.normal(size=6)
    before = variable.copy()
    keep, put_back = shield(log, ends, 3, variable)
    call(keep, 0, 3)
    variable += 1.0
    call(put_back, 0, 3)
    assert np.array_equal(variable, np.where(np.isin(np.arange(6), [0, 1, 3]), before, before + 1.0))


def test_a_shielded_network_is_brian2_s() -> None:
    """Voltage jumps from neurons and from outside meet refractory cells in nearly every step: spike for spike."""
    units = 150
    wires = SparseConnections(
        np.arange(0, 20 * units + 1, 20), RNG.integers(0, units, 20 * units), 0.07e-3, RNG.integers(1, 30, 20 * units)
    )
    cells = NeuronGroup(
        "cells",
        units,
        "dv/dt = -v / tau : volt (unless refractory)",
        "exact",
        refractory=2.3e-3,
        parameters={"tau": (20.3e-3, "second"), "V_th": (20e-3, "volt"), "V_reset": (10e-3, "volt")},
        initial={"v": RNG.uniform(0, 20e-3, units)},
    )
    network = Network((cells,), (Projection(0, 0, "v", wires),), (PoissonInput(0, "v", 12_000.0, 0.113e-3),))
    ours, theirs = (
        get_engine(name).run(network, {}, 1, 2000, [Trial(0, 0, 0)], seed=1) for name in ("compiled", "brian2")
    )
    assert ours.counts[0].sum() > 500
    assert np.array_equal(ours.counts[0], theirs.counts[0])
    for one, other in zip(ours.spikes[0][0], theirs.spikes[0][0], strict=True):  # type: ignore[index]
        assert np.array_equal(one, other)
