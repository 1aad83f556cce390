"""simulate(...): the same spikes whatever runs them, and what a recording says about them."""

import numpy as np
import pytest

import brainsim
from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    Delta,
    Equations,
    ExponentialCurrent,
    Normal,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Record,
    Recording,
    Region,
    Retina,
    Uniform,
    simulate,
    wiring,
)
from brainsim.errors import (
    KindError,
    MemoryLimitError,
    ModelError,
    ParameterError,
    StimulusError,
    UnknownNameError,
)

CELL = LIF(C_m=200, tau_m=20, E_L=-65, V_th=Normal(-50, 1), V_reset=-65, t_ref=2)
SPOT = np.zeros((2, 8, 8, 1))
SPOT[0, 2:6, 2:6] = SPOT[1, :4] = 1


def small(retina=None):
    """Give a brain with everything in it: a retina, a convolution, pooling, recurrence, drawn delays."""
    return Brain(
        "small",
        [
            Region("retina", [Population(name, Poisson(), shape=(8, 8)) for name in ("ON", "OFF")]),
            Region(
                "V1",
                [
                    Population("S", CELL, shape=(4, 4, 3), initial={"v": Uniform(-65, -50)}),
                    Population("C", CELL, shape=(2, 2, 3)),
                    Population("I", CELL, size=20),
                ],
            ),
        ],
        [
            Projection("retina.ON", "V1.S", wiring.convolution(np.ones((3, 1, 3, 3)), 2), AMPA(), weight=3, delay=2),
            Projection("retina.OFF", "V1.I", wiring.fixed_probability(0.3), AMPA(), weight=2, delay=1),
            Projection("V1.S", "V1.C", wiring.pooling(2), AMPA(), weight=8, delay=1),
            Projection(
                "V1.S", ["V1.S", "V1.I"], wiring.fixed_indegree(6), AMPA(), weight=1, delay=Normal(2, 1, low=0.5)
            ),
            Projection("V1.I", ["V1.S", "V1.C"], wiring.fixed_total(90), GABA_A(), weight=Normal(3, 1, low=0)),
        ],
        inputs={"retina": retina or Retina(onset=10, sustained=0.5, max_rate=200)},
    )


@pytest.fixture(scope="module")
def brain():
    """Give the small brain, built once."""
    return small()


@pytest.fixture(scope="module")
def recording(brain):
    """Give two stimuli of three trials."""
    return simulate(brain, SPOT, duration=80, dt=0.5, trials=3, seed=5, record=[Record("V1.S", "v", [0, 5], every=2)])


def equal_spikes(one, other, positions=None):
    """Tell whether two recordings hold the same spikes, for stimuli at these positions of each."""
    positions = positions or [(i, i) for i in range(len(one.stimulus_ids))]
    return all(
        np.array_equal(left, right)
        for name in one.populations
        for here, there in positions
        for trial in range(one.trials)
        for left, right in zip(one.spikes(name, here, trial), other.spikes(name, there, trial), strict=True)
    )


