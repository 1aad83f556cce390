"""Normalisation against its formula, central differences, and what batches may and may not change."""

import numpy as np
import pytest

import ann
from ann import gradcheck, layers
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.layers import BatchNormalization, GroupNormalization, LayerNormalization

RNG = np.random.default_rng(0)
IMAGE = (4, 5, 6)
CASES = {  # layer, shape of a stimulus, axes of the array that a mean is over
    "batch": (BatchNormalization(), (5,), (0,)),
    "batch, sequence": (BatchNormalization(), (4, 3), (0, 1)),
    "batch, image": (BatchNormalization(), IMAGE, (0, 1, 2)),
    "batch, channels first": (BatchNormalization(axis=1), IMAGE, (0, 2, 3)),
    "batch, plain": (BatchNormalization(center=False, scale=False, epsilon=1e-5), IMAGE, (0, 1, 2)),
    "batch, no scale": (BatchNormalization(scale=False), (5,), (0,)),
    "layer": (LayerNormalization(), (7,), (1,)),
    "layer, sequence": (LayerNormalization(), (4, 7), (2,)),
    "layer, first axis": (LayerNormalization(axis=1), (4, 7), (1,)),
    "layer, image": (LayerNormalization(axis=(1, 2, 3)), IMAGE, (1, 2, 3)),
    "layer, outer axes": (LayerNormalization(axis=(-1, 1)), IMAGE, (1, 3)),
    "layer, plain": (LayerNormalization(center=False, scale=False), (7,), (1,)),
    "layer, no shift": (LayerNormalization(center=False), (7,), (1,)),
}
GROUPS = {
    "groups": (GroupNormalization(groups=3), IMAGE),
    "one group": (GroupNormalization(groups=1), IMAGE),
    "each channel": (GroupNormalization(groups=-1), IMAGE),
    "groups, channels first": (GroupNormalization(groups=2, axis=1), IMAGE),
    "groups of features": (GroupNormalization(groups=2), (8,)),
    "groups, sequence": (GroupNormalization(groups=4, scale=False), (3, 8)),
}
ALL = {**{name: case[:2] for name, case in CASES.items()}, **GROUPS}


def filled(layer, shape, dtype=np.float64):
    """Give a copy of the layer with random parameters, as a model would."""
    layer, rng = layer.copy(), np.random.default_rng(1)
    initial = layer.initial_parameters(shape, rng)
    layer.parameters = {name: (value + rng.normal(size=value.shape)).astype(dtype) for name, value in initial.items()}
    layer.statistics = {name: value.astype(dtype) for name, value in layer.initial_statistics(shape).items()}
    return layer


def formula(x, axes, epsilon):
    """Give the numbers at mean 0 and variance 1 over some axes."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def weighted(layer, normalized, axes):
    """Scale and shift along those axes."""
    shape = [length if axis in axes else 1 for axis, length in enumerate(normalized.shape)]
    gamma, beta = (layer.parameters.get(name) for name in ("gamma", "beta"))
    scaled = normalized if gamma is None else normalized * gamma.reshape(shape)
    return scaled if beta is None else scaled + beta.reshape(shape)


@pytest.mark.parametrize("name", CASES)
def test_output_is_the_formulas(name):
    """Batch and layer normalisation in training are NumPy's mean and variance, scaled and shifted."""
    layer, shape, axes = CASES[name]
    layer = filled(layer, shape)
    x = 3 + 2 * RNG.normal(size=(6, *shape))
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    expected = weighted(layer, formula(x, axes, layer.epsilon), rest if isinstance(layer, BatchNormalization) else axes)
    y, _ = layer.forward(x, training=True)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert y.flags.c_contiguous
    assert y.shape[1:] == layer.output_shape(shape)


