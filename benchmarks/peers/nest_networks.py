"""NEST on networks of the same size and parameters, wired by NEST's own rules from its own models.

Its COBA neuron (iaf_cond_exp) integrates with an adaptive step, which is more work than our fixed one; its CUBA and
Brunel neurons are integrated exactly, as ours are.
"""

import argparse
import json
import time
from typing import Any

START = time.perf_counter()


def coba(nest: Any) -> list[Any]:
    """4000 neurons with conductance-based synapses (Brette et al. 2007, benchmark 1)."""
    nest.SetDefaults(
        "iaf_cond_exp",
        {"C_m": 200.0, "g_L": 10.0, "E_L": -60.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0}
        | {"E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0},
    )
    start = {
        "V_m": nest.random.normal(-65.0, 5.0),
        "g_ex": nest.math.max(nest.random.normal(24.0, 9.0), 0.0),
        "g_in": nest.math.max(nest.random.normal(60.0, 30.0), 0.0),
    }
    return _vogels_abbott(nest, "iaf_cond_exp", start, 6.0, -67.0)


def cuba(nest: Any) -> list[Any]:
    """4000 neurons with current-based synapses (Brette et al. 2007, benchmark 2; weights as Brian2's example)."""
    nest.SetDefaults(
        "iaf_psc_exp",
        {"C_m": 200.0, "tau_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0}
        | {"tau_syn_ex": 5.0, "tau_syn_in": 10.0},
    )
    return _vogels_abbott(nest, "iaf_psc_exp", {"V_m": nest.random.uniform(-60.0, -50.0)}, 16.2, -90.0)


def _vogels_abbott(nest: Any, model: str, start: dict, excite: float, inhibit: float) -> list[Any]:
    e, i = nest.Create(model, 3200, params=start), nest.Create(model, 800, params=start)
    rule = {"rule": "pairwise_bernoulli", "p": 0.02}
    for source, weight in ((e, excite), (i, inhibit)):
        nest.Connect(source, e + i, rule, {"weight": weight, "delay": 0.1})
    return [e, i]


def brunel(nest: Any) -> list[Any]:
    """12,500 neurons with delta synapses, g = 5 and twice the threshold rate (Brunel 2000), reset at 10 mV."""
    cell = {"C_m": 1.0, "tau_m": 20.0, "E_L": 0.0, "V_th": 20.0, "V_reset": 10.0, "t_ref": 2.0}
    e, i = nest.Create("iaf_psc_delta", 10_000, params=cell), nest.Create("iaf_psc_delta", 2_500, params=cell)
    noise = nest.Create("poisson_generator", params={"rate": 20_000.0})
    for source, degree, weight in ((e, 1000, 0.1), (i, 250, -0.5)):
        rule = {"rule": "fixed_indegree", "indegree": degree}
        nest.Connect(source, e + i, rule, {"weight": weight, "delay": 1.5})
    nest.Connect(noise, e + i, syn_spec={"weight": 0.1, "delay": 1.5})
    return [e, i]


def main() -> None:
    """Print the seconds from the interpreter's start to the result, of building, and of the run alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    networks = {"coba": coba, "cuba": cuba, "brunel": brunel}
    parser.add_argument("brain", choices=networks)
    parser.add_argument("--duration", type=float, default=1000.0, help="ms")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=options.threads, rng_seed=1)
    began = time.perf_counter()
    populations = networks[options.brain](nest)
    recorder = nest.Create("spike_recorder")
    for population in populations:
        nest.Connect(population, recorder)
    nest.Simulate(0.1)  # builds what NEST builds late
    start = time.perf_counter()
    nest.Simulate(options.duration)
    end = time.perf_counter()
    result = {"total": end - START, "building": start - began, "running": end - start, "spikes": recorder.n_events}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
