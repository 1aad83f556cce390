"""ONNX's stored test vectors, and what becomes of each when it runs through ann's public classes.

The cases are those of one operator that ann has too, of ``onnx/backend/test/data``: the node tests, and those whose
outputs were computed by PyTorch. What stands between them and ann (`onnx_layers`, `onnx_learning`) transposes,
reshapes, selects and renames, and computes nothing: where that is not enough, it says why, and the case is skipped.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
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
    "Gather",
    "SoftmaxCrossEntropyLoss",
    "NegativeLogLikelihoodLoss",
    "Adam",
    "Adagrad",
    "Momentum",
)
# Folders that may hold one of these; the others are not opened, which saves most of a second.
LIKELY = re.compile(
    r"test_(operator_)?(addmm|mm$|basic_conv|conv|gemm|matmul|Linear|simple_rnn|rnn|lstm|gru|batchnorm|BatchNorm|layer_norm"
    r"|group_norm|max_?pool|MaxPool|average_?pool|AvgPool|global|log_?soft|LogSoft|soft|Soft|sce|nllloss|[a-z]*relu|ReLU|Leaky"
    r"|elu|ELU|selu|SELU|gelu|gather|swish|mish|sigmoid|Sigmoid|tanh|Tanh|dropout|training_dropout|flatten|view|Embedding"
    r"|adam|adagrad|momentum|nesterov|Conv)(?!.*_expanded)"
)
TOLERANCE = {"rtol": 1e-5, "atol": 2e-6}
"""Tighter than the suite's own 1e-3: these are float32 numbers near 1, rounded in another order."""

ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": {"rtol": 1e-3, "atol": 1e-7}}
"""Cases whose outputs were written down with four digits: for them, the suite's own."""


class Unserved(Exception):
    """Why a case cannot run through ann."""


@dataclass(frozen=True)
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
    """Load every case of one operator among `OPERATORS`."""
    return tuple(case for suite, folder in folders() if (case := load(suite, folder)) is not None)


def load(suite: str, folder: Path) -> Case | None:
    """Read one case; None where it is of several operators, or of one that is not ours."""
    import onnx

    model = onnx.load(folder / "model.onnx")
    nodes = [node for node in model.graph.node if node.op_type != "Constant"]
    node = _only_node(nodes)
    if node is None or node.op_type not in OPERATORS:
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
    inputs = [known.get(name) for name in node.input]
    if len(nodes) > 1:  # an axis of length 1 put in and taken out again, or PyTorch's transposed weights
        inputs, known = _around(nodes, inputs, known, wanted)
    outputs = {kind: known[name] for kind, name in zip(_output_names(node), node.output, strict=False) if name in known}
    attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    return Case(
        suite=suite,
        name=folder.name,
        operator=node.op_type,
        version=max(one.version for one in model.opset_import),
        attributes={key: one.decode() if isinstance(one, bytes) else one for key, one in attributes.items()},
        inputs=tuple(inputs),
        names=tuple(node.input),
        outputs=outputs,
    )


def _only_node(nodes: list) -> Any:
    kinds = [node.op_type for node in nodes]
    if len(kinds) == 1:
        return nodes[0]
    if kinds in (["Unsqueeze", "AveragePool", "Squeeze"], ["Transpose", "MatMul"]):
        return nodes[1]
    return None


def _around(nodes: list, inputs: list, known: dict, wanted: list) -> tuple[list, dict]:
    if nodes[0].op_type == "Transpose":
        return [inputs[0], known[nodes[0].input[0]].T], known
    x, y = known[nodes[0].input[0]], known[wanted[0]]
    return [x[..., None]], {**known, nodes[1].output[0]: y[..., None]}


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


def outcome(case: Case) -> Outcome:
    """Run one case through ann and compare every output that ann gives."""
    from onnx_layers import LAYERS
    from onnx_learning import LEARNING

    adapters: dict[str, Adapter] = {**LAYERS, **LEARNING}
    try:
        found = adapters[case.operator](case)
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


@cache
def outcomes() -> tuple[Outcome, ...]:
    """Run every case."""
    return tuple(outcome(case) for case in cases())


def table(found: Iterable[Outcome]) -> dict[str, Row]:
    """Count outcomes by operator."""
    rows = {operator: Row() for operator in OPERATORS}
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

    if x.dtype not in (np.float32, np.float64):
        raise Unserved(f"numbers of type {x.dtype}: a model computes in float32 or float64")
    model = ann.Sequential(chain, dtype=x.dtype)
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
    lines = ["| operator | passed | failed | skipped | not compared | why skipped |", "|---|---|---|---|---|---|"]
    for operator, row in rows.items():
        aside = ", ".join(f"{name} ({count})" for name, count in sorted(row.aside.items()))
        reasons = "; ".join(f"{reason} ({count})" for reason, count in sorted(row.reasons.items()))
        lines.append(f"| {operator} | {' | '.join(_counts(row.counts))} | {aside} | {reasons} |")
    total = sum((row.counts for row in rows.values()), Counter())
    return "\n".join([*lines, f"| **all** | {' | '.join(_counts(total))} | | |"])


def _counts(counts: Counter) -> list[str]:
    return [str(counts[status]) for status in ("passed", "failed", "skipped")]
