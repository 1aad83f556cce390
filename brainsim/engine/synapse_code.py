"""A synapse model as Python source: one function for spikes that arrive, one for spikes of the target.

The source holds no numbers, so models that differ in numbers alone share it.
"""

import ast
from functools import lru_cache
from types import ModuleType

from brainsim.engine.generated import fill, load
from brainsim.engine.language import check_expression, names_in
from brainsim.engine.synapse_template import MODULE
from brainsim.engine.synapses import Home, SynapseModel

__all__ = ["compile_synapses"]

_PREFIX: dict[Home, str] = {"source": "p", "target": "q", "synapse": "s"}
_INDEX: dict[Home, str] = {"source": "place", "target": "target", "synapse": "synapse"}


def compile_synapses(model: SynapseModel, held: bool) -> ModuleType:
    """Compile a model.

    Parameters
    ----------
    model : SynapseModel
        Its numbers play no part, only its texts.
    held : bool
        Whether the target's variable takes nothing while its neuron is refractory.

    Returns
    -------
    module
        With ``on_pre`` and ``on_post``, both of `brainsim.engine.operation.SIGNATURE`; the arguments are those that
        `brainsim.engine.synapse_state` gives.
    """
    relaxing = tuple((name, variable.tau is not None, variable.rest != 0) for name, variable in model.variables.items())
    texts = (tuple(model.pre), tuple(model.post), model.amount)
    return load(_source(texts, relaxing, tuple(model.parameters), tuple(model.homes.items()), held), "synapse")


Statements = tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def _source(
    texts: tuple[Statements, Statements, str],
    variables: tuple[tuple[str, bool, bool], ...],
    parameters: tuple[str, ...],
    homes: tuple[tuple[str, Home], ...],
    held: bool,
) -> str:
    writer = _Writer(variables, parameters, dict(homes))
    pre, post, amount = texts
    arriving = writer.event(pre, "source", amount)
    answering = writer.event(post, "target", None)
    seen = bool(writer.bring_up("target")) and bool(arriving.used & set(writer.of("target")))
    pieces = {
        "READ": writer.read(),
        "SOURCE_LOAD": writer.load("source"),
        "SOURCE_UPDATE": arriving.shared,
        "SOURCE_STORE": arriving.stored,
        "ALL_REFRESH": writer.bring_up("target") if seen else [],
        "TARGET_REFRESH": writer.refresh("target", arriving.used),
        "SYNAPSE_LOAD": writer.load("synapse"),
        "SYNAPSE_UPDATE": arriving.each,
        "SYNAPSE_STORE": writer.store("synapse", pre),
        "POST_TARGET_LOAD": writer.load("target"),
        "POST_TARGET_UPDATE": answering.shared,
        "POST_TARGET_STORE": answering.stored,
        "POST_SOURCE_REFRESH": writer.refresh("source", answering.used),
        "POST_SYNAPSE_LOAD": writer.load("synapse"),
        "POST_SYNAPSE_UPDATE": answering.each,
        "POST_SYNAPSE_STORE": writer.store("synapse", post),
    }
    return fill(MODULE, pieces, {"AMOUNT": arriving.amount}, {"HELD": held, "FREE": not held, "SEEN": seen})


class _Event:
    """What one kind of spike does: lines for the shared variables, lines for every synapse."""

    def __init__(self) -> None:
        self.shared: list[str] = []
        self.stored: list[str] = []
        self.each: list[str] = []
        self.used: set[str] = set()
        self.amount = ""


