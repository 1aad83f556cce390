"""ONNX's operators as ann's layers: what is transposed, reshaped and renamed between them."""

from typing import Any

import numpy as np
from onnx_cases import Adapter, Case, Unserved, made, only, run
from onnx_windows import conv, conv_transpose, first, global_pool, last, pool

from ann import activations, layers


def activation(name: str, **fixed: Any) -> Adapter:
    """Give the adapter of an activation that acts on every number for itself."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        return only(case, run([layers.Activation(made(activations, name, **fixed))], case.inputs[0][None])[0])

    return adapter


def elu(case: Case) -> dict[str, np.ndarray]:
    """Hand on the scale."""
    return activation("ELU", alpha=case.attributes.get("alpha", 1.0))(case)


def leaky_relu(case: Case) -> dict[str, np.ndarray]:
    """Hand on the slope, ONNX's own default too."""
    return activation("LeakyReLU", negative_slope=case.attributes.get("alpha", 0.01))(case)


def selu(case: Case) -> dict[str, np.ndarray]:
    """Serve the paper's two constants alone."""
    if abs(case.attributes.get("alpha", 1.67326) - 1.67326) > 1e-4:
        raise Unserved("constants other than the paper's: selu has none to choose")
    return activation("SELU")(case)


def gelu(case: Case) -> dict[str, np.ndarray]:
    """Turn the name of the approximation into a flag."""
    return activation("GELU", approximate=case.attributes.get("approximate", "none") == "tanh")(case)


def swish(case: Case) -> dict[str, np.ndarray]:
    """Serve the factor 1."""
    if case.attributes.get("alpha", 1.0) != 1:
        raise Unserved("a factor within: swish has none")
    return activation("Swish")(case)


def softmax(name: str) -> Adapter:
    """Give the adapter of softmax or its logarithm, with the axis moved to the end."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        x = case.inputs[0]
        axis = case.attributes.get("axis", -1 if case.version >= 13 else 1)
        if case.version < 13 and axis % x.ndim != x.ndim - 1:
            raise Unserved("several axes taken as one, as before version 13")
        moved = np.ascontiguousarray(np.moveaxis(x, axis, -1))
        return only(case, np.moveaxis(run([layers.Activation(made(activations, name))], moved), -1, axis))

    return adapter


def gemm(case: Case) -> dict[str, np.ndarray]:
    """Take the second matrix as a kernel, and the third as a bias where it is one; else layers multiply and add."""
    get, c = case.attributes.get, case.input(2)
    a, b = (one.T if get(flag, 0) else one for one, flag in zip(case.inputs[:2], ("transA", "transB"), strict=True))
    a, units = np.ascontiguousarray(a), b.shape[1]
    alpha, beta = get("alpha", 1.0), get("beta", 1.0)
    if c is not None and alpha == beta == 1 and len(np.atleast_2d(c)) == 1:
        return only(case, run([layers.Dense(units)], a, {"kernel": b, "bias": np.broadcast_to(c, (1, units))[0]}))
    product = times(run([layers.Dense(units, use_bias=False)], a, {"kernel": b}), alpha)
    if c is None:
        return only(case, product)
    shift = np.ascontiguousarray(np.broadcast_to(c, product.shape))
    return only(case, layers.Add().forward((product, times(shift, beta)))[0])


def times(x: np.ndarray, factor: float) -> np.ndarray:
    """Let a layer multiply by an attribute."""
    return x if factor == 1 else layers.Multiply().forward((x, np.full_like(x, factor)))[0]


def matmul(case: Case) -> dict[str, np.ndarray]:
    """Take each matrix on the right as the kernel of a Dense of its own."""
    a, b = case.inputs
    left = a[None] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    outer = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    lefts = np.broadcast_to(left, (*outer, *left.shape[-2:])).reshape(-1, *left.shape[-2:])
    rights = np.broadcast_to(right, (*outer, *right.shape[-2:])).reshape(-1, *right.shape[-2:])
    found = [
        run([layers.Dense(kernel.shape[1], use_bias=False)], one, {"kernel": kernel})
        for one, kernel in zip(lefts, rights, strict=True)
    ]
    return {name: np.reshape(found, wanted.shape) for name, wanted in case.outputs.items()}


def batch_normalization(case: Case) -> dict[str, np.ndarray]:
    """Name the four vectors; in training, give the moved statistics too."""
    x, get = last(case.inputs[0]), case.attributes.get
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    layer = made(layers, "BatchNormalization", momentum=get("momentum", 0.9), epsilon=get("epsilon", 1e-5))
    weights = dict(zip(names, case.inputs[1:], strict=True))
    if not get("training_mode", 0):
        return {"Y": first(run([layer], x, weights))}
    import ann

    model = ann.Sequential([layer], dtype=x.dtype)
    model.build(x.shape[1:])
    model.set_weights({model.names[0]: weights})
    y, _ = model.forward(x, training=True)
    moved = model.get_weights()[model.names[0]]
    return {"Y": first(y), "running_mean": moved["moving_mean"], "running_var": moved["moving_variance"]}


def layer_normalization(case: Case) -> dict[str, np.ndarray]:
    """Name the axes; where that of stimuli is among them, all is one stimulus."""
    x, gamma, beta = case.inputs
    start = case.attributes.get("axis", -1) % x.ndim
    alone = start == 0
    axes = [axis + alone for axis in range(start, x.ndim)]
    layer = made(layers, "LayerNormalization", axis=axes, epsilon=case.attributes.get("epsilon", 1e-5))
    found = run([layer], x[None] if alone else x, {"gamma": gamma, "beta": beta})
    return {"Y": found[0] if alone else found}


def group_normalization(case: Case) -> dict[str, np.ndarray]:
    """Move the channels, and name the two vectors."""
    x, gamma, beta = case.inputs
    epsilon = case.attributes.get("epsilon", 1e-5)
    layer = made(layers, "GroupNormalization", groups=case.attributes["num_groups"], epsilon=epsilon)
    return only(case, first(run([layer], last(x), {"gamma": gamma, "beta": beta})))


def instance_normalization(case: Case) -> dict[str, np.ndarray]:
    """Make every channel a group."""
    x, gamma, beta = case.inputs
    layer = layers.GroupNormalization(-1, epsilon=case.attributes.get("epsilon", 1e-5))
    return only(case, first(run([layer], last(x), {"gamma": gamma, "beta": beta})))


def recurrent(name: str, gates: list[int], **fixed: Any) -> Adapter:
    """Give the adapter of a recurrent layer, with ONNX's gates in the order of ann's."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        x, inward, recurring, biases = case.inputs[0], case.inputs[1], case.inputs[2], case.input(3)
        if case.input(7) is not None:
            raise Unserved("peepholes")
        batch_first = case.attributes.get("layout", 0) == 1
        x = x if batch_first else np.ascontiguousarray(x.swapaxes(0, 1))
        units = case.attributes["hidden_size"]

        def ordered(rows: np.ndarray) -> np.ndarray:
            return np.concatenate([rows.reshape(len(gates), units, -1)[gate] for gate in gates]).T

        kernel, weights = ordered(inward[0]), {"recurrent_kernel": ordered(recurring[0])}
        if biases is not None:
            # ONNX adds two biases. One comes in as the weight of a feature that is always 1.
            one, other = (ordered(half)[0] for half in np.split(biases[0], 2))
            x = np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)
            kernel, weights = np.vstack([kernel, one]), {**weights, "bias": other}
        weights = {"kernel": kernel, **weights}
        arguments = {"use_bias": biases is not None, **fixed}
        found = {}
        if "Y" in case.outputs:
            steps = run([made(layers, name, units, return_sequences=True, **arguments)], x, weights)
            found["Y"] = steps[:, :, None] if batch_first else steps.swapaxes(0, 1)[:, None]
        ends = run([made(layers, name, units, **arguments)], x, weights)
        return {**found, "Y_h": ends[:, None] if batch_first else ends[None]}

    return adapter


