"""A made-up study with the shape and the size of a real one, for the tests of the report.

No number here was measured: similarities follow a bump along the hierarchy, activity is random features of small
digits. What matters is that every key is there and that the values look like those of a study.
"""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from sklearn.datasets import load_digits

from compare.recovery.result import RecoveryResult
from isocortex.files import write_arrays

LAYERS = ["conv2d_1", "max_pooling2d_1", "conv2d_2", "max_pooling2d_2", "flatten", "dense_1", "dense_2"]
ROWS = ["pixels", "retina", *LAYERS]
REGIONS = ["retina", "LGN", "V1", "V2", "V4", "IT"]
DEPTH_OF_ROW = np.array([-0.05, 0.0, 0.3, 0.42, 0.6, 0.75, 0.75, 0.9, 1.0])
DEPTH_OF_REGION = np.array([0.0, 0.06, 0.32, 0.55, 0.74, 0.93])


def layer_map(measure: str, seed: int = 0) -> dict[str, Any]:
    """Give one comparison as ``LayerMap.to_dict()`` would."""
    rng = np.random.default_rng(seed)
    apart = DEPTH_OF_ROW[:, None] - DEPTH_OF_REGION
    similarity = (0.78 if measure == "rsa" else 0.7) * np.exp(-(apart**2) / 0.11) - 0.1 * DEPTH_OF_REGION
    similarity += rng.normal(0, 0.012, similarity.shape)
    similarity[6] = similarity[5]  # flatten changes nothing
    half = rng.uniform(0.03, 0.055, similarity.shape)
    draws = similarity[2:] + rng.normal(0, 0.025, (1000, len(LAYERS), len(REGIONS)))
    draws[:, 4] = -1
    shares = (draws == draws.max(axis=1, keepdims=True)).mean(axis=0)
    shares[4] = shares[3]  # layers of one geometry share their wins
    wins = [[None] * len(REGIONS)] * 2 + shares.tolist()  # pixels and retina do not compete
    partial = similarity * np.linspace(0.08, 0.75, len(REGIONS)) - 0.02
    return {
        "measure": measure,
        "label": {"rsa": "RSA (correlation distance, Spearman)", "cka": "debiased linear CKA"}[measure],
        "layers": ROWS,
        "regions": REGIONS,
        "similarity": similarity.tolist(),
        "low": (similarity - half).tolist(),
        "high": (similarity + half).tolist(),
        "p_value": np.where(similarity > 0.06, 0.001, 0.21).tolist(),
        "wins": wins,
        "ceiling": {name: [0.86 - 0.07 * i, 0.92 - 0.055 * i] for i, name in enumerate(REGIONS)},
        "partial": {
            "given": ["pixels", "position"],
            "similarity": partial.tolist(),
            "low": (partial - half).tolist(),
            "high": (partial + half).tolist(),
        },
        "nulls": {
            "untrained network": _null(similarity, half, np.array([-0.01, 0.0, 0.02, 0.08, 0.14, 0.19])),
            "shuffled brain": _null(similarity, half, np.array([0.0, 0.0, 0.01, 0.1, 0.16, 0.2])),
        },
        "assignment": {
            "best": {
                "retina": None,
                "LGN": None,
                "V1": "conv2d_1",
                "V2": None,
                "V4": "max_pooling2d_2",
                "IT": "dense_1",
            },
            "one-to-one": {
                "retina": None,
                "LGN": "conv2d_1",
                "V1": "max_pooling2d_1",
                "V2": "conv2d_2",
                "V4": "max_pooling2d_2",
                "IT": "dense_1",
            },
            "ordered": {
                "retina": None,
                "LGN": None,
                "V1": "conv2d_1",
                "V2": "conv2d_2",
                "V4": "max_pooling2d_2",
                "IT": "dense_1",
            },
        },
        "best_minus_runner_up": {
            "retina": _lead("conv2d_1", "max_pooling2d_1", 0.02, -0.03, 0.08),
            "LGN": _lead("conv2d_1", "max_pooling2d_1", 0.03, -0.01, 0.07),
            "V1": _lead("conv2d_1", "max_pooling2d_1", 0.061, 0.021, 0.103),
            "V2": _lead("conv2d_2", "max_pooling2d_1", 0.012, -0.035, 0.059),
            "V4": _lead("max_pooling2d_2", "dense_1", 0.083, 0.031, 0.131),
            "IT": _lead("dense_1", "dense_2", 0.045, 0.004, 0.09),
        },
        "same_activity": [["max_pooling2d_2", "flatten"]],
        "held_out_half": {
            name: {"layer": layer, "similarity": 0.7 - 0.05 * i}
            for i, (name, layer) in enumerate(
                zip(
                    REGIONS, ["conv2d_1", "conv2d_1", "conv2d_1", "conv2d_2", "max_pooling2d_2", "dense_1"], strict=True
                )
            )
        },
        "hierarchy": {
            "kendall": {"value": 0.72, "low": 0.41, "high": 0.91, "p_value": 0.004},
            "spearman": {"value": 0.83, "low": 0.52, "high": 0.97, "p_value": 0.003},
        },
        "bootstrap": 1000,
        "stimuli": 60,
        "confidence": 0.95,
        "generalises_to": "stimuli",
        "notes": ["flatten has the activity of max_pooling2d_2 and counts as one layer with it."],
    }


