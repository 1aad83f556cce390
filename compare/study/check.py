"""Trying out a study file without running it."""

import os

from compare.settings_file import named_settings
from compare.study.data import prepare

__all__ = ["check_study"]


def check_study(study: str | os.PathLike[str]) -> str:
    """Read a study file and its images, and say in one line what would be run.

    Raises
    ------
    SettingsError, DataError, MissingFileError, UnreadableFileError
        If the study or its images cannot be used.
    """
    settings = named_settings(study)
    data = prepare(settings)
    return (
        f"all right: {len(data.train)} images to train on, {len(data.held_out)} held out, {len(data.chosen)} stimuli "
        f"of {len(data.source.classes)} classes on {settings.data.canvas} x {settings.data.canvas} pixels, "
        f"{settings.simulation.trials} trials of {settings.simulation.duration:g} ms"
    )
