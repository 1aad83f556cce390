"""Pictures of what units are tuned to: kernels of V1, and features of V2 drawn with them."""

from typing import TYPE_CHECKING

import numpy as np

from brainsim.wiring.grid import Convolution

if TYPE_CHECKING:
    from brainsim import Brain

__all__ = ["tuning_pictures"]

MOST = 32


def tuning_pictures(subject: "Brain") -> dict[str, np.ndarray]:
    """Give pictures (unit, height, width) of the tuning of V1 and V2, where the wiring says it.

    A simple cell's kernel is the weights from ON cells minus those from OFF cells. A feature of V2 is drawn as the sum
    of the kernels of one phase that its complex cells pool, each at its place and times its weight.

    Parameters
    ----------
    subject : brainsim.Brain
        The brain; a region without such wiring is left out.
    """
    kernels = _difference(subject, "LGN", "V1.simple")
    if kernels is None:
        return {}
    pictures = {"V1": kernels}
    features = _bank(subject, "V1.complex", "V2.E")
    if features is not None and len(kernels) >= features.shape[1]:
        spacing = _spacing(subject, "V1.complex")
        pictures["V2"] = _drawn(features[:MOST], kernels[: features.shape[1]], spacing)
    return pictures


def _bank(subject: "Brain", source: str, target: str) -> np.ndarray | None:
    for projection in subject.projections:
        if projection.source == source and target in projection.targets and isinstance(projection.wiring, Convolution):
            return projection.wiring.bank
    return None


def _difference(subject: "Brain", region: str, target: str) -> np.ndarray | None:
    on, off = (_bank(subject, f"{region}.{kind}", target) for kind in ("ON", "OFF"))
    return None if on is None or off is None or on.shape != off.shape else (on - off).sum(axis=1)


def _spacing(subject: "Brain", population: str) -> int:
    """Give how many pixels lie between neighbouring positions of a population."""
    pixels = subject.populations["retina.ON"].grid[0] if "retina.ON" in subject.populations else 1
    return max(1, round(pixels / subject.populations[population].grid[0]))


def _drawn(features: np.ndarray, kernels: np.ndarray, spacing: int) -> np.ndarray:
    """Add up kernels (channel, h, w) weighted by features (unit, channel, row, column)."""
    units, _, rows, columns = features.shape
    height, width = kernels.shape[1:]
    pictures = np.zeros((units, (rows - 1) * spacing + height, (columns - 1) * spacing + width))
    for row in range(rows):
        for column in range(columns):
            top, left = row * spacing, column * spacing
            part = np.tensordot(features[:, :, row, column], kernels, axes=1)
            pictures[:, top : top + height, left : left + width] += part
    return pictures