def recovery() -> dict[str, Any]:
    """Give what a study keeps of planted layers: all are named with 60 stimuli, but for one; few with 30."""
    layers, repetitions = LAYERS[:3], 4
    named = np.array(
        [[[[0, -1, -1], [0, -1, 2], [-1, 1, 2], [0, -1, -1]]], [[[0, 1, 2], [0, 1, 2], [0, -1, 2], [0, 0, 2]]]]
    )
    xr_named = xr.DataArray(
        named,
        dims=("stimuli", "trials", "repetition", "planted"),
        coords={"stimuli": [30, 60], "trials": [4], "planted": layers},
    )
    assert named.shape[2] == repetitions
    found = RecoveryResult(xr_named, "RSA (correlation distance, Spearman)", 80, 0.4, "units", 0.95, ("a note",))
    return {"region": "V4", "measure": "rsa", "named": named.tolist(), **found.to_dict()}


def shares() -> dict[str, Any]:
    """Give what a study keeps of the bootstraps' assignments: two regions are sure of a layer, one of none."""
    layers, regions = LAYERS[:3], REGIONS[2:5]
    share = np.array([[0.99, 0.4, 0.0], [0.01, 0.3, 0.0], [0.0, 0.3, 1.0]])
    named = {"V1": layers[0], "V2": None, "V4": layers[2]}
    among = {"V1": layers[:1], "V2": layers, "V4": layers[2:]}
    kinds = ["best", "one-to-one", "ordered"]
    return {
        "measure": "rsa",
        "bootstrap": 1000,
        "kinds": kinds,
        "layers": layers,
        "regions": regions,
        "share": [share.tolist()] * 3,
        "entropy": [[0.08, 1.57, 0.0]] * 3,
        "chance": [[[1 / 3] * 3] * 3] * 3,
        "among": dict.fromkeys(kinds, among),
        "named": dict.fromkeys(kinds, named),
        "p_value": [[0.005] * 3] * 3,
        "order_cost": 0.012,
        "order_p": 0.17,
        "confidence": 0.95,
        "label": "RSA (correlation distance, Spearman)",
        "notes": [],
    }


def units() -> dict[str, Any]:
    """Give what a study keeps of single units: those of later regions go with later layers."""
    layers, regions = LAYERS[:3], REGIONS[2:5]
    score = {"value": 0.55, "low": 0.47, "high": 0.63, "p_value": 0.02}
    names = ("assigned layer slope", "encoding", "decoding", "brain hierarchy")
    return {
        "of_each": 100,
        "folds": 5,
        "layers": layers,
        "regions": regions,
        "scores": {name: dict(score) for name in names},
        "mean_layer": {
            "value": [1.2, 1.9, 2.7], "low": [1.1, 1.7, 2.6], "high": [1.3, 2.1, 2.8], "units": [90, 80, 95],
        },
        "encoding": [[75, 20, 5], [12, 48, 20], [3, 12, 70]],
        "decoding": [[60, 20, 5], [20, 40, 30], [10, 20, 60]],
        "stimuli": 56,
        "confidence": 0.95,
    }  # fmt: skip


