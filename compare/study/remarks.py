"""Warnings that belong on the page, not into the terminal."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["noted"]


@contextmanager
def noted(category: type[Warning]) -> Iterator[list[str]]:
    """Collect the messages of warnings of a category within the block, each once; others are given as ever.

    Yields
    ------
    list of str
        Filled when the block ends.
    """
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", category)
        yield messages
    for warning in caught:
        if issubclass(warning.category, category):
            messages += [str(warning.message)] if str(warning.message) not in messages else []
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