def test_both_engines_give_the_same_spikes(brain, recording):
    """Spike for spike, and the same membrane potentials within rounding."""
    reference = simulate(
        brain, SPOT, 80, 0.5, trials=3, seed=5, record=[Record("V1.S", "v", [0, 5], every=2)], engine="brian2"
    )

    assert sum(int(counts.sum()) for counts in recording.spike_counts.values()) > 1000
    assert equal_spikes(recording, reference)
    assert np.allclose(recording.trace("V1.S"), reference.trace("V1.S"), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("receptor", "excitation", "inhibition", "drive"),
    [(ExponentialCurrent(tau=0.5), 80.0, -350.0, 300.0), (Delta(), 0.3, -1.0, 1.0)],
    ids=["currents", "jumps"],
)
def test_exact_integration_gives_the_same_spikes_too(receptor, excitation, inhibition, drive):
    """Currents and jumps, a Poisson drive, multapses and delays of each synapse: spike for spike."""
    regions = [
        Region("c", [Population("E", CELL, size=80, initial={"v": Uniform(-65, -50)}), Population("I", CELL, 20)])
    ]
    both, spread = ["c.E", "c.I"], Normal(1.5, 0.75, low=0.1)
    balanced = Brain(
        "balanced",
        regions,
        [
            Projection("c.E", both, wiring.fixed_total(900), receptor, weight=excitation, delay=spread),
            Projection("c.I", both, wiring.fixed_total(300), receptor, weight=inhibition, delay=0.8),
        ],
        drives=[PoissonDrive(name, 4000, receptor, drive) for name in both],
    )

    compiled, reference = (simulate(balanced, duration=100, seed=3, engine=name) for name in ("compiled", "brian2"))

    assert all(counts.sum() > 50 for counts in compiled.spike_counts.values())
    assert equal_spikes(compiled, reference)


def test_threads_change_nothing(brain, recording):
    """One thread or two."""
    assert equal_spikes(recording, simulate(brain, SPOT, 80, 0.5, trials=3, seed=5, threads=1))
    assert equal_spikes(recording, simulate(brain, SPOT, 80, 0.5, trials=3, seed=5, threads=2))


def test_a_stimulus_alone_spikes_as_in_company(brain, recording):
    """Under its id the second stimulus alone, or in another order, gives its very spikes."""
    alone = simulate(brain, SPOT[1:], 80, 0.5, trials=3, seed=5, stimulus_ids=[1])
    turned = simulate(brain, SPOT[::-1], 80, 0.5, trials=3, seed=5, stimulus_ids=[1, 0])

    assert equal_spikes(alone, recording, [(0, 1)])
    assert equal_spikes(turned, recording, [(0, 1), (1, 0)])


def test_seeds_and_trials_differ(brain, recording):
    """Another seed is other noise, and so is another trial."""
    other = simulate(brain, SPOT, 80, 0.5, trials=3, seed=6)

    assert not np.array_equal(other.spikes("retina.ON")[0], recording.spikes("retina.ON")[0])
    assert not np.array_equal(recording.spikes("retina.ON", 0, 0)[0], recording.spikes("retina.ON", 0, 1)[0])


def test_counts_are_the_spikes_counted(brain, recording):
    """Counts, rates and first spikes follow from the spike lists; keep="counts" has the same."""
    counted = simulate(brain, SPOT, 80, 0.5, trials=3, seed=5, keep="counts")
    for name in recording.populations:
        counts, first, rates = recording.counts()[name], recording.first_spikes()[name], recording.rates()[name]
        for stimulus in range(2):
            for trial in range(3):
                times, units = recording.spikes(name, stimulus, trial)
                expected = np.bincount(units, minlength=recording.sizes[name])
                earliest = np.full(recording.sizes[name], np.nan)
                earliest[units[::-1]] = times[::-1]

                assert np.array_equal(counts[stimulus, trial], expected)
                assert np.array_equal(first[stimulus, trial], earliest, equal_nan=True)
                assert np.all(np.diff(times) >= 0)
        assert counts.dims == ("stimulus", "trial", "unit")
        assert np.allclose(rates, counts / 0.08)
        assert np.array_equal(counted.counts()[name], counts)
        assert np.array_equal(counted.first_spikes()[name], first, equal_nan=True)
    with pytest.raises(ModelError, match="only counts were kept"):
        counted.spikes("V1.S")


def test_poisson_units_follow_their_rates():
    """Counts have the mean and the variance of a Bernoulli process in each step (5 standard errors)."""
    brain = small(Retina(baseline=40, max_rate=40))
    recording = simulate(brain, SPOT[:1], duration=500, dt=0.5, trials=20, keep="counts")
    counts = recording.spike_counts["retina.ON"].ravel().astype(float)
    p, steps = 0.02, 1000

    assert abs(counts.mean() - steps * p) < 5 * np.sqrt(steps * p * (1 - p) / counts.size)
    assert counts.var() == pytest.approx(steps * p * (1 - p), rel=0.2)


