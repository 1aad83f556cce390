"""Trained networks as spiking brains: read exactly, told to within a spike, refused by name where they cannot be."""

import numpy as np
import pytest

import ann
import brainsim
import compare
from ann import layers as L
from compare.conversion import read_out, to_spiking
from compare.conversion.balancing import data_scales, model_scales, stage_activity
from compare.conversion.reading import stages_of
from compare.datasets import digits
from compare.errors import ActivityTypeError, ConversionError, InvalidActivityError, InvalidOptionError

RNG = np.random.default_rng(0)


def network(*stack, shape=(8, 7, 2), seed=0):
    """Make a network with statistics, shifts and biases that are not those it began with."""
    model = ann.Sequential(
        [ann.layers.Dropout(0.1, input_shape=shape), *(one.copy() for one in stack)], seed=seed, dtype="float64"
    )
    rng = np.random.default_rng(seed)
    weights = model.get_weights()
    for own in weights.values():
        for name in own:
            if name in ("bias", "beta", "moving_mean"):
                own[name] = rng.normal(0, 0.2, own[name].shape)
            if name in ("gamma", "moving_variance"):
                own[name] = rng.uniform(0.5, 1.5, own[name].shape)
    model.set_weights(weights)
    return model


def images(count=30, shape=(8, 7, 2), seed=1):
    """Make images between 0 and 1."""
    return np.random.default_rng(seed).random((count, *shape))


