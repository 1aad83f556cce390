"""Neurons and receptors: equations, parameters, and what cannot be one."""

import brian2
import numpy as np
import pytest

from brainsim import AMPA, GABA_A, LIF, Delta, ExponentialCurrent, Normal, PoissonDrive
from brainsim.errors import KindError, ParameterError

CELL = LIF(C_m=200, tau_m=20, E_L=-60, V_th=-50, V_reset=-60, t_ref=5)


def test_the_leak_follows_from_the_time_constant():
    """g_L = C_m / tau_m, for each unit of its own."""
    spread = LIF(C_m=Normal(200, 20, low=1), tau_m=Normal(20, 2, low=1)).draw(50, seed=3)

    assert CELL.draw(4, 0)["g_L"] == (10.0, "nS")
    assert LIF(C_m=200, g_L=10).draw(4, 0)["g_L"] == (10.0, "nS")
    assert spread["C_m"][0].shape == (50,)
    assert np.std(spread["C_m"][0] / spread["g_L"][0]) > 0.5


def test_parameters_are_drawn_with_the_seed_alone():
    """The same seed gives the same units; parameters do not share their numbers."""
    cell = LIF(V_th=Normal(-50, 1), E_L=Normal(-70, 1))
    first, again, other = (cell.draw(30, seed) for seed in (1, 1, 2))

    assert np.array_equal(first["V_th"][0], again["V_th"][0])
    assert not np.array_equal(first["V_th"][0], other["V_th"][0])
    assert abs(np.corrcoef(first["V_th"][0], first["E_L"][0])[0, 1]) < 0.6


def test_the_text_is_the_equation():
    """Brian2 reads the equations, and finds volt on the left and ampere over farad on the right."""
    text = "\n".join([CELL.equations, f"I_syn = {AMPA().current} : amp", AMPA().equation])
    parameters = {**CELL.draw(1, 0), **AMPA().parameters}

    equations = brian2.Equations(text + "".join(f"\n{name} : 1" for name in ()))
    names = equations.names | set(parameters)

    assert equations.diff_eq_names == {"v", "AMPA"}
    assert set().union(*(equations[name].identifiers for name in ("v", "I_syn", "AMPA"))) <= names
    assert "unless refractory" in CELL.equations
    assert "unless refractory" not in LIF(t_ref=0).equations


def test_both_resets():
    """To the reset potential, or down by the way there."""
    assert CELL.reset_statements == "v = V_reset"
    assert LIF(reset="subtract").reset_statements == "v -= V_th - V_reset"


def test_the_integrator_is_exact_where_it_can_be():
    """Conductances make the equations non-linear; a stated method is kept."""
    assert CELL.integrator((AMPA(),)) == "exponential_euler"
    assert CELL.integrator((ExponentialCurrent(tau=0.5), Delta())) == "exact"
    assert LIF(method="rk4").integrator((AMPA(),)) == "rk4"


def test_quantities_and_numbers_make_the_same_cell():
    """Brian2's units are understood."""
    quantities = LIF(
        C_m=200 * brian2.pF,
        tau_m=20 * brian2.ms,
        E_L=-60 * brian2.mV,
        V_th=-50 * brian2.mV,
        V_reset=-0.06 * brian2.volt,
        t_ref=0.005 * brian2.second,
    )

    assert quantities == CELL
    assert AMPA(tau=5 * brian2.ms, E_rev=0 * brian2.mV) == AMPA(5, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tau_m": -1}, "LIF.tau_m: must be positive, got -1 ms"),
        ({"C_m": 0}, "LIF.C_m: must be positive, got 0 pF"),
        ({"g_L": -2}, "LIF.g_L: must be positive, got -2 nS"),
        ({"tau_m": 10, "g_L": 10}, "LIF: give tau_m or g_L, not both"),
        ({"t_ref": -1}, "LIF.t_ref: must not be negative, got -1 ms"),
        ({"V_reset": -40}, "LIF.V_reset: must be below V_th, got -40 mV and -55 mV"),
        ({"reset": "substract"}, "LIF.reset: 'substract' is unknown; did you mean 'subtract'?"),
        ({"method": "exat"}, "LIF.method: 'exat' is unknown; did you mean 'exact'?"),
        ({"method": np.zeros(2)}, "LIF.method: array.* is unknown"),
        ({"reset": np.zeros(2)}, "LIF.reset: array.* is unknown"),
        ({"E_L": float("nan")}, "LIF.E_L: must be finite"),
        ({"E_L": [-60, float("inf")]}, "LIF.E_L: must be finite, got inf mV at position 1"),
        ({"V_th": []}, "LIF.V_th: must be one number, one a unit, or a distribution, got none"),
    ],
)
def test_cells_that_cannot_be_are_refused(options, message):
    """The message names the parameter, the value and its unit."""
    with pytest.raises(ParameterError, match=message.replace("?", r"\?")):
        LIF(**options)


