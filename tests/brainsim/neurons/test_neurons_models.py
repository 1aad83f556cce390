"""Neuron models: parameters, what cannot be one, adaptive thresholds, any equation text."""

import brian2
import numpy as np
import pytest

import brainsim
from brainsim import (
    AMPA,
    LIF,
    AdaptiveThreshold,
    AdEx,
    Brain,
    Delta,
    Equations,
    ExponentialCurrent,
    HodgkinHuxley,
    IntegrateAndFire,
    Izhikevich,
    Maximum,
    Normal,
    PoissonDrive,
    Population,
    Record,
    Region,
    Tally,
    Uniform,
    izhikevich_2003,
)
from brainsim.engine import EquationError
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError

MODELS = {
    "LIF": LIF(),
    "AdEx": AdEx(),
    "Izhikevich": Izhikevich(),
    "HodgkinHuxley": HodgkinHuxley(),
    "IntegrateAndFire": IntegrateAndFire(),
    "Maximum": Maximum(3),
    "AdaptiveThreshold": AdaptiveThreshold(LIF(), increment=1, tau=100),
    "izhikevich_2003": izhikevich_2003(),
    "Equations": Equations("dx/dt = -x / tau : 1", threshold="x > 1", reset="x = 0", parameters={"tau": (20, "ms")}),
}
TEXT = """
dv/dt = (E - v + R * (I_syn + I_e)) / tau : volt (unless refractory)  # with a comment
dw/dt = -w / tau : amp
E : volt
R : ohm (constant)
tau : second
"""


def brain(model, size=4, drives=(), **options):
    """Make a brain of one population."""
    return Brain("one", [Region("c", [Population("E", model, size=size, **options)])], drives=drives)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_brian2_reads_every_model(model):
    """The names in a model's text are its parameters, its variables and the synaptic current; the units are right."""
    drawn = model.draw(3, seed=0)
    equations = brian2.Equations(model.equations)
    resting = model.resting(drawn)

    assert equations.diff_eq_names == set(model.state_units)
    assert equations.identifiers - {"I_syn", "mV", "ms", "pA", "volt", "exp", "exprel", "clip"} <= set(model.names)
    assert set(drawn) <= set(model.names)
    assert set(resting) <= set(model.state_units)
    assert {name: unit for name, (_, unit) in resting.items()}.items() <= dict(model.state_units).items()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_equals_another_of_the_same_parameters(model):
    """Equality and hash follow from the parameters, arrays included."""
    spread = LIF(V_th=[-50.0, -51.0])

    assert model == type(model)(**vars(model))
    assert hash(model) == hash(type(model)(**vars(model)))
    assert sum(model == other for other in MODELS.values()) == 1
    assert spread == LIF(V_th=np.array([-50, -51]))
    assert hash(spread) == hash(LIF(V_th=(-50, -51)))
    assert spread != LIF(V_th=[-50.0, -52.0])
    assert AdEx() != LIF()


@pytest.mark.parametrize(
    "build",
    [
        lambda value: LIF(E_L=value),
        lambda value: AdEx(E_L=value),
        lambda value: Izhikevich(E_L=value),
        lambda value: HodgkinHuxley(E_L=value),
        lambda value: AdaptiveThreshold(LIF(E_L=value), 1, 10),
        lambda value: Equations(
            TEXT, t_ref=1, parameters={"E": value, "E_L": (value, "mV"), "R": (1, "Mohm"), "tau": 5, **THRESHOLD}
        ),
    ],
)
def test_a_parameter_is_a_number_an_array_or_a_distribution(build):
    """One number serves all units, an array names each, a distribution is drawn by the parameter's name."""
    array = build([-70.0, -71.0, -72.0]).draw(3, seed=5)["E_L"][0]
    drawn = build(Normal(-70, 2)).draw(3, seed=5)["E_L"][0]

    assert build(-70).draw(3, seed=5)["E_L"] == (-70.0, "mV")
    assert build(-0.07 * brian2.volt).draw(3, seed=5)["E_L"] == (-70.0, "mV")
    assert np.array_equal(array, [-70, -71, -72])
    assert np.array_equal(drawn, LIF(E_L=Normal(-70, 2), V_th=0).draw(3, seed=5)["E_L"][0])
    with pytest.raises(ParameterError, match="3 values for 4 units"):
        Population("E", build([-70.0, -71.0, -72.0]), size=4)
    with pytest.raises(ParameterError, match="3 values for 4 units"):
        build([-70.0, -71.0, -72.0]).draw(4, seed=0)


