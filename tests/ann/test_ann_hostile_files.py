"""Files that are cut, damaged, foreign or hostile are refused by every reader in little memory; no model changes."""

import contextlib
import io
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import IsocortexError, SearchError, UnreadableFileError, UnwritableFileError, WeightsError
from ann.interchange import from_torch
from isocortex.files import read_arrays, write_arrays

X = np.random.default_rng(0).normal(size=(12, 5))
Y = np.arange(12) % 3


def watching():
    """Give callbacks that remember something."""
    return [ann.EarlyStopping("loss", patience=3), ann.callbacks.ReduceLROnPlateau("loss")]


def network():
    """Give a small compiled network with statistics and dropout."""
    stack = [layers.Dense(4, "relu", input_shape=(5,)), layers.BatchNormalization(), layers.Dropout(0.1)]
    model = ann.Sequential([*stack, layers.Dense(3, "softmax")], seed=1)
    model.compile(ann.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["auc"])
    return model


def everything():
    """Give a compiled graph of nearly every kind of layer."""
    i = ann.Input((8, 8, 2))
    a = layers.Conv2D(4, 3, padding="same", kernel_regularizer="l2", kernel_initializer="orthogonal")(i)
    b = layers.MaxPooling2D(2, padding="same")(layers.DepthwiseConv2D(3, padding=((1, 1), (1, 1)))(a))
    c = layers.GroupNormalization(2)(layers.Conv2DTranspose(4, 2, strides=2)(layers.BatchNormalization()(b)))
    d = layers.Reshape((16, -1))(layers.AveragePooling2D(2)(layers.Concatenate()([a, c])))
    e = layers.LayerNormalization()(d)
    e = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.MultiHeadAttention(2, 3)([e, e]))
    e = layers.SimpleRNN(3)(layers.GRU(4, return_sequences=True)(e))
    model = ann.Model(i, layers.Dense(3, "softmax", kernel_constraint=ann.constraints.MaxNorm(2))(e), seed=1)
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Give the bytes of a model with its training, and of its weights alone."""
    model, folder = network(), tmp_path_factory.mktemp("whole")
    model.fit(X, Y, epochs=2, validation_split=0.25, callbacks=watching())
    model.save(folder / "model.npz", training=True)
    model.save_weights(folder / "weights.npz")
    return {path.stem: path.read_bytes() for path in folder.iterdir()}


def refused(model, path):
    """Read a file as a model and as weights; give how many of the two were refused, and by an error of ann's own.

    Weights that are refused leave the model's as they were.
    """
    before = model.flat_weights.copy(), model.flat_statistics.copy()
    count = 0
    for read in (ann.io.load, model.load_weights):
        try:
            read(path)
        except UnreadableFileError as error:
            assert len(str(error)) < 2000 or isinstance(error, WeightsError)  # noqa: PT017
            count += 1
            np.testing.assert_array_equal(model.flat_weights, before[0])
            np.testing.assert_array_equal(model.flat_statistics, before[1])
    return count


def every(step, slow=1):
    """Give a fast stride and, marked as slow, a thorough one."""
    return pytest.mark.parametrize("step", [step, pytest.param(slow, marks=pytest.mark.slow)])


@pytest.mark.parametrize("kind", ["model", "weights"])
@every(101)
def test_a_file_cut_anywhere_is_refused(whole, kind, step, tmp_path):
    """Whatever is missing at the end."""
    path, model, content = tmp_path / "x.npz", network(), whole[kind]
    for length in range(0, len(content), step):
        path.write_bytes(content[:length])
        assert refused(model, path) == 2


@pytest.mark.parametrize("kind", ["model", "weights"])
@every(61)
def test_a_file_with_a_byte_changed_is_refused_or_whole(whole, kind, step, tmp_path):
    """Each byte in turn: arrays have checksums, and what has none is checked, or counts for nothing."""
    path, model, draw = tmp_path / "x.npz", network(), random.Random(0)  # noqa: S311
    path.write_bytes(whole[kind])
    model.load_weights(path)
    right = model.flat_weights.copy()
    for place in range(0, len(whole[kind]), step):
        damaged = bytearray(whole[kind])
        damaged[place] ^= draw.choice([1, 128, 255, draw.randrange(1, 256)])
        path.write_bytes(damaged)
        refused(model, path)
        np.testing.assert_array_equal(model.flat_weights, right)


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_file_with_parts_lost_doubled_and_moved_is_refused(whole, count, tmp_path):
    """Several damages at once."""
    path, model, draw = tmp_path / "x.npz", network(), random.Random(1)  # noqa: S311
    lost = 0
    for _ in range(count):
        damaged = bytearray(whole[draw.choice(["model", "weights"])])
        for _ in range(draw.choice([2, 5, 20])):
            place, other, size = draw.randrange(len(damaged)), draw.randrange(len(damaged)), draw.randrange(1, 40)
            part = draw.choice([b"", bytes(size), bytes(damaged[other : other + size]), draw.randbytes(size)])
            damaged[place : place + draw.choice([0, size])] = part
        path.write_bytes(damaged)
        lost += refused(model, path)
    assert lost > 1.5 * count


JUNK = [None, True, -1, 0, 1, 10**9, 2**40, 10**30, 1.5, 1e308, float("nan"), float("inf"), "", "Dense", "\ud800"]
JUNK += ["same", "x" * 10**4, [], [[]], [1, 2], [10**9] * 2, [2**31, 2**31, 3], {}, {"kind": "Dense"}, {"kind": 5}]
JUNK += [{"kind": "LSTM", "units": 10**9}, {"kind": "RandomNormal", "stddev": 1e308}, {"kind": "LBFGS"}]


def places(value, path=()):
    """Give the path of every value within a value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def spoiled(description, draw, within=None):
    """Put junk in the place of one value of a description, or leave it out."""
    chosen = [place for place in places(description) if place and (within is None or place[0] in within)]
    *outer, last = draw.choice(chosen)
    target = description
    for key in outer:
        target = target[key]
    if draw.random() < 0.1:
        del target[last]
    else:
        target[last] = draw.choice(JUNK)


