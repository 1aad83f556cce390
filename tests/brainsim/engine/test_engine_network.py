import dataclasses

import numpy as np
import pytest
from scipy import signal

from brainsim.engine import (
    ConvolutionConnections,
    Network,
    NetworkError,
    NeuronGroup,
    PoissonInput,
    Projection,
    Record,
    SourceGroup,
    SparseConnections,
    Trial,
    convolved_size,
    get_engine,
)
from brainsim.engine.checks import check_run

CELL = NeuronGroup("cell", 2, "dv/dt = -v / tau : volt", parameters={"tau": (0.02, "second")})
PAIR = SparseConnections(np.array([0, 1, 2]), np.array([1, 0]), 1e-9, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"indptr": [1, 2], "targets": [0, 0]}, "indptr"),
        ({"indptr": [0, 2, 1], "targets": [0]}, "indptr"),
        ({"indptr": [0, 3], "targets": [0]}, "1 synapses, but indptr ends at 3"),
        ({"indptr": [0, 1], "targets": [-1]}, "unit numbers"),
        ({"indptr": [0, 1], "targets": [0], "weights": np.ones(2)}, "one number or 1"),
        ({"indptr": [0, 1], "targets": [0], "weights": np.nan}, "finite"),
        ({"indptr": [0, 1], "targets": [0], "delays": np.array([1, 2])}, "one number of steps or 1"),
        ({"indptr": [0, 1], "targets": [0], "delays": -1}, "whole steps"),
        ({"indptr": [0, 1], "targets": [0], "delays": 1.5}, "whole steps"),
    ],
)
def test_refused_synapses(arguments: dict, message: str) -> None:
    """Rows that do not cover the synapses, and weights and delays that cannot be, are refused."""
    given = {"weights": 1.0, "delays": 1, **arguments}
    with pytest.raises(NetworkError, match=message):
        SparseConnections(np.array(given.pop("indptr")), np.array(given.pop("targets")), **given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bank": np.ones((2, 2))}, "bank"),
        ({"bank": np.full((1, 1, 2, 2), np.inf)}, "bank"),
        ({"source_shape": (4, 4, 2)}, r"source_shape: must be \(height, width, 1\)"),
        ({"target_shape": (3, 3)}, "target_shape"),
        ({"stride": 0}, "stride"),
        ({"padding": -1}, "padding"),
        ({"target_shape": (9, 3, 1)}, "reaches beyond"),
        ({"delay": -2}, "whole steps"),
    ],
)
def test_refused_convolutions(change: dict, message: str) -> None:
    """Shapes that do not fit the bank, and numbers that cannot be, are refused."""
    given = {"bank": np.ones((1, 1, 2, 2)), "source_shape": (4, 4, 1), "target_shape": (3, 3, 1), **change}
    with pytest.raises(NetworkError, match=message):
        ConvolutionConnections(**given)


