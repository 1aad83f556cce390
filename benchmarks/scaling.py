"""How cost grows with neurons, synaptic events, stimuli and threads, and how far it is from the machine's limits.

A neuron's update, a Poisson count and a synaptic event are timed inside a running network, operation by operation, on
one thread; beside them stands what the machine's memory and arithmetic would allow, measured in the same run: a copy of
a large array for the bandwidth, multiplications and additions in registers and the nearest cache for arithmetic.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from numba import njit

import brainsim
from brainsim import LIF, Brain, Delta, PoissonDrive, Population, Projection, Region, wiring
from brainsim.engine.engine import Trial
from brainsim.engine.operation import Operation, address_of
from brainsim.engine.program import Program
from brainsim.engine.scratch import Scratch
from brainsim.engine.trial import run_steps
from brainsim.lower import lower

DT = 0.1  # ms
UPDATE_BYTES = {"coba": 3 * 2 * 8 + 1, "brunel": 2 * 8 + 1}  # state read and written, and the refractory mark
EVENT_BYTES = {"listed": 4 + 2 * 8, "drawn": 4 + 4 + 2 * 8}  # target, weight, variable read and written


def best(function: Callable[[], None], repeats: int = 5) -> float:
    """Give the least seconds of some calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


@njit(fastmath=True)
def multiply_and_add(values: np.ndarray, rounds: int) -> None:
    """Two floating-point operations an entry and round, in the nearest cache."""
    for _ in range(rounds):
        for k in range(values.size):
            values[k] = values[k] * 0.999 + 0.001


def machine() -> tuple[float, float]:
    """Give bandwidth in bytes a nanosecond and arithmetic in operations a nanosecond, of one thread."""
    big, other = np.ones(2**24), np.empty(2**24)
    seconds = best(lambda: np.copyto(other, big))
    small = np.ones(1024)
    multiply_and_add(small, 1)
    arithmetic = best(lambda: multiply_and_add(small, 20_000))
    return 2 * big.nbytes / seconds / 1e9, 2 * small.size * 20_000 / arithmetic / 1e9


def costs(brain: Brain, warm: int = 1000, steps: int = 1000) -> dict[str, float]:
    """Give nanoseconds a neuron update, a Poisson count and a synaptic event, and events a step."""
    network = lower(brain, DT)
    scratch = Scratch(Program(network, seed=0, steps=warm + steps))
    scratch.begin()
    scratch.present({}, 1, Trial(0, 0, 0))
    kinds: dict[str, list[Operation]] = {}
    operations = [*scratch.spiking[0], *scratch.delivering[0]]
    history = scratch.program.history
    _call(operations, 0, warm, history)
    for one in operations:
        kinds.setdefault(_name(one), []).append(one)
    spent = dict.fromkeys(kinds, 0.0)
    for step in range(warm, warm + steps):
        for name, some in kinds.items():
            start = time.thread_time()  # of the processor: what others take does not count
            _call(some, step, step + 1, history + step)
            spent[name] += time.thread_time() - start
    start = time.thread_time()
    for step in range(steps):
        _call([], step, step + 1, 0)
    overhead = time.thread_time() - start
    events = 0
    for projection in network.projections:
        (log,) = scratch.logs[projection.source]
        begin, end = log.ends[history + warm], log.ends[history + warm + steps]
        events += int(np.diff(projection.connections.indptr)[log.units[begin:end]].sum())
    units = sum(group.size for group in network.groups)
    found = {"update": (spent["update"] - overhead) / units / steps, "events": events / steps}
    delivered = sum(spent[name] - overhead for name in spent if name.startswith("deliver"))
    found["event"] = delivered / max(events, 1)
    if "add_even_counts" in spent:
        found["count"] = (spent["add_even_counts"] - overhead) / units / steps
    return {name: value if name == "events" else value * 1e9 for name, value in found.items()}


def _call(operations: list[Operation], step: int, stop: int, row: int) -> None:
    functions = np.array([one.function.address for one in operations], dtype=np.int64)
    run_steps(functions, np.array([address_of(one.arguments) for one in operations], dtype=np.int64), step, stop, row)


