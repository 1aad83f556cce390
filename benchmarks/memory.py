"""Peak memory of every distance and measure, each in a process of its own, beside the activity and the estimate.

``arrays`` is what NumPy holds at most, the activity among it (counted by tracemalloc); ``process`` is how far the
process grows, with BLAS's buffers and the heap; ``estimate`` is what is asked for beforehand. All are multiples of the
activity; the target is 3.
Activity on disk is a memory map, of which nothing counts but what is held beside it.
"""

import resource
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

import compare
from compare.mapping.room import bytes_for_map
from compare.measures import Measure, measure_named
from compare.measures.distances import DISTANCES, Distance

WIDE, NARROW = (800, 4, 1500), (1000, 1, 6000)  # stimuli, trials, units: of what needs trials, and of what does not
KINDS = ("float64", "float32", "float32 by columns", "float32 on disk")
PAIRS = ("cka", "rbf cka", "rsa", "procrustes", "bures", "svcca", "ridge", "pls", "map rsa", "map cka")


def call_of(name: str) -> tuple[Callable[..., object], Distance | Measure, tuple[int, int, int], int]:
    """Give what is measured, its object, the shape of a subject, and how many subjects it takes."""
    if name in DISTANCES:
        distance = DISTANCES[name]
        return (lambda x: compare.rdm(x, name)), distance, WIDE if distance.least_trials > 1 else NARROW, 1
    known = {"rbf cka": compare.measures.CKA("rbf")}
    if name.startswith("map"):
        few = {"bootstrap": 100, "permutations": 100, "threads": 1}
        measure = measure_named(name.removeprefix("map "))
        return (lambda x, y: compare.map_layers({"a": x}, {"b": y}, measure, **few)), measure, NARROW, 2
    measure = known.get(name) or measure_named(name)
    stimuli, trials, units = NARROW
    return measure, measure, (stimuli, trials, units // 2 if name == "pls" else units), 2


def activity(shape: tuple[int, int, int], kind: str, folder: Path) -> np.ndarray:
    """Give counts of one subject, laid out as `kind` says."""
    rng = np.random.default_rng(0)
    dtype = np.dtype(kind.split()[0])
    x = np.empty(shape, dtype, order="F" if "columns" in kind else "C")
    for row in x:
        row[:] = rng.poisson(3.0, size=shape[1:])
    x = x if shape[1] > 1 else x[:, 0]
    if "disk" not in kind:
        return x
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


def one(name: str, kind: str) -> None:
    """Measure one and print its row."""
    warnings.simplefilter("ignore")
    call, measured, shape, count = call_of(name)
    with tempfile.TemporaryDirectory() as folder:
        small = activity((30, *shape[1:2], 40), kind, Path(folder))
        call(*[small] * count)  # loads what is loaded once
        subjects = [activity(shape, kind, Path(folder)) for _ in range(count)]
        size = sum(x.nbytes for x in subjects)
        held = 0 if "disk" in kind else size
        before = int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) * 1024
        mapped = _resident() - before
        call(*subjects)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before - mapped
        tracemalloc.start()
        call(*subjects)
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    process = f"{(held + grown) / size:8.2f}" if held else "        "  # of a map the file's own pages would count
    estimate = (held + room_of(name, measured, subjects)) / size
    print(
        f"{name:12} {kind:20} {size / 2**20:6.0f} MiB {(held + traced) / size:8.2f} {process} {estimate:9.2f}",
        flush=True,
    )


def room_of(name: str, measured: Distance | Measure, subjects: list[np.ndarray]) -> int:
    """Give the estimate."""
    if name.startswith("map"):
        return bytes_for_map([x.reshape(len(x), -1, x.shape[-1]) for x in subjects], measured, 1)
    return measured.room(*subjects)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Print all."""
    if len(sys.argv) == 3:
        return one(*sys.argv[1:])
    print(f"{'':12} {'':20} {'activity':>10} {'arrays':>8} {'process':>8} {'estimate':>9}")
    for name in (*DISTANCES, *PAIRS):
        for kind in KINDS:
            subprocess.run([sys.executable, "-m", "benchmarks.memory", name, kind], check=True)


if __name__ == "__main__":
    main()