THRESHOLD = {"V_th": (-50, "mV"), "V_reset": (-60, "mV"), "I_e": (0, "pA")}


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: AdEx(Delta_T=0), ParameterError, "AdEx.Delta_T: must be positive, got 0 mV"),
        (lambda: AdEx(tau_w=-1), ParameterError, "AdEx.tau_w: must be positive, got -1 ms"),
        (lambda: AdEx(V_reset=0), ParameterError, "AdEx.V_reset: must be below V_peak, got 0 mV and 0 mV"),
        (lambda: AdEx(V_peak=-51), ParameterError, "AdEx.V_th: must be below V_peak, got -50.4 mV and -51 mV"),
        (lambda: AdEx(t_ref=-1), ParameterError, "AdEx.t_ref: must not be negative"),
        (lambda: Maximum(0), ParameterError, "Maximum.inputs: must be from 1 to 64, got 0"),
        (lambda: Maximum(2.5), KindError, "Maximum.inputs: must be a whole number"),
        (lambda: Maximum(2, V_th=-1), ParameterError, "Maximum.V_th: must be positive"),
        (lambda: Tally(-1), ParameterError, "Tally.slot: must not be negative"),
        (lambda: Tally("a"), KindError, "Tally.slot: must be a whole number"),
        (lambda: IntegrateAndFire(C_m=0), ParameterError, "IntegrateAndFire.C_m: must be positive, got 0 pF"),
        (lambda: IntegrateAndFire(V_th=-1), ParameterError, "IntegrateAndFire.V_reset: must be below V_th"),
        (lambda: IntegrateAndFire(reset="sub"), ParameterError, "IntegrateAndFire.reset: 'sub' is unknown"),
        (lambda: AdEx(method="gsl"), ParameterError, "AdEx.method: 'gsl' is unknown"),
        (lambda: AdEx(C_m=None), KindError, "AdEx.C_m: must be a number in pF"),
        (lambda: AdEx(C_m=[[1.0]]), KindError, "AdEx.C_m: must be one number, one a unit, or a distribution"),
        (lambda: AdEx(C_m=[1.0, 0.0]), ParameterError, "AdEx.C_m: must be positive, got 0 pF for unit 1"),
        (lambda: AdEx(C_m=[1.0, np.nan]), ParameterError, "AdEx.C_m: must be finite"),
        (lambda: AdEx(C_m=20 * brian2.ms), ParameterError, "AdEx.C_m: must be in pF, got 20. ms"),
        (lambda: AdEx(Delta_T=0.1), ParameterError, r"AdEx.Delta_T: the exponential of .* = 504 overflows, above 500"),
        (lambda: AdEx(Delta_T=[0.1, 5]).draw(2, 0), ParameterError, "AdEx.Delta_T: the exponential"),
        (lambda: Izhikevich(k=0), ParameterError, "Izhikevich.k: must be positive, got 0 nS/mV"),
        (lambda: Izhikevich(V_th=-61), ParameterError, "Izhikevich.E_L: must be below V_th"),
        (lambda: Izhikevich(V_peak=-45), ParameterError, "Izhikevich.V_th: must be below V_peak"),
        (lambda: Izhikevich(a=0), ParameterError, "Izhikevich.a: must be positive, got 0 1/ms"),
        (lambda: HodgkinHuxley(E_K=60), ParameterError, "HodgkinHuxley.E_K: must be below E_Na"),
        (lambda: HodgkinHuxley(g_Na=-1), ParameterError, "HodgkinHuxley.g_Na: must not be negative, got -1 nS"),
        (lambda: LIF(V_reset=Normal(-57, 5)).draw(90, 0), ParameterError, "LIF.V_reset: .* in every unit, but unit"),
        (lambda: LIF(V_th=Normal(-50, 5)).draw(90, 0), None, ""),
        (lambda: AdaptiveThreshold("LIF", 1, 1), KindError, "AdaptiveThreshold.model: must be a neuron model"),
        (lambda: AdaptiveThreshold(LIF(), 1, 0), ParameterError, "AdaptiveThreshold.tau: must be positive, got 0 ms"),
        (
            lambda: AdaptiveThreshold(HodgkinHuxley(), 1, 1),
            ModelError,
            "HodgkinHuxley has no parameter V_th that moves",
        ),
        (lambda: AdaptiveThreshold(MODELS["Equations"], 1, 1), ModelError, "Equations has no parameter V_th"),
        (
            lambda: AdaptiveThreshold(MODELS["AdaptiveThreshold"], 1, 1),
            ModelError,
            "'tau_theta' already",
        ),
        (lambda: izhikevich_2003(a=-0.1), None, ""),
        (lambda: izhikevich_2003(method="rk9"), ParameterError, "Equations.method: 'rk9' is unknown"),
        (lambda: izhikevich_2003(noise=1, method="exact"), EquationError, "white noise"),
    ],
)
def test_models_that_cannot_be_are_refused(build, error, message):
    """The message names the parameter, the value and its unit."""
    if error is None:
        build()
        return
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        (3, {}, KindError, "Equations.text: must be text, got 3"),
        (TEXT, {"parameters": 3}, KindError, "Equations.parameters: must map"),
        (TEXT, {"initial": 3}, KindError, "Equations.initial: must map"),
        (TEXT, {"parameters": {"none": 0}}, ParameterError, "the text declares 'E'; give its value"),
        (TEXT, {"parameters": {"E": (1, "ms")}}, ParameterError, r"parameters\['E'\]: is in ms, but .* in volt"),
        (TEXT, {"parameters": {"E": 20 * brian2.ms}}, ParameterError, r"parameters\['E'\]: must be in mV, got 20. ms"),
        (TEXT, {"parameters": {"E": (1, "parsec")}}, ParameterError, r"parameters\['E'\]: unit 'parsec' is not known"),
        (TEXT, {"parameters": {"E": "x"}}, KindError, r"parameters\['E'\]: must be a number in mV"),
        (TEXT, {"parameters": {"I_e": 3}}, ParameterError, r"parameters\['I_e'\]: say its unit, as in \(3, 'ms'\)"),
        (TEXT, {"parameters": {"v": (1, "mV")}}, EquationError, "'v' has an equation too"),
        (TEXT, {"parameters": {"exp": (1, "mV")}}, EquationError, "'exp' has a meaning already"),
        (TEXT, {"threshold": "v > open('x')"}, EquationError, "'open' is not allowed"),
        (TEXT, {"threshold": "v > V_t"}, EquationError, "did you mean 'V_th'"),
        (TEXT, {"reset": "E = v"}, EquationError, "'E' is no state variable"),
        (TEXT, {"t_ref": 0}, EquationError, r"\(unless refractory\) needs a refractory period"),
        (TEXT, {"initial": {"x": 1}}, UnknownNameError, "Equations.initial: there is no variable 'x'"),
        (TEXT, {"initial": {"w": np.inf}}, ParameterError, r"Equations.initial\['w'\]: must be finite"),
        (TEXT + "\nx = y : 1\ny = x : 1", {}, EquationError, "in a circle"),
        (TEXT + "\nimport os", {}, EquationError, "is not of the form"),
        (
            "E : volt\nR : ohm\ntau : second\nx = 3 : 1",
            {"threshold": "x > 1", "reset": ""},
            EquationError,
            "at least one differential equation",
        ),
    ],
)
def test_text_that_is_no_model_is_refused(text, options, error, message):
    """When the model is made, before anything runs; the message says where."""
    parameters = {"E": -70, "R": 100, "tau": 20, **THRESHOLD}
    changed = options.get("parameters", {})
    if isinstance(changed, dict):
        options = {**options, "parameters": {} if "none" in changed else {**parameters, **changed}}
    options = {"t_ref": 2, **options}
    with pytest.raises(error, match=message):
        Equations(text, **options)