def _name(operation: Operation) -> str:
    inner = getattr(operation.function, "function", None)
    return str(getattr(inner, "__name__", "")) or str(getattr(operation.function, "__name__", operation.function))


def balanced(units: int, indegree: int = 100) -> Brain:
    """Brunel's network with a fixed in-degree, whatever its size: events grow with neurons."""
    cell = LIF(tau_m=20, E_L=0, V_th=20, V_reset=10, t_ref=2)
    sizes = {"E": units * 4 // 5, "I": units // 5}
    return Brain(
        "balanced",
        [Region("a", [Population(name, cell, size=size, initial={"v": 10.0}) for name, size in sizes.items()])],
        [
            Projection(f"a.{name}", ["a.E", "a.I"], wiring.fixed_indegree(degree), Delta(), weight=weight, delay=1.5)
            for name, degree, weight in (("E", indegree * 4 // 5, 0.2), ("I", indegree // 5, -1.0))
        ],
        drives=[PoissonDrive(f"a.{name}", 10_000, Delta(), 0.2) for name in sizes],
    )


def running(brain: Brain, duration: float, threads: int = 1, trials: int = 1) -> float:
    """Give seconds for a simulated second of a trial."""
    brainsim.simulate(brain, duration=1, threads=threads, trials=trials)

    def once() -> None:
        brainsim.simulate(brain, duration=duration, threads=threads, trials=trials)

    return best(once, 3) / (duration / 1e3) / trials


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=500.0, help="ms of each timed run")
    options = parser.parse_args()
    bandwidth, arithmetic = machine()
    print(f"one thread of this machine copies {bandwidth:.1f} bytes and computes {arithmetic:.1f} operations in 1 ns")
    brains = {
        "coba": brainsim.atlas.coba(),
        "brunel": brainsim.atlas.brunel(regime="AI"),
        "microcircuit, a tenth": brainsim.atlas.potjans_diesmann(0.1),
    }
    print("\nnanoseconds on one thread          update   count   event   events a step")
    for name, brain in brains.items():
        found = costs(brain)
        counted = f"{found['count']:7.2f}" if "count" in found else "      -"
        print(
            f"  {name:<30} {found['update']:8.2f} {counted} {found['event']:7.2f} {found['events']:12.0f}", flush=True
        )
    for name, size in (("an update of coba moves", UPDATE_BYTES["coba"]), ("of brunel", UPDATE_BYTES["brunel"])):
        print(f"  {name:<30} {size:3d} bytes: {size / bandwidth:5.2f} ns if from memory")
    for name, size in (("an event of brunel moves", EVENT_BYTES["listed"]), ("drawn weight", EVENT_BYTES["drawn"])):
        print(f"  {name:<30} {size:3d} bytes: {size / bandwidth:5.2f} ns if from memory")

    print("\nneurons, 100 synapses each        s a simulated second    us a neuron and simulated second")
    for units in (1000, 4000, 16_000, 64_000):
        seconds = running(balanced(units), options.duration)
        print(f"  {units:>8,} {seconds:30.3f} {seconds / units * 1e6:22.2f}", flush=True)
    print("\nsynapses of each of 8,000 neurons  s a simulated second")
    for degree in (50, 200, 800):
        print(f"  {degree:>8} {running(balanced(8000, degree), options.duration):30.3f}", flush=True)
    print("\ntrials of coba on two threads      s a simulated second and trial")
    for trials in (2, 8, 32):
        seconds = running(brains["coba"], options.duration / 2, threads=2, trials=trials)
        print(f"  {trials:>8} {seconds:30.3f}", flush=True)
    print("\nthreads                            one      two     gain     target")
    for name, brain, trials, target in (
        ("inside brunel, 12,500 neurons", brains["brunel"], 1, 1.4),
        ("inside coba, 4,000 neurons", brains["coba"], 1, None),
        ("8 trials of coba", brains["coba"], 8, 1.6),
    ):
        one, two = (running(brain, options.duration / 2, threads, trials) for threads in (1, 2))
        beside = f"{target:.1f} x" if target else ""
        print(f"  {name:<30} {one:6.3f} {two:8.3f} {one / two:8.2f} x {beside:>8}", flush=True)


if __name__ == "__main__":
    main()
