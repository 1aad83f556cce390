"""Plots show what the recording holds, on the Axes they were given."""

import matplotlib as mpl
import numpy as np
import pytest
from made_recordings import recording_of
from scipy.sparse import csr_array

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
from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from brainsim.recording import Trace

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
    where = {text.get_text().split("\n")[0]: text.xy[0] for text in axes.texts}

    assert where["near"] < where["far"]
    assert sorted(patch.get_label() for patch in axes.patches) == ["feedback", "feedforward"]


def test_without_axes_a_figure_is_made(recording):
    """The Axes comes back."""
    axes = plots.raster(recording, "near.E")

    assert axes.figure is plt.gcf()
    plt.close(axes.figure)


def test_a_crowded_raster_leaves_units_out_and_says_so(axes):
    """Whole units, all of their spikes; every spike is drawn where there are few."""
    busy = recording_of([[range(100)] * 10])
    plots.raster(busy, most=300, ax=axes)
    (dots,) = (line for line in axes.lines if line.get_marker() == ".")

    assert dots.get_xdata().size == 3 * 100  # units 0, 4 and 8
    assert axes.get_ylabel() == "Population (units, 1 in 4 drawn)"


def test_a_smoothed_histogram_is_a_curve(recording, axes):
    """With the recording's values, at the middle of the bins."""
    plots.psth(recording, "near.E", smoothing=5, ax=axes)
    expected = recording.psth(smoothing=5, populations="near.E")["near.E"]

    assert axes.lines[0].get_ydata() == pytest.approx(expected[0].values)
    assert axes.lines[0].get_xdata() == pytest.approx(expected["time"].values + 0.05)


def test_intervals_are_drawn_as_a_density(axes):
    """A clock of 10 ms has all of its intervals in one bin, whose area is one; the title has its variation."""
    plots.isi_histogram(recording_of([[range(0, 1000, 20)]]), "a.E", ax=axes)
    values, edges, _ = axes.patches[0].get_data()

    assert (values * np.diff(edges)).sum() / 1e3 == pytest.approx(1)
    assert (values > 0).sum() == 1
    assert axes.get_title() == "a.E, median CV 0.00"


def test_receptors_have_their_own_label(axes):
    """Conductances in nS, currents in pA, and what has no unit has none."""
    for unit, label in (("nS", "AMPA conductance (nS)"), ("pA", "AMPA current (pA)"), ("1", "AMPA")):
        trace = Trace(np.zeros((1, 1, 5, 2)), np.array([3, 8]), 200, unit)
        plots.traces(recording_of([[[1]] * 9], traces={("a.E", "AMPA"): trace}), "a.E", "AMPA", ax=axes)

        assert axes.get_ylabel() == label
    assert [text.get_text() for text in axes.get_legend().get_texts()][:2] == ["unit 3", "unit 8"]


def test_theory_lies_under_the_rates(axes):
    """A line and dots, named in the legend; several curves keep their names."""
    plots.fi_curve([0, 100, 200], [0, 10, 20], [0, 11, 19], ax=axes)

    assert [line.get_label() for line in axes.lines] == ["theory", "simulated"]
    assert axes.lines[1].get_ydata().tolist() == [0, 10, 20]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Injected current (pA)", "Rate (Hz)")
    axes.clear()
    plots.fi_curve([0, 100], {"E": [0, 1], "I": [0, 2]}, {"E": [0, 1], "I": [0, 2]}, ax=axes)
    assert [line.get_label() for line in axes.lines] == ["theory, E", "theory, I", "E", "I"]


def test_spectra_have_their_peaks_marked(axes):
    """A rate that swings with 50 Hz, on the level of independent units."""
    generator = np.random.default_rng(0)
    rate = 0.01 * (1 + 0.8 * np.sin(2 * np.pi * 50 * np.arange(20_000) * 0.5e-3))
    swinging = recording_of([[np.flatnonzero(generator.random(20_000) < rate) for _ in range(40)]], steps=20_000)
    power = analysis.power_spectrum(swinging, "a.E", segment=500)
    plots.spectrum({"E": power}, highest=200, ax=axes)

    assert [text.get_text() for text in axes.texts] == ["50 Hz"]
    assert axes.lines[1].get_ydata()[0] == power.attrs["poisson_level"]
    assert (axes.get_yscale(), axes.get_xlim()) == ("log", (0, 200))


