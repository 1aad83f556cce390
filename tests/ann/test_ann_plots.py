"""Training curves show what the history holds."""

import matplotlib as mpl
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from ann import History
from ann.errors import InvalidValueError


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
