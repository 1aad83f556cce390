"""Connectomes: read strictly, normalised, and built into brains whose delays are lengths over velocity."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    Delta,
    Normal,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Region,
    Retina,
    atlas,
    connectome,
    simulate,
    wiring,
)
from brainsim.connectome import Connectome
from brainsim.connectome import files as reading
from brainsim.errors import ConnectivityFileError, KindError, ModelError, ParameterError, UnknownNameError
from brainsim.lower import lower
from isocortex.errors import MissingFileError

WEIGHTS = np.array([[0, 4, 1], [2, 0, 3], [0, 5, 0.0]])
LENGTHS = np.array([[0, 7, 14], [7, 0, 3.5], [14, 3.5, 0.0]])
LABELS = ["A", "B", "C"]
THREE = Connectome(LABELS, WEIGHTS, LENGTHS, {"A": 1, "B": 2, "C": 2})


def template(excitatory=40):
    """Give a brain of one region with local inhibition and a drive."""
    cells = [Population("E", LIF(), size=excitatory), Population("I", LIF(), size=10)]
    return Brain(
        "area",
        [Region("here", cells, function="some")],
        [
            Projection("here.E", "here.I", wiring.fixed_indegree(5), AMPA(), 3.0, 1.5, name="recruit"),
            Projection("here.I", ["here.E", "here.I"], wiring.fixed_indegree(3), GABA_A(), 5.0, 0.75),
        ],
        [PoissonDrive("here.E", 900.0, AMPA(), 3.0)],
    )


def write(path, rows):
    """Write lines of text."""
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(
    "rows",
    [
        [",A,B,C", "A,0,4,1", "B,2,0,3", "C,0,5,0"],
        ["A,B,C", "A,0,4,1", "B,2,0,3", "C,0,5,0"],
        ["A;B;C", "0;4;1", "2;0;3", "0;5;0"],
        ["A\t0\t4\t1", "B\t2\t0\t3", "", "C\t0\t5.0\t0e0"],
        ['"A" "B" "C"'.replace('"', ""), "0 4 1", " 2  0 3", "0 5 0"],
        ["\ufeffarea,A,B,C", "A, 0, 4, 1", '"B",2,0,3', "C,0,5,0"],
    ],
)
def test_tables_are_read_as_people_write_them(tmp_path, rows):
    """With names in the first line, in the first column or both; commas, semicolons, tabs or spaces."""
    found = connectome.read(write(tmp_path / "weights.csv", rows))

    assert found.labels == ("A", "B", "C")
    assert np.array_equal(found.weights, WEIGHTS)


def test_labels_and_levels_have_files_of_their_own(tmp_path):
    """Areas of the table of levels that the connectome lacks are passed over."""
    bare = write(tmp_path / "weights.csv", ["0,4,1", "2,0,3", "0,5,0"])
    names = write(tmp_path / "labels.txt", LABELS)
    levels = write(tmp_path / "levels.csv", ["A,1", "C,2.5", "elsewhere,7"])

    found = connectome.read(bare, LENGTHS, labels=names, levels=levels)

    assert found.labels == ("A", "B", "C")
    assert found.levels == {"A": 1.0, "C": 2.5}
    assert connectome.read(WEIGHTS, labels=["A", "B", "C"], levels={"B": 3, "z": 1}).levels == {"B": 3.0}
    assert connectome.read(bare, labels=write(tmp_path / "line.csv", ["A,B,C"])).labels == ("A", "B", "C")


def test_lengths_in_another_order_are_put_in_order(tmp_path):
    """Labels decide, not positions."""
    weights = write(tmp_path / "weights.csv", [",A,B,C", "A,0,4,1", "B,2,0,3", "C,0,5,0"])
    lengths = write(tmp_path / "lengths.csv", [",C,A,B", "C,0,14,3.5", "A,14,0,7", "B,3.5,7,0"])

    assert np.array_equal(connectome.read(weights, lengths).lengths, LENGTHS)


def test_rows_may_be_targets():
    """As The Virtual Brain has it: both matrices are turned."""
    found = connectome.read(WEIGHTS.T, LENGTHS.T, labels=LABELS, rows="targets")

    assert np.array_equal(found.weights, WEIGHTS)
    assert np.array_equal(found.lengths, LENGTHS)


def test_the_diagonal_is_dropped_on_request():
    """Else it is refused: nothing disappears in silence."""
    assert np.array_equal(
        connectome.read(WEIGHTS + 5 * np.eye(3), labels=LABELS, diagonal="drop").weights, THREE.weights
    )
    with pytest.raises(ModelError, match=r"weights\['A', 'A'\]: must be 0, got 5; belongs to the area's template"):
        connectome.read(WEIGHTS + 5 * np.eye(3), labels=LABELS)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(0, 2**32), st.booleans())
def test_what_numpy_writes_is_read_bit_for_bit(tmp_path_factory, areas, seed, named):
    """Seventeen digits are a double."""
    weights = np.random.default_rng(seed).lognormal(0, 3, (areas, areas))
    np.fill_diagonal(weights, 0)
    labels = [f"area {number}" for number in range(areas)]
    path = tmp_path_factory.mktemp("c") / "w.csv"
    np.savetxt(path, weights, delimiter=",", header=",".join(labels) if named else "", comments="")

    found = connectome.read(path, labels=None if named else labels)

    assert np.array_equal(found.weights, weights)
    assert found.labels == tuple(labels)


def test_the_graph_has_areas_and_tracts():
    """An edge where there is a weight."""
    graph = THREE.graph

    assert graph.nodes["A"] == {"level": 1.0}
    assert graph.number_of_edges() == 5
    assert graph.edges["C", "B"] == {"weight": 5.0, "length_mm": 3.5}
    assert nx.is_strongly_connected(graph)
    assert Connectome(["A"], [[0]]).graph.nodes["A"] == {}


def test_weights_become_shares():
    """Of what an area receives, or sends, or of the largest; an area that nothing reaches stays at 0."""
    assert THREE.normalized("target").weights[:, 1] == pytest.approx([4 / 9, 0, 5 / 9])
    assert THREE.normalized("source").weights[1] == pytest.approx([0.4, 0, 0.6])
    assert THREE.normalized("largest").weights.max() == 1
    assert Connectome(["A", "B"], [[0, 1], [0, 0]]).normalized("target").weights.tolist() == [[0, 1], [0, 0]]
    with pytest.raises(ParameterError, match="'targets' is unknown; did you mean 'target'"):
        THREE.normalized("targets")


def test_a_subset_keeps_what_belongs_to_it():
    """In the order that was asked for."""
    two = THREE.subset(["C", "A"])

    assert two.weights.tolist() == [[0, 0], [1, 0]]
    assert two.lengths.tolist() == [[0, 14], [14, 0]]
    assert two.levels == {"C": 2.0, "A": 1.0}
    with pytest.raises(UnknownNameError, match="there is no area 'D'"):
        THREE.subset(["D"])


def test_kinds_follow_from_levels():
    """Up is feedforward, down is feedback, level is lateral; without levels nobody can tell."""
    assert [THREE.kind(*pair) for pair in ("AB", "BA", "BC")] == ["feedforward", "feedback", "lateral"]
    assert Connectome(LABELS, WEIGHTS).kind("B", "A") == "feedforward"
    with pytest.raises(UnknownNameError, match="there is no area 'Z'"):
        THREE.kind("A", "Z")


def test_the_macaques_levels_are_those_of_the_figure():
    """Thirty-four areas on ten levels (Felleman and Van Essen 1991, figure 4)."""
    levels = connectome.FELLEMAN_VAN_ESSEN

    assert (len(levels), min(levels.values()), max(levels.values())) == (34, 1, 10)
    assert [levels[area] for area in ("V1", "V2", "V4", "MT", "FEF", "46")] == [1, 2, 5, 5, 8, 10]


def test_a_brain_has_an_area_for_each_and_a_projection_for_each_tract():
    """Delays are lengths over velocity, kinds follow from levels, local wiring and drives stand in every area."""
    brain = connectome.build(THREE, template(), connectome.by_weight(0.5, wiring.fixed_indegree(4)), seed=3)

    assert [region.name for region in brain.regions] == LABELS
    assert len(brain.projections) == 3 * 2 + 5
    assert [drive.target for drive in brain.drives] == ["A.E", "B.E", "C.E"]
    edge = brain.graph.edges["A", "B"]
    assert (edge["delay_ms"], edge["kind"], edge["synapses"]) == (7 / 3.5, "feedforward", 4 * 50)
    assert brain.graph.edges["B", "A"]["feedback"] is True
    assert not brain.graph.has_edge("C", "A")
    tract = next(one for one in brain.projections if one.name == "A to B")
    assert (tract.source, tract.targets, tract.weight) == ("A.E", ("B.E", "B.I"), 2.0)
    assert [one.name for one in brain.projections if one.name and "recruit" in one.name] == [
        "A recruit",
        "B recruit",
        "C recruit",
    ]
    assert brain.region("B").function == "some"
    assert not brain.is_excitatory("B.I")


def test_areas_are_individuals():
    """The same template, drawn anew in every area."""
    network = lower(connectome.build(THREE, template(), connectome.by_weight(0.5, wiring.fixed_indegree(4))), 0.1)

    local = [one.connections.targets for one in network.projections[:3]]
    assert not np.array_equal(local[0], local[1])


def test_the_number_of_synapses_may_follow_the_weight():
    """Shares of what a target receives become shares of its synapses; less than half a synapse is none."""
    strength = connectome.by_indegree(90, Normal(1.5, 0.2, low=0))

    brain = connectome.build(THREE.normalized("target"), template(200), strength)

    degrees = {one.name: one.wiring.k for one in brain.projections if one.name and " to " in one.name}
    assert degrees == {"A to B": 40, "A to C": 22, "B to A": 90, "B to C": 68, "C to B": 50}
    assert connectome.by_indegree(10, 1.0)(0.04) is None


def test_delays_spread_around_their_mean():
    """Half of the mean, as in the multi-area model, never below the shortest."""
    strength = connectome.by_weight(0.5, wiring.fixed_indegree(20))

    brain = connectome.build(THREE, template(), strength, velocity=7, delay=0.5, spread=0.5, shortest=0.3)

    tract = next(one for one in brain.projections if one.name == "A to C")
    assert tract.delay == Normal(2.5, 1.25, low=0.3)
    plain = connectome.build(THREE, template(), strength, velocity=1e6, shortest=0.3)
    assert next(one for one in plain.projections if one.name == "A to C").delay == 0.3


def test_areas_may_have_templates_of_their_own():
    """And an area of sources brings its encoder."""
    eye = Brain(
        "eye", [Region("eye", [Population("E", Poisson(), shape=(4, 4))])], inputs={"eye": Retina(on="E", off="F")}
    )
    two = Connectome(["eye", "V1"], [[0, 1], [0, 0]], [[0, 35], [35, 0]])
    strength = connectome.by_weight(5.0, wiring.fixed_indegree(3))

    brain = connectome.build(two, {"eye": eye, "V1": template()}, strength, targets=["E"])

    assert list(brain.inputs) == ["eye"]
    assert brain.region("V1").units == 50
    with pytest.raises(ParameterError, match="template has none for area 'V1'"):
        connectome.build(two, {"eye": eye}, strength)


@pytest.mark.parametrize("engine", ["compiled", "brian2"])
def test_a_volley_arrives_after_the_length_of_the_tract(engine):
    """A driven area makes another one fire after length / velocity, spike for spike on both engines."""
    cells = Population("E", LIF(t_ref=50), size=3)
    quiet = Brain("area", [Region("x", [cells])])
    loud = Brain("area", [Region("x", [cells])], drives=[PoissonDrive("x.E", 1e5, Delta(), 1.0)])
    two = Connectome(["A", "B"], [[0, 1], [0, 0]], [[0, 35], [35, 0]])
    strength = connectome.by_weight(20.0, wiring.one_to_one())
    brain = connectome.build(two, {"A": loud, "B": quiet}, strength, targets=["E"], receptor=Delta())

    recording = simulate(brain, duration=25, engine=engine)

    sent, arrived = recording.spikes("A.E")[0], recording.spikes("B.E")[0]
    assert arrived.size == 3
    assert np.sort(arrived) == pytest.approx(np.sort(sent) + 10, abs=0.11)


def built(**options):
    """Give a brain of the three areas."""
    strength = connectome.by_weight(0.5, wiring.fixed_indegree(4))
    return connectome.build(options.pop("areas", THREE), options.pop("template", template()), strength, **options)


def altered(position, value, matrix=WEIGHTS):
    """Give a matrix with one other entry."""
    changed = matrix.copy()
    changed[position] = value
    return changed


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: Connectome(LABELS, WEIGHTS[:2]),
            ModelError,
            r"must be square, areas x areas, got shape \(2, 3\)",
        ),
        (lambda: Connectome(LABELS, WEIGHTS[0]), ModelError, "weights: must be square"),
        (lambda: Connectome(LABELS[:2], WEIGHTS), ModelError, "weights: is 3 x 3, but there are 2 labels"),
        (lambda: Connectome(LABELS, WEIGHTS, LENGTHS[:2, :2]), ModelError, "lengths: is 2 x 2, but there are 3 labels"),
        (
            lambda: Connectome(LABELS, altered((0, 1), np.nan)),
            ParameterError,
            r"weights\['A', 'B'\]: must be finite, got nan",
        ),
        (
            lambda: Connectome(LABELS, altered((2, 1), -1)),
            ParameterError,
            r"weights\['C', 'B'\]: must be at least 0, got -1",
        ),
        (
            lambda: Connectome(LABELS, WEIGHTS, altered((1, 1), 2, LENGTHS)),
            ModelError,
            r"lengths\['B', 'B'\]: must be 0, got 2; an area is no distance from itself",
        ),
        (
            lambda: Connectome(LABELS, WEIGHTS, altered((1, 0), 0, LENGTHS)),
            ModelError,
            r"lengths\['B', 'A'\]: is 0, but there is a weight",
        ),
        (lambda: Connectome(LABELS, [["a"]]), KindError, "weights: must be a matrix of numbers"),
        (lambda: Connectome(LABELS, [[0], [0, 1]]), KindError, "weights: must be a matrix of numbers"),
        (lambda: Connectome("ABC", WEIGHTS), KindError, "labels: must be a list of names"),
        (lambda: Connectome(["A", "B", 3], WEIGHTS), KindError, "labels: must be names that are not empty, got 3"),
        (lambda: Connectome(["A", "B", "A"], WEIGHTS), ModelError, r"each once, got \['A'\]"),
        (lambda: Connectome([], np.zeros((0, 0))), ModelError, "need at least one area"),
        (lambda: Connectome(LABELS, WEIGHTS, levels={"D": 1}), UnknownNameError, "levels: there is no area 'D'"),
        (lambda: Connectome(LABELS, WEIGHTS, levels={"A": "1"}), KindError, r"levels\['A'\]: must be a number"),
        (lambda: Connectome(LABELS, WEIGHTS, levels={"A": np.inf}), ParameterError, r"levels\['A'\]: must be finite"),
        (lambda: Connectome(LABELS, WEIGHTS, levels=[1, 2, 3]), KindError, "levels: must map areas to levels"),
        (lambda: connectome.read(WEIGHTS), ModelError, "nobody names the areas; give labels="),
        (lambda: connectome.read([[0], [1, 2]], labels=LABELS), ModelError, "rows of one length"),
        (lambda: connectome.read(WEIGHTS, labels=LABELS, rows="target"), ParameterError, "did you mean 'targets'"),
        (lambda: connectome.read(WEIGHTS, labels=LABELS, diagonal=0), ParameterError, "diagonal 0 is unknown"),
        (lambda: built(areas=Connectome(LABELS, WEIGHTS)), ModelError, "needs tract lengths"),
        (lambda: built(areas=WEIGHTS), KindError, "must be given a Connectome"),
        (lambda: built(template=atlas.ventral_stream), KindError, "must be a Brain of one region"),
        (lambda: built(velocity=0), ParameterError, "velocity: must be positive, got 0 mm/ms"),
        (lambda: built(delay=-1), ParameterError, "delay: must not be negative"),
        (lambda: built(spread=-1), ParameterError, "spread: must not be negative"),
        (lambda: built(shortest=0), ParameterError, "shortest: must be positive"),
        (lambda: built(source="X"), UnknownNameError, "there is no population 'A.X'"),
        (lambda: connectome.by_weight(1.0, 3), KindError, "rule: must come from brainsim.wiring"),
        (lambda: connectome.by_indegree(0, 1.0), ParameterError, "total: must be at least 1"),
    ],
)
def test_connectomes_that_cannot_be_used_are_refused(build, error, message):
    """The message names the matrix and the areas."""
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["A,B,C", "0,4,1", "2,0,3"], "must be square, but line 2 has 3 numbers and there are 2 rows"),
        ([",A,B", "A,0,1", "B,2"], "must be square, but line 3 has 1 numbers"),
        ([",A,B", "A,0,1", "C,2,0"], "rows and columns have different labels: area 2 is 'C' here and 'B' there"),
        ([",A,B", "A,0,x", "B,2,0"], "line 2 holds 'x', which is no number"),
        ([",A,B", "A,0,nan", "B,2,0"], "line 2 holds 'nan'; write what is known, or 0"),
        ([",A,B", "A,0,1_0", "B,2,0"], "line 2 holds '1_0', which is no number"),
        ([",A,B", "A,0,", "B,2,0"], "line 2 holds '', which is no number"),
        (["", "  "], "is empty"),
        (["a" * 200_000 + ",b"], "is no CSV, or damaged"),
    ],
)
def test_files_that_are_no_connectome_are_refused(tmp_path, rows, message):
    """The message names the file and the line."""
    with pytest.raises(ConnectivityFileError, match=message) as raised:
        connectome.read(write(tmp_path / "bad.csv", rows))
    assert "bad.csv" in str(raised.value)


def test_files_that_disagree_or_are_no_text_are_refused(tmp_path, monkeypatch):
    """Labels that differ, levels that are none, bytes, files that are too large or missing."""
    weights = write(tmp_path / "weights.csv", [",A,B", "A,0,1", "B,2,0"])
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    other = write(tmp_path / "other.csv", [",A,C", "A,0,1", "C,2,0"])

    with pytest.raises(ModelError, match="labels of weights and lengths differ: area 2 is 'B' here and 'C' there"):
        connectome.read(weights, other)
    with pytest.raises(ModelError, match=r"labels= and the labels of weights differ: 3 and 2 areas"):
        connectome.read(weights, labels=LABELS)
    with pytest.raises(ConnectivityFileError, match="line 1 must hold an area and its level"):
        connectome.read(weights, levels=write(tmp_path / "levels.csv", ["A,1,2"]))
    with pytest.raises(ConnectivityFileError, match="is no text"):
        connectome.read(tmp_path / "bytes.csv")
    with pytest.raises(MissingFileError, match="no such file"):
        connectome.read(tmp_path / "none.csv")
    monkeypatch.setattr(reading, "LARGEST", 5)
    with pytest.raises(ConnectivityFileError, match="more than the 5 that are read"):
        connectome.read(weights)