STACKS = {
    "dense": [L.Flatten(), L.Dense(9, "relu"), L.Dense(4, "softmax")],
    "dense without bias": [L.Flatten(), L.Dense(9, "relu", use_bias=False), L.Dense(4)],
    "ends rectified": [L.Flatten(), L.Dense(9, "relu"), L.Dropout(0.5), L.Dense(5, "relu")],
    "activation apart": [L.Flatten(), L.Dense(9), L.Activation("relu"), L.Activation("relu"), L.Dense(3, "sigmoid")],
    "normalised before": [L.Flatten(), L.Dense(9), L.BatchNormalization(), L.Activation("relu"), L.Dense(3)],
    "normalised after": [L.Conv2D(3, 3, activation="relu", padding="same"), L.BatchNormalization(),
                         L.Conv2D(2, 3, activation="relu", padding="same"), L.Flatten(), L.Dense(3)],
    "normalised and flat": [L.Conv2D(3, 3, activation="relu"), L.BatchNormalization(), L.Flatten(), L.Dense(3)],
    "normalised stimuli": [L.BatchNormalization(), L.Conv2D(3, 3, activation="relu"), L.Flatten(), L.Dense(3)],
    "convolution normalised": [L.Conv2D(3, 3, strides=2, padding="same"), L.BatchNormalization(center=False),
                               L.Activation("relu"), L.Flatten(), L.Dense(3)],
    "dilated": [L.Conv2D(3, (3, 2), dilation_rate=2, padding="same", activation="relu"), L.Flatten(), L.Dense(3)],
    "padded by a number": [L.Conv2D(3, 3, padding=2, activation="relu"), L.Flatten(), L.Dense(3)],
    "uneven": [L.Conv2D(4, (3, 2), strides=(1, 2), groups=2, padding=((1, 0), (2, 1)), activation="relu"),
               L.BatchNormalization(), L.Conv2D(2, 2, strides=(2, 1), activation="relu"), L.Flatten(), L.Dense(3)],
    "uneven normalised": [L.Conv2D(4, 3, strides=(1, 2)), L.BatchNormalization(), L.Activation("relu"), L.Flatten(),
                          L.Dense(3)],
    "averages": [L.Conv2D(3, 3, activation="relu"), L.AveragePooling2D(3, strides=2, padding="same"), L.Flatten(),
                 L.Dense(3, "softmax")],
    "averages that count zeros": [L.Conv2D(3, 3, activation="relu"),
                                  L.AveragePooling2D(2, padding=1, padding_counts=True), L.Flatten(), L.Dense(3)],
    "averages of all": [L.Conv2D(3, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(3)],
    "pools first": [L.AveragePooling2D(2), L.Conv2D(3, 2, activation="relu"), L.Flatten(), L.Dense(3)],
    "largest": [L.Conv2D(3, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dense(3, "softmax")],
    "largest, overlapping": [L.Conv2D(3, 3, activation="relu", padding="same"),
                             L.MaxPooling2D((3, 2), strides=2, padding="same"), L.Conv2D(2, 2, activation="relu"),
                             L.Flatten(), L.Dense(3)],
    "largest of all": [L.Conv2D(3, 3, activation="relu"), L.GlobalMaxPooling2D(), L.Dense(3)],
}  # fmt: skip


def through(stages, x):
    """Compute what the stages say, without spikes."""
    flat = x.reshape(len(x), -1)
    for stage in stages:
        if stage.slots:
            largest = np.full((len(x), stage.units), -np.inf)
            for sources, targets in stage.slots:
                largest[:, targets] = np.maximum(largest[:, targets], flat[:, sources])
            flat = largest
        else:
            flat = stage.input_to(flat)
            flat = np.maximum(flat, 0) if stage.rectified else flat
    return flat


@pytest.mark.parametrize("name", STACKS)
def test_a_network_is_read_exactly(name):
    """Weights, folded normalisation, pooling: the stages compute the network's own numbers, to rounding."""
    model, x = network(*STACKS[name]), images()
    stages = stages_of(model)
    expected = model.predict(x)
    found = through(stages, x)
    if not stages[-1].rectified:
        kind = type(model.layers[-1].activation).__name__
        found = {"Softmax": _softmax, "Sigmoid": lambda z: 1 / (1 + np.exp(-z))}.get(kind, lambda z: z)(found)
    np.testing.assert_allclose(found, expected.reshape(len(x), -1), atol=1e-10)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "name", ["dense", "uneven", "averages", "largest, overlapping", "pools first", "ends rectified"]
)
def test_spikes_tell_the_activations(name):
    """Every layer's rates follow its activations, r > 0.99, and what comes in at the last follows the logits."""
    model, x = network(*STACKS[name]), images()
    stages = stages_of(model)
    read = read_out(to_spiking(model, x, percentile=100), x, 400, threads=1)
    for stage, (layer, activity) in zip(stages, read.activity.items(), strict=True):
        expected = stage_activity(model, stages, x)[stage.name]
        assert layer == stage.name
        assert np.corrcoef(activity.ravel(), expected.ravel())[0, 1] > 0.99, layer
        assert np.abs(activity - expected).max() < 0.1 * np.abs(expected).max(), layer


@pytest.mark.parametrize("start", [0.0, 0.5, 1.0])
def test_the_first_layer_keeps_the_law(start):
    """Its input is constant, its activations within the scale: rates are right to within 1 / T, from any start."""
    model, x = network(L.Flatten(), L.Dense(40, "relu"), L.Dense(3)), images(60)
    brain = to_spiking(model, x, percentile=100, start=start)
    scale = brain.populations["dense_1.units"].model.V_th
    expected = model.activations(x)["dense_1"]
    for steps in (5, 20, 100):
        error = np.abs(read_out(brain, x, steps, threads=1).activity["dense_1"] - expected) / scale
        assert error.max() <= 1 / steps + 1e-9


def test_the_largest_is_counted_exactly():
    """A max-pooling unit has sent, two steps later, as many spikes as the busiest of its window, at every time."""
    model, x = network(*STACKS["largest, overlapping"]), images(4)
    brain, (first, pooled, *_) = to_spiking(model, x), stages_of(model)
    for steps in (7, 30, 61):
        counts = brainsim.simulate(brain, x, duration=steps, dt=1, threads=1).spike_counts
        before = brainsim.simulate(brain, x, duration=steps - 2, dt=1, threads=1).spike_counts[f"{first.name}.units"]
        expected = np.zeros((len(x), pooled.units), dtype=int)
        for sources, targets in pooled.slots:
            expected[:, targets] = np.maximum(expected[:, targets], before[:, 0][:, sources])
        np.testing.assert_array_equal(counts[f"{pooled.name}.units"][:, 0], expected)


def test_both_engines_run_a_converted_network_spike_for_spike():
    """Constant currents of stimuli, shared filters and tallies: Brian2's spikes are ours."""
    model, x = network(*STACKS["largest"]), images(2)
    brain = to_spiking(model, x)
    ours, theirs = (brainsim.simulate(brain, x, duration=25, dt=1, engine=one) for one in ("compiled", "brian2"))
    for population in brain.populations:
        for stimulus in range(2):
            mine, yours = (one.spikes(population, stimulus, 0) for one in (ours, theirs))
            assert all(np.array_equal(a, b) for a, b in zip(mine, yours, strict=True))
    assert ours.spike_counts["max_pooling2d_1.units"].sum() > 100


def test_digits_are_told_as_by_the_network():
    """A trained perceptron and its spikes agree on held-out digits to half a point, with every layer above 0.99."""
    data = digits()
    x, y = data.images.reshape(-1, 784) / data.images.max(), data.labels
    model = ann.Sequential(
        [L.Dense(64, "relu", input_shape=(784,)), L.Dense(32, "relu"), L.Dense(10, "softmax")], seed=0
    )
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x[:2000], y[:2000], epochs=4, batch_size=50)
    others, truth = x[8000:8600], y[8000:8600]
    read = read_out(to_spiking(model, x[:300]), others, 100)
    expected = stage_activity(model, stages_of(model), others)
    assert abs(read.accuracy(truth)[-1] - model.evaluate(others, truth).accuracy) <= 0.005
    for name, activity in read.activity.items():
        assert np.corrcoef(activity.ravel(), expected[name].ravel())[0, 1] > 0.99
    assert read.accuracy(truth)[0] < 0.5 < read.accuracy(truth)[30]


