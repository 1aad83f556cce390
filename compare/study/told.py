"""What the comparison told of the layers, for stages that look at them again."""

from typing import Any

import numpy as np

from compare.study.stage import Workspace

__all__ = ["distinct", "verdict_measure"]


def verdict_measure(measures: tuple[str, ...]) -> str:
    """Give the measure that the verdict rests on: RSA where it was taken, else the first."""
    return "rsa" if "rsa" in measures else measures[0]


def distinct(work: Workspace, layers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out layers that have the activity of an earlier one, as the comparison found."""
    maps: dict[str, Any] = work.results("comparison")["comparison"]
    groups = maps[verdict_measure(work.settings.comparison.measures)]["same_activity"]
    repeated = {name for group in groups for name in group[1:]}
    return {name: activity for name, activity in layers.items() if name not in repeated}
