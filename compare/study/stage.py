"""A stage of a study, and the workspace that stages share."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from compare.settings import StudySettings
from compare.study.listener import Listener
from compare.study.store import RunFolder
from isocortex import __version__
from isocortex.files import read_arrays, read_json, write_arrays, write_json
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed

__all__ = ["Stage", "Workspace", "section_seed", "stage_key"]


@dataclass
class Workspace:
    """What a stage works with: the settings, the folder, and what earlier stages left in memory.

    Parameters
    ----------
    settings : StudySettings
        What the study was told.
    folder : RunFolder
        The folder of the run.
    listener : Listener
        Who is told of progress.
    memory : dict
        Objects that are costly to make and follow from settings and files alone, such as the brain. A stage asks
        for them through a function that makes them if they are missing, so that a resumed run has them too.
    """

    settings: StudySettings
    folder: RunFolder
    listener: Listener
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the folder of the run is."""
        return self.folder.path

    def seed(self, section: str) -> int:
        """Give the seed of a section; see `section_seed`."""
        return section_seed(self.settings, section)

    def save(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write arrays to the folder, and keep them at hand for later stages of this process."""
        write_arrays(self.path / name, arrays)
        self.memory[name] = dict(arrays)

    def load(self, name: str) -> dict[str, np.ndarray]:
        """Give arrays of an earlier stage."""
        if name not in self.memory:
            self.memory[name] = read_arrays(self.path / name)
        return self.memory[name]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Give the object `name`, made by `make` the first time it is asked for."""
        if name not in self.memory:
            self.memory[name] = make()
        return self.memory[name]

    def results(self, stage: str) -> dict[str, Any]:
        """Give what an earlier stage contributed to the results."""
        return read_json(self.path / results_file(stage))

    def write_results(self, stage: str, values: Mapping[str, Any]) -> None:
        """Write what a stage contributes to the results."""
        write_json(self.path / results_file(stage), values)

    def bar(self, total: int, description: str) -> AbstractContextManager[Advance]:
        """Open a progress bar."""
        return progress_bar(total, description, self.listener.bar)


def always(settings: StudySettings) -> bool:
    """Say that every study has it."""
    return True


@dataclass(frozen=True)
class Stage:
    """A step of a study whose outputs are kept.

    Parameters
    ----------
    name : str
        One word, for the folder and the times.
    title : str
        What the user reads while it runs.
    run : callable
        Called with the `Workspace`; writes the outputs and gives its part of the results.
    needs : tuple of str
        The stages whose outputs it reads.
    uses : tuple of str
        The settings that it depends on: sections (``"data"``) or keys (``"study.seed"``).
    outputs : tuple of str
        The files that it writes, relative to the folder of the run; a folder ends with a slash.
    wanted : callable
        Called with the settings; says whether such a study has this stage at all.
    """

    name: str
    title: str
    run: Callable[[Workspace], Mapping[str, Any] | None]
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    wanted: Callable[[StudySettings], bool] = always

    @cached_property
    def writes(self) -> tuple[str, ...]:
        """All files of the stage, its part of the results included."""
        return (*self.outputs, results_file(self.name))


def section_seed(settings: StudySettings, section: str) -> int:
    """Give the seed of a section, derived from the study's seed and the section's own.

    Examples
    --------
    >>> section_seed(StudySettings(), "brain") == section_seed(StudySettings(), "network")
    False
    """
    return child_seed(settings.study.seed, section, getattr(settings, section).seed)


def results_file(stage: str) -> str:
    """Give the name of the file that holds a stage's part of the results."""
    return f"stages/{stage}.json"


def stage_key(stage: Stage, settings: StudySettings, upstream: Mapping[str, Mapping[str, str]], source: str) -> str:
    """Give the hash of everything that a stage's outputs follow from.

    Parameters
    ----------
    stage : Stage
        The stage.
    settings : StudySettings
        Of which only what the stage uses enters.
    upstream : mapping
        For every stage that it needs, the checksums of that stage's files.
    source : str
        What tells the user's own images apart from changed ones; only stages that need no other read them.
    """
    values = settings.model_dump(mode="json", exclude={"simulation": {"threads"}})
    used: dict[str, Any] = {}
    for name in stage.uses:
        section, _, key = name.partition(".")
        used[name] = values[section][key] if key else values[section]
    text = json.dumps(
        [stage.name, stage.outputs, __version__, used, upstream, "" if stage.needs else source], sort_keys=True
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
