"""Networks as ONNX files give what they give here, to any runtime that reads the format."""

import numpy as np
import pytest

import ann
from ann import activations, errors, layers
from ann.interchange import export, to_onnx

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
from onnx.reference import ReferenceEvaluator  # noqa: E402

RNG = np.random.default_rng(0)
VECTOR, SEQUENCE, IMAGE = (6,), (7, 4), (9, 8, 4)

CASES = {
    "dense": ([layers.Dense(5, activation="tanh")], VECTOR),
    "dense without bias": ([layers.Dense(5, use_bias=False), layers.Dense(3, activation="softmax")], VECTOR),
    "dense at every step": ([layers.Dense(5, activation="relu")], SEQUENCE),
    "valid convolution": ([layers.Conv2D(5, 3, activation="relu")], IMAGE),
    "same convolution": ([layers.Conv2D(5, (4, 3), strides=(2, 3), padding="same", use_bias=False)], IMAGE),
    "dilated convolution in groups": (
        [layers.Conv2D(6, 3, dilation_rate=2, groups=2, padding=((1, 2), (0, 3)))],
        IMAGE,
    ),
    "depthwise": ([layers.DepthwiseConv2D((2, 3), strides=2, depth_multiplier=3, padding="same")], IMAGE),
    "transposed": ([layers.Conv2DTranspose(3, (2, 3), strides=(3, 2))], IMAGE),
    "transposed, same": ([layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="elu")], IMAGE),
    "transposed, beyond": (
        [layers.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=1, groups=2, use_bias=False)],
        IMAGE,
    ),
    "transposed, cut": ([layers.Conv2DTranspose(3, 3, strides=2, padding=((1, 2), (0, 1)), dilation_rate=2)], IMAGE),
    "causal convolution": ([layers.Conv1D(5, 3, padding="causal", dilation_rate=2)], SEQUENCE),
    "same convolution of sequences": ([layers.Conv1D(5, 3, padding="same", strides=2), layers.LSTM(3)], SEQUENCE),
    "pooling of sequences": ([layers.MaxPooling1D(2), layers.AveragePooling1D(2, strides=1, padding=1)], SEQUENCE),
    "means with padding": ([layers.AveragePooling2D(3, padding=1, padding_counts=True)], IMAGE),
    "dilated pooling, much padding": (
        [
            layers.MaxPooling2D(2, strides=1, dilation_rate=3, padding=2),
            layers.AveragePooling2D(2, strides=1, dilation_rate=4, padding="same", padding_counts=True),
        ],
        IMAGE,
    ),
    "means of sequences, much padding": (
        [layers.AveragePooling1D(2, strides=1, dilation_rate=4, padding="same")],
        SEQUENCE,
    ),
    "means of images, much padding": (
        [layers.AveragePooling2D(2, strides=2, dilation_rate=4, padding=((3, 2), (0, 1)))],
        IMAGE,
    ),
    "dilated pooling": ([layers.MaxPooling2D(2, strides=1, dilation_rate=2)], IMAGE),
    "global pooling": ([layers.Conv2D(5, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)], IMAGE),
    "global pooling, axes kept": ([layers.GlobalMaxPooling2D(keepdims=True), layers.Conv2D(2, 1)], IMAGE),
    "global pooling of sequences": ([layers.GlobalMaxPooling1D()], SEQUENCE),
    "mean of sequences": ([layers.Conv1D(3, 2), layers.GlobalAveragePooling1D()], SEQUENCE),
    "batch normalisation": ([layers.Conv2D(3, 3), layers.BatchNormalization(epsilon=1e-3)], IMAGE),
    "batch normalisation of vectors": ([layers.BatchNormalization(scale=False, center=False)], VECTOR),
    "layer normalisation": ([layers.LayerNormalization()], SEQUENCE),
    "layer normalisation of images": ([layers.LayerNormalization(axis=(1, 2, 3), center=False)], IMAGE),
    "batch normalisation of steps": ([layers.BatchNormalization(axis=1)], SEQUENCE),
    "batch normalisation of rows": ([layers.Conv2D(3, 3), layers.BatchNormalization(axis=-3)], IMAGE),
    "layer normalisation of steps": ([layers.LayerNormalization(axis=1)], SEQUENCE),
    "layer normalisation of two axes": ([layers.Conv2D(3, 3), layers.LayerNormalization(axis=(1, -1))], IMAGE),
    "group normalisation of columns": ([layers.Conv2D(3, 3), layers.GroupNormalization(2, axis=2)], IMAGE),
    "group normalisation": ([layers.Conv2D(6, 3), layers.GroupNormalization(3)], IMAGE),
    "instance normalisation": ([layers.GroupNormalization(-1, scale=False, center=False)], IMAGE),
    "max pooling": ([layers.MaxPooling2D(3, strides=2, padding="same")], IMAGE),
    "average pooling": ([layers.AveragePooling2D((3, 2), strides=2, padding="same")], IMAGE),
    "valid pooling": ([layers.AveragePooling2D(2), layers.MaxPooling2D(2)], IMAGE),
    "flatten": ([layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)], IMAGE),
    "reshape": ([layers.Conv2D(3, 2), layers.Reshape((-1, 7)), layers.Permute((2, 1))], IMAGE),
    "repeat": ([layers.RepeatVector(4), layers.Dense(3)], VECTOR),
    "zeros around": ([layers.ZeroPadding2D(((1, 2), (0, 3))), layers.Conv2D(2, 3), layers.ZeroPadding2D(1)], IMAGE),
    "dropout": ([layers.Dropout(0.5), layers.Dense(3)], VECTOR),
    "softmax of channels": ([layers.Conv2D(3, 3, activation="softmax")], IMAGE),
    "softmax over another axis": ([layers.Conv2D(3, 3, activation=activations.Softmax(axis=1))], IMAGE),
    "rnn": ([layers.SimpleRNN(5)], SEQUENCE),
    "rnn, rectified": ([layers.SimpleRNN(5, activation="relu", return_sequences=True, use_bias=False)], SEQUENCE),
    "rnn, linear": ([layers.SimpleRNN(5, activation="linear")], SEQUENCE),
    "lstm": ([layers.LSTM(5)], SEQUENCE),
    "lstm, linear": ([layers.LSTM(5, activation="linear", return_sequences=True)], SEQUENCE),
    "lstm, linear gates": ([layers.LSTM(5, activation="relu", recurrent_activation="linear")], SEQUENCE),
    "gru, linear": ([layers.GRU(5, activation="linear", recurrent_activation="tanh")], SEQUENCE),
    "lstm, stacked": ([layers.LSTM(5, return_sequences=True), layers.LSTM(3), layers.Dense(2)], SEQUENCE),
    "lstm, backwards": ([layers.LSTM(5, return_sequences=True, go_backwards=True)], SEQUENCE),
    "gru": ([layers.GRU(5, return_sequences=True)], SEQUENCE),
    "both ways": ([layers.Bidirectional(layers.LSTM(3, return_sequences=True))], SEQUENCE),
    "both ways, the last": ([layers.Bidirectional(layers.GRU(3, go_backwards=True), merge_mode="ave")], SEQUENCE),
    "both ways, product": (
        [layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True, use_bias=False), merge_mode="mul")],
        SEQUENCE,
    ),
    "gru, reset before": ([layers.GRU(5, reset_after=False, go_backwards=True)], SEQUENCE),
}


