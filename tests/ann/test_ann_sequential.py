"""Sequential: its shapes, its four steps, what it gives away and what it refuses."""

import numpy as np
import pytest

import ann
from ann import layers
from ann.errors import InvalidTypeError, InvalidValueError, NotCompiledError, ShapeError, WeightsError
from ann.passes import LogitGradient


def small(seed=0, **options):
    """Give a small convolutional classifier with every kind of layer."""
    return ann.Sequential(
        [
            layers.Conv2D(4, 3, padding="same", activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(6, 3, kernel_regularizer="l2"),
            layers.Activation("tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(5, activation="relu", kernel_regularizer=ann.regularizers.L1L2(0.01, 0.01)),
            layers.Dense(3, activation="softmax"),
        ],
        seed=seed,
        **options,
    )


def data(count=12, seed=0):
    """Give stimuli and labels for `small`."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 8, 8, 1)).astype(np.float32), rng.integers(0, 3, count)


def compiled(seed=0, **options):
    """Give `small`, ready to learn."""
    model = small(seed, **options)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_train_on_batch_is_the_four_steps():
    """Forward, loss, backward and update called one by one give the same weights, bit for bit."""
    x, y = data()
    one, four = compiled(), compiled()
    value = one.train_on_batch(x, y)
    outputs, cache = four.forward(x, training=True)
    by_hand, gradient = four.loss(outputs, y)
    gradients = four.backward(gradient, cache)
    four.update(gradients)
    assert value == by_hand
    np.testing.assert_array_equal(one.flat_weights, four.flat_weights)
    assert isinstance(gradient, LogitGradient)


def test_gradients_can_be_read_by_name():
    """Gradients are a mapping from layers to parameters, in the shapes of the weights."""
    x, y = data()
    model = compiled()
    outputs, cache = model.forward(x, training=True)
    gradients = model.backward(model.loss(outputs, y)[1], cache, inputs=True)
    weights = model.get_weights()
    assert list(gradients) == list(weights) == ["conv2d_1", "conv2d_2", "dense_1", "dense_2"]
    assert len(gradients) == 4
    for name, own in weights.items():
        assert {part: array.shape for part, array in own.items()} == {
            part: array.shape for part, array in gradients[name].items()
        }
    assert gradients.inputs.shape == x.shape
    with pytest.raises(KeyError):
        gradients["flatten_1"]


def test_an_own_gradient_goes_through_the_last_activation():
    """A plain gradient with respect to the outputs passes softmax; a loss's own has passed it already."""
    x, y = data()
    model = compiled()
    outputs, cache = model.forward(x)
    _, fused = model.loss(outputs, y)
    plain = np.zeros_like(outputs)
    plain[np.arange(len(y)), y] = -1 / (len(y) * outputs[np.arange(len(y)), y])
    np.testing.assert_allclose(model.backward(plain, cache).flat, model.backward(fused, cache).flat, atol=1e-6)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(threads, monkeypatch):
    """A batch in parts gives the same weights, bit for bit, on one thread and on several."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    x, y = data(100)
    runs = []
    for count in (1, threads):
        model = compiled(threads=count)
        model.fit(x, y, epochs=2, batch_size=50)
        runs.append((model.flat_weights.copy(), model.predict(x)))
    for one, several in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, several)


def test_parts_add_up_to_the_whole(monkeypatch):
    """The gradient of a batch in parts is that of the whole batch."""
    x, y = data(50)
    gradients = []
    for worth in (0, 10**12):
        monkeypatch.setattr("ann.passes.WORTH_PARTING", worth)
        model = compiled(dtype="float64").untrained()
        outputs, cache = model.forward(x)
        gradients.append(model.backward(model.loss(outputs, y)[1], cache, inputs=True))
        assert len(cache.parts) == (4 if worth == 0 else 1)
    np.testing.assert_allclose(gradients[0].flat, gradients[1].flat, atol=1e-12)
    np.testing.assert_allclose(gradients[0].inputs, gradients[1].inputs, atol=1e-12)


def test_whole_model_gradients_are_those_of_central_differences():
    """Stimuli and parameters of a model with every kind of layer agree with central differences."""
    x, y = data(4)
    assert ann.gradcheck.check_model(compiled(), x, y, samples=25) < 1e-6


def test_a_layer_used_twice_gets_both_gradients():
    """A layer at two places has one set of weights, whose gradient is the sum over both."""
    shared = layers.Dense(4, activation="tanh")
    model = ann.Sequential([layers.Dense(4, input_shape=(4,)), shared, layers.Activation("tanh"), shared])
    model.compile("sgd", "mean_squared_error")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    assert ann.gradcheck.check_model(model, x, y) < 1e-6
    assert list(model.get_weights()) == ["dense_1", "dense_2"]
    assert list(model.activations(x)) == ["dense_1", "dense_2", "activation_1", "dense_2 (2)"]
    assert model.graph.nodes["dense_2 (2)"]["parameters"] == 0
    assert model.untrained().flat_weights.size == model.flat_weights.size


def test_activations_are_every_layers_outputs_in_order():
    """Names, order and shapes of the activations are those of the layers, and the last are the predictions."""
    x, _ = data(40)
    model = small()
    found = model.activations(x, batch_size=7)
    assert list(found) == model.names
    assert list(found)[:3] == ["conv2d_1", "max_pooling2d_1", "conv2d_2"]
    assert found["conv2d_1"].shape == (40, 8, 8, 4)
    assert found["flatten_1"].shape == (40, 6)
    np.testing.assert_array_equal(found["max_pooling2d_1"], found["conv2d_1"].reshape(40, 4, 2, 4, 2, 4).max((2, 4)))
    np.testing.assert_allclose(found["dense_2"], model.predict(x), rtol=1e-5)
    np.testing.assert_array_equal(found["dropout_1"], found["flatten_1"])


def test_untrained_is_where_the_model_began():
    """The untrained twin has the initial weights, learns by itself and shares nothing."""
    x, y = data()
    model = compiled(seed=3)
    initial = model.flat_weights.copy()
    model.fit(x, y, epochs=2)
    twin = model.untrained()
    np.testing.assert_array_equal(twin.flat_weights, initial)
    assert not np.array_equal(model.flat_weights, initial)
    twin.fit(x, y, epochs=2)
    np.testing.assert_array_equal(twin.flat_weights, model.flat_weights)


def test_another_seed_gives_other_weights():
    """The seed, and nothing else, decides the initial weights."""
    assert not np.array_equal(small(0).flat_weights, small(1).flat_weights)
    np.testing.assert_array_equal(small(1).flat_weights, small(1).flat_weights)


def test_graph_and_summary_tell_the_same():
    """The graph is the chain of layers from the input; the summary's total is the number of weights."""
    model = small()
    assert list(model.graph.edges) == list(zip(["input", *model.names], model.names, strict=False))
    assert sum(count for _, count in model.graph.nodes(data="parameters")) == model.flat_weights.size
    node = {"kind": "Conv2D", "layer": "conv2d_1", "shape": (8, 8, 4), "parameters": 40, "statistics": 0}
    assert model.graph.nodes["conv2d_1"] == node
    assert f"{model.flat_weights.size:,}" in model.summary()
    assert model.summary().count("\n") == 6 + len(model.layers)


def test_the_input_shape_may_come_with_the_data():
    """A model without an input shape is built at its first stimuli, and then equals one that was told."""
    late = ann.Sequential([layers.Dense(3), layers.Dense(2)], seed=5)
    told = ann.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)], seed=5)
    with pytest.raises(NotCompiledError, match="does not know its input shape"):
        _ = late.input_shape
    np.testing.assert_array_equal(late.predict(np.eye(4)), told.predict(np.eye(4)))
    assert late.input_shape == (4,)
    assert late.output_shape == (2,)


