"""Stimuli through the simulated brain, trial by trial, and what its regions do."""

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.study.brain import brain
from compare.study.data import images
from compare.study.moments import MOMENTS, counts_over_time, over_time
from compare.study.physiology import LATENCY_METHOD, region_physiology, response_latency
from compare.study.stage import Workspace
from isocortex.seeds import child_seed
from isocortex.threads import resolve_threads

if TYPE_CHECKING:
    from brainsim import Brain, Recording

__all__ = ["counted", "run_simulation", "run_spikes"]

REGIONS, RETINA, EXAMPLE = "activity/regions.npz", "activity/retina.npz", "activity/example.npz"
LATENCY_STIMULI = 40  # of which a trial is kept spike by spike


def run_simulation(work: Workspace) -> dict[str, Any]:
    """Show every stimulus to the brain, trial after trial."""
    about, subject = work.settings.simulation, brain(work)
    recording = _simulate(work, subject)
    work.save(REGIONS, _counts(subject, recording))
    work.save(RETINA, _encoded(work, subject))
    return {
        "simulation": {
            "stimuli": len(recording.stimulus_ids),
            "trials": about.trials,
            "duration_ms": about.duration,
            "dt_ms": about.dt,
            "engine": about.engine,
            "threads": resolve_threads(about.threads or None),
            "trials_simulated": len(recording.stimulus_ids) * about.trials,
        },
        "physiology": {region.name: region_physiology(subject, recording, region.name) for region in subject.regions},
    }


def counted(work: Workspace, subject: "Brain") -> dict[str, np.ndarray]:
    """Show every stimulus to another brain of the same regions, with the same noise; give its counts."""
    return _counts(subject, _simulate(work, subject))


def run_spikes(work: Workspace) -> dict[str, Any]:
    """Simulate a trial of some stimuli again and keep every spike: the very spikes behind their counts."""
    subject, stimuli = brain(work), images(work).stimuli
    example = work.settings.report.example
    few = np.unique(
        [example, *np.linspace(0, len(stimuli) - 1, min(LATENCY_STIMULI, len(stimuli))).round().astype(int)]
    )
    recording = _simulate(work, subject, stimuli=stimuli[few], stimulus_ids=few.tolist(), trials=1, keep="spikes")
    if over_time(work.settings):
        work.save(MOMENTS, {"stimuli": few, **counts_over_time(work.settings, subject, recording)})
    work.save(EXAMPLE, _example(subject, recording, int(np.searchsorted(few, example)), stimuli[example]))
    seed = child_seed(work.seed("simulation"), "latency")
    return {
        "latency": {region.name: response_latency(subject, recording, region.name, seed) for region in subject.regions},
        "latency_method": LATENCY_METHOD,
    }


def _example(subject: "Brain", recording: "Recording", position: int, image: np.ndarray) -> dict[str, np.ndarray]:
    arrays = {"stimulus": np.array(recording.stimulus_ids[position]), "image": image}
    for name in recording.populations:
        times, units = recording.spikes(name, position)
        arrays |= {
            f"{name}/times": times,
            f"{name}/units": units,
            f"{name}/size": np.array(recording.sizes[name]),
            f"{name}/excitatory": np.array(subject.is_excitatory(name)),
        }
    return arrays


def _simulate(work: Workspace, subject: "Brain", **changes: Any) -> "Recording":
    import brainsim

    about = work.settings.simulation
    chosen = {"stimuli": images(work).stimuli, "trials": about.trials, "keep": "counts", "progress": work.listener.bar}
    return brainsim.simulate(
        subject,
        duration=about.duration,
        dt=about.dt,
        seed=work.seed("simulation"),
        engine=about.engine,
        threads=about.threads or None,
        **{**chosen, **changes},
    )


def _counts(subject: "Brain", recording: "Recording") -> dict[str, np.ndarray]:
    """Put the counts of a region's excitatory units side by side, (stimulus, trial, unit), in as few bytes as do."""
    counts = {}
    for region in subject.regions:
        names = subject.units(region.name) or subject.units(region.name, excitatory=None)
        together = np.concatenate([recording.spike_counts[name] for name in names], axis=2)
        counts[region.name] = together.astype(np.min_scalar_type(int(together.max(initial=0))))
    return counts


def _encoded(work: Workspace, subject: "Brain") -> dict[str, np.ndarray]:
    """Give the rates that the encoders set, in Hz, averaged over the trial: the stimulus before any noise."""
    from brainsim import Encoder, Poisson

    encoded = {}
    for name, encoder in subject.inputs.items():
        if not isinstance(encoder, Encoder):
            continue
        sources = {one.name: one for one in subject.region(name).populations if isinstance(one.model, Poisson)}
        rates = encoder.rates(images(work).stimuli, sources).values()
        encoded[name] = np.concatenate([rate.mean(axis=1) if rate.ndim == 3 else rate for rate in rates], axis=1)
    return encoded
