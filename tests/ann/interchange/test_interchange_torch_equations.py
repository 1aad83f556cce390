"""PyTorch's weights mean what PyTorch's documentation says, written out in NumPy: so these hold without PyTorch.

Whether the documentation is right is for tests/conformance/test_from_torch.py, which has PyTorch compute the same.
"""

import numpy as np
import pytest

import ann
from ann import layers
from ann.interchange import from_torch

RNG = np.random.default_rng(0)
STEPS, FEATURES, UNITS = 4, 3, 2


def sigmoid(x):
    """Give the logistic function."""
    return 1 / (1 + np.exp(-x))


def rnn(own, x, h, c):
    """Take a step of torch.nn.RNN."""
    return np.tanh(x @ own["weight_ih"].T + own["bias_ih"] + h @ own["weight_hh"].T + own["bias_hh"]), c


def lstm(own, x, h, c):
    """Take a step of torch.nn.LSTM, whose gates are i, f, g, o."""
    z = x @ own["weight_ih"].T + own["bias_ih"] + h @ own["weight_hh"].T + own["bias_hh"]
    i, f, g, o = np.split(z, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(own, x, h, c):
    """Take a step of torch.nn.GRU, whose gates are r, z, n, and which resets after the product."""
    r_x, z_x, n_x = np.split(x @ own["weight_ih"].T + own["bias_ih"], 3, axis=-1)
    r_h, z_h, n_h = np.split(h @ own["weight_hh"].T + own["bias_hh"], 3, axis=-1)
    r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
    return (1 - z) * np.tanh(n_x + r * n_h) + z * h, c


def went_through(step, own, x):
    """Give the states at all steps of sequences (stimulus, step, feature)."""
    h = c = np.zeros((len(x), UNITS))
    found = []
    for moment in range(x.shape[1]):
        h, c = step(own, x[:, moment], h, c)
        found.append(h)
    return np.stack(found, axis=1)


CELLS = {
    "rnn": (rnn, 1, layers.SimpleRNN(UNITS, return_sequences=True)),
    "lstm": (lstm, 4, layers.LSTM(UNITS, return_sequences=True)),
    "gru": (gru, 3, layers.GRU(UNITS, return_sequences=True)),
}


def drawn(gates):
    """Give the weights of one direction of a recurrent module."""
    shapes = {"weight_ih": (FEATURES,), "weight_hh": (UNITS,), "bias_ih": (), "bias_hh": ()}
    return {part: RNG.normal(size=(gates * UNITS, *rest)) for part, rest in shapes.items()}


@pytest.mark.parametrize("name", CELLS)
def test_gates_and_both_biases_are_brought_in_order(name):
    """Recurrent layers give the states of PyTorch's equations, in one direction and in both."""
    step, gates, layer = CELLS[name]
    there, back = drawn(gates), drawn(gates)
    x = RNG.normal(size=(3, STEPS, FEATURES))
    forward = {f"inner.{part}_l0": one for part, one in there.items()}
    wanted = went_through(step, there, x)

    model = ann.Sequential([layer.copy()], dtype="float64")
    model.build((STEPS, FEATURES))
    from_torch(model, forward)
    np.testing.assert_allclose(model.predict(x), wanted, rtol=1e-12, atol=1e-12)

    both = ann.Sequential([layers.Bidirectional(layer.copy())], dtype="float64")
    both.build((STEPS, FEATURES))
    from_torch(both, forward | {f"inner.{part}_l0_reverse": one for part, one in back.items()})
    wanted = np.concatenate([wanted, went_through(step, back, x[:, ::-1])[:, ::-1]], axis=-1)
    np.testing.assert_allclose(both.predict(x), wanted, rtol=1e-12, atol=1e-12)


def test_attention_parts_its_one_matrix():
    """`in_proj_weight` holds query, key and value one below the other, each with its heads one below the other."""
    heads, width = 2, 6
    own = {
        "in_proj_weight": RNG.normal(size=(3 * width, width)),
        "in_proj_bias": RNG.normal(size=3 * width),
        "out_proj.weight": RNG.normal(size=(width, width)),
        "out_proj.bias": RNG.normal(size=width),
    }
    x = RNG.normal(size=(2, STEPS, width))
    q, k, v = np.split(x @ own["in_proj_weight"].T + own["in_proj_bias"], 3, axis=-1)
    q, k, v = (one.reshape(2, STEPS, heads, -1).transpose(0, 2, 1, 3) for one in (q, k, v))
    scores = np.exp(q @ k.transpose(0, 1, 3, 2) / np.sqrt(width / heads))
    seen = (scores / scores.sum(axis=-1, keepdims=True)) @ v
    wanted = seen.transpose(0, 2, 1, 3).reshape(2, STEPS, width) @ own["out_proj.weight"].T + own["out_proj.bias"]

    model = ann.Sequential([layers.MultiHeadAttention(heads, width // heads)], dtype="float64")
    model.build((STEPS, width))
    from_torch(model, {f"attention.{part}": one for part, one in own.items()})
    np.testing.assert_allclose(model.predict(x), wanted, rtol=1e-12, atol=1e-12)


def test_images_are_flattened_channels_first():
    """A linear module behind a flattened image has its columns in the order of the channels, then rows and columns."""
    kernel, matrix = RNG.normal(size=(2, 3, 1, 1)), RNG.normal(size=(4, 2 * 3 * 5))
    images = RNG.normal(size=(2, 3, 3, 5))  # stimulus, channel, height, width, as PyTorch has them
    wanted = np.einsum("nchw,fc->nfhw", images, kernel[..., 0, 0]).reshape(2, -1) @ matrix.T

    chain = [layers.Conv2D(2, 1, use_bias=False, input_shape=(3, 5, 3)), layers.Flatten()]
    model = ann.Sequential([*chain, layers.Dense(4, use_bias=False)], dtype="float64")
    from_torch(model, {"0.weight": kernel, "2.weight": matrix})
    np.testing.assert_allclose(model.predict(np.moveaxis(images, 1, -1)), wanted, rtol=1e-12, atol=1e-12)


def test_transposed_convolution_keeps_its_groups():
    """ConvTranspose2d's weight is (channel, filter of a group, height, width): a group's channels see its filters."""
    weight, images = RNG.normal(size=(4, 3, 2, 2)), RNG.normal(size=(1, 4, 2, 2))
    wanted = np.zeros((1, 6, 4, 4))  # stride 2 and windows of 2: none overlap
    for group in range(2):
        taken, given = slice(2 * group, 2 * group + 2), slice(3 * group, 3 * group + 3)
        spread = np.einsum("ncij,cfab->nfiajb", images[:, taken], weight[taken])
        wanted[:, given] = spread.reshape(1, 3, 4, 4)

    layer = layers.Conv2DTranspose(6, 2, strides=2, groups=2, use_bias=False, input_shape=(2, 2, 4))
    model = ann.Sequential([layer], dtype="float64")
    from_torch(model, {"0.weight": weight})
    found = np.moveaxis(model.predict(np.moveaxis(images, 1, -1)), -1, 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
