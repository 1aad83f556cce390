"""A brain sees, hears and reads, at once or in turn: how much of its work is parallel, and what can still be told."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from brainsim import AMPA, GABA_A, LIF, Brain, Poisson, Population, Projection, Region, analysis, plots, simulate
from brainsim.encoders import Cochlea, Rate, Tokens
from brainsim.wiring import fixed_probability
from isocortex.style import PAGE_WIDTH, paper_style, save_figure

words = ("dogs bark loudly", "cats purr softly", "owls hoot nightly")
encoders = {  # in bins of 40 ms
    "eye": Rate(max_rate=60, bin=40),
    "ear": Cochlea(sample_rate=8000, low=100, high=3500, max_rate=300, baseline=0, compression=0.5, bin=40),
    "text": Tokens(" ".join(words).split(), active=0.2, bin=40),
}
senses = {"vision": ["eye.P"], "hearing": ["ear.P"], "reading": ["text.P"]}
regions, projections = [Region(name, [Population("P", Poisson(), size=100)]) for name in encoders], []
cell, rule = LIF(C_m=200, tau_m=20, E_L=-65, V_th=-50, V_reset=-65, t_ref=3), fixed_probability(0.2)
for name, sources in (senses | {"association": [f"{sense}.E" for sense in senses]}).items():
    cells = [f"{name}.E", f"{name}.I"]
    regions.append(Region(name, [Population("E", cell, size=300), Population("I", cell, size=75)]))
    projections += [Projection(one, cells, rule, AMPA(), weight=1 if one[-1] == "E" else 3, delay=8) for one in sources]
    projections.append(Projection(cells[0], cells, rule, AMPA(), weight=0.3, delay=1.5))
    projections.append(Projection(cells[1], cells, rule, GABA_A(), weight=6, delay=0.8))
brain = Brain("three senses", regions, projections, inputs=encoders)
# 3 pictures x 3 chords x 3 sentences, 120 ms each. In turn, the chord waits for the sentence, the picture for both.
pictures = np.kron(np.eye(3, 4).reshape(3, 1, 2, 2), np.ones((3, 5, 5)))
chords = 0.3 * np.sin(2 * np.pi * np.geomspace(150, 3000, 9).reshape(3, 3, 1) * np.arange(960) / 8000).sum(axis=0)
shown = np.indices((3, 3, 3)).reshape(3, 27)
seen = [np.pad(pictures[k], ((wait, 7 - wait), (0, 0), (0, 0))) for wait in (0, 6) for k in shown[0]]
heard = [np.pad(chords[k], (wait, 960 - wait)) for wait in (0, 960) for k in shown[1]]
stimuli = {"eye": seen, "ear": heard, "text": 2 * [words[k] for k in shown[2]]}
recording = simulate(brain, stimuli, duration=400, dt=0.2, trials=2, seed=1)

with paper_style():
    figure, axes = plt.subplots(3, 2, figsize=(PAGE_WIDTH, 6.4), layout="constrained", height_ratios=[4, 3, 3])
    for k, how in enumerate(("at once", "in turn")):
        part = recording.select(stimuli=range(27 * k, 27 * k + 27))
        plots.raster(part, [one for one in brain.populations if one[-1] != "I"], ax=axes[0, k]).set_title(how)
        busy = analysis.concurrency(part, {sense: f"{sense}.E" for sense in senses}, threshold=5)
        plots.concurrency(busy, axes[1, k])
        # Counts of the association region in the second trial are told by the nearest mean of the first.
        first, second = part.spike_counts["association.E"].transpose(1, 0, 2).astype(float)
        means = np.array([[first[labels == k].mean(axis=0) for k in range(3)] for labels in shown])
        right = (np.square(second - means[:, :, None]).sum(axis=-1).argmin(axis=1) == shown).mean(axis=1)
        axes[2, 1].bar(np.arange(3) + 0.36 * k, right, 0.34, yerr=np.sqrt(right * (1 - right) / 27), label=how)
        print(f"{how}: two senses or more {busy.parallel_share:.0%} of the time, by chance {busy.expected_share:.0%}")
        print(f"    told correctly: {dict(zip(senses, right.round(2).tolist(), strict=True))}")
    axes[2, 1].set(xticks=np.arange(3) + 0.18, xticklabels=senses, ylabel="Told correctly (± SE)", ylim=(0, 1))
    axes[2, 1].axhline(1 / 3, color="black", linestyle="dashed", label="chance")
    axes[2, 1].legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    plots.propagation(order := analysis.propagation(recording.select(stimuli=range(27)), brain), axes[2, 0])
    print("onsets in ms:", dict(zip(order.regions, order.onset_ms.round(1).tolist(), strict=True)))
    for letter, ax in zip("abcdef", axes.flat, strict=True):
        ax.text(-0.45, 1.05, letter, transform=ax.transAxes, weight="bold")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "several_tasks_at_once"))