def exported(model, folder):
    """Write a model in float32, and give what computes it."""
    to_onnx(model, folder / "model.onnx")
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    return lambda x: session.run(["outputs"], {"stimuli": x.astype(np.float32)})[0]


def shaken(model):
    """Move all weights, so that no bias is 0 and no scale is 1; variances stay positive."""
    model.flat_weights[:] += RNG.normal(size=model.flat_weights.shape) * 0.2
    model.flat_statistics[:] += RNG.random(model.flat_statistics.shape)
    return model


def compare(model, folder, count=5):
    """Assert that the file gives what the model gives."""
    compute, x = exported(shaken(model), folder), RNG.normal(size=(count, *model.input_shape))
    np.testing.assert_allclose(compute(x), model.predict(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", list(CASES))
def test_layers_give_the_same_elsewhere(case, tmp_path):
    """Every layer that ONNX has an operator for gives the same in onnxruntime, to 1e-5."""
    chain, shape = CASES[case]
    model = ann.Sequential([layer.copy() for layer in chain])
    model.build(shape)
    compare(model, tmp_path)


# onnx's reference knows few activations inside of recurrence, and mistakes the groups of transposed convolution.
UNLIKE = ("rnn, rectified", "lstm, linear", "lstm, linear gates", "gru, linear", "transposed, beyond")
DOUBLE = [case for case in CASES if case not in UNLIKE]


@pytest.mark.parametrize("case", DOUBLE)
def test_layers_give_the_same_in_double_precision(case, tmp_path):
    """In float64 the files give the same to 1e-12, in onnx's own reference; normalisation has a float32 epsilon."""
    chain, shape = CASES[case]
    model = ann.Sequential([layer.copy() for layer in chain], dtype="float64")
    model.build(shape)
    to_onnx(shaken(model), tmp_path / "model.onnx", dtype="float64")
    x = RNG.normal(size=(3, *shape))
    (found,) = ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"stimuli": x})
    assert found.dtype == np.float64
    close = 1e-8 if "layer norm" in case or "group norm" in case or "instance" in case else 1e-12
    np.testing.assert_allclose(found, model.predict(x), rtol=close, atol=close)


