"""Equation text is code: whatever is not arithmetic of known names is refused, quickly, and by its name."""

import time

import pytest

from brainsim.engine import EquationError, NeuronGroup
from brainsim.engine.derive import derive_step
from brainsim.engine.effort import DEEPEST, HIGHEST_POWER, MOST_TERMS, effort_of
from brainsim.engine.language import check_expression, check_name, check_unit, parse_equations
from brainsim.engine.model_text import check_text
from brainsim.errors import ParameterError
from brainsim.units import si_name


def group(equations: str, **changes) -> NeuronGroup:
    """Make a group of one neuron with a parameter or two."""
    parameters = {"tau": (20e-3, "second"), "V_th": (10e-3, "volt"), "s": (1e-3, "volt")}
    options = {"method": "euler", "reset": "v = 0 * volt", "parameters": parameters, **changes}
    return NeuronGroup("cell", 1, equations, **options)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("v.__class__", "Attribute"),
        ("v.__class__.__mro__[1].__subclasses__()", "only calls such as|Attribute|Subscript"),
        ("().__class__", "Attribute|Tuple"),
        ("__builtins__", "'__builtins__' in"),
        ("__import__('os').system('true')", "only calls such as"),
        ("getattr(v, 'real')", "'getattr' is not allowed"),
        ("eval('1')", "'eval' is not allowed"),
        ("exp.__globals__", "Attribute"),
        ("exp", "'exp' in"),
        ("(lambda: v)()", "only calls such as"),
        ("lambda: v", "Lambda"),
        ("[v for v in (1, 2)]", "ListComp"),
        ("{v for v in (1, 2)}", "SetComp"),
        ("sum(v for v in (1, 2))", "'sum' is not allowed"),
        ("(v := 1)", "NamedExpr"),
        ("await v", "not an expression|Await"),
        ("yield", "not an expression|Yield"),
        ("v if v > 0 else 1", "IfExp"),
        ("*v", "not an expression|Starred"),
        ("exp(*[v])", "Starred|List"),
        ("exp(**{})", "only calls such as"),
        ("exp(v, v)", "exp takes 1 arguments, not 2"),
        ("clip(v, 0)", "clip takes 3 arguments, not 2"),
        ("exp()", "exp takes 1 arguments, not 0"),
        ("v[0]", "Subscript"),
        ("v @ v", "MatMult"),
        ("v // 2", "FloorDiv"),
        ("v << 2", "LShift"),
        ("v is v", "Is"),
        ("v in v", "In"),
        ("0 < v < 1", "two comparisons"),
        ("'v'", "not a number"),
        ("b'v'", "not a number"),
        ("f'{v}'", "JoinedStr"),
        ("v; import os", "not an expression"),
        ("v\nimport os", "not an expression"),
        ("v # comment\n+ open", "not an expression|'open' in"),
        ("...", "not a number"),
        ("None", "not a number"),
        ("1j", "not a number"),
        ("v\x00", "not an expression"),
        ("ｖ + 1", "'ｖ' is no ASCII character"),  # Python would read the wide letter as v
        ("ﬁ", "is no ASCII character"),
        ("v + µ", "'µ' is no ASCII character"),
        ("ªv", "is no ASCII character"),
        ("v" + " + v" * 10_000, "characters"),
        ("(" * 150 + "v" + ")" * 150 + "+" + "-" * (DEEPEST + 1) + "v", "within each other"),
        ("-" * 9_000 + "v", "within each other|not an expression"),
        ("(" * 9_000 + "v" + ")" * 9_000, "not an expression"),
        ("exp(" * 150 + "v" + ")" * 150, "within each other"),
    ],
)
def test_what_is_no_arithmetic_is_refused(expression: str, message: str) -> None:
    """Attributes, calls of other things, literals that are no numbers, letters that only look like ASCII."""
    with pytest.raises(EquationError, match=message):
        check_expression(expression, ["v"], "E")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("9**9**9", "is not a finite number"),
        ("9.0**9**9", "is not a finite number"),
        ("((9**64)**64)**64", "is not a finite number"),
        ("v * 1e400", "is not a finite number"),
        ("v + " + "9" * 400, "is not a finite number"),
        ("v + " + "9" * 5000, "not an expression|is not a finite number"),
        ("1 / 0", "is not a finite number"),
        ("v**(1 / 0)", "is not a finite number"),
        ("(-1)**0.5", "is not a finite number"),
        ("5 % 0", "is not a finite number"),
        ("v**999999999", "the highest is 64"),
        ("v**(9 * 9)", "the highest is 64"),
        ("v**-65", "the highest is 64"),
        ("((v + u + 1)**64)**64", "parts once written out"),
        ("(v + u)*(v - u)*(v + 2)*(u + 3)*" * 4 + "(v + 1)", "parts once written out"),
    ],
)
def test_what_would_take_for_ever_is_refused_at_once(expression: str, message: str) -> None:
    """Huge numbers, powers and products are counted, not computed."""
    began = time.perf_counter()
    with pytest.raises(EquationError, match=message):
        check_expression(expression, ["v", "u"], "E")
    assert time.perf_counter() - began < 5  # computing any of them takes hours


