"""One network on several threads: the same bits as on one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim.engine import (
    ConvolutionConnections,
    Network,
    NeuronGroup,
    PoissonInput,
    Projection,
    Record,
    SourceGroup,
    SparseConnections,
    SynapseModel,
    Trial,
    bundles,
    get_engine,
    program,
    team,
)
from brainsim.engine.barrier import barrier, leave, pass_on
from brainsim.engine.operation import address_of
from brainsim.engine.recipes import DrawnConnections, DrawnValues, UniformTargets, recipe_key
from brainsim.engine.trial import run_part

TEXT = "dv/dt = (I_s - v) / tau : volt{unless}\ndI_s/dt = -I_s / tau_s : volt"
STEPS, BIN = 400, 90


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split networks of a few hundred units, and change often between threads and one."""
    monkeypatch.setattr(bundles, "SMALLEST_PART", 64)
    monkeypatch.setattr(team, "TRY", 7)
    monkeypatch.setattr(team, "SPAN", 1e-4)
    monkeypatch.setattr(team, "RARELY", 1)
    monkeypatch.setattr(program, "LONGEST_SLICE", 90)  # and begin the logs anew


def cells(name: str, units: int, refractory: float, rng: np.random.Generator) -> NeuronGroup:
    """Leaky cells with a current, or jumps, each with its own threshold."""
    return NeuronGroup(
        name,
        units,
        TEXT.format(unless=" (unless refractory)" if refractory else ""),
        "exact",
        refractory=refractory,
        parameters={
            "tau": (10.3e-3, "second"),
            "tau_s": (2.1e-3, "second"),
            "V_th": (rng.uniform(8e-3, 12e-3, units), "volt"),
            "V_reset": (0.0, "volt"),
        },
        initial={"v": rng.uniform(0, 10e-3, units)},
    )


def wires(sources: int, targets: int, kind: str, rng: np.random.Generator) -> SparseConnections | DrawnConnections:
    """Twenty synapses a source: of one weight and delay, of their own, with many delays, or drawn when laid out."""
    indptr = np.arange(0, 20 * sources + 1, 20)
    listed = rng.integers(0, targets, 20 * sources)
    if kind == "one":
        return SparseConnections(indptr, listed, 0.61e-3, int(rng.integers(0, 20)))
    if kind in ("own", "many"):
        weights, delays = (
            rng.normal(0.3e-3, 1e-3, len(listed)),
            rng.integers(1, {"own": 6, "many": 70}[kind], len(listed)),
        )
        return SparseConnections(indptr, listed, weights, delays)
    label = str(rng.integers(1 << 30))
    return DrawnConnections(
        indptr,
        UniformTargets(recipe_key(0, label), targets),
        DrawnValues(recipe_key(1, label), "normal", 0.4e-3, 0.9e-3),
        DrawnValues(recipe_key(2, label), "uniform", 1.0, 25.0),
    )


def network(seed: int, sizes: tuple[int, int], refractory: float, kinds: list[str], various: bool) -> Network:
    """Let sources project onto two groups that project onto each other, the first also by jumps of its potential."""
    rng = np.random.default_rng(seed)
    groups = (SourceGroup("in", 150), *(cells(f"cells {k}", size, refractory, rng) for k, size in enumerate(sizes)))
    projections = [
        Projection(source, target, "I_s", wires(groups[source].size, groups[target].size, kind, rng))
        for (source, target), kind in zip([(0, 1), (0, 2), (1, 1), (1, 2), (2, 1)], kinds, strict=True)
    ]
    projections.append(Projection(1, 2, "v", wires(sizes[0], sizes[1], kinds[0], rng)))
    rate = rng.uniform(500, 4000, sizes[0]) if various else 2000.0
    inputs = (PoissonInput(1, "I_s", rate, 2.4e-3), PoissonInput(2, "v", 1500.0, 0.7e-3))
    return Network(groups, tuple(projections), inputs)