@pytest.mark.parametrize("name", [name for name in activations.__all__ if name not in ("Activation", "get")])
def test_activations_give_the_same_in_double_precision(name, tmp_path):
    """So do activations; slopes and constants are float32 in ONNX, as is the error function of its reference."""
    model = ann.Sequential(
        [layers.Dense(4, activation=getattr(activations, name)(), input_shape=(6,))], dtype="float64"
    )
    to_onnx(shaken(model), tmp_path / "model.onnx", dtype="float64")
    x = RNG.normal(size=(3, 6))
    (found,) = ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"stimuli": x})
    close = 1e-6 if name in ("ELU", "GELU", "LeakyReLU", "SELU") else 1e-12
    np.testing.assert_allclose(found, model.predict(x), rtol=close, atol=close)


def test_double_precision_runs_elsewhere(tmp_path):
    """What onnxruntime has operators for is computed in float64 there; without being told, the file has float32."""
    inputs = ann.Input(SEQUENCE)
    seen = layers.MultiHeadAttention(2, 3, use_causal_mask=True)(inputs)
    seen = layers.MaxPooling1D(2)(layers.GroupNormalization(2)(layers.LayerNormalization()(seen)))
    hidden = layers.BatchNormalization()(layers.Dense(5, activation="sigmoid")(layers.Flatten()(seen)))
    end = layers.Dense(3, activation="softmax")(layers.Concatenate()([hidden, layers.GlobalMaxPooling1D()(inputs)]))
    model = ann.Model(inputs, end, dtype="float64")
    to_onnx(shaken(model), tmp_path / "double.onnx", dtype=np.float64)
    session = onnxruntime.InferenceSession(tmp_path / "double.onnx", providers=["CPUExecutionProvider"])
    x = RNG.normal(size=(5, *SEQUENCE))
    np.testing.assert_allclose(session.run(None, {"stimuli": x})[0], model.predict(x), rtol=1e-7, atol=1e-7)
    assert exported(model, tmp_path)(x).dtype == np.float32
    with pytest.raises(errors.InvalidValueError, match=r"to_onnx.dtype: must be float32 or float64, got 'float16'"):
        to_onnx(model, tmp_path / "half.onnx", dtype="float16")


