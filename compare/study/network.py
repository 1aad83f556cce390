"""The artificial network of a study: built, trained, and shown the stimuli."""

import math
from typing import TYPE_CHECKING, Any

from compare.settings import StudySettings
from compare.study.data import Images, images
from compare.study.stage import Workspace, section_seed

if TYPE_CHECKING:
    from ann import Sequential
    from ann.network import Network

__all__ = ["build_network", "network", "run_activity", "run_network"]

WEIGHTS = "stages/network.npz"
ACTIVITY, UNTRAINED = "activity/network.npz", "activity/untrained.npz"


def build_network(settings: StudySettings, data: Images) -> "Sequential":
    """Build a study's untrained network for its images: convolutions with pooling, then dense layers.

    Raises
    ------
    ann.errors.ShapeError
        If the images are too small for so many poolings.
    """
    import ann

    about = settings.network
    rectified: dict[str, Any] = {"activation": "relu", "kernel_initializer": "he_uniform"}
    layers: list[Any] = []
    for filters in about.filters:
        layers += [
            ann.layers.Conv2D(filters, about.kernel_size, padding="same", **rectified),
            ann.layers.MaxPooling2D(2),
        ]
    layers += [
        ann.layers.Flatten(),
        ann.layers.Dense(about.dense, **rectified),
        ann.layers.Dense(len(data.source.classes), activation="softmax"),
    ]
    model = ann.Sequential(
        layers,
        seed=section_seed(settings, "network"),
        name="network",
        threads=settings.simulation.threads or None,
    )
    model.build(data.train.shape[1:])
    steps = about.epochs * math.ceil(len(data.train) / about.batch_size)
    model.compile(
        optimizer=ann.optimizers.Adam(ann.schedules.CosineDecay(about.learning_rate, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def run_network(work: Workspace) -> dict[str, Any]:
    """Train the network; its held-out accuracy is read and chooses nothing."""
    from ann.io import save

    data, about = images(work), work.settings.network
    model = build_network(work.settings, data)
    history = model.fit(
        data.train,
        data.train_labels,
        epochs=about.epochs,
        batch_size=about.batch_size,
        validation_data=(data.held_out, data.held_out_labels),
        progress=work.listener.bar,
    )
    save(model, work.path / WEIGHTS)
    work.memory["network"] = model
    graph = model.graph
    return {
        "network": {
            "layers": [
                {"name": name, "kind": node["kind"], "shape": list(node["shape"]), "parameters": node["parameters"]}
                for name, node in graph.nodes(data=True)
                if name != "input"
            ],
            "edges": [list(edge) for edge in graph.edges],
            "training": {"epochs": history.epochs, **history.history},
            "held_out_accuracy": history.history["val_accuracy"][-1],
            "untrained_accuracy": model.untrained().evaluate(data.held_out, data.held_out_labels).accuracy,
        }
    }


def run_activity(work: Workspace) -> None:
    """Show the stimuli to the trained and to the untrained network."""
    import compare

    stimuli, model = images(work).stimuli, network(work)
    work.save(ACTIVITY, compare.activity(model, stimuli))
    work.save(UNTRAINED, compare.activity(model.untrained(), stimuli))


def network(work: Workspace) -> "Network":
    """Give the trained network, read from its file if this process did not train it."""

    def read() -> "Network":
        from ann.io import load

        return load(work.path / WEIGHTS)

    return work.once("network", read)
