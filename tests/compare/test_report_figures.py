"""Figures show what they say: positions, samples, ranks, contrast, and labels that do not lie on each other."""

import itertools

import networkx as nx
import numpy as np
import pytest
from matplotlib.text import Text
from report_example import REGIONS, example_results, write_example_arrays
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr

from compare.report.arrays import load_arrays
from compare.report.figures import (
    draw_correspondence,
    draw_curves,
    draw_latency,
    draw_lead,
    draw_matrix,
    draw_profile,
    draw_raster,
    draw_rdm,
    draw_readout,
    draw_wins,
    show_image,
)
from compare.report.figures.common import label, new_figure, on_color, report_style
from compare.report.figures.correspondence import hierarchical_positions, levels, region_graph
from compare.report.figures.geometry import correlation_ranks, shown_stimuli
from compare.report.figures.pictures import drawable, mosaic
from compare.report.figures.raster import UNITS_A_REGION, populations_of, sample_units, spikes_of
from compare.report.gallery import plates
from compare.report.inline import inline_svg


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Give every figure of the example, laid out, with the texts that are drawn in it."""
    folder = tmp_path_factory.mktemp("figures")
    write_example_arrays(folder)
    figures = {}
    texts = []
    draw = Text.draw

    def note(text, renderer):
        if text.get_visible() and text.get_text().strip():
            texts.append(text)
        draw(text, renderer)

    with report_style(), pytest.MonkeyPatch.context() as patch:
        for plate in plates(example_results(), load_arrays(folder / "activity")):
            figure = plate.draw()
            figure.draw_without_rendering()
            texts = []
            patch.setattr(Text, "draw", note)
            figure.draw_without_rendering()
            patch.undo()
            figures[plate.name] = (figure, texts)
    return figures


def test_no_label_lies_on_another(drawn):
    """No two texts of any figure overlap, and none leaves its figure."""
    for name, (figure, texts) in drawn.items():
        slanted = {text.get_text() for text in texts if text.get_rotation() % 90}  # their boxes overlap, they do not
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
        for text, box in boxes:
            assert box.x0 > -2, f"{name}: {text!r}"
            assert box.x1 < figure.bbox.width + 2, f"{name}: {text!r}"
        for (one, first), (other, second) in itertools.combinations(boxes, 2):
            width = min(first.x1, second.x1) - max(first.x0, second.x0)
            height = min(first.y1, second.y1) - max(first.y0, second.y0)
            if one not in slanted or other not in slanted:
                assert min(width, height) < 1.5, f"{name}: {one!r} and {other!r}"


def test_figures_fit_a_page_of_a_journal(drawn):
    """Figures are one or two columns wide, and no text is smaller than 4.5 points."""
    for name, (figure, texts) in drawn.items():
        width, height = figure.get_size_inches()
        assert width in (3.5, 7.2), name
        assert height < 9.7, name
        for text in texts:
            assert text.get_fontsize() >= 4.5, f"{name}: {text.get_text()!r}"


def test_drawing_leaves_no_figure_behind(drawn):
    """Figures belong to nobody: pyplot knows none of them."""
    from matplotlib import pyplot

    assert drawn
    assert not pyplot.get_fignums()


def test_every_plot_takes_axes_and_gives_them_back():
    """Plots draw where they are told, and return it."""
    results = example_results()
    rsa, network = results["comparison"]["rsa"], results["network"]
    values = np.array(rsa["similarity"])
    trial = {"V1.E/times": np.array([1.0]), "V1.E/units": np.array([0]), "V1.E/size": np.array(4)}
    for draw in (
        lambda ax: draw_matrix(values, values, values, rsa["layers"], rsa["regions"], ax),
        lambda ax: draw_correspondence(results, ax=ax),
        lambda ax: draw_wins(rsa, network, ax),
        lambda ax: draw_lead(rsa, "rsa", ax),
        lambda ax: draw_latency(results["latency"], REGIONS, ax),
        lambda ax: draw_profile({"V1": 1.0, "V2": None}, "rate (Hz)", ax),
        lambda ax: draw_readout(results["readout"], ax),
        lambda ax: draw_rdm(np.eye(5), ax),
        lambda ax: draw_raster(trial, {}, 10.0, ["V1"], ax),
        lambda ax: show_image(np.zeros((4, 4)), ax),
        lambda ax: draw_curves([1.0, 0.5], None, "loss", ax),
    ):
        ax = new_figure().add_subplot()
        assert draw(ax) is ax
    assert draw_rdm(np.eye(5)).figure is not None


def test_cells_carry_their_values_and_empty_ones_nothing():
    """A matrix writes each value and its interval once; what could not be estimated stays empty."""
    values = np.array([[0.5, np.nan], [-0.25, 0.125]])
    ax = draw_matrix(values, values - 0.1, values + 0.1, ["a", "b"], ["V1", "V2"])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["0.50", ".40–.60", "−0.25", "−.35, −.15", "0.12", ".02–.23"]


def test_the_outlined_cells_are_those_of_the_layers_told():
    """One outline a region that is told, or one for each layer of the same activity."""
    values = np.arange(6.0).reshape(3, 2)
    rows = ["a", "b", "c"]
    ax = draw_matrix(values, values, values, rows, ["V1", "V2"], best={"V1": ["b", "c"]})
    outlined = [patch.get_xy() for patch in ax.patches if not patch.get_fill()]
    assert [(int(x), int(y)) for x, y in outlined] == [(0, 1), (0, 2)]


@pytest.mark.parametrize("name", ["viridis", "RdBu_r"])
def test_text_on_colours_can_be_read(name):
    """Text on any colour of a map has a contrast of at least 4.5, as WCAG 2 asks."""
    import matplotlib as mpl
    from matplotlib.colors import to_rgb

    def luminance(color):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for color in mpl.colormaps[name](np.linspace(0, 1, 101)):
        dark, light = sorted([luminance(color), luminance(to_rgb(on_color(color)))])
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_wins_of_one_activity_are_drawn_once():
    """Layers of one activity share their wins, so a bar never passes 1."""
    results = example_results()
    ax = draw_wins(results["comparison"]["rsa"], results["network"])
    ends = np.array([[bar.get_y(), bar.get_x() + bar.get_width()] for bar in ax.patches])
    assert ends[:, 1].max() == pytest.approx(1)


def test_ranks_are_those_that_spearman_compares():
    """The picture of an RDM holds the ranks of the correlation distances; constant stimuli are left out."""
    activity = np.random.default_rng(0).normal(size=(12, 30))
    picture = correlation_ranks(activity)
    assert np.isnan(np.diag(picture)).all()
    upper = np.triu_indices(12, 1)
    assert spearmanr(picture[upper], squareform(pdist(activity, "correlation"))[upper])[0] == pytest.approx(1)
    assert (np.nanmin(picture), np.nanmax(picture)) == (0, 1)
    activity[3] = 2.0
    silent = correlation_ranks(activity)
    assert np.isnan(silent[3]).all()
    assert np.isfinite(silent[4, 5])


def test_many_stimuli_are_thinned_evenly_over_the_classes():
    """At most 120 stimuli are drawn, sorted by class, every class in its share."""
    labels = np.repeat(np.arange(4), 250)[np.random.default_rng(0).permutation(1000)]
    order = shown_stimuli(1000, labels)
    assert len(order) == 120
    assert (np.diff(labels[order]) >= 0).all()
    assert np.bincount(labels[order]).tolist() == [30] * 4
    assert shown_stimuli(5, None).tolist() == [0, 1, 2, 3, 4]


def test_later_levels_stand_lower_whatever_feeds_back():
    """Forward edges go down, loops share a level, and feedback alone makes no level."""
    graph = nx.DiGraph([("retina", "V1"), ("V1", "V2"), ("V1", "MT"), ("V2", "IT"), ("MT", "IT")])
    graph.add_edge("IT", "V1", feedback=True)
    places = hierarchical_positions(graph, 0.0, 4)
    assert all(places[a][1] > places[b][1] for a, b, data in graph.edges(data=True) if not data.get("feedback"))
    assert places["V2"][1] == places["MT"][1]
    assert places["V2"][0] != places["MT"][0]
    graph.add_edge("V2", "V1")
    assert levels(graph)["V2"] == levels(graph)["V1"]
    alone = nx.DiGraph()
    alone.add_nodes_from("abc")
    assert levels(alone) == {"a": 0, "b": 1, "c": 2}


def test_populations_become_regions():
    """A projection between populations joins their regions; within one region it is no edge; feedback is marked."""
    graph = region_graph(example_results()["brain"])
    assert set(graph) == set(REGIONS)
    assert not list(nx.selfloop_edges(graph))
    assert graph.edges["retina", "LGN"]["feedback"] is False
    assert graph.edges["IT", "V4"]["feedback"] is True


def test_the_sample_of_units_is_fair():
    """Units are drawn without looking at their spikes, in proportion to the populations, at least one of each."""
    sampled = sample_units([("V1.E", 8000, True), ("V1.I", 2000, False), ("V1.few", 3, False)])
    counts = [len(units) for _, units, _ in sampled]
    assert counts == [UNITS_A_REGION * 8 // 10, UNITS_A_REGION * 2 // 10, 1]
    for _, units, _ in sampled:
        assert len(set(units)) == len(units)
    assert [len(units) for _, units, _ in sample_units([("a.E", 5, True), ("a.I", 3, False)])] == [5, 3]


def test_spikes_of_the_sample_are_all_and_only_theirs():
    """Every spike of a sampled unit is drawn in that unit's row, no other is."""
    example = {"V1.E/times": np.arange(6.0), "V1.E/units": np.array([7, 2, 9, 2, 0, 11])}
    times, rows = spikes_of(example, "V1.E", np.array([2, 7, 10]))
    assert times.tolist() == [0, 1, 3]
    assert rows.tolist() == [1, 0, 0]


