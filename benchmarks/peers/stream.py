"""Stimuli through the ventral stream: brainsim, or one Brian2 C++ standalone run that presents one after the other.

The best way that we found to present many stimuli to Brian2's standalone mode: the network is built and compiled once;
the retina's rates come from a TimedArray; at the start of each stimulus all state is set back by `run_regularly`.
Refractoriness and spikes on their way pass from one stimulus to the next there, so that regions answer from the start
where ours are silent until the signal arrives: about a seventh more spikes. Of a single stimulus both have as many.
"""

import argparse
import json
import tempfile
import time
from typing import Any

START = time.perf_counter()

import numpy as np  # noqa: E402

import brainsim  # noqa: E402
from benchmarks.peers.brian_project import build  # noqa: E402
from brainsim.engine import NeuronGroup, SourceGroup  # noqa: E402
from brainsim.lower import lower  # noqa: E402

DURATION = 150.0  # ms


def images(count: int) -> np.ndarray:
    """Give doodles, (stimulus, 40, 40, 1)."""
    return brainsim.atlas.strokes(count, 40, seed=1)


def ours(stimuli: int, dt: float, threads: int) -> dict[str, float]:
    """Run brainsim from nothing, and once more when all is built."""
    shown = images(stimuli)
    brain = brainsim.atlas.ventral_stream()
    brainsim.simulate(brain, shown, duration=DURATION, dt=dt, threads=threads)
    total = time.perf_counter() - START
    start = time.perf_counter()
    recording = brainsim.simulate(brain, shown, duration=DURATION, dt=dt, threads=threads)
    running = time.perf_counter() - start
    return {"total": total, "running": running, "spikes": _mean_spikes(recording)}


def _mean_spikes(recording: brainsim.Recording) -> float:
    return float(sum(counts.sum() for counts in recording.spike_counts.values()))


def brian(stimuli: int, dt: float, threads: int) -> dict[str, float]:
    """Build, compile and run the same brain in Brian2's C++ standalone mode."""
    import brian2 as b

    with tempfile.TemporaryDirectory() as folder:
        b.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
        b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        b.defaultclock.dt = dt * b.ms
        brain = brainsim.atlas.ventral_stream()
        _, objects, arrays = presented(b, brain, images(stimuli), dt)
        b.Network(*objects).run(stimuli * DURATION * b.ms, namespace=arrays)
        b.device.build(directory=folder, compile=True, run=True, with_output=False)
        total = time.perf_counter() - START
        spikes = sum(int(one.num_spikes) for one in objects if isinstance(one, b.SpikeMonitor))
        return {"total": total, "running": b.device._last_run_time, "spikes": spikes}


def presented(b: Any, brain: brainsim.Brain, shown: np.ndarray, dt: float) -> tuple[Any, list[Any], dict[str, Any]]:
    """Give the lowered brain, Brian2's objects of it that are shown one image after the other, and their arrays."""
    network = lower(brain, dt)
    encoder = brain.inputs["retina"]
    rates = encoder.rates(shown, {one.name: one for one in brain.region("retina").populations})
    arrays, texts = {}, {}
    for number, group in enumerate(network.groups):
        if isinstance(group, SourceGroup):
            table = _through_time(rates[group.name.split(".")[1]], encoder.bin)
            arrays[f"shown_{number}"] = b.TimedArray(table * b.Hz, dt=DURATION / len(table) * len(shown) * b.ms)
            texts[number] = f"shown_{number}(t, i)"
    objects = build(b, network, texts)
    for group, neurons in zip(network.groups, objects, strict=False):
        if isinstance(group, NeuronGroup):
            _set_back(b, neurons, group)
    return network, objects, arrays


def _through_time(rates: np.ndarray, width: float | None) -> np.ndarray:
    """Give rates (time, unit) of one stimulus after the other; the last bin goes on to the end."""
    if rates.ndim == 2:
        return rates
    bins = round(DURATION / (width or DURATION))
    last = rates[:, -1:].repeat(max(bins - rates.shape[1], 0), axis=1)
    return np.concatenate([rates[:, :bins], last], axis=1).reshape(-1, rates.shape[2])


def _set_back(b: object, neurons: object, group: NeuronGroup) -> None:
    """Let every state variable begin anew at each stimulus."""
    names = [name for name, _ in _states(group)]
    text = "\n".join(f"{name} = {_begin(group, name)}" for name in names)
    neurons.run_regularly(text, dt=DURATION * b.ms, when="start")  # type: ignore[attr-defined]


def _states(group: NeuronGroup) -> list[tuple[str, str]]:
    from brainsim.engine.language import parse_equations

    return [(line.name, line.unit) for line in parse_equations(group.equations, group.name) if line.differential]


def _begin(group: NeuronGroup, name: str) -> str:
    """Give a state variable's first value as text: all of its units begin at their mean."""
    unit = dict(_states(group))[name]
    return f"{float(np.mean(group.initial.get(name, 0.0)))!r}*{unit}"


def main() -> None:
    """Print the seconds from the interpreter's start to the result, and those of a run when all is built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=("ours", "brian"))
    parser.add_argument("--stimuli", type=int, default=256)
    parser.add_argument("--dt", type=float, default=0.5, help="ms; 0.5 is the study's own")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    run = ours if options.peer == "ours" else brian
    print(json.dumps(run(options.stimuli, options.dt, options.threads)))


if __name__ == "__main__":
    main()
