"""brainsim's compiled engine: wiring and compiling apart from running."""

import argparse
import json
import time

START = time.perf_counter()

import brainsim  # noqa: E402  (its import is part of what is measured)
from benchmarks.peers.common import BRAINS  # noqa: E402


def main() -> None:
    """Print the seconds from the interpreter's start to the first result, and of a run when all is built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brain", choices=BRAINS)
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    brain = BRAINS[options.brain]()
    began = time.perf_counter()
    recording = brainsim.simulate(brain, duration=options.duration, threads=options.threads)
    first = time.perf_counter()
    times = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        brainsim.simulate(brain, duration=options.duration, threads=options.threads)
        times.append(time.perf_counter() - start)
    spikes = sum(len(recording.spikes(name)[0]) for name in recording.populations)
    print(json.dumps({"total": first - START, "first": first - began, "running": min(times), "spikes": spikes}))


if __name__ == "__main__":
    main()