def as_text(description):
    """Give a description as it stands in a file."""
    return np.frombuffer(json.dumps(description).encode(), np.uint8)


@pytest.mark.parametrize("count", [15, pytest.param(1000, marks=pytest.mark.slow)])
def test_any_nonsense_in_a_description_is_refused_in_little_memory(count, tmp_path):
    """Arguments of the wrong kind, absurd sizes, names that are not there: for nearly every kind of layer."""
    path, draw, lost = tmp_path / "x.npz", random.Random(2), 0  # noqa: S311
    everything().save(path)
    arrays = read_arrays(path)
    whole = arrays["description"].tobytes()
    tracemalloc.start()
    for _ in range(count):
        description = json.loads(whole)
        spoiled(description, draw)
        write_arrays(path, arrays | {"description": as_text(description)})
        try:
            ann.io.load(path)
        except UnreadableFileError:
            lost += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lost > count / 2
    assert peak < 3e7


ARRAYS = [
    np.array(3.0),
    np.ones(3),
    np.ones(0),
    np.ones((2, 47)),
    np.array(["a"]),
    np.ones(2, bool),
    np.ones(2, complex),
]
ARRAYS += [np.full(47, np.nan, np.float32), np.full(47, -1e38, np.float32), np.arange(5) * 10**15, np.full(2, np.inf)]


@pytest.mark.parametrize("count", [40, pytest.param(2000, marks=pytest.mark.slow)])
def test_any_nonsense_in_a_checkpoint_is_refused(whole, count, tmp_path):
    """By the reader, or by the run that goes on: optimiser, generators, history, callbacks' memory, settings."""
    path, draw, lost = tmp_path / "x.npz", random.Random(3), 0  # noqa: S311
    path.write_bytes(whole["model"])
    arrays = read_arrays(path)
    text, remembered = arrays["description"].tobytes(), [name for name in arrays if name.startswith("@")]
    for _ in range(count):
        description, changed = json.loads(text), dict(arrays)
        if draw.random() < 0.4:
            changed[draw.choice(remembered)] = draw.choice(ARRAYS)
        else:
            spoiled(description, draw, ("training", "compiled"))
        write_arrays(path, changed | {"description": as_text(description)})
        try:
            ann.io.load(path).fit(X, Y, epochs=3, validation_split=0.25, callbacks=watching(), resume=True)
        except IsocortexError:
            lost += 1
    assert lost > count / 2