def run(network: Network, threads: int, trials: int = 1) -> list[np.ndarray]:
    """Give all that a run gives, of both kinds of groups."""
    rates = {0: np.random.default_rng(5).uniform(0, 90, (1, 5, 150))}
    records = (Record(1, "v", np.array([130, 3, 70, 0]), 7), Record(2, "I_s", np.array([1]), 1))
    result = get_engine("compiled").run(
        network, rates, BIN, STEPS, [Trial(0, 0, k) for k in range(trials)], 3, threads, "spikes", records
    )
    spikes = [part for trials in result.spikes or () for trial in trials for part in trial]
    return [*result.counts, *result.first, *spikes, *result.traces]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Tell whether all arrays agree in every bit."""
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    sizes=st.tuples(st.integers(140, 330), st.integers(10, 200)),
    refractory=st.sampled_from([0.0, 0.4e-3, 3e-3]),
    kinds=st.lists(st.sampled_from(["one", "own", "many", "drawn"]), min_size=5, max_size=5),
    various=st.booleans(),
)
def test_threads_change_no_bit(seed, sizes, refractory, kinds, various) -> None:
    """Any delays, weights, refractoriness and background: 1 = 2 = 4 threads, spikes and potentials."""
    made = network(seed, sizes, refractory, kinds, various)
    alone, two, four = (run(made, threads) for threads in (1, 2, 4))
    assert sum(counts.sum() for counts in alone[1:3]) > 0
    assert same(alone, two)
    assert same(alone, four)


def test_a_split_network_is_brian2_s() -> None:
    """Two threads against the reference engine, spike for spike."""
    made = network(1, (200, 130), 2e-3, ["one", "own", "drawn", "many", "drawn"], True)
    rates = {0: np.full((1, 150), 50.0)}
    ours, theirs = (
        get_engine(name).run(made, rates, STEPS, STEPS, [Trial(0, 0, 0)], 3, 2) for name in ("compiled", "brian2")
    )
    assert ours.counts[1].sum() > 100
    for one, other in zip(ours.counts, theirs.counts, strict=True):
        assert np.array_equal(one, other)


def test_threads_that_trials_leave_go_inside() -> None:
    """Two trials on four threads: two threads each, and the same bits as one after the other."""
    made = network(2, (200, 130), 2e-3, ["drawn", "many"] * 2 + ["drawn"], False)
    assert same(run(made, 1, trials=2), run(made, 4, trials=2))


def test_a_split_session_goes_on_and_back() -> None:
    """run(a) and run(b) are run(a + b), and a state taken on two threads goes on alone."""
    made, engine = network(3, (200, 130), 2e-3, ["own"] * 5, True), get_engine("compiled")
    rates = {0: np.full((1, 150), 50.0)}
    split, alone = (engine.start(made, Trial(0, 0, 0), rates, STEPS, 3, threads) for threads in (2, 1))
    whole = alone.run(STEPS)
    split.run(150)
    state = split.state()
    rest = split.run(STEPS - 150)
    resumed = engine.start(made, Trial(0, 0, 0), rates, STEPS, 3, 1)
    resumed.restore(state)
    for group in range(3):
        steps, units = whole.spikes[group][0]  # type: ignore[index]
        for result in (rest, resumed.run(STEPS - 150)) if group == 0 else (rest,):
            later = result.spikes[group][0]  # type: ignore[index]
            assert np.array_equal(later[0], steps[steps >= 150])
            assert np.array_equal(later[1], units[steps >= 150])


def test_who_is_left_alone_waits_for_nobody() -> None:
    """A part whose fellow failed ends before it delivers."""
    meeting, nothing = barrier(), np.zeros(0, dtype=np.int64)
    leave(meeting)
    run_part(nothing, nothing, 0, 0, 100, 0, 2, address_of(meeting), pass_on())
    assert meeting[0] == 1


def test_what_cannot_be_split_is_not() -> None:
    """Plastic synapses and banks of filters keep a network on one thread, however large."""
    rng = np.random.default_rng(0)
    group = cells("cells", 400, 0.0, rng)
    plastic = SynapseModel(on_pre="w = w * 0.9")
    bank = ConvolutionConnections(np.ones((1, 1, 5, 5)), (20, 20, 1), (20, 20, 1), 1, 2, 1)
    listed = wires(400, 400, "one", rng)

    def parts(*projections: Projection) -> int:
        return bundles.part_count(Network((group,), projections), 4)

    assert parts(Projection(0, 0, "I_s", listed)) == 4
    assert parts(Projection(0, 0, "I_s", listed, plastic)) == 1
    assert parts(Projection(0, 0, "I_s", bank)) == 1
