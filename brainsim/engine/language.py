"""What equation text may say. Text is code, so it is held against this list before Brian2 or Numba see it."""

import ast
import keyword
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from brainsim.engine.effort import effort_of
from brainsim.engine.errors import EquationError
from isocortex.errors import nearest

__all__ = [
    "FUNCTIONS",
    "NOISE",
    "UNITS",
    "UNIT_POWERS",
    "Line",
    "check_expression",
    "check_name",
    "check_unit",
    "names_in",
    "names_in_text",
    "noises_in",
    "noises_of",
    "normal_name",
    "parse_equations",
    "parse_statements",
    "unit_tree",
]

ARITY: dict[str, int] = {  # function -> how many arguments it takes
    **dict.fromkeys(("abs", "arccos", "arcsin", "arctan", "ceil", "cos", "cosh", "exp", "exprel", "floor", "int"), 1),
    **dict.fromkeys(("log", "log10", "sin", "sinh", "sqrt", "tan", "tanh"), 1),
    "clip": 3,
}
FUNCTIONS = frozenset(ARITY)
BASE_UNITS = frozenset(
    {"1", "volt", "siemens", "amp", "ampere", "farad", "second", "hertz", "ohm", "metre", "meter", "coulomb", "kelvin"}
    | {"mole", "molar"}
)
_PREFIXES = {"": 0, "G": 9, "M": 6, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12}
_SYMBOLS = {"V": "volt", "S": "siemens", "A": "amp", "F": "farad", "s": "second", "Hz": "hertz", "ohm": "ohm"}
# Unit -> power of ten, and the SI unit that it multiplies: mV, nS, ms ... Single letters are left to variables.
UNIT_POWERS: dict[str, tuple[int, str]] = {
    **{
        f"{prefix}{symbol}": (power, base)
        for prefix, power in _PREFIXES.items()
        for symbol, base in _SYMBOLS.items()
        if prefix or len(symbol) > 1
    },
    **{"mm": (-3, "meter"), "um": (-6, "meter")},
    **{base: (0, base) for base in BASE_UNITS - {"1"}},
}
# What may stand in an equation for a number, with its value: units in SI, and the constants pi and e.
UNITS = {**{unit: float(f"1e{power}") for unit, (power, _) in UNIT_POWERS.items()}, "pi": math.pi, "e": math.e}
_FLAGS = frozenset({"unless refractory"})
_DEFINITION = re.compile(
    r"""^(?:d(?P<state>[A-Za-z]\w*)\s*/\s*dt|(?P<name>[A-Za-z]\w*))\s*=\s*(?P<expression>[^:#]+?)
        \s*:\s*(?P<unit>[^()#]+?)\s*(?:\((?P<flag>[^()]*)\))?$""",
    re.VERBOSE,
)
_STATEMENT = re.compile(r"^(?P<name>[A-Za-z_]\w*)\s*(?P<operator>[-+*/]?=)(?!=)\s*(?P<expression>.+)$")
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip
_LONGEST = 20_000  # characters of one expression
_LONGEST_REPEATED = 200  # characters of a text that a message repeats
_LONGEST_SHOWN = 60  # characters of a refused piece that a message repeats


@dataclass(frozen=True)
class Line:
    """One equation: a differential equation of `name`, or a subexpression that `name` stands for."""

    name: str
    expression: str
    unit: str
    differential: bool
    unless_refractory: bool


