"""ONNX's stored test vectors, and what becomes of each when it runs through ann's public classes.

The cases are those of an operator that ann has too, of ``onnx/backend/test/data``: the node tests, and those whose
outputs were computed by PyTorch. What stands between them and ann (`onnx_layers`, `onnx_learning`) transposes,
reshapes, selects and renames, and computes nothing: where that is not enough, it says why, and the case is skipped.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

SUITES = ("node", "pytorch-converted", "pytorch-operator")
OPERATORS = (
    "Gemm",
    "MatMul",
    "Conv",
    "ConvTranspose",
    "RNN",
    "LSTM",
    "GRU",
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "MaxPool",
    "AveragePool",
    "GlobalMaxPool",
    "GlobalAveragePool",
    "Softmax",
    "LogSoftmax",
    "Relu",
    "LeakyRelu",
    "Elu",
    "Selu",
    "Gelu",
    "Softplus",
    "Softsign",
    "Swish",
    "Mish",
    "Sigmoid",
    "Tanh",
    "Dropout",
    "Flatten",
    "SoftmaxCrossEntropyLoss",
    "NegativeLogLikelihoodLoss",
    "Adam",
    "Adagrad",
    "Momentum",
)
BEYOND = ("Gather", "InstanceNormalization")
"""Operators of layers that the list above leaves out; counted apart."""

# Folders that may hold one of these; the others are not opened, which saves most of a second.
LIKELY = re.compile(
    r"test_(operator_)?(addmm|mm$|basic|params|GLU|conv|gemm|matmul|Linear|simple_rnn|rnn|lstm|gru|batchnorm|BatchNorm|layer_norm"
    r"|group_norm|instancenorm|max_?pool|MaxPool|average_?pool|AvgPool|global|log_?soft|LogSoft|soft|Soft|sce|nllloss|[a-z]*relu|ReLU|Leaky"
    r"|elu|ELU|selu|SELU|gelu|gather|swish|mish|sigmoid|Sigmoid|tanh|Tanh|dropout|training_dropout|flatten|view|Embedding"
    r"|adam|adagrad|momentum|nesterov|Conv)(?!.*_expanded)"
)
TOLERANCE = {"rtol": 1e-5, "atol": 2e-6}
"""Tighter than the suite's own 1e-3: these are float32 numbers near 1, rounded in another order."""

ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": {"rtol": 1e-3, "atol": 1e-7}}
"""Cases whose outputs were written down with four digits: for them, the suite's own."""


class Unserved(Exception):
    """Why a case cannot run through ann."""


@dataclass(frozen=True, eq=False)
class Case:
    """One stored case: an operator's attributes, its inputs, and the outputs that are wanted."""

    suite: str
    name: str
    operator: str
    version: int  # of the operator set
    attributes: dict[str, Any]
    inputs: tuple[np.ndarray | None, ...]  # in the operator's own order; None where it was left out
    names: tuple[str, ...]  # of the inputs
    outputs: dict[str, np.ndarray]  # by the operator's name, in order
    before: "tuple[int, Case] | None" = None  # an operator of the list that gives one input, and which
    others: tuple[str, ...] = ()  # operators in the same graph that ann has no layer for

    def input(self, index: int) -> np.ndarray | None:
        """Give an input, None where the case has none there."""
        return self.inputs[index] if index < len(self.inputs) else None


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    case: Case
    status: str  # "passed", "failed" or "skipped"
    reason: str = ""
    aside: tuple[str, ...] = ()  # outputs that ann does not give, and that were not compared


@dataclass
class Row:
    """A row of the table: how many cases of an operator went how."""

    counts: Counter = field(default_factory=Counter)
    aside: Counter = field(default_factory=Counter)
    reasons: Counter = field(default_factory=Counter)


def folders() -> list[tuple[str, Path]]:
    """Give suite and folder of the likely cases, without loading onnx; none where it is not installed."""
    spec = find_spec("onnx")
    if spec is None or not spec.submodule_search_locations:
        return []
    data = Path(spec.submodule_search_locations[0]) / "backend" / "test" / "data"
    return [(suite, one) for suite in SUITES for one in sorted((data / suite).glob("test_*")) if LIKELY.match(one.name)]


