"""For whom a null stands in."""

from collections.abc import Mapping
from typing import Any

from compare.errors import InvalidActivityError

__all__ = ["side_of_null"]


def side_of_null(name: str, null: Mapping[str, Any], layers: list[str], regions: list[str]) -> str:
    """Say whether a null stands in for the layers or for the regions: whichever bear its names.

    Raises
    ------
    InvalidActivityError
        If its names are not all layers or all regions, or are both.
    """
    names = set(null)
    fits = [side for side, known in (("layers", layers), ("regions", regions)) if names <= set(known)]
    if not names or not fits:
        unknown = sorted(names - set(layers)) if names & set(layers) else sorted(names - set(regions))
        raise InvalidActivityError(
            f"nulls[{name!r}]: must be named as the layers or as the regions are; {', '.join(unknown) or 'it is empty'}"
        )
    if len(fits) == 2:
        raise InvalidActivityError(
            f"nulls[{name!r}]: {', '.join(sorted(names))} name both layers and regions; rename one side"
        )
    return fits[0]
