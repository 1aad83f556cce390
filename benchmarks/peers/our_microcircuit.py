"""brainsim on the microcircuit of Potjans and Diesmann: building apart from running, and memory."""

import argparse
import json
import resource
import time

import brainsim


def main() -> None:
    """Print seconds of building and of the run alone, memory, and rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--skipped", type=float, default=500.0, help="ms")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    brainsim.simulate(brainsim.atlas.potjans_diesmann(0.02), duration=1, threads=options.threads)  # compiles, or loads
    began = time.perf_counter()
    brain = brainsim.atlas.potjans_diesmann(options.scale)
    simulation = brainsim.Simulation(brain, threads=options.threads)
    start = time.perf_counter()
    simulation.run(options.skipped)
    middle = time.perf_counter()
    recording = simulation.run(options.duration)
    end = time.perf_counter()
    result = {
        "building": start - began,
        "settling": middle - start,
        "running": end - middle,
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rates": {name: float(rate) for name, rate in brainsim.analysis.mean_rates(recording).items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
