"""Activations, normalisations and attention against PyTorch's on the same numbers in float64; left out without it."""

import numpy as np
import pytest

import ann
from ann import activations, layers

torch = pytest.importorskip("torch")
functional = torch.nn.functional

RNG = np.random.default_rng(0)
EXACT = {"rtol": 1e-10, "atol": 1e-10}


def tensor(array, channels_first=False):
    """Give an array as a tensor that collects gradients, channels first if it is of images."""
    array = np.moveaxis(array, -1, 1) if channels_first else array
    return torch.tensor(np.ascontiguousarray(array), requires_grad=True)


def back(found, channels_last=False):
    """Give a tensor as an array, channels last if it is of images."""
    array = found.detach().numpy()
    return np.moveaxis(array, 1, -1) if channels_last else array


def filled(layer, shape):
    """Give the layer with random parameters and statistics."""
    initial = layer.initial_parameters(shape, RNG)
    layer.parameters = {name: RNG.normal(size=value.shape) for name, value in initial.items()}
    layer.statistics = {name: 1 + RNG.random(value.shape) for name, value in layer.initial_statistics(shape).items()}
    return layer


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (activations.LeakyReLU(0.01), functional.leaky_relu),
        (activations.ELU(0.7), lambda x: functional.elu(x, 0.7)),
        (activations.SELU(), functional.selu),
        (activations.GELU(), functional.gelu),
        (activations.GELU(approximate=True), lambda x: functional.gelu(x, approximate="tanh")),
        (activations.Softplus(), functional.softplus),
        (activations.Softsign(), functional.softsign),
        (activations.Swish(), functional.silu),
        (activations.Mish(), functional.mish),
        (activations.Softmax(axis=1), lambda x: functional.softmax(x, 1)),
        (activations.LogSoftmax(), lambda x: functional.log_softmax(x, -1)),
    ],
)
def test_activations(ours, theirs):
    """Output and gradient of each activation."""
    x, gradient = 3 * RNG.normal(size=(2, 4, 5, 6))
    y, cache = ours.forward(x)
    inputs = tensor(x)
    found = theirs(inputs)
    found.backward(torch.tensor(gradient))
    np.testing.assert_allclose(y, back(found), rtol=1e-7, atol=1e-8)  # their softplus is the identity above 20
    np.testing.assert_allclose(ours.backward(gradient, cache), back(inputs.grad), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("training", [True, False])
def test_batch_normalization(training):
    """Output, gradients and running statistics, theirs with their own variance over n - 1."""
    layer = filled(layers.BatchNormalization(momentum=0.9, epsilon=1e-5), (4, 5, 3))
    x, gradient = RNG.normal(size=(2, 6, 4, 5, 3))
    mean, variance = (torch.tensor(value.copy()) for value in layer.statistics.values())
    before = layer.statistics["moving_variance"].copy()
    gamma, beta, inputs = tensor(layer.parameters["gamma"]), tensor(layer.parameters["beta"]), tensor(x, True)
    found = functional.batch_norm(inputs, mean, variance, gamma, beta, training, momentum=0.1, eps=1e-5)
    found.backward(torch.tensor(np.moveaxis(gradient, -1, 1).copy()))

    y, cache = layer.forward(x, training)
    d_x, own = layer.backward(gradient, cache)
    np.testing.assert_allclose(y, back(found, True), **EXACT)
    np.testing.assert_allclose(d_x, back(inputs.grad, True), **EXACT)
    np.testing.assert_allclose(own["gamma"], back(gamma.grad), **EXACT)
    np.testing.assert_allclose(own["beta"], back(beta.grad), **EXACT)
    if training:
        layer.observe(cache)
        count = 6 * 4 * 5
        theirs = (back(variance) - 0.9 * before) * (count - 1) / count + 0.9 * before
        np.testing.assert_allclose(layer.statistics["moving_mean"], back(mean), **EXACT)
        np.testing.assert_allclose(layer.statistics["moving_variance"], theirs, **EXACT)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (4, 7)), ((1, 2), (4, 7)), ((2, 3), (2, 4, 7))])
def test_layer_normalization(axis, shape):
    """Output and gradients, over one axis and over two."""
    layer = filled(layers.LayerNormalization(axis=axis, epsilon=1e-5), shape)
    x, gradient = RNG.normal(size=(2, 5, *shape))
    gamma, beta, inputs = tensor(layer.parameters["gamma"]), tensor(layer.parameters["beta"]), tensor(x)
    found = functional.layer_norm(inputs, gamma.shape, gamma, beta, 1e-5)
    found.backward(torch.tensor(gradient))
    y, cache = layer.forward(x)
    d_x, own = layer.backward(gradient, cache)
    np.testing.assert_allclose(y, back(found), **EXACT)
    np.testing.assert_allclose(d_x, back(inputs.grad), **EXACT)
    np.testing.assert_allclose(own["gamma"], back(gamma.grad), **EXACT)
    np.testing.assert_allclose(own["beta"], back(beta.grad), **EXACT)


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_group_normalization(groups):
    """Output and gradients, one group, two, and as many as channels."""
    layer = filled(layers.GroupNormalization(groups, epsilon=1e-5), (4, 5, 6))
    x, gradient = RNG.normal(size=(2, 3, 4, 5, 6))
    gamma, beta, inputs = tensor(layer.parameters["gamma"]), tensor(layer.parameters["beta"]), tensor(x, True)
    found = functional.group_norm(inputs, groups, gamma, beta, 1e-5)
    found.backward(torch.tensor(np.moveaxis(gradient, -1, 1).copy()))
    y, cache = layer.forward(x)
    d_x, own = layer.backward(gradient, cache)
    np.testing.assert_allclose(y, back(found, True), **EXACT)
    np.testing.assert_allclose(d_x, back(inputs.grad, True), **EXACT)
    np.testing.assert_allclose(own["gamma"], back(gamma.grad), **EXACT)
    np.testing.assert_allclose(own["beta"], back(beta.grad), **EXACT)