@cache
def cases() -> tuple[Case, ...]:
    """Load every case that has one of the operators."""
    return tuple(case for suite, folder in folders() if (case := load(suite, folder)) is not None)


def load(suite: str, folder: Path) -> Case | None:
    """Read one case; None where it is of operators that are not ours."""
    import onnx

    model = onnx.load(folder / "model.onnx")
    nodes = [node for node in model.graph.node if node.op_type != "Constant"]
    ours = [node for node in nodes if node.op_type in (*OPERATORS, *BEYOND)]
    if not ours:
        return None
    known = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    data = folder / "test_data_set_0"
    given = [value.name for value in model.graph.input]
    wanted = [value.name for value in model.graph.output]
    for names, kind in ((given, "input"), (wanted, "output")):
        for index, name in enumerate(names):
            path = data / f"{kind}_{index}.pb"
            if path.exists():
                known[name] = onnx.numpy_helper.to_array(onnx.load_tensor(path))
    version = max(one.version for one in model.opset_import)
    kinds = [node.op_type for node in nodes]
    if kinds == ["Unsqueeze", "AveragePool", "Squeeze"]:  # an axis of length 1 put in and taken out again
        known[nodes[1].input[0]] = known[nodes[0].input[0]][..., None]
        known[nodes[1].output[0]] = known[wanted[0]][..., None]
    elif kinds == ["Transpose", "MatMul"]:  # PyTorch's transposed weights
        known[nodes[0].output[0]] = known[nodes[0].input[0]].T
    elif kinds == ["Gemm", "Gemm"]:
        between = nodes[0].output[0]
        first = _read(suite, folder.name, nodes[0], version, {**known, between: np.empty(0)})
        second = _read(suite, folder.name, nodes[1], version, known)
        return replace(second, before=(second.names.index(between), first))
    elif len(nodes) > 1:
        others = tuple(sorted({node.op_type for node in nodes if node not in ours}))
        return replace(_read(suite, folder.name, ours[0], version, known), others=others)
    return _read(suite, folder.name, ours[0], version, known)


def _read(suite: str, name: str, node: Any, version: int, known: dict[str, np.ndarray]) -> Case:
    import onnx

    outputs = {kind: known[one] for kind, one in zip(_output_names(node), node.output, strict=False) if one in known}
    attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    return Case(
        suite=suite,
        name=name,
        operator=node.op_type,
        version=version,
        attributes={key: one.decode() if isinstance(one, bytes) else one for key, one in attributes.items()},
        inputs=tuple(known.get(one) for one in node.input),
        names=tuple(node.input),
        outputs=outputs,
    )


def _output_names(node: Any) -> list[str]:
    """Name the outputs as the operator's description does."""
    names = {
        "RNN": ["Y", "Y_h"],
        "LSTM": ["Y", "Y_h", "Y_c"],
        "GRU": ["Y", "Y_h"],
        "LayerNormalization": ["Y", "Mean", "InvStdDev"],
        "BatchNormalization": ["Y", "running_mean", "running_var"],
        "Dropout": ["output", "mask"],
        "MaxPool": ["Y", "Indices"],
        "SoftmaxCrossEntropyLoss": ["output", "log_prob"],
    }
    return names.get(node.op_type, list(node.output))


Adapter = Callable[[Case], dict[str, np.ndarray]]


