"""Brain files: what is read is what was written, and nothing else is ever made of a file."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass, fields, is_dataclass

import brian2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import brainsim
from brainsim import (
    AMPA,
    GABA_A,
    LIF,
    Brain,
    Delta,
    Encoder,
    LogNormal,
    Normal,
    Poisson,
    PoissonDrive,
    Population,
    Projection,
    Region,
    Retina,
    atlas,
    wiring,
)
from brainsim.brainfile import pack, unpack
from brainsim.errors import BrainFileError, KindError
from brainsim.lower import lower
from brainsim.registry import known_classes

SOME = wiring.fixed_probability(0.3)


@dataclass
class Flicker(Encoder):
    """Somebody's own encoder."""

    hertz: float = 50.0
    bin = None

    def rates(self, stimuli, populations):
        """Give one rate to all."""
        return {name: np.full((len(stimuli), one.units), self.hertz) for name, one in populations.items()}


class Opaque(Encoder):
    """Somebody's encoder that is no dataclass."""

    bin = None

    def rates(self, stimuli, populations):
        """Give nothing."""
        return {}


def brain(encoder=None):
    """Give a brain that holds something of every kind that a file must keep."""
    retina = Region("retina", [Population("ON", Poisson(), shape=(4, 4)), Population("OFF", Poisson(), shape=(4, 4))])
    cells = Population("E", LIF(E_L=Normal(-70, 1), t_ref=1), shape=(4, 4, 2), initial={"v": np.linspace(-70, -60, 32)})
    inhibitory = Population("I", LIF(), size=8, initial={"v": Normal(-65, 2)}, excitatory=False)
    matrix = sparse.random_array((32, 8), density=0.3, rng=np.random.default_rng(1))
    bank = np.random.default_rng(0).random((2, 1, 3, 3))
    return Brain(
        "small",
        [retina, Region("V1", [cells, inhibitory], function="edges")],
        [
            Projection("retina.ON", "V1.E", wiring.convolution(bank), AMPA(), weight=40, delay=1.5),
            Projection(
                "V1.E", "V1.I", wiring.from_matrix(matrix), AMPA(tau=3, name="fast"), weight=30, delay=[0.7] * 77
            ),
            Projection(
                "V1.I",
                ["V1.E", "V1.I"],
                wiring.fixed_probability(0.3),
                GABA_A(),
                LogNormal(2, 1),
                Normal(2, 0.5, low=0.5),
            ),
        ],
        drives=[PoissonDrive("V1.I", np.linspace(0, 900, 8), Delta(), 1.5)],
        inputs={"retina": Retina() if encoder is None else encoder},
        seed=11,
    )


def spikes(one, **options):
    """Give all spikes of a run."""
    rec = brainsim.simulate(one, np.random.default_rng(3).random((2, 4, 4, 1)), duration=40, seed=2, **options)
    return [np.concatenate(rec.spikes(name, stimulus)) for name in rec.populations for stimulus in (0, 1)]


def rewritten(tmp_path, change, arrays=None):
    """Give the path of a brain file of which somebody changed the description or the arrays."""
    described, stored = pack(brain())
    described = change(described) or described
    stored = {**stored, **(arrays or {})}
    np.savez(tmp_path / "changed.npz", brain=np.frombuffer(json.dumps(described).encode(), dtype=np.uint8), **stored)
    return tmp_path / "changed.npz"


def test_a_loaded_brain_gives_the_same_spikes(tmp_path):
    """Wiring, weights, parameters and initial values follow from what is stored."""
    one = brain()
    one.save(tmp_path / "one.brain")

    other = Brain.load(tmp_path / "one.brain")

    assert sum(part.size for part in spikes(one)) > 100
    assert all(np.array_equal(a, b) for a, b in zip(spikes(one), spikes(other), strict=True))
    assert other.summary() == one.summary()
    assert (other.name, other.seed) == ("small", 11)


