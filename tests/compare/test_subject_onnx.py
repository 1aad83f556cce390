"""ONNX files as subjects: the value behind every node, and nothing but the graph's own folder is read."""

import sys

import numpy as np
import pytest

import compare
from compare.errors import DataFileError, InvalidActivityError, InvalidOptionError, MissingExtraError, MissingFileError

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(4, 3, 3, 3)).astype(np.float32)
DENSE = RNG.normal(size=(4 * 16, 5)).astype(np.float32)


def graph(batch="n", sizes=(3, 6, 6), weights=(("kernel", KERNEL), ("dense", DENSE))):
    """Give a convolution, a ReLU, a shape that is computed, a dense layer: as PyTorch writes them."""
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["/features/conv/Conv_output_0"]),
        helper.make_node("Relu", ["/features/conv/Conv_output_0"], ["7"]),
        helper.make_node("Shape", ["7"], ["/Shape_output_0"]),
        helper.make_node("Constant", [], ["sizes"], value=numpy_helper.from_array(np.array([-1, 64]))),
        helper.make_node("Reshape", ["7", "sizes"], ["flat"]),
        helper.make_node("MatMul", ["flat", "dense"], ["y"]),
    ]
    made = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *sizes])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in weights],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def saved(model, path):
    """Write a model, give its path."""
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def images():
    """Seven random images of 6 x 6 in colour."""
    return np.random.default_rng(1).uniform(size=(7, 6, 6, 3))


def by_hand(images):
    """Convolve with NumPy."""
    windows = np.lib.stride_tricks.sliding_window_view(images.astype(np.float32), (3, 3), axis=(1, 2))
    return np.einsum("nhwcij,ocij->nohw", windows, KERNEL).reshape(len(images), -1)


def test_every_value_that_depends_on_stimuli_is_a_layer(images, tmp_path):
    """Names are cleaned; shapes, constants and weights are no layers; the numbers are NumPy's."""
    found = compare.activity(saved(graph(), tmp_path / "net.onnx"), images)
    conv = by_hand(images)

    assert list(found) == ["features.conv.Conv", "Relu_7", "flat", "y"]
    np.testing.assert_allclose(found["features.conv.Conv"], conv, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["y"], np.maximum(conv, 0) @ DENSE, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("batch", "chunk"), [(1, None), (4, None), (4, 3), ("n", 2), ("n", 1)])
def test_a_graph_of_fixed_size_takes_any_number_of_stimuli(images, tmp_path, batch, chunk):
    """The last stimuli are shown several times where a batch is not full, and are counted once."""
    expected = compare.activity(saved(graph(), tmp_path / "free.onnx"), images)
    found = compare.activity(saved(graph(batch), tmp_path / "fixed.onnx"), images, chunk=chunk)

    assert list(found) == list(expected)
    for name, rows in expected.items():
        np.testing.assert_allclose(found[name], rows, rtol=1e-4, atol=1e-5)


def test_one_stimulus_is_enough(images, tmp_path):
    """Which values are layers is found out with two, whatever is given."""
    found = compare.activity(saved(graph(), tmp_path / "net.onnx"), images[:1])

    assert {name: len(rows) for name, rows in found.items()} == {
        "features.conv.Conv": 1,
        "Relu_7": 1,
        "flat": 1,
        "y": 1,
    }


def test_layout_follows_the_graph_or_is_told(images, tmp_path):
    """Sizes of the input decide; without sizes a convolution does; one may say so oneself."""
    expected = compare.activity(saved(graph(), tmp_path / "net.onnx"), images)["y"]
    turned = np.moveaxis(images, -1, 1)
    free = saved(graph(sizes=("c", "h", "w")), tmp_path / "free.onnx")

    np.testing.assert_array_equal(compare.activity(tmp_path / "net.onnx", turned)["y"], expected)
    np.testing.assert_array_equal(compare.activity(free, images)["y"], expected)
    np.testing.assert_array_equal(compare.activity(free, turned, layout="as given")["y"], expected)


def test_our_own_networks_come_back(images, tmp_path):
    """What `to_onnx` wrote gives what the network gives."""
    import ann
    from ann.interchange import to_onnx

    model = ann.Sequential(
        [ann.layers.Conv2D(2, 3, name="conv", input_shape=(6, 6, 3)), ann.layers.Flatten(), ann.layers.Dense(4)], seed=0
    )
    to_onnx(model, tmp_path / "ours.onnx")
    found = compare.activity(tmp_path / "ours.onnx", images)
    last = list(model.activations(images).values())[-1]

    np.testing.assert_allclose(list(found.values())[-1], last, rtol=1e-4, atol=1e-5)


def test_layers_choose_values(images, tmp_path):
    """By cleaned name; what has no number for each stimulus is an error once asked for."""
    path = saved(graph(), tmp_path / "net.onnx")

    assert list(compare.activity(path, images, layers=["y", "Relu_7"])) == ["Relu_7", "y"]
    with pytest.raises(InvalidOptionError, match="there is no 'relu_7'; did you mean 'Relu_7'"):
        compare.activity(path, images, layers="relu_7")
    with pytest.raises(InvalidActivityError, match=r"graph\['Shape'\]: shape \(4,\) for 1 stimuli"):
        compare.activity(path, images, layers="Shape")