def test_traces_are_in_public_units(recording):
    """Membrane potential in mV at the end of every fourth step, never far above threshold."""
    trace = recording.trace("V1.S", "v")

    assert trace.dims == ("stimulus", "trial", "time", "unit")
    assert trace.shape == (2, 3, 40, 2)
    assert trace["time"].values[:2] == pytest.approx([0.5, 2.5])
    assert trace["unit"].values.tolist() == [0, 5]
    assert -80 < float(trace.min()) < float(trace.max()) < -44
    assert trace.attrs["units"] == "mV"


def test_a_membrane_charges_as_theory_says():
    """Without spikes v relaxes to E_L: E_L + (v0 - E_L) exp(-t / tau), to a picovolt."""
    cell = LIF(C_m=200, tau_m=20, E_L=-65, V_th=0)
    brain = Brain("one", [Region("a", [Population("x", cell, size=1, initial={"v": -50})])])

    trace = simulate(brain, duration=50, record=[Record("a.x")]).trace("a.x")[0, 0, :, 0]

    assert np.allclose(trace, -65 + 15 * np.exp(-trace["time"] / 20), rtol=0, atol=1e-9)


def test_the_last_bin_goes_on():
    """An encoder's rates last to the end of the trial, and a mapping gives each region its own stimuli."""

    class Steps:
        bin = 10.0

        def rates(self, stimuli, populations):
            """Give nothing, then 400 Hz."""
            on = np.array([0.0, 400.0])[None, :, None] * np.ones((len(stimuli), 1, 64))
            return dict.fromkeys(populations, on)

    brain = small(Steps())
    recording = simulate(brain, {"retina": [1, 2]}, duration=60, dt=0.5)
    times, _ = recording.spikes("retina.ON", 1)

    assert times.min() >= 10
    assert np.histogram(times, np.arange(10, 61, 10))[0] == pytest.approx(np.full(5, 256), rel=0.3)


def test_progress_counts_every_step(brain):
    """The caller's own bar is told of all steps of all trials."""
    done = []

    def bar(total, description):
        done.append((total, description))
        return done.append

    simulate(brain, SPOT, 10, 0.5, trials=2, progress=bar)

    assert done[0] == (80, "steps")
    assert sum(done[1:]) == 80


def test_saved_and_loaded_it_is_the_same(recording, tmp_path):
    """Every spike, count, first spike, trace and number comes back."""
    recording.save(tmp_path / "trials.npz")
    loaded = Recording.load(tmp_path / "trials.npz")

    assert equal_spikes(recording, loaded)
    assert repr(loaded) == repr(recording)
    assert (loaded.dt, loaded.steps, loaded.stimulus_ids, loaded.seed) == (0.5, 160, (0, 1), 5)
    for name in recording.populations:
        assert recording.first_spikes()[name].identical(loaded.first_spikes()[name])
    assert recording.trace("V1.S").identical(loaded.trace("V1.S"))


def test_counts_are_saved_too(brain, tmp_path):
    """Without spike lists."""
    recording = simulate(brain, SPOT, 10, 0.5, keep="counts")
    recording.save(tmp_path / "counts.npz")

    loaded = Recording.load(tmp_path / "counts.npz")

    assert loaded.keep == "counts"
    assert loaded.counts()["V1.S"].identical(recording.counts()["V1.S"])


def run(**options):
    """Simulate the small brain for ten steps."""
    given = {"brain": small(), "stimuli": SPOT, "duration": 5, "dt": 0.5} | options
    return simulate(**given)


class Wrong:
    """An encoder that gives whatever it is told to."""

    def __init__(self, rates, width=None):
        self.given, self.bin = rates, width

    def rates(self, stimuli, populations):
        """Give it."""
        return self.given


