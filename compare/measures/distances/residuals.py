"""What is left of trials about their stimulus's mean, read in parts, as orthonormal contrasts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.measures.blocks import chosen_from, columns_at_once, rows_at_once
from compare.measures.patterns import CONSTANT

__all__ = ["Contrasts", "Residuals", "helmert", "residuals_of"]


def helmert(count: int) -> np.ndarray:
    """Give (count - 1, count) orthonormal rows that sum to zero."""
    matrix = np.tril(np.ones((count, count)), -1)[1:] - np.diag(np.arange(count))[1:]
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Contrasts:
    """One group of trials of each stimulus, as contrasts that are made anew wherever they are read.

    Parameters
    ----------
    trials : numpy.ndarray
        (stimulus, trial, unit).
    scale : numpy.ndarray
        (unit,), what contrasts are multiplied by: 0 where they are nothing but rounding.
    """

    trials: np.ndarray
    scale: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Stimuli, contrasts, units."""
        stimuli, trials, units = self.trials.shape
        return stimuli, trials - 1, units

    def columns(self, start: int, stop: int) -> np.ndarray:
        """Give (stimulus, contrast, unit) of some units."""
        return self._of(self.trials[:, :, start:stop], self.scale[start:stop])

    def rows(self, stimuli: Any = slice(None)) -> np.ndarray:
        """Give (stimulus, contrast, unit) of some stimuli."""
        return self._of(self.trials[stimuli], self.scale)

    def _of(self, trials: np.ndarray, scale: np.ndarray) -> np.ndarray:
        contrasts = helmert(trials.shape[1]) @ trials
        contrasts *= scale
        return contrasts


@dataclass(frozen=True, eq=False)
class Residuals:
    """Trials about the means of their groups, as orthonormal contrasts: as many as they are worth.

    A stimulus's contrasts and its residuals have the same sums of products, and the residuals are `helmert`'s
    transpose times the contrasts.

    Parameters
    ----------
    groups : tuple of Contrasts
        One a group of trials.
    squares : numpy.ndarray
        (unit,), the sum of squares of all contrasts of a unit.
    """

    groups: tuple[Contrasts, ...]
    squares: np.ndarray

    @property
    def degrees(self) -> int:
        """How many contrasts there are in all."""
        return sum(group.shape[0] * group.shape[1] for group in self.groups)

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.squares)

    def scaled(self, units: np.ndarray, scale: np.ndarray) -> "Residuals":
        """Give these units alone, divided by `scale`."""
        groups = tuple(
            Contrasts(chosen_from(group.trials, units=units), group.scale[units] / scale) for group in self.groups
        )
        return Residuals(groups, self.squares[units] / scale**2)

    def columns(self) -> Iterator[tuple[int, list[np.ndarray]]]:
        """Give the first of some units, and the groups' contrasts (stimulus, contrast, unit) of these."""
        step = columns_at_once(self.degrees + len(self.groups[0].trials), self.units, 2)
        for start in range(0, self.units, step):
            yield start, [group.columns(start, start + step) for group in self.groups]

    def rows(self) -> Iterator[np.ndarray]:
        """Give (contrast, unit), those of some stimuli at a time."""
        for group in self.groups:
            stimuli, free, units = group.shape
            step = max(rows_at_once(stimuli, (free + 1) * units) // 4, 1)
            for start in range(0, stimuli, step):
                yield group.rows(slice(start, start + step)).reshape(-1, units)


def residuals_of(groups: Sequence[np.ndarray]) -> Residuals:
    """Give what is left of trials about their stimulus's mean, each group of trials by itself.

    What is nothing but rounding becomes exactly zero.

    Parameters
    ----------
    groups : sequence of numpy.ndarray
        (stimulus, trial, unit) each, 2 trials or more.
    """
    units = groups[0].shape[2] if groups else 0
    squares = np.zeros(units)
    found = []
    for trials in groups:
        group = Contrasts(trials, np.ones(units))
        step = columns_at_once(trials.shape[0] * trials.shape[1], units, 2)
        for start in range(0, units, step):
            part = slice(start, start + step)
            block = np.asarray(trials[:, :, part])
            contrasts = helmert(trials.shape[1]) @ block
            most = np.maximum(contrasts.max(axis=(0, 1)), -contrasts.min(axis=(0, 1)))
            size = np.maximum(block.max(axis=(0, 1)).astype(np.float64), -block.min(axis=(0, 1)).astype(np.float64))
            group.scale[part][most <= CONSTANT * size] = 0.0
            squares[part] += np.einsum("ijk,ijk->k", contrasts, contrasts) * group.scale[part]
        found.append(group)
    return Residuals(tuple(found), squares)
