"""The default study of digits as one would glue it: PyTorch, Brian2 C++ standalone, scikit-learn and rsatoolbox.

It is given the images, and the brain's wiring as our own construction of it makes it, since writing the ventral stream
anew would be most of the work. It does what the study does, and leaves out what would have to be written first: partial
similarities, corrections for the number of cells, ceilings from trials, noise-free baselines, the page itself. What
takes minutes is done for a part and taken as proportional; the part is named beside each time.
"""

import argparse
import json
import sys
import tempfile
import time
from typing import Any

import numpy as np

CHANNELS_FIRST = (0, 3, 1, 2)


def data() -> Any:
    """Give the study's images and settings."""
    from compare.settings import StudySettings
    from compare.study.data import prepare

    settings = StudySettings()
    return settings, prepare(settings)


def network(settings: Any, images: Any, threads: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], float]:
    """Train the network in PyTorch; give trained and untrained activations, and the accuracy on held-out images."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(threads)
    about = settings.network
    blocks: list[Any] = []
    channels, side = 1, images.train.shape[1]
    for filters in about.filters:
        blocks += [nn.Conv2d(channels, filters, about.kernel_size, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
        channels, side = filters, side // 2
    blocks += [nn.Flatten(), nn.Linear(channels * side * side, about.dense), nn.ReLU()]
    blocks += [nn.Linear(about.dense, len(images.source.classes))]
    model = nn.Sequential(*blocks)
    x = torch.from_numpy(np.ascontiguousarray(images.train.transpose(CHANNELS_FIRST), dtype=np.float32))
    y = torch.from_numpy(images.train_labels.astype(np.int64))
    held = torch.from_numpy(np.ascontiguousarray(images.held_out.transpose(CHANNELS_FIRST), dtype=np.float32))
    untrained = activations(model, held[images.chosen])
    steps = about.epochs * -(-len(x) // about.batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=about.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    criterion = nn.CrossEntropyLoss()
    accuracy = 0.0
    for _ in range(about.epochs):
        order = torch.randperm(len(x))
        for batch in order.split(about.batch_size):
            optimizer.zero_grad()
            criterion(model(x[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            found = torch.cat([model(part).argmax(1) for part in held.split(256)]).numpy()
        accuracy = float((found == images.held_out_labels).mean())
    return activations(model, held[images.chosen]), untrained, accuracy


def activations(model: Any, x: Any) -> dict[str, np.ndarray]:
    """Give what each module gives for each stimulus."""
    import torch

    found = {}
    with torch.no_grad():
        for name, module in model.named_children():
            x = module(x)
            found[f"{name}_{type(module).__name__}"] = x.reshape(len(x), -1).numpy()
    return found


def brain(settings: Any, images: Any, stimuli: int, shuffled: bool) -> tuple[dict[str, np.ndarray], float, float]:
    """Show some stimuli once, one after the other, to one standalone program; give counts, seconds to build and run."""
    import brian2 as b

    from benchmarks.peers.stream import DURATION, presented
    from compare.study.brain import build_brain

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        b.device.reinit()
        b.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = 0  # faster on two cores than OpenMP; see benchmarks.stimuli
        b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        b.defaultclock.dt = settings.simulation.dt * b.ms
        subject = build_brain(settings, images, shuffled)
        lowered, objects, arrays = presented(b, subject, images.stimuli[:stimuli], settings.simulation.dt)
        b.Network(*objects).run(stimuli * DURATION * b.ms, namespace=arrays)
        b.device.build(directory=folder, compile=True, run=True, with_output=False)
        monitors = [one for one in objects if isinstance(one, b.SpikeMonitor)]
        counts: dict[str, list[np.ndarray]] = {}
        for group, monitor in zip(lowered.groups, monitors, strict=True):
            which = np.minimum(np.asarray(monitor.t / b.ms) // DURATION, stimuli - 1).astype(int)
            table = np.zeros((stimuli, group.size))
            np.add.at(table, (which, np.asarray(monitor.i)), 1)
            counts.setdefault(group.name.split(".")[0], []).append(table)
        running = float(b.device._last_run_time)
    together = {region: np.concatenate(tables, axis=1) for region, tables in counts.items()}
    return together, time.perf_counter() - start - running, running


def readouts(subjects: dict[str, np.ndarray], labels: np.ndarray, folds: int) -> dict[str, float]:
    """Read the class from every subject by scikit-learn."""
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reader = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-3, 5, 9)))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    return {name: float(cross_val_score(reader, x, labels, cv=splitter).mean()) for name, x in subjects.items()}


def rsa(layers: dict[str, np.ndarray], regions: dict[str, np.ndarray], bootstraps: int) -> float:
    """Bootstrap Spearman RSA of all layers with each region by rsatoolbox; give the seconds of so many bootstraps."""
    import rsatoolbox as rsa

    def rdms(x: np.ndarray) -> Any:
        stimuli = rsa.data.Dataset(np.asarray(x, np.float64), obs_descriptors={"stimulus": np.arange(len(x))})
        return rsa.rdm.calc_rdm(stimuli, method="correlation", descriptor="stimulus")

    models = [rsa.model.ModelFixed(name, rdms(x)) for name, x in layers.items()]
    found = [rdms(x) for x in regions.values()]
    start = time.perf_counter()
    for one in found:
        rsa.inference.eval_bootstrap_pattern(
            models, one, method="spearman", N=bootstraps, pattern_descriptor="stimulus"
        )
    return time.perf_counter() - start


def cka(layers: dict[str, np.ndarray], regions: dict[str, np.ndarray], bootstraps: int) -> float:
    """Bootstrap debiased linear CKA in plain NumPy; give the seconds of so many bootstraps."""

    def hsic(k: np.ndarray, m: np.ndarray) -> float:
        n = len(k)
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        trace, total = np.sum(k * m), k.sum() * m.sum() / ((n - 1) * (n - 2))
        return float((trace + total - 2 * k.sum(axis=0) @ m.sum(axis=0) / (n - 2)) / (n * (n - 3)))

    kernels = [[x @ x.T for x in side.values()] for side in (layers, regions)]
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    for _ in range(bootstraps):
        drawn = np.unique(rng.integers(0, len(kernels[0][0]), len(kernels[0][0])))  # once each: no pair with itself
        pick = np.ix_(drawn, drawn)
        own = [[hsic(k[pick], k[pick]) for k in side] for side in kernels]
        for i, k in enumerate(kernels[0]):
            for j, m in enumerate(kernels[1]):
                hsic(k[pick], m[pick]) / np.sqrt(own[0][i] * own[1][j])
    return time.perf_counter() - start


def figures(layers: dict[str, np.ndarray], regions: dict[str, np.ndarray], folder: str) -> None:
    """Draw a matrix and the RDMs, in the three formats that the report has."""
    import matplotlib.pyplot as plt
    from scipy.spatial.distance import pdist, squareform

    together = {**layers, **regions}
    figure, axes = plt.subplots(3, 6, figsize=(7.2, 4))
    for ax, (name, x) in zip(axes.ravel(), together.items(), strict=False):
        ax.imshow(squareform(pdist(x, "correlation")))
        ax.set_title(name, fontsize=6)
    for kind in ("svg", "png", "pdf"):
        figure.savefig(f"{folder}/rdms.{kind}")
    plt.close(figure)


class _Told(dict[str, float]):
    """Seconds by part, told as soon as they are known: the whole takes minutes."""

    def __setitem__(self, name: str, value: float) -> None:
        print(f"{name}: {value:.1f} s", file=sys.stderr, flush=True)
        super().__setitem__(name, value)


def main() -> None:
    """Print the seconds of every part as JSON, and what each was scaled from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stimuli", type=int, default=40, help="how many of the trials are simulated")
    parser.add_argument("--bootstraps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    seconds = _Told()
    clock = time.perf_counter

    start = clock()
    settings, images = data()
    seconds["images"] = clock() - start
    start = clock()
    layers, untrained, accuracy = network(settings, images, options.threads)
    seconds["network, PyTorch"] = clock() - start
    trials = len(images.stimuli) * settings.simulation.trials
    for what, shuffled in (("brain, Brian2 standalone", False), ("shuffled brain", True)):
        counts, building, running = brain(settings, images, options.stimuli, shuffled)
        seconds[f"{what}: building"] = building
        seconds[f"{what}: running"] = running * trials / options.stimuli
    # Only some stimuli were simulated: what follows takes as long on any other numbers.
    rng = np.random.default_rng(0)
    regions = {name: rng.poisson(1.0, (len(images.stimuli), x.shape[1])).astype(float) for name, x in counts.items()}
    start = clock()
    readouts({**layers, **regions}, images.labels, settings.comparison.folds)
    seconds["readout, scikit-learn"] = clock() - start
    more = settings.comparison.bootstrap / options.bootstraps
    sides = 2 if settings.comparison.nulls else 1  # the network, and the untrained one
    seconds["RSA, rsatoolbox"] = sides * more * rsa(layers, regions, options.bootstraps)
    seconds["CKA, NumPy"] = sides * more * cka(layers, regions, options.bootstraps)
    start = clock()
    with tempfile.TemporaryDirectory() as folder:
        figures(layers, regions, folder)
    seconds["figures, Matplotlib"] = clock() - start
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "untrained": len(untrained)}))


if __name__ == "__main__":
    main()
