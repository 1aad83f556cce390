"""What a connectome is: areas, weights from area to area, lengths of the tracts between them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from brainsim.errors import KindError, ModelError, ParameterError, UnknownNameError
from isocortex.errors import nearest

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Connectome"]


@dataclass(frozen=True, eq=False)
class Connectome:
    """Areas and what leads from one to another; row i of a matrix is what area i sends.

    Parameters
    ----------
    labels : sequence of str
        Names of the areas, each once.
    weights : array-like (source area, target area)
        How strongly each area projects to each other one, in whatever unit it was measured: a share of neurons, a
        number of streamlines. Finite, not negative, 0 on the diagonal: what happens within an area is not the
        connectome's.
    lengths : array-like (source area, target area), optional
        Lengths of tracts in mm; positive wherever there is a weight, 0 on the diagonal.
    levels : mapping of str to float, optional
        Level in the hierarchy, of some or all areas: from lower to higher is feedforward, from higher to lower
        feedback.

    Raises
    ------
    KindError, ParameterError, ModelError, UnknownNameError
        If matrices are not square, of another size, not finite, negative, or labels do not fit; says where.

    Examples
    --------
    >>> areas = Connectome(["V1", "V2", "V4"], [[0, 7, 1], [2, 0, 4], [0, 3, 0]], levels={"V1": 1, "V2": 2, "V4": 5})
    >>> areas.kind("V1", "V4"), areas.kind("V4", "V2")
    ('feedforward', 'feedback')
    >>> areas.normalized("target").weights.sum(axis=0)
    array([1., 1., 1.])
    """

    labels: Sequence[str]
    weights: Any
    lengths: Any = None
    levels: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels = _labels(self.labels)
        weights = _matrix(self.weights, labels, "weights")
        _none_where(np.diag(weights) != 0, labels, weights, "weights", "belongs to the area's template; set it to 0")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "weights", weights)
        if self.lengths is not None:
            lengths = _matrix(self.lengths, labels, "lengths")
            _none_where(np.diag(lengths) != 0, labels, lengths, "lengths", "an area is no distance from itself")
            missing = np.argwhere((weights > 0) & (lengths == 0))
            if len(missing):
                source, target = (labels[area] for area in missing[0])
                raise ModelError(f"Connectome.lengths[{source!r}, {target!r}]: is 0, but there is a weight")
            object.__setattr__(self, "lengths", lengths)
        object.__setattr__(self, "levels", _levels(self.levels, labels))

    @property
    def graph(self) -> "nx.DiGraph":
        """Areas (``level``, where it is known), and edges with ``weight`` and ``length_mm`` where it is not 0."""
        import networkx as nx

        graph = nx.DiGraph()
        for label in self.labels:
            graph.add_node(label, **({"level": self.levels[label]} if label in self.levels else {}))
        for source, target in np.argwhere(self.weights):
            length = {} if self.lengths is None else {"length_mm": float(self.lengths[source, target])}
            graph.add_edge(
                self.labels[source], self.labels[target], weight=float(self.weights[source, target]), **length
            )
        return graph

    def kind(self, source: str, target: str) -> Literal["feedforward", "feedback", "lateral"]:
        """Tell what kind of projection leads from one area to another.

        By their levels; feedforward where one of them has none, lateral where both have the same.

        Raises
        ------
        UnknownNameError
            If there is no such area.
        """
        for label in (source, target):
            self._position(label)
        if source not in self.levels or target not in self.levels:
            return "feedforward"
        step = self.levels[target] - self.levels[source]
        return "feedforward" if step > 0 else "feedback" if step < 0 else "lateral"

    def normalized(self, by: Literal["target", "source", "largest"]) -> "Connectome":
        """Give the connectome with weights divided by something.

        Parameters
        ----------
        by : "target", "source" or "largest"
            What an area receives in all (so that a weight is a share of the target's input), what it sends in all, or
            the largest weight.

        Raises
        ------
        ParameterError
            If it is another word.
        """
        if by == "largest":
            total = np.asarray(self.weights.max(initial=0))
        elif by in ("target", "source"):
            total = self.weights.sum(axis=0 if by == "target" else 1, keepdims=True)
        else:
            valid = ["target", "source", "largest"]
            raise ParameterError(f"Connectome.normalized: {by!r} is unknown; {nearest(str(by), valid)}")
        divisor = np.where(total > 0, total, 1)
        return Connectome(self.labels, self.weights / divisor, self.lengths, self.levels)

    def subset(self, labels: Sequence[str]) -> "Connectome":
        """Give the connectome of some of the areas, in this order.

        Raises
        ------
        UnknownNameError
            If there is no such area.
        """
        chosen = [self._position(label) for label in _labels(labels)]
        lengths = None if self.lengths is None else self.lengths[np.ix_(chosen, chosen)]
        levels = {label: level for label, level in self.levels.items() if label in labels}
        return Connectome(labels, self.weights[np.ix_(chosen, chosen)], lengths, levels)

    def _position(self, label: str) -> int:
        if label not in self.labels:
            raise UnknownNameError(f"Connectome: there is no area {label!r}; {nearest(str(label), self.labels)}")
        return list(self.labels).index(label)


def _labels(labels: Any) -> tuple[str, ...]:
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise KindError(f"Connectome.labels: must be a list of names, got {labels!r}")
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise KindError(f"Connectome.labels: must be names that are not empty, got {label!r}")
    if not labels or len(set(labels)) < len(labels):
        twice = sorted({label for label in labels if list(labels).count(label) > 1})
        raise ModelError(f"Connectome.labels: need at least one area, each once, got {twice or 'none'}")
    return tuple(labels)


def _matrix(matrix: Any, labels: Sequence[str], name: str) -> np.ndarray:
    """Check a matrix of areas by areas, and give a copy that cannot be written to."""
    where = f"Connectome.{name}"
    try:
        values = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise KindError(f"{where}: must be a matrix of numbers, areas x areas") from None
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ModelError(f"{where}: must be square, areas x areas, got shape {values.shape}")
    if len(values) != len(labels):
        raise ModelError(f"{where}: is {len(values)} x {len(values)}, but there are {len(labels)} labels")
    for wrong, need in ((~np.isfinite(values), "finite"), (values < 0, "at least 0")):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ParameterError(
                f"{where}[{labels[row]!r}, {labels[column]!r}]: must be {need}, got {values[row, column]:g}"
            )
    values.flags.writeable = False
    return values


def _none_where(wrong: np.ndarray, labels: Sequence[str], matrix: np.ndarray, name: str, remedy: str) -> None:
    if wrong.any():
        area = int(np.argmax(wrong))
        raise ModelError(
            f"Connectome.{name}[{labels[area]!r}, {labels[area]!r}]: must be 0, got {matrix[area, area]:g}; {remedy}"
        )


def _levels(levels: Any, labels: Sequence[str]) -> dict[str, float]:
    if not isinstance(levels, Mapping):
        raise KindError(f"Connectome.levels: must map areas to levels, got {levels!r}")
    for label, level in levels.items():
        if label not in labels:
            raise UnknownNameError(f"Connectome.levels: there is no area {label!r}; {nearest(str(label), labels)}")
        if isinstance(level, bool) or not isinstance(level, (int, float, np.integer, np.floating)):
            raise KindError(f"Connectome.levels[{label!r}]: must be a number, got {level!r}")
        if not math.isfinite(level):
            raise ParameterError(f"Connectome.levels[{label!r}]: must be finite, got {level}")
    return {label: float(level) for label, level in levels.items()}