@pytest.mark.parametrize("build", [atlas.coba, lambda: atlas.ventral_stream(prototypes=(12, 12, 16))])
def test_brains_of_the_atlas_are_built_the_same(tmp_path, build):
    """Every array that the engine gets is the same."""
    one = build()
    one.save(tmp_path / "one.brain")

    first, second = (lower(each, 0.1) for each in (one, Brain.load(tmp_path / "one.brain")))

    for a, b in zip(first.projections, second.projections, strict=True):
        for field in fields(a.connections):
            assert np.array_equal(getattr(a.connections, field.name), getattr(b.connections, field.name))
    for a, b in zip(first.groups, second.groups, strict=True):
        assert getattr(a, "equations", None) == getattr(b, "equations", None)
        for name, (value, unit) in getattr(a, "parameters", {}).items():
            assert np.array_equal(value, b.parameters[name][0])
            assert unit == b.parameters[name][1]


def test_a_second_process_reads_it(tmp_path):
    """The file holds all that is needed, and is read without importing Brian2."""
    brain().save(tmp_path / "one.brain")
    code = (
        "import sys; from brainsim import Brain; "
        f"print(Brain.load({str(tmp_path / 'one.brain')!r}).memory(), 'brian2' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == [str(brain().memory()), "False"]


def test_saving_again_writes_the_same():
    """What is packed, unpacked and packed again is the same text and the same arrays."""
    described, arrays = pack(brain())

    again, stored = pack(unpack(json.loads(json.dumps(described)), arrays))

    assert again == described
    assert all(np.array_equal(stored[name], arrays[name]) for name in arrays)


def test_one_array_is_stored_once():
    """Two projections through one bank share it in the file."""
    rule = wiring.convolution(np.ones((2, 1, 3, 3)))
    region = Region("a", [Population("x", LIF(), shape=(4, 4)), Population("y", LIF(), shape=(4, 4, 2))])
    twice = [Projection("a.x", "a.y", rule, receptor, name=receptor.variable) for receptor in (AMPA(), GABA_A())]

    assert len(pack(Brain("b", [region], twice))[1]) == 1


def test_quantities_keep_their_dimension():
    """An initial value in volt is one when it comes back."""
    cells = Population("E", LIF(), size=2, initial={"v": [-60, -55] * brian2.mV})

    other = unpack(*pack(Brain("b", [Region("a", [cells])])))

    assert np.asarray(other.populations["a.E"].initial["v"]).tolist() == [-0.06, -0.055]
    assert brian2.get_dimensions(other.populations["a.E"].initial["v"]) == brian2.volt.dim
    assert lower(other, 0.1).groups[0].initial["v"] == pytest.approx([-0.06, -0.055])


@settings(max_examples=25, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_whatever_a_part_holds_comes_back(value):
    """Numbers (infinite ones too), text, lists, tuples and mappings of them, bit for bit."""
    encoder = Flicker(value)

    described, arrays = pack(brain(encoder))
    back = unpack(json.loads(json.dumps(described, allow_nan=False)), arrays, [Flicker]).inputs["retina"].hertz

    assert repr(back) == repr(value)


def test_every_public_part_is_known_and_made_anew_from_its_fields():
    """No two parts share a name, and a part's fields, given again, are accepted."""
    kinds = known_classes()

    for module in (brainsim, brainsim.wiring, brainsim.encoders):
        for name in module.__all__:
            one = getattr(module, name)
            if isinstance(one, type) and is_dataclass(one) and "record" not in one.__module__ + name.lower():
                assert kinds.get(one.__name__, one) is one
    assert {"LIF", "AMPA", "Normal", "FixedTotal", "Convolution", "Retina", "PoissonDrive", "Brain"} <= set(kinds)


MEMBRANE = "dv/dt = (E_L - v) / tau : volt (unless refractory)\nE_L : volt\ntau : second\nV_th : volt\nV_reset : volt"
GIVEN = {"tau": (20, "ms"), "E_L": (Normal(-70, 1), "mV"), "V_th": (-55, "mV"), "V_reset": [-70.0, -71.0] * brian2.mV}
PARTS = [
    brainsim.AdEx(),
    brainsim.Izhikevich(),
    brainsim.HodgkinHuxley(),
    brainsim.izhikevich_2003(0.02, 0.2, -65, 8),
    brainsim.AdaptiveThreshold(LIF(E_L=[-70.0, -71.0]), 0.1, 1e6),
    LIF(V_th=brainsim.Uniform(-52, -50)),
    brainsim.SpikeSource(),
    brainsim.NMDA(),
    brainsim.GABA_B(),
    brainsim.AlphaCurrent(2.0),
    brainsim.ExponentialCurrent(0.5, name="slow"),
    brainsim.STDP(W_max=5.0),
    brainsim.TripletSTDP(W_max=5.0),
    brainsim.InhibitorySTDP(W_max=5.0),
    brainsim.RewardSTDP(W_max=5.0),
    brainsim.TsodyksMarkram(),
    brainsim.WeightNormalization(78.0),
    brainsim.CurrentDrive("V1.E", np.ones((3, 2)), bin=5.0),
    brainsim.OrnsteinUhlenbeckDrive("V1.E", 100.0, [20.0, 30.0], 5.0),
    brainsim.SpikeDrive("V1.E", [1.0, 2.0], [0, 3], AMPA(), 2.0),
    brainsim.encoders.Cochlea(44100.0),
    brainsim.encoders.Latency(),
    brainsim.encoders.PopulationCode(),
    brainsim.encoders.Rate(),
    brainsim.encoders.Tokens(["a", "b"]),
    wiring.distance_dependent(0.5, 0.1, periodic=[1.0, 2.0], velocity=0.3),
    wiring.from_pairs([0, 1], [1, 0], [2.0, 3.0], [0.5, 0.7], (2, 2)),
    wiring.pooling(2),
    wiring.fixed_outdegree(3),
    wiring.fixed_total(7, multapses=False),
    Population("E", LIF(), size=2, positions=[[0, 1, 2], [3, 4, 5.0]]),
    Population("E", LIF(), shape=(2, 3), spacing=0.1),
    brainsim.Equations(MEMBRANE, parameters=GIVEN, t_ref=2),
]


@pytest.mark.parametrize("one", PARTS, ids=lambda one: type(one).__name__)
def test_every_kind_of_part_comes_back(one):
    """Models, receptors, rules, drives, encoders and learning: of the same class, of the same fields."""
    described, arrays = pack(brain(Flicker(one)))
    text = json.dumps(described, allow_nan=False)

    back = unpack(json.loads(text), arrays, [Flicker]).inputs["retina"].hertz

    again, stored = pack(brain(Flicker(back)))
    assert type(back) is type(one)
    assert again == described
    assert all(np.array_equal(stored[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("text", "dv/dt = __import__('os').getpid() * volt / second : volt"),
        ("text", "dv/dt = -v / (10*ms) * eval('1') : volt"),
        ("threshold", "v > V_th or exec('1')"),
        ("reset", "v = V_reset; import os"),
        ("reset", "v = open('/etc/passwd').read()"),
    ],
)
def test_equation_text_from_a_file_passes_the_whitelist_again(tmp_path, field, text):
    """Text that was changed in the file reaches neither Brian2 nor a compiler."""
    written = brainsim.Equations(MEMBRANE, parameters={**GIVEN, "V_reset": (-70, "mV")}, t_ref=2)
    one = Brain("b", [Region("a", [Population("E", written, size=2)])])
    described, arrays = pack(one)
    model = described["brain"]["fields"]["regions"]["tuple"][0]["fields"]["populations"]["tuple"][0]["fields"]["model"]
    assert model["fields"][field]
    model["fields"][field] = text
    np.savez(tmp_path / "x.npz", brain=np.frombuffer(json.dumps(described).encode(), dtype=np.uint8), **arrays)

    with pytest.raises(BrainFileError, match=r"x\.npz: .*model: Equations"):
        Brain.load(tmp_path / "x.npz")


def test_somebodys_own_encoder_comes_back_when_its_class_is_handed_over(tmp_path):
    """A dataclass is stored by its fields; without the class the message says what to do."""
    one = brain(Flicker(80.0))
    one.save(tmp_path / "one.brain")

    assert Brain.load(tmp_path / "one.brain", classes=[Flicker]).inputs["retina"] == Flicker(80.0)
    with pytest.raises(BrainFileError, match=r"none of brainsim's parts; load with classes=\[Flicker\]"):
        Brain.load(tmp_path / "one.brain")
    with pytest.raises(KindError, match="classes: must hold dataclasses, got <class"):
        Brain.load(tmp_path / "one.brain", classes=[Opaque])


def test_what_cannot_be_made_anew_is_not_written(tmp_path):
    """The message names the part and says what would help; no file is left."""
    with pytest.raises(KindError, match=r"Brain\.inputs\['retina'\]: a Opaque cannot be stored.*dataclass"):
        brain(Opaque()).save(tmp_path / "one.brain")
    with pytest.raises(KindError, match=r"Flicker\.hertz: an array of <U1 cannot be stored"):
        brain(Flicker(np.array(["a"]))).save(tmp_path / "one.brain")
    assert list(tmp_path.iterdir()) == []


def part(described, *path):
    """Give a part of a description: fields by name, entries by number."""
    inner = described["brain"]
    for step in path:
        inner = inner["fields"][step] if isinstance(step, str) else inner["tuple"][step]
    return inner


def replaced(new, *path):
    """Give a change that puts something else at a place of the description."""

    def change(described):
        part(described, *path[:-1])["fields"][path[-1]] = new

    return change


def nested(described):
    """Put lists within lists."""
    described["brain"]["fields"]["name"] = [[]]
    for _ in range(60):
        described["brain"]["fields"]["name"] = [described["brain"]["fields"]["name"]]


CELL = ("regions", 1, "populations", 0)
LISTED = ("projections", 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda described: {"format": "isocortex recording 1"}, "holds no brain"),
        (lambda described: [1], "holds no brain"),
        (lambda described: {**described, "version": 2}, "is of version 2, this isocortex reads 1.*update yours"),
        (lambda described: {**described, "brain": {"class": "LIF", "fields": {}}}, "holds a LIF, not a Brain"),
        (lambda described: {**described, "brain": 3}, "holds a int, not a Brain"),
        (nested, "is nested more than 40 deep"),
        (
            replaced({"class": "Popen", "fields": {"args": "id"}}, *CELL, "model"),
            "'Popen', no part of a brain",
        ),
        (replaced({"class": "Recording", "fields": {}}, *CELL, "model"), "'Recording', no part of a brain"),
        (replaced({"class": ["LIF"], "fields": {}}, *CELL, "model"), "cannot be made of what the file holds"),
        (replaced({"class": "AMPA", "fields": {}}, *CELL, "model"), "must be a neuron model such as LIF"),
        (replaced({"class": "LIF", "fields": {"tau_m": -1}}, *CELL, "model"), "LIF.tau_m: must be positive, got -1 ms"),
        (replaced({"class": "LIF", "fields": {"__class__": 1}}, *CELL, "model"), "has no such field"),
        (replaced({"class": "Normal", "fields": {"mean": 1}}, *LISTED, "weight"), "Normal.std: is missing"),
        (replaced({"pickle": "gASV"}, *CELL, "model"), "means nothing to this version"),
        (replaced({"float": "1e3"}, *LISTED, "weight"), "'1e3' is no number"),
        (replaced({"tuple": 3}, *LISTED, "target"), "a tuple must be stored as a list"),
        (replaced({"map": 3}, "inputs"), "cannot be made of what the file holds"),
        (replaced({"array": "array/99"}, *LISTED, "weight"), "cannot be made of what the file holds.*array/99"),
        (replaced({"quantity": 1, "dimensions": [1]}, *LISTED, "weight"), "are no dimensions"),
        (replaced(10**18, *CELL, "shape"), "shape"),
        (replaced({"tuple": [10**6, 10**6]}, *CELL, "shape"), "size 32 is not that of shape"),
        (replaced({"tuple": [1] * 999}, "regions"), "must hold Region objects"),
        (lambda described: part(described, *CELL)["fields"].pop("name") and None, "Population.name: is missing"),
    ],
)
def test_a_description_of_something_else_is_refused(tmp_path, change, message):
    """One error whatever it is, which names the file and the place."""
    path = rewritten(tmp_path, change)

    with pytest.raises(BrainFileError, match=message) as raised:
        Brain.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"array/0": np.array(["a", "b"])}, "an array of <U1 is no part of a brain"),
        ({"array/0": np.zeros(3, dtype=[("a", float)])}, "is no part of a brain"),
        ({"array/0": np.zeros((2, 2))}, "must be"),
        ({"../../etc/passwd": np.zeros(1)}, "holds '../../etc/passwd', which no brain file does"),
        ({"array/x": np.zeros(1)}, "which no brain file does"),
    ],
)
def test_arrays_of_something_else_are_refused(tmp_path, arrays, message):
    """Names are those that a brain file has, and values are plain numbers of the shape that the part needs."""
    with pytest.raises(BrainFileError, match=message):
        Brain.load(rewritten(tmp_path, lambda described: None, arrays))