def twin(layer, features):
    """Give PyTorch's attention with the weights of ours."""
    module = torch.nn.MultiheadAttention(features, layer.num_heads, batch_first=True, dtype=torch.float64)
    own, parts = layer.parameters, ("query", "key", "value")
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(np.concatenate([own[f"{part}_kernel"].T for part in parts])))
        module.in_proj_bias.copy_(torch.tensor(np.concatenate([own[f"{part}_bias"] for part in parts])))
        module.out_proj.weight.copy_(torch.tensor(own["output_kernel"].T))
        module.out_proj.bias.copy_(torch.tensor(own["output_bias"]))
    return module


@pytest.mark.parametrize("kind", ["plain", "masked", "causal", "crossed"])
def test_multi_head_attention(kind):
    """Output, scores and every gradient: plain, with hidden keys, causal, and with queries from elsewhere."""
    layer = filled(layers.MultiHeadAttention(3, 4, use_causal_mask=kind == "causal"), (7, 12))
    module = twin(layer, 12)
    x, gradient = RNG.normal(size=(2, 5, 7, 12))
    memory = RNG.normal(size=(5, 9, 12)) if kind == "crossed" else x
    hidden = RNG.random((5, 7)) < 0.4 if kind == "masked" else None
    if hidden is not None:
        hidden[:, 0] = False
    y, cache = layer.forward((x, memory) if kind == "crossed" else x, mask=None if hidden is None else ~hidden)
    d_x, own = layer.backward(gradient, cache)

    query = tensor(x)
    others = tensor(memory) if kind == "crossed" else query
    future = torch.ones(7, 7, dtype=torch.bool).triu(1) if kind == "causal" else None
    padding = None if hidden is None else torch.tensor(hidden)
    found, scores = module(query, others, others, padding, attn_mask=future, average_attn_weights=False)
    found.backward(torch.tensor(gradient))
    np.testing.assert_allclose(y, back(found), **EXACT)
    np.testing.assert_allclose(cache.scores, back(scores), **EXACT)
    for ours, theirs in zip(d_x if kind == "crossed" else [d_x], [query.grad, others.grad], strict=False):
        np.testing.assert_allclose(ours, back(theirs), **EXACT)
    kernels = np.concatenate([own[f"{part}_kernel"].T for part in ("query", "key", "value")])
    biases = np.concatenate([own[f"{part}_bias"] for part in ("query", "key", "value")])
    np.testing.assert_allclose(kernels, back(module.in_proj_weight.grad), **EXACT)
    np.testing.assert_allclose(biases, back(module.in_proj_bias.grad), **EXACT)
    np.testing.assert_allclose(own["output_kernel"].T, back(module.out_proj.weight.grad), **EXACT)
    np.testing.assert_allclose(own["output_bias"], back(module.out_proj.bias.grad), **EXACT)


def test_scaled_dot_product_attention():
    """What the heads do by themselves is PyTorch's scaled_dot_product_attention, causal or not."""
    from ann.layers.attention.heads import attend

    query, key, value = RNG.normal(size=(3, 2, 4, 6, 5))
    for causal in (False, True):
        hidden = np.triu(np.ones((6, 6), bool), 1) if causal else None
        mixed, _ = attend(query / np.sqrt(5), key, value, hidden, None)
        theirs = functional.scaled_dot_product_attention(*map(torch.tensor, (query, key, value)), is_causal=causal)
        np.testing.assert_allclose(mixed, theirs.numpy().swapaxes(1, 2), **EXACT)


def test_an_attention_block_learns_along_the_same_path():
    """Attention, residual, layer normalisation and a dense layer have the same losses over ten steps of Adam."""
    inputs = ann.Input((6, 8))
    mixed = layers.MultiHeadAttention(2, 4)(inputs)
    normal = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([inputs, mixed]))
    model = ann.Model(inputs, layers.Dense(8)(normal), dtype="float64")
    model.compile("adam", "mean_squared_error")
    attention, norm, dense = twin(model.layers[0], 8), torch.nn.LayerNorm(8).double(), torch.nn.Linear(8, 8).double()
    with torch.no_grad():
        dense.weight.copy_(torch.tensor(model.layers[-1].parameters["kernel"].T))
        dense.bias.zero_()
    parameters = [*attention.parameters(), *norm.parameters(), *dense.parameters()]
    optimizer = torch.optim.Adam(parameters, 0.001)
    x, y = RNG.normal(size=(2, 10, 6, 8))
    for _ in range(10):
        optimizer.zero_grad()
        stimuli = torch.tensor(x)
        outputs = dense(norm(stimuli + attention(stimuli, stimuli, stimuli, need_weights=False)[0]))
        loss = functional.mse_loss(outputs, torch.tensor(y))
        loss.backward()
        optimizer.step()
        assert model.train_on_batch(x, y) == pytest.approx(loss.item(), rel=1e-9)