def moments() -> dict[str, Any]:
    """Give what a study keeps of moments: of V1 the layers' curves peak one after the other, of V4 one is unknown."""
    layers, times = LAYERS[:3], np.arange(15) * 10.0 + 5
    regions = {}
    for name, start in (("V1", 30.0), ("V4", 60.0)):
        peaks = start + 20 * np.arange(3)
        curve = 0.5 * np.exp(-(((times - peaks[:, None]) / 25) ** 2))
        regions[name] = {
            "similarity": curve.tolist(),
            "low": (curve - 0.1).tolist(),
            "high": (curve + 0.1).tolist(),
            "p_value": np.where(curve > 0.2, 0.005, 0.6).tolist(),
            "peak_latency": (peaks + 5).tolist(),
            "peak_low": (peaks - 5).tolist(),
            "peak_high": (peaks + 15).tolist(),
            "hierarchy": {"value": 1.0, "low": 0.5, "high": 1.0, "p_value": 0.04},
        }
    regions["V4"]["hierarchy"] = dict.fromkeys(("value", "low", "high", "p_value"))
    for part in ("peak_latency", "peak_low", "peak_high"):
        regions["V4"][part][0] = None
    return {
        "measure": "cka",
        "label": "debiased linear CKA",
        "stimuli": 40,
        "trials": 1,
        "bin_ms": 10.0,
        "times_ms": times.tolist(),
        "layers": layers,
        "bootstrap": 200,
        "permutations": 200,
        "regions": regions,
    }


def _null(similarity: np.ndarray, half: np.ndarray, gain: np.ndarray) -> dict[str, Any]:
    difference = gain * np.linspace(0.2, 1, similarity.shape[0])[:, None]
    return {
        "similarity": (similarity - difference).tolist(),
        "difference": difference.tolist(),
        "low": (difference - 0.8 * half).tolist(),
        "high": (difference + 0.8 * half).tolist(),
    }


def _lead(best: str, runner_up: str, difference: float, low: float, high: float) -> dict[str, Any]:
    return {"best": best, "runner_up": runner_up, "difference": difference, "low": low, "high": high}


