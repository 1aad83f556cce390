"""The compiled engine against Brian2, spike for spike, on published networks; no difference is excused."""

import time

from brainsim import Brain, Recording, atlas, simulate

DT, SEED = 0.1, 3


def compare(brain: Brain, duration: float) -> None:
    """Run both engines; print how many spikes there were and whether any differs."""
    recordings, seconds = [], []
    for engine in ("compiled", "brian2"):
        start = time.perf_counter()
        recordings.append(simulate(brain, duration=duration, dt=DT, seed=SEED, engine=engine))  # type: ignore[arg-type]
        seconds.append(time.perf_counter() - start)
    spikes = sum(int(counts.sum()) for counts in recordings[0].spike_counts.values())
    first = min(filter(None, (first_difference(name, *recordings) for name in recordings[0].populations)), default=None)
    verdict = "identical" if first is None else "DIFFERENT from {} ms on, {} unit {}".format(*first)
    units = sum(recordings[0].sizes.values())
    print(
        f"  {brain.name:8} {units:6d} neurons {spikes:9,d} spikes in {duration / 1e3:g} s: {verdict} "
        f"(compiled {seconds[0]:.1f} s, Brian2's NumPy target {seconds[1]:.0f} s)",
        flush=True,
    )


def first_difference(name: str, ours: Recording, theirs: Recording) -> tuple[float, str, int] | None:
    """Give time, population and unit of the first spike that only one of the two has."""
    one, other = (set(zip(*(part.tolist() for part in run.spikes(name)), strict=True)) for run in (ours, theirs))
    different = min(one ^ other, default=None)
    return None if different is None else (different[0], name, different[1])


if __name__ == "__main__":
    print("compiled engine against Brian2, same wiring and random numbers; wanted: identical")
    for one in (atlas.coba(seed=1), atlas.cuba(seed=1), atlas.cuba(-139.5, seed=1), atlas.brunel(scale=0.25, seed=1)):
        compare(one, 2000)
    compare(atlas.hh_coba(seed=1), 100)  # 100 ms take Brian2 a minute