@pytest.mark.parametrize("name", GROUPS)
def test_groups_are_the_formulas(name):
    """Group normalisation is NumPy's mean and variance over the places and channels of each group."""
    layer, shape = GROUPS[name]
    layer = filled(layer, shape)
    x = 3 + 2 * RNG.normal(size=(4, *shape))
    last = np.moveaxis(x, layer.axis, -1)
    channels = last.shape[-1]
    groups = channels if layer.groups == -1 else layer.groups
    parts = last.reshape(4, -1, groups, channels // groups)
    normalized = np.moveaxis(formula(parts, (1, 3), layer.epsilon).reshape(last.shape), -1, layer.axis)
    expected = weighted(layer, normalized, [layer.axis % x.ndim])
    np.testing.assert_allclose(layer.forward(x)[0], expected, atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ALL)
def test_gradients_are_central_differences(name, training):
    """In training and at inference, gradients for input, scale and shift agree with central differences."""
    layer, shape = ALL[name]
    assert gradcheck.check_layer(layer, shape, stimuli=4, training=training) < 1e-6


@pytest.mark.parametrize("name", ALL)
def test_single_precision_follows_double(name):
    """In float32 output and gradients are those of float64 to single precision, far from 0 too."""
    layer, shape = ALL[name]
    x, gradient = (10 + RNG.normal(size=(6, *shape))).astype(np.float32), RNG.normal(size=(6, *shape))
    found = []
    for dtype in (np.float32, np.float64):
        one = filled(layer, shape, dtype)
        y, cache = one.forward(x.astype(dtype), training=True)
        d_x, own = one.backward(gradient.astype(dtype), cache)
        assert {array.dtype for array in (y, d_x, *own.values())} == {np.dtype(dtype)}
        found.append((y, d_x, *own.values()))
    for single, double in zip(*found, strict=True):
        np.testing.assert_allclose(single, double, atol=2e-4)


@pytest.mark.parametrize("name", ALL)
def test_arrays_that_lie_crosswise_are_taken(name):
    """Inputs and gradients in another order of memory give the same."""
    layer, shape = ALL[name]
    layer = filled(layer, shape)
    x, gradient = RNG.normal(size=(3, *shape)), RNG.normal(size=(3, *shape))
    found = []
    for order in "CF":
        y, cache = layer.forward(np.array(x, order=order), training=True)
        d_x, own = layer.backward(np.array(gradient, order=order), cache)
        found.append([y, d_x, *own.values()])
    for first, second in zip(*found, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-12)


def test_the_running_variance_is_the_biased_one():
    """Running mean and variance move by the batch's own, over n: as Keras 3 and ONNX, unlike PyTorch's over n - 1."""
    layer = filled(BatchNormalization(momentum=0.9), (2,))
    x = RNG.normal(size=(5, 2))
    layer.observe(layer.forward(x, training=True)[1])
    np.testing.assert_allclose(layer.statistics["moving_mean"], 0.1 * x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(layer.statistics["moving_variance"], 0.9 + 0.1 * x.var(0), rtol=1e-12)


def test_inference_uses_what_training_saw():
    """After training on one batch again and again, inference gives what training gives; one by one it is the same."""
    x = 5 + 3 * RNG.normal(size=(8, 6, 6, 2))
    model = ann.Sequential([BatchNormalization(momentum=0.5, input_shape=(6, 6, 2))])
    for _ in range(60):
        trained, _ = model.forward(x, training=True)
    np.testing.assert_allclose(model.predict(x), trained, atol=1e-5)
    np.testing.assert_allclose(model.predict(x[:1]), trained[:1], atol=1e-5)
    found = model.get_weights()["batch_normalization_1"]
    np.testing.assert_allclose(found["moving_mean"], x.mean((0, 1, 2)), rtol=1e-4)
    assert set(found) == {"gamma", "beta", "moving_mean", "moving_variance"}


def test_statistics_move_only_in_training():
    """Prediction and evaluation leave the running statistics as they are; one batch of training moves them once."""
    model = ann.Sequential([BatchNormalization(input_shape=(3,)), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    x, y = RNG.normal(size=(10, 3)), RNG.normal(size=10)
    before = model.flat_statistics.copy()
    model.predict(x)
    model.evaluate(x, y)
    np.testing.assert_array_equal(model.flat_statistics, before)
    model.train_on_batch(x, y)
    np.testing.assert_allclose(model.flat_statistics[3:], 0.99 + 0.01 * x.astype(np.float32).var(0), rtol=1e-5)


def test_one_batch_that_is_cut_in_parts_is_normalised_whole(monkeypatch):
    """A batch shared among threads has the mean of all its stimuli, and the same bits on one thread and on two."""
    monkeypatch.setattr("ann.passes.WORTH_PARTING", 0)
    x, y = RNG.normal(size=(40, 6, 6, 2)), RNG.integers(0, 3, 40)
    found = []
    for threads in (1, 2):
        model = ann.Sequential(
            [
                layers.Conv2D(4, 3, input_shape=(6, 6, 2)),
                BatchNormalization(),
                layers.Activation("relu"),
                layers.Flatten(),
                LayerNormalization(),
                layers.Dense(3, activation="softmax"),
            ],
            threads=threads,
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=2, batch_size=40)
        found.append(np.concatenate([model.flat_weights, model.flat_statistics]))
    np.testing.assert_array_equal(*found)
    _, cache = model.untrained().forward(x, training=True)
    assert len(cache.parts) == 3
    assert cache.whole[1].columns.shape == (40 * 16, 4)


def test_gradients_through_a_network():
    """Two convolutions with batch and group normalisation between, and a residual with layer normalisation."""
    inputs = ann.Input((5, 5, 2))
    hidden = layers.Activation("tanh")(BatchNormalization()(layers.Conv2D(4, 2, use_bias=False)(inputs)))
    hidden = GroupNormalization(groups=2)(layers.Conv2D(4, 2, padding="same")(hidden))
    hidden = layers.Add()([hidden, LayerNormalization()(hidden)])
    model = ann.Model(inputs, layers.Dense(3, activation="softmax")(layers.Flatten()(hidden)), seed=1)
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert gradcheck.check_model(model, RNG.normal(size=(5, 5, 5, 2)), np.array([0, 1, 2, 1, 0])) < 1e-6


def test_a_layer_that_stands_twice_learns_from_both_places():
    """One batch normalisation in two places adds its gradients, and its statistics see both batches, in order."""
    inputs, norm = ann.Input((4,)), BatchNormalization(momentum=0.5)
    hidden = norm(layers.Dense(4, activation="tanh")(norm(inputs)))
    model = ann.Model(inputs, layers.Dense(1)(hidden), seed=0)
    model.compile("sgd", "mean_squared_error")
    x = 3 + RNG.normal(size=(6, 4))
    assert gradcheck.check_model(model, x, RNG.normal(size=6)) < 1e-6
    first = x
    second = model.forward(x, training=True)[1].whole[2].columns
    expected = 0.5 * (0.5 * first.mean(0)) + 0.5 * second.mean(0)
    np.testing.assert_allclose(norm.statistics["moving_mean"], expected, rtol=1e-4)


def test_masks_pass_through_and_hidden_steps_count_in_no_statistics():
    """Normalisation keeps the mask for the layers behind it; statistics of a padded batch are those of its words."""
    words = np.array([[3, 1, 2, 0], [5, 0, 0, 0]] * 20)
    inputs = ann.Input((4,))
    embedded = layers.Embedding(8, 3, mask_zero=True)(inputs)
    norm = BatchNormalization(momentum=0.0)
    model = ann.Model(inputs, LayerNormalization()(norm(embedded)), dtype="float64", seed=0)
    _, cache = model.forward(words, training=True)
    np.testing.assert_array_equal(cache.mask, words != 0)
    seen = model.get_weights()["embedding_1"]["embeddings"][words[words != 0]]
    np.testing.assert_allclose(norm.statistics["moving_mean"], seen.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(norm.statistics["moving_variance"], seen.var(axis=0), rtol=1e-12)


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_gradients_behind_a_mask(axis):
    """Central differences with hidden steps, some of whole stimuli; hidden ones are normalised all the same."""
    mask = np.array([[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]], bool)
    shape = (4, 3) if axis != 2 else (4, 3, 2)
    assert gradcheck.check_layer(BatchNormalization(axis=axis), shape, mask=mask) < 1e-6
    assert gradcheck.check_layer(BatchNormalization(axis=axis), shape, mask=mask, training=False) < 1e-6


def test_a_batch_whose_steps_are_all_hidden_leaves_the_statistics():
    """There is nothing to see, and nothing becomes infinite."""
    layer = BatchNormalization(momentum=0.5)
    layer.statistics = {"moving_mean": np.array([1.0, 2.0]), "moving_variance": np.array([4.0, 9.0])}
    layer.parameters = layer.initial_parameters((3, 2), RNG)
    x = RNG.normal(size=(2, 3, 2))
    y, cache = layer.forward(x, training=True, mask=np.zeros((2, 3), bool))
    layer.observe(cache)
    np.testing.assert_allclose(layer.statistics["moving_mean"], [1, 2])
    np.testing.assert_allclose(layer.statistics["moving_variance"], [4, 9])
    np.testing.assert_allclose(y, layer.forward(x)[0])


def test_files_hold_the_statistics(tmp_path):
    """A saved network predicts the same, running statistics included."""
    model = ann.Sequential([BatchNormalization(axis=-1, input_shape=(3,)), LayerNormalization(axis=(1,))])
    x = 4 + RNG.normal(size=(9, 3))
    model.forward(x, training=True)
    ann.io.save(model, tmp_path / "model.npz")
    again = ann.io.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    np.testing.assert_array_equal(again.flat_statistics, model.flat_statistics)


def test_penalties_on_the_scale():
    """A penalty on gamma acts like one on a kernel."""
    model = ann.Sequential([BatchNormalization(gamma_regularizer={"kind": "L2", "l2": 0.5}, input_shape=(3,))])
    assert model.penalty() == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BatchNormalization(axis=0), InvalidValueError, r"BatchNormalization.axis: 0 is the axis of stimuli"),
        (lambda: BatchNormalization(axis="last"), InvalidTypeError, r"BatchNormalization.axis: must be an integer"),
        (lambda: BatchNormalization(momentum=1.5), InvalidValueError, r"momentum: must be from 0 to 1, got 1.5"),
        (
            lambda: BatchNormalization(momentum=-1),
            InvalidValueError,
            r"momentum: must be finite and at least 0, got -1",
        ),
        (
            lambda: LayerNormalization(epsilon=0),
            InvalidValueError,
            r"LayerNormalization.epsilon: must be positive, got 0",
        ),
        (lambda: LayerNormalization(axis=()), InvalidValueError, r"axis: must name at least one axis, got none"),
        (lambda: LayerNormalization(axis=(1, -2)).output_shape((3, 4)), ShapeError, r"names an axis twice"),
        (lambda: LayerNormalization(axis=3).output_shape((3, 4)), ShapeError, r"has no axis 3 besides that of stimuli"),
        (lambda: GroupNormalization(groups=0), InvalidValueError, r"GroupNormalization.groups: must be at least 1"),
        (lambda: GroupNormalization(3).output_shape((8,)), ShapeError, r"whose 8 channels do not part into 3 groups"),
        (lambda: GroupNormalization().output_shape((8,)), ShapeError, r"8 channels do not part into 32 groups"),
        (
            lambda: GroupNormalization(gamma_initializer="on"),
            InvalidValueError,
            r"gamma_initializer: unknown name 'on'",
        ),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument or a shape that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()