ONE = np.ones((1, 64))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: run(brain="coba"), KindError, "brain must be a Brain, got str"),
        (lambda: run(dt=0), ParameterError, "dt: must be positive, got 0 ms"),
        (lambda: run(duration=-5), ParameterError, "duration: must be positive"),
        (lambda: run(duration=5.2), ParameterError, "whole number of steps of 0.5 ms, got 5.2 ms"),
        (lambda: run(trials=0), ParameterError, "trials: must be at least 1"),
        (lambda: run(seed=-1), ValueError, "seed: must not be negative"),
        (lambda: run(keep="count"), ParameterError, "keep 'count' is unknown; did you mean 'counts'"),
        (lambda: run(engine="brian"), ParameterError, "engine 'brian' is unknown; did you mean 'brian2'"),
        (lambda: run(threads=0), ValueError, "threads: must be at least 1"),
        (lambda: run(stimuli=None), StimulusError, "'small' needs stimuli for retina"),
        (lambda: run(brain=brainsim.atlas.coba()), StimulusError, "'COBA' has no encoder"),
        (lambda: run(stimuli={"eye": SPOT}), StimulusError, r"must be for \['retina'\], got \['eye'\]"),
        (lambda: run(stimulus_ids=[1]), ParameterError, "stimulus_ids must be 2, one a stimulus, got 1"),
        (lambda: run(stimulus_ids=[1, -2]), ParameterError, "must be at least 0, got -2"),
        (lambda: run(stimulus_ids=[4, 4]), ParameterError, "stimulus_ids must differ, got 4 twice"),
        (lambda: run(stimulus_ids=5), KindError, "stimulus_ids: must be a sequence, got 5"),
        (lambda: run(threads="2"), TypeError, "threads: must be a whole number, got '2'"),
        (lambda: run(duration=1e15), ParameterError, r"1e\+15 ms are more than 2147483647 steps"),
        (lambda: run(trials=10**400), ParameterError, r"trials: must be below 2\*\*63, got a number of 401 digits"),
        (lambda: run(record=Record("V1.S")), KindError, "record: must be a sequence"),
        (lambda: run(record=[Record("V1.S", units=3)]), KindError, "units: must be a sequence, got 3"),
        (lambda: run(record=[Record("V1.S", units=[[1, 2]])]), KindError, "units must be whole numbers"),
        (lambda: run(record=[Record("V1.S"), Record("V1.S", units=[1])]), ModelError, "is there twice"),
        (lambda: run(brain=small(Wrong(None))), KindError, "its rates must map populations to arrays, got None"),
        (lambda: run(brain=small(Wrong({"ON": ONE, "OFF": "x"}))), KindError, "rates must be real numbers"),
        (lambda: run(record=["V1.S"]), KindError, "record: must hold Record or RecordWeights objects"),
        (lambda: run(record=[Record("V1.X")]), UnknownNameError, "no such population; did you mean 'V1."),
        (lambda: run(record=[Record("retina.ON")]), ModelError, "sources have no state"),
        (lambda: run(record=[Record("V1.S", "NMDA")]), UnknownNameError, "there is no such variable"),
        (lambda: run(record=[Record("V1.S", units=[48])]), ParameterError, "units must be from 0 to 47"),
        (lambda: run(record=[Record("V1.S", units=[])]), ParameterError, "at least one"),
        (lambda: run(record=[Record("V1.S", units=[0.5])]), KindError, "units must be whole numbers"),
        (lambda: run(record=[Record("V1.S", every=0.7)]), ParameterError, "every: must be a whole number of steps"),
        (lambda: run(brain=small(Wrong({"ON": ONE}))), ModelError, "gives no rates for retina.OFF"),
        (lambda: run(brain=small(Wrong({"ON": ONE, "OFF": ONE[:, :9]}))), StimulusError, "with 64 units"),
        (lambda: run(brain=small(Wrong({"ON": ONE, "OFF": -ONE}))), StimulusError, "finite and not negative"),
        (lambda: run(brain=small(Wrong({"ON": ONE, "OFF": np.ones((2, 64))}))), StimulusError, "different numbers"),
        (lambda: run(brain=small(Wrong({"ON": ONE, "OFF": ONE}, 0.7))), ParameterError, r"bin: must be a whole number"),
        (lambda: run(brain=small(Wrong({"ON": 3000 * ONE, "OFF": ONE}))), ValueError, "more than one spike a step"),
    ],
)
def test_runs_that_cannot_be_are_refused(build, error, message):
    """The message names the argument and the value."""
    with pytest.raises(error, match=message):
        build()