def test_a_correlogram_names_who_follows_whom(axes):
    """The lag's sign is told."""
    pair = recording_of({"a.E": [[range(0, 1000, 90)]], "b.E": [[range(10, 1000, 90)]]})
    found = analysis.cross_correlation(pair, "a.E", "b.E", 20)
    plots.correlogram(found, axes)

    assert axes.get_xlabel() == "Lag of b.E behind a.E (ms)"
    assert np.array_equal(axes.lines[-1].get_ydata(), found.values)
    plots.correlogram({"one": found, "two": found}, axes)
    assert axes.get_xlabel() == "Lag (ms)"


def test_missing_synapses_are_white(axes):
    """Weights of both signs are drawn around 0, else from the lowest on."""
    plots.weight_matrix(csr_array([[0, -1.0], [3.0, 0]]), "pA", axes)
    image = axes.images[0]

    assert image.get_array().mask.tolist() == [[True, False], [False, True]]
    assert image.get_clim() == (-3, 3)
    assert axes.figure.axes[1].get_ylabel() == "Weight (pA)"
    assert plots.weight_matrix([[0, 2.0], [3.0, 0]], ax=axes).images[1].get_clim() == (2, 3)


def test_fields_stand_side_by_side_as_their_sources_do(axes):
    """Each unit's weights in the shape of the grid, a line of nothing between neighbours, row by row."""
    weights = np.arange(1, 19.0).reshape(6, 3)
    plots.weight_fields(weights, (2, 3), units=[2, 0, 1], columns=2, ax=axes)
    mosaic = axes.images[0].get_array()

    assert mosaic.shape == (5, 7)
    assert np.array_equal(mosaic[:2, :3], weights[:, 2].reshape(2, 3))
    assert np.array_equal(mosaic[:2, 4:], weights[:, 0].reshape(2, 3))
    assert np.array_equal(mosaic[3:, :3], weights[:, 1].reshape(2, 3))
    assert mosaic.mask[2].all()
    assert mosaic.mask[:, 3].all()
    assert mosaic.mask[3:, 4:].all()


@pytest.mark.parametrize(("synapses", "lines", "title"), [(5, 5, "p"), (100, 1, "p: 100 synapses")])
def test_weights_are_lines_or_their_spread(axes, synapses, lines, title):
    """Each by itself where they are few; else the median, with how many there are."""
    values = np.random.default_rng(0).random((1, 1, 10, synapses))
    changing = recording_of([[[1]]], synapse_traces={("p", "w"): Trace(values, np.arange(synapses), 100, "nS")})
    plots.weights_over_time(changing, "p", ax=axes)

    assert len(axes.lines) == lines
    expected = values[0, 0, :, 0] if lines > 1 else np.median(values[0, 0], axis=1)
    assert axes.lines[0].get_ydata() == pytest.approx(expected)
    assert (axes.get_ylabel(), axes.get_title()) == ("Weight (nS)", title)


def regions():
    """Give three regions that burst one after the other."""
    generator = np.random.default_rng(0)
    trains = {
        f"{name}.E": [
            [np.sort(generator.integers(onset, onset + 100, 20)) for _ in range(20)] for _ in range(6)
        ]
        for name, onset in (("A", 50), ("B", 100), ("C", 150))
    }  # fmt: skip
    trains["D.E"] = [[[]] for _ in range(6)]
    return recording_of(trains, steps=400)