def dropout(case: Case) -> dict[str, np.ndarray]:
    """Run at inference, or in training with nothing to drop: a mask of another generator is none of ours."""
    x, rate = case.inputs[0], case.input(1)
    share = float(rate) if rate is not None else case.attributes.get("ratio", 0.5)
    training = case.input(2) is not None and bool(case.input(2))
    if training and share:
        raise Unserved("which units are dropped is another generator's choice")
    import ann

    model = ann.Sequential([layers.Dropout(share)], dtype=x.dtype)
    return {next(iter(case.outputs)): model.forward(x[None], training=training)[0][0]}


def flatten(case: Case) -> dict[str, np.ndarray]:
    """Take every place of the axes before `axis` as a stimulus."""
    x, axis = case.inputs[0], case.attributes.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return only(case, run([layers.Flatten()], x.reshape(-1, *x.shape[axis:]) if axis else x[None]))


def gather(case: Case) -> dict[str, np.ndarray]:
    """Look numbers of rows up in a table."""
    table, numbers = case.inputs
    if table.ndim != 2 or case.attributes.get("axis", 0) != 0 or numbers.ndim != 2 or numbers.min() < 0:
        raise Unserved("no table of vectors: Embedding gathers rows, by numbers from 0")
    layer = made(layers, "Embedding", len(table), table.shape[1])
    return only(case, run([layer], numbers.astype(table.dtype), {"embeddings": table}))


LAYERS: dict[str, Adapter] = {
    "AveragePool": pool("Average"),
    "BatchNormalization": batch_normalization,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "Dropout": dropout,
    "Elu": elu,
    "Flatten": flatten,
    "GRU": recurrent("GRU", [0, 1, 2], reset_after=False),
    "Gather": gather,
    "Gelu": gelu,
    "Gemm": gemm,
    "GlobalAveragePool": global_pool("Average"),
    "GlobalMaxPool": global_pool("Max"),
    "GroupNormalization": group_normalization,
    "InstanceNormalization": instance_normalization,
    "LSTM": recurrent("LSTM", [0, 2, 3, 1]),  # i o f c -> i f c o
    "LayerNormalization": layer_normalization,
    "LeakyRelu": leaky_relu,
    "LogSoftmax": softmax("LogSoftmax"),
    "MatMul": matmul,
    "MaxPool": pool("Max"),
    "Mish": activation("Mish"),
    "RNN": recurrent("SimpleRNN", [0]),
    "Relu": activation("ReLU"),
    "Selu": selu,
    "Sigmoid": activation("Sigmoid"),
    "Softmax": softmax("Softmax"),
    "Softplus": activation("Softplus"),
    "Softsign": activation("Softsign"),
    "Swish": swish,
    "Tanh": activation("Tanh"),
}