def test_weights_go_out_and_in():
    """Weights taken from one model and given to another make it give the same outputs."""
    x, _ = data()
    one, other = small(0), small(1)
    other.set_weights(one.get_weights())
    np.testing.assert_array_equal(one.predict(x), other.predict(x))


def test_weights_that_do_not_match_are_all_listed():
    """Every mismatch is named, and no weight is changed."""
    model = ann.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
    before = model.flat_weights.copy()
    weights = model.get_weights()
    weights["dense_1"]["kernel"] = np.ones((2, 2))
    weights["dense_1"]["bias"] = np.array([np.nan, 0])
    weights["dense_9"] = {"kernel": np.ones(1)}
    del weights["dense_2"]["bias"]
    with pytest.raises(WeightsError) as raised:
        model.set_weights(weights)
    for part in (
        "dense_1.kernel: got (2, 2), expects (3, 2)",
        "dense_1.bias: must be finite",
        "dense_9.kernel: not in",
    ):
        assert part in str(raised.value)
    assert "dense_2.bias: missing" in str(raised.value)
    np.testing.assert_array_equal(model.flat_weights, before)


def test_empty_input_gives_empty_output():
    """No stimuli give no outputs, in the right shape."""
    assert small().predict(np.empty((0, 8, 8, 1))).shape == (0, 3)