def test_inhibitory_populations_are_known_by_flag_or_by_name():
    """The stored flag decides; without one, the name does."""
    example = {f"V1.{name}/size": np.array(4) for name in ("I", "E", "inhibitory", "simple")}
    example |= {"V1.simple/excitatory": np.array(False), "V10.E/size": np.array(9)}
    kinds = {name: excitatory for name, _, excitatory in populations_of(example, "V1")}
    assert kinds == {"V1.E": True, "V1.I": False, "V1.inhibitory": False, "V1.simple": False}


def test_kernels_stand_side_by_side_on_their_own_scales():
    """Each kernel is divided by its largest magnitude, gaps are empty, and what is no picture is left out."""
    kernels = np.random.default_rng(0).normal(size=(18, 5, 4)) * np.arange(1, 19)[:, None, None]
    picture = mosaic(kernels)
    assert picture.shape == (2 * 6 - 1, 16 * 5 - 1)
    np.testing.assert_allclose(picture[:5, 5:9], kernels[1] / np.abs(kernels[1]).max())
    np.testing.assert_allclose(picture[6:, :4], kernels[16] / np.abs(kernels[16]).max())
    assert np.isnan(picture[5]).all()
    assert list(drawable({"V1": kernels, "IT": np.zeros(5), "V2": np.ones((2, 3, 3, 4))})) == ["V1", "V2"]
    assert drawable({"V2": np.ones((2, 3, 3, 4))})["V2"].max() == 4