def names_in(node: ast.AST) -> set[str]:
    """Give the names in an expression, those of functions too."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def names_in_text(expression: str) -> set[str]:
    """Give the words of an expression that has not been parsed."""
    return set(re.findall(r"[A-Za-z_]\w*", expression))


def parse_equations(text: str, where: str) -> list[Line]:
    """Split equation text, one equation a line, ``#`` beginning a comment.

    Raises
    ------
    EquationError
        If a line is neither ``dx/dt = expression : unit`` nor ``x = expression : unit``.

    Examples
    --------
    >>> [(line.name, line.expression) for line in parse_equations("dv/dt = -v / tau : volt (unless refractory)", "E")]
    [('v', '-v / tau')]
    """
    lines = []
    for raw in text.splitlines():
        line = raw.split("#")[0].strip()
        if not line:
            continue
        match = _DEFINITION.match(line)
        if match is None:
            raise EquationError(f"{where}: {line!r} is not of the form 'dx/dt = ... : unit' or 'x = ... : unit'")
        flag = (match["flag"] or "").strip()
        if flag and (flag not in _FLAGS or not match["state"]):
            raise EquationError(f"{where}: ({flag}) is not understood in {line!r}; only (unless refractory) is")
        check_unit(match["unit"], where)
        name = check_name(match["state"] or match["name"], where)
        lines.append(Line(name, match["expression"], match["unit"].strip(), bool(match["state"]), bool(flag)))
    names = [line.name for line in lines]
    for name in names:
        if names.count(name) > 1:
            raise EquationError(f"{where}: {name} has more than one equation")
    return lines


def parse_statements(text: str, where: str) -> list[tuple[str, str]]:
    """Split statements such as ``v = V_reset`` or ``w += b``, one a line or separated by ``;``, into name and value.

    Examples
    --------
    >>> parse_statements("v = V_reset; w += b", "reset")
    [('v', 'V_reset'), ('w', 'w + (b)')]
    """
    pairs = []
    for raw in re.split(r"[;\n]", text):
        statement = raw.split("#")[0].strip()
        if not statement:
            continue
        match = _STATEMENT.match(statement)
        if match is None:
            raise EquationError(f"{where}: {statement!r} is not a statement such as 'v = V_reset' or 'w += b'")
        name, operator, expression = match["name"], match["operator"], match["expression"]
        pairs.append((name, expression if operator == "=" else f"{name} {operator[0]} ({expression})"))
    return pairs


def check_expression(expression: str, names: Iterable[str], where: str, derived: bool = False) -> ast.expr:
    """Parse an expression that may hold numbers, arithmetic, comparisons, `names`, and the functions of `FUNCTIONS`.

    Parameters
    ----------
    expression : str
        The text.
    names : iterable of str
        What it may name besides units, ``t`` and ``dt``.
    where : str
        What it belongs to, for the error.
    derived : bool
        Whether an integrator wrote it, whose texts may be as long and as deep as they become.

    Raises
    ------
    EquationError
        If it holds anything else, or would become too large (`brainsim.engine.effort`).

    Examples
    --------
    >>> ast.unparse(check_expression("exp(-x)", ["x"], "E"))
    'exp(-x)'
    >>> check_expression("exq(-x)", ["x"], "E")
    Traceback (most recent call last):
        ...
    brainsim.engine.errors.EquationError: E: function 'exq' is not allowed; did you mean 'exp'?
    """
    if len(expression) > _LONGEST and not derived:
        raise EquationError(f"{where}: an expression of {len(expression)} characters, more than {_LONGEST}")
    if not expression.isascii():  # Python reads some other letters as ASCII ones
        odd = next(letter for letter in expression if not letter.isascii())
        raise EquationError(f"{where}: {odd!r} is no ASCII character; spell it out, as in tau or mu")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise EquationError(f"{where}: {_brief(expression)} is not an expression ({error})") from error
    known = {*names, *UNITS, "t", "dt"}
    for node in _inside(tree.body, where):
        if isinstance(node, ast.Name) and node.id not in known:
            raise EquationError(
                f"{where}: {node.id!r} in {expression!r} is not known; {nearest(node.id, known - set(UNITS))}"
            )
    if not derived:
        effort_of(tree.body, {}, where)
    return tree.body


def _brief(text: str) -> str:
    """Give text for a message, its beginning alone where it is long."""
    return repr(text) if len(text) <= _LONGEST_REPEATED else f"{text[:_LONGEST_REPEATED]!r}..."


def _shown(node: ast.AST) -> str:
    """Give the piece of an expression that a message is about, where it can be written and is short."""
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    return f", got {text}" if 0 < len(text) <= _LONGEST_SHOWN else ""


def _inside(tree: ast.AST, where: str) -> Iterator[ast.AST]:
    """Walk over everything but the names of functions, refusing what is not on the list."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _NODES):
            raise EquationError(f"{where}: {type(node).__name__} is not allowed in an equation{_shown(node)}")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float, bool):
            raise EquationError(f"{where}: {node.value!r} is not a number")
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise EquationError(f"{where}: write {ast.unparse(node)} as two comparisons joined by 'and'")
        yield node
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.keywords:
                raise EquationError(f"{where}: only calls such as exp(x) are allowed in an equation{_shown(node)}")
            if node.func.id not in FUNCTIONS:
                raise EquationError(
                    f"{where}: function {node.func.id!r} is not allowed; {nearest(node.func.id, FUNCTIONS)}"
                )
            if len(node.args) != ARITY[node.func.id]:
                raise EquationError(
                    f"{where}: {node.func.id} takes {ARITY[node.func.id]} arguments, not {len(node.args)}"
                )
            waiting.extend(node.args)
        else:
            waiting.extend(ast.iter_child_nodes(node))


