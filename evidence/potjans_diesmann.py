"""Potjans and Diesmann 2014 at a tenth with Poisson input: rate, irregularity and synchrony, published beside measured.

Published are the values of a tenth in Romaro et al. 2021 (doi:10.1162/neco_a_01400), tables A.1, A.3 and A.5, from one
network of 60 s in NetPyNE. Ours are ten networks of 60 s after 0.5 s that are left out, each with its own wiring and
noise. A published value agrees if it lies within three standard deviations of our mean, half of its last digit
included.

At a tenth a constant current makes up for lost input, given rates of the full network. Which ones were used for the
published values we do not know, so both sets that the reference implementation has had are tried.
``--duration`` and ``--seeds`` make it shorter; the tables are also written to results/potjans_diesmann.txt.
"""

import argparse
import datetime
import platform
from pathlib import Path

import numpy as np

from brainsim import analysis, atlas, simulate
from brainsim.atlas.potjans_diesmann import EARLIER_RATES, FULL_RATES, MICROCIRCUIT
from isocortex import __version__
from isocortex.files import write_text
from isocortex.threads import run_on_threads

SKIPPED = 500.0  # ms
CELLS = 1000  # whose counts synchrony is taken from, or all where there are fewer
# Quantity -> digits printed, and what was published for each population.
PUBLISHED = {
    "rate (Hz)": (2, (0.75, 3.28, 4.76, 6.20, 6.55, 8.97, 1.10, 8.06)),
    "CV of intervals": (3, (0.937, 0.919, 0.883, 0.869, 0.853, 0.800, 0.938, 0.810)),
    "synchrony, 3 ms": (1, (2.6, 2.1, 3.1, 1.9, 4.5, 1.1, 1.7, 1.0)),
}


def measure(seed: int, duration: float, rates: tuple[float, ...]) -> np.ndarray:
    """Simulate one network, and give (quantity, population)."""
    brain = atlas.potjans_diesmann(full_rates=rates, seed=seed)
    whole = simulate(brain, duration=SKIPPED + duration, seed=seed, threads=1)
    recording = whole.between(SKIPPED, SKIPPED + duration)
    means = analysis.mean_rates(recording)
    synchrony = analysis.synchrony(recording, bin_width=3.0, units=CELLS)
    variation = {name: np.nanmean(analysis.isi_cv(recording, name)) for name in MICROCIRCUIT}
    return np.array([[float(one[name]) for name in MICROCIRCUIT] for one in (means, variation, synchrony)])


def table(measured: np.ndarray) -> str:
    """Set published beside measured (seed, quantity, population), and say what deviates."""
    lines, misses = [], []
    for quantity, (name, (digits, published)) in enumerate(PUBLISHED.items()):
        mean, spread = measured[:, quantity].mean(axis=0), measured[:, quantity].std(axis=0, ddof=1)
        lines.append(f"{name:16s} {'published':>10s} {'ours':>10s} {'SD':>8s} {'off by':>8s}")
        for population, told, ours, sd in zip(MICROCIRCUIT, published, mean, spread, strict=True):
            off = max(abs(told - ours) - 0.5 * 10.0**-digits, 0.0) / sd
            agrees, note = off <= 3, "" if off <= 3 else "  miss"
            lines.append(f"  {population:14s} {told:10.{digits}f} {ours:10.3f} {sd:8.3f} {off:5.1f} SD{note}")
            if not agrees:
                misses.append(f"{name} of {population}: published {told:.{digits}f}, ours {ours:.3f} +- {3 * sd:.3f}")
    total = measured.shape[1] * measured.shape[2]
    lines.append(f"{total - len(misses)} of {total} published values lie within mean +- 3 SD of ours")
    return "\n".join([*lines, *(f"  not so: {miss}" for miss in misses)])


def main() -> None:
    """Run the networks, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--duration", type=float, default=60_000.0, help="ms")
    options = parser.parse_args()
    simulate(atlas.potjans_diesmann(), duration=1)  # derived and compiled before threads begin
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parts = [
        f"{today}, isocortex {__version__}, NumPy {np.__version__}, Python {platform.python_version()}: "
        f"{options.seeds} networks of {options.duration / 1000:g} s, scale 0.1, Poisson input"
    ]
    for title, rates in (("the reference implementation's rates", FULL_RATES), ("its earlier rates", EARLIER_RATES)):

        def one(seed: int, rates: tuple[float, ...] = rates) -> np.ndarray:
            return measure(seed, options.duration, rates)

        measured = np.array(run_on_threads(one, range(options.seeds)))
        parts.append(f"\ncurrent that makes up for the scale: from {title}\n{table(measured)}")
        print("\n".join(parts[-2:] if len(parts) == 2 else parts[-1:]), flush=True)
    text = "\n".join(parts)
    results = Path(__file__).parent / "results"
    write_text(results / "potjans_diesmann.txt", text + "\n")


if __name__ == "__main__":
    main()