def test_sizes_beyond_all_memory_are_refused_before_anything_is_taken(tmp_path):
    """Four thousand million units whose places are asked for, or more than synapses can count."""
    sheet = Population("E", LIF(), shape=(4, 4), spacing=0.1)
    near = Projection("a.E", "a.E", wiring.distance_dependent(0.5, 0.1), AMPA(), 1.0, 1.0)
    described, arrays = pack(Brain("b", [Region("a", [sheet])], [near]))
    for side, message in (
        (65_000, "places of 4225000000 units: needs about"),
        (70_000, r"synapses count to less than 2\*\*32"),
    ):
        part(described, "regions", 0, "populations", 0)["fields"].update(shape={"tuple": [side, side]}, size=None)

        with pytest.raises(BrainFileError, match=message):
            unpack(described, arrays)


def test_a_sparse_matrix_that_contradicts_itself_is_refused(tmp_path):
    """An index beyond the matrix would be read out of bounds by a compiled loop."""
    described, _ = pack(brain())
    place = part(described, *LISTED, "wiring", "matrix")["sparse"][1]["array"]

    with pytest.raises(BrainFileError, match=r"FromMatrix\.matrix: cannot be made"):
        Brain.load(rewritten(tmp_path, lambda described: None, {place: np.full(77, 1000, dtype=np.int32)}))


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": ' + b"9" * 5000 + b"}", b"null"],
)
def test_text_that_is_no_description_is_refused(tmp_path, text):
    """Not JSON, not text, nested without end, or a number of 5000 digits."""
    np.savez(tmp_path / "bad.npz", brain=np.frombuffer(text, dtype=np.uint8))

    with pytest.raises(BrainFileError, match=r"bad\.npz"):
        Brain.load(tmp_path / "bad.npz")


