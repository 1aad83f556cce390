"""What learn gives back, what it does between stimuli, and that the same seed gives the same bits."""

import numpy as np
import pytest

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    STDP,
    AdaptiveThreshold,
    Brain,
    InhibitorySTDP,
    LearningHistory,
    LearningInterrupted,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Region,
    Repeat,
    RewardSTDP,
    Uniform,
    WeightNormalization,
    errors,
    frozen,
    learn,
    simulate,
    wiring,
)
from brainsim.lower import lower


class Rates:
    """Stimuli are the rates themselves."""

    def rates(self, stimuli, populations):
        """Give every population the same."""
        return {name: np.asarray(stimuli, dtype=float) for name in populations}


PATTERNS = np.array([[80.0] * 10 + [2.0] * 10, [2.0] * 10 + [80.0] * 10])


def pupil(plasticity=None, normalization=None, size=6) -> Brain:
    """Twenty Poisson units onto cells with adaptive thresholds that inhibit one another."""
    cell = AdaptiveThreshold(LIF(C_m=200, tau_m=20, E_L=-60, V_th=-52, V_reset=-60), increment=0.2, tau=1e5)
    return Brain(
        "pupil",
        [Region("in", [Population("P", Poisson(), size=20)]), Region("out", [Population("E", cell, size=size)])],
        [
            Projection(
                "in.P",
                "out.E",
                wiring.fixed_probability(0.8),
                AMPA(),
                weight=Uniform(0.5, 2.5),
                delay=Uniform(1, 4),
                name="learning",
                plasticity=plasticity or STDP(3, 0.02),
                normalization=normalization,
            ),
            Projection("out.E", "out.E", wiring.all_to_all(autapses=False), GABA_A(), weight=3, delay=1),
        ],
        inputs={"in": Rates()},
    )


def weights(brain: Brain, name: str = "learning") -> np.ndarray:
    """Weights of a projection of a learned brain."""
    return next(np.asarray(one.weight) for one in brain.projections if one.name == name)


LESSON = {"duration": 100.0, "rest": 50.0, "dt": 0.5}


def test_the_learned_brain_holds_weights_and_thresholds_alone():
    """All else, wiring included, is what it was; weights moved and are within their bounds; thresholds rose."""
    brain = pupil()
    wise = learn(brain, PATTERNS, **LESSON)
    theta = wise.region("out")["E"].initial["theta"]
    assert theta.shape == (6,)
    assert theta.max() > 0.2
    assert np.ptp(weights(wise)) > 0.5
    assert 0 <= weights(wise).min() <= weights(wise).max() <= 3
    assert wise.seed == brain.seed
    assert wise.projections[1] is brain.projections[1]
    responses = [simulate(frozen(one), PATTERNS, 200, dt=0.5, seed=3) for one in (brain, wise)]
    assert not np.array_equal(*(one.spike_counts["out.E"] for one in responses))
    assert np.array_equal(*(one.spike_counts["in.P"] for one in responses))


def test_the_same_seed_gives_the_same_bits():
    """Learning twice gives the same weights, another seed gives others."""
    first, second, other = (learn(pupil(), PATTERNS, seed=seed, **LESSON) for seed in (1, 1, 2))
    assert np.array_equal(weights(first), weights(second))
    assert not np.array_equal(weights(first), weights(other))


def test_both_engines_learn_the_same():
    """Weights within 1e-12 and thresholds, after normalisations, rests, a repetition and two passes."""
    brain = pupil(normalization=WeightNormalization(25))
    lesson = {**LESSON, "duration": 60.0, "rest": 20.0, "passes": 2, "repeat": Repeat("out.E", least=12, most=1)}
    histories = [LearningHistory(["out.E"]) for _ in range(2)]
    compiled, reference = (
        learn(brain, PATTERNS, engine=engine, listener=history, **lesson)
        for engine, history in zip(("compiled", "brian2"), histories, strict=True)
    )
    assert np.allclose(weights(compiled), weights(reference), rtol=1e-12, atol=0)
    assert np.allclose(*(one.region("out")["E"].initial["theta"] for one in (compiled, reference)), rtol=1e-12)
    assert np.array_equal(*(one.response("out.E") for one in histories))
    assert histories[0].repeats == histories[1].repeats
    assert 0 < sum(histories[0].repeats) < 4


def test_a_learned_brain_goes_on_learning():
    """From the weights and thresholds that it has: a lesson of silence leaves weights as they are."""
    wise = learn(pupil(), PATTERNS, **LESSON)
    assert np.array_equal(weights(learn(wise, 0 * PATTERNS, **LESSON)), weights(wise))
    assert not np.array_equal(weights(learn(wise, PATTERNS, **LESSON)), weights(wise))


def test_normalisation_gives_every_target_its_total():
    """Before the stimulus; so with a rule that changes nothing the weights that come back sum to it."""
    wise = learn(pupil(STDP(3, 0.0), WeightNormalization(18)), PATTERNS, **LESSON)
    wired = lower(wise, 0.5).projections[0].connections.expand()
    assert np.allclose(np.bincount(wired.targets, weights(wise)), 18)


