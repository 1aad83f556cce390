"""Figures show the numbers that they are given, take and return Axes, and refuse what they cannot show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import PathPatch, Rectangle
from scipy.spatial.distance import pdist, squareform

import compare
from compare import plots
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from compare.report.numbers import fixed


@pytest.fixture(scope="module")
def found():
    """Give the map of three layers onto three regions with trials, one null and one thing given."""
    rng = np.random.default_rng(0)
    layers = {name: rng.normal(size=(40, 20)) for name in ("conv", "pool", "dense")}
    same = {"V1": "conv", "V2": "pool", "IT": "dense"}
    regions = {region: layers[layer][:, None] + rng.normal(size=(40, 4, 20)) for region, layer in same.items()}
    nulls = {"untrained": {name: rng.normal(size=(40, 20)) for name in layers}}
    given = {"pixels": rng.normal(size=(40, 20))}
    return compare.map_layers(layers, regions, bootstrap=200, permutations=200, nulls=nulls, given=given)


@pytest.fixture
def ax():
    """Give an Axes of a figure that is closed afterwards."""
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def _texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_matrix_writes_every_similarity_and_outlines_what_is_told(found, ax):
    """Nine cells with their values, three of them outlined."""
    assert plots.matrix(found, ax=ax) is ax

    written = _texts(ax)
    for value in found.similarity.values.ravel():
        assert fixed(value) in written
    assert sum(1 for patch in ax.patches if isinstance(patch, Rectangle) and not patch.get_fill()) == 3


@pytest.mark.parametrize("part", ["partial", "untrained"])
def test_the_matrix_draws_other_parts(found, ax, part):
    """What is given, and the difference from a null, are drawn instead of the similarity."""
    plots.matrix(found, part, ax)

    values = found.partial.similarity if part == "partial" else found.nulls[part].difference
    assert f"{float(values[0, 0]):.2f}" in _texts(ax)


def test_the_decision_names_layers(found, ax):
    """Each region's layer stands beside its lead."""
    assert set(_texts(plots.decision(found, ax))) == {"conv", "pool", "dense"}


def test_hierarchy_shows_each_score_with_its_p(found, ax):
    """A row a score, where the score is, and its p."""
    plots.hierarchy(found, ax)

    points = [float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() == "o"]
    assert points == pytest.approx([score["value"] for score in found.hierarchy.values()])
    assert all(text.startswith("p ") for text in _texts(ax))


def test_scores_that_two_regions_do_not_have_are_told(ax):
    """Two regions have no order to speak of."""
    x = np.random.default_rng(2).normal(size=(2, 20, 10))
    result = compare.map_layers({"a": x[0], "b": x[1]}, {"V1": x[0], "IT": x[1]}, bootstrap=100, permutations=100)

    assert set(_texts(plots.hierarchy(result, ax))) == {"not defined"}


def test_bands_of_the_sankey_are_as_many_as_wins(found, ax):
    """A band for every layer that wins at least one bootstrap in a hundred, names of all layers and regions."""
    plots.sankey(found, ax)

    assert sum(isinstance(patch, PathPatch) for patch in ax.patches) == int((found.wins.values >= 0.01).sum())
    assert {"conv", "pool", "dense", "V1", "V2", "IT"} <= set(_texts(ax))


