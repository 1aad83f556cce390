"""Model: graphs of layers, whose branches part and join."""

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError


def residual(**options):
    """Give a convolutional block with its input led past it, a shared layer, and two branches put together."""
    inputs = ann.Input((6, 6, 2))
    hidden = layers.Conv2D(2, 3, padding="same", activation="tanh")(inputs)
    summed = layers.Add()([inputs, hidden])
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    both = layers.Concatenate()([shared(summed), shared(inputs)])
    outputs = layers.Dense(3, activation="softmax")(layers.Flatten()(both))
    return ann.Model(inputs, outputs, **options)


def data(count=7):
    """Give stimuli and labels for `residual`."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 6, 6, 2)), rng.integers(0, 3, count)


def test_gradients_of_a_graph_are_right():
    """The gradients of branches, joins and a layer that stands twice agree with central differences."""
    x, y = data()
    model = residual()
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert ann.gradcheck.check_model(model, x, y) < 1e-6


def test_a_chain_is_sequential():
    """A graph that is a chain gives the same weights and outputs as Sequential, bit for bit."""
    x, y = data(40)
    inputs = ann.Input((6, 6, 2))
    graph = ann.Model(inputs, layers.Dense(3)(layers.Flatten()(layers.Conv2D(4, 3)(inputs))), seed=3)
    line = ann.Sequential([layers.Conv2D(4, 3, input_shape=(6, 6, 2)), layers.Flatten(), layers.Dense(3)], seed=3)
    for model in (graph, line):
        model.compile("adam", ann.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, epochs=2)
    np.testing.assert_array_equal(graph.flat_weights, line.flat_weights)
    np.testing.assert_array_equal(graph.predict(x), line.predict(x))


def test_threads_change_no_bit(monkeypatch):
    """A batch in parts on two threads gives the same bits as on one."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    x, y = data(40)
    found = []
    for threads in (1, 2):
        model = residual(threads=threads)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=2)
        found.append(model.flat_weights)
    np.testing.assert_array_equal(*found)


def test_graph_tells_what_takes_from_what():
    """The networkx graph has an edge for every input of every layer."""
    graph = residual().graph
    assert set(graph.predecessors("add_1")) == {"input", "conv2d_1"}
    assert set(graph.predecessors("concatenate_1")) == {"shared", "shared (2)"}
    assert graph.nodes["shared (2)"]["parameters"] == 0


def test_activations_are_what_layers_give():
    """The activity of every place is what its layer makes of its sources'."""
    x, _ = data()
    model = residual()
    found = model.activations(x)
    np.testing.assert_allclose(found["add_1"], x.astype(np.float32) + found["conv2d_1"], rtol=1e-6)
    np.testing.assert_array_equal(found["dense_1"], model.predict(x))
    assert list(found) == [place.name for place in model.places]


def test_a_file_holds_a_graph(tmp_path):
    """A saved graph comes back with its structure, shared layers included."""
    x, _ = data()
    model = residual(seed=5)
    ann.io.save(model, tmp_path / "model.npz")
    again = ann.io.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert list(again.graph.edges) == list(model.graph.edges)
    assert again.layers[3] is again.layers[4] or again.layers[2] is again.layers[3]


def test_untrained_copies_structure_and_seed():
    """An untrained copy begins with the same weights and shares the same layers."""
    model = residual(seed=2)
    twin = model.untrained()
    np.testing.assert_array_equal(model.flat_weights, twin.flat_weights)
    assert twin.layers[0] is not model.layers[0]
    assert list(twin.graph.edges) == list(model.graph.edges)


def test_what_is_no_graph_is_refused():
    """Numbers, foreign inputs, empty graphs and inputs that do not fit are refused in words."""
    inputs, other = ann.Input((4,)), ann.Input((4,))
    with pytest.raises(InvalidTypeError, match=r"takes ann\.Input"):
        layers.Dense(2)(np.zeros((3, 4)))
    with pytest.raises(ShapeError, match="at most 1 inputs, got 2"):
        layers.Dense(2)([inputs, other])
    with pytest.raises(InvalidValueError, match=r"another ann\.Input"):
        ann.Model(inputs, layers.Add()([layers.Dense(4)(inputs), other]))
    with pytest.raises(InvalidValueError, match="no layer between"):
        ann.Model(inputs, inputs)
    with pytest.raises(InvalidValueError, match=r"must be what ann\.Input"):
        ann.Model(layers.Dense(4)(inputs), layers.Dense(4)(inputs))
    with pytest.raises(InvalidTypeError, match=r"Model\.outputs"):
        ann.Model(inputs, "softmax")
    with pytest.raises(ShapeError, match="inputs of one shape"):
        layers.Add()([inputs, layers.Dense(3)(inputs)])
    with pytest.raises(ShapeError, match="differ along axis"):
        layers.Concatenate(axis=1)([ann.Input((4, 5)), ann.Input((3, 6))])
    with pytest.raises(ShapeError, match="no axis 0"):
        layers.Concatenate(axis=0)([inputs, other])
    with pytest.raises(InvalidTypeError, match=r"Concatenate\.axis"):
        layers.Concatenate(axis="last")