def test_onsets_rise_with_the_hierarchy(axes):
    """A dot a region with its interval, the highest on top; a region that did not answer says so."""
    found = analysis.propagation(regions(), bootstrap=50)
    plots.propagation(found, axes)

    assert axes.lines[0].get_xdata().tolist() == found.onset_ms[:3].tolist()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B", "C", "D (silent)"]
    assert axes.get_title().startswith("Rank correlation with the hierarchy 1.00 [")
    assert axes.get_xlabel() == "Onset after the stimulus (ms), 95 % over stimuli"


def test_activity_is_drawn_region_by_region(axes):
    """The share of stimuli that a region is active for, and how many are at once beside chance."""
    found = analysis.concurrency(regions(), shifts=20)
    plots.concurrency(found, axes)

    assert np.array_equal(axes.images[0].get_array(), found.active.values.mean(axis=0).T)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B", "C", "D"]
    assert axes.get_title().startswith(f"Two or more at once {found.parallel_share:.0%} of the time")


def test_arrows_keep_clear_of_the_regions_between(axes):
    """A way that leaves a level out bends around it, feedback below."""
    cell = LIF()
    three = [Region(name, [Population("E", cell, size=10)]) for name in "ABC"]
    ways = [("A", "B", None), ("B", "C", None), ("A", "C", None), ("C", "A", "feedback")]
    brain = Brain("b", three, [
        Projection(f"{a}.E", f"{b}.E", wiring.one_to_one(), AMPA(), kind=kind) for a, b, kind in ways
    ])  # fmt: skip
    plots.brain_graph(brain, axes)
    axes.figure.canvas.draw()
    # Start, control point and end of each curve; regions stand at x = 0, 1, 2 and y = 0.
    curves = [(patch.get_label(), patch.get_path().vertices[:3]) for patch in axes.patches]
    heights = {(label, round(points[1, 0])): points[1, 1] for label, points in curves if len(points) == 3}

    assert [label for label, _ in curves].count("feedback") == 1
    assert heights["feedback", 1] < -0.4
    assert max(points[1, 1] for label, points in curves if label == "feedforward") > 0.4
    assert sum(abs(points[1, 1]) < 0.01 for label, points in curves) == 2


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: plots.raster(recording_of([[[1]]]), most=0), ParameterError, "raster: most: must be at least 1"),
        (lambda: plots.isi_histogram(recording_of([[[1]]]), "a.E"), ModelError, "no unit of a.E spiked twice"),
        (lambda: plots.fi_curve([1, 2], [1]), KindError, "must be one a current"),
        (lambda: plots.spectrum([1, 2]), KindError, "must be a spectrum"),
        (lambda: plots.correlogram([1, 2]), KindError, "must come from cross_correlation, got list"),
        (lambda: plots.weight_matrix("a"), KindError, "must be a matrix of numbers, got str"),
        (lambda: plots.weight_matrix([1, 2]), KindError, r"must be \(source, target\), got shape \(2,\)"),
        (lambda: plots.weight_fields(np.ones((6, 2)), (2, 2)), ParameterError, "of 6 sources"),
        (lambda: plots.weight_fields(np.ones((6, 2)), (2, 3), units=[]), ParameterError, "at least one, got none"),
        (lambda: plots.weight_fields(np.ones((6, 2)), (2, 3), units=[2]), ParameterError, "from 0 to 1, got 2"),
        (lambda: plots.weights_over_time(recording_of([[[1]]]), "p"), UnknownNameError, "'p w' was not recorded"),
        (lambda: plots.weights_over_time(recording_of([[[1]]]), "p", trial=3), ParameterError, "trial must be from"),
        (lambda: plots.propagation(3), KindError, "must come from analysis.propagation, got int"),
        (lambda: plots.concurrency(3), KindError, "must come from analysis.concurrency, got int"),
        (lambda: plots.brain_graph(3), KindError, "must be a Brain, got int"),
        (lambda: plots.raster(recording_of([[[1]]]), ax=3), KindError, "ax: must be a matplotlib Axes, got int"),
    ],
)
def test_what_cannot_be_drawn_is_refused(ask, error, message):
    """Before a figure is made."""
    with pytest.raises(error, match=message):
        ask()
    assert plt.get_fignums() == []
