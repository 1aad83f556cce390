import ast
import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from brainsim.engine import EquationError, Network, NeuronGroup, Record, Trial, get_engine
from brainsim.engine.codegen import compile_group, refractory_steps
from brainsim.engine.constants import Constants, evaluate
from brainsim.engine.derive import derive_step
from brainsim.engine.language import check_expression, check_name, check_unit, parse_equations, parse_statements
from brainsim.engine.limits import constant_value
from isocortex.cache import cache_folder

CELL = NeuronGroup(
    "cell",
    1,
    "dv/dt = (E_L - v) / tau + I_s / C_m : volt (unless refractory)\ndI_s/dt = -I_s / tau_s : amp",
    "exact",
    refractory=2e-3,
    parameters={
        "E_L": (-60e-3, "volt"),
        "tau": (20e-3, "second"),
        "tau_s": (5e-3, "second"),
        "C_m": (200e-12, "farad"),
        "V_th": (-50e-3, "volt"),
        "V_reset": (-60e-3, "volt"),
    },
)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("__import__('os')", "'__import__' is not allowed"),
        ("v.real", "Attribute"),
        ("v[0]", "Subscript"),
        ("(lambda: 1)()", "only calls such as"),
        ("exp(x=1)", "only calls such as"),
        ("[1, 2]", "List"),
        ("v if v else v", "IfExp"),
        ("'text'", "not a number"),
        ("1j * v", "not a number"),
        ("randn()", "'randn' is not allowed"),
        ("u + v", "'u' in"),
        ("v +", "not an expression"),
        ("(v := 1)", "NamedExpr"),
        ("v" + " + v" * 10_000, "characters"),
    ],
)
def test_the_whitelist_refuses(expression: str, message: str) -> None:
    """Whatever is not arithmetic of known names is refused before Brian2 or Numba see it."""
    with pytest.raises(EquationError, match=message):
        check_expression(expression, ["v"], "E")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v' = -v : volt", "is not of the form"),
        ("dv/dt = -v / tau", "is not of the form"),
        ("dv/dt = -v / tau : volt (event-driven)", r"\(event-driven\) is not understood"),
        ("x = 3 * v : volt (unless refractory)", "is not understood"),
        ("dv/dt = -v / tau : furlong", "'furlong' is not known"),
        ("dv/dt = -v / tau : volt\nv = 3 : volt", "more than one equation"),
        ("dt/dt = 1 : 1", "has a meaning already"),
        ("d__v/dt = 1 : 1", "is not of the form"),
    ],
)
def test_refused_equations(text: str, message: str) -> None:
    """A line that is no equation, an unknown flag or unit, and a second equation of a name are refused."""
    with pytest.raises(EquationError, match=message):
        parse_equations(text, "E")


def test_refused_names_units_and_statements() -> None:
    """Names with a meaning, names with two underscores, odd units and what is no assignment are refused."""
    for name, message in (("exp", "meaning"), ("mV", "meaning"), ("a__b", "not a name"), ("é", "not a name")):
        with pytest.raises(EquationError, match=message):
            check_name(name, "E")
    with pytest.raises(EquationError, match="is not a unit"):
        check_unit("volt;", "E")
    with pytest.raises(EquationError, match="is not a statement"):
        parse_statements("v == 3", "E.reset")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "gsl"}, "there is no 'gsl'"),
        ({"threshold": "v > V_t"}, "did you mean 'V_th'"),
        ({"threshold": "open('x')"}, "'open' is not allowed"),
        ({"reset": "V_th = v"}, "'V_th' is no state variable"),
        ({"reset": "v = u"}, "'u' in 'u' is not known"),
        ({"initial": {"u": 1.0}}, "'u' is no state variable"),
        ({"refractory": 0.0}, "needs a refractory period above 0"),
        ({"parameters": {**CELL.parameters, "v": (1.0, "volt")}}, "'v' has an equation too"),
        ({"parameters": {**CELL.parameters, "exp": (1.0, "volt")}}, "has a meaning already"),
        ({"parameters": {**CELL.parameters, "tau": (1.0, "parsec")}}, "'parsec' is not known"),
        ({"parameters": {**CELL.parameters, "tau": (1.0, "volt")}}, "Brian2 cannot use them"),
        ({"equations": CELL.equations + "\na = b : 1\nb = a : 1"}, "in a circle|cannot use them"),
        ({"equations": CELL.equations.replace("E_L - v", "E_L - v**3 / volt**2")}, "cannot use them"),
    ],
)
def test_refused_models(change: dict, message: str) -> None:
    """A model that does not hold together is refused by the name of its group and what is wrong."""
    with pytest.raises(EquationError, match=message) as caught:
        derive_step(dataclasses.replace(CELL, **change))
    assert str(caught.value).startswith("cell")


@pytest.mark.parametrize("difference", [0.0, 1e-14, 1e-11, 1e-8, 1e-5, 2e-4, 1e-2])
def test_equal_time_constants_take_the_limit(difference: float) -> None:
    """A synaptic potential follows theory where membrane and synapse are equally slow, or nearly."""
    tau_m, c_m, steps, dt = 20e-3, 200e-12, 1000, 1e-4
    tau_s = tau_m * (1 + difference)
    cell = dataclasses.replace(
        CELL, parameters={**CELL.parameters, "tau_s": (tau_s, "second")}, initial={"v": -60e-3, "I_s": 30e-12}
    )
    record = Record(0, "v", np.array([0]))
    v = (
        get_engine("compiled")
        .run(Network((cell,), dt=dt), {}, 1, steps, [Trial(0, 0, 0)], 0, records=[record])
        .traces[0]
    )
    time = dt * np.arange(1, steps + 1)
    rate = 1 / tau_m - 1 / tau_s  # exp(-t / tau_s) (1 - exp(-rate t)) / rate, which expm1 keeps exact
    shape = np.exp(-time / tau_s) * (-np.expm1(-rate * time) / rate if difference else time)
    theory = 30e-12 / c_m * shape
    assert np.abs(v[0, :, 0] + 60e-3 - theory).max() <= 1e-9 * theory.max()


