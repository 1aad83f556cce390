"""What a converted network says, layer by layer and step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.assembly import LAG, STEP, UNITS
from compare.errors import ConversionError, InvalidActivityError, InvalidOptionError

if TYPE_CHECKING:
    from brainsim import Brain, Recording

__all__ = ["ReadOut", "depths", "read_out"]

CHUNK_SPIKES = 2**24
"""About how many spikes are held at a time."""


@dataclass(frozen=True, eq=False)
class ReadOut:
    """What a converted network said.

    Parameters
    ----------
    steps : int
        For how many steps it was run.
    activity : dict of str to numpy.ndarray of float64 (stimulus, unit)
        Layer -> the activations that its spikes tell; of a last layer that is read by its input, that input.
    scores : numpy.ndarray of float32 (stimulus, step, unit)
        What had come in at the last layer after each step, over the steps since its first input.
    counts : dict of str to numpy.ndarray of int64 (unit)
        Layer -> spikes of every unit, over all stimuli.
    spikes : dict of str to numpy.ndarray of float64 (step)
        Layer -> its spikes in each step, a stimulus.
    """

    steps: int
    activity: dict[str, np.ndarray]
    scores: np.ndarray
    counts: dict[str, np.ndarray]
    spikes: dict[str, np.ndarray]

    @property
    def stimuli(self) -> int:
        """How many stimuli were shown."""
        return len(self.scores)

    def classes(self, step: int | None = None) -> np.ndarray:
        """Give which unit of the last layer leads after so many steps, (stimulus); after all of them by default."""
        return np.asarray(self.scores[:, (self.steps if step is None else step) - 1].argmax(axis=1))

    def accuracy(self, labels: Any) -> np.ndarray:
        """Give the share of stimuli that are classified right after 1, 2, ... steps, (step).

        Raises
        ------
        InvalidActivityError
            If there is not one label a stimulus.
        """
        known = np.asarray(labels)
        if known.shape != (self.stimuli,):
            raise InvalidActivityError(f"labels: must be {self.stimuli}, one a stimulus, got shape {known.shape}")
        return np.asarray((self.scores.argmax(axis=2) == known[:, None]).mean(axis=0))


def depths(brain: "Brain") -> dict[str, int]:
    """Give region -> steps until its first input acts, and check that this is a chain as `to_spiking` makes it.

    Raises
    ------
    ConversionError
        If it is not.
    """
    regions = [region.name for region in brain.regions]
    before: dict[str, str] = {one.targets[0].split(".")[0]: one.source.split(".")[0] for one in brain.projections}
    chain = all(before.get(name) == regions[number] for number, name in enumerate(regions[1:]))
    alone = all([one.name for one in region.populations] == [UNITS] for region in brain.regions)
    if not (chain and alone and list(brain.inputs) == regions[:1]):
        raise ConversionError(f"brain {brain.name!r}: is no chain of layers as to_spiking makes it")
    return {name: LAG * number for number, name in enumerate(regions)}


def read_out(
    brain: "Brain",
    images: Any,
    steps: int = 100,
    *,
    threads: int | None = None,
    chunk: int | None = None,
) -> ReadOut:
    """Show stimuli to a converted network, and read what its spikes say.

    Parameters
    ----------
    brain : brainsim.Brain
        From `to_spiking`.
    images : array-like (stimulus, ...)
        As the network takes them.
    steps : int
        How many steps of 1 ms; more than it takes to reach the last layer (2 for each layer after the first).
    threads : int, optional
        For :func:`brainsim.simulate`.
    chunk : int, optional
        How many stimuli are held at a time; found from the number of units by default. Changes no number.

    Returns
    -------
    ReadOut

    Raises
    ------
    ConversionError
        If the brain is no converted network.
    InvalidActivityError, InvalidOptionError
        If there are no stimuli, or too few steps.
    """
    lags = depths(brain)
    least = max(lags.values()) + 1
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < least:
        raise InvalidOptionError(f"steps: must be a whole number from {least}, so that all layers hear, got {steps!r}")
    stimuli = np.asarray(images)
    if stimuli.ndim < 2 or not len(stimuli):
        raise InvalidActivityError(f"images: must be (stimulus, ...), got shape {stimuli.shape}")
    units = sum(population.units for population in brain.populations.values())
    size = chunk or int(np.clip(CHUNK_SPIKES // (units * steps), 1, 256))
    parts = [
        _part(brain, lags, stimuli[begin : begin + size], int(steps), threads) for begin in range(0, len(stimuli), size)
    ]
    return _joined(parts, int(steps))


def _part(brain: "Brain", lags: dict[str, int], stimuli: np.ndarray, steps: int, threads: int | None) -> ReadOut:
    import brainsim

    *_, last = lags
    record = [brainsim.Record(f"{last}.{UNITS}", "v", every=STEP)]
    recording = brainsim.simulate(brain, stimuli, duration=steps * STEP, dt=STEP, record=record, threads=threads)
    activity, counts, spikes = {}, {}, {}
    for name, lag in lags.items():
        population = f"{name}.{UNITS}"
        scale = float(brain.populations[population].model.V_th)  # type: ignore[union-attr]
        every = np.asarray(recording.spike_counts[population])[:, 0]
        activity[name] = scale * every / (steps - lag)
        counts[name] = every.sum(axis=0, dtype=np.int64)
        spikes[name] = np.zeros(steps)
        for stimulus in range(len(stimuli)):
            times, _ = recording.spikes(population, stimulus=stimulus, trial=0)
            spikes[name] += np.bincount(np.rint(times / STEP).astype(np.int64), minlength=steps)[:steps]
    scores = _came_in(brain, recording, last, lags[last], steps)
    if brain.region(last).function != "rectified":
        activity[last] = scores[:, -1]
    return ReadOut(steps, activity, scores.astype(np.float32), counts, spikes)


def _came_in(brain: "Brain", recording: "Recording", last: str, lag: int, steps: int) -> np.ndarray:
    """Give what came in at the last layer until each step: its potential, and what spikes have taken from it."""
    population = f"{last}.{UNITS}"
    cells = brain.populations[population]
    scale = float(cells.model.V_th)  # type: ignore[union-attr]
    potential = np.asarray(recording.trace(population, "v"))[:, 0]  # (stimulus, step, unit)
    fired = np.zeros_like(potential)
    for stimulus in range(len(potential)):
        times, units = recording.spikes(population, stimulus=stimulus, trial=0)
        np.add.at(fired[stimulus], (np.rint(times / STEP).astype(np.int64), units), 1)
    came = potential - float(cells.initial.get("v", 0.0)) + scale * fired.cumsum(axis=1)
    since = np.maximum(np.arange(1, steps + 1) - lag, 1)
    return np.asarray(came / since[None, :, None])


def _joined(parts: Sequence[ReadOut], steps: int) -> ReadOut:
    names = list(parts[0].activity)
    stimuli = sum(part.stimuli for part in parts)
    return ReadOut(
        steps,
        {name: np.concatenate([part.activity[name] for part in parts]) for name in names},
        np.concatenate([part.scores for part in parts]),
        {name: np.sum([part.counts[name] for part in parts], axis=0) for name in names},
        {name: np.sum([part.spikes[name] for part in parts], axis=0) / stimuli for name in names},
    )
