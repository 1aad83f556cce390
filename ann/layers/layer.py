"""What a layer is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ann import constraints
from ann.activations import Activation, Linear
from ann.constraints import Constraint
from ann.errors import InvalidTypeError, InvalidValueError, ShapeError
from ann.registry import Configurable
from ann.regularizers import Regularizer

if TYPE_CHECKING:
    from ann.symbols import Symbol

__all__ = ["Layer", "Shape", "positive_integer"]

Shape = tuple[int, ...]
"""A shape without the axis of stimuli."""

MOST = 2**62
"""What no length or count of anything reaches."""


class Layer(Configurable, ABC):
    """One step of a network, from an array (stimulus, ...) to another; some take several arrays, as a tuple.

    Called on the output of another layer, it becomes a node of a graph (see `ann.Model`).

    Parameters
    ----------
    input_shape : tuple of int, optional
        Shape of one stimulus, without the axis of stimuli: needed by the first layer only, and even there the
        model finds it out from the first data it sees.
    name : str, optional
        How the layer is called in summaries, activations and files; the model makes one up (``"dense_1"``).

    Attributes
    ----------
    parameters : dict of str to numpy.ndarray
        The weights, filled in by the model that holds the layer.
    statistics : dict of str to numpy.ndarray
        What the layer remembers of the stimuli it was trained on, and no gradient moves (`BatchNormalization`).
        Parameters and statistics are the only state that a layer has.
    activation : ann.activations.Activation
        What is applied to the result, linear where a layer has none.
    """

    random: bool = False
    """Whether `forward` draws random numbers in training."""

    part: ClassVar[int] = 16
    """Stimuli that are best computed together on a thread; that of a model's busiest layer counts."""

    compiled: ClassVar[bool] = False
    """Whether it uses `ann.fast` (see `uses_loops`); a model then loads that when it is built, not amid a step."""

    whole_batch: ClassVar[bool] = False
    """Whether in training the output for one stimulus depends on the others of its batch, which then stays whole."""

    takes_mask: ClassVar[bool] = False
    """Whether `forward` takes ``mask=``, an array (stimulus, step) that is True where a step counts."""

    mask_per_input: ClassVar[bool] = False
    """Whether, of several inputs, it takes a tuple of their masks, in which None is one without, instead of one mask of
    the steps that count in all of them; `mask_after` then takes that too."""

    most_inputs: ClassVar[int] = 1
    """How many arrays it takes at most; more than one come, and go back, as a tuple."""

    looks_up: ClassVar[bool] = False
    """Whether its input is numbers of things (words), which have no gradient."""

    gradients_within: ClassVar[bool] = True
    """Whether `backward` takes memory for gradients of what the cache holds; else it makes do with little at a time."""

    outputs: int = 1
    """How many arrays a call gives; more than one are one array inside the layer (see `ann.layers.recurrent.states`),
    which a `Sequential` cannot take apart."""

    fusible: ClassVar[bool] = False
    """Whether the output is `activation` of a pre-activation, and `backward` knows ``activated=False``."""

    synapses: ClassVar[tuple[str, ...]] = ()
    """The parameters that join input to pre-activation, where `backward` needs them for the input's gradient alone: a
    learning rule may then put others in their place on the way back (see `ann.learning`)."""

    gains: ClassVar[tuple[str, ...]] = ()
    """The parameters that stand one a unit and join no two units, however many axes they have: those of one axis do
    anyway."""

    gates: tuple[str, ...] = ()
    """The blocks of units that the last axes of a recurrent layer's parameters are made of, in order."""

    regularized: ClassVar[tuple[str, ...]] = ("kernel", "bias")
    """The parameters that may have a ``NAME_regularizer`` and a ``NAME_constraint``."""

    argument_words: ClassVar[Mapping[str, str]] = {}
    """How these arguments call a parameter, where that is not its name: ``recurrent_constraint``."""

    activation: Activation = Linear()

    def __init__(self, input_shape: Shape | None = None, name: str | None = None):
        if name is not None and (not isinstance(name, str) or not re.fullmatch(r"[\w .-]+", name)):
            raise InvalidValueError(
                f"{type(self).__name__}.name: must be letters, digits, '_', '-' or '.', got {name!r}"
            )
        self.input_shape = None if input_shape is None else checked_shape(input_shape, type(self).__name__)
        self.name = name
        self.parameters: dict[str, np.ndarray] = {}
        self.statistics: dict[str, np.ndarray] = {}

    def __call__(self, inputs: "Symbol | Sequence[Symbol]") -> Any:
        """Give the output for symbolic inputs, as a node of a graph (see `ann.Model`); a tuple of those of several."""
        from ann.symbols import Symbol

        return Symbol.of(self, inputs)

    @property
    def makes_mask(self) -> bool:
        """Whether masks begin here, made by `mask_after`."""
        return False

    @property
    def regularizers(self) -> Mapping[str, Regularizer]:
        """The penalties, by the name of the parameter that each is on."""
        return self._on_parameters("regularizer")

    @property
    def constraints(self) -> Mapping[str, Constraint]:
        """Where weights are held to after a step, by the name of the parameter: its ``NAME_constraint``."""
        return self._on_parameters("constraint")

    def _on_parameters(self, what: str) -> dict[str, Any]:
        words = {part: self.argument_words.get(part, part) for part in self.regularized}
        found = {part: getattr(self, f"{word}_{what}", None) for part, word in words.items()}
        return {part: own for part, own in found.items() if own is not None}

    def _constrain(self, **given: Any) -> None:
        """Keep constraints as attributes, by the names of their arguments."""
        for name, constraint in given.items():
            setattr(self, name, constraints.get(constraint, f"{type(self).__name__}.{name}"))

    @abstractmethod
    def output_shape(self, input_shape: Any) -> Shape:
        """Give the shape of one stimulus' output for that of its input, or for the tuple of shapes of several.

        Raises
        ------
        ShapeError
            If the layer cannot take such an input.
        """

    def parameter_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """Give the shape of every parameter, without drawing any."""
        return {}

    def initial_parameters(self, input_shape: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw initial parameters in float64; a layer without any gives none."""
        return {}

    def statistic_shapes(self, input_shape: Any) -> dict[str, Shape]:
        """Give the shape of every statistic, without making room for any."""
        return {}

    def initial_statistics(self, input_shape: Any) -> dict[str, np.ndarray]:
        """Give what the statistics are before any training, in float64; a layer without any gives none."""
        return {}

    def observe(self, cache: Any) -> None:
        """Move the statistics, in place, by what `forward` saw in training; called once a batch, in order."""

    def mask_after(self, x: Any, mask: np.ndarray | None) -> np.ndarray | None:
        """Give the mask of the output, None where all counts: that of the input while it keeps its steps."""
        return mask

    def uses_loops(self, input_shape: Any) -> bool:
        """Tell whether it uses `ann.fast` for stimuli of this shape; see `compiled`."""
        return self.compiled

    def operations(self, input_shape: Any) -> int:
        """Estimate the multiplications and additions for one stimulus, forward."""
        return int(np.prod(input_shape))

    @abstractmethod
    def forward(self, x: Any, training: bool = False, rng: np.random.Generator | None = None) -> tuple[np.ndarray, Any]:
        """Give the output for `x` (stimulus, ...) and the cache that `backward` needs; `x` is left as it is.

        Parameters
        ----------
        x : numpy.ndarray or tuple of numpy.ndarray
            (stimulus, ...), in the type of the parameters; several where the layer was given several inputs.
        training : bool
            Whether this is for training: dropout acts only then.
        rng : numpy.random.Generator, optional
            Where a layer that is random in training draws from.
        """

    @abstractmethod
    def backward(
        self, gradient: np.ndarray, cache: Any, *, inputs: bool = True, activated: bool = True
    ) -> tuple[Any, dict[str, np.ndarray]]:
        """Turn the gradient with respect to the output into those for the input and the parameters.

        A layer may take ``out=`` besides, new memory by parameter, to write their gradients into and give back.

        Parameters
        ----------
        gradient : numpy.ndarray
            (stimulus, ...), of the loss with respect to this layer's output.
        cache : object
            What `forward` gave along with that output.
        inputs : bool
            Whether the gradient for the input (a tuple for several) is wanted; None is given otherwise.
        activated : bool
            False where `gradient` is already that with respect to the pre-activation.
        """


def positive_integer(value: Any, what: str) -> int:
    """Give `value` as an int of at least 1.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no integer, or below 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidTypeError(f"{what}: must be an integer, got {value!r}")
    if value < 1:
        raise InvalidValueError(f"{what}: must be at least 1, got {value}")
    if value > MOST:
        raise InvalidValueError(f"{what}: must be at most {MOST}, got a number of {int(value).bit_length()} bits")
    return int(value)


def checked_shape(shape: Any, owner: str, argument: str = "input_shape") -> Shape:
    """Give a shape as a tuple of positive ints."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)):
        raise InvalidTypeError(f"{owner}.{argument}: must be a tuple of integers, got {shape!r}")
    if not shape:
        raise ShapeError(f"{owner}.{argument}: must name at least one axis, for instance (28, 28, 1); got ()")
    return tuple(positive_integer(length, f"{owner}.{argument}") for length in shape)
