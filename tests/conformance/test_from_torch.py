"""Networks filled with the weights of PyTorch's modules give what those give, and learn as they do."""

import numpy as np
import pytest

import ann
from ann import errors, layers
from ann.interchange import from_torch
from ann.interchange.torch_layers import READERS
from ann.interchange.torch_settings import KINDS

torch = pytest.importorskip("torch")
nn = torch.nn

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _the_same_numbers_whatever_ran_before():
    torch.manual_seed(0)
    RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state


class Steps(nn.Module):
    """Gives the sequence, or the last step, of a recurrent module."""

    def __init__(self, inner, sequences):
        super().__init__()
        self.inner, self.sequences = inner, sequences

    def forward(self, x):
        """Give every step, or the last one."""
        every, _ = self.inner(x)
        return every if self.sequences else every[:, -1]


class Turned(nn.Module):
    """Lets a module see the axes in another order."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        """Move the last axis before the others, and back."""
        return self.inner(x.transpose(1, -1)).transpose(1, -1)


class Itself(nn.Module):
    """Lets a sequence attend to itself."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        """Give what is seen, without the weights."""
        return self.inner(x, x, x, need_weights=False)[0]


IMAGE, SEQUENCE, VECTOR = (8, 7, 4), (6, 3), (5,)

CASES = {
    "linear": (
        [layers.Dense(4), layers.Dense(3, use_bias=False)],
        VECTOR,
        lambda: [nn.Linear(5, 4), nn.Linear(4, 3, bias=False)],
    ),
    "convolution": (
        [layers.Conv2D(6, (3, 2), strides=2, padding=1, groups=2, activation="relu")],
        IMAGE,
        lambda: [nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, groups=2), nn.ReLU()],
    ),
    "convolution of sequences": (
        [layers.Conv1D(5, 3, dilation_rate=2)],
        SEQUENCE,
        lambda: [Turned(nn.Conv1d(3, 5, 3, dilation=2))],
    ),
    "depthwise": (
        [layers.DepthwiseConv2D(3, depth_multiplier=2)],
        IMAGE,
        lambda: [nn.Conv2d(4, 8, 3, groups=4)],
    ),
    "transposed": (
        [layers.Conv2DTranspose(6, 3, strides=2, padding=((1, 1), (1, 1)), output_padding=1, groups=2)],
        IMAGE,
        lambda: [nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)],
    ),
    "flattened images": (
        [
            layers.Conv2D(3, 3),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.BatchNormalization(epsilon=1e-5),
            layers.Dense(4),
        ],
        IMAGE,
        lambda: [nn.Conv2d(4, 3, 3), nn.MaxPool2d(2), nn.Flatten(), nn.BatchNorm1d(18), nn.Linear(18, 4)],
    ),
    "batch normalisation": ([layers.BatchNormalization(epsilon=1e-5)], IMAGE, lambda: [nn.BatchNorm2d(4)]),
    "batch normalisation alone": (
        [layers.BatchNormalization(epsilon=1e-3, center=False, scale=False)],
        VECTOR,
        lambda: [nn.BatchNorm1d(5, eps=1e-3, affine=False)],
    ),
    "layer normalisation": ([layers.LayerNormalization(epsilon=1e-5)], SEQUENCE, lambda: [nn.LayerNorm(3)]),
    "layer normalisation of images": (
        [layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-5)],
        IMAGE,
        lambda: [nn.LayerNorm((4, 8, 7))],
    ),
    "group normalisation": ([layers.GroupNormalization(2, epsilon=1e-5)], IMAGE, lambda: [nn.GroupNorm(2, 4)]),
    "rnn, one bias": (
        [layers.SimpleRNN(4, return_sequences=True)],
        SEQUENCE,
        lambda: [Steps(nn.RNN(3, 4, batch_first=True), True)],
    ),
    "rnn, rectified, one bias": (
        [layers.SimpleRNN(4, activation="relu")],
        SEQUENCE,
        lambda: [Steps(nn.RNN(3, 4, batch_first=True, nonlinearity="relu"), False)],
    ),
    "lstm in two layers, one bias": (
        [layers.LSTM(4, return_sequences=True), layers.LSTM(4), layers.Dense(2)],
        SEQUENCE,
        lambda: [Steps(nn.LSTM(3, 4, num_layers=2, batch_first=True), False), nn.Linear(4, 2)],
    ),
    "lstm without bias": (
        [layers.LSTM(4, use_bias=False)],
        SEQUENCE,
        lambda: [Steps(nn.LSTM(3, 4, bias=False, batch_first=True), False)],
    ),
    "attention": (
        [layers.Dense(6), layers.MultiHeadAttention(2, 3), layers.LayerNormalization(epsilon=1e-5)],
        SEQUENCE,
        lambda: [nn.Linear(3, 6), Itself(nn.MultiheadAttention(6, 2, batch_first=True)), nn.LayerNorm(6)],
    ),
    "attention without bias": (
        [layers.MultiHeadAttention(3, 1, use_bias=False)],
        SEQUENCE,
        lambda: [Itself(nn.MultiheadAttention(3, 3, bias=False, batch_first=True))],
    ),
    "lstm both ways, one bias": (
        [layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.Dense(2)],
        SEQUENCE,
        lambda: [Steps(nn.LSTM(3, 4, bidirectional=True, batch_first=True), True), nn.Linear(8, 2)],
    ),
    "gru both ways, in two layers": (
        [layers.Bidirectional(layers.GRU(4, return_sequences=True)) for _ in range(2)],
        SEQUENCE,
        lambda: [Steps(nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True), True)],
    ),
    "convolution, same": (
        [layers.Conv2D(3, (5, 3), padding="same"), layers.GroupNormalization(-1, epsilon=1e-5)],
        IMAGE,
        lambda: [nn.Conv2d(4, 3, (5, 3), padding="same"), nn.InstanceNorm2d(3, affine=True)],
    ),
    "transposed, plain": (
        [layers.Conv2DTranspose(4, 3, strides=2, dilation_rate=2, use_bias=False)],
        IMAGE,
        lambda: [nn.ConvTranspose2d(4, 4, 3, stride=2, dilation=2, bias=False)],
    ),
    "gru": (
        [layers.GRU(4, return_sequences=True), layers.Flatten(), layers.Dense(2)],
        SEQUENCE,
        lambda: [Steps(nn.GRU(3, 4, batch_first=True), True), nn.Flatten(), nn.Linear(24, 2)],
    ),
}


def shaken(module):
    """Move weights and statistics, so that no bias is 0 and no scale is 1; variances stay positive."""
    torch.manual_seed(0)
    with torch.no_grad():
        for one in [*module.parameters(), *(part for part in module.buffers() if part.dtype.is_floating_point)]:
            one.add_(torch.rand(one.shape, dtype=one.dtype) * 0.5)
    return module


def theirs(x):
    """Give stimuli as PyTorch takes them: images channels first."""
    return torch.tensor(np.moveaxis(x, -1, 1).copy() if x.ndim == 4 else x)


def ours(y):
    """Give what PyTorch gave as ann has it."""
    array = y.detach().numpy()
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array


@pytest.mark.parametrize("name", list(CASES))
def test_outputs_and_gradients_are_pytorchs(name):
    """The same outputs, and the same gradients for inputs and weights, from the same weights."""
    chain, shape, made = CASES[name]
    model = ann.Sequential([layer.copy() for layer in chain], dtype="float64")
    model.build(shape)
    module = shaken(nn.Sequential(*made()).double()).eval()
    from_torch(model, module)

    x = RNG.normal(size=(3, *shape))
    taken = theirs(x).requires_grad_()
    found = module(taken)
    np.testing.assert_allclose(model.predict(x), ours(found), rtol=1e-10, atol=1e-10)

    upstream = RNG.normal(size=(3, *model.output_shape))
    found.backward(theirs(upstream))
    _, cache = model.forward(x)
    gradients = model.backward(upstream, cache, inputs=True)
    np.testing.assert_allclose(gradients.inputs, ours(taken.grad), rtol=1e-9, atol=1e-9)

    # The gradients of the weights go the way of the weights: transposed and ordered as these are.
    wanted = model.untrained()
    slopes = {key: value.grad for key, value in module.named_parameters()}
    from_torch(wanted, {key: slopes.get(key, value) for key, value in module.state_dict().items()})
    expected = wanted.get_weights()
    for layer, own in gradients.items():
        for part, gradient in own.items():
            # Where two biases became one, both have the gradient of their sum.
            twice = 2 if part.endswith("bias") and "one bias" in name and not layer.startswith("dense") else 1
            np.testing.assert_allclose(gradient * twice, expected[layer][part], rtol=1e-9, atol=1e-9)


def test_a_file_of_safetensors_gives_the_same(tmp_path):
    """More than ten modules in a row come back in their order, though the file sorts their names."""
    save_file = pytest.importorskip("safetensors.torch").save_file
    module = shaken(nn.Sequential(*[nn.Linear(3, 3) for _ in range(12)]))
    save_file(module.state_dict(), tmp_path / "weights.safetensors")
    model = ann.Sequential([layers.Dense(3) for _ in range(12)])
    model.build((3,))

    taken = from_torch(model, tmp_path / "weights.safetensors")

    assert taken["dense_12"] == "11"
    x = RNG.normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_allclose(model.predict(x), module(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-5)


def test_words_become_the_same_vectors():
    """The table of an embedding comes in as it is."""
    model = ann.Sequential([layers.Embedding(9, 4, input_shape=(5,))])
    module, words = nn.Embedding(9, 4), RNG.integers(0, 9, (3, 5))
    from_torch(model, module)
    np.testing.assert_array_equal(model.predict(words), module(torch.tensor(words)).detach().numpy())


@pytest.mark.parametrize(
    ("layer", "cell"),
    [
        (layers.SimpleRNN(4), lambda: nn.RNNCell(3, 4)),
        (layers.LSTM(4), lambda: nn.LSTMCell(3, 4)),
        (layers.GRU(4), lambda: nn.GRUCell(3, 4)),
    ],
    ids=["rnn", "lstm", "gru"],
)
def test_cells_are_their_layers(layer, cell):
    """The weights of a cell are those of the layer that steps with it."""
    model = ann.Sequential([layer.copy()], dtype="float64")
    model.build(SEQUENCE)
    module, x = shaken(cell().double()), RNG.normal(size=(2, *SEQUENCE))
    from_torch(model, module)
    state = None
    for step in range(SEQUENCE[0]):
        state = module(torch.tensor(x[:, step]), state)
    last = state[0] if isinstance(state, tuple) else state
    np.testing.assert_allclose(model.predict(x), last.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_every_layer_with_weights_takes_pytorchs():
    """Whoever adds a layer with weights says how PyTorch's come in, and adds it to the cases."""
    taken = {type(layer).__name__ for chain, _, _ in CASES.values() for layer in chain} | {"Embedding"}
    assert set(READERS) <= taken
    assert set(READERS) == set(KINDS) | {"Bidirectional"}
    weighted = {
        name
        for name in layers.__all__
        if getattr(layers, name).initial_parameters is not layers.Layer.initial_parameters
    }
    assert weighted == set(READERS)


