"""The whole default study as a user runs it, with empty caches and again with warm ones: time and peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from isocortex.files import read_json

TARGETS = {"cold": 150.0, "warm": 75.0}  # seconds for the whole study; 40 warm is what we want
STAGES = {"simulation": 40.0}  # seconds
EPOCH = 6.0  # seconds for one epoch of the network on 8,000 digits
MEMORY = 2.0  # GB
RUN = "import sys; sys.argv[0] = 'isocortex'; from compare.cli import main; main()"


def run(out: Path, cache: Path) -> tuple[float, float]:
    """Run the default study in a fresh interpreter; give its wall seconds and its peak memory in GB."""
    environment = os.environ | {
        "ISOCORTEX_CACHE": str(cache / "isocortex"),
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "MPLCONFIGDIR": str(cache / "matplotlib"),
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "run", "digits", "--out", str(out)], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the study ended with code {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes, or kilobytes
    return seconds, usage.ru_maxrss * unit / 1e9


def main() -> None:
    """Print every time beside its target, stage by stage."""
    with tempfile.TemporaryDirectory() as folder:
        times: dict[str, dict[str, float]] = {}
        for state, target in TARGETS.items():
            out = Path(folder) / state
            seconds, memory = run(out, Path(folder) / "cache")
            record = read_json(out / "isocortex.json")["stages"]
            times[state] = {name: entry["seconds"] for name, entry in record.items()}
            print(f"{state}: {seconds:6.1f} s   target {target:.0f} s", flush=True)
            print(f"{state}: {memory:6.2f} GB  target {MEMORY:.0f} GB", flush=True)
        results = read_json(Path(folder) / "warm" / "results.json")
        print(f"\n{'stage':<12} {'cold s':>8} {'warm s':>8}")
        for name in times["warm"]:
            target = f"   target {STAGES[name]:.0f} s" if name in STAGES else ""
            print(f"{name:<12} {times['cold'][name]:8.1f} {times['warm'][name]:8.1f}{target}")
        epoch = times["warm"]["network"] / results["network"]["training"]["epochs"]
        print(f"one epoch, validation included: {epoch:.1f} s   target {EPOCH:.0f} s")
        print(f"held-out accuracy of the network: {results['network']['held_out_accuracy']:.4f}   target 0.95")


if __name__ == "__main__":
    main()
