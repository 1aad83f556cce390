"""MNIST's digits: 8,000 to learn from, 2,000 that no choice has seen, beside PyTorch's same networks.

Epochs, learning rate, whether it falls to zero along a cosine, and dropout are chosen by five-fold cross-validation on
the training digits alone. The best of each kind then trains on all 8,000 from several seeds and is measured on the
other 2,000. The same network in PyTorch (the same layers, initial distributions, optimiser, batches, epochs and
precision; other random numbers) is trained as often, where PyTorch is installed: ``python -m evidence.digits``.
"""

import importlib.util
import math
from functools import partial

import numpy as np

import ann
from compare.datasets import digits

SEEDS = 5
TARGETS = {"MLP": 0.95, "CNN": 0.975}
SPACE = {"rate": [0.001, 0.002], "falls": [False, True], "dropout": [0.0, 0.4]}
FOLDS = 5
EPOCHS = {"MLP": [10], "CNN": [6, 12]}
BATCH = 64
CHOSEN = {
    "MLP": {"epochs": 10, "rate": 0.002, "falls": True, "dropout": 0.4},
    "CNN": {"epochs": 12, "rate": 0.002, "falls": False, "dropout": 0.4},
}
"""What the search chose, for the test that repeats the measurement."""


def mlp(epochs: int, rate: float, falls: bool, dropout: float, seed: int = 0, stimuli: int = 8000) -> ann.Sequential:
    """Give a compiled network of two hidden layers for images (28, 28, 1)."""
    dense = [ann.layers.Dense(units, activation="relu") for units in (256, 128)]
    return _compiled([ann.layers.Flatten(), *dense], dropout, seed, _rate(rate, falls, epochs, stimuli))


def cnn(epochs: int, rate: float, falls: bool, dropout: float, seed: int = 0, stimuli: int = 8000) -> ann.Sequential:
    """Give a compiled network of two convolutions and a hidden layer for images (28, 28, 1)."""
    layers = ann.layers
    parts = [
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
    ]
    return _compiled(parts, dropout, seed, _rate(rate, falls, epochs, stimuli))


def steps_of(epochs: int, stimuli: int) -> int:
    """Give how many steps so many epochs take."""
    return epochs * math.ceil(stimuli / BATCH)


def _rate(rate: float, falls: bool, epochs: int, stimuli: int) -> float | ann.schedules.Schedule:
    return ann.schedules.CosineDecay(rate, steps_of(epochs, stimuli)) if falls else rate


def _compiled(parts: list, dropout: float, seed: int, rate: float | ann.schedules.Schedule) -> ann.Sequential:
    last = [ann.layers.Dropout(dropout), ann.layers.Dense(10, activation="softmax")]
    model = ann.Sequential([*parts, *last], seed=seed)
    model.compile(ann.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


BUILD = {"MLP": mlp, "CNN": cnn}


def halves() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Give images (28, 28, 1) and labels, to learn from and held out."""
    found = digits()
    x, y = found.images[..., None], found.labels
    return (x[:8000], y[:8000]), (x[8000:], y[8000:])


def torch_accuracy(kind: str, chosen: dict, data: tuple, seed: int) -> float:
    """Train PyTorch's same network and give its accuracy on the held-out digits."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    x, y, x_test, y_test = (torch.from_numpy(np.ascontiguousarray(array)) for array in data)
    drop = nn.Dropout(chosen["dropout"])
    if kind == "MLP":
        hidden = [nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU()]
    else:
        first = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        second = [nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        hidden = [*first, *second, nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU()]
        x, x_test = x.permute(0, 3, 1, 2).contiguous(), x_test.permute(0, 3, 1, 2).contiguous()
    model = nn.Sequential(*hidden, drop, nn.Linear(128, 10))
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters(), chosen["rate"])
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps_of(chosen["epochs"], len(x)))
    for _ in range(chosen["epochs"]):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            if chosen["falls"]:
                falling.step()
    model.eval()
    with torch.no_grad():
        return float((model(x_test).argmax(1) == y_test).float().mean())


def told(values: list[float]) -> str:
    """Give mean and standard error over seeds, and every value."""
    error = np.std(values, ddof=1) / len(values) ** 0.5
    return f"{np.mean(values):.4f} ± {error:.4f} ({', '.join(f'{value:.4f}' for value in values)})"


def choose(kind: str, train: tuple[np.ndarray, np.ndarray]) -> dict:
    """Give the best setting by cross-validation on the training digits, and print all."""
    print(f"{kind}, batches of {BATCH}: chosen by {FOLDS} folds of the training digits", flush=True)
    stimuli, found = len(train[0]) // FOLDS * (FOLDS - 1), []
    for epochs in EPOCHS[kind]:
        build, fit = partial(BUILD[kind], epochs, stimuli=stimuli), {"batch_size": BATCH, "epochs": epochs}
        search = ann.search.Search(build, SPACE, score="accuracy", splits=FOLDS, fit=fit, seed=0, refit=False)
        found += [{"epochs": epochs, **record} for record in search.grid(*train).to_records()]
    found.sort(key=lambda record: -record["accuracy"])
    for record in found:
        print("   " + ", ".join(f"{name} {record[name]:g}" for name in ("epochs", *SPACE, "accuracy")))
    return {name: found[0][name] for name in ("epochs", *SPACE)}


def main() -> None:
    """Print the choice, the accuracies on held-out digits and their difference from PyTorch's."""
    train, test = halves()
    for kind, target in TARGETS.items():
        chosen = choose(kind, train)
        if chosen != CHOSEN[kind]:
            print(f"   (another choice than {CHOSEN[kind]}, which the test uses)")
        print(f"   on the 2,000 held-out digits, {SEEDS} seeds, wanted at least {target}", flush=True)
        ours = []
        for seed in range(SEEDS):
            model = BUILD[kind](**chosen, seed=seed)
            model.fit(*train, batch_size=BATCH, epochs=chosen["epochs"])
            ours.append(model.evaluate(*test).accuracy)
        print(f"   ann      {told(ours)}: {'met' if np.mean(ours) >= target else 'MISSED'}", flush=True)
        if importlib.util.find_spec("torch") is None:
            print("   PyTorch is not installed here")
            continue
        theirs = [torch_accuracy(kind, chosen, (*train, *test), seed) for seed in range(SEEDS)]
        print(f"   PyTorch  {told(theirs)}")
        error = ((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / SEEDS) ** 0.5
        errors = abs(np.mean(ours) - np.mean(theirs)) / error
        verdict = "met" if errors <= 2 else "MISSED"
        print(
            f"   difference {np.mean(ours) - np.mean(theirs):+.4f} ± {error:.4f}, wanted within two errors: {verdict}"
        )


if __name__ == "__main__":
    main()