def test_a_transformers_layer_comes_in_by_names():
    """An encoder layer of PyTorch's, whose modules stand in another order than they act in."""
    inputs = ann.Input((6, 4))
    seen = layers.LayerNormalization(epsilon=1e-5, name="after_attention")(
        layers.Add()([inputs, layers.MultiHeadAttention(2, 2, name="attention")(inputs)])
    )
    wide = layers.Dense(8, activation="relu", name="wide")(seen)
    outputs = layers.LayerNormalization(epsilon=1e-5, name="last")(
        layers.Add()([seen, layers.Dense(4, name="narrow")(wide)])
    )
    model = ann.Model(inputs, outputs, dtype="float64")
    module = shaken(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).double()).eval()
    names = {
        "attention": "self_attn",
        "after_attention": "norm1",
        "wide": "linear1",
        "narrow": "linear2",
        "last": "norm2",
    }
    for source in (module, module.state_dict()):
        model.flat_weights[:] = 0
        assert from_torch(model, source, names) == names
        x = RNG.normal(size=(3, 6, 4))
        np.testing.assert_allclose(model.predict(x), module(torch.tensor(x)).detach().numpy(), rtol=1e-10, atol=1e-10)


class Named(nn.Module):
    """Two modules that a file would sort the other way round."""

    def __init__(self):
        super().__init__()
        self.second, self.first = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        """Give the one of the other."""
        return self.first(self.second(x))


