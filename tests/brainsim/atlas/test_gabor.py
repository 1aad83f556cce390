"""Gabor filters."""

import numpy as np
import pytest

from brainsim.atlas import gabor_bank
from brainsim.errors import ParameterError


def test_uniform_light_gives_nothing() -> None:
    """The bright lobes of every filter weigh 1 and so do the dark ones."""
    bank = gabor_bank(orientations=6, phases=4)
    np.testing.assert_allclose(np.maximum(bank, 0).sum(axis=(1, 2)), 1)
    np.testing.assert_allclose(np.maximum(-bank, 0).sum(axis=(1, 2)), 1)


def test_opposite_phases_are_opposite() -> None:
    """A phase half a turn away is the negative."""
    bank = gabor_bank(orientations=8, phases=2)
    np.testing.assert_allclose(bank[:8], -bank[8:], atol=1e-12)


def test_quarter_turn_is_the_filter_turned() -> None:
    """The orientation half-way through is the first one turned by 90 degrees."""
    bank = gabor_bank(orientations=8, phases=1)
    np.testing.assert_allclose(bank[4], np.rot90(bank[0]), atol=1e-12)


def test_a_grating_is_seen_best_by_the_filter_of_its_orientation() -> None:
    """Against gratings of the filters' own wavelength, each filter's largest answer is to its own orientation."""
    size = 16
    bank = gabor_bank(orientations=8, phases=2, size=size, wavelength=5, sigma=3)[:8]
    axis = np.arange(size) - (size - 1) / 2
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    angles = np.pi * np.arange(8) / 8
    gratings = [np.cos(2 * np.pi / 5 * (columns * np.cos(angle) + rows * np.sin(angle))) for angle in angles]
    answers = np.tensordot(bank, np.array(gratings), axes=((1, 2), (1, 2)))
    assert answers.argmax(axis=1).tolist() == list(range(8))


@pytest.mark.parametrize("name", ["orientations", "phases", "size", "wavelength", "sigma", "aspect"])
def test_numbers_must_be_positive(name: str) -> None:
    """The message names the parameter and its value."""
    with pytest.raises(ParameterError, match=f"gabor_bank: {name} must be positive, got 0"):
        gabor_bank(**{name: 0})
