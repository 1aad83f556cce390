"""What features, layers and units are worth, against what follows from known weights; and the figures of it."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

import ann
from ann import explain, layers
from ann.errors import DataError, InvalidTypeError, InvalidValueError, NotCompiledError, ShapeError


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def weighted(weights=(2.0, 1.0, 0.0)):
    """Give a linear network, stimuli, and targets that it meets."""
    model = ann.Sequential([layers.Dense(1, input_shape=(len(weights),))], dtype="float64")
    model.set_weights({"dense_1": {"kernel": np.array(weights)[:, None], "bias": [0.0]}})
    model.compile("sgd", "mean_squared_error", metrics=["r2"])
    x = np.random.default_rng(0).normal(size=(400, len(weights)))
    return model, x, x @ np.array(weights)


def test_a_shuffled_feature_costs_twice_its_variance():
    """For a linear network the squared error grows by 2 w^2 var(x), within the interval; idle features cost nothing."""
    model, x, y = weighted()
    found = explain.permutation_importance(model, x, y, repeats=20)
    expected = 2 * np.array([4.0, 1, 0])
    np.testing.assert_allclose(found.mean, expected, rtol=0.15)
    assert ((found.low <= expected) & (expected <= found.high)).all()
    assert found.intact == pytest.approx(0)
    assert (found.low[:2] < found.mean[:2]).all()


def test_metrics_and_functions_count_the_other_way():
    """R2 falls where the loss grows, and both tell what is worse as positive."""
    model, x, y = weighted()
    by_name = explain.permutation_importance(model, x, y, metric="r2", features=[2, 0])
    by_function = explain.permutation_importance(
        model, x, y, lambda outputs, targets: 1 - np.mean((outputs - targets) ** 2) / np.var(targets), [2, 0]
    )
    np.testing.assert_allclose(by_name.mean, by_function.mean)
    assert by_name.features == [2, 0]
    assert by_name.mean[0] == pytest.approx(0)
    assert by_name.mean[1] == pytest.approx(2 * 4 / 5, rel=0.15)
    assert by_name.intact == pytest.approx(1)


def test_what_is_told_of_the_intact_network_is_the_metric_itself():
    """A loss may be below 0 (Poisson's), and is told as it is."""
    model = ann.Sequential([layers.Dense(1, input_shape=(1,))], dtype="float64")
    model.set_weights({"dense_1": {"kernel": [[1.0]], "bias": [0.0]}})
    model.compile("sgd", "poisson")
    x = np.array([[5.0], [7.0]])
    expected = model.evaluate(x, x)
    assert expected < 0
    assert explain.ablation(model, x, x, ["dense_1"], replace="mean").intact == pytest.approx(expected)
    assert explain.permutation_importance(model, x, x, bootstraps=2).intact == pytest.approx(expected)


def test_intervals_cover_what_many_stimuli_would_give():
    """Of many small sets of stimuli, about 95 % have an interval that holds the value of endless ones."""
    model, _, _ = weighted((1.0,))
    rng, held = np.random.default_rng(1), 0
    for seed in range(60):
        x = rng.normal(size=(80, 1))
        noisy = x[:, 0] + rng.normal(size=80)
        found = explain.permutation_importance(model, x, noisy, repeats=10, bootstraps=100, seed=seed)
        held += found.low[0] <= 2 <= found.high[0]
    assert 50 <= held <= 60


def test_one_seed_gives_one_importance():
    """The same seed shuffles the same, whatever features are asked for."""
    model, x, y = weighted()
    whole, part = (explain.permutation_importance(model, x, y, features=chosen, seed=3) for chosen in (None, [1]))
    assert whole.mean[1] == part.mean[0]
    assert explain.permutation_importance(model, x, y, features=[1], seed=4).mean[0] != part.mean[0]


def branching():
    """Give a compiled convolutional network with a branch, and data."""
    inputs = ann.Input((4, 4, 2))
    hidden = layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")(inputs)
    pooled = layers.Flatten(name="flat")(layers.MaxPooling2D(2, name="pool")(hidden))
    outputs = layers.Dense(3, activation="softmax", name="out")(layers.Dropout(0.5)(pooled))
    model = ann.Model(inputs, outputs, dtype="float64", seed=1)
    model.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"])
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(12, 4, 4, 2)), rng.integers(0, 3, 12)


