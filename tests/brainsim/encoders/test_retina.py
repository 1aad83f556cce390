"""The retina against its formula, and images that are none."""

import numpy as np
import pytest

from brainsim import Poisson, Population, Retina
from brainsim.errors import KindError, ModelError, ParameterError, StimulusError

ON, OFF = (Population(name, Poisson(), shape=(12, 15)) for name in ("ON", "OFF"))
BOTH = {"ON": ON, "OFF": OFF}
IMAGES = np.random.default_rng(0).random((3, 12, 15, 1))


def gaussian_blur(image, sigma):
    """Weigh every pixel by a Gaussian of the distance, the border repeated: the formula, pixel by pixel."""
    reach = int(4 * sigma + 0.5)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    blurred = np.zeros_like(image)
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            rows = np.clip(y + offsets, 0, height - 1)
            columns = np.clip(x + offsets, 0, width - 1)
            blurred[y, x] = weights @ image[np.ix_(rows, columns)] @ weights
    return blurred


def test_contrast_is_a_difference_of_gaussians():
    """Pixel by pixel the formula, and divided by the contrast around where that is asked for."""
    image = IMAGES[0, :, :, 0]
    expected = gaussian_blur(image, 1.0) - gaussian_blur(image, 2.5)
    divided = expected / (0.1 + np.sqrt(gaussian_blur(expected**2, 3.0)))
    plain = Retina(sigma_center=1, sigma_surround=2.5)
    normal = Retina(sigma_center=1, sigma_surround=2.5, normalization=0.1, sigma_normalization=3)

    assert np.allclose(plain.contrast(IMAGES)[0, :, :, 0], expected, atol=1e-12)
    assert np.allclose(normal.contrast(IMAGES)[0, :, :, 0], divided, atol=1e-12)


def test_rates_are_rectified_and_bounded():
    """ON and OFF share the contrast between them; nobody leaves [baseline, max_rate]."""
    retina = Retina(gain=2, baseline=5, max_rate=60)
    contrast = retina.contrast(IMAGES).reshape(3, -1)

    rates = retina.rates(IMAGES, BOTH)

    assert np.allclose(rates["ON"], 5 + 55 * np.clip(2 * contrast, 0, 1))
    assert np.allclose(rates["OFF"], 5 + 55 * np.clip(-2 * contrast, 0, 1))
    assert rates["ON"].shape == (3, 180)
    assert Retina(gain=1000, max_rate=60).rates(IMAGES, BOTH)["ON"].max() == 60


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_uniform_light_gives_the_baseline(level):
    """Centre and surround weigh the same, at the border too."""
    rates = Retina(baseline=7).rates(np.full((1, 12, 15, 1), level), BOTH)

    assert rates["ON"] == pytest.approx(np.full((1, 180), 7.0))


def test_an_inverted_image_swaps_on_and_off():
    """Light on dark for the one is dark on light for the other."""
    rates, swapped = (Retina().rates(images, BOTH) for images in (IMAGES, 1 - IMAGES))

    assert np.allclose(rates["ON"], swapped["OFF"])


def test_the_response_begins_at_its_onset_and_decays():
    """Binned rates average the course over each bin; before the onset there is the baseline."""
    retina = Retina(onset=12, sustained=0.25, decay=10, bin_width=5, baseline=3)
    steady = Retina(baseline=3).rates(IMAGES, BOTH)["ON"] - 3

    rates = retina.rates(IMAGES, BOTH)["ON"] - 3
    fine = np.arange(0, rates.shape[1] * 5, 0.001) + 0.0005
    course = np.where(fine < 12, 0, 0.25 + 0.75 * np.exp(-(fine - 12) / 10)).reshape(-1, 5000).mean(axis=1)

    assert retina.bin == 5
    assert Retina().bin is None
    assert np.allclose(rates[:, :2], 0)
    assert np.allclose(rates[:, :-1], steady[:, None, :] * course[:-1, None], atol=1e-3)
    assert np.allclose(rates[:, -1], 0.25 * steady)


def test_channels_are_kept_or_averaged():
    """A population with channels sees each; one without sees their mean contrast."""
    images = np.random.default_rng(1).random((2, 12, 15, 3))
    coloured = Population("ON", Poisson(), shape=(12, 15, 3))
    contrast = Retina().contrast(images)

    separate = Retina().rates(images, {"ON": coloured})["ON"].reshape(2, 12, 15, 3)
    together = Retina().rates(images, {"ON": ON})["ON"].reshape(2, 12, 15)

    assert np.allclose(separate, 5 + 95 * np.clip(4 * contrast, 0, 1))
    assert np.allclose(together, 5 + 95 * np.clip(4 * contrast.mean(axis=3), 0, 1))


def spoilt(value):
    """Give an image with one pixel of this value."""
    images = IMAGES.copy()
    images[1, 2, 3, 0] = value
    return images


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (IMAGES[:, :, :, 0], StimulusError, r"got shape \(3, 12, 15\); add a channel with images\[..., None\]"),
        (IMAGES[0, 0], StimulusError, r"must be \(stimulus, height, width, channel\), got shape \(15, 1\)"),
        ((IMAGES * 255).astype(np.uint8), StimulusError, "got uint8; divide by 255"),
        (np.array([["a"]]), KindError, "must be an array of real numbers"),
        (IMAGES[:0], StimulusError, "are empty"),
        (spoilt(np.nan), StimulusError, "image 1 holds NaN or infinity"),
        (spoilt(1.5), StimulusError, "must lie between 0 and 1, got .* to 1.5"),
        (spoilt(-0.5), StimulusError, "must lie between 0 and 1, got -0.5"),
        (IMAGES[:, :11], StimulusError, r"images are 11 x 15 x 1, but population 'ON' has shape \(12, 15\)"),
    ],
)
def test_images_that_are_none_are_refused(images, error, message):
    """The message says what was given and how to mend it."""
    with pytest.raises(error, match=message):
        Retina().rates(images, BOTH)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigma_center": 0}, "Retina.sigma_center: must be positive"),
        ({"sigma_surround": 1}, "Retina.sigma_surround: must be above sigma_center, got 1 and 1"),
        ({"baseline": 200}, "Retina.max_rate: must not be below baseline, got 100 Hz and 200 Hz"),
        ({"sustained": 2}, "Retina.sustained: must be between 0 and 1, got 2"),
        ({"onset": -1}, "Retina.onset: must not be negative, got -1 ms"),
        ({"normalization": 0}, "Retina.normalization: must be positive"),
        ({"bin_width": 0}, "Retina.bin_width: must be positive"),
    ],
)
def test_retinas_that_cannot_be_are_refused(options, message):
    """The message names the parameter and the value."""
    with pytest.raises(ParameterError, match=message):
        Retina(**options)


def test_a_population_of_another_name_is_refused():
    """The retina cannot guess its polarity."""
    with pytest.raises(ModelError, match="'M' is neither on='ON' nor off='OFF'"):
        Retina().rates(IMAGES, {"M": Population("M", Poisson(), shape=(12, 15))})
