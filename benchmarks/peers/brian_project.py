"""Brian2 on our lowered network: C++ standalone, or its runtime mode with Cython; the synapses are the same ones."""

import argparse
import json
import os
import tempfile
import time
from typing import Any

START = time.perf_counter()

import numpy as np  # noqa: E402

from benchmarks.peers.common import BRAINS  # noqa: E402
from brainsim.engine import Network, NeuronGroup, SourceGroup  # noqa: E402
from brainsim.engine.language import parse_equations  # noqa: E402
from brainsim.engine.model_text import check_text  # noqa: E402
from brainsim.lower import lower  # noqa: E402

BACKGROUND = 1000  # independent inputs that a background stands for, as Brian2 draws a binomial number


def build(b: Any, network: Network, rates: dict[int, Any] | None = None) -> list[Any]:
    """Give the Brian2 objects of a network, monitors of all spikes included.

    Parameters
    ----------
    b : module
        Brian2.
    network : Network
        What is built.
    rates : dict of int to str
        For each source group the expression of its units' rates.
    """
    groups: list[Any] = []
    for number, group in enumerate(network.groups):
        if isinstance(group, SourceGroup):
            groups.append(b.PoissonGroup(group.size, rates=(rates or {})[number]))
        else:
            groups.append(_neurons(b, group))
    objects = list(groups)
    for projection in network.projections:
        objects.append(_synapses(b, network, groups, projection))
    for source in network.inputs:
        rate = float(np.max(source.rate)) / BACKGROUND * b.Hz
        weight = float(source.weight) * getattr(b, _unit(network.groups[source.target], source.variable))
        objects.append(b.PoissonInput(groups[source.target], source.variable, BACKGROUND, rate, weight))
    return [*objects, *(b.SpikeMonitor(group) for group in groups)]


def _neurons(b: Any, group: NeuronGroup) -> Any:
    neurons = b.NeuronGroup(
        group.size,
        check_text(group).equations,
        method=group.method,
        threshold=group.threshold,
        reset=group.reset.replace(";", "\n"),
        refractory=group.refractory * b.second if group.refractory else False,
        namespace={},
    )
    for name, (value, _) in group.parameters.items():
        setattr(neurons, f"{name}_", value)
    for name, value in group.initial.items():
        setattr(neurons, f"{name}_", value)
    return neurons


def _unit(group: Any, variable: str) -> str:
    return next(line.unit for line in parse_equations(group.equations, group.name) if line.name == variable)


def _synapses(b: Any, network: Network, groups: list[Any], projection: Any) -> Any:
    wiring = projection.connections.expand()
    unit = _unit(network.groups[projection.target], projection.variable)
    same = not isinstance(wiring.weights, np.ndarray)
    synapses = b.Synapses(
        groups[projection.source],
        groups[projection.target],
        f"weight : {unit} (shared, constant)" if same else f"weight : {unit} (constant)",
        on_pre=f"{projection.variable}_post += weight",
        namespace={},
    )
    rows = np.repeat(np.arange(wiring.sources), np.diff(wiring.indptr.astype(np.int64)))
    synapses.connect(i=rows, j=wiring.targets.astype(np.int64))
    synapses.weight_ = wiring.weights
    synapses.delay = np.asarray(wiring.delays) * network.dt * b.second
    return synapses


def main() -> None:
    """Print the seconds from the interpreter's start to the result, and those of the run alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brain", choices=BRAINS)
    parser.add_argument("--mode", choices=("standalone", "runtime"), default="standalone")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    import brian2 as b

    if "BRIAN_CACHE" in os.environ:
        b.prefs.codegen.runtime.cython.cache_dir = os.environ["BRIAN_CACHE"]
    with tempfile.TemporaryDirectory() as folder:
        if options.mode == "standalone":
            b.set_device("cpp_standalone", directory=folder, build_on_run=False)
            b.prefs.devices.cpp_standalone.openmp_threads = options.threads if options.threads > 1 else 0
            b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        else:
            b.prefs.codegen.target = "cython"
        b.defaultclock.dt = 0.1 * b.ms
        network = lower(BRAINS[options.brain](), 0.1)
        objects = build(b, network)
        model = b.Network(*objects)
        if options.mode == "runtime":
            model.run(0 * b.ms)  # generates and compiles
        began = time.perf_counter()
        model.run(options.duration * b.ms)
        if options.mode == "standalone":
            b.device.build(directory=folder, compile=True, run=True, with_output=False)
            running = b.device._last_run_time
        else:
            running = time.perf_counter() - began
        spikes = sum(int(one.num_spikes) for one in objects if isinstance(one, b.SpikeMonitor))
        print(json.dumps({"total": time.perf_counter() - START, "running": running, "spikes": spikes}))


if __name__ == "__main__":
    main()