def example_results(stimuli: int = 60) -> dict[str, Any]:
    """Give results with every key of the schema."""
    sizes = [3200, 1600, 14400, 9216, 6400, 2560]
    fields = [3.1, 4.2, 9.4, 17.6, 27.9, 36.4]
    rates = [22.4, 17.3, 6.2, 4.4, 5.1, 7.9]
    latencies = [6.1, 14.2, 24.8, 36.1, 48.3, 61.7]
    accuracies = [0.41, 0.43, 0.70, 0.86, 0.84, 0.77]
    shapes = [[40, 40, 8], [20, 20, 8], [20, 20, 16], [10, 10, 16], [1600], [64], [10]]
    kinds = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    rng = np.random.default_rng(1)
    rows = [("pixels", "pixels", 0.36)]
    rows += list(zip(LAYERS, ["layer"] * 7, [0.55, 0.72, 0.86, 0.93, 0.93, 0.95, 0.945], strict=True))
    rows += list(zip(REGIONS, ["region"] * 6, accuracies, strict=True))
    return {
        "isocortex": {
            "version": "0.1.0",
            "python": "3.13.1",
            "packages": {"numpy": "2.3.1", "brian2": "2.10.1", "numba": "0.62.0", "scikit-learn": "1.7.0"},
            "platform": "Linux x86_64",
            "cpu_threads": 2,
            "blas": ["openblas 0.3.30, 2 threads"],
            "created": "2026-11-23T05:00:00+00:00",
        },
        "study": {
            "name": "digits",
            "settings": {"seed": 0, "brain": {"seed": 0, "feedback": True}, "comparison": {"bootstrap": 1000}},
            "settings_hash": "3f9c2a61",
            "seeds": {"data": 2453432753317015950, "network": 5111086876804316252},
            "question": "Which layer of a convolutional network does what which region of a ventral stream does, "
            "when both see the same handwritten digits at random positions?",
        },
        "data": {
            "name": "digits",
            "origin": "MNIST (LeCun, Cortes and Burges)",
            "licence": "CC BY-SA 3.0",
            "train": 8000,
            "held_out": 2000,
            "stimuli": stimuli,
            "classes": [str(digit) for digit in range(10)],
            "canvas": [40, 40],
            "max_shift": 6,
        },
        "network": {
            "layers": [
                {"name": name, "kind": kind, "shape": shape, "parameters": parameters}
                for name, kind, shape, parameters in zip(
                    LAYERS, kinds, shapes, [208, 0, 3216, 0, 0, 102464, 650], strict=True
                )
            ],
            "edges": [list(pair) for pair in zip(["input", *LAYERS[:-1]], LAYERS, strict=True)],
            "training": {
                "epochs": 8,
                "loss": [1.21, 0.48, 0.31, 0.24, 0.2, 0.17, 0.15, 0.13],
                "accuracy": [0.61, 0.85, 0.904, 0.925, 0.938, 0.946, 0.953, 0.958],
                "val_loss": [0.6, 0.39, 0.28, 0.24, 0.21, 0.19, 0.18, 0.17],
                "val_accuracy": [0.81, 0.88, 0.912, 0.927, 0.934, 0.942, 0.946, 0.951],
            },
            "held_out_accuracy": 0.953,
            "untrained_accuracy": 0.098,
        },
        "brain": {
            "name": "ventral stream",
            "neurons": sum(sizes),
            "synapses": 9_412_800,
            "order": {
                "levels": dict(zip(REGIONS, [0, 1, 2, 3, 3, 4.25], strict=True)),
                "incoherence": 0.125,
                "ties": [["V2", "V4"]],
                "excluded": [["V2", "V1"]],
            },
            "regions": [
                {
                    "name": name,
                    "function": function,
                    "neurons": size,
                    "excitatory": size if name == "retina" else int(size * 0.8),
                    "inhibitory": 0 if name == "retina" else size - int(size * 0.8),
                    "receptive_field_px": field,
                    "receptive_field_method": "side of the square of pixels that reaches a unit",
                    "mean_rate_hz": rate,
                    "min_rate_hz_population": rate * 0.7,
                    "silent_share": 0.02 * i,
                }
                for i, (name, function, size, field, rate) in enumerate(
                    zip(
                        REGIONS,
                        ["light", "relay", "edges", "contours", "shape parts", "objects"],
                        sizes,
                        fields,
                        rates,
                        strict=True,
                    )
                )
            ],
            "projections": [
                {
                    "source": f"{a}.E",
                    "target": f"{b}.E",
                    "receptor": "AMPA",
                    "synapses": 120000,
                    "delay_ms": 2.5,
                    "kind": kind,
                }
                for a, b, kind in [
                    *((a, b, "feedforward") for a, b in itertools.pairwise(REGIONS)),
                    *((b, a, "feedback") for a, b in itertools.pairwise(REGIONS[2:])),
                    *((a, a, "lateral") for a in REGIONS[1:]),
                ]
            ],
        },
        "simulation": {
            "stimuli": stimuli,
            "trials": 4,
            "duration_ms": 150,
            "dt_ms": 0.5,
            "engine": "compiled",
            "threads": 2,
            "trials_simulated": stimuli * 4,
        },
        "latency": {
            name: {"median_ms": t, "low_ms": t - 2.2, "high_ms": t + 3.4, "responding_share": 0.99 - 0.02 * i}
            for i, (name, t) in enumerate(zip(REGIONS, latencies, strict=True))
        },
        "readout": {
            "chance": 0.1,
            "folds": 5,
            "rows": [
                {"name": name, "side": side, "accuracy": a, "low": a - 0.05, "high": min(a + 0.04, 1)}
                for name, side, a in rows
            ],
        },
        "comparison": {"rsa": layer_map("rsa"), "cka": layer_map("cka", 3)},
        "nulls": {
            "untrained network": {"side": "layers", "keeps": "architecture", "destroys": "what was learned"},
            "shuffled brain": {
                "side": "regions",
                "keeps": "neurons, who meets whom",
                "destroys": "tuning",
                "notes": ["some stays as it is"],
                "rates_hz": dict(zip(REGIONS, [rate / 2 for rate in rates], strict=True)),
            },
        },
        "rates_hz": dict(zip(REGIONS, rates, strict=True)),
        "shares": shares(),
        "units": units(),
        "moments": moments(),
        "recovery": recovery(),
        "times": {
            stage: float(rng.uniform(1, 15)) for stage in ["data", "network", "brain", "simulation", "comparison"]
        },
        "total_s": 41.3,
        "notes": ["Network and brain saw the same training images: part of what they share is shared by construction."],
    }


