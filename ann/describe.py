"""A model told as a graph and as a table."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from ann.network import Network

__all__ = ["Summary", "graph", "summary"]


class Summary(str):
    """Text that shows itself as it is read, at the end of a notebook's cell too."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def graph(model: "Network") -> "nx.DiGraph":
    """Give the layers as a directed graph from ``"input"`` on, in the order in which they are computed.

    Every node has `kind` (the class, ``"Input"`` for the input), `layer` (the name that its parameters go by, which is
    that of the first place where a layer stands several times; None for the input), `shape` (of one stimulus),
    `parameters` (how many; 0 where a layer returns, whose parameters were counted already) and `statistics` (likewise).
    Every edge has `positions`: which of the inputs of its layer it is, for instance ``(0,)``, or ``(0, 1)`` where a
    layer takes the same array twice. The graph is made anew at each call; changing it does not change the model.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    """
    import networkx as nx

    found = nx.DiGraph(name=model.name)
    found.add_node("input", kind="Input", layer=None, shape=model.input_shape, parameters=0, statistics=0)
    names = {-1: "input"}
    for index, place in enumerate(model.places):
        first = place.name == place.owner
        parameters, statistics = (
            sum(slot.stop - slot.start for slot in slots) if first else 0 for slots in (place.slots, place.statistics)
        )
        kind = type(place.layer).__name__
        found.add_node(
            place.name,
            kind=kind,
            layer=place.owner,
            shape=place.output_shape,
            parameters=parameters,
            statistics=statistics,
        )
        names[index] = place.name
        for source in dict.fromkeys(place.sources):
            positions = tuple(number for number, one in enumerate(place.sources) if one == source)
            found.add_edge(names[source], place.name, positions=positions)
    return found


def summary(model: "Network", batch_size: int | None = None) -> Summary:
    """Give a table of layers, output shapes and numbers of parameters; where layers branch, also of what they take.

    Parameters
    ----------
    model : Network
        Built.
    batch_size : int, optional
        Of which the memory of a step of training is told, too; see `ann.memory.training_memory`.

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    """
    layers = graph(model)
    rows = [("layer", "kind", "output of one stimulus", "parameters")]
    rows += [
        (name, node["kind"], str(node["shape"]), f"{node['parameters']:,}") for name, node in layers.nodes(data=True)
    ]
    size = f"{model.flat_weights.size:,}"
    rows += [("total", "", f"{model.flat_weights.nbytes / 2**20:.2f} MiB, {model.dtype}", size)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)), row[3].rjust(widths[3])])
        for row in rows
    ]
    if any(degree > 1 for _, degree in layers.out_degree()):
        taken = ["takes", *(", ".join(layers.predecessors(name)) for name in layers), ""]
        lines = [f"{line}  {one}".rstrip() for line, one in zip(lines, taken, strict=True)]
    rule = "-" * max(map(len, lines))
    remembered = model.flat_statistics.size
    beside = [f"and {remembered:,} statistics, which no gradient moves"] if remembered else []
    memory = [] if batch_size is None else _memory(model, batch_size)
    return Summary("\n".join([model.name, rule, lines[0], rule, *lines[1:-1], rule, lines[-1], *beside, *memory]))


def _memory(model: "Network", batch_size: int) -> list[str]:
    from ann.memory import training_memory

    found = training_memory(model, batch_size)
    parts = {
        "weights": found.weights,
        "their gradients": found.gradients,
        "optimiser": found.optimizer,
        f"activity of {batch_size} stimuli": found.activations,
        "its gradients": found.backward,
        "stimuli in order": found.data,
        "total": found.total,
    }
    width = max(map(len, parts))
    return ["", "memory of training", *(f"{name:<{width}}  {size / 2**20:10.2f} MiB" for name, size in parts.items())]
