"""A model told as a graph and as a table."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from ann.network import Network

__all__ = ["graph", "summary"]


def graph(model: "Network") -> "nx.DiGraph":
    """Give the layers as a directed graph from ``"input"`` on.

    Every node has `kind` (the class, ``"Input"`` for the input), `shape` (of one stimulus) and `parameters` (how many;
    0 where a layer returns, whose parameters were counted already).

    Raises
    ------
    NotCompiledError
        If the model does not know its input shape yet.
    """
    import networkx as nx

    found = nx.DiGraph(name=model.name)
    found.add_node("input", kind="Input", shape=model.input_shape, parameters=0)
    names = {-1: "input"}
    for index, place in enumerate(model.places):
        count = sum(slot.stop - slot.start for slot in place.slots) if place.name == place.owner else 0
        found.add_node(place.name, kind=type(place.layer).__name__, shape=place.output_shape, parameters=count)
        names[index] = place.name
        found.add_edges_from((names[source], place.name) for source in place.sources)
    return found


def summary(model: "Network", batch_size: int | None = None) -> str:
    """Give a table of layers, output shapes and numbers of parameters.

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
    nodes = graph(model).nodes(data=True)
    rows = [("layer", "kind", "output of one stimulus", "parameters")]
    rows += [(name, node["kind"], str(node["shape"]), f"{node['parameters']:,}") for name, node in nodes]
    rows += [("total", "", "", f"{model.flat_weights.size:,}")]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "-" * (sum(widths) + 6)
    memory = [] if batch_size is None else _memory(model, batch_size)
    return "\n".join([model.name, rule, lines[0], rule, *lines[1:-1], rule, lines[-1], *memory])


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
