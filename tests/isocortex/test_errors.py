"""Each error of ours is also the builtin that people catch."""

import pytest

from isocortex import errors


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InvalidValueError", ValueError),
        ("InvalidTypeError", TypeError),
        ("MissingFileError", FileNotFoundError),
        ("UnreadableFileError", ValueError),
        ("UnwritableFileError", OSError),
        ("MissingExtraError", ImportError),
    ],
)
def test_errors_are_builtins_too(name, builtin):
    """Somebody who never heard of us catches our errors all the same."""
    error = getattr(errors, name)

    assert issubclass(error, builtin)
    assert issubclass(error, errors.IsocortexError)


def test_the_nearest_name_is_offered():
    """A slip gets one suggestion, nonsense gets the list."""
    assert errors.nearest("epoch", ["epochs", "seed"]) == "did you mean 'epochs'?"
    assert errors.nearest("zzz", ["b", "a"]) == "choose one of: a, b"
    assert errors.nearest("zzz", []) == "there is none to choose from"