class _Writer:
    """Turns texts into lines."""

    def __init__(
        self, variables: tuple[tuple[str, bool, bool], ...], parameters: tuple[str, ...], homes: dict[str, Home]
    ) -> None:
        self.variables, self.parameters, self.homes = variables, parameters, homes

    def of(self, home: Home) -> list[str]:
        """Names of the variables of one home."""
        return [name for name, whose in self.homes.items() if whose == home]

    def read(self) -> list[str]:
        """Read parameters and pointers from the arguments."""
        names = [f"c_{name}" for name in self.parameters]
        names += [f"{kind}_{name}" for name, relaxes, _ in self.variables if relaxes for kind in ("r", "rest")]
        lines = ["numbers = doubles_at(arguments[0])", "weights = doubles_at(arguments[1])"]
        lines += [f"{name} = numbers[{k}]" for k, name in enumerate(names)]
        lines += [f"{home}_last = integers_at(arguments[{k + 2}])" for k, home in enumerate(_PREFIX)]
        return lines + [f"at_{name} = doubles_at(arguments[{k + 20}])" for k, (name, *_) in enumerate(self.variables)]

    def load(self, home: Home) -> list[str]:
        """Bring the variables of one home up to this step, in locals."""
        index = _INDEX[home]
        lines = []
        if any(relaxes and self.homes[name] == home for name, relaxes, _ in self.variables):
            lines = [f"age = step - {home}_last[{index}]", f"{home}_last[{index}] = step"]
        return lines + [f"{_PREFIX[home]}_{name} = {self.relaxed(name, index)}" for name in self.of(home)]

    def refresh(self, home: Home, used: set[str]) -> list[str]:
        """Do the same for variables that are only read, once a step; `used` are those that are."""
        index, names = _INDEX[home], self.of(home)
        if not used & set(names):
            return []
        lines = [f"    {line}" for line in self.bring_up(home)]
        if lines:
            lines = [f"if {home}_last[{index}] != step:", *lines]
        return lines + [f"{_PREFIX[home]}_{name} = at_{name}[{index}]" for name in names]

    def bring_up(self, home: Home) -> list[str]:
        """Let the variables of one home relax in memory up to this step."""
        index = _INDEX[home]
        relaxing = [name for name, relaxes, _ in self.variables if relaxes and self.homes[name] == home]
        if not relaxing:
            return []
        return [
            f"age = step - {home}_last[{index}]",
            f"{home}_last[{index}] = step",
            *(f"at_{name}[{index}] = {self.relaxed(name, index)}" for name in relaxing),
        ]

    def relaxed(self, name: str, index: str) -> str:
        """Write the value of a variable after `age` steps."""
        relaxes, rests = next((relaxes, rests) for one, relaxes, rests in self.variables if one == name)
        value = f"at_{name}[{index}]"
        if not relaxes:
            return value
        left = f"f_exp(-age * r_{name})"
        return f"rest_{name} + ({value} - rest_{name}) * {left}" if rests else f"{value} * {left}"

    def event(self, statements: Statements, home: Home, amount: str | None) -> _Event:
        """Write an event; `home` is whose variables it changes once for all its synapses.

        These get a new local at every change, so that each statement meets the value that stands where it stands.
        """
        event = _Event()
        now = {name: f"{_PREFIX[whose]}_{name}" for name, whose in self.homes.items()} | {"w": "s_w"}
        if amount is not None:
            event.amount = self.written(amount, now, event)
        for count, (name, text) in enumerate(statements):
            value = self.written(text, now, event)
            if self.homes.get(name) == home:
                now[name] = f"{_PREFIX[home]}_{name}_{count}"
                event.shared.append(f"{now[name]} = {value}")
            else:
                event.each.append(f"{now[name]} = {value}")
        event.stored = [f"at_{name}[{_INDEX[home]}] = {now[name]}" for name in self.of(home)]
        return event

    def store(self, home: Home, statements: Statements) -> list[str]:
        """Write back what an event has changed or brought up to date."""
        lines = [f"at_{name}[{_INDEX[home]}] = {_PREFIX[home]}_{name}" for name in self.of(home)]
        return [*lines, "weights[synapse] = s_w"] if "w" in dict(statements) else lines

    def written(self, text: str, now: dict[str, str], event: _Event) -> str:
        """Write an expression, with what its names are called now."""
        node = check_expression(text, {*now, *self.parameters}, "synapses")
        event.used |= names_in(node) & set(now)
        return ast.unparse(ast.fix_missing_locations(_Rename(now, self.parameters).visit(node)))


class _Rename(ast.NodeTransformer):
    """Gives names that meet no name of the template."""

    def __init__(self, now: dict[str, str], parameters: tuple[str, ...]) -> None:
        self.names = {**now, **{name: f"c_{name}" for name in parameters}}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.names[node.id])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        return ast.Call(ast.Name(f"f_{function}"), [self.visit(argument) for argument in node.args], [])