def test_a_stimulus_that_draws_too_little_is_repeated_brighter():
    """Faint stimuli are repeated until they draw enough, or as often as allowed; bright ones are not."""
    history = LearningHistory(["out.E"])
    faint = PATTERNS[[0, 0]] * [[0.25], [1.5]]
    learn(pupil(), faint, shuffle=False, repeat=Repeat("out.E", 15, step=1.0, most=7), listener=history, **LESSON)
    assert history.repeats[0] > 0 == history.repeats[1]
    assert (history.response("out.E").sum(axis=1) >= 15).all()
    history = LearningHistory()
    learn(pupil(), 0 * faint, repeat=Repeat("out.E", 1, most=3), listener=history, **LESSON)
    assert history.repeats == [3, 3]


def test_rewards_change_weights_by_their_eligibility():
    """Without a reward nothing is learned; a reward for the first pattern alone strengthens what that pattern uses."""
    rule = RewardSTDP(3, 0.02, alpha=0.5)
    still = learn(pupil(rule), PATTERNS, **LESSON)
    begun = learn(pupil(STDP(3, 0.0)), PATTERNS, **LESSON)
    assert np.array_equal(weights(still), weights(begun))
    asked = []

    def reward(stimulus, counts):
        asked.append((stimulus, int(counts["out.E"].sum())))
        return 1.0 if stimulus == 0 else 0.0

    change = weights(learn(pupil(rule), PATTERNS, reward=reward, shuffle=False, **LESSON)) - weights(still)
    assert [one for one, _ in asked] == [0, 1]
    wired = lower(pupil(rule), 0.5).projections[0].connections.expand()
    sources = np.repeat(np.arange(20), np.diff(wired.indptr.astype(int)))
    assert change[sources < 10].mean() > 5 * abs(change[sources >= 10].mean())


def test_batches_average_what_their_stimuli_teach():
    """A batch of two makes of weights and thresholds the mean of what each stimulus alone makes of them.

    The second one alone comes after silence, which keeps its place and teaches nothing.
    """
    lesson = {**LESSON, "shuffle": False}
    both = learn(pupil(), PATTERNS, batch=2, threads=2, **lesson)
    first = learn(pupil(), PATTERNS[:1], batch=1, **lesson)
    second = learn(pupil(), PATTERNS * [[0], [1]], batch=1, **lesson)
    assert np.allclose(weights(both), (weights(first) + weights(second)) / 2, rtol=1e-13)
    theta, *others = (one.region("out")["E"].initial["theta"] for one in (both, first, second))
    assert np.allclose(theta, np.mean(others, axis=0), rtol=1e-4)  # the silence let it decay
    assert np.abs(weights(first) - weights(second)).max() > 0.1


def test_batches_do_not_depend_on_threads():
    """Three batches, the last one smaller, on one thread and on two: the same bits."""
    stimuli = PATTERNS[[0, 1, 0, 1, 0]]
    one, two = (weights(learn(pupil(), stimuli, batch=2, threads=threads, **LESSON)) for threads in (1, 2))
    assert np.array_equal(one, two)


def test_ctrl_c_keeps_what_was_learned():
    """The exception is a KeyboardInterrupt that holds the brain after the last whole stimulus, also in batches."""

    class Impatient(LearningHistory):
        def __call__(self, presentation):
            """Give up at the second stimulus."""
            super().__call__(presentation)
            if presentation.number == 1:
                raise KeyboardInterrupt

    history = Impatient(["out.E"], ["learning"], every=2)
    with pytest.raises(LearningInterrupted, match="interrupted after 1 presentations") as caught:
        learn(pupil(), PATTERNS, passes=5, listener=history, **LESSON)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert np.array_equal(weights(caught.value.brain), history.snapshots["learning"][0])
    with pytest.raises(LearningInterrupted):
        learn(pupil(), PATTERNS, passes=5, batch=2, listener=Impatient(), **LESSON)


