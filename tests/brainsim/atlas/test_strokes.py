"""Doodles."""

import numpy as np
import pytest

from brainsim.atlas import strokes
from brainsim.errors import ParameterError


def test_images_between_black_and_white() -> None:
    """Every image has ink, none is mostly ink, all are within [0, 1]."""
    images = strokes(20, size=40)
    assert images.shape == (20, 40, 40, 1)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert images.max() <= 1
    ink = images.mean(axis=(1, 2, 3))
    assert ink.min() > 0.002
    assert ink.max() < 0.4


def test_same_seed_same_doodles() -> None:
    """The seed alone decides."""
    assert np.array_equal(strokes(3, seed=4), strokes(3, seed=4))
    assert not np.array_equal(strokes(3, seed=4), strokes(3, seed=5))


@pytest.mark.parametrize(("count", "size"), [(0, 40), (1, 7)])
def test_nothing_to_draw_on(count: int, size: int) -> None:
    """No images, or a canvas too small for a pen."""
    with pytest.raises(ParameterError, match="count must be positive and size at least 8"):
        strokes(count, size)
