"""Seeds are derived by name, so that adding a stream shifts no other."""

import numpy as np
import pytest

from isocortex.errors import InvalidTypeError, InvalidValueError
from isocortex.seeds import child_seed, generator


def test_child_seeds_are_frozen():
    """The derivation is part of the contract: a stored study must find its streams again."""
    assert child_seed(0, "wiring") == 9213545369356887984
    assert child_seed(1, "wiring") != child_seed(0, "wiring")


def test_children_are_distinct():
    """Ten thousand labels give ten thousand seeds that fit 63 bits."""
    seeds = {child_seed(0, "unit", number) for number in range(10_000)}

    assert len(seeds) == 10_000
    assert max(seeds) < 2**63


def test_a_generator_is_passed_through():
    """Whoever hands in a Generator keeps its state in their own hands."""
    rng = np.random.default_rng(3)

    assert generator(rng, "label") is rng
    assert generator(3).random() == np.random.default_rng(3).random()


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, InvalidValueError), (1.5, InvalidTypeError), (True, InvalidTypeError)]
)
def test_bad_seeds_are_refused(seed, error):
    """A negative seed and one that is no integer are named."""
    with pytest.raises(error, match="seed"):
        generator(seed)