@cache
def outcome(case: Case) -> Outcome:
    """Run one case through ann, once, and compare every output that ann gives."""
    from onnx_layers import LAYERS
    from onnx_learning import LEARNING

    adapters: dict[str, Adapter] = {**LAYERS, **LEARNING}
    try:
        if case.others:
            raise Unserved(f"a graph with {', '.join(case.others)} in it")
        taken = case
        if case.before is not None:
            index, first = case.before
            (between,) = adapters[first.operator](first).values()
            taken = replace(case, inputs=(*case.inputs[:index], between, *case.inputs[index + 1 :]))
        found = adapters[case.operator](taken)
    except Unserved as error:
        return Outcome(case, "skipped", str(error))
    except Exception as error:  # an error of ann is a failure of the case
        return Outcome(case, "failed", f"{type(error).__name__}: {error}")
    for name, value in found.items():
        wanted = case.outputs[name]
        if value.shape != wanted.shape:
            return Outcome(case, "failed", f"{name} has the shape {value.shape}, not {wanted.shape}")
        if not np.allclose(value, wanted, **ROUNDED.get(case.name, TOLERANCE)):
            return Outcome(case, "failed", f"{name} is off by {np.abs(value - wanted).max():.3g}")
    if not found:
        return Outcome(case, "failed", "gave no output")
    return Outcome(case, "passed", aside=tuple(name for name in case.outputs if name not in found))


def outcomes() -> tuple[Outcome, ...]:
    """Run every case that has not run yet, and give what became of each."""
    return tuple(map(outcome, cases()))


def table(found: Iterable[Outcome]) -> dict[str, Row]:
    """Count outcomes by operator."""
    rows = {operator: Row() for operator in (*OPERATORS, *BEYOND)}
    for one in found:
        row = rows[one.case.operator]
        row.counts[one.status] += 1
        row.aside.update(one.aside)
        if one.reason:
            row.reasons[one.reason] += 1
    return {operator: row for operator, row in rows.items() if row.counts}


def only(case: Case, found: np.ndarray) -> dict[str, np.ndarray]:
    """Give the one output of a case, or its first, by its name."""
    return {next(iter(case.outputs)): found}


def run(chain: list[Any], x: np.ndarray, weights: dict[str, np.ndarray] | None = None) -> np.ndarray:
    """Send `x` through layers of which the last has these weights."""
    import ann

    # Whole numbers go in as they are: a model takes them as float32.
    model = ann.Sequential(chain, dtype=x.dtype if x.dtype.kind == "f" else np.float32)
    model.build(x.shape[1:])
    if weights:
        model.set_weights({model.names[-1]: weights})
    return model.predict(x)


def made(module: Any, name: str, *arguments: Any, **named: Any) -> Any:
    """Make an object of ann's class of this name.

    Raises
    ------
    Unserved
        If there is no such class, or it does not take one of these arguments.
    """
    kind = getattr(module, name, None)
    if kind is None:
        raise Unserved(f"{module.__name__} has no {name}")
    for argument in named:
        if argument not in inspect.signature(kind).parameters:
            raise Unserved(f"{name} has no {argument}")
    return kind(*arguments, **named)


def markdown(found: Iterable[Outcome]) -> str:
    """Write the table of counts by operator, with every reason and every output that was not compared."""
    rows = table(found)
    lines = {}
    for operator, row in rows.items():
        aside = ", ".join(f"{name} ({count})" for name, count in sorted(row.aside.items()))
        reasons = "; ".join(f"{reason} ({count})" for reason, count in sorted(row.reasons.items()))
        lines[operator] = f"| {operator} | {' | '.join(map(str, _counts(row.counts)))} | {aside} | {reasons} |"
    total = " | ".join(map(str, totals(found)))
    return "\n".join(
        [
            "| operator | passed | failed | skipped | not compared | why skipped |",
            "|---|---|---|---|---|---|",
            *(line for operator, line in lines.items() if operator in OPERATORS),
            f"| **all of these** | {total} | | |",
            *(line for operator, line in lines.items() if operator in BEYOND),
        ]
    )


def totals(found: Iterable[Outcome]) -> list[int]:
    """Count the passed, failed and skipped cases of `OPERATORS`."""
    return _counts(Counter(one.status for one in found if one.case.operator in OPERATORS))


def _counts(counts: Counter) -> list[int]:
    return [counts[status] for status in ("passed", "failed", "skipped")]