def test_a_projection_with_several_targets_and_factors_learns():
    """It becomes one projection a target, wired as before; a rule with factors becomes a list of what it wired."""
    matrix = np.zeros((20, 4))
    matrix[::3, 1] = 0.5
    matrix[1::3, 3] = 2.0
    cells = [Population(name, LIF(), size=4) for name in "AB"]
    brain = Brain(
        "fork",
        [Region("in", [Population("P", Poisson(), size=20)]), Region("out", cells)],
        [Projection("in.P", ["out.A", "out.B"], wiring.from_matrix(matrix), AMPA(), 2.0, 1.5, plasticity=STDP(8, 0.0))],
        inputs={"in": Rates()},
    )
    wise = learn(brain, PATTERNS, **LESSON)
    assert [one.targets for one in wise.projections] == [("out.A",), ("out.B",)]
    assert set(np.round(weights(wise, None), 12)) == {1.0, 4.0}
    one, other = (simulate(each, PATTERNS, 100, dt=0.5).spike_counts["out.B"] for each in (brain, wise))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"brain": 3}, errors.KindError, "learn: brain must be a Brain, got int"),
        ({"duration": 0}, errors.ParameterError, "learn: duration: must be positive, got 0 ms"),
        ({"rest": -1}, errors.ParameterError, "learn: rest: must not be negative"),
        ({"dt": 0}, errors.ParameterError, "learn: dt: must be positive"),
        ({"passes": 0}, errors.ParameterError, "learn: passes: must be at least 1, got 0"),
        ({"batch": 0}, errors.ParameterError, "learn: batch: must be at least 1"),
        ({"shuffle": 3}, errors.KindError, "learn: shuffle: must be True or False"),
        ({"engine": "nest"}, errors.ParameterError, "learn: engine: 'nest' is unknown"),
        ({"reward": 3}, errors.KindError, "learn: reward must be a function, got 3"),
        ({"listener": 3}, errors.KindError, "learn: listener must be a function, got 3"),
        ({"engine": np.zeros(2)}, errors.ParameterError, "learn: engine"),
        ({"repeat": 3}, errors.KindError, "learn: repeat must be a Repeat, got 3"),
        ({"repeat": Repeat("out.F")}, errors.UnknownNameError, "there is no population 'out.F'"),
        ({"repeat": Repeat("out.E", 10**6)}, errors.ParameterError, "1000000 spikes, but there is room for 1200 only"),
        ({"stimuli": None}, errors.StimulusError, "needs stimuli"),
    ],
)
def test_what_cannot_be_learned(changes, error, message):
    """Each error names the argument and the value."""
    arguments = {"brain": pupil(), "stimuli": PATTERNS, **LESSON, **changes}
    with pytest.raises(error, match=message):
        learn(arguments.pop("brain"), arguments.pop("stimuli"), **arguments)


def test_repeats_and_names_that_make_no_sense():
    """A Repeat's numbers are checked, a brain without anything plastic is refused, and so is an unknown projection."""
    with pytest.raises(errors.KindError, match=r"Repeat\.population: must be a population's full name, got 3"):
        Repeat(3)
    with pytest.raises(errors.ParameterError, match="least: must be at least 1"):
        Repeat("out.E", 0)
    with pytest.raises(errors.ParameterError, match="step: must be positive"):
        Repeat("out.E", step=0)
    with pytest.raises(errors.ParameterError, match="LearningHistory: every: must be at least 1"):
        LearningHistory(every=0)
    with pytest.raises(errors.KindError, match="populations must be a list of names, got"):
        LearningHistory("out.E")
    with pytest.raises(errors.KindError, match="frozen: brain must be a Brain, got str"):
        frozen("wise")
    fixed = Brain("fixed", [Region("out", [Population("E", LIF(), size=2)])])
    with pytest.raises(errors.ModelError, match="nothing in brain 'fixed' can learn"):
        learn(fixed)
    with pytest.raises(errors.ModelError, match=r"there is a reward, but no projection has plasticity=RewardSTDP"):
        learn(pupil(), PATTERNS, reward=lambda stimulus, counts: 1.0, **LESSON)
    with pytest.raises(errors.UnknownNameError, match=r"LearningHistory: there is no population 'out\.F'; did"):
        learn(pupil(), PATTERNS, listener=LearningHistory(["out.F"]), **LESSON)
    with pytest.raises(errors.UnknownNameError, match="there is no projection 'out'"):
        learn(pupil(), PATTERNS, listener=LearningHistory(projections=["out"], every=1), **LESSON)


def test_inhibition_can_be_learned_by_a_brain_without_stimuli():
    """learn(brain) alone lets a brain with drives run, and its plastic synapses change."""
    own = {"name": "own", "plasticity": InhibitorySTDP(9, 5, 0.1)}
    brain = Brain(
        "alone",
        [Region("out", [Population("E", LIF(), size=8)])],
        [Projection("out.E", "out.E", wiring.all_to_all(), GABA_A(), 1.0, 1.0, **own)],
        drives=[PoissonDrive("out.E", 2000, AMPA(), 2.0)],
    )
    assert np.ptp(weights(learn(brain, **LESSON), "own")) > 0


def test_what_will_not_fit_is_refused_before_it_is_built(monkeypatch):
    """Each stimulus of a batch has weights of its own."""
    monkeypatch.setattr("brainsim.memory.available_bytes", lambda: 3_000)
    with pytest.raises(errors.MemoryLimitError, match=r"needs about .*, 2\.9 KiB are free"):
        learn(pupil(), PATTERNS, batch=4, **LESSON)


def test_a_history_says_what_it_holds():
    """In a notebook, its last line."""
    assert repr(LearningHistory(["out.E"])) == "LearningHistory(['out.E'], []: 0 presentations)"