def test_receptors_name_their_variables():
    """The class' name by default; equal parameters make equal receptors."""
    assert AMPA() == AMPA(5.0, 0.0)
    assert AMPA(tau=2) != AMPA()
    assert (AMPA().variable, GABA_A(name="shunt").variable, Delta().variable) == ("AMPA", "shunt", "v")
    assert (AMPA.weight_unit, ExponentialCurrent.weight_unit, Delta.weight_unit) == ("nS", "pA", "mV")
    assert Delta().equation == Delta().current == ""
    assert Delta().parameters == {}
    assert ExponentialCurrent(2, name="I_e").parameters == {"tau_I_e": (2.0, "ms")}


@pytest.mark.parametrize(
    ("receptor", "weight", "excites"),
    [
        (AMPA(), 1, True),
        (GABA_A(), 1, False),
        (ExponentialCurrent(1), 80, True),
        (ExponentialCurrent(1), -80, False),
        (Delta(), 0.1, True),
        (Delta(), -0.1, False),
    ],
)
def test_what_excites(receptor, weight, excites):
    """A reversal potential above threshold, or a positive weight."""
    assert receptor.excites(weight, threshold=-50) is excites


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: AMPA(tau=0), ParameterError, "AMPA.tau: must be positive, got 0 ms"),
        (lambda: GABA_A(E_rev=float("inf")), ParameterError, "GABA_A.E_rev: must be finite"),
        (lambda: ExponentialCurrent(tau=-2), ParameterError, "ExponentialCurrent.tau: must be positive"),
        (lambda: AMPA(name="v"), ParameterError, "AMPA.name: 'v' cannot name a variable"),
        (lambda: AMPA(name="two words"), ParameterError, "cannot name a variable"),
        (lambda: AMPA(name="lambda"), ParameterError, "cannot name a variable"),
        (lambda: AMPA(name="__import__('os')"), ParameterError, "cannot name a variable"),
        (lambda: AMPA(name="exp"), ParameterError, "'exp' has a meaning already"),
        (lambda: AMPA(name="mV"), ParameterError, "'mV' has a meaning already"),
        (lambda: LIF(C_m=None), KindError, "LIF.C_m: must be a number in pF"),
        (lambda: LIF(C_m=10**400), ParameterError, "LIF.C_m: must be finite, got a number of 401 digits"),
        (
            lambda: PoissonDrive("a.E", 1e15, AMPA(), 1),
            ParameterError,
            r"rate: must be at most 1e\+12 Hz, got 1e\+15 Hz",
        ),
        (lambda: AMPA(name=3), KindError, "AMPA.name: must be a string"),
        (lambda: PoissonDrive("a.E", -1, AMPA(), 1), ParameterError, r"PoissonDrive\('a.E'\).rate: must not be neg"),
        (lambda: PoissonDrive("a.E", [1, np.nan], AMPA(), 1), ParameterError, "rate: must be finite"),
        (lambda: PoissonDrive("a.E", 1, AMPA(), -1), ParameterError, "weight: must not be negative, got -1 nS"),
        (lambda: PoissonDrive("a.E", 1, "AMPA", 1), KindError, "receptor: must be a receptor"),
    ],
)
def test_receptors_and_drives_that_cannot_be_are_refused(build, error, message):
    """The message names the parameter and the value."""
    with pytest.raises(error, match=message):
        build()
