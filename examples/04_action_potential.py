"""An action potential of the Hodgkin-Huxley model (HH), and how its rate grows with the current beside LIF and AdEx."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from brainsim import LIF, AdEx, Brain, CurrentDrive, HodgkinHuxley, Population, Record, Region, simulate, theory
from brainsim.plots import fi_curve, traces
from isocortex.style import COLORS, PAGE_WIDTH, paper_style, save_figure

# The same capacitance, leak, rest and (about) threshold; what differs is what happens there.
membrane = {"C_m": 200, "g_L": 10, "E_L": -70}  # pF, nS, mV
cells = {
    "LIF": LIF(**membrane, V_th=-56, V_reset=-70, t_ref=3),
    "AdEx": AdEx(**membrane, V_th=-56, Delta_T=2, V_reset=-70, a=0, b=20, tau_w=100, t_ref=3),
    "HH": HodgkinHuxley(**membrane, V_T=-56),
}
currents = np.arange(0, 801, 25)  # pA, one cell each
shown = int(np.flatnonzero(currents == 200)[0])
dish = Brain(
    "dish",
    [Region("dish", [Population(name, cell, size=currents.size) for name, cell in cells.items()])],
    drives=[CurrentDrive(f"dish.{name}", currents, start=50, stop=1050) for name in cells],
)
kept = [Record("dish.HH", variable, units=[shown], every=0.04) for variable in ("v", "m", "h", "n", "I_drive")]
recording = simulate(dish, duration=1100, dt=0.02, record=kept)

# Rates in the second half of the step: AdEx has adapted by then.
rates = {name: recording.between(550, 1050).rates()[f"dish.{name}"].values[0, 0] for name in cells}
spike = recording.spike_trains("dish.HH")[shown][0]
close = recording.between(round(spike) - 4, round(spike) + 10)
v, rest = close.trace("dish.HH")[0, 0, :, 0], float(recording.trace("dish.HH")[0, 0, 0, 0])
broad = 0.04 * int((v > (v.max() + rest) / 2).sum())
print(f"rest {rest:.1f} mV, peak {v.max():.1f} mV, then {v.min():.1f} mV; {broad:.2f} ms at half of its height")
for name, rate in rates.items():
    print(f"{name} fires from {currents[rate > 0][0]} pA on; {rate[shown]:.0f} Hz at 200 pA, {rate[-1]:.0f} at 800 pA")

with paper_style():
    layout = [["train", "spike", "curve"], ["current", "gates", "curve"]]
    figure, at = plt.subplot_mosaic(layout, figsize=(PAGE_WIDTH, 3), layout="constrained", height_ratios=[3, 2])
    traces(recording, "dish.HH", ax=at["train"])
    traces(recording, "dish.HH", "I_drive", ax=at["current"]).set(ylabel="Current (pA)")
    traces(close, "dish.HH", ax=at["spike"])
    for name, colour in (("m", "vermillion"), ("h", "green"), ("n", "orange")):
        traces(close, "dish.HH", name, ax=at["gates"]).lines[-1].set(color=COLORS[colour], label=name)
    at["gates"].legend(loc="center right")
    at["gates"].set(ylabel="Open gates", ylim=(0, 1))
    lif = {"LIF": [theory.lif_rate(cells["LIF"], current) for current in currents]}
    fi_curve(currents, rates, lif, ax=at["curve"]).lines[0].set_label("LIF, theory")
    at["curve"].legend()
    for letter, name in zip("abcde", ("train", "current", "spike", "gates", "curve"), strict=True):
        at[name].set_title("")
        at[name].set_title(letter, loc="left", weight="bold")
save_figure(figure, Path(sys.argv[1] if len(sys.argv) > 1 else "action_potential"))
