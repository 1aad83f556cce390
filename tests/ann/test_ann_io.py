"""Networks in files: what goes in comes out, and nothing else gets in."""

import contextlib
import json
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import MissingFileError, NotCompiledError, UnreadableFileError, WeightsError
from isocortex.files import read_arrays, write_arrays


def model():
    """Give a compiled model with a shared layer, every kind of setting, and a trained step."""
    shared = layers.Dense(4, activation="tanh", kernel_regularizer=ann.regularizers.L1L2(0.1, 0.2))
    made = ann.Sequential(
        [
            layers.Conv2D(2, (3, 2), strides=2, padding="same", activation="relu", input_shape=(6, 6, 1), name="edges"),
            layers.MaxPooling2D(2, strides=1),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.1),
            layers.Dense(4),
            shared,
            shared,
            layers.Activation("linear"),
            layers.Dense(3, activation="softmax", use_bias=False),
        ],
        seed=4,
        name="all kinds",
        dtype="float64",
    )
    made.compile(
        ann.optimizers.Adam(ann.schedules.CosineDecay(0.01, 10)),
        ann.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    made.train_on_batch(X, Y)
    return made


X = np.random.default_rng(0).normal(size=(6, 6, 6, 1))
Y = np.array([0, 1, 2, 0, 1, 2])


def test_a_saved_model_is_the_same_model(tmp_path):
    """Outputs, loss, structure and settings come back, bit for bit."""
    before = model()
    ann.io.save(before, tmp_path / "model.npz")
    after = ann.io.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(after.flat_weights, before.flat_weights)
    np.testing.assert_array_equal(after.predict(X), before.predict(X))
    assert after.evaluate(X, Y) == before.evaluate(X, Y)
    assert after.summary() == before.summary()
    assert after.optimizer == before.optimizer
    assert (after.seed, after.dtype, after.names) == (before.seed, before.dtype, before.names)
    np.testing.assert_array_equal(after.untrained().flat_weights, before.untrained().flat_weights)


def test_a_model_need_not_be_compiled(tmp_path):
    """A model without loss and optimiser is saved as such."""
    ann.io.save(ann.Sequential([layers.Dense(2, input_shape=(3,))]), tmp_path / "model.npz")
    loaded = ann.io.load(tmp_path / "model.npz")
    with pytest.raises(NotCompiledError):
        loaded.evaluate(np.ones((1, 3)), np.ones((1, 2)))


def test_a_model_without_weights_is_not_saved(tmp_path):
    """A model that does not know its shape has nothing to save, and leaves no file."""
    with pytest.raises(NotCompiledError):
        ann.io.save(ann.Sequential([layers.Dense(2)]), tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


def altered(tmp_path, change):
    """Save a model, let `change` alter its arrays, write them back and give the path."""
    path = tmp_path / "model.npz"
    ann.io.save(model(), path)
    arrays = read_arrays(path)
    change(arrays)
    write_arrays(path, arrays)
    return path


def described(change):
    """Give a change of the arrays that changes the description."""

    def apply(arrays):
        description = json.loads(arrays["description"].tobytes())
        change(description)
        arrays["description"] = np.frombuffer(json.dumps(description).encode(), np.uint8)

    return apply


def test_every_mismatch_of_the_weights_is_listed(tmp_path):
    """Missing, foreign and misshapen arrays are all named at once."""

    def change(arrays):
        del arrays["edges/bias"]
        arrays["edges/kernel"] = np.ones((3, 3, 1, 2))
        arrays["other/kernel"] = np.ones(3)

    with pytest.raises(WeightsError) as raised:
        ann.io.load(altered(tmp_path, change))
    for part in ("edges.bias: missing", "edges.kernel: got (3, 3, 1, 2), expects (3, 2, 1, 2)", "other.kernel: not in"):
        assert part in str(raised.value)


def test_a_description_that_outgrows_its_weights_takes_no_memory(tmp_path):
    """Layers of 10^14 weights beside arrays of a few are refused before a weight is drawn."""
    change = described(lambda d: [layer.update(units=10**7) for layer in d["layers"] if layer["kind"] == "Dense"])
    with pytest.raises(WeightsError, match=r"dense_3\.kernel: got \(4, 3\), expects \(10000000, 10000000\)"):
        ann.io.load(altered(tmp_path, change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("description"), "holds no description"),
        (lambda arrays: arrays.update(description=np.ones(3)), "holds no description"),
        (lambda arrays: arrays.update(description=np.frombuffer(b"{", np.uint8)), "not JSON"),
        (lambda arrays: arrays.update(description=np.frombuffer(b"[1]", np.uint8)), "format None"),
        (described(lambda d: d.update(format=99)), "format 99, this version reads format 1"),
        (described(lambda d: d["layers"][0].update(kind="System")), "unknown name 'System'"),
        (described(lambda d: d["layers"][0].update(command="ls")), "Conv2D does not take these arguments"),
        (lambda arrays: arrays.update(description=np.frombuffer(b"[" * 100_000, np.uint8)), "not JSON"),
        (described(lambda d: d.update(name=5)), "Sequential.name: must be text, got 5"),
        (described(lambda d: d.update(order=[])), "it has no layers"),
        (described(lambda d: d.pop("order")), "describes no network.*'order'"),
        (described(lambda d: d.update(order=[77])), "describes no network"),
        (described(lambda d: d.update(input_shape=[2, 2])), "describes no network.*was built for"),
    ],
)
def test_foreign_descriptions_are_refused(tmp_path, change, message):
    """An archive that describes no network of ann is refused with the reason."""
    with pytest.raises(UnreadableFileError, match=message):
        ann.io.load(altered(tmp_path, change))


def test_pickles_truncated_and_missing_files_are_refused(tmp_path):
    """A pickled object is not unpickled, a truncated archive not half-read, a missing file named."""
    path = tmp_path / "model.npz"
    with pytest.raises(MissingFileError, match=r"model\.npz"):
        ann.io.load(path)
    ann.io.save(model(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFileError, match=r"model\.npz"):
        ann.io.load(path)
    np.savez(path, description=np.array([{"format": 1}], dtype=object))
    with pytest.raises(UnreadableFileError, match=r"model\.npz"):
        ann.io.load(path)


def network(units=4, norm=True):
    """Give a small network with parameters and statistics."""
    middle = [layers.BatchNormalization(name="norm")] if norm else []
    stack = [layers.Dense(4, input_shape=(3,), name="in"), *middle, layers.Dense(units, name="out")]
    return ann.Sequential(stack, seed=units)


def test_weights_alone_are_saved_and_loaded(tmp_path):
    """Parameters and statistics of a model of the same layers come back, from either kind of file."""
    before, after = network(), network()
    before.compile()
    before.fit(np.eye(3), np.ones((3, 4)))
    for write in (before.save_weights, before.save):
        write(tmp_path / "weights.npz")
        after.flat_weights[:] = after.flat_statistics[:] = 9
        assert after.load_weights(tmp_path / "weights.npz") == []
        np.testing.assert_array_equal(after.flat_weights, before.flat_weights)
        np.testing.assert_array_equal(after.flat_statistics, before.flat_statistics)
    before.save_weights(tmp_path / "weights.npz")
    with pytest.raises(UnreadableFileError, match="holds no description"):
        ann.io.load(tmp_path / "weights.npz")


def test_what_fits_is_loaded_and_the_rest_is_told(tmp_path):
    """Not strict, the layers that match are taken, the others left as they are, and each is named; strict, none is."""
    path = tmp_path / "weights.npz"
    network(units=5, norm=False).save_weights(path)
    model = network()
    kept = model.flat_weights.copy()
    told = [
        "norm.gamma: missing",
        "norm.beta: missing",
        "norm.moving_mean: missing",
        "norm.moving_variance: missing",
        "out.kernel: got (4, 5), expects (4, 4)",
        "out.bias: got (5,), expects (4,)",
    ]
    with pytest.raises(WeightsError) as raised:
        model.load_weights(path)
    assert all(line in str(raised.value) for line in told)
    np.testing.assert_array_equal(model.flat_weights, kept)
    assert model.load_weights(path, strict=False) == told
    kernels = model.get_weights(), network(units=5).get_weights()
    np.testing.assert_array_equal(kernels[0]["in"]["kernel"], kernels[1]["in"]["kernel"])
    np.testing.assert_array_equal(kernels[0]["out"]["kernel"], network().get_weights()["out"]["kernel"])


def test_a_file_of_which_nothing_fits_is_refused(tmp_path):
    """Also not strict, loading nothing is an error; so is a model that does not know its shape, and a bad file."""
    path = tmp_path / "weights.npz"
    ann.Sequential([layers.Dense(2, input_shape=(9,))]).save_weights(path)
    with pytest.raises(WeightsError, match=r"dense_1\.kernel: not in the model"):
        network().load_weights(path, strict=False)
    with pytest.raises(NotCompiledError):
        ann.Sequential([layers.Dense(2)]).load_weights(path)
    with pytest.raises(MissingFileError):
        network().load_weights(tmp_path / "other.npz")


def packed(path, members, compression=zipfile.ZIP_STORED):
    """Write an archive by hand."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def header(shape, kind="<f4"):
    """Give the header of an array that claims a shape."""
    text = repr({"descr": kind, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("members", "compression", "message"),
    [
        ({"d/kernel.npy": header((10**7,)) + bytes(4 * 10**7)}, zipfile.ZIP_DEFLATED, "unpacks to 40000128 bytes"),
        ({"d/kernel.npy": header((10**9,))}, zipfile.ZIP_STORED, r"claims the shape \(1000000000,\)"),
        ({"d/kernel.npy": header((10**6, 10**6, 10**6))}, zipfile.ZIP_STORED, "claims the shape"),
        ({"d/kernel.npy": header((-5,))}, zipfile.ZIP_STORED, "npz"),
        ({"d/kernel.npy": header((2,), "|O") + bytes(16)}, zipfile.ZIP_STORED, "npz"),
        ({"d/kernel": b"text"}, zipfile.ZIP_STORED, "no array"),
    ],
)
def test_hostile_archives_take_no_memory(tmp_path, members, compression, message):
    """Zip bombs, headers that claim what is not there, and pickled objects are refused before room is made."""
    path = tmp_path / "model.npz"
    packed(path, members, compression)
    tracemalloc.start()
    for read in (ann.io.load, network().load_weights):
        with pytest.raises(UnreadableFileError, match=message):
            read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def graph():
    """Give a compiled graph with a residual connection."""
    inputs = ann.Input((4, 3))
    joined = layers.Add()([inputs, layers.Dense(3)(inputs)])
    made = ann.Model(inputs, layers.Dense(2)(layers.Flatten()(joined)))
    made.compile("adam", "mse")
    return made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["sources"].__setitem__(0, [0]), r"layer 0 takes from \(0,\), which are not before it"),
        (lambda d: d["sources"].__setitem__(1, [-2]), "which are not before it"),
        (lambda d: d["sources"].__setitem__(1, []), "which are not before it"),
        (lambda d: d["sources"].__setitem__(1, [True]), "which are not before it"),
        (lambda d: d["sources"].pop(), "describes no network"),
        (lambda d: d.update(sources=5), "describes no network"),
        (lambda d: d.update(layers=5), "describes no network"),
        (lambda d: d.update(layers=["Dense"]), "describes no network"),
        (lambda d: d.update(seed=-1), "describes no network"),
        (lambda d: d.update(seed="0"), "describes no network"),
        (lambda d: d.update(dtype="object"), "describes no network"),
        (lambda d: d.update(input_shape=[10**9, 10**9]), "weights do not match|describes no network"),
        (lambda d: d.update(compiled=[1]), "describes no network"),
        (lambda d: d["compiled"].update(loss="exec"), "describes no network"),
        (lambda d: d["compiled"]["optimizer"].update(learning_rate="1"), "describes no network"),
    ],
)
def test_graphs_that_are_none_are_refused(tmp_path, change, message):
    """Cycles, layers that take from nowhere, and settings of the wrong kind are refused with the reason."""
    path = tmp_path / "model.npz"
    graph().save(path)
    arrays = read_arrays(path)
    described(change)(arrays)
    write_arrays(path, arrays)
    with pytest.raises(UnreadableFileError, match=message):
        ann.io.load(path)


def test_a_statistic_of_absurd_size_takes_no_memory(tmp_path):
    """A claim of 10^10 channels is held against the file before any is made."""
    path = tmp_path / "model.npz"
    ann.Sequential([layers.BatchNormalization(input_shape=(3,))]).save(path)
    arrays = read_arrays(path)
    described(lambda d: (d.update(input_shape=[10**10]), d["layers"][0].update(input_shape=[10**10])))(arrays)
    write_arrays(path, arrays)
    with pytest.raises(WeightsError, match=r"moving_mean: got \(3,\), expects \(10000000000,\)"):
        ann.io.load(path)


JUNK = [None, True, -1, 0, 10**9, 10**30, 1.5, float("nan"), "", "Dense", [], [[]], {}, {"kind": "Dense"}, {"kind": 5}]


def places(value, path=()):
    """Give the path of every value within a value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def test_damaged_descriptions_are_refused_or_read(tmp_path):
    """Whatever stands in the place of a value of the description, the file is refused as such, or loaded."""
    path, draw, refused = tmp_path / "model.npz", random.Random(0), 0  # noqa: S311
    before = graph()
    before.fit(np.ones((2, 4, 3)), np.ones((2, 2)), callbacks=ann.EarlyStopping("loss"))
    before.save(path, training=True)
    arrays = read_arrays(path)
    whole = arrays["description"].tobytes()
    for _ in range(80):
        description = json.loads(whole)
        *outer, last = draw.choice([place for place in places(description) if place])
        target = description
        for key in outer:
            target = target[key]
        target[last] = draw.choice(JUNK)
        arrays["description"] = np.frombuffer(json.dumps(description).encode(), np.uint8)
        write_arrays(path, arrays)
        try:
            ann.io.load(path)
        except UnreadableFileError:
            refused += 1
    assert refused > 40


def test_damaged_bytes_are_refused_or_read(tmp_path):
    """A file with some bytes changed, or cut anywhere, is refused as such, or loaded."""
    path, draw = tmp_path / "model.npz", random.Random(1)  # noqa: S311
    graph().save(path)
    whole = path.read_bytes()
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(draw.choice([1, 4, 16])):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged[: draw.choice([len(damaged), draw.randrange(len(damaged))])])
        with contextlib.suppress(UnreadableFileError):
            ann.io.load(path)