def write_example_arrays(folder: Path, stimuli: int = 60, seed: int = 0) -> None:
    """Write the arrays that figures are drawn from under ``folder/activity``."""
    rng = np.random.default_rng(seed)
    digits = load_digits()
    order = rng.permutation(len(digits.target))[:stimuli]
    positions = rng.integers(-6, 7, (stimuli, 2))
    images = np.zeros((stimuli, 40, 40, 1), np.float32)
    for image, digit, (dy, dx) in zip(images, digits.images[order] / 16, positions, strict=True):
        image[8 + dy : 32 + dy, 8 + dx : 32 + dx, 0] = np.kron(digit, np.ones((3, 3)))
    labels = digits.target[order]
    flat, one_hot = images.reshape(stimuli, -1), np.eye(10)[labels]

    def features(depth: float, units: int) -> np.ndarray:
        low = flat @ rng.normal(0, 1, (flat.shape[1], units)) / 12
        high = one_hot @ rng.normal(0, 1.6, (10, units))
        return np.maximum((1 - depth) * low + depth * high, 0).astype(np.float32)

    activity = folder / "activity"
    write_arrays(activity / "stimuli.npz", {"images": images, "labels": labels, "positions": positions})
    write_arrays(
        activity / "network.npz",
        {name: features(depth, 96) for name, depth in zip(LAYERS, DEPTH_OF_ROW[2:], strict=True)},
    )
    write_arrays(
        activity / "regions.npz",
        {
            name: rng.poisson(2 * features(depth, 80)[:, None].repeat(4, axis=1)).astype(np.int32)
            for name, depth in zip(REGIONS, DEPTH_OF_REGION, strict=True)
        },
    )
    write_arrays(activity / "example.npz", _example_trial(rng, images[3]))
    write_arrays(activity / "filters.npz", {"V1": _gabors(), "V2": rng.normal(0, 1, (24, 6, 6))})


def _example_trial(rng: np.random.Generator, image: np.ndarray) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {"stimulus": np.array(3), "image": image}
    populations = {"retina.ON": (1600, 6), "retina.OFF": (1600, 6), "LGN.E": (1280, 14), "LGN.I": (320, 16)}
    for name, size, onset in [("V1", 14400, 25), ("V2", 9216, 36), ("V4", 6400, 48), ("IT", 2560, 62)]:
        populations |= {f"{name}.E": (size * 4 // 5, onset), f"{name}.I": (size // 5, onset + 2)}
    for name, (size, onset) in populations.items():
        spikes = rng.poisson(1.2 * size)
        times = np.sort(onset + rng.exponential(40, spikes))
        times = times[times < 150]
        arrays |= {
            f"{name}/times": times,
            f"{name}/units": rng.integers(0, size, times.size),
            f"{name}/size": np.array(size),
            f"{name}/excitatory": np.array(not name.endswith(".I")),
        }
    return arrays


def _gabors(size: int = 11) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    kernels = []
    for phase in (0.0, np.pi / 2):
        for angle in np.arange(8) * np.pi / 8:
            along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
            kernels.append(np.exp(-(along**2 + 0.5 * across**2) / 0.25) * np.cos(2 * np.pi * along / 0.9 + phase))
    return np.array(kernels, np.float32)