def external(location, array, tmp_path):
    """Put the dense weights into a file of their own."""
    model = graph()
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == "dense")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / location).resolve().parent.mkdir(exist_ok=True)
    (folder / location).resolve().write_bytes(array.tobytes())
    return saved(model, folder / "net.onnx")


def test_weights_beside_the_graph_are_read(images, tmp_path):
    """Within its folder, whatever the working directory."""
    expected = compare.activity(saved(graph(), tmp_path / "net.onnx"), images)["y"]

    np.testing.assert_array_equal(compare.activity(external("dense.bin", DENSE, tmp_path), images)["y"], expected)


@pytest.mark.parametrize("linked", [False, True])
def test_weights_elsewhere_are_refused(images, tmp_path, linked):
    """Neither by a path that leads out of the folder nor by a link."""
    path = external("../outside.bin", DENSE, tmp_path)
    if linked:
        (path.parent / "link.bin").symlink_to(tmp_path / "outside.bin")
        model = onnx.load(path, load_external_data=False)
        next(tensor for tensor in model.graph.initializer if tensor.name == "dense").external_data[0].value = "link.bin"
        saved(model, path)
    with pytest.raises(DataFileError, match=r"'dense' lie in .* no file in its folder"):
        compare.activity(path, images)


def test_weights_that_are_too_short_are_refused(images, tmp_path):
    """A file beside the graph that ends too soon."""
    path = external("dense.bin", DENSE[:3], tmp_path)
    model = onnx.load(path, load_external_data=False)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == "dense")
    entry = tensor.external_data.add()
    entry.key, entry.value = "length", str(DENSE.nbytes)
    with pytest.raises(DataFileError, match=r"dense\.bin is shorter than the weights 'dense' need"):
        compare.activity(saved(model, path), images)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n not a graph",
        graph().SerializeToString()[:200],
        graph().SerializeToString()[:-7],
        helper.make_model(helper.make_graph([], "empty", [], [])).SerializeToString(),
    ],
    ids=["empty", "foreign", "truncated", "slightly truncated", "without nodes"],
)
def test_files_that_are_no_graph_are_refused(images, tmp_path, content):
    """A clear error that names the file."""
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r"net\.onnx: not readable as ONNX"):
        compare.activity(path, images)


def test_a_missing_file_is_missing(images, tmp_path):
    """Not an empty result."""
    with pytest.raises(MissingFileError, match="no such file"):
        compare.activity(tmp_path / "none.onnx", images)


def test_operators_of_others_are_not_run(images, tmp_path):
    """No library is loaded for them."""
    model = graph()
    model.graph.node[1].domain = "somebody"
    model.opset_import.append(helper.make_opsetid("somebody", 1))
    with pytest.raises(DataFileError, match="onnxruntime cannot run this graph"):
        compare.activity(saved(model, tmp_path / "net.onnx"), images)


def test_stimuli_that_do_not_go_with_the_graph_are_refused(images, tmp_path):
    """The error says what the graph takes."""
    path = saved(graph(), tmp_path / "net.onnx")
    with pytest.raises(InvalidActivityError, match=r"takes 'x' of shape"):
        compare.activity(path, images[:, :4])
    with pytest.raises(InvalidActivityError, match="none were given"):
        compare.activity(path)


def test_a_graph_of_two_inputs_is_refused(images, tmp_path):
    """Stimuli are one."""
    model = graph(weights=(("kernel", KERNEL),))
    model.graph.input.append(helper.make_tensor_value_info("dense", TensorProto.FLOAT, [64, 5]))
    with pytest.raises(InvalidActivityError, match=r"takes 2 inputs \(x, dense\)"):
        compare.activity(saved(model, tmp_path / "net.onnx"), images)


def test_the_extra_to_install_is_named(images, tmp_path, monkeypatch):
    """Where onnxruntime is missing."""
    path = saved(graph(), tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'isocortex\[onnx\]'"):
        compare.activity(path, images)


def test_an_input_that_is_no_tensor_is_refused(images, tmp_path):
    """A sequence, which ONNX knows too; and a graph in which nothing depends on the stimuli."""
    model = graph()
    sequence = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    model.graph.input[0].CopyFrom(sequence)
    with pytest.raises(InvalidActivityError, match="its input 'x' is no tensor"):
        compare.activity(saved(model, tmp_path / "sequence.onnx"), images)
    model = graph()
    del model.graph.node[3:]
    del model.graph.node[:2]
    model.graph.node[0].input[0] = "x"
    with pytest.raises(InvalidActivityError, match="no value of the graph has a number for each stimulus"):
        compare.activity(saved(model, tmp_path / "shape.onnx"), images)
