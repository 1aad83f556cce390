"""How long a simulated second of COBA (4000 neurons, dt 0.1 ms) takes: the compiled engine beside Brian2's NumPy code.

Both run the same brain and give the same spikes. On two threads two trials run side by side, and the time is that of
one of them: a trial's share of the machine.
"""

import argparse
import time

import numpy as np

import brainsim


def seconds(brain: brainsim.Brain, engine: str, duration: float, trials: int, threads: int, repeats: int) -> float:
    """Give the least wall time for a simulated second of a trial, in `repeats` runs of `duration` ms."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        brainsim.simulate(brain, duration=duration, dt=0.1, trials=trials, engine=engine, threads=threads)  # type: ignore[arg-type]
        times.append((time.perf_counter() - start) / trials / (duration / 1000))
    return min(times)


def main() -> None:
    """Print the times, their ratios, and whether the engines agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=2000.0, help="simulated ms of a compiled run")
    parser.add_argument("--brian-duration", type=float, default=200.0, help="simulated ms of the Brian2 run")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    brain = brainsim.atlas.coba()
    start = time.perf_counter()
    brainsim.simulate(brain, duration=1, dt=0.1)
    print(f"wiring and compiling (or loading)  {time.perf_counter() - start:7.2f} s")

    one = seconds(brain, "compiled", options.duration, 1, 1, options.repeats)
    two = seconds(brain, "compiled", options.duration, 2, 2, options.repeats)
    long, short = (
        seconds(brain, "brian2", duration, 1, 1, 1) * duration
        for duration in (options.brian_duration, options.brian_duration / 2)
    )
    reference = (long - short) / (options.brian_duration / 2)  # without building the network
    print(f"compiled, one thread               {one:7.3f} s a simulated second")
    print(f"compiled, two threads, two trials  {two:7.3f} s a simulated second and trial   {one / two:5.2f} x")
    print(f"Brian2, NumPy code                 {reference:7.3f} s a simulated second")
    print(f"the compiled engine is {reference / one:.0f} times as fast as Brian2's NumPy code")

    ours, theirs = (
        brainsim.simulate(brain, duration=options.brian_duration, dt=0.1, engine=engine)  # type: ignore[arg-type]
        for engine in ("compiled", "brian2")
    )
    same = all(
        np.array_equal(mine, yours)
        for population in ours.populations
        for mine, yours in zip(ours.spikes(population), theirs.spikes(population), strict=True)
    )
    spikes = sum(len(ours.spikes(population)[0]) for population in ours.populations)
    print(f"{spikes} spikes in {options.brian_duration:g} ms, {'identical' if same else 'NOT identical'} on both")


if __name__ == "__main__":
    main()