def test_parameters_of_text_in_any_form():
    """Declared in the text, with their unit, as quantities: all come to one public unit."""
    model = Equations(
        TEXT,
        t_ref=2,
        parameters={
            "E": Uniform(-71, -70),
            "R": 0.1,
            "tau": 0.02 * brian2.second,
            "V_th": -0.05 * brian2.volt,
            "V_reset": (-60_000, "uV"),
            "I_e": (0.2, "nA"),
        },
        initial={"v": Normal(-65, 1), "w": [1.0, 2.0]},
    )
    drawn = model.draw(2, seed=0)

    assert (drawn["R"], drawn["tau"], drawn["V_th"]) == ((0.1, "Gohm"), (20.0, "ms"), (-50.0, "mV"))
    assert drawn["V_reset"] == (-60_000.0, "uV")
    assert model.state_units == {"v": "mV", "w": "pA"}
    assert model.mean_threshold == -50
    recording = brainsim.simulate(brain(model, size=2), duration=50, record=[Record("c.E", "v"), Record("c.E", "w")])
    assert np.allclose(recording.traces["c.E", "w"].values[0, 0, 0], np.exp(-0.1 / 20) * np.array([1, 2]), rtol=1e-6)
    with pytest.raises(ParameterError, match="2 values for 3 units"):
        brain(model, size=3)