def test_names_are_shortened_and_never_mathematics():
    """A name of any length and any letters becomes one short line of text."""
    assert label("a\nb\tc\x00") == "a b c"
    assert len(label("x" * 300)) == 18
    ax = show_image(np.zeros((2, 2)))
    ax.set_title(label("$\\frac{$ and $x"))
    ax.figure.draw_without_rendering()


def test_an_inlined_figure_keeps_its_ids_to_itself():
    """Ids and their uses get the figure's name before them, and known inks become variables."""
    svg = (
        '<?xml version="1.0"?><svg width="7pt" height="7pt" viewBox="0 0 7 7"><defs><style>*{}</style></defs>'
        '<g id="cell-rsa-0-0"><path id="p" clip-path="url(#c)" style="fill: #1C1F23"/></g><use xlink:href="#p"/></svg>'
    )
    inlined = inline_svg(svg, "one", 'a "quoted" <text>', {"cell-rsa-0-0": "V1 & conv <1>"})
    assert 'id="one-p" clip-path="url(#one-c)" style="fill: var(--ink)"' in inlined
    assert '<use href="#one-p"/>' in inlined
    assert "<style>" not in inlined
    assert 'aria-label="V1 &amp; conv &lt;1&gt;"' in inlined
    assert 'aria-label="a &quot;quoted&quot; &lt;text&gt;"' in inlined