def test_the_sankey_says_where_one_cannot_tell(ax):
    """Two layers of the same noise: the region's name says so."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 10))
    layers = {"a": x + 0.01 * rng.normal(size=x.shape), "b": x + 0.01 * rng.normal(size=x.shape)}
    result = compare.map_layers(layers, {"V1": x + rng.normal(size=x.shape)}, bootstrap=100, permutations=100)

    assert "V1 (cannot tell)" in _texts(plots.sankey(result, ax))


def test_ceilings_stand_where_they_are(found, ax):
    """A band a region from lower to upper, a point a layer at its similarity."""
    plots.ceilings(found, ax)

    bands = sorted((patch.get_y(), patch.get_y() + patch.get_height()) for patch in ax.patches)
    assert bands == [pytest.approx(ends) for ends in sorted(found.ceiling.values())]
    points = np.stack([line.get_ydata() for line in ax.lines if line.get_marker() == "o"])
    np.testing.assert_array_equal(points, found.similarity.values)


def test_an_rdm_is_sorted_by_class(ax):
    """The picture is the matrix in the order of the classes, its diagonal left empty."""
    x = np.random.default_rng(2).normal(size=(6, 5))
    labels = np.array([1, 0, 1, 0, 1, 0])

    plots.rdm(compare.rdm(x), labels=labels, ax=ax)

    shown = np.array(ax.images[0].get_array(), dtype=float)
    expected = squareform(compare.rdm(x))[np.ix_([1, 3, 5, 0, 2, 4], [1, 3, 5, 0, 2, 4])]
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(shown, expected)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "1"]


def test_ranks_of_an_rdm_are_from_0_to_1_and_leave_nan_out(ax):
    """A pattern without variance leaves its row empty; the others are ranked."""
    x = np.random.default_rng(3).normal(size=(5, 4))
    x[0] = 1

    plots.rdm(compare.rdm(x), ranks=True, ax=ax)

    shown = np.array(ax.images[0].get_array(), dtype=float)
    assert np.isnan(shown[0]).all()
    assert (np.nanmin(shown), np.nanmax(shown)) == (0, 1)


def test_pictures_stand_along_both_sides(ax):
    """At most twelve of them a side, all within the Axes."""
    rng = np.random.default_rng(4)

    plots.rdm(compare.rdm(rng.normal(size=(30, 5))), stimuli=rng.normal(size=(30, 8, 8, 1)), ax=ax)

    pictures = ax.images[1:]
    assert len(pictures) == 24
    for image in pictures:
        left, right, bottom, top = image.get_extent()
        assert ax.get_xlim()[0] <= left < right <= ax.get_xlim()[1]
        assert ax.get_ylim()[1] <= top < bottom <= ax.get_ylim()[0]


def test_scaling_finds_points_of_a_plane(ax):
    """Points that lie on a plane keep their distances, and the stress is 0."""
    points = np.random.default_rng(5).normal(size=(12, 2))

    plots.mds(pdist(points), ax=ax)

    placed = np.asarray(ax.collections[0].get_offsets())
    ratio = pdist(placed) / pdist(points)
    assert np.ptp(ratio) < 1e-3 * ratio.mean()
    assert _texts(ax)[-1] == "stress 0.00"


def test_scaling_gives_each_class_its_colour_and_each_stimulus_its_picture(ax):
    """A collection a class, an inset a stimulus, the same places every time."""
    rng = np.random.default_rng(6)
    x, images, labels = rng.normal(size=(10, 4)), rng.random((10, 6, 6)), np.repeat(["a", "b"], 5)

    plots.mds(compare.rdm(x, "euclidean"), images, labels, ax=ax)

    assert len(ax.collections) == 2
    assert len(ax.child_axes) == 10
    figure, again = plt.subplots()
    plots.mds(compare.rdm(x, "euclidean"), images, labels, ax=again)
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), again.collections[0].get_offsets())
    plt.close(figure)


def test_identical_stimuli_stand_on_one_point(ax):
    """Nothing to scale is no error."""
    plots.mds(np.zeros(6), ax=ax)

    assert np.ptp(np.asarray(ax.collections[0].get_offsets())) == 0


def test_time_courses_mark_their_peaks(ax):
    """Curves where they are given, bands around them, a mark above each one's largest value."""
    times, curves = np.array([0.0, 10, 20]), {"conv": [0, 0.5, 0.2], "dense": [0, np.nan, 0.6]}
    bounds = {name: np.zeros(3) for name in curves}, {name: np.ones(3) for name in curves}

    plots.time_courses(times, curves, *bounds, ax=ax)

    marks = [float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() == "v"]
    assert marks == [10, 20]
    assert len(ax.collections) == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda ax: plots.matrix({"similarity": 1}, ax=ax), ActivityTypeError, "takes what compare.map_layers gives"),
        (lambda ax: plots.sankey(None, ax), ActivityTypeError, "got NoneType"),
        (lambda ax: plots.rdm([1.0, 2.0], ax=ax), InvalidActivityError, "condensed"),
        (lambda ax: plots.rdm(["a", "b", "c"], ax=ax), ActivityTypeError, "dtype"),
        (lambda ax: plots.rdm(np.arange(9.0).reshape(3, 3), ax=ax), InvalidActivityError, "symmetric"),
        (lambda ax: plots.rdm([1.0, 2, 3], labels=[0, 1], ax=ax), InvalidActivityError, "labels: must be one"),
        (lambda ax: plots.rdm([1.0, 2, 3], np.zeros((3, 4)), ax=ax), InvalidActivityError, "must be images"),
        (lambda ax: plots.mds([1.0, np.nan, 3], ax=ax), InvalidActivityError, "not finite"),
        (lambda ax: plots.mds([1.0, 2, 3], np.zeros((2, 4, 4)), ax=ax), InvalidActivityError, "stimuli: must be one"),
        (lambda ax: plots.mds([1.0, 2, 3], ax=ax.figure), ActivityTypeError, "matplotlib Axes, got Figure"),
        (lambda ax: plots.time_courses([0], {"a": [1]}, ax=ax), InvalidActivityError, "increasing"),
        (lambda ax: plots.time_courses([0, 1], {}, ax=ax), ActivityTypeError, "map layers to curves"),
        (lambda ax: plots.time_courses([0, 1], {"a": [1]}, ax=ax), InvalidActivityError, "must be 2 values"),
        (lambda ax: plots.time_courses([0, 1], {"a": [1, 2]}, {"a": [0, 0]}, ax=ax), InvalidActivityError, "both ends"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_named(call, error, message, ax):
    """Each kind of bad input has its error."""
    with pytest.raises(error, match=message):
        call(ax)


def test_a_part_that_the_map_does_not_have_is_named(found, ax):
    """A misspelt null is guessed."""
    with pytest.raises(InvalidOptionError, match="did you mean 'untrained'"):
        plots.matrix(found, "untraine", ax)


def test_without_axes_a_new_figure_is_made(found):
    """Each call without Axes draws on its own."""
    first, second = plots.ceilings(found), plots.sankey(found)
    assert first.figure is not second.figure
    plt.close("all")
