import numpy as np
import pytest

from brainsim.engine import (
    Network,
    NeuronGroup,
    Projection,
    Record,
    SourceGroup,
    SparseConnections,
    Trial,
    bundles,
    get_engine,
    program,
)
from brainsim.engine.delivery import SynapseList
from brainsim.engine.laying import Member, delays_of
from brainsim.engine.waiting import WaitingList, suits

TEXT = "dv/dt = (I_s - v) / tau : volt (unless refractory)\ndI_s/dt = -I_s / tau_s : volt"


def spread(delays: np.ndarray, sources: int = 50) -> SparseConnections:
    """Give twenty synapses a source, with these delays in turn."""
    synapses = 20 * sources
    rng = np.random.default_rng(0)
    weights = rng.normal(2e-3, 2e-3, synapses)
    return SparseConnections(
        np.arange(0, synapses + 1, 20), rng.integers(0, 120, synapses), weights, np.resize(delays, synapses)
    )


@pytest.mark.parametrize(
    ("delays", "expected"),
    [(np.arange(1, 900), True), (np.arange(1, 4), False), (np.array([1, 900]), False), (np.array([70_000]), False)],
    ids=["many", "few", "few but long", "longer than can be told"],
)
def test_what_costs_less_is_chosen(delays: np.ndarray, expected: bool) -> None:
    """Spikes wait where hardly any look-up would find a synapse."""
    members = [Member(spread(delays))]
    assert suits(members, delays_of(members)) is expected


def network(masked: bool) -> Network:
    """Give sources and cells that reach each other over a wide range of delays; some cells take nothing for a while."""
    cells = NeuronGroup(
        "cells",
        120,
        TEXT,
        "exact",
        refractory=2e-3,
        parameters={
            "tau": (10e-3, "second"),
            "tau_s": (2e-3, "second"),
            "V_th": (8e-3, "volt"),
            "V_reset": (0.0, "volt"),
        },
    )
    delays = np.random.default_rng(1).integers(1, 300, 5000)
    variable = "v" if masked else "I_s"
    projections = (Projection(0, 1, variable, spread(delays)), Projection(1, 1, "I_s", spread(delays[::-1], 120)))
    return Network((SourceGroup("in", 50), cells), projections)


def pieces(made: Network, lengths: list[int]) -> list[np.ndarray]:
    """Give counts and potentials of a session that runs in pieces."""
    rates = {0: np.full((1, 1, 50), 400.0)}
    session = get_engine("compiled").start(made, Trial(0, 0, 0), rates, 1000, 3)
    records = (Record(1, "v", np.arange(120), 1),)
    found = [session.run(steps, "counts", records) for steps in lengths]
    counts = np.sum([one.counts[1].ravel() for one in found], axis=0)
    return [counts, np.concatenate([one.traces[0].reshape(-1, 120) for one in found])]


@pytest.mark.parametrize("masked", [False, True])
def test_waiting_changes_no_bit(monkeypatch: pytest.MonkeyPatch, masked: bool) -> None:
    """Looked up or waiting, in one run or in pieces, with logs begun anew in the middle: the same potentials."""
    made = [network(masked) for _ in range(3)]
    whole = pieces(made[0], [900])
    monkeypatch.setattr(program, "LONGEST_SLICE", 70)
    assert all(isinstance(one.wiring, WaitingList) for one in bundles._BUILT[made[0]][1])
    cut = pieces(made[1], [1, 299, 350, 250])
    monkeypatch.setattr(bundles, "suits", lambda members, delays: False)
    looked_up = pieces(made[2], [900])
    assert all(isinstance(one.wiring, SynapseList) for one in bundles._BUILT[made[2]][1])
    assert whole[0].sum() > 100
    for one, two, three in zip(whole, cut, looked_up, strict=True):
        assert np.array_equal(one, two)
        assert np.array_equal(one, three)
