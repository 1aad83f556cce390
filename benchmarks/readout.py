"""What a linear readout tells about shifted digits from pixels and from every region of the ventral stream.

The brain is imprinted on training digits; the readout is fitted on the spike counts of 2,000 training digits (mean of
4 trials of 150 ms) and scored on 1,000 held-out ones, each up to 6 pixels off centre.
"""

import time

import numpy as np

import brainsim
import compare
from compare.datasets import digits, shifted

TRAIN, HELD_OUT, TRIALS, DURATION, DT = 2000, 1000, 4, 150.0, 0.5
TARGETS = {"pixels": ".35", "retina": ".40", "V1": "higher", "V2": ".85 here or in V4", "V4": ".85", "IT": ".75"}
# Spontaneous rates, Hz: their spikes are no answer.
BASELINE = {"retina": 2.0, "LGN": 2.0}


def main() -> None:
    """Measure and print."""
    data = digits()
    train, held_out = data.images[:TRAIN], data.images[8000 : 8000 + HELD_OUT]
    images, _ = shifted(np.concatenate([train, held_out]), seed=0)
    labels = np.concatenate([data.labels[:TRAIN], data.labels[8000 : 8000 + HELD_OUT]])
    start = time.perf_counter()
    brain = brainsim.atlas.ventral_stream(images[:TRAIN])
    built = time.perf_counter() - start
    brainsim.simulate(brain, images[:2], duration=DURATION, dt=DT, keep="counts")  # compiles
    start = time.perf_counter()
    recording = brainsim.simulate(brain, images, duration=DURATION, dt=DT, trials=TRIALS, keep="counts")
    taken = (time.perf_counter() - start) / (len(images) * TRIALS)
    neurons = sum(population.units for population in brain.populations.values())
    synapses = sum(pathway.synapses for pathway in brain.pathways)
    print(
        f"{neurons:,} neurons, {synapses:,.0f} synapses; built in {built:.1f} s, {1000 * taken:.1f} ms a trial; "
        f"{TRAIN} training and {HELD_OUT} held-out digits, {TRIALS} trials of {DURATION:g} ms at dt {DT} ms"
    )
    counts = recording.spike_counts
    rates = {name: float(np.mean(count)) * 1000 / DURATION for name, count in counts.items()}
    latencies = {
        region.name: brainsim.analysis.response_latency(
            recording, brain.units(region.name), baseline=BASELINE.get(region.name, 0.0)
        )
        for region in brain.regions
    }
    print(f"{'':8}{'readout':>8}  {'interval':<14}{'target':<20}{'Hz':>6}   median latency, ms")
    for name in ("pixels", *(region.name for region in brain.regions)):
        if name == "pixels":
            activity, rest = images.reshape(len(images), -1), ""
        else:
            populations = brain.units(name)
            activity = np.concatenate([counts[one].mean(axis=1) for one in populations], axis=1).astype(np.float32)
            units = [brain.populations[one].units for one in populations]
            rate = np.average([rates[one] for one in populations], weights=units)
            rest = f"{rate:6.1f}   {latencies[name].median_ms:.1f}"
        score = compare.readout(activity[:TRAIN], labels[:TRAIN], activity[TRAIN:], labels[TRAIN:])
        interval = f"{score['low']:.3f} {score['high']:.3f}"
        print(f"{name:8}{score['accuracy']:8.3f}  {interval:<14}{TARGETS.get(name, ''):<20}{rest}", flush=True)
    print("rates of all populations, Hz: " + ", ".join(f"{name} {rate:.1f}" for name, rate in rates.items()))


if __name__ == "__main__":
    main()