def test_scales_by_data_and_by_weights():
    """The percentile 100 is the largest activation; by weights nothing can be larger, whatever is shown."""
    model, x = network(*STACKS["averages"]), images(40)
    stages = stages_of(model)
    activity = stage_activity(model, stages, x)
    largest, most = data_scales(activity, stages, 100), data_scales(activity, stages, 99)
    bound = model_scales(activity, stages, 1.0)
    extreme = stage_activity(model, stages, (images(400, seed=5) > 0.5).astype(float))
    for name in largest:
        assert largest[name] == np.abs(activity[name]).max()
        assert most[name] < largest[name] < bound[name]
        assert extreme[name].max() <= bound[name]


def test_balancing_by_weights_saturates_nothing():
    """A brain balanced by its weights tells activations up to the largest that can be; by data they are cut."""
    model, x = network(*STACKS["dense"]), images(40)
    bright = np.ones((1, 8, 7, 2))
    expected = model.activations(bright)["dense_1"]
    dark = 0.2 * x
    safe = read_out(to_spiking(model, x, balancing="model"), bright, 300).activity["dense_1"]
    cut = read_out(to_spiking(model, dark), bright, 300).activity["dense_1"]
    assert np.abs(safe - expected).max() < 0.02 * expected.max()
    assert cut.max() < 0.7 * expected.max()


def test_largest_keep_the_scale_of_what_they_take_from():
    """One spike in is one spike out."""
    model, x = network(*STACKS["largest"]), images()
    brain = to_spiking(model, x)
    scales = [population.model.V_th for population in brain.populations.values()]
    assert scales[0] == scales[1] != scales[2]


def test_chunks_change_no_number():
    """Stimuli in one piece or several give the same read-out, whose last score is what the last layer says."""
    model, x = network(*STACKS["averages"]), images(7)
    brain = to_spiking(model, x)
    whole, pieces = read_out(brain, x, 20, threads=1), read_out(brain, x, 20, chunk=3, threads=1)
    np.testing.assert_array_equal(whole.scores, pieces.scores)
    for name in whole.activity:
        np.testing.assert_array_equal(whole.activity[name], pieces.activity[name])
        np.testing.assert_array_equal(whole.counts[name], pieces.counts[name])
        assert whole.spikes[name].sum() * 7 == pytest.approx(whole.counts[name].sum())
    assert whole.classes().tolist() == whole.activity["dense_1"].argmax(axis=1).tolist()
    assert whole.classes(5).shape == (7,)
    assert whole.stimuli == 7


def test_a_converted_network_is_a_brain_like_any_other(tmp_path):
    """It is saved as one file of brainsim's own parts, and its regions can be compared."""
    model, x = network(*STACKS["largest"]), images(5)
    brain = to_spiking(model, x, name="converted")
    brain.save(tmp_path / "brain.npz")
    again = brainsim.Brain.load(tmp_path / "brain.npz")
    regions = compare.activity(again, x, duration=30, dt=1)
    assert list(regions) == ["conv2d_1", "max_pooling2d_1", "dense_1"]
    for name, activity in compare.activity(brain, x, duration=30, dt=1).items():
        np.testing.assert_array_equal(activity, regions[name])
    assert brain.name == "converted"


