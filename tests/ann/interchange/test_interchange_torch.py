"""Weights of PyTorch's are taken all or none, and whatever does not fit is listed."""

import pickle
import sys

import numpy as np
import pytest

import ann
from ann import errors, layers
from ann.interchange import from_torch

RNG = np.random.default_rng(0)


def two_layers():
    """Give a small network."""
    return ann.Sequential([layers.Dense(4, input_shape=(3,)), layers.Dense(2)], dtype="float64")


def state(*sizes):
    """Give what PyTorch calls a state: a module a pair of sizes."""
    found = {}
    for index, (rows, columns) in enumerate(sizes):
        found[f"fc{index}.weight"], found[f"fc{index}.bias"] = RNG.normal(size=(rows, columns)), RNG.normal(size=rows)
    return found


def test_layers_take_modules_in_order():
    """Kernels are transposed, and it is told which layer took which module."""
    model, given = two_layers(), state((4, 3), (2, 4))
    assert from_torch(model, given) == {"dense_1": "fc0", "dense_2": "fc1"}
    np.testing.assert_array_equal(model.get_weights()["dense_2"]["kernel"], given["fc1.weight"].T)


def test_layers_take_modules_by_name():
    """With names, the order is theirs, and modules that nobody asked for stay aside."""
    model, given = two_layers(), state((2, 4), (9, 9), (4, 3))
    from_torch(model, given, names={"dense_1": "fc2", "dense_2": "fc0"})
    np.testing.assert_array_equal(model.get_weights()["dense_1"]["bias"], given["fc2.bias"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (state((4, 3)), ["dense_2: no module is left for it"]),
        (state((4, 3), (2, 4), (1, 2)), ["fc2: no layer is left for it"]),
        (
            state((5, 3), (2, 5)),
            [
                r"dense_1.kernel: expects \(3, 4\), fc0 gives \(3, 5\)",
                r"dense_1.bias: expects \(4,\), fc0 gives \(5,\)",
                r"dense_2.kernel: expects \(4, 2\), fc1 gives \(5, 2\)",
            ],
        ),
        ({**state((4, 3)), "fc1.weight": np.ones((2, 4))}, ["dense_2.bias: fc1 has none"]),
        ({**state((4, 3), (2, 4)), "fc1.running_mean": np.ones(2)}, ["fc1.running_mean: dense_2 .* has no place"]),
        ({"a.bias": np.ones(4), **state((2, 4))}, [r"dense_1 .* cannot take a with bias \(4,\): it lacks 'weight'"]),
        (
            {**state((4, 3), (2, 4)), "fc1.bias": np.array([1, np.nan])},
            ["dense_2.bias: fc1 holds numbers that float64 does not"],
        ),
    ],
)
def test_every_mismatch_is_listed(given, words):
    """The message lists them all, and no weight is changed."""
    model = two_layers()
    before = model.flat_weights.copy()
    with pytest.raises(errors.WeightsError) as caught:
        from_torch(model, given)
    for one in words:
        caught.match(one)
    np.testing.assert_array_equal(model.flat_weights, before)


def test_numbers_must_fit_into_the_models():
    """A float64 that float32 cannot hold is told, and does not become infinite."""
    model = ann.Sequential([layers.Dense(1, use_bias=False, input_shape=(1,))])
    with pytest.raises(errors.WeightsError, match=r"dense_1.kernel: fc holds numbers that float32 does not"):
        from_torch(model, {"fc.weight": np.array([[1e300]])})


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"dense_1": "fc0"}, "dense_2: names gives it no module"),
        ({"dense_1": "fc0", "dense_2": "fc9"}, "dense_2: no module 'fc9'; there are fc0, fc1"),
        ({"dense_1": "fc0", "dense_2": "fc1", "dense_3": "fc1"}, "dense_3: is no layer of sequential"),
    ],
)
def test_names_must_be_known(names, words):
    """Names of layers and modules that are not there are listed."""
    with pytest.raises(errors.WeightsError, match=words):
        from_torch(two_layers(), state((4, 3), (2, 4)), names)


def test_names_must_be_a_mapping():
    """A list tells not which layer takes which module."""
    with pytest.raises(errors.InvalidTypeError, match="names: must map layers"):
        from_torch(two_layers(), state((4, 3)), names=["fc0"])