def test_each_unit_takes_its_own_limit() -> None:
    """Among units of different time constants those that coincide take the limit, the others not."""
    taus = np.array([10e-3, 20e-3, 20.0001e-3, 30e-3])
    many = dataclasses.replace(CELL, size=4, parameters={**CELL.parameters, "tau_s": (taus, "second")})
    for k, tau in enumerate(taus):
        one = dataclasses.replace(CELL, parameters={**CELL.parameters, "tau_s": (float(tau), "second")})
        alone = {float(value) for value in compile_group(one, 1e-4).scalars}
        for values in compile_group(many, 1e-4).arrays:
            assert min(abs(values[k] / value - 1) for value in alone) < 1e-12


def test_brian_refuses_a_singular_step() -> None:
    """Where Brian2 would compute NaN the reference engine says so."""
    same = dataclasses.replace(CELL, parameters={**CELL.parameters, "tau_s": (20e-3, "second")})
    with pytest.raises(EquationError, match="0/0"):
        get_engine("brian2").run(Network((same,)), {}, 1, 5, [Trial(0, 0, 0)], 0)


@pytest.mark.parametrize("pole", ["1 / (a - b)", "(a + b) / (a - b)", "1 / (a - b)**2", "log(a - b) + a / (a - b)"])
def test_a_pole_has_no_limit(pole: str) -> None:
    """A constant that grows without bound is refused."""
    with pytest.raises(EquationError, match="singular"):
        constant_value(check_expression(pole, ["a", "b"], "E"), {"a": 2.0, "b": 2.0}, "E")


def test_the_derived_step_is_kept_and_a_damaged_one_derived_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What Brian2 derived is read back; a file that is damaged or says something else is not trusted."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    step = derive_step(CELL)
    (path,) = (cache_folder("engine") / "steps").iterdir()
    stored = path.read_text()
    for damaged in ("", "{", "[]", '{"text": "other"}', stored.replace("{", "[", 1)):
        path.write_text(damaged)
        assert derive_step(CELL) == step
        assert path.read_text() == stored


def test_a_hostile_stored_step_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stored step passes the same whitelist as the equations do."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    derive_step(CELL)
    (path,) = (cache_folder("engine") / "steps").iterdir()
    stored = path.read_text()
    for hostile, message in (('"_v", "open(1)"], ["_v"', "'open' is not allowed"), ('"_v = 0; open"', "assigns to")):
        path.write_text(stored.replace('"_v"', hostile, 1))
        with pytest.raises(EquationError, match=message):
            derive_step(CELL)


def test_damaged_compiled_code_is_made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compiled code that cannot be read is compiled anew, and source that was changed is written anew."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    odd = dataclasses.replace(CELL, threshold="v**3 > V_th**3")
    before = compile_group(odd, 1e-4)
    name = before.module.__name__
    monkeypatch.delitem(sys.modules, name)
    (source,) = (tmp_path / "engine" / "groups").glob("*.py")
    right = source.read_text()
    source.write_text("raise SystemExit")
    for compiled in (tmp_path / "engine" / "groups" / "__pycache__").glob("*.nbc"):
        compiled.write_bytes(b"not code")
    assert compile_group(odd, 1e-4).module.__name__ == name
    assert source.read_text() == right


@pytest.mark.parametrize(
    "text",
    [
        "a * x / b + a - x * (2 * b) / (3 * a) - b / a",
        "-(x + a) * -y / (b * y * -2)",
        "exp(-a / b) * x**2 + abs(-x) ** b",
        "x - (y - a) - (b - a)",
        "(x > a) * 1.5 + int(y < b + a)",
        "a / x / b / y",
        "clip(x * 2 * mV * a, -b, b) / mV",
    ],
)
def test_constants_leave_an_expression_what_it_is(text: str) -> None:
    """With its constant parts computed beforehand an expression has the same value."""
    values = {"a": 0.7, "b": np.array([1.3, 2.0])}
    constants = Constants(frozenset(values))
    tree = check_expression(text, ["a", "b", "x", "y"], "E")
    short = constants.hoist(tree)
    everything = {**values, "x": 2.5, "y": -0.3}
    gathered = {name: evaluate(node, values) for name, node in constants.found.items()}
    assert np.allclose(evaluate(short, {**everything, **gathered}), evaluate(tree, everything), rtol=1e-14)
    used = {node.id for node in ast.walk(short) if isinstance(node, ast.Name)}
    assert not used & {"a", "b", "mV"}


@pytest.mark.parametrize(
    ("refractory", "dt", "steps"),
    [(0, 1e-4, 0), (2e-3, 1e-4, 20), (2.25e-3, 5e-4, 4), (1e-5, 1e-4, 1), (0.3e-3, 1e-4, 3)],
)
def test_refractory_periods_are_rounded_down(refractory: float, dt: float, steps: int) -> None:
    """A refractory period lasts its whole steps, at least one."""
    assert refractory_steps(refractory, dt) == steps


def test_what_cannot_be_computed_is_refused() -> None:
    """An expression beyond the language is not evaluated."""
    with pytest.raises(EquationError, match="cannot be computed"):
        evaluate(ast.parse("a if b else c", mode="eval").body, {"a": 1.0, "b": 1.0, "c": 1.0})
