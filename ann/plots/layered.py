"""Where the nodes of a directed graph stand on a page: in rows, with few crossings and straight ways.

K. Sugiyama, S. Tagawa and M. Toda (1981), Methods for visual understanding of hierarchical system structures, IEEE
Transactions on Systems, Man, and Cybernetics 11:109; E. R. Gansner, E. Koutsofios, S. C. North and K.-P. Vo (1993), A
technique for drawing directed graphs, IEEE Transactions on Software Engineering 19:214.
"""

from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Layered", "layered"]

Layered = tuple[dict[str, tuple[float, int]], dict[tuple[str, str], list[tuple[float, int]]]]
"""Where each node stands, (across, row), and what each edge passes on its way, the nodes at its ends included."""

Rows = list[list[Hashable]]
"""What stands in each row from left to right: names of nodes, and (from, to, row) where an edge passes."""

GAP, PASSAGE, SWEEPS = 0.15, 0.2, 8
"""Air between neighbours and the width of an edge that passes, in widths of a node; how often rows are looked over."""


def layered(graph: "nx.DiGraph") -> Layered:
    """Place the nodes of an acyclic graph, each a row below the last of those before it.

    Examples
    --------
    >>> import networkx as nx
    >>> places, ways = layered(nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")]))
    >>> [places[name][1] for name in "abc"], len(ways["a", "c"])
    ([0, 1, 2], 3)
    """
    import networkx as nx

    row: dict[str, int] = {}
    for name in nx.topological_sort(graph):
        row[name] = 1 + max((row[before] for before in graph.predecessors(name)), default=-1)
    ways: dict[tuple[str, str], list[Hashable]] = {
        (a, b): [a, *((a, b, level) for level in range(row[a] + 1, row[b])), b] for a, b in graph.edges
    }
    rows: Rows = [[] for _ in range(max(row.values()) + 1)]
    for name, level in row.items():
        rows[level].append(name)
    for way in ways.values():
        for level, passed in enumerate(way[1:-1], row[way[0]] + 1):  # type: ignore[index]
            rows[level].append(passed)
    links = [(a, b) for way in ways.values() for a, b in pairwise(way)]
    rows = _ordered(rows, links)
    across = _aligned(rows, links)
    level_of = {item: level for level, items in enumerate(rows) for item in items}
    return (
        {name: (across[name], row[name]) for name in graph},
        {edge: [(across[item], level_of[item]) for item in way] for edge, way in ways.items()},
    )


def _ordered(rows: Rows, links: Sequence[tuple[Hashable, Hashable]]) -> Rows:
    """Sort each row by where its neighbours stand, up and down in turn; give the order with the fewest crossings."""
    best, fewest = rows, _crossings(rows, links)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        rows = [list(row) for row in rows]
        down = sweep % 2 == 0
        towards = _neighbours(links, before=down)
        place = {item: number - len(row) / 2 for row in rows for number, item in enumerate(row)}
        for row in rows if down else rows[::-1]:
            wish = {item: np.mean([place[one] for one in towards.get(item, [item])]) for item in row}
            row.sort(key=wish.__getitem__)
            place.update({item: number - len(row) / 2 for number, item in enumerate(row)})
        if (found := _crossings(rows, links)) < fewest:
            best, fewest = rows, found
    return best


def _crossings(rows: Rows, links: Sequence[tuple[Hashable, Hashable]]) -> int:
    place = {item: (level, number) for level, row in enumerate(rows) for number, item in enumerate(row)}
    ends = np.array([[*place[a], place[b][1]] for a, b in links])
    level, start, end = ends.T
    crossed = (start[:, None] - start) * (end[:, None] - end) < 0
    return int((crossed & (level[:, None] == level)).sum()) // 2


def _neighbours(links: Sequence[tuple[Hashable, Hashable]], before: bool) -> dict[Hashable, list[Hashable]]:
    found: dict[Hashable, list[Hashable]] = {}
    for a, b in links:
        item, other = (b, a) if before else (a, b)
        found.setdefault(item, []).append(other)
    return found


def _aligned(rows: Rows, links: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, float]:
    """Make all ways together as straight as order and distances allow: a linear program, as Gansner et al. write it."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    number = {item: index for index, item in enumerate(item for row in rows for item in row)}
    items, count = len(number), len(links)
    costs = [1.0, 2.0, 8.0]  # by how many of a link's ends are passages: long ways are straight first of all
    cost = [costs[sum(not isinstance(end, str) for end in link)] for link in links]
    # At most 0: each link's slant, to either side, less its bound; and where neighbours stand, less their distance.
    wanted: list[tuple[dict[int, float], float]] = []
    for index, (a, b) in enumerate(links):
        for sign in (1.0, -1.0):
            wanted.append(({number[a]: sign, number[b]: -sign, items + index: -1.0}, 0.0))
    for row in rows:
        for left, right in pairwise(row):
            apart = (_width(left) + _width(right)) / 2 + GAP
            wanted.append(({number[left]: 1.0, number[right]: -1.0}, -apart))
    places = [(line, column) for line, (terms, _) in enumerate(wanted) for column in terms]
    values = [value for terms, _ in wanted for value in terms.values()]
    matrix = coo_array((values, tuple(np.transpose(places))), shape=(len(wanted), items + count)).tocsr()
    bounds = [(0, None)] * (items + count)
    found = linprog([0.0] * items + cost, matrix, [most for _, most in wanted], bounds=bounds).x
    return {item: float(found[index]) for item, index in number.items()}


def _width(item: Hashable) -> float:
    return 1.0 if isinstance(item, str) else PASSAGE