def header(shape, kind="<f4", version=1):
    """Give the header of an array that claims a shape."""
    text = repr({"descr": kind, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text.encode()


def nested(text):
    """Give a header whose text is no shape but trouble for whoever parses it."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def inside(size):
    """Give an archive of zeros, compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.npy", header((size,), "|u1") + bytes(size))
    return stream.getvalue()


ZEROS = header((10**7,), "|u1") + bytes(10**7)
STORED, DEFLATED, BZIP2, LZMA = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA
HOSTILE = {
    "one large": ({"d/kernel.npy": ZEROS}, DEFLATED, "unpacks to"),
    "one large by bzip2": ({"d/kernel.npy": ZEROS}, BZIP2, "unpacks to"),
    "many small": ({f"d/{i}.npy": header((10**4,)) + bytes(4 * 10**4) for i in range(500)}, DEFLATED, "unpacks to"),
    "nested": ({"inner.npz": inside(10**7)}, STORED, "no array"),
    "large that is no array": ({"d/kernel": bytes(10**7)}, DEFLATED, "unpacks to"),
    "wrong size": ({"d/kernel.npy": header((10**9,))}, STORED, "claims the shape"),
    "wrong size in the third version": ({"d/kernel.npy": header((10**9,), version=3)}, STORED, "version"),
    "size beyond all": ({"d/kernel.npy": header((10**30, 10**30))}, STORED, "claims the shape"),
    "negative twice": ({"d/kernel.npy": header((-(10**5), -(10**5)))}, STORED, "claims the shape"),
    "huge items": ({"d/kernel.npy": header((1,), "<U100000000")}, STORED, "claims the shape"),
    "items of nothing": ({"d/kernel.npy": header((10**18,), "|V0")}, STORED, "npz|description|finite numbers|not in"),
    "objects": ({"d/kernel.npy": header((2,), "|O") + bytes(16)}, STORED, "npz"),
    "brackets": ({"d/kernel.npy": nested("(" * 3000)}, STORED, "npz"),
    "signs": ({"d/kernel.npy": nested("-" * 3000 + "1")}, STORED, "npz"),
    "digits": (
        {"d/kernel.npy": nested("{'descr':'<f4','fortran_order':False,'shape':(" + "9" * 8000 + ",)}")},
        STORED,
        "npz",
    ),
    "code": ({"d/kernel.npy": nested("__import__('os').system('touch executed')")}, STORED, "npz"),
    "climbing": ({"../../climbed/kernel.npy": header((1,)) + bytes(4)}, STORED, "description|not in the model"),
    "from the root": ({"/rooted/kernel.npy": header((1,)) + bytes(4)}, STORED, "description|not in the model"),
    "text": ({"description.npy": header((3,), "|u1") + b"{}}"}, STORED, "not JSON"),
    "numbers": ({"description.npy": header((9000,), "|u1") + b"9" * 9000}, STORED, "not JSON"),
    "deep": ({"description.npy": header((10**5,), "|u1") + b"[" * 10**5}, STORED, "not JSON"),
    "no text": ({"description.npy": header((4,), "|u1") + b"\xff\xfe\x00\x80"}, STORED, "not JSON"),
    "much text": ({"description.npy": header((9 * 10**6,), "|u1") + b"[],".ljust(9 * 10**6)}, STORED, "more than the"),
    "nothing": ({}, STORED, "description|missing"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_before_room_is_made(name, tmp_path, monkeypatch):
    """Nothing is unpacked beyond the file's own size, nothing executed, nothing written."""
    members, compression, message = HOSTILE[name]
    monkeypatch.chdir(tmp_path)
    path, model = tmp_path / "x.npz", network()
    with zipfile.ZipFile(path, "w", compression) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    before = model.flat_weights.copy()
    tracemalloc.start()
    for read in (ann.io.load, model.load_weights):
        with pytest.raises(UnreadableFileError, match=message):
            read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6 + 3 * path.stat().st_size
    np.testing.assert_array_equal(model.flat_weights, before)
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


@pytest.mark.parametrize("compression", [BZIP2, LZMA], ids=["bzip2", "LZMA"])
def test_a_member_that_lies_of_its_size_unpacks_to_nothing(compression, tmp_path):
    """The directory says a thousand bytes, what is compressed are ten million: such compression is refused."""
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("d/kernel.npy", ZEROS)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(content + bytes(1000))
    tracemalloc.start()
    with pytest.raises(UnreadableFileError):
        ann.io.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6


class Touch:
    """What makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("name", ["model.npz", "model.pt", "model.pth", "model.safetensors"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_no_pickle_is_loaded(tmp_path, name, wrapped):
    """Not as a file by itself, nor as an array of objects in an archive, whatever its name."""
    path, made = tmp_path / name, tmp_path / "executed"
    payload = Touch(made)
    if wrapped:
        with path.open("wb") as stream:
            np.savez(stream, description=np.array([payload], dtype=object), **{"d/kernel": np.array(payload)})
    else:
        path.write_bytes(pickle.dumps(payload))
    for read in (ann.io.load, network().load_weights, lambda path: from_torch(network(), path)):
        with pytest.raises(UnreadableFileError):
            read(path)
    assert not made.exists()


def layered(count):
    """Give a description of a chain of so many layers without weights."""
    return {
        "format": 1, "name": "x", "seed": 0, "dtype": "float32", "input_shape": [2, 2], "kind": "Model",
        "layers": [{"kind": "Activation", "activation": "relu", "name": "again"}],
        "order": [0] * count, "sources": [[index - 1] for index in range(count)],
    }  # fmt: skip


def test_many_layers_take_no_time_for_every_pair_of_them(tmp_path):
    """A few hundred kilobytes may describe thousands of layers; names and places are found in one pass."""
    path = tmp_path / "x.npz"
    write_arrays(path, {"description": as_text(layered(4000))})
    assert len(ann.io.load(path).places) == 4000


def test_layers_within_layers_are_refused(tmp_path):
    """Nested deeper than Python can follow."""
    path, inner = tmp_path / "x.npz", {"kind": "LSTM", "units": 1}
    for _ in range(300):
        inner = {"kind": "Bidirectional", "layer": inner}
    description = layered(1) | {"layers": [inner | {"name": "deep"}]}
    write_arrays(path, {"description": as_text(description)})
    with pytest.raises(UnreadableFileError):
        ann.io.load(path)


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "MaxPooling2D", "pool_size": 2},
        {"kind": "MaxPooling2D", "pool_size": 2, "padding": [[2**40, 2**40], [0, 0]]},
        {"kind": "MaxPooling2D", "dilation_rate": 2**41, "padding": [[2**39, 2**42], [2**39, 2**42]]},
        {"kind": "Flatten"},
        {"kind": "RepeatVector", "n": 2**50},
        {"kind": "ZeroPadding2D", "padding": 2**50},
        {"kind": "GlobalAveragePooling2D"},
        {"kind": "Permute", "dims": [2, 1, 3]},
        {"kind": "Reshape", "target_shape": [-1]},
        {"kind": "LayerNormalization", "center": False, "scale": False},
        {"kind": "Dropout", "rate": 0.5},
    ],
    ids=lambda layer: layer["kind"],
)  # fmt: skip
@pytest.mark.parametrize("length", [2**20, 2**60])
def test_absurd_shapes_take_no_memory(layer, length, tmp_path):
    """Layers without weights, which no array of the file contradicts, make no arrays while a model is loaded."""
    path = tmp_path / "x.npz"
    shape = [length, length, 1] if layer["kind"] != "RepeatVector" else [length]
    description = layered(1) | {"layers": [layer | {"name": "a"}], "input_shape": shape}
    write_arrays(path, {"description": as_text(description)})
    tracemalloc.start()
    with contextlib.suppress(UnreadableFileError):
        ann.io.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6


def test_weights_too_large_for_the_type_change_nothing(tmp_path):
    """Finite numbers that float32 does not hold are named, and none is taken."""
    path, model = tmp_path / "x.npz", network()
    model.save_weights(path)
    arrays = {name: array.astype(np.float64) for name, array in read_arrays(path).items()}
    arrays["dense_2/bias"] = np.full(3, 1e300)
    write_arrays(path, arrays)
    before = model.flat_weights.copy()
    with pytest.raises(WeightsError, match=r"dense_2\.bias: numbers too large for float32"):
        model.load_weights(path)
    np.testing.assert_array_equal(model.flat_weights, before)
    assert model.load_weights(path, strict=False) == ["dense_2.bias: numbers too large for float32"]
    assert np.isfinite(model.flat_weights).all()


def tensors(path):
    """Write a file of safetensors by hand, which needs no package."""
    arrays = {
        "0.weight": np.ones((4, 5)), "0.bias": np.zeros(4), "1.weight": np.ones(4), "1.bias": np.zeros(4),
        "1.running_mean": np.zeros(4), "1.running_var": np.ones(4), "3.weight": np.ones((3, 4)), "3.bias": np.zeros(3),
    }  # fmt: skip
    head, data = {}, b""
    for name, array in arrays.items():
        content = array.astype("<f4").tobytes()
        head[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@every(23)
def test_damaged_safetensors_are_refused_or_whole(step, tmp_path):
    """Cut anywhere, or with any byte changed."""
    pytest.importorskip("safetensors")
    path, model = tmp_path / "x.safetensors", network()
    tensors(path)
    from_torch(model, path)
    content = path.read_bytes()
    before = model.flat_weights.copy()
    for place in range(0, len(content), step):
        for damaged in (content[:place], content[:place] + bytes([content[place] ^ 0x11]) + content[place + 1 :]):
            path.write_bytes(damaged)
            try:
                from_torch(model, path)
                model.flat_weights[:] = before  # a number was changed into another
            except IsocortexError:
                np.testing.assert_array_equal(model.flat_weights, before)


@pytest.mark.parametrize(
    "head",
    [
        b"\xff" * 8 + b"{}",
        (10**9).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (10**5).to_bytes(8, "little") + b"[" * 10**5,
        (71).to_bytes(8, "little") + b'{"a.weight":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}    ',
        (71).to_bytes(8, "little") + b'{"a.weight":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}             ',
        (71).to_bytes(8, "little") + b'{"a.weight":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}            ',
    ],
)
def test_hostile_safetensors_are_refused(head, tmp_path):
    """Headers that claim what is not there, that are no mapping, or that name types which NumPy has not."""
    pytest.importorskip("safetensors")
    path = tmp_path / "x.safetensors"
    path.write_bytes(head + bytes(4))
    with pytest.raises(IsocortexError):
        from_torch(network(), path)


STATES = [{}, {5: np.ones(3)}, {"0.weight": "abc"}, {"0.weight": [[1], [1, 2]]}, {"0.weight": np.ones((4, 5)) * np.nan}]
STATES += [{"0.weight": object()}, {"": np.ones(3)}, {".": np.ones(3)}, {"0.weight": np.full((4, 5), 1e300)}, 5, None]
STATES += [
    {"0.weight": None},
    {"0.weight": np.ones((4, 5), complex)},
    {"a" * 10**5: np.ones(3)},
    [1],
    b"x",
    {"\0": 1.0},
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: str(state)[:20])
def test_any_state_dict_is_taken_or_refused(state):
    """What is no mapping of arrays, or of others, changes no weight."""
    model = network()
    before = model.flat_weights.copy()
    with pytest.raises(IsocortexError):
        from_torch(model, state)
    np.testing.assert_array_equal(model.flat_weights, before)


def build(units=2, seed=0):
    """Give a small compiled model."""
    model = ann.Sequential([layers.Dense(units, "relu"), layers.Dense(1)], seed=seed)
    model.compile("sgd", "mse")
    return model


def search(folder):
    """Try two sizes and keep them in a folder."""
    return ann.search.Search(build, {"units": [1, 2]}, folder=folder, refit=False).grid(X, X[:, 0])


BROKEN = [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 10**5, b"9" * 10**4, b"{}", b'{"scores": 5}', b"null"]
RESULTS = [{"scores": "12"}, {"scores": [None]}, {"scores": [10**400]}, {"scores": [True]}, {"scores": []}]
RESULTS += [{"seconds": -1}, {"seconds": "1"}, {"error": 5}, {"error": "x"}, {"error": []}, {"scores": {"a": 1}}]
RESULTS += [{"scores": [float("nan")]}, {"parameters": []}, {"number": 9}, {"algorithm": None}]


@pytest.mark.parametrize("name", ["search.json", "trial_00001.json"])
def test_a_damaged_folder_of_a_search_is_refused(name, tmp_path):
    """Whatever stands in its files; what was finished is not taken for something else."""
    found = search(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    cases = [*BROKEN, *(whole[:length] for length in range(0, len(whole) - 1, 7))]
    if name != "search.json":
        cases += [json.dumps(json.loads(whole) | one).encode() for one in RESULTS]
    for content in cases:
        path.write_bytes(content)
        with pytest.raises((SearchError, UnreadableFileError)):
            search(tmp_path)
    path.write_bytes(whole)
    assert [trial.scores for trial in search(tmp_path).trials] == [trial.scores for trial in found.trials]


def test_a_search_over_numbers_that_json_has_not_is_taken_up(tmp_path):
    """Infinite settings are the same settings when a search goes on."""
    run = lambda: ann.search.Search(  # noqa: E731
        build, {"units": [1]}, fit={"class_weight": None, "sample_weight": None, "epochs": 1}, folder=tmp_path,
        refit=False, splits=0.5,
    ).grid(X, np.where(X[:, 0] > 0, X[:, 0], 0.0))  # fmt: skip
    assert run().trials == run().trials


@pytest.mark.parametrize("folder", [5, "a\0b", b"x"])
def test_a_folder_that_is_none_is_refused(folder):
    """Before anything is tried."""
    with pytest.raises(IsocortexError, match="folder"):
        search(folder)


KILLED = """
import os, signal, sys
import numpy as np
import ann

model = ann.io.load(sys.argv[1])
model.flat_weights[:] = 7
write, seen = np.lib.format.write_array, []

def killed(*arguments, **options):
    write(*arguments, **options)
    seen.append(1)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

np.lib.format.write_array = killed
model.save(sys.argv[1])
"""


@pytest.mark.slow
def test_a_process_killed_while_it_saves_leaves_the_old_file(whole, tmp_path):
    """Half-written is what has another name; the file itself is the old one, whole."""
    path = tmp_path / "model.npz"
    path.write_bytes(whole["model"])
    found = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True, check=False)
    assert found.returncode == -signal.SIGKILL, found.stderr
    assert path.read_bytes() == whole["model"]
    left = [file.name for file in tmp_path.iterdir() if file != path]
    assert len(left) == 1
    assert left[0].startswith(".model.")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(whole, error, tmp_path, monkeypatch):
    """A full disk, Ctrl-C, no memory."""
    path = tmp_path / "model.npz"
    path.write_bytes(whole["model"])
    model = ann.io.load(path)

    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    wanted = UnwritableFileError if isinstance(error, OSError) else type(error)
    with pytest.raises(wanted):
        model.save(path)
    assert path.read_bytes() == whole["model"]
    assert os.listdir(tmp_path) == ["model.npz"]
