"""NEST and brainsim on the same networks: their cells shall fire at the same rates, and as irregularly.

Each simulator wires its own individuals from its own random numbers, so spikes cannot agree; distributions over cells
can. The distance of two individuals is Kolmogorov and Smirnov's, as in the microcircuit's reference data. Criterion,
fixed beforehand: the median distance between an individual of NEST and one of ours is at most the largest distance
between two individuals of one simulator.
"""

import os
from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np

from brainsim import Brain, atlas, simulate
from evidence.brunel import irregularities

SKIPPED, DURATION, INDIVIDUALS = 300.0, 2000.0, 4


def ours(build: Callable[[int], Brain], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate one individual: spike times (ms) and units of its excitatory population."""
    return simulate(build(seed), duration=SKIPPED + DURATION, seed=seed).spikes("cortex.E")


def theirs(build: Callable[[Any], tuple[Any, Any]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Let NEST simulate one."""
    os.environ.setdefault("PYNEST_QUIET", "1")
    import nest

    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.SetKernelStatus({"resolution": 0.1, "rng_seed": seed + 1, "print_time": False, "local_num_threads": 1})
    excitatory, _ = build(nest)
    recorder = nest.Create("spike_recorder")
    nest.Connect(excitatory, recorder)
    nest.Simulate(SKIPPED + DURATION)
    return np.asarray(recorder.events["times"]), np.asarray(recorder.events["senders"]) - excitatory[0].global_id


def vogels_abbott(nest: Any, model: str, cell: dict, start: dict, weights: tuple[float, float]) -> tuple[Any, Any]:
    """4000 cells, each pair connected with 2 %."""
    e, i = (nest.Create(model, size, params={**cell, **start}) for size in (3200, 800))
    for source, weight in zip((e, i), weights, strict=True):
        rule = {"rule": "pairwise_bernoulli", "p": 0.02}
        nest.Connect(source, e + i, rule, {"weight": weight, "delay": 0.1})
    return e, i


def coba(nest: Any) -> tuple[Any, Any]:
    """Build benchmark 1 of Brette et al. 2007 as our atlas does."""
    cell = {"C_m": 200.0, "g_L": 10.0, "E_L": -60.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0}
    cell |= {"E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0}
    start = {
        "V_m": nest.math.min(nest.random.normal(-65.0, 5.0), -50.0),
        "g_ex": nest.math.max(nest.random.normal(24.0, 9.0), 0.0),
        "g_in": nest.math.max(nest.random.normal(60.0, 30.0), 0.0),
    }
    return vogels_abbott(nest, "iaf_cond_exp", cell, start, (6.0, -67.0))


def cuba(nest: Any) -> tuple[Any, Any]:
    """Build benchmark 2, with Brian2's inhibitory weight."""
    cell = {"C_m": 200.0, "tau_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0}
    cell |= {"tau_syn_ex": 5.0, "tau_syn_in": 10.0}
    return vogels_abbott(nest, "iaf_psc_exp", cell, {"V_m": nest.random.uniform(-60.0, -50.0)}, (16.2, -90.0))


def brunel(nest: Any) -> tuple[Any, Any]:
    """Build Brunel's asynchronous irregular state at a quarter of its size."""
    cell = {"C_m": 250.0, "tau_m": 20.0, "E_L": 0.0, "V_th": 20.0, "V_reset": 10.0, "t_ref": 2.0}
    start = {"V_m": nest.random.uniform(0.0, 20.0)}
    e, i = (nest.Create("iaf_psc_delta", size, params={**cell, **start}) for size in (2500, 625))
    for source, degree, weight in ((e, 250, 0.4), (i, 62, -2.0)):
        rule = {"rule": "fixed_indegree", "indegree": degree, "allow_autapses": False, "allow_multapses": False}
        nest.Connect(source, e + i, rule, {"weight": weight, "delay": 1.5})
    noise = nest.Create("poisson_generator", params={"rate": 5_000.0})
    nest.Connect(noise, e + i, syn_spec={"weight": 0.4, "delay": 1.5})
    return e, i


NETWORKS: dict[str, tuple[Callable[[int], Brain], Callable[[Any], tuple[Any, Any]], int]] = {
    "COBA": (lambda seed: atlas.coba(seed=seed), coba, 3200),
    "CUBA": (lambda seed: atlas.cuba(seed=seed), cuba, 3200),
    "Brunel AI, a quarter": (lambda seed: atlas.brunel(scale=0.25, seed=seed), brunel, 2500),
}


def distributions(times: np.ndarray, units: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Give each cell's rate in Hz and the CV of its intervals."""
    late = times >= SKIPPED
    rates = np.bincount(units[late], minlength=size) / DURATION * 1e3
    variation = irregularities(times[late], units[late], size)
    return {"rate": rates, "CV": variation[~np.isnan(variation)]}


def main() -> None:
    """Print means and distances for every network."""
    from scipy.stats import ks_2samp

    print(__doc__)
    for name, (build, build_in_nest, size) in NETWORKS.items():
        runs = {
            "brainsim": [distributions(*ours(build, seed), size) for seed in range(INDIVIDUALS)],
            "NEST": [distributions(*theirs(build_in_nest, seed), size) for seed in range(INDIVIDUALS)],
        }
        for quantity in ("rate", "CV"):
            samples = {who: [one[quantity] for one in found] for who, found in runs.items()}

            def distance(pair: tuple[np.ndarray, np.ndarray]) -> float:
                return float(ks_2samp(*pair).statistic)

            within = [distance(pair) for found in samples.values() for pair in combinations(found, 2)]
            between = [distance(pair) for pair in product(*samples.values())]
            means = ", ".join(
                f"{who} {np.mean([x.mean() for x in found]):.3f} +- {np.std([x.mean() for x in found], ddof=1):.3f}"
                for who, found in samples.items()
            )
            verdict = "holds" if np.median(between) <= max(within) else "MISSED"
            print(
                f"  {verdict:7}{name:22}{quantity:5} {means}; distance between {np.median(between):.3f} (median), "
                f"within {np.median(within):.3f} (median), {max(within):.3f} (largest)",
                flush=True,
            )


if __name__ == "__main__":
    main()