def refused(*stack, **options):
    """Convert a network of these layers."""
    return lambda: to_spiking(network(*stack, **options), images(5, options.get("shape", (8, 7, 2))))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (refused(L.Flatten(), L.Dense(3, "tanh"), L.Dense(2)), r"dense_1 \(Dense\): tanh cannot be told.*relu"),
        (refused(L.Flatten(), L.Dense(3, "softmax"), L.Dense(2)), r"dense_1 .*softmax.*may only stand last"),
        (refused(L.Flatten(), L.Dense(3), L.Dense(2)), r"dense_1 \(Dense\): its output can be negative"),
        (refused(L.Conv2D(3, 3), L.MaxPooling2D(2), L.Flatten(), L.Dense(2)), "conv2d_1 .*can be negative"),
        (refused(L.DepthwiseConv2D(3), L.Flatten(), L.Dense(2)), r"depthwise_conv2d_1 .*groups="),
        (refused(L.LayerNormalization(), L.Flatten(), L.Dense(2)), "layer_normalization_1 .*BatchNormalization"),
        (refused(L.Permute((2, 1, 3)), L.Flatten(), L.Dense(2)), r"permute_1 \(Permute\): cannot be converted"),
        (refused(L.Dense(3, "relu"), L.Flatten(), L.Dense(2), shape=(8, 7)), "dense_1 .*sees a sequence.*Flatten"),
        (refused(L.Activation("relu"), L.Flatten(), L.Dense(2)), "activation_1 .*does not follow weights"),
        (refused(L.Flatten(), L.Dense(3, "relu"), L.BatchNormalization()), "batch_normalization_1 .*no weights follow"),
        (
            refused(L.Conv2D(3, 3, activation="relu"), L.BatchNormalization(), L.MaxPooling2D(2)),
            "batch_normalization_1 .*stands between an activation and max_pooling2d_1",
        ),
        (refused(L.BatchNormalization(), L.BatchNormalization(), L.Flatten(), L.Dense(2)), "another normalisation"),
        (refused(L.BatchNormalization(axis=1), L.Flatten(), L.Dense(2)), "normalises axis 1"),
        (refused(L.Conv2D(2, 1, activation="relu"), L.GlobalMaxPooling2D(), shape=(9, 9, 1)), "largest of 81 numbers"),
    ],
)  # fmt: skip
def test_what_spikes_cannot_carry(build, message):
    """The layer is named, and what to do."""
    with pytest.raises(ConversionError, match=message):
        build()


def test_branches_are_refused():
    """A graph that is no chain says where it parts."""
    stimulus = ann.Input((4,))
    first = L.Dense(4, "relu", name="first")(stimulus)
    second = L.Dense(4, "relu", name="second")(stimulus)
    branched = ann.Model(stimulus, L.Add(name="both")([first, second]))
    with pytest.raises(ConversionError, match=r"second .*an earlier layer"):
        to_spiking(branched, images(5, (4,)))
    first = L.Dense(4, "relu", name="first")(stimulus)
    joined = ann.Model(stimulus, L.Add(name="both")([first, stimulus]))
    with pytest.raises(ConversionError, match=r"both .*several layers"):
        to_spiking(joined, images(5, (4,)))


def test_what_cannot_be_asked():
    """Options, calibration images and read-outs are checked."""
    model, x = network(*STACKS["dense"]), images(5)
    brain = to_spiking(model, x)
    for options, error, message in [
        ({"balancing": "weights"}, InvalidOptionError, "balancing: 'weights' is unknown"),
        ({"percentile": 0}, InvalidOptionError, "percentile: must be above 0"),
        ({"percentile": "p"}, InvalidOptionError, "percentile"),
        ({"start": 1.5}, InvalidOptionError, "start: must be from 0 to 1"),
    ]:
        with pytest.raises(error, match=message):
            to_spiking(model, x, **options)
    with pytest.raises(ActivityTypeError, match="must be a network of ann, got dict"):
        to_spiking({}, x)
    with pytest.raises(InvalidActivityError, match="must be an array of numbers"):
        to_spiking(model, ["a"])
    with pytest.raises(InvalidActivityError, match="to calibrate with"):
        to_spiking(model, x[:0])
    with pytest.raises(InvalidOptionError, match="steps: must be a whole number from 3"):
        read_out(brain, x, 2)
    with pytest.raises(InvalidActivityError, match="images"):
        read_out(brain, x[:0])
    with pytest.raises(InvalidActivityError, match="labels: must be 5"):
        read_out(brain, x, 5).accuracy([1, 2])
    with pytest.raises(ConversionError, match="is no chain of layers"):
        read_out(brainsim.atlas.coba(), x)


def test_a_layer_that_never_answers_is_named():
    """Without an activation there is no scale, by data; without a positive weight there is none by weights."""
    model = network(L.Flatten(), L.Dense(3, "relu", name="dead"), L.Dense(2))
    weights = model.get_weights()
    weights["dead"] = {"kernel": -np.ones((112, 3)), "bias": -np.ones(3)}
    model.set_weights(weights)
    with pytest.raises(ConversionError, match="dead: answers to none"):
        to_spiking(model, images())
    with pytest.raises(ConversionError, match="dead: no input can make it answer"):
        to_spiking(model, images(), balancing="model")


def test_pooled_stimuli_must_not_be_negative():
    """A network that pools its stimuli first has units that say what they are, which negative ones cannot."""
    with pytest.raises(ConversionError, match="average_pooling2d_1: pools stimuli that hold negative numbers"):
        to_spiking(network(*STACKS["pools first"]), images() - 0.5)