def test_subexpressions_that_double_are_refused() -> None:
    """Forty lines that each use the one before twice would become a text of a terabyte."""
    lines = ["x0 = v + v : volt", *(f"x{k} = x{k - 1} + x{k - 1} : volt" for k in range(1, 40))]
    with pytest.raises(EquationError, match=r"cell.equations: an expression that becomes \d+ parts"):
        check_text(group("\n".join(["dv/dt = x39 / tau : volt", *lines])))


def test_the_counts_are_those_of_the_algebra() -> None:
    """Terms of powers and products are what multiplying out gives, checked against the algebra itself."""
    import ast

    import sympy

    for text in ("(a + b)**3", "(a + b + 1)**4 * (c - d)", "a*(b + c*(d + 1))", "-(a + b) * 3", "(a + b) / c"):
        count = effort_of(ast.parse(text, mode="eval").body, {}, "E").terms
        assert count == len(sympy.Add.make_args(sympy.sympify(text).expand()))
    assert HIGHEST_POWER < MOST_TERMS


@pytest.mark.parametrize("name", ["lambda", "if", "xi", "xi_a", "normal_xi", "randn", "pi", "e", "inf", "N", "i", "dt"])
def test_names_with_a_meaning_are_refused(name: str) -> None:
    """Python's words, Brian2's variables and functions, noise and constants cannot be variables."""
    with pytest.raises(EquationError, match="has a meaning already"):
        check_name(name, "E")


@pytest.mark.parametrize("name", ["_v", "v__w", "v w", "", "1v", "ｖ", "v;", "v.real", "tau\n", "v'"])
def test_names_that_are_none_are_refused(name: str) -> None:
    """Letters, digits and single underscores, in ASCII."""
    with pytest.raises(EquationError, match="is not a name"):
        check_name(name, "E")


@pytest.mark.parametrize(
    "unit", ["volt.__class__", "volt; 1", "__import__('os')", "volt**9**9**9", "volt**9", "9" * 200, "volt[0]", "ｖolt"]
)
def test_units_that_are_none_are_refused(unit: str) -> None:
    """A unit is a product of powers of unit names."""
    with pytest.raises(EquationError):
        check_unit(unit, "E")
    with pytest.raises(ParameterError, match=r"unit"):
        si_name(unit)


@pytest.mark.parametrize(
    ("equations", "changes", "message"),
    [
        ("dv/dt = -v : volt", {}, "cannot use them"),
        ("dv/dt = -v / tau : amp", {}, "cannot use them"),
        ("dv/dt = (v - 3) / tau : volt", {}, "cannot use them"),
        ("dv/dt = -v / tau : volt", {"threshold": "v > 3"}, "[Uu]nits"),
        ("dv/dt = -v / tau : volt", {"threshold": "v > tau"}, "[Uu]nits"),
        ("dv/dt = -v / tau : volt", {"threshold": "v + s"}, "no condition such as v > V_th|boolean"),
        ("dv/dt = -v / tau : volt", {"reset": "v = 3"}, "expected unit"),
        ("dv/dt = -v / tau : volt", {"reset": "v += tau"}, "units|dimension"),
        ("dv/dt = -v / tau + s * xi / tau : volt", {}, "cannot use them"),
    ],
)
def test_units_that_do_not_fit_are_refused(equations: str, changes: dict, message: str) -> None:
    """In equations, thresholds and resets, by Brian2's own check."""
    with pytest.raises(EquationError, match=f"cell.equations.*({message})"):
        derive_step(group(equations, **changes))


@pytest.mark.parametrize(
    ("equations", "changes", "message"),
    [
        ("dv/dt = -v / tau + s * xi * tau**-0.5 : volt", {"method": "exact"}, "needs one of euler, heun, milstein"),
        ("dv/dt = -v / tau : volt", {"threshold": "v > V_th * xi"}, "'xi' in"),
        ("dv/dt = -v / tau : volt", {"reset": "v = s * xi"}, "'xi' in"),
        ("dv/dt = -v / tau + x : volt\nx = s * xi : volt", {}, "'xi' in"),
        ("dv/dt = -v / tau + s * xi__a : volt", {}, "'xi__a' in"),
        ("dxi/dt = -xi / tau : volt", {}, "has a meaning already"),
        ("dv/dt = -v / tau + v * xi * tau**-0.5 : volt", {}, "multiplicative noise"),
    ],
)
def test_noise_where_it_cannot_be_is_refused(equations: str, changes: dict, message: str) -> None:
    """White noise stands in differential equations alone, under a method that integrates it."""
    with pytest.raises(EquationError, match=message):
        derive_step(group(equations, **changes))


def test_what_brian_reads_is_what_was_checked() -> None:
    """Text is put together again from its checked parts: comments and odd line ends do not reach Brian2."""
    text = check_text(group("dv/dt = -v / tau : volt # : amp\x0c\r\n\n  x = v # y\n : volt".replace("# y\n ", "")))
    assert text.equations.splitlines()[:2] == ["dv/dt = -v / tau : volt", "x = v : volt"]
    assert [line.name for line in parse_equations("dv/dt = -v / tau : volt\x0bdw/dt = -w / tau : 1", "E")] == ["v", "w"]
