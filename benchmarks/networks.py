"""COBA, CUBA and Brunel's network beside Brian2 (C++ standalone, and its runtime mode) and NEST, in one run.

Every side simulates the same populations, synapses' numbers, parameters, step (0.1 ms) and method in float64, and
records all spikes; brainsim and Brian2 have the very same synapses. Each runs in a process of its own, on one and on
two threads, and its better time counts. Running time leaves out building and compiling; "from nothing" begins with the
start of the interpreter and empty caches and ends with the spikes of one simulated second.
"""

import argparse

from benchmarks.peers.common import available, measure

LENGTHS = {"coba": 10_000.0, "cuba": 10_000.0, "brunel": 1_000.0}  # ms of the run that is timed
TARGETS = {
    ("coba", "Brian2 standalone"): 5, ("cuba", "Brian2 standalone"): 5, ("brunel", "Brian2 standalone"): 4,
    ("coba", "NEST"): 10, ("cuba", "NEST"): 10, ("brunel", "NEST"): 4,
}  # fmt: skip
COLD_TARGET = 5
NOTES = {("coba", "NEST"): "unequal work: NEST integrates this neuron with an adaptive step"}


def running(brain: str, length: float) -> dict[str, float]:
    """Give the running seconds per simulated second of each side, at its better number of threads."""
    sides: dict[str, list[float]] = {}
    for threads in ("1", "2"):
        run = ("--threads", threads, "--duration", str(length))
        ours = measure("ours", brain, *run, "--repeats", "3")
        found = {"brainsim": ours["running"]}
        found["Brian2 standalone"] = measure("brian_project", brain, *run)["running"]
        if available("nest"):
            # NEST's speed does not depend on the length, and 10 s of COBA would take minutes.
            short = min(length, 2_000.0)
            peer = measure("nest_networks", brain, "--threads", threads, "--duration", str(short))
            found["NEST"] = peer["running"] * length / short
        for name, seconds in found.items():
            sides.setdefault(name, []).append(seconds / (length / 1e3))
    for name, times in sides.items():
        print(f"  {name:<20} 1 thread {times[0]:8.3f}   2 threads {times[1]:8.3f}  s per simulated second", flush=True)
    return {name: min(times) for name, times in sides.items()}


def from_nothing(brain: str) -> dict[str, float]:
    """Give the seconds from empty caches to the spikes of one simulated second."""
    found = {
        "brainsim": measure("ours", brain, "--repeats", "1", cold=True)["total"],
        "Brian2 standalone": measure("brian_project", brain, cold=True)["total"],
        "Brian2 runtime": measure("brian_project", brain, "--mode", "runtime", cold=True)["total"],
    }
    for name, seconds in found.items():
        print(f"  {name:<20} {seconds:8.2f} s", flush=True)
    return found


def compare(brain: str, found: dict[str, float], targets: dict[str, float]) -> None:
    """Print how many times as fast brainsim is, beside what it shall be at least."""
    for name, seconds in found.items():
        if name != "brainsim":
            note = NOTES.get((brain, name), "")
            target = f"target {targets[name]:g} x" if name in targets else ""
            print(f"  {seconds / found['brainsim']:7.1f} x as fast as {name:<20} {target}  {note}", flush=True)


def main() -> None:
    """Print times and ratios, network by network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brains", nargs="+", choices=LENGTHS, default=list(LENGTHS))
    parser.add_argument("--length", type=float, help="ms of the run that is timed")
    options = parser.parse_args()
    for brain in options.brains:
        length = options.length or LENGTHS[brain]
        print(f"{brain}, running {length / 1e3:g} s:", flush=True)
        compare(brain, running(brain, length), {peer: x for (name, peer), x in TARGETS.items() if name == brain})
        if brain != "brunel":
            print(f"{brain}, from nothing to the spikes of 1 s:", flush=True)
            compare("", from_nothing(brain), {"Brian2 standalone": COLD_TARGET, "Brian2 runtime": COLD_TARGET})


if __name__ == "__main__":
    main()
