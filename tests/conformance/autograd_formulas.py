"""Layers, activations and losses written once more, forward only, in autograd.numpy, which differentiates them.

Each layer is a function of its parameters and its input, as its class's equation says; none of ann is used.
"""

import autograd.numpy as np
from autograd.scipy.special import erf


def sigmoid(x):
    """Give the logistic function."""
    return 1 / (1 + np.exp(-x))


def softmax(x):
    """Give softmax over the last axis."""
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)


def elu(x, alpha=1.0):
    """Give the exponential linear unit."""
    return np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": elu,
    "selu": lambda x: 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "swish": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
}


def dense(p, x):
    """Give x W + b."""
    return np.dot(x, p["kernel"]) + p["bias"]


def correlation(kernel, bias, x, stride=1, dilation=1):
    """Correlate images (stimulus, height, width, channel) with a kernel (height, width, channel, filter)."""
    high, wide = kernel.shape[:2]
    rows = (x.shape[1] - dilation * (high - 1) - 1) // stride + 1
    columns = (x.shape[2] - dilation * (wide - 1) - 1) // stride + 1
    total = bias
    for i in range(high):
        for j in range(wide):
            top, left = i * dilation, j * dilation
            seen = x[:, top : top + stride * rows : stride, left : left + stride * columns : stride]
            total = total + np.dot(seen[:, :rows, :columns], kernel[i, j])
    return total


def padded(x, before, after):
    """Put zeros around images."""
    return np.pad(x, ((0, 0), (before, after), (before, after), (0, 0)), mode="constant")


def grouped(p, x, groups):
    """Correlate slices of channels with their own filters."""
    size, filters = p["kernel"].shape[2], p["kernel"].shape[3] // groups
    parts = []
    for group in range(groups):
        own = slice(group * filters, (group + 1) * filters)
        seen = x[..., group * size : (group + 1) * size]
        parts.append(correlation(p["kernel"][..., own], p["bias"][own], seen))
    return np.concatenate(parts, axis=-1)


def depthwise(p, x):
    """Correlate every channel with its own filters."""
    channels, filters = p["kernel"].shape[2:]
    parts = [
        correlation(p["kernel"][:, :, c : c + 1], p["bias"][c * filters : (c + 1) * filters], x[..., c : c + 1])
        for c in range(channels)
    ]
    return np.concatenate(parts, axis=-1)


def transposed(p, x, stride):
    """Spread windows (height, width, filter, channel) of every number of the input; no padding."""
    high, wide = p["kernel"].shape[:2]
    shape = (stride * (x.shape[1] - 1) + high, stride * (x.shape[2] - 1) + wide)
    total = p["bias"]
    for i in range(high):
        for j in range(wide):
            rows, columns = np.zeros((shape[0], x.shape[1])), np.zeros((shape[1], x.shape[2]))
            rows[i + stride * np.arange(x.shape[1]), np.arange(x.shape[1])] = 1
            columns[j + stride * np.arange(x.shape[2]), np.arange(x.shape[2])] = 1
            spread = np.einsum("ri,cj,nijk->nrck", rows, columns, x)
            total = total + np.dot(spread, p["kernel"][i, j].T)
    return total


