"""Trying out a study file without running it."""

import os

from compare.settings_file import named_settings
from compare.study.brain import build_brain
from compare.study.data import prepare
from compare.study.network import build_network

__all__ = ["check_study"]


def check_study(study: str | os.PathLike[str]) -> str:
    """Read a study file and its images, build network and brain for them, and say in one line what would be run.

    Raises
    ------
    isocortex.errors.IsocortexError
        If the study or its images cannot be used, or network or brain do not fit them.
    """
    settings = named_settings(study)
    data = prepare(settings)
    model, brain = build_network(settings, data), build_brain(settings, data)
    neurons = sum(population.units for population in brain.populations.values())
    return (
        f"all right: {len(data.train)} images to train on, {len(data.held_out)} held out, {len(data.chosen)} stimuli "
        f"of {len(data.source.classes)} classes on {settings.data.canvas} x {settings.data.canvas} pixels, "
        f"{settings.simulation.trials} trials of {settings.simulation.duration:g} ms; a network of "
        f"{model.flat_weights.size} weights, a brain of {neurons} neurons"
    )
