"""Brunel 2000: the four states of figure 8 at full size, held against criteria that were fixed beforehand.

Doi:10.1023/A:1008925309027. 12,500 neurons, 15.6 million synapses, reset at 10 mV, steps of 0.1 ms.
"""

from dataclasses import dataclass, replace

import numpy as np

from brainsim import Brain, Region, atlas, simulate, theory

REGIMES = {"SR": (3, 2), "SI fast": (6, 4), "AI": (5, 2), "SI slow": (4.5, 0.9)}
SKIPPED, DURATION = 500, 2000  # ms
BIN = 0.5  # ms, for spectra
CRITERIA = """criteria, fixed before the run:
  rate         AI within 10 % of the diffusion approximation (37.95 Hz)
  CV           mean over cells: SR below 0.1, the three irregular states above 0.3
  synchrony    variance over mean of the counts of all excitatory cells in 3 ms: SR > SI fast > AI
  coherence    standard deviation over mean of the population's rate in 1 ms; with four times the neurons and the same
               in-degrees it stays within 25 % in SR, SI fast and SI slow, and falls by more than 35 % in AI
               (asynchronous states: as 1 / sqrt(N), that is by half)
  rhythm       highest peak of the population's spectrum: SI fast 100 to 250 Hz, SI slow 10 to 40 Hz, both above twice
               the rate of single cells"""


@dataclass
class Found:
    """What was measured of the excitatory population."""

    rate: float
    cv: float
    synchrony: float
    coherence: float
    peak: float
    prominence: float


def measure(brain: Brain) -> Found:
    """Simulate, leave out the beginning, and measure."""
    recording = simulate(brain, duration=SKIPPED + DURATION, seed=1)
    times, units = recording.spikes("cortex.E")
    late = times >= SKIPPED - 1e-9
    times, units = times[late] - SKIPPED, units[late]
    size = recording.sizes["cortex.E"]

    def counted(width: float) -> np.ndarray:
        bins = int(DURATION / width)
        return np.bincount(np.minimum((times / width + 1e-9).astype(int), bins - 1), minlength=bins)

    coarse, fine = counted(3.0), counted(1.0)
    frequency, power = spectrum(counted(BIN))
    best = power.argmax()
    return Found(
        rate=len(times) / size / DURATION * 1e3,
        cv=float(np.nanmean(irregularities(times, units, size))),
        synchrony=coarse.var() / coarse.mean(),
        coherence=fine.std() / fine.mean(),
        peak=frequency[best],
        prominence=power[best] / np.median(power),
    )


def irregularities(times: np.ndarray, units: np.ndarray, size: int) -> np.ndarray:
    """Give each cell's coefficient of variation of its intervals; NaN where there are fewer than 5."""
    order = np.lexsort((times, units))
    times, units = times[order], units[order]
    same = units[1:] == units[:-1]
    intervals, owner = np.diff(times)[same], units[1:][same]
    number = np.bincount(owner, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, intervals, size) / number
        spread = np.sqrt(np.maximum(np.bincount(owner, intervals**2, size) / number - mean**2, 0))
        return np.where(number >= 5, spread / mean, np.nan)


def spectrum(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Welch's estimate with windows of 250 ms, from 4 Hz on."""
    from scipy.signal import welch

    frequency, power = welch(counts, fs=1e3 / BIN, nperseg=int(250 / BIN))
    return frequency[1:], power[1:]


def enlarged(brain: Brain, times: int) -> Brain:
    """Give the network more neurons, each with as many synapses as before."""
    cortex = brain.region("cortex")
    populations = [replace(one, size=one.units * times, shape=None) for one in cortex.populations]
    return brain.replace(regions=[Region("cortex", populations)])


def told(what: str, holds: bool) -> None:
    """Print one criterion's fate."""
    print(f"  {'holds' if holds else 'MISSED':7} {what}", flush=True)


def main() -> None:
    """Print the table, then every criterion."""
    print(CRITERIA)
    print("\n  regime    N       rate Hz  theory  CV    theory*  synchrony  coherence  peak Hz  (x median power)")
    found: dict[tuple[str, int], Found] = {}
    for regime, (g, eta) in REGIMES.items():
        brain = atlas.brunel(regime=regime, seed=1)  # type: ignore[arg-type]
        rate = theory.brunel_rate(g, eta)
        cv = float(theory.siegert_cv(brain.populations["cortex.E"].model, *theory.brunel_input(rate, g, eta)))  # type: ignore[arg-type]
        for times in (1, 4):
            one = found[regime, times] = measure(brain if times == 1 else enlarged(brain, times))
            print(
                f"  {regime:8}{12_500 * times:7,d} {one.rate:8.2f} {rate:8.2f}  {one.cv:.2f}  {cv:.2f}"
                f" {one.synchrony:13.1f} {one.coherence:10.2f} {one.peak:9.0f}   {one.prominence:.0f}",
                flush=True,
            )
    print("  * if a cell's input were Poisson; recurrent spikes are more regular than that where rates are high")
    ai, fast, slow, regular = (found[name, 1] for name in ("AI", "SI fast", "SI slow", "SR"))
    kept = {name: found[name, 4].coherence / found[name, 1].coherence for name in REGIMES}
    told(
        f"rate of AI: {ai.rate / theory.brunel_rate(5, 2) - 1:+.1%}", abs(ai.rate / theory.brunel_rate(5, 2) - 1) < 0.1
    )
    told("CV", regular.cv < 0.1 and min(ai.cv, fast.cv, slow.cv) > 0.3)
    told("synchrony", regular.synchrony > fast.synchrony > ai.synchrony)
    told(
        "coherence with four times the neurons: " + ", ".join(f"{name} x {share:.2f}" for name, share in kept.items()),
        kept["AI"] < 0.65 and all(abs(kept[name] - 1) < 0.25 for name in ("SR", "SI fast", "SI slow")),
    )
    told("fast rhythm", 100 < fast.peak < 250 and fast.peak > 2 * fast.rate)
    told("slow rhythm", 10 < slow.peak < 40 and slow.peak > 2 * slow.rate)


if __name__ == "__main__":
    main()