TAKEN = layers.Dense(2, input_shape=(3,))
ann.Sequential([TAKEN])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ann.Sequential([]), InvalidValueError, r"layers: must hold at least one"),
        (lambda: ann.Sequential(["dense"]), InvalidTypeError, r"layers\[0\]: must be a layer, got 'dense'"),
        (lambda: ann.Sequential([layers.Dense(1)], dtype="float16"), InvalidValueError, r"Sequential.dtype"),
        (lambda: ann.Sequential([layers.Dense(1)], seed=-1), InvalidValueError, r"seed: must not be negative"),
        (
            lambda: ann.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]),
            InvalidValueError,
            r"layers\[1\].name: 'a' is taken",
        ),
        (
            lambda: ann.Sequential([layers.Conv2D(2, 3, input_shape=(8, 8, 1)), layers.Dense(2)]),
            ShapeError,
            r"dense_1 \(Dense\): got \(6, 6, 2\).*Flatten",
        ),
        (lambda: ann.Sequential([TAKEN]), InvalidValueError, r"dense_1 \(Dense\): belongs to another model"),
        (lambda: small().predict(np.ones((2, 8, 8))), ShapeError, r"conv2d_1 \(Conv2D\): got \(8, 8\).*channels"),
        (
            lambda: small().predict(np.ones((2, 9, 8, 1))),
            ShapeError,
            r"got \(9, 8, 1\) a stimulus, expects \(8, 8, 1\)",
        ),
        (lambda: small().build((9, 9, 1)), ShapeError, r"was built for \(8, 8, 1\)"),
        (lambda: small().predict(np.ones((2, 8, 8, 1)), batch_size=0), InvalidValueError, r"batch_size"),
        (lambda: small().loss(np.ones((2, 3)), [0, 1]), NotCompiledError, r"has no loss; call model.compile"),
        (lambda: small().update(None), NotCompiledError, r"has no optimiser"),
        (lambda: ann.Sequential([layers.Dense(1)]).summary(), NotCompiledError, r"does not know its input shape"),
    ],
)
def test_misuse_is_named(make, error, message):
    """What does not fit is refused, with the layer, what it got and what it expects."""
    with pytest.raises(error, match=message):
        make()


def test_a_layer_cannot_return_at_another_shape():
    """A layer with weights that stands twice must see the same shape twice."""
    shared = layers.Dense(4)
    with pytest.raises(ShapeError, match=r"got \(4,\) a stimulus here, expects \(3,\)"):
        ann.Sequential([layers.Activation("relu", input_shape=(3,)), shared, shared])