def test_every_layer_is_written_or_refused():
    """Whoever adds a public layer says how it is exported, and adds it to the cases."""
    public = {name for name in layers.__all__ if name != "Layer"}
    assert public == set(export.WRITERS)
    alone = {type(layer).__name__ for chain, _ in CASES.values() for layer in chain}
    in_graphs = {"Activation", "Add", "Concatenate", "Embedding", "Masking", "MultiHeadAttention", "Multiply", "Piece"}
    assert public == alone | in_graphs


@pytest.mark.parametrize("name", [name for name in activations.__all__ if name not in ("Activation", "get")])
def test_activations_give_the_same_elsewhere(name, tmp_path):
    """Every activation gives the same, with channels first and last."""
    kind = getattr(activations, name)
    model = ann.Sequential([layers.Conv2D(4, 2, activation=kind(), input_shape=IMAGE), layers.Activation(kind())])
    compare(model, tmp_path)


def test_graphs_give_the_same_elsewhere(tmp_path):
    """Branches that part and join, by sum, product and concatenation, and a layer that stands twice."""
    inputs = ann.Input(IMAGE)
    twice = layers.Conv2D(4, 3, padding="same", activation="tanh")
    once = twice(inputs)
    summed = layers.Add()([inputs, twice(once)])
    product = layers.Multiply()([summed, once])
    stacked = layers.Concatenate()([product, inputs])
    below = layers.Concatenate(axis=1)([once, summed, product])
    ends = [layers.Dense(3)(layers.Flatten()(one)) for one in (stacked, below)]
    model = ann.Model(inputs, layers.Concatenate()(ends))
    compare(model, tmp_path)
    assert sum("kernel" in name for name in weights(tmp_path)) == 3


def test_initial_states_give_the_same_elsewhere(tmp_path):
    """Recurrent layers that take their first states from other layers."""
    inputs = ann.Input(SEQUENCE)
    start = layers.Dense(5, activation="tanh")(layers.Flatten()(inputs))
    cell = layers.Dense(5)(layers.Flatten()(inputs))
    ends = [layers.LSTM(5)([inputs, start, cell]), layers.GRU(5)([inputs, start]), layers.SimpleRNN(5)([inputs, start])]
    ends.append(layers.Bidirectional(layers.LSTM(5), merge_mode="sum")([inputs, start, cell, cell, start]))
    compare(ann.Model(inputs, layers.Concatenate()(ends)), tmp_path)


def test_last_states_are_the_same_elsewhere(tmp_path):
    """Recurrent layers whose last states go on: one behind the other, both ways, and cut out of a row."""
    inputs = ann.Input(SEQUENCE)
    _, h, c = layers.LSTM(5, return_state=True)(inputs)
    both = layers.Bidirectional(layers.LSTM(5, return_sequences=True, return_state=True), merge_mode="ave")
    steps, *states = both(inputs, initial_state=[h, c, c, h])
    every, last = layers.GRU(5, return_sequences=True, return_state=True)(steps, initial_state=states[0])
    compare(ann.Model(inputs, layers.Concatenate()([layers.Flatten()(every), last, *states])), tmp_path)


def test_words_give_the_same_elsewhere(tmp_path):
    """Whole numbers become vectors, in any type that holds them."""
    model = ann.Sequential([layers.Embedding(20, 3), layers.GRU(4)])
    model.build((7,))
    words = RNG.integers(0, 20, (5, 7))
    np.testing.assert_allclose(exported(shaken(model), tmp_path)(words), model.predict(words), rtol=1e-5, atol=1e-5)


