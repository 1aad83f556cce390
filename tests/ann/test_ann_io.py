"""Networks in files: what goes in comes out, and nothing else gets in."""

import json

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
