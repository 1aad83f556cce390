"""NEST on the microcircuit of Potjans and Diesmann, from NEST's own models and rules, with the tables of our atlas."""

import argparse
import importlib
import json
import resource
import time
from typing import Any

import numpy as np

ours = importlib.import_module("brainsim.atlas.potjans_diesmann")  # the function of this name hides its module


def build(nest: Any, scale: float) -> list[Any]:
    """Make neurons, synapses and Poisson input; the constant current makes up for what the scale leaves out."""
    tables = ours.tables(scale)
    cell = {"C_m": 250.0, "tau_m": 10.0, "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0, "t_ref": 2.0}
    cell |= {"tau_syn_ex": ours.TAU_SYN, "tau_syn_in": ours.TAU_SYN}
    populations = []
    for k, size in enumerate(tables.sizes):
        start = {"V_m": nest.random.normal(ours.START[k], ours.START_SPREAD[k]), "I_e": float(tables.currents[k])}
        populations.append(nest.Create("iaf_psc_exp", int(size), params={**cell, **start}))
    for source, target in np.argwhere(tables.synapses):
        weight, delay = float(tables.weights[source, target]), ours.DELAYS[source % 2]
        low, high = (0.0, np.inf) if weight > 0 else (-np.inf, 0.0)
        width = abs(weight) * ours.WEIGHT_SPREAD
        nest.Connect(
            populations[source],
            populations[target],
            {"rule": "fixed_total_number", "N": int(tables.synapses[source, target])},
            {
                "weight": nest.math.redraw(nest.random.normal(weight, width), min=low, max=high),
                "delay": nest.math.redraw(
                    nest.random.normal(delay, delay * ours.DELAY_SPREAD), min=ours.SHORTEST_DELAY, max=np.inf
                ),
            },
        )
    for population, rate in zip(populations, tables.rates, strict=True):
        noise = nest.Create("poisson_generator", params={"rate": float(rate)})
        nest.Connect(noise, population, syn_spec={"weight": tables.external_weight, "delay": 1.5})
    return populations


def main() -> None:
    """Print seconds of building and of the run alone, memory, and rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--skipped", type=float, default=0.1, help="ms")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=options.threads, rng_seed=1)
    began = time.perf_counter()
    populations = build(nest, options.scale)
    nest.Simulate(options.skipped)  # and what NEST builds late
    recorders = []
    for population in populations:
        recorders.append(nest.Create("spike_recorder"))
        nest.Connect(population, recorders[-1])
    nest.Prepare()
    start = time.perf_counter()
    nest.Run(options.duration)
    end = time.perf_counter()
    nest.Cleanup()
    rates = [one.n_events / len(all) / options.duration * 1e3 for one, all in zip(recorders, populations, strict=True)]
    result = {
        "building": start - began,
        "running": end - start,
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rates": dict(zip(ours.MICROCIRCUIT, rates, strict=True)),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