def test_attention_gives_the_same_elsewhere(tmp_path):
    """To itself, to earlier steps, and to another sequence, with a key of its own."""
    inputs = ann.Input(SEQUENCE)
    itself = layers.MultiHeadAttention(2, 3)(inputs)
    earlier = layers.MultiHeadAttention(3, 2, value_dim=4, use_causal_mask=True)(itself)
    other, key = layers.Conv1D(5, 3)(inputs), layers.Conv1D(2, 3)(inputs)
    there = layers.MultiHeadAttention(2, 3, use_bias=False)([earlier, other, key])
    compare(ann.Model(inputs, layers.MultiHeadAttention(1, 2)([there, other])), tmp_path)


def test_a_layer_may_see_two_lengths(tmp_path):
    """Causal attention, means with much padding and plain normalisation stand over a longer and a shorter sequence."""
    inputs = ann.Input(SEQUENCE)
    chain = [
        layers.MultiHeadAttention(2, 3, use_causal_mask=True),
        layers.AveragePooling1D(2, strides=1, dilation_rate=4, padding="same"),
        layers.LayerNormalization(axis=(1, 2), center=False, scale=False),
        layers.Flatten(),
    ]
    ends = [inputs, layers.Conv1D(4, 3)(inputs)]
    for layer in chain:
        ends = [layer(end) for end in ends]
    compare(ann.Model(inputs, layers.Concatenate()(ends)), tmp_path)
    assert sum("query_kernel" in name for name in weights(tmp_path)) == 1


def weights(folder):
    """Give the names of the weights in the file."""
    return [one.name for one in onnx.load(folder / "model.onnx").graph.initializer]


def test_channels_move_once(tmp_path):
    """A chain of convolutions and pooling moves its channels first, and back at its end."""
    chain = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(4, 2), layers.Flatten()]
    model = ann.Sequential(chain)
    model.build(IMAGE)
    to_onnx(model, tmp_path / "model.onnx")
    kinds = [node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node]
    assert kinds.count("Transpose") == 2


def test_any_number_of_stimuli(tmp_path):
    """The axis of stimuli has no fixed length, and a model of float64 is written in float32."""
    model = ann.Sequential([layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)], dtype="float64")
    model.build(IMAGE)
    compute = exported(model, tmp_path)
    assert [len(compute(RNG.normal(size=(count, *IMAGE)))) for count in (1, 17)] == [1, 17]


class Own(layers.Layer):
    """A layer of somebody's own."""

    def output_shape(self, input_shape):
        """Give the same."""
        return input_shape

    def forward(self, x, training=False, rng=None):
        """Give the same."""
        return x, None

    def backward(self, gradient, cache, *, inputs=True, activated=True):
        """Give the same."""
        return gradient, {}


class Dense(layers.Dense):
    """A layer of somebody's own that is called as one of ann's."""