def test_ablating_a_channel_is_cutting_what_leads_from_it():
    """A silenced channel of a convolution gives what its filter at zero gives."""
    model, x, y = branching()
    found = explain.ablation(model, x, y, ["conv"], by="channel")
    for channel in range(3):
        cut = model.untrained()
        weights = model.get_weights()
        weights["conv"]["kernel"][..., channel] = 0
        weights["conv"]["bias"][channel] = 0
        cut.set_weights(weights)
        assert found.effects["conv"][channel] == pytest.approx(cut.evaluate(x, y).loss - found.intact)
    assert found.intact == pytest.approx(model.evaluate(x, y).loss)


def test_ablating_units_and_layers():
    """Units have the shape of the layer, a layer at zero leaves the biases' answer, and one held at its mean none."""
    model, x, y = branching()
    by_unit = explain.ablation(model, x, y, ["flat", "pool"], by="unit")
    assert by_unit.effects["pool"].shape == (2, 2, 3)
    np.testing.assert_allclose(by_unit.effects["pool"].ravel(), by_unit.effects["flat"], atol=1e-12)
    by_layer = explain.ablation(model, x, y)
    assert list(by_layer.effects) == ["conv", "pool", "flat", "dropout_1"]
    assert by_layer.effects["conv"] == pytest.approx(np.log(3) - by_layer.intact)
    resting = explain.ablation(model, x, y, ["flat"], replace="mean", metric="accuracy")
    means = model.activations(x)["flat"].mean(axis=0)
    outputs = explain.ablated_outputs(model, x, "flat", value=means)
    assert (outputs == outputs[0]).all()
    expected = model.evaluate(x, y).accuracy - np.mean(outputs.argmax(axis=1) == y)
    assert resting.effects["flat"] == pytest.approx(expected)