@pytest.mark.parametrize("padding", ["same", "valid", 0, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_expansion_is_scipys_correlation(padding: str | int, stride: int) -> None:
    """The synapses of a bank, as a matrix, give SciPy's two-dimensional correlation at every stride-th position."""
    rng = np.random.default_rng(0)
    bank, image = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(9, 11, 3))
    (rows, top), (columns, left) = (convolved_size(image.shape[k], bank.shape[2 + k], stride, padding) for k in (0, 1))
    wiring = ConvolutionConnections(bank, image.shape, (rows, columns, 2), stride, (top, left))
    synapses = wiring.expand()
    heard = np.zeros(wiring.reach)
    source = np.repeat(np.arange(synapses.sources), np.diff(synapses.indptr.astype(int)))
    np.add.at(heard, synapses.targets, synapses.weights * image.ravel()[source])
    padded = np.pad(image, ((top, 20), (left, 20), (0, 0)))
    expected = [
        sum(signal.correlate2d(padded[:, :, c], bank[o, c], mode="valid") for c in range(3))[::stride, ::stride]
        for o in range(2)
    ]
    assert np.allclose(heard.reshape(rows, columns, 2), np.stack(expected, axis=2)[:rows, :columns], rtol=1e-12)
    assert wiring.synapses == synapses.synapses


def test_refused_padding() -> None:
    """An unknown padding, and a filter that fits nowhere, are refused."""
    with pytest.raises(NetworkError, match="'full'"):
        convolved_size(10, 3, 1, "full")  # type: ignore[arg-type]
    with pytest.raises(NetworkError, match="does not fit"):
        convolved_size(4, 7, 1, "valid")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name"),
        ({"size": 0}, "cell.size"),
        ({"size": 1.5}, "cell.size"),
        ({"refractory": -1.0}, "cell.refractory"),
        ({"refractory": np.inf}, "cell.refractory"),
        ({"parameters": {"tau": (np.ones(3), "second")}}, r"cell.parameters\['tau'\]: must be one number or 2"),
        ({"initial": {"v": np.nan}}, r"cell.initial\['v'\]: must be finite"),
    ],
)
def test_refused_groups(change: dict, message: str) -> None:
    """Sizes, periods and values that cannot be are refused by name."""
    with pytest.raises(NetworkError, match=message):
        dataclasses.replace(CELL, **change)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": ()}, "at least one group"),
        ({"groups": (CELL, CELL)}, "each name once"),
        ({"groups": (CELL,), "dt": 0.0}, "dt"),
        ({"groups": (CELL,), "projections": (Projection(1, 0, "v", PAIR),)}, "no group 1"),
        ({"groups": (CELL,), "projections": (Projection(0, 2, "v", PAIR),)}, "no group 2"),
        ({"groups": (CELL, SourceGroup("in", 2)), "projections": (Projection(0, 1, "v", PAIR),)}, "receives nothing"),
        ({"groups": (SourceGroup("in", 3), CELL), "projections": (Projection(0, 1, "v", PAIR),)}, "in has 3"),
        (
            {"groups": (SourceGroup("in", 2), NeuronGroup("one", 1, CELL.equations)),
                 "projections": (Projection(0, 1, "v", PAIR),)},
            "one has 1",
        ),
        ({"groups": (CELL,), "inputs": (PoissonInput(0, "v", -1.0, 1e-3),)}, r"rate: must be finite and at least 0"),
        ({"groups": (CELL,), "inputs": (PoissonInput(0, "v", 1.0, np.nan),)}, "weight"),
    ],
)  # fmt: skip
def test_refused_networks(arguments: dict, message: str) -> None:
    """What names a group or unit that is not there is refused."""
    with pytest.raises(NetworkError, match=message):
        Network(**arguments)


def test_a_convolution_covers_its_target() -> None:
    """A convolution onto a group of another size than its target shape is refused."""
    wiring = ConvolutionConnections(np.ones((1, 1, 1, 1)), (1, 2, 1), (1, 2, 1))
    with pytest.raises(NetworkError, match="wired to 2 units, but cell has 3"):
        Network((SourceGroup("in", 2), dataclasses.replace(CELL, size=3)), (Projection(0, 1, "v", wiring),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps"),
        ({"bin_steps": 0}, "bin_steps"),
        ({"keep": "all"}, "'all'"),
        ({"rates": {}}, "in .group 1. is a source and has none"),
        ({"rates": {0: np.ones((1, 2)), 1: np.ones((1, 2))}}, "group 0 is not a source"),
        ({"rates": {1: np.ones((1, 3))}}, "at least 1 stimuli and 2 units"),
        ({"rates": {1: np.ones((0, 2))}}, "at least 1 stimuli"),
        ({"rates": {1: np.ones((1, 2, 2))}}, "2 bins, but the trial lasts 10"),
        ({"rates": {1: -np.ones((1, 2))}}, "not negative"),
        ({"rates": {1: np.full((1, 2), np.nan)}}, "finite"),
        ({"rates": {1: np.full((1, 2), 10_001.0)}}, "more than one spike a step of 0.1 ms"),
        ({"records": [Record(1, "v", np.array([0]))]}, "group 1 is not a group of neurons"),
        ({"records": [Record(0, "v", np.array([2]))]}, "units 0 to 1"),
        ({"records": [Record(0, "v", np.array([0.5]))]}, "list of unit numbers"),
        ({"records": [Record(0, "v", np.array([0]), every=0)]}, "every"),
    ],
)
def test_refused_runs(change: dict, message: str) -> None:
    """Rates and records that do not fit the network are refused before anything runs."""
    given = {
        "rates": {1: np.ones((1, 2))},
        "bin_steps": 1,
        "steps": 10,
        "trials": [Trial(0, 0, 0)],
        "keep": "spikes",
        "records": [],
    }
    with pytest.raises(NetworkError, match=message):
        check_run(Network((CELL, SourceGroup("in", 2))), **{**given, **change})


def test_rates_gain_a_bin() -> None:
    """Constant rates become one bin that lasts the whole trial."""
    checked = check_run(
        Network((CELL, SourceGroup("in", 2))), {1: np.ones((3, 2))}, 1, 10, [Trial(2, 0, 0)], "counts", []
    )
    assert checked[1].shape == (3, 1, 2)


def test_unknown_engine() -> None:
    """An engine that is not there is named, with the nearest."""
    with pytest.raises(NetworkError, match="did you mean 'brian2'"):
        get_engine("brian")