def windows(x, size, stride):
    """Give the windows of images, stacked on a first axis."""
    rows, columns = ((length - size) // stride + 1 for length in x.shape[1:3])
    return np.stack(
        [
            x[:, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (columns - 1) + 1 : stride]
            for i in range(size)
            for j in range(size)
        ]
    )


def standardised(x, axes, epsilon=1e-3):
    """Bring to mean 0 and variance 1 over some axes."""
    mean = np.mean(x, axis=axes, keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def normalised(p, x, axes):
    """Give the standardised, scaled and shifted."""
    return standardised(x, axes) * p["gamma"] + p["beta"]


def groups_normalised(p, x, groups):
    """Standardise each group of channels over all its places."""
    split = np.reshape(x, (*x.shape[:-1], groups, -1))
    axes = (*range(1, x.ndim - 1), x.ndim)
    return np.reshape(standardised(split, axes), x.shape) * p["gamma"] + p["beta"]


def simple_rnn(p, x, h=0.0):
    """Give all states of the simple recurrence."""
    h, found = h + np.zeros((len(x), p["recurrent_kernel"].shape[0])), []
    for t in range(x.shape[1]):
        h = np.tanh(np.dot(x[:, t], p["kernel"]) + np.dot(h, p["recurrent_kernel"]) + p["bias"])
        found.append(h)
    return np.stack(found, axis=1)


def lstm(p, x, h=0.0, c=0.0, mask=None):
    """Give all outputs of the long short-term memory; gates i, f, g, o. Masked steps keep the states."""
    units = p["recurrent_kernel"].shape[0]
    h, c = h + np.zeros((len(x), units)), c + np.zeros((len(x), units))
    found = []
    for t in range(x.shape[1]):
        z = np.dot(x[:, t], p["kernel"]) + np.dot(h, p["recurrent_kernel"]) + p["bias"]
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        counts = True if mask is None else mask[:, t, None]
        c = np.where(counts, sigmoid(f) * c + sigmoid(i) * np.tanh(g), c)
        h = np.where(counts, sigmoid(o) * np.tanh(c), h)
        found.append(h)
    return np.stack(found, axis=1)


def gru(p, x, reset_after, h=0.0):
    """Give all states of the gated recurrent unit; gates z, r, n."""
    units = p["recurrent_kernel"].shape[0]
    first, second = (p["bias"][0], p["bias"][1]) if reset_after else (p["bias"], np.zeros(3 * units))
    h, found = h + np.zeros((len(x), units)), []
    for t in range(x.shape[1]):
        a = np.dot(x[:, t], p["kernel"]) + first
        b = np.dot(h, p["recurrent_kernel"][:, : 2 * units]) + second[: 2 * units]
        z, r = sigmoid(a[:, :units] + b[:, :units]), sigmoid(a[:, units : 2 * units] + b[:, units:])
        own = p["recurrent_kernel"][:, 2 * units :]
        inner = r * (np.dot(h, own) + second[2 * units :]) if reset_after else np.dot(r * h, own)
        h = z * h + (1 - z) * np.tanh(a[:, 2 * units :] + inner)
        found.append(h)
    return np.stack(found, axis=1)


def both_ways(formula, p, x, forward=0.0, backward=0.0):
    """Give the states of a recurrence and of another that begins at the end, side by side."""
    there, back = (
        {name.removeprefix(side): own for name, own in p.items() if name.startswith(side)}
        for side in ("forward_", "backward_")
    )
    return np.concatenate([formula(there, x, forward), formula(back, x[:, ::-1], backward)[:, ::-1]], axis=-1)


def attention(p, x, other, heads):
    """Give what queries of one sequence see in another, head by head."""
    query, key, value = (
        np.dot(one, p[f"{part}_kernel"]) + p[f"{part}_bias"]
        for part, one in (("query", x), ("key", other), ("value", other))
    )
    seen = []
    for head in range(heads):
        q, k, v = (
            one[..., head * one.shape[-1] // heads :][..., : one.shape[-1] // heads] for one in (query, key, value)
        )
        scores = np.einsum("nqd,nkd->nqk", q, k) / np.sqrt(q.shape[-1])
        seen.append(np.einsum("nqk,nkd->nqd", softmax(scores), v))
    return np.dot(np.concatenate(seen, axis=-1), p["output_kernel"]) + p["output_bias"]


def huber(y, t):
    """Give a square near the target and a line away from it."""
    off = np.abs(y - t)
    return np.mean(np.where(off <= 1, off**2 / 2, off - 0.5))


LOSSES = {  # of outputs and targets; the mean over stimuli
    "mean_squared_error": lambda y, t: np.mean((y - t) ** 2),
    "mean_absolute_error": lambda y, t: np.mean(np.abs(y - t)),
    "huber": huber,
    "poisson": lambda y, t: np.mean(y - t * np.log(y)),
    "hinge": lambda y, t: np.mean(np.maximum(0, 1 - t * y)),
    "squared_hinge": lambda y, t: np.mean(np.maximum(0, 1 - t * y) ** 2),
    "categorical_hinge": lambda y, t: np.mean(np.maximum(0, 1 + np.max((1 - t) * y, axis=1) - np.sum(t * y, axis=1))),
    "kl_divergence": lambda p, t: np.mean(np.sum(t * np.log(t / p), axis=1)),
    "binary_crossentropy": lambda p, t: -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)),
    "categorical_crossentropy": lambda p, t: -np.mean(np.sum(t * np.log(p), axis=1)),
    "negative_log_likelihood": lambda y, t: -np.mean(y[np.arange(len(t)), t]),
    "sparse_categorical_crossentropy": lambda p, t: -np.mean(np.log(p[np.arange(len(t)), t])),
}