class Cubed(activations.Activation):
    """An activation of somebody's own."""

    def forward(self, x, overwrite=False):
        """Give the cube."""
        return x**3, x

    def backward(self, gradient, cache):
        """Give its slope."""
        return gradient * 3 * cache**2


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Own(name="mine"), r"mine \(Own\).*no operator"),
        (Dense(3, name="mine"), r"mine \(Dense\).*no operator"),
        (layers.Dense(3, activation=Cubed()), r"dense_1 \(Dense\).*no activation like Cubed"),
    ],
)
def test_what_cannot_be_exported_is_named(layer, words, tmp_path):
    """A layer or an activation that ONNX does not know is named, and no file is left."""
    model = ann.Sequential([layer])
    model.build(SEQUENCE if isinstance(layer, layers.Masking) else VECTOR)
    with pytest.raises(errors.ExportError, match=words):
        to_onnx(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


HIDDEN = {
    "behind": lambda mask: np.sort(mask, axis=1)[:, ::-1],
    "before": lambda mask: np.sort(mask, axis=1),
    "anywhere": lambda mask: mask,
}
CELLS = {
    "rnn": layers.SimpleRNN(5, return_sequences=True),
    "lstm, the last": layers.LSTM(5),
    "lstm, backwards": layers.LSTM(5, return_sequences=True, go_backwards=True),
    "gru, backwards, the last": layers.GRU(5, go_backwards=True, reset_after=False),
    "both ways": layers.Bidirectional(layers.GRU(3, return_sequences=True)),
    "both ways, the last": layers.Bidirectional(layers.LSTM(3, go_backwards=True), merge_mode="sum"),
    "mean": layers.GlobalAveragePooling1D(),
    "mean, axes kept": layers.GlobalAveragePooling1D(keepdims=True),
}


@pytest.mark.parametrize("where", HIDDEN)
@pytest.mark.parametrize("cell", CELLS)
def test_masks_give_the_same_elsewhere(where, cell, tmp_path):
    """Steps that do not count, behind, before or between the others, all or none of them, of stimuli side by side."""
    mask = HIDDEN[where](RNG.random((9, 7)) < 0.5)
    mask[0], mask[1] = False, True
    x = np.where(mask[:, :, None], RNG.normal(size=(9, *SEQUENCE)), np.float32(0.1))
    model = ann.Sequential([layers.Masking(0.1), CELLS[cell].copy()])
    model.build(SEQUENCE)
    np.testing.assert_allclose(exported(shaken(model), tmp_path)(x), model.predict(x), rtol=1e-5, atol=1e-5)


def test_masks_go_on_elsewhere(tmp_path):
    """Through layers that keep the steps, turned round by one that goes backwards, joined where branches are."""
    words = ann.Input((7,))
    seen = layers.Embedding(20, 4, mask_zero=True)(words)
    normal = layers.BatchNormalization()(layers.Dense(4, activation="tanh")(seen))
    back = layers.LSTM(4, return_sequences=True, go_backwards=True)(normal)
    turned = layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True, go_backwards=True))(seen)
    both = layers.Add()([back, layers.Masking(0.5)(seen), turned])
    start = layers.Dense(4)(layers.Flatten()(seen))
    every, last = layers.GRU(4, return_sequences=True, return_state=True)(both, initial_state=start)
    short = layers.LSTM(3)(layers.Conv1D(4, 3)(every))  # fewer steps: the mask ends here
    mean = layers.GlobalAveragePooling1D()(every)
    model = ann.Model(words, layers.Concatenate()([layers.Flatten()(every), last, short, mean]))
    x = RNG.integers(0, 3, (30, 7))
    x[0] = 0
    np.testing.assert_allclose(exported(shaken(model), tmp_path)(x), model.predict(x), rtol=1e-5, atol=1e-5)


def test_attention_behind_a_mask_is_refused(tmp_path):
    """It would see steps that do not count."""
    inputs = ann.Input(SEQUENCE)
    model = ann.Model(inputs, layers.MultiHeadAttention(2, 3, name="look")(layers.Masking()(inputs)))
    with pytest.raises(errors.ExportError, match=r"look \(MultiHeadAttention\): cannot be exported behind a mask"):
        to_onnx(model, tmp_path / "model.onnx")


def test_shape_must_be_known(tmp_path):
    """A model without a shape has nothing to write."""
    with pytest.raises(errors.NotCompiledError, match="input shape"):
        to_onnx(ann.Sequential([layers.Dense(3)]), tmp_path / "model.onnx")


def test_size_must_fit(tmp_path, monkeypatch):
    """What does not fit into one file is told beforehand."""
    model = ann.Sequential([layers.Dense(3, input_shape=(2,))])
    monkeypatch.setattr(export, "LARGEST", 35)
    with pytest.raises(errors.ExportError, match="9 weights are more than fit"):
        to_onnx(model, tmp_path / "model.onnx")


def test_missing_extra_is_named(tmp_path, monkeypatch):
    """Without onnx, the message says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ImportError, match=r"isocortex\[onnx\]"):
        to_onnx(ann.Sequential([layers.Dense(3, input_shape=(2,))]), tmp_path / "model.onnx")