def test_encoders_must_agree_on_their_bins():
    """Two regions with bins of different widths cannot run together."""
    eyes = [Region(name, [Population("P", Poisson(), size=2)]) for name in ("left", "right")]
    rates = {"P": np.ones((1, 3, 2))}
    brain = Brain("two", eyes, inputs={"left": Wrong(rates, 1.0), "right": Wrong(rates, 2.0)})

    with pytest.raises(ModelError, match=r"bins of one width, got \[2, 4\] steps"):
        simulate(brain, [0], duration=5, dt=0.5)


def test_a_run_that_will_not_fit_says_so(monkeypatch, brain):
    """Before anything is taken, with the figure and what takes less."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 100_000)

    with pytest.raises(MemoryLimitError, match=r"needs about .*, 97.7 KiB are free; .*keep=\"counts\" takes less"):
        simulate(brain, SPOT, 80, 0.5, trials=100)


def test_what_takes_most_is_what_the_remedy_is_about(monkeypatch):
    """Counts instead of spikes do not help where traces, or the brain itself, take the memory."""
    cells = Brain("cells", [Region("r", [Population("E", CELL, size=200)])])
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 100_000)
    with pytest.raises(MemoryLimitError, match="records of fewer units, or with a longer every=, take less"):
        simulate(cells, duration=800, record=[Record("r.E", "v")])

    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 400_000)
    wired = cells.replace(projections=[Projection("r.E", "r.E", wiring.all_to_all(), AMPA())])
    simulate(wired, duration=1)
    with pytest.raises(MemoryLimitError, match="fewer units or synapses take less"):  # Brian2 takes more than we do
        simulate(wired, duration=1, engine="brian2")

    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 6_000)
    with pytest.raises(MemoryLimitError, match="fewer units or synapses take less"):
        simulate(cells, duration=1)


def test_rates_that_will_not_fit_are_refused_before_the_encoder_is_asked(monkeypatch):
    """The encoder would have to take the memory to say so."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 100_000)

    with pytest.raises(MemoryLimitError, match=r"rates of 'small': needs about .*; present fewer stimuli at a time"):
        simulate(small(Wrong(None)), np.zeros((400, 8, 8, 1)), 80, 0.5)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda one: one.spikes("V1.X"), UnknownNameError, "no population 'V1.X'"),
        (lambda one: one.spikes("V1.S", stimulus=2), ParameterError, "stimulus must be from 0 to 1, got 2"),
        (lambda one: one.spikes("V1.S", trial=-1), ParameterError, "trial must be from 0 to 2, got -1"),
        (lambda one: one.trace("V1.C"), UnknownNameError, "'V1.C v' was not recorded; did you mean 'V1.S v'"),
    ],
)
def test_what_was_not_recorded_is_refused(recording, ask, error, message):
    """A position out of range is an error, never another trial's data."""
    with pytest.raises(error, match=message):
        ask(recording)


