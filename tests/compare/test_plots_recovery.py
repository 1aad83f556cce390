"""Figures of model recovery and of time courses show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.patches import Rectangle

import compare
from compare import plots
from compare.errors import ActivityTypeError, InvalidOptionError


@pytest.fixture
def ax():
    """Give an Axes of a figure that is closed afterwards."""
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.fixture(scope="module")
def found():
    """Give three layers, planted ten times at two numbers of stimuli and of trials."""
    named = np.zeros((2, 2, 10, 3), int) + np.arange(3)
    named[0, 0, :7] = -1
    named[0, 1, :4, 2] = 1
    return compare.RecoveryResult(
        xr.DataArray(named, dims=("stimuli", "trials", "repetition", "planted"),
                     coords={"stimuli": [20, 60], "trials": [1, 4], "planted": ["conv", "pool", "dense"]}),
        "RSA", 30, 0.5, "units", 0.95, (),
    )  # fmt: skip


def test_the_confusion_matrix_counts(found, ax):
    """Every cell shows its count, and the right answers are outlined."""
    assert plots.confusion(found, 20, 4, ax) is ax

    written = np.array([text.get_text() for text in ax.texts]).reshape(3, 4)
    np.testing.assert_array_equal(written.astype(int), found.counts.sel(stimuli=20, trials=4))
    assert sum(1 for patch in ax.patches if isinstance(patch, Rectangle) and not patch.get_fill()) == 3
    assert [text.get_text() for text in ax.get_xticklabels()] == ["conv", "pool", "dense", "cannot tell"]


def test_the_largest_study_is_drawn_by_default(found, ax):
    """Without numbers it is the one with most stimuli and trials."""
    plots.confusion(found, ax=ax)

    assert [text.get_text() for text in ax.texts][:4] == ["10", "0", "0", "0"]


def test_power_rises_along_its_intervals(found, ax):
    """A curve a number of trials with the shares of all layers, or of one."""
    plots.power(found, ax=ax)
    curves = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]

    np.testing.assert_allclose([line.get_ydata() for line in curves], found.overall["value"].values.T)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1", "4"]
    segments = np.array([part for lines in ax.collections for part in lines.get_segments()])
    np.testing.assert_allclose(segments[:, 0, 1], found.overall["low"].values.T.ravel())


def test_power_of_one_layer(found, ax):
    """The share of one planted layer."""
    plots.power(found, "dense", ax=ax)

    assert ax.get_ylabel() == "share of dense named right"
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0.6, 1.0])


def test_time_courses_draw_the_dataset(ax):
    """What compare.time_courses gives is drawn with its intervals and peaks."""
    rng = np.random.default_rng(0)
    layers = {name: rng.normal(size=(30, 9)) for name in ("conv", "dense")}
    brain = np.stack([layers["conv"], layers["dense"], rng.normal(size=(30, 9))], axis=-1)
    found = compare.time_courses(layers, brain[:, None], [10, 20, 30], bootstrap=100, permutations=100)
    plots.time_courses(found, ax=ax)

    np.testing.assert_allclose(ax.lines[1].get_ydata(), found["similarity"].sel(layer="conv"))
    assert len(ax.collections) == 2


def test_what_cannot_be_drawn_is_refused(found, ax):
    """Other results, numbers that were not tried, layers that were not planted."""
    with pytest.raises(ActivityTypeError, match=r"takes what compare\.recover_layers gives, got dict"):
        plots.confusion({}, ax=ax)
    with pytest.raises(ActivityTypeError, match="takes what"):
        plots.power(None, ax=ax)
    with pytest.raises(InvalidOptionError, match="stimuli: 30 was not tried, only 20, 60"):
        plots.confusion(found, 30, ax=ax)
    with pytest.raises(InvalidOptionError, match="layer: 'relu' was not planted"):
        plots.power(found, "relu", ax=ax)
    with pytest.raises(InvalidOptionError, match="level: must be a share"):
        plots.power(found, level=80, ax=ax)
