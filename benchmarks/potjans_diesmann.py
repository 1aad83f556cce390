"""The microcircuit of Potjans and Diesmann at a tenth and in full: building, running and memory, NEST beside it.

At a tenth both sides have the same tables, step (0.1 ms), exact integration and Poisson input, and record all spikes;
wiring and noise are each side's own. Each runs in a process of its own on two threads. NEST in full would take more
memory than most machines have (14 GB), so ours runs alone against the targets.
"""

import argparse

from benchmarks.peers.common import available, measure

TARGETS = "target: under 4 s a simulated second, built in under 40 s, under 4 GB"


def show(name: str, found: dict, duration: float) -> float:
    """Print what one side took, and give its seconds for a simulated second."""
    pace = found["running"] / (duration / 1e3)
    print(
        f"  {name:<9} built in {found['building']:6.2f} s   {pace:6.3f} s a simulated second   "
        f"{found['bytes'] / 1e9:5.2f} GB   rates {' '.join(f'{rate:.2f}' for rate in found['rates'].values())} Hz",
        flush=True,
    )
    return pace


def main() -> None:
    """Print both sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=2000.0, help="ms that are timed at a tenth")
    parser.add_argument("--full", type=float, default=1000.0, help="ms that are timed in full; 0 leaves it out")
    options = parser.parse_args()
    common = ("--scale", "0.1", "--skipped", "500", "--duration", str(options.duration))
    print("a tenth, 7,717 neurons, 3.0 million synapses, two threads:", flush=True)
    ours = measure("our_microcircuit", *common)
    pace = show("brainsim", ours, options.duration)
    if available("nest"):
        theirs = measure("nest_microcircuit", *common)
        peer = show("NEST", theirs, options.duration)
        whole = [(one["building"] + one["running"]) for one in (theirs, ours)]
        print(
            f"  {peer / pace:.1f} x as fast running, {whole[0] / whole[1]:.1f} x with building   target 10 x",
            flush=True,
        )
    if options.full:
        print(f"in full, 77,169 neurons, 299 million synapses, two threads   {TARGETS}:", flush=True)
        for threads in ("2", "1"):
            run = ("--scale", "1", "--skipped", "200", "--duration", str(options.full), "--threads", threads)
            show(f"{threads} thread{'s' if threads == '2' else ' '}", measure("our_microcircuit", *run), options.full)


if __name__ == "__main__":
    main()
