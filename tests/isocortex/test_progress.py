"""A progress bar is a callback that the caller may draw."""

import numpy as np
import pytest

from isocortex.errors import InvalidTypeError
from isocortex.progress import progress_bar


def test_the_caller_draws(capsys):
    """A callable gets the total and the description, then each advance; nothing is printed."""
    calls = []

    with progress_bar(5, "trials", lambda total, text: calls.append((total, text)) or calls.append) as advance:
        advance(2)
        advance(3)

    assert calls == [(5, "trials"), 2, 3]
    assert capsys.readouterr() == ("", "")


def test_silent_unless_asked(capsys):
    """No bar is the default, True shows one on the error stream."""
    with progress_bar(1, "trials") as advance:
        advance(1)
    assert capsys.readouterr() == ("", "")

    with progress_bar(1, "trials", True) as advance:
        advance(1)
    assert "trials" in capsys.readouterr().err

    with progress_bar(1, "trials", True) as advance:
        capsys.readouterr()
        advance.tell("compiling")
        assert "compiling" in capsys.readouterr().err


@pytest.mark.parametrize("progress", ["yes", 1, np.nan, np.zeros(2)])
def test_what_is_neither_yes_nor_no_nor_a_function_is_refused(progress):
    """The message names it."""
    with (
        pytest.raises(InvalidTypeError, match="progress: must be True, False, None or a function"),
        progress_bar(3, "trials", progress),
    ):
        pass
