"""Plastic projections of a brain: what is refused, and what inhibitory plasticity does to a network."""

import numpy as np
import pytest

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    NMDA,
    STDP,
    Brain,
    ExponentialCurrent,
    InhibitorySTDP,
    Normal,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Region,
    RewardSTDP,
    TripletSTDP,
    TsodyksMarkram,
    WeightNormalization,
    errors,
    simulate,
    wiring,
)
from brainsim.lower import lower


class Steady:
    """An encoder that gives every unit one rate."""

    def rates(self, stimuli, populations):
        """One rate a stimulus for all units."""
        return {
            name: np.repeat(np.asarray(stimuli, dtype=float)[:, None], population.units, axis=1)
            for name, population in populations.items()
        }


def brain(**projection) -> Brain:
    """Poisson units onto leaky cells, by one projection."""
    plan = {"wiring": wiring.all_to_all(), "receptor": AMPA(), "weight": 1.0, "delay": 1.0, **projection}
    return Brain(
        "small",
        [Region("in", [Population("P", Poisson(), size=20)]), Region("out", [Population("E", LIF(), size=5)])],
        [Projection("in.P", "out.E", **plan)],
        inputs={"in": Steady()},
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: STDP(0), "STDP.W_max: must not be 0"),
        (lambda: STDP(1, learning_rate=-1), "STDP.learning_rate: must not be negative, got -1"),
        (lambda: STDP(1, tau_plus=0), "STDP.tau_plus: must be positive, got 0 ms"),
        (lambda: STDP(1, pairing="near"), "STDP.pairing: 'near' is unknown; did you mean 'nearest'"),
        (lambda: TripletSTDP(1, A2_plus=-1), "TripletSTDP.A2_plus: must not be negative"),
        (lambda: TripletSTDP(1, tau_y=0), "TripletSTDP.tau_y: must be positive"),
        (lambda: TripletSTDP(1, pairing=""), "TripletSTDP.pairing: '' is unknown"),
        (lambda: InhibitorySTDP(1, target_rate=-1), "InhibitorySTDP.target_rate: must not be negative, got -1 Hz"),
        (lambda: InhibitorySTDP(1, tau=0), "InhibitorySTDP.tau: must be positive"),
        (lambda: RewardSTDP(1, tau_eligibility=-5), "RewardSTDP.tau_eligibility: must be positive, got -5 ms"),
        (lambda: RewardSTDP(1, alpha=-5), "RewardSTDP.alpha: must not be negative"),
        (lambda: TsodyksMarkram(U=1.5), "TsodyksMarkram.U: must be at most 1, got 1.5"),
        (lambda: TsodyksMarkram(tau_rec=0), "tau_rec or tau_facil must be above 0"),
        (lambda: WeightNormalization(0), "WeightNormalization.total: must not be 0"),
        (lambda: brain(plasticity=STDP(0.9)), "weights must be from 0 to 0.9, the bounds of their plasticity, got 1"),
        (lambda: brain(plasticity=STDP(-1)), "plasticity.W_max of a conductance must be positive, got -1 nS"),
        (lambda: lower(brain(plasticity=STDP(1.01), weight=Normal(1, 0.1)), 0.1), "weights must be from 0 to 1.01"),
    ],
)
def test_values_out_of_range(make, message):
    """Each error names the parameter, the value and the bound."""
    with pytest.raises(errors.ParameterError, match=message):
        make()


def test_rules_of_the_wrong_kind():
    """A number is no rule, and nothing can be normalised that does not change."""
    with pytest.raises(errors.KindError, match="plasticity must be a Plasticity of"):
        brain(plasticity=3)
    with pytest.raises(errors.KindError, match="short_term must be a TsodyksMarkram"):
        brain(short_term=STDP(1))
    with pytest.raises(errors.ModelError, match="normalization needs plasticity"):
        brain(normalization=WeightNormalization(3))


@pytest.mark.parametrize("receptor", [AMPA(), NMDA(), ExponentialCurrent(tau=2)], ids=lambda one: type(one).__name__)
def test_rules_count_in_the_receptors_unit(receptor):
    """Weights at their bound are at the bound of the lowered model too, whatever the receptor's unit and gain."""
    network = lower(brain(receptor=receptor, weight=3.7, plasticity=STDP(3.7)), 0.1)
    assert network.projections[0].connections.weights == network.projections[0].synapse.high


def test_both_engines_agree_on_a_brain():
    """Plastic and dynamic at once, through the public names: identical spikes."""
    learning = brain(
        weight=Normal(8, 2, low=1, high=15),
        plasticity=STDP(16, 0.05),
        short_term=TsodyksMarkram(0.4, 100),
        delay=Normal(3, 1, low=1),
    )
    compiled, reference = (
        simulate(learning, [40.0], 200, dt=0.5, engine=engine).spikes("out.E") for engine in ("compiled", "brian2")
    )
    assert np.array_equal(compiled[0], reference[0])
    assert np.array_equal(compiled[1], reference[1])
    assert len(compiled[0]) > 10


def test_trials_share_no_weights():
    """A plastic brain begins every trial with its own weights: a trial alone gives the spikes it gives in company."""
    learning = brain(weight=2.0, plasticity=STDP(4, 0.1))
    together = simulate(learning, [40.0, 60.0], 100, dt=0.5, trials=3, threads=2)
    alone = simulate(learning, [60.0], 100, dt=0.5, trials=3, threads=1, stimulus_ids=[1])
    assert np.array_equal(together.spikes("out.E", 1, 2)[0], alone.spikes("out.E", 0, 2)[0])


def test_inhibitory_plasticity_brings_targets_to_their_rate():
    """Cells that fire above 30 Hz without it come to the 8 Hz that the rule asks for (Vogels et al. 2011)."""
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)

    def balanced(plasticity):
        return Brain(
            "balanced",
            [Region("in", [Population("I", Poisson(), size=50)]), Region("out", [Population("E", cell, size=40)])],
            [Projection("in.I", "out.E", wiring.all_to_all(), GABA_A(), 0.0, 1.0, plasticity=plasticity)],
            drives=[PoissonDrive("out.E", rate=1000, receptor=AMPA(), weight=1.0)],
            inputs={"in": Steady()},
        )

    free, ruled = (simulate(balanced(rule), [20.0], 20_000, dt=0.5) for rule in (None, InhibitorySTDP(20, 8.0, 1e-3)))
    late = np.mean(ruled.spikes("out.E")[0] > 10_000) * len(ruled.spikes("out.E")[0]) / 40 / 10
    assert free.rates()["out.E"].mean() > 20
    assert late == pytest.approx(8, rel=0.1)