def test_a_file_needs_names_where_its_order_is_lost(tmp_path):
    """Names that do not tell their order are asked for, and then used."""
    save_file = pytest.importorskip("safetensors.torch").save_file
    module = shaken(Named())
    save_file(module.state_dict(), tmp_path / "weights.safetensors")
    model = ann.Sequential([layers.Dense(3), layers.Dense(3)])
    model.build((3,))

    with pytest.raises(errors.InvalidValueError, match=r"order of first, second is not known; give names="):
        from_torch(model, tmp_path / "weights.safetensors")
    from_torch(model, tmp_path / "weights.safetensors", names={"dense_1": "second", "dense_2": "first"})

    x = RNG.normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_allclose(model.predict(x), module(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-5)


def test_types_without_numpys_like_come_in(tmp_path):
    """Weights of half the precision are widened."""
    model = ann.Sequential([layers.Dense(2, input_shape=(3,))])
    module = nn.Linear(3, 2).bfloat16()
    from_torch(model, module)
    np.testing.assert_array_equal(model.get_weights()["dense_1"]["kernel"], module.weight.float().detach().numpy().T)


def test_a_file_of_half_the_precision_is_widened(tmp_path):
    """bfloat16 and float16, which files of today hold, come in as the numbers that they are."""
    save_file = pytest.importorskip("safetensors.torch").save_file
    module = nn.Linear(3, 2)
    for kind in (torch.bfloat16, torch.float16, torch.float64):
        save_file(module.to(kind).state_dict(), tmp_path / "weights.safetensors")
        model = ann.Sequential([layers.Dense(2, input_shape=(3,))])
        from_torch(model, tmp_path / "weights.safetensors")
        wanted = module.weight.float().detach().numpy().T
        np.testing.assert_array_equal(model.get_weights()["dense_1"]["kernel"], wanted)


@pytest.mark.parametrize(
    ("chain", "shape", "module", "words"),
    [
        (
            [layers.BatchNormalization(epsilon=1e-3)],
            VECTOR,
            lambda: nn.BatchNorm1d(5),
            "epsilon is 0.001, eps is 1e-05",
        ),
        (
            [layers.Conv2D(2, 3)],
            IMAGE,
            lambda: nn.Conv2d(4, 2, 3, stride=2),
            r"strides is \(1, 1\), stride is \(2, 2\)",
        ),
        (
            [layers.Conv2D(2, 3, strides=2, padding="same")],
            IMAGE,
            lambda: nn.Conv2d(4, 2, 3, stride=2, padding=1),
            r"padding is 'same', which puts \(0, 1\) before \(8, 7, 4\) .*, PyTorch's puts \(1, 1\)",
        ),
        (
            [layers.Conv2D(2, 3)],
            IMAGE,
            lambda: nn.Conv2d(4, 2, 3, padding_mode="reflect"),
            "padding_mode 'reflect' is not known",
        ),
        ([layers.GroupNormalization(2)], IMAGE, lambda: nn.GroupNorm(4, 4), "groups is 2, num_groups is 4"),
        (
            [layers.Conv2D(2, 3)],
            IMAGE,
            lambda: nn.Conv2d(4, 2, 3, padding="same"),
            r"padding is 'valid', which puts \(0, 0\) .* gives \(6, 5\), PyTorch's puts \(1, 1\) and gives \(8, 7\)",
        ),
        (
            [layers.Conv2DTranspose(2, 3, strides=2, padding="same")],
            IMAGE,
            lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1),
            r"takes \(0, 0\) .* gives \(16, 14\), PyTorch's takes \(1, 1\) and gives \(15, 13\)",
        ),
        (
            [layers.LayerNormalization(center=False, epsilon=1e-5)],
            SEQUENCE,
            lambda: nn.RMSNorm(3, eps=1e-5),
            "RMSNorm is none of LayerNorm, whose weights LayerNormalization takes",
        ),
        (
            [layers.BatchNormalization(epsilon=1e-5)],
            IMAGE,
            lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
            "InstanceNorm2d is none of BatchNorm1d, BatchNorm2d, SyncBatchNorm",
        ),
        ([layers.SimpleRNN(4)], SEQUENCE, lambda: nn.RNN(3, 4, nonlinearity="relu"), "is Tanh, PyTorch's is relu"),
        (
            [layers.Bidirectional(layers.LSTM(4, recurrent_activation="relu"))],
            SEQUENCE,
            lambda: nn.LSTM(3, 4, bidirectional=True),
            "recurrent_activation is ReLU, PyTorch's is sigmoid",
        ),
        (
            [layers.MultiHeadAttention(3, 1)],
            SEQUENCE,
            lambda: nn.MultiheadAttention(3, 3, add_zero_attn=True),
            "add_zero_attn True is not known here",
        ),
    ],
)
def test_settings_that_differ_are_listed(chain, shape, module, words):
    """Where the module itself is given, what the weights do not tell is compared."""
    model = ann.Sequential([layer.copy() for layer in chain])
    model.build(shape)
    with pytest.raises(errors.WeightsError, match=words):
        from_torch(model, module())
