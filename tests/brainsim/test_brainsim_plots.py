"""Plots show what the recording holds, on the Axes they were given."""

import matplotlib as mpl
import numpy as np
import pytest

from brainsim import (
    AMPA,
    LIF,
    Brain,
    Population,
    Projection,
    Record,
    Region,
    Uniform,
    analysis,
    plots,
    simulate,
    wiring,
)

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(scope="module")
def brain():
    """Give two regions that feed each other forward and back."""
    cell = LIF(E_L=-50, V_th=-55, V_reset=-70)
    regions = [
        Region(name, [Population("E", cell, size=20, initial={"v": Uniform(-70, -55)})], function="f")
        for name in ("near", "far")
    ]
    forward = Projection("near.E", "far.E", wiring.fixed_probability(0.5), AMPA(), weight=1)
    back = Projection("far.E", "near.E", wiring.fixed_probability(0.5), AMPA(), weight=1, kind="feedback")
    return Brain("two", regions, [forward, back])


@pytest.fixture(scope="module")
def recording(brain):
    """Give a hundred milliseconds with a trace."""
    return simulate(brain, duration=100, record=[Record("far.E", "v", [1, 4])])


@pytest.fixture
def axes():
    """Give an Axes, closed afterwards."""
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_a_raster_has_a_dot_for_every_spike(recording, axes):
    """At its time, in its population's band, the first population on top."""
    drawn = plots.raster(recording, ax=axes)
    dots = {line.get_xdata().size: line for line in axes.lines if line.get_marker() == "."}

    assert drawn is axes
    assert sorted(dots) == sorted(recording.spikes(name)[0].size for name in recording.populations)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["far.E (20)", "near.E (20)"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Time (ms)", "Population (units)")


def test_a_histogram_is_that_of_the_analysis(recording, axes):
    """One curve a population, with the analysis' values."""
    plots.psth(recording, "near.E", bin_width=10, ax=axes)

    assert np.array_equal(axes.patches[0].get_data().values, analysis.psth(recording, "near.E", 10)[0].values)
    assert axes.get_ylabel() == "Rate (Hz per unit)"
    assert plots.psth(recording, stimulus=0, ax=axes) is axes


def test_traces_are_those_recorded(recording, axes):
    """One line a unit, in millivolt."""
    plots.traces(recording, "far.E", ax=axes)

    assert np.array_equal(axes.lines[1].get_ydata(), recording.trace("far.E")[0, 0, :, 1])
    assert axes.get_ylabel() == "Membrane potential (mV)"


def test_the_graph_goes_from_left_to_right(brain, axes):
    """The region that feeds forward stands left; both ways are drawn."""
    plots.brain_graph(brain, axes)
    where = {text.get_text(): text.get_position()[0] for text in axes.texts}

    assert where["near"] < where["far"]
    assert sorted(patch.get_label() for patch in axes.patches) == ["feedback", "feedforward"]


def test_without_axes_a_figure_is_made(recording):
    """The Axes comes back."""
    axes = plots.raster(recording, "near.E")

    assert axes.figure is plt.gcf()
    plt.close(axes.figure)
