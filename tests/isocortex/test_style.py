"""Figures are the same bytes for the same numbers, and the style stays in its block."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist

from isocortex.style import COLORS, paper_style, save_figure


def _draw():
    with paper_style():
        figure = Figure(figsize=(2, 2))
        figure.subplots().plot([0, 1], label="line")
    return figure


def test_a_figure_is_written_in_three_formats_and_again_the_same(tmp_path):
    """Drawing twice gives the same SVG, so a report can be compared with its earlier self."""
    first = save_figure(_draw(), tmp_path / "a" / "figure.v1")
    second = save_figure(_draw(), tmp_path / "b" / "figure.v1")

    assert [path.name for path in first] == ["figure.v1.svg", "figure.v1.png", "figure.v1.pdf"]
    assert first[0].read_bytes() == second[0].read_bytes()
    assert all(path.stat().st_size > 500 for path in first)


def test_the_style_ends_with_its_block():
    """Whatever a user has set is there again afterwards."""
    before = mpl.rcParams["font.size"]

    with paper_style():
        assert mpl.rcParams["font.size"] == 8

    assert mpl.rcParams["font.size"] == before


# Machado, Oliveira and Fernandes (2009), doi 10.1109/TVCG.2009.113, table 1, severity 1.0: linear RGB of a dichromat.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]


@pytest.mark.parametrize("sight", [DEUTERANOPIA, PROTANOPIA])
def test_colours_differ_for_colour_blind_readers(sight):
    """Seen without green or red cones, every two colours still differ."""
    encoded = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in COLORS.values()]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)

    distances = pdist(np.clip(linear @ np.array(sight).T, 0, 1))

    assert distances.min() > 0.04
