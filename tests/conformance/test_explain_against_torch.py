"""Explanations against the formulas that captum has for them, computed by PyTorch; left out where it is missing."""

import itertools

import numpy as np
import pytest

import ann
from ann import explain, layers

torch = pytest.importorskip("torch")

EXACT = {"rtol": 1e-9, "atol": 1e-12}
SHAPE = (8, 6, 2)


class Twin(torch.nn.Module):
    """The same network as `pair` builds."""

    def __init__(self, weights):
        super().__init__()
        self.weights = {
            layer: {part: torch.tensor(array) for part, array in own.items()} for layer, own in weights.items()
        }

    def logits(self, x):
        """Give the last pre-activations, for channels last."""
        kernel, bias = self.weights["conv"]["kernel"], self.weights["conv"]["bias"]
        z = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias, padding=1)
        self.hidden = torch.tanh(z).permute(0, 2, 3, 1)
        pooled = torch.nn.functional.max_pool2d((self.hidden + x).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        return pooled.reshape(len(x), -1) @ self.weights["out"]["kernel"] + self.weights["out"]["bias"]

    def forward(self, x):
        """Give the probabilities."""
        return torch.softmax(self.logits(x), dim=1)


@pytest.fixture
def pair():
    """Give a residual convolutional network of ours, the same in PyTorch, images and classes."""
    inputs = ann.Input(SHAPE)
    hidden = layers.Conv2D(2, 3, padding="same", activation="tanh", name="conv")(inputs)
    pooled = layers.Flatten()(layers.MaxPooling2D(2)(layers.Add()([inputs, hidden])))
    model = ann.Model(inputs, layers.Dense(3, activation="softmax", name="out")(pooled), dtype="float64", seed=3)
    rng = np.random.default_rng(0)
    return model, Twin(model.get_weights()), rng.normal(size=(4, *SHAPE)), np.array([2, 0, 1, 1])


def gradient(function, x, target):
    """Give the gradient of each stimulus' own output."""
    theirs = torch.tensor(x, requires_grad=True)
    function(theirs)[torch.arange(len(x)), torch.tensor(target)].sum().backward()
    return theirs.grad.numpy()


@pytest.mark.parametrize("logits", [False, True])
def test_gradients_and_saliency(pair, logits):
    """Saliency is the size of PyTorch's gradient, and input times gradient its product."""
    model, twin, x, target = pair
    theirs = gradient(twin.logits if logits else twin, x, target)
    np.testing.assert_allclose(explain.saliency(model, x, target, logits), np.abs(theirs), **EXACT)
    np.testing.assert_allclose(explain.input_x_gradient(model, x, target, logits), x * theirs, **EXACT)


@pytest.mark.parametrize("logits", [False, True])
def test_integrated_gradients(pair, logits):
    """The same quadrature as captum's "gausslegendre" of PyTorch's gradients gives the same shares."""
    model, twin, x, target = pair
    baseline = np.full(SHAPE, 0.2)
    points, weights = np.polynomial.legendre.leggauss(20)
    mean = sum(
        weight / 2 * gradient(twin.logits if logits else twin, baseline + (point + 1) / 2 * (x - baseline), target)
        for point, weight in zip(points, weights, strict=True)
    )
    found = explain.integrated_gradients(model, x, target, baseline, 20, logits)
    np.testing.assert_allclose(found.values, (x - baseline) * mean, **EXACT)


def test_occlusion(pair):
    """Windows slide as captum's do: strides from the corner, the last cut off, the mean over those that cover."""
    model, twin, x, target = pair
    size, step = (3, 2), (2, 2)
    total, count = np.zeros_like(x), np.zeros(SHAPE)
    rows = torch.arange(len(x))
    with torch.no_grad():
        whole = twin(torch.tensor(x))[rows, torch.tensor(target)].numpy()
        steps = [
            range(-(-(length - own) // stride) + 1) for length, own, stride in zip(SHAPE[:2], size, step, strict=True)
        ]
        for i, j in itertools.product(*steps):
            window = np.zeros(SHAPE, bool)
            window[step[0] * i : step[0] * i + size[0], step[1] * j : step[1] * j + size[1]] = True
            covered = twin(torch.tensor(np.where(window, 0.1, x)))[rows, torch.tensor(target)].numpy()
            total += (whole - covered)[:, None, None, None] * window
            count += window
    found = explain.occlusion(model, x, target, size, step, 0.1)
    np.testing.assert_allclose(found, total / count, **EXACT)


def test_gradients_inside(pair):
    """The gradients of the loss at a hidden layer, at the outputs and at every parameter are PyTorch's."""
    model, twin, x, target = pair
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = model.gradients(x, target, batch_size=3)
    for own in twin.weights.values():
        for array in own.values():
            array.requires_grad_(True)
    theirs = torch.tensor(x, requires_grad=True)
    outputs = twin(theirs)
    outputs.retain_grad()
    twin.hidden.retain_grad()
    torch.nn.functional.nll_loss(torch.log(outputs), torch.tensor(target)).backward()
    np.testing.assert_allclose(found.layers["conv"], twin.hidden.grad.numpy(), **EXACT)
    np.testing.assert_allclose(found.layers["out"], outputs.grad.numpy(), **EXACT)
    np.testing.assert_allclose(found.inputs, theirs.grad.numpy(), **EXACT)
    for layer, own in twin.weights.items():
        for part, array in own.items():
            np.testing.assert_allclose(found.parameters[layer][part], array.grad.numpy(), **EXACT)
