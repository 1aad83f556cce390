"""ONNX's losses and optimisers as ann's: what is reshaped, selected and renamed between them."""

from typing import Any

import numpy as np
from onnx_cases import Adapter, Case, Unserved, made
from onnx_cases import run as run_layers

import ann
from ann import activations, layers, losses, optimizers, regularizers


def loss(name: str, **fixed: Any) -> Adapter:
    """Give the adapter of a loss on class numbers: classes last, every place a stimulus, ignored ones left out."""

    def adapter(case: Case) -> dict[str, np.ndarray]:
        x, labels, weights = case.inputs[0], case.inputs[1], case.input(2)
        get = case.attributes.get
        reduction = get("reduction", "mean")
        mean = "sum_over_batch_size" if weights is None else "mean_with_sample_weight"
        objective = made(losses, name, reduction=mean if reduction == "mean" else "sum", **fixed)
        rows = np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])
        kept = np.flatnonzero(labels.ravel() != get("ignore_index", np.iinfo(np.int64).min))
        wanted, found = next(iter(case.outputs)), {}

        def value(rows_taken: np.ndarray) -> np.ndarray:
            outputs, chosen = rows[rows_taken], labels.ravel()[rows_taken]
            own = None if weights is None else weights[chosen]
            return np.asarray(objective.value_and_gradient(outputs, objective.targets(chosen, outputs), False, own)[0])

        if reduction != "none":
            found[wanted] = value(kept)
        else:
            values = np.zeros(labels.size, x.dtype)
            if weights is None:
                values[kept] = objective.each(rows[kept], objective.targets(labels.ravel()[kept], rows[kept]))[0]
            else:
                values[kept] = [value(row) for row in kept[:, None]]
            found[wanted] = values.reshape(labels.shape)
        if "log_prob" in case.outputs:
            logs = run_layers([layers.Activation(made(activations, "LogSoftmax"))], rows)
            found["log_prob"] = np.moveaxis(logs.reshape(*labels.shape, x.shape[1]), -1, 1)
        return found

    return adapter


def _values(case: Case, letter: str) -> np.ndarray:
    """Put the arrays of one kind (``X1``, ``X2`` or ``X``) one behind the other, as a model's weights are."""
    names = [name for name in case.names if name.rstrip("0123456789") == letter]
    return np.concatenate([case.inputs[case.names.index(name)] for name in names])


def _outputs(case: Case, letter: str, flat: np.ndarray) -> dict[str, np.ndarray]:
    """Cut a flat array into the outputs of one kind (``X1_new``, ``X2_new`` or ``X_new``)."""
    found = [name for name in case.outputs if name.removesuffix("_new").rstrip("0123456789") == letter]
    ends = np.cumsum([len(case.outputs[name]) for name in found])[:-1]
    return dict(zip(found, np.split(flat, ends), strict=True))


def _model(weights: np.ndarray, optimizer: Any, penalty: float) -> ann.Sequential:
    """Give a model that has these weights alone, and a penalty on them whose gradient is `penalty` times them."""
    penalties = {"kernel_regularizer": regularizers.L2(penalty / 2)}
    model = ann.Sequential([layers.Dense(1, use_bias=False, **penalties)], dtype=weights.dtype)
    model.build(weights.shape)
    model.flat_weights[:] = weights
    model.compile(optimizer, "mean_squared_error")
    return model


def _step(model: ann.Sequential, gradient: np.ndarray) -> None:
    """Take a step along a gradient: that of the kernel of one output, for one stimulus, is the stimulus itself."""
    _, cache = model.forward(gradient[None], training=True)
    model.update(model.backward(np.ones((1, 1), gradient.dtype), cache))


def adam(case: Case) -> dict[str, np.ndarray]:
    """Name the two moments. A count of 0 means without correction for the start: so do very many steps."""
    if int(case.inputs[1]):
        raise Unserved("a step amid others")
    get = case.attributes.get
    optimizer = optimizers.Adam(float(case.inputs[0]), get("alpha"), get("beta"), get("epsilon"))
    model = _model(_values(case, "X"), optimizer, get("norm_coefficient", 0.0))
    optimizer.iterations = 10**6
    optimizer.state |= {"mean": _values(case, "V"), "square": _values(case, "H")}
    _step(model, _values(case, "G"))
    moved = {"X": model.flat_weights, "V": optimizer.state["mean"], "H": optimizer.state["square"]}
    return {name: one for letter, flat in moved.items() for name, one in _outputs(case, letter, flat).items()}


def adagrad(case: Case) -> dict[str, np.ndarray]:
    """Name the sum of squares; the decay does nothing at step 0."""
    if int(case.inputs[1]):
        raise Unserved("a step amid others")
    get = case.attributes.get
    optimizer = made(optimizers, "Adagrad", float(case.inputs[0]), epsilon=get("epsilon"))
    model = _model(_values(case, "X"), optimizer, get("norm_coefficient", 0.0))
    optimizer.state["square"] = _values(case, "H")
    _step(model, _values(case, "G"))
    moved = {"X": model.flat_weights, "H": optimizer.state["square"]}
    return {name: one for letter, flat in moved.items() for name, one in _outputs(case, letter, flat).items()}


def momentum(case: Case) -> dict[str, np.ndarray]:
    """Come to the given velocity by a step from rest, since ann's holds the learning rate and ONNX's does not."""
    get = case.attributes.get
    nesterov = get("mode") == "nesterov"
    if int(case.inputs[1]) and get("beta") != 1:
        raise Unserved("a step amid others")
    start = _values(case, "X")
    optimizer = optimizers.SGD(float(case.inputs[0]), momentum=get("alpha"), nesterov=nesterov)
    model = _model(np.zeros_like(start), optimizer, get("norm_coefficient", 0.0))
    _step(model, _values(case, "H" if "H1" in case.names else "V"))
    model.flat_weights[:] = start
    _step(model, _values(case, "G"))
    return _outputs(case, "X", model.flat_weights)


LEARNING: dict[str, Adapter] = {
    "Adagrad": adagrad,
    "Adam": adam,
    "Momentum": momentum,
    "NegativeLogLikelihoodLoss": loss("NegativeLogLikelihood"),
    "SoftmaxCrossEntropyLoss": loss("SparseCategoricalCrossentropy", from_logits=True),
}