@pytest.mark.parametrize(
    ("layer", "given", "words"),
    [
        (
            layers.GRU(2, reset_after=False),
            {"g.weight_ih_l0": np.ones((6, 3)), "g.weight_hh_l0": np.ones((6, 2))},
            "needs reset_after=True",
        ),
        (
            layers.Bidirectional(layers.GRU(2, go_backwards=True)),
            {"g.weight_ih_l0": np.ones((6, 3)), "g.weight_hh_l0": np.ones((6, 2))},
            "needs go_backwards=False",
        ),
        (
            layers.Bidirectional(layers.GRU(2)),
            {"g.weight_ih_l0": np.ones((6, 3)), "g.weight_hh_l0": np.ones((6, 2))},
            "the module has one direction",
        ),
        (
            layers.LSTM(2),
            {"g.weight_ih_l0": np.ones((7, 3)), "g.weight_hh_l0": np.ones((8, 2))},
            r"weight_ih \(7, 3\), weight_hh \(8, 2\): axes or lengths",
        ),
        (
            layers.LSTM(2, use_bias=False),
            {"g.weight_ih_l0": np.ones((8, 3)), "g.weight_hh_l0": np.ones((8, 2)), "g.weight_hr_l0": np.ones((1, 2))},
            "g.weight_hr: lstm_1 .* has no place for it",
        ),
    ],
)
def test_recurrent_modules_that_are_not_ours(layer, given, words):
    """Forms of PyTorch's that the layer has not are named."""
    model = ann.Sequential([layer])
    model.build((5, 3))
    with pytest.raises(errors.WeightsError, match=words):
        from_torch(model, given)


@pytest.mark.parametrize("columns", [17, 19])
def test_flattened_features_must_be_as_many(columns):
    """Where features are brought in order, too few and too many of them are told as well."""
    chain = [layers.Flatten(input_shape=(3, 3, 2)), layers.BatchNormalization(scale=False), layers.Dense(4)]
    given = {"0.bias": np.ones(columns), "0.running_mean": np.ones(18), "0.running_var": np.ones(18)}
    with pytest.raises(errors.WeightsError, match=rf"beta: expects \(18,\).*\({columns},\)") as caught:
        from_torch(ann.Sequential(chain), {**given, "1.weight": np.ones((4, columns)), "1.bias": np.ones(4)})
    caught.match(rf"dense_1.kernel: expects \(18, 4\), 1 gives \({columns}, 4\)")


def test_layers_of_somebodys_own_are_named():
    """A layer that nobody knows takes no weights."""

    class Own(layers.Dense):
        """A layer of somebody's own."""

    model = ann.Sequential([Own(2, input_shape=(3,))])
    with pytest.raises(errors.WeightsError, match=r"own_1 \(Own\): PyTorch's weights for such a layer are not known"):
        from_torch(model, state((2, 3)))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin"])
def test_pickles_are_refused(suffix, tmp_path):
    """A pickle is never opened, and the message says why and what to do."""
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(pickle.dumps({}))
    with pytest.raises(errors.UnreadableFileError, match=r"executes whatever it holds; .*safetensors"):
        from_torch(two_layers(), path)


def test_files_must_be_safetensors(tmp_path):
    """Other files, broken ones and missing ones are told apart."""
    pytest.importorskip("safetensors")
    (tmp_path / "weights.h5").write_bytes(b"")
    (tmp_path / "weights.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(errors.UnreadableFileError, match=r"must be a .safetensors file"):
        from_torch(two_layers(), tmp_path / "weights.h5")
    with pytest.raises(errors.UnreadableFileError, match="no file of safetensors"):
        from_torch(two_layers(), tmp_path / "weights.safetensors")
    with pytest.raises(errors.MissingFileError):
        from_torch(two_layers(), tmp_path / "nothing.safetensors")


def test_missing_extra_is_named(tmp_path, monkeypatch):
    """Without safetensors, the message says what to install."""
    (tmp_path / "weights.safetensors").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"isocortex\[safetensors\]"):
        from_torch(two_layers(), tmp_path / "weights.safetensors")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (3, "takes a module, its state_dict"),
        ({1: np.ones(3)}, "must be text, got 1"),
        ({"a.weight": "many"}, "a.weight must be an array of numbers, got str"),
    ],
)
def test_sources_of_other_kinds_are_refused(source, words):
    """What is no module, no mapping and no path is refused, and so are names and values that are none."""
    with pytest.raises(errors.InvalidTypeError, match=words):
        from_torch(two_layers(), source)
