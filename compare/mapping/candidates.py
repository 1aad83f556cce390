"""Which layers compete for a region: layers that cannot be told apart count as one."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Candidates", "find_candidates"]

SAME = 1 - 1e-10  # similarity from which two geometries are the same but for rounding
UNDEFINED = 0.05  # share of bootstraps without variance above which nothing is concluded on a layer or region


@dataclass(frozen=True)
class Candidates:
    """The layers that compete, each standing for its group, and the regions that they compete for.

    Parameters
    ----------
    groups : tuple of tuple of int
        Layers (rows of the matrix) with the same geometry, in order; the first stands for them all.
    regions : tuple of int
        The regions (columns) that vary over stimuli.
    """

    groups: tuple[tuple[int, ...], ...]
    regions: tuple[int, ...]

    @property
    def rows(self) -> list[int]:
        """The first layer of each group."""
        return [group[0] for group in self.groups]

    def of(self, matrices: np.ndarray) -> np.ndarray:
        """Cut (..., layer, region) down to (..., candidate, region that varies)."""
        return matrices[..., self.rows, :][..., list(self.regions)]


def find_candidates(
    similarity: np.ndarray, resampled: np.ndarray, among_layers: np.ndarray | None, baselines: set[int]
) -> Candidates:
    """Find the candidates of a matrix.

    Parameters
    ----------
    similarity : numpy.ndarray
        (layer, region); NaN where one of the two does not vary over stimuli.
    resampled : numpy.ndarray
        (bootstrap, layer, region); a layer or region that does not vary in more than 5 % of them is left out.
    among_layers : numpy.ndarray or None
        (layer, layer), 1 for layers of the same geometry. None: those are the same that are equally similar to all
        regions in all resamples.
    baselines : set of int
        Rows that do not compete.
    """
    undefined = np.isnan(resampled).mean(axis=0)
    undefined[np.isnan(similarity)] = 1.0
    varies = undefined <= UNDEFINED
    if among_layers is None:
        among_layers = _always_equal(np.concatenate([similarity[None], resampled]))
    groups: list[list[int]] = []
    for row in range(len(similarity)):
        if row in baselines or not varies[row].any():
            continue
        for group in groups:
            if among_layers[row, group[0]] >= SAME:
                group.append(row)
                break
        else:
            groups.append([row])
    regions = [column for column in range(similarity.shape[1]) if varies[:, column].any()]
    return Candidates(tuple(tuple(group) for group in groups), tuple(regions))


def _always_equal(matrices: np.ndarray) -> np.ndarray:
    size = np.nanmax(np.abs(matrices), initial=1.0)
    layers = matrices.shape[1]
    result = np.eye(layers)
    for first in range(layers):
        for second in range(first):
            apart = np.abs(matrices[:, first] - matrices[:, second])
            if np.isfinite(apart).any() and np.nanmax(apart) <= (1 - SAME) * size:
                result[first, second] = result[second, first] = 1.0
    return result