# What Brian2 gives a meaning: its own variables and functions, and its noise.
_RESERVED = frozenset(
    {"t", "dt", "t_in_timesteps", "i", "j", "N", "lastspike", "not_refractory", "refractory", "inf", "nan"}
    | {"rand", "randn", "poisson", "sign", "expm1", "log1p", "timestep", "logical_not"}
)
NOISE = re.compile(r"xi(_[A-Za-z0-9]+)*")  # white noise of an equation


def noises_in(expression: str) -> set[str]:
    """Give the white noises that an expression names.

    Examples
    --------
    >>> sorted(noises_in("-v / tau + sigma * xi + b * xi_shared"))
    ['xi', 'xi_shared']
    """
    return {name for name in names_in_text(expression) if NOISE.fullmatch(name)}


def noises_of(equations: str) -> list[str]:
    """Give the white noises of equation text, sorted.

    Examples
    --------
    >>> noises_of("dv/dt = -v / tau + sigma * xi : volt  # xi_not")
    ['xi']
    """
    return sorted(set().union(*(noises_in(line.split("#")[0]) for line in equations.splitlines())))


def normal_name(noise: str) -> str:
    """Give the external variable that holds the standard normal number of a white noise in a step."""
    return f"normal_{noise}"


def check_name(name: str, where: str) -> str:
    """Give `name` back if a variable or parameter may be called so.

    Raises
    ------
    EquationError
        If it is not a plain name, or one that has a meaning already.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or "__" in name or not name.isascii():
        raise EquationError(f"{where}: {name!r} is not a name: letters, digits and single underscores, a letter first")
    noisy = NOISE.fullmatch(name.removeprefix("normal_"))
    if name in _RESERVED or name in FUNCTIONS or name in UNITS or noisy or keyword.iskeyword(name):
        raise EquationError(f"{where}: the name {name!r} has a meaning already; choose another")
    return name


def check_unit(unit: str, where: str) -> str:
    """Give `unit` back if it is made of SI units by ``*``, ``/`` and ``**``.

    Raises
    ------
    EquationError
        If it is not.

    Examples
    --------
    >>> check_unit("amp / second", "E")
    'amp / second'
    """
    unit_tree(unit, BASE_UNITS, where)
    return unit


def unit_tree(unit: str, known: Iterable[str], where: str) -> ast.expr:
    """Parse a unit: a product of powers of `known` ones, or 1.

    Raises
    ------
    EquationError
        If it is something else, or names another one.

    Examples
    --------
    >>> ast.unparse(unit_tree("amp/second**2", BASE_UNITS, "E"))
    'amp / second ** 2'
    """
    refused = EquationError(f"{where}: {unit[:40]!r} is not a unit such as volt, 1/second or amp/volt**2")
    if len(unit) > 100 or not unit.isascii():
        raise refused
    try:
        tree = ast.parse(unit.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise refused from None
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            waiting += [node.left, node.right]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is_power(node.right):
            waiting.append(node.left)
        elif isinstance(node, ast.Name):
            if node.id not in known:
                raise EquationError(f"{where}: unit {node.id!r} is not known; {nearest(node.id, list(known))}")
        elif not (isinstance(node, ast.Constant) and node.value == 1):
            raise refused
    return tree


def _is_power(node: ast.expr) -> bool:
    """Say whether an expression is a number such as 2, -1 or -0.5."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and 0 < abs(node.value) <= 8