def test_a_truncated_file_is_refused(tmp_path):
    """Wherever it ends."""
    brain().save(tmp_path / "one.brain")
    whole = (tmp_path / "one.brain").read_bytes()

    for share in (0, 0.1, 0.5, 0.9, 0.999):
        (tmp_path / "part.brain").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BrainFileError, match=r"part\.brain"):
            Brain.load(tmp_path / "part.brain")


def test_a_damaged_file_is_refused_or_the_same(tmp_path):
    """A changed byte is found out by the checksum of its member, or it stood where nothing is read."""
    brain().save(tmp_path / "one.brain")
    whole = bytearray((tmp_path / "one.brain").read_bytes())
    expected = brain().summary()

    for position in np.random.default_rng(0).integers(0, len(whole), 80):
        changed = whole.copy()
        changed[position] ^= 0x55
        (tmp_path / "changed.brain").write_bytes(changed)
        try:
            read = Brain.load(tmp_path / "changed.brain").summary()
        except BrainFileError:
            continue
        assert read == expected


def test_a_bomb_is_refused_before_it_unpacks(tmp_path):
    """A brain file is never smaller than what it holds."""
    content = io.BytesIO()
    np.save(content, np.zeros(10_000_000))
    with zipfile.ZipFile(tmp_path / "bomb.brain", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("array/0.npy", content.getvalue())

    with pytest.raises(BrainFileError, match="unpacks to"):
        Brain.load(tmp_path / "bomb.brain")


def test_objects_are_never_unpickled(tmp_path):
    """An array of objects is refused by its header."""
    np.savez(tmp_path / "objects.npz", brain=np.array([{"a": 1}], dtype=object))

    with pytest.raises(BrainFileError, match="not readable"):
        Brain.load(tmp_path / "objects.npz")


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x93NUMPY\x01\x00", b"PK\x03\x04"])
def test_foreign_files_are_refused(tmp_path, content):
    """Nothing but a brain file is one."""
    (tmp_path / "foreign.brain").write_bytes(content)

    with pytest.raises(BrainFileError, match=r"foreign\.brain"):
        Brain.load(tmp_path / "foreign.brain")


def test_a_missing_file_says_so(tmp_path):
    """It is the builtin FileNotFoundError too."""
    with pytest.raises(FileNotFoundError, match="no such file"):
        Brain.load(tmp_path / "none.brain")