def pair(delay=1.0, **cell):
    """Build one cell that fires at once and another that hears of it."""
    fires = Population("first", LIF(**cell), size=1, initial={"v": -50.0})
    hears = Population("second", LIF(**cell), size=1)
    return Brain(
        "pair",
        [Region("a", [fires, hears])],
        [Projection("a.first", "a.second", wiring.one_to_one(), AMPA(), weight=200, delay=delay)],
    )


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_what_outlasts_the_trial_costs_nothing(engine):
    """A cell refractory for a quarter of an hour fires once, and a spike that takes a minute does not arrive."""
    alone = simulate(pair(delay=60_000.0, t_ref=1e6), duration=30, dt=0.5, engine=engine)
    heard = simulate(pair(delay=2.0, t_ref=1e6), duration=30, dt=0.5, engine=engine)

    assert [int(alone.counts()[name].sum()) for name in alone.populations] == [1, 0]
    assert [int(heard.counts()[name].sum()) for name in heard.populations] == [1, 1]


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_a_potential_that_grows_without_bounds_is_named(engine):
    """A potential that runs away downwards crosses no threshold, and must not look like silence."""
    text, tau = "dv/dt = v / tau : volt", {"tau": (0.05, "ms")}
    model = Equations(text, threshold="v > 0*mV", reset="v = 0*mV", parameters=tau)
    brain = Brain("runaway", [Region("a", [Population("first", model, size=2, initial={"v": -1.0})])])

    with pytest.raises(ValueError, match=r"a.first: v of unit 0 became -inf, so the integration is unstable; lower dt"):
        simulate(brain, duration=100, dt=0.5, engine=engine)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_a_step_that_is_too_long_is_refused_before_the_run(engine):
    """Forward Euler with a step of more than two time constants is refused, with a step that would do."""
    with pytest.raises(ValueError, match=r"a.first: v cannot be integrated by 'euler' in steps of 0.5 ms.* 0.25 ms is"):
        simulate(pair(tau_m=0.2, t_ref=0, method="euler"), duration=5, dt=0.5, engine=engine)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda one: one.spikes("V1.S", stimulus=0.5), KindError, "stimulus must be a whole number, got 0.5"),
        (lambda one: brainsim.plots.psth(one, stimulus=7), ParameterError, "stimulus must be from 0 to 1, got 7"),
        (lambda one: brainsim.plots.psth(one, bin_width=0.7), ParameterError, "whole steps of 0.5 ms"),
        (lambda one: brainsim.plots.traces(one, "V1.S", trial=9), ParameterError, "trial must be from 0 to 2, got 9"),
        (lambda one: brainsim.plots.raster(one, []), ParameterError, "populations: must be at least one"),
        (lambda one: brainsim.plots.raster(one, 5), KindError, "populations: must be one or several names, got 5"),
        (lambda one: brainsim.analysis.isi_cv(one, ["V1.S", "V1.I"]), ParameterError, "population: must be one"),
        (lambda one: brainsim.analysis.response_latency(one, quantile="a"), KindError, "quantile: must be a number"),
    ],
)
def test_questions_to_a_recording_that_cannot_be_are_refused(recording, build, error, message):
    """The message names the argument and the value."""
    with pytest.raises(error, match=message):
        build(recording)


def test_a_lesion_leaves_the_background_noise_of_others_as_it_was():
    """Taking a driven region away changes no spike of an unconnected one that is driven too, by two drives."""
    cell, receptor = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5), AMPA(tau=5, E_rev=0)
    brain = Brain(
        "two apart",
        regions=[Region(name, [Population("E", cell, size=20)]) for name in ("V1", "A1")],
        drives=[
            PoissonDrive(f"{name}.E", rate=rate, receptor=receptor, weight=2.0)
            for rate in (500, 300)
            for name in ("V1", "A1")
        ],
    )

    whole = brainsim.simulate(brain, duration=100, seed=3)
    lesioned = brainsim.simulate(brain.without("V1"), duration=100, seed=3)

    assert whole.spike_counts["A1.E"].sum() > 20
    for expected, actual in zip(whole.spikes("A1.E"), lesioned.spikes("A1.E"), strict=True):
        np.testing.assert_array_equal(expected, actual)
