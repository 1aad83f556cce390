"""Where a network made elsewhere wants the channels of its stimuli: ours are (stimulus, height, width, channel)."""

import numpy as np

from compare.errors import InvalidOptionError
from isocortex.errors import nearest

__all__ = ["AS_GIVEN", "CHANNELS_FIRST", "channels_first", "checked_layout"]

CHANNELS_FIRST, AS_GIVEN = "channels first", "as given"


def checked_layout(layout: str | None) -> str | None:
    """Give the layout that is asked for, None where it is to be found out.

    Raises
    ------
    InvalidOptionError
        If there is no such layout.

    Examples
    --------
    >>> checked_layout("channels first")
    'channels first'
    """
    if layout is not None and layout not in (CHANNELS_FIRST, AS_GIVEN):
        raise InvalidOptionError(f"layout: there is no {layout!r}; {nearest(str(layout), (CHANNELS_FIRST, AS_GIVEN))}")
    return layout


def channels_first(stimuli: np.ndarray) -> np.ndarray:
    """Turn (stimulus, ..., channel) to (stimulus, channel, ...).

    Raises
    ------
    InvalidOptionError
        If there is no axis to turn.

    Examples
    --------
    >>> channels_first(np.zeros((5, 8, 8, 3))).shape
    (5, 3, 8, 8)
    """
    if stimuli.ndim < 3:
        raise InvalidOptionError(
            f"layout: stimuli of shape {stimuli.shape} have no axis of channels behind one of space or time; take "
            f"layout={AS_GIVEN!r}"
        )
    return np.ascontiguousarray(np.moveaxis(stimuli, -1, 1))