def test_units_are_held_at_a_value():
    """Channels by number, units by truth values; all else stays as it is."""
    model, x, _ = branching()
    weights = model.get_weights()["out"]
    held = model.activations(x)["flat"]
    held[:, [0, 4]] = 0.7
    logits = held @ weights["kernel"] + weights["bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    mask = np.zeros(12, bool)
    mask[[0, 4]] = True
    for units in ([0, 4], mask):
        np.testing.assert_allclose(explain.ablated_outputs(model, x, "flat", units, 0.7), expected)
    np.testing.assert_array_equal(explain.ablated_outputs(model, x, "flat", []), model.predict(x))
    assert explain.ablated_outputs(model, x[:0], "flat").shape == (0, 3)


def test_what_cannot_be_ablated_or_shuffled_is_refused():
    """Unknown layers, units, features, metrics and ways are refused in words."""
    model, x, y = branching()
    with pytest.raises(InvalidValueError, match="has no 'covn'; did you mean 'conv'"):
        explain.ablation(model, x, y, ["covn"])
    with pytest.raises(InvalidTypeError, match="layers: must be a list"):
        explain.ablation(model, x, y, "conv")
    with pytest.raises(InvalidValueError, match="by: must be one of"):
        explain.ablation(model, x, y, by="neuron")
    with pytest.raises(InvalidValueError, match="replace: must be one of"):
        explain.ablation(model, x, y, replace="noise")
    with pytest.raises(InvalidTypeError, match="metric: must be"):
        explain.ablation(model, x, y, metric=3)
    with pytest.raises(InvalidValueError, match="unknown metric"):
        explain.ablation(model, x, y, metric="accurcy")
    with pytest.raises(InvalidValueError, match="units: 3 is out of range"):
        explain.ablated_outputs(model, x, "conv", [3])
    with pytest.raises(InvalidTypeError, match="units: must be numbers"):
        explain.ablated_outputs(model, x, "conv", [0.5])
    with pytest.raises(ShapeError, match="units: got"):
        explain.ablated_outputs(model, x, "conv", np.ones(5, bool))
    with pytest.raises(ShapeError, match="value: got"):
        explain.ablated_outputs(model, x, "conv", value=np.ones(5))
    with pytest.raises(DataError, match="value: must be finite"):
        explain.ablated_outputs(model, x, "conv", value=np.inf)
    with pytest.raises(DataError, match="value: must be numbers"):
        explain.ablated_outputs(model, x, "conv", value={})
    with pytest.raises(DataError, match="units: rows of different lengths"):
        explain.ablated_outputs(model, x, "conv", [[1], [1, 2]])
    with pytest.raises(InvalidTypeError, match="metric: the function must give a number, got None"):
        explain.ablation(model, x, y, metric=lambda outputs, targets: None)
    for wrong in ({"by": np.eye(2)}, {"replace": np.eye(2)}):
        with pytest.raises(InvalidValueError, match="must be one of"):
            explain.ablation(model, x, y, **wrong)
    with pytest.raises(InvalidTypeError, match="metric: must be"):
        explain.ablation(model, x, y, metric=np.eye(2))
    with pytest.raises(InvalidValueError, match="features: 2 is out of range"):
        explain.permutation_importance(model, x, y, features=[2])
    with pytest.raises(InvalidTypeError, match="features: must be integers"):
        explain.permutation_importance(model, x, y, features="all")
    with pytest.raises(InvalidTypeError, match="features: must be integers"):
        explain.permutation_importance(model, x, y, features=[0.5])
    with pytest.raises(NotCompiledError, match="has no loss"):
        explain.ablation(ann.Sequential([layers.Dense(1)]), np.eye(2), np.ones(2))


def test_maps_show_values_over_the_image():
    """Signed values run alike on both sides of 0, positive ones from 0; channels are added up."""
    values = np.arange(12.0).reshape(2, 3, 2)
    ax = explain.attribution_map(values)
    np.testing.assert_array_equal(ax.get_images()[0].get_array(), values.sum(axis=2))
    assert ax.get_images()[0].get_clim() == (0, 21)
    _, ax = plt.subplots()
    assert explain.attribution_map(values - 20, image=np.ones((2, 3)), ax=ax) is ax
    assert [image.get_clim() for image in ax.get_images()][1] == (-39, 39)
    assert len(ax.figure.axes) == 2
    assert len(explain.attribution_map(values, colorbar=False).figure.axes) == 1
    with pytest.raises(ShapeError, match=r"values: got \(3,\)"):
        explain.attribution_map([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="values: must be numbers"):
        explain.attribution_map([["a"]])
    with pytest.raises(DataError, match="image: must be finite"):
        explain.attribution_map(values, np.full((2, 3), np.nan))


def test_bars_stand_in_order_with_intervals():
    """The largest feature stands first, by its name, at its value, with its interval."""
    importance = explain.Importance([0, 2], np.array([1.0, 3.0]), np.array([0.5, 2.0]), np.array([1.5, 5.0]), 0.0)
    ax = explain.importance_bars(importance, names=["a", "b", "c"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["c", "a"]
    assert [bar.get_width() for bar in ax.patches] == [3, 1]
    ends = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert ends == [[2, 5], [0.5, 1.5]]
    assert len(explain.importance_bars(importance, most=1).patches) == 1
    with pytest.raises(InvalidTypeError, match="must be what permutation_importance gave"):
        explain.importance_bars([1.0])
    with pytest.raises(InvalidTypeError, match="names: must be a list"):
        explain.importance_bars(importance, names="abc")
    with pytest.raises(InvalidValueError, match="most: must be at least 1"):
        explain.importance_bars(importance, most=0)
    with pytest.raises(ShapeError, match="names: got 2"):
        explain.importance_bars(importance, names=["a", "b"])


def test_layers_stand_side_by_side():
    """Each layer has its quantiles, or the root mean square of its gradient."""
    model, x, y = branching()
    activity = model.activations(x)
    ax = explain.activity_by_layer(activity)
    assert [label.get_text() for label in ax.get_xticklabels()] == list(activity)
    medians = [line.get_ydata()[0] for line in ax.get_lines() if line.get_color() == "#D55E00"]
    np.testing.assert_allclose(medians, [np.median(values) for values in activity.values()])
    ax = explain.gradients_by_layer(model.gradients(x, y).layers)
    sizes = [np.sqrt(np.mean(values**2)) for values in model.gradients(x, y).layers.values()]
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), sizes)
    with pytest.raises(DataError, match="holds no layer"):
        explain.activity_by_layer({})
    with pytest.raises(InvalidTypeError, match="activations: must be arrays by layer"):
        explain.activity_by_layer(3)
    with pytest.raises(DataError, match="a must hold finite"):
        explain.gradients_by_layer({"a": ["x"]})
    with pytest.raises(DataError, match="a must hold finite"):
        explain.gradients_by_layer({"a": [np.inf]})
