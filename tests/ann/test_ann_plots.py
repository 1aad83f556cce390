"""Figures show what they are given."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from ann import History, plots
from ann.errors import InvalidValueError, ShapeError


@pytest.fixture
def history():
    """Give a history of three epochs."""
    record = History()
    for loss in (3.0, 2.0, 1.5):
        record.append({"loss": loss, "val_loss": loss + 0.5, "accuracy": 1 / loss})
    yield record
    plt.close("all")


def test_curves_are_the_numbers_of_the_history(history):
    """Training and validation are drawn against epochs from 1, labelled."""
    ax = history.plot()
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines == {"training": [[1, 3], [2, 2], [3, 1.5]], "validation": [[1, 3.5], [2, 2.5], [3, 2.0]]}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_curves_are_drawn_where_they_are_wanted(history):
    """A given Axes is used and given back; without validation there is one line and no legend."""
    _, ax = plt.subplots()
    assert history.plot(ax, what="accuracy") is ax
    assert len(ax.get_lines()) == 1
    assert ax.get_legend() is None


def test_a_quantity_that_is_not_there_is_named(history):
    """An unknown quantity is answered with the nearest."""
    with pytest.raises(InvalidValueError, match=r"no 'acuracy'; did you mean 'accuracy'"):
        history.plot(what="acuracy")


def test_a_confusion_matrix_shows_counts_and_shares():
    """Few classes have counts and shares of their row, named; an empty class has none."""
    ax = plots.confusion_matrix([[3, 1, 0], [0, 2, 2], [0, 0, 0]], labels=["cat", "dog", "cow"])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["3\n75%", "1\n25%", "0\n0%", "0\n0%", "2\n50%", "2\n50%", *["0\n0%"] * 3]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer", "class")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog", "cow"]
    assert ax.figure.get_size_inches()[0] == 3.5
    plt.close("all")


def test_many_classes_are_not_written_out():
    """Beyond 6 classes the shares are left out, beyond 12 the counts; a given Axes is used; long names stand."""
    _, ax = plt.subplots()
    assert plots.confusion_matrix(np.eye(7), [f"class {i}" for i in range(7)], ax) is ax
    assert ax.texts[0].get_text() == "1"
    assert ax.get_xticklabels()[0].get_rotation() == 90
    assert not plots.confusion_matrix(np.eye(13)).texts
    plt.close("all")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones((2, 3)),), ShapeError, r"must be square \(class, answer\), got \(2, 3\)"),
        ((-np.eye(2),), InvalidValueError, "must hold counts, got -1"),
        ((np.eye(2), ["a"]), InvalidValueError, "got 1 for 2 classes"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(arguments, error, message):
    """Other shapes, negative numbers and too few labels are named."""
    with pytest.raises(error, match=message):
        plots.confusion_matrix(*arguments)
