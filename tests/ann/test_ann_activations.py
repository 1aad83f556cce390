"""Activations against their formulas, central differences, and pre-activations that make a naive form overflow."""

import numpy as np
import pytest
from scipy import special

import ann
from ann import activations, gradcheck, layers, losses
from ann.activations import ELU, GELU, SELU, LeakyReLU, LogSoftmax, Softmax
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError

ALL = {
    "linear": (activations.Linear(), lambda x: x),
    "relu": (activations.ReLU(), lambda x: np.where(x > 0, x, 0)),
    "leaky_relu": (LeakyReLU(), lambda x: np.where(x > 0, x, 0.2 * x)),
    "leaky_relu, 0.01": (LeakyReLU(0.01), lambda x: np.where(x > 0, x, 0.01 * x)),
    "leaky_relu, 0": (LeakyReLU(0), lambda x: np.maximum(x, 0)),
    "elu": (ELU(), lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "elu, 0.3": (ELU(0.3), lambda x: np.where(x > 0, x, 0.3 * np.expm1(np.minimum(x, 0)))),
    "selu": (SELU(), lambda x: 1.05070098736 * np.where(x > 0, x, 1.67326324235 * np.expm1(np.minimum(x, 0)))),
    "gelu": (GELU(), lambda x: x * (1 + special.erf(x / np.sqrt(2))) / 2),
    "gelu, tanh": (
        GELU(approximate=True),
        lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    ),
    "softplus": (activations.Softplus(), lambda x: np.logaddexp(x, 0)),
    "softsign": (activations.Softsign(), lambda x: x / (1 + np.abs(x))),
    "swish": (activations.Swish(), lambda x: x * special.expit(x)),
    "mish": (activations.Mish(), lambda x: x * np.tanh(np.logaddexp(x, 0))),
    "sigmoid": (activations.Sigmoid(), special.expit),
    "tanh": (activations.Tanh(), np.tanh),
    "softmax": (Softmax(), lambda x: special.softmax(x, axis=-1)),
    "softmax, axis 1": (Softmax(axis=1), lambda x: special.softmax(x, axis=1)),
    "log_softmax": (LogSoftmax(), lambda x: special.log_softmax(x, axis=-1)),
    "log_softmax, axis -2": (LogSoftmax(axis=-2), lambda x: special.log_softmax(x, axis=-2)),
}
HUGE = np.array([[-1e4, -89.0, -20.0, -1e-3, 0.0, 1e-3, 20.0, 89.0, 1e4]])
ELEMENTWISE = [name for name in ALL if "softmax" not in name]


@pytest.mark.parametrize("name", ALL)
def test_values_are_those_of_the_formula(name):
    """The output is the formula's, as SciPy or NumPy compute it in float64."""
    activation, formula = ALL[name]
    x = np.random.default_rng(0).normal(size=(3, 4, 5)) * 4
    np.testing.assert_allclose(activation(x), formula(x), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_gradients_are_central_differences(name):
    """So is the gradient, as a layer of its own and after a dense layer."""
    activation, _ = ALL[name]
    assert gradcheck.check_layer(layers.Activation(activation), (4, 5)) < 1e-6
    assert gradcheck.check_layer(layers.Dense(3, activation=activation), (4, 5)) < 1e-6


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nothing_overflows(name):
    """From -1e4 to 1e4 in float32, output and gradient are finite and right to single precision, without a warning."""
    activation, formula = ALL[name]
    y, cache = activation.forward(HUGE.astype(np.float32))
    slope = activation.backward(np.ones_like(y), cache)
    assert y.dtype == slope.dtype == np.float32
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(y, formula(HUGE), rtol=2e-5, atol=1e-37)
    far = activation.backward(np.ones_like(HUGE), activation.forward(HUGE)[1])
    np.testing.assert_allclose(slope, far, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("activation", [Softmax(), LogSoftmax()])
def test_large_logits_are_fine(activation):
    """Logits of 1e4 give no overflow, in output or gradient."""
    x = np.array([[1e4, 0, -1e4], [1e4, 1e4, -1e4]], np.float32)
    y, cache = activation.forward(x)
    slope = activation.backward(np.ones_like(y), cache)
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()
    np.testing.assert_allclose(y, (special.log_softmax if type(activation) is LogSoftmax else special.softmax)(x, -1))


def test_small_results_keep_their_digits():
    """In the left tail nothing is lost to cancellation: relative errors stay those of single precision."""
    x = np.array([[-30.0, -25.0, -12.0, -5.0]])
    for name in ("sigmoid", "softplus", "swish", "mish"):
        activation, _ = ALL[name]
        exact = {"sigmoid": special.expit(x), "softplus": np.log1p(np.exp(x))}.get(name, x * special.expit(x))
        if name == "mish":
            exact = x * np.tanh(np.log1p(np.exp(x)))
        np.testing.assert_allclose(activation(x.astype(np.float32)), exact, rtol=2e-6)
    np.testing.assert_allclose(GELU()(np.float32(x)), x * special.ndtr(x), rtol=2e-5, atol=1e-40)


@pytest.mark.parametrize("name", ALL)
def test_the_input_stays_unless_it_may_go(name):
    """Without `overwrite` the input is left as it is; with it the output is the same, and the gradient too."""
    activation, _ = ALL[name]
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    kept = x.copy()
    y, cache = activation.forward(kept)
    np.testing.assert_array_equal(kept, x)
    again, other = activation.forward(kept, overwrite=True)
    np.testing.assert_array_equal(again, y)
    gradient = np.random.default_rng(2).normal(size=y.shape)
    np.testing.assert_array_equal(activation.backward(gradient, other), activation.backward(gradient, cache))


def test_selu_keeps_mean_and_variance():
    """A standard normal input leaves SELU with mean 0 and variance 1: the fixed point of the paper."""
    at, weight = np.polynomial.hermite_e.hermegauss(201)
    below, above = at[at < 0], weight / weight.sum()
    y = SELU()(at)
    assert len(below) == 100
    assert abs(above @ y) < 1e-2
    assert abs(above @ y**2 - 1) < 1e-2


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "gelu", "softplus", "softsign", "swish", "silu"])
def test_names_stand_for_activations(name):
    """Each of Keras's names gives an activation; so does what it says of itself."""
    activation = activations.get(name)
    assert activations.get(activation.config()) == activation
    assert activation == activations.get(type(activation).__name__)


def test_lists_and_numbers_are_arrays():
    """Called with whole numbers, a list or one number, an activation gives floats of the same shape."""
    np.testing.assert_allclose(activations.Softsign()([1, -3]), [0.5, -0.75])
    np.testing.assert_allclose(Softmax()([0.0, 0.0]), [0.5, 0.5])
    assert activations.Sigmoid()(0).shape == ()
    assert activations.Sigmoid()(0) == 0.5


@pytest.mark.parametrize("axis", [-1, 1])
def test_only_the_last_axis_meets_its_loss_as_one(axis):
    """Softmax over another axis is not differentiated as one with the cross-entropy; the gradient is right anyway."""
    model = ann.Sequential([layers.Dense(3, input_shape=(4,)), layers.Activation(Softmax(axis=axis))], seed=0)
    model.compile("sgd", losses.SparseCategoricalCrossentropy())
    x, y = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 1, 2, 1, 0])
    gradient = model.loss(model.forward(x)[0], y)[1]
    assert isinstance(gradient, ann.passes.LogitGradient) == (axis == -1)
    assert gradcheck.check_model(model, x, y) < 1e-6


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: LeakyReLU(-0.1),
            InvalidValueError,
            r"LeakyReLU.negative_slope: must be finite and at least 0, got -0",
        ),
        (lambda: LeakyReLU("0.1"), InvalidTypeError, r"LeakyReLU.negative_slope: must be a number, got '0.1'"),
        (lambda: ELU(np.inf), InvalidValueError, r"ELU.alpha: must be finite and at least 0, got inf"),
        (lambda: Softmax(axis=0), InvalidValueError, r"Softmax.axis: 0 is the axis of stimuli"),
        (lambda: LogSoftmax(axis=1.0), InvalidTypeError, r"LogSoftmax.axis: must be an integer, got 1.0"),
        (lambda: Softmax(axis=3)(np.ones((2, 3))), ShapeError, r"got \(3,\) a stimulus, which has no axis 3"),
        (lambda: Softmax(axis=-2)(np.ones((2, 3))), ShapeError, r"which has no axis -2"),
        (lambda: activations.get("gellu"), InvalidValueError, r"unknown name 'gellu'.*'gelu'"),
    ],
)
def test_wrong_arguments_are_named(make, error, message):
    """An argument that cannot be used is refused with its name and value."""
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("kind", [Softmax, LogSoftmax])
@pytest.mark.parametrize("classes", [1, 10, 32, 33])
def test_few_classes_or_many_have_the_same_softmax(kind, classes):
    """However the largest and the sum are found, and with numbers that leave no room for carelessness."""
    x = np.random.default_rng(classes).normal(size=(7, classes)) * 300
    reference = special.softmax if kind is Softmax else special.log_softmax
    np.testing.assert_allclose(kind()(x), reference(x, axis=-1), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(kind()(np.asfortranarray(x)), reference(x, axis=-1), rtol=1e-12, atol=1e-300)
    x[3, 0] = np.nan
    assert np.isnan(kind()(x)).any(axis=-1).tolist() == [row == 3 for row in range(7)]