def test_every_state_variable_is_given_and_recorded_in_its_unit():
    """Adaptation in pA, a gate as a number; names that are not there are refused with the nearest one."""
    cell = AdEx(tau_w=1e9, a=0)
    one = brain(cell, initial={"w": 25, "v": -70})
    recording = brainsim.simulate(one, duration=1, record=[Record("c.E", "w")])

    assert one.state_units("c.E") == {"v": "mV", "w": "pA"}
    assert np.allclose(recording.traces["c.E", "w"].values, 25, rtol=1e-8)
    assert brain(HodgkinHuxley()).state_units("c.E") == {"v": "mV", "m": "1", "h": "1", "n": "1"}
    with pytest.raises(UnknownNameError, match="there is no such variable"):
        brain(LIF(), initial={"w": 25})
    with pytest.raises(UnknownNameError, match="there is no population"):
        one.state_units("c.I")
    with pytest.raises(UnknownNameError, match=r"did you mean 'w'|choose one of"):
        brainsim.simulate(one, duration=1, record=[Record("c.E", "ww")])


def test_receptors_that_a_model_cannot_take_are_refused():
    """A conductance needs a potential, a current needs I_syn; names must not meet."""
    deaf = Equations("dv/dt = -v / tau : volt", threshold="v > 1 * volt", reset="", parameters={"tau": (20, "ms")})
    cases = [
        (MODELS["Equations"], AMPA(), "acts on a membrane potential v in volt, which Equations does not have"),
        (MODELS["Equations"], Delta(), "acts on a membrane potential"),
        (deaf, AMPA(), "do not use I_syn"),
        (AdEx(), ExponentialCurrent(2, name="w"), "would name 'tau_w' a second time"),
        (AdEx(), ExponentialCurrent(2, name="v_capped"), "would name 'v_capped' a second time"),
        (Izhikevich(), ExponentialCurrent(2, name="a"), "would name 'a' a second time"),
        (MODELS["AdaptiveThreshold"], ExponentialCurrent(2, name="theta_increment"), "'theta_increment' a second time"),
    ]
    for model, receptor, message in cases:
        drive = PoissonDrive("c.E", 1, receptor, 1)
        with pytest.raises(ModelError, match=message):
            brain(model, drives=[drive])


@pytest.mark.parametrize("reset", ["to", "subtract"])
def test_an_adaptive_threshold_rises_with_each_spike_and_decays(reset):
    """Theta is the sum of increments since decayed; the cell spikes only above V_th + theta."""
    cell = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=2, reset=reset)
    adaptive = AdaptiveThreshold(cell, increment=3, tau=50, initial=1)
    current = ExponentialCurrent(1e6)
    one = brain(adaptive, 1, [PoissonDrive("c.E", 0, current, 1)], initial={"ExponentialCurrent": 350})
    recording = brainsim.simulate(one, duration=300, record=[Record("c.E", "theta"), Record("c.E", "v")])
    times, _ = recording.spikes("c.E", stimulus=0, trial=0)
    theta, v = (recording.traces["c.E", name].values[0, 0, :, 0] for name in ("theta", "v"))
    clock = 0.1 * np.arange(1, 3001)
    expected = np.exp(-clock / 50) + sum(3 * np.exp(-(clock - at - 0.1) / 50) * (clock > at + 0.05) for at in times)

    assert len(times) > 3
    assert np.allclose(theta, expected, rtol=1e-9)
    assert np.all(v <= -50 + theta + 1e-9)
    assert np.all(np.diff(np.diff(times)[:3]) > 0)
    before = (times / 0.1).round().astype(int) - 1
    step = 35 * (1 - np.exp(-0.1 / 20))  # the most that v moves in a step
    assert np.all(v[before] > -50 + theta[before] - step - 0.1)
    if reset == "subtract":
        after = v[before + 1]
        assert np.all(after > -60)
        assert np.all(after < -60 + step)


def test_a_brain_with_every_model_is_saved_and_read(tmp_path):
    """Parameters come back as they were: numbers, arrays, distributions, text."""
    models = [
        *MODELS.values(),
        AdEx(E_L=[-70.0, -71.0]),
        Izhikevich(d=Uniform(90, 110)),
        AdaptiveThreshold(AdEx(b=Normal(80, 2)), 1, [100.0, 200.0]),
        Equations(TEXT, t_ref=1, parameters={"E": [-70.0, -71.0], "R": 1, "tau": Normal(20, 1), **THRESHOLD}),
    ]
    whole = Brain("all", [Region("c", [Population(f"p{k}", model, size=2) for k, model in enumerate(models)])])
    whole.save(tmp_path / "all.brain")
    again = Brain.load(tmp_path / "all.brain")

    assert [population.model for population in again.populations.values()] == models
