"""Running a study: stage after stage, each recorded as it is finished."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compare.errors import FolderError
from compare.settings import StudySettings, settings_hash
from compare.settings_file import named_settings, with_seed
from compare.study.listener import Bars, Listener, Silence
from compare.study.source import fingerprint
from compare.study.stage import Stage, Workspace, stage_key
from compare.study.store import RunFolder
from isocortex.errors import MissingFileError
from isocortex.files import read_json

__all__ = ["redraw", "run_stages", "run_study"]

RESULTS = "results.json"


def run_study(
    study: str | os.PathLike[str] | StudySettings = "digits",
    out: str | os.PathLike[str] = "report",
    seed: int | None = None,
    resume: bool = False,
    force: bool = False,
    progress: bool | Listener | None = None,
) -> dict[str, Any]:
    """Run a study and write its report.

    Parameters
    ----------
    study : str, path-like or StudySettings
        ``"digits"``, a study file, or settings.
    out : path-like
        The folder for the report, ``out/index.html``, and all that it shows; new, empty, or of an earlier run.
    seed : int, optional
        Instead of the study's own seed.
    resume : bool
        Take up the stages that an earlier run of the same settings has finished. Otherwise that run is redone.
    force : bool
        Delete a run of other settings (and nothing else).
    progress : bool or Listener, optional
        ``True`` shows bars for long stages; a `Listener` is told everything.

    Returns
    -------
    dict
        The results, as they stand in ``out/results.json``.

    Raises
    ------
    SettingsError, DataError, MissingFileError, UnreadableFileError
        If the study or its images cannot be used.
    FolderError, UnwritableFileError
        If the folder cannot be used.
    """
    from compare.study.stages import STAGES

    settings = study if isinstance(study, StudySettings) else named_settings(study)
    if seed is not None:
        settings = with_seed(settings, seed)
    listener = Bars() if progress is True else progress or Silence()
    path = Path(out)
    folder = RunFolder(path)
    identity = settings_hash(settings)
    folder.check(identity, [name for stage in STAGES for name in stage.writes], force)
    if folder.finished and not resume:
        wanted = {stage.name for stage in STAGES if stage.wanted(settings)}
        complete = wanted <= set(folder.finished) and folder.settings_hash == identity
        listener.note(
            f"{path} holds {'a finished' if complete else 'another'} run, which is done anew"
            f"{'; --resume would keep it' if folder.settings_hash == identity else ''}"
        )
    folder.begin(settings.model_dump(mode="json"), identity, keep=resume)
    run_stages([stage for stage in STAGES if stage.wanted(settings)], Workspace(settings, folder, listener))
    return read_json(path / RESULTS)


def redraw(out: str | os.PathLike[str], progress: bool | Listener | None = None) -> dict[str, Any]:
    """Draw the report of a finished run again, from its results.

    Parameters
    ----------
    out : path-like
        The folder of the run.
    progress : bool or Listener, optional
        As for `run_study`.

    Raises
    ------
    MissingFileError
        If there are no results in the folder.
    FolderError
        If something in the folder was not written by isocortex and is in the way.
    """
    from compare.study.stages import STAGES

    path = Path(out)
    if not (path / RESULTS).is_file():
        raise MissingFileError(f"{path / RESULTS}: no such file; `isocortex run` makes it")
    folder = RunFolder(path)
    if folder.settings is None:
        raise FolderError(f"{path}: was not written by isocortex")
    settings = StudySettings.model_validate(folder.settings)
    drawing = STAGES[-1]
    folder.check(settings_hash(settings), drawing.writes, force=True)
    listener = Bars() if progress is True else progress or Silence()
    _run(drawing, Workspace(settings, folder, listener), _key(drawing, settings, folder, set(drawing.needs)))
    return read_json(path / RESULTS)


def run_stages(stages: Sequence[Stage], workspace: Workspace) -> None:
    """Run stages in order, leaving out those that the folder holds from an earlier run of the same settings."""
    folder, names = workspace.folder, {stage.name for stage in stages}
    for stage in stages:
        key = _key(stage, workspace.settings, folder, names)
        if folder.reusable(stage.name, key):
            workspace.listener.ended(stage.title, folder.seconds()[stage.name], True)
        else:
            _run(stage, workspace, key)


def _run(stage: Stage, workspace: Workspace, key: str) -> None:
    folder = workspace.folder
    workspace.listener.began(stage.title)
    begin = time.perf_counter()
    folder.claim(stage.name, stage.writes)
    workspace.write_results(stage.name, stage.run(workspace) or {})
    seconds = time.perf_counter() - begin
    folder.finish(stage.name, key, seconds)
    workspace.listener.ended(stage.title, seconds, False)


def _key(stage: Stage, settings: StudySettings, folder: RunFolder, among: set[str]) -> str:
    upstream = {name: folder.digests(name) for name in stage.needs if name in among}
    return stage_key(stage, settings, upstream, "" if stage.needs else fingerprint(settings.data.images))
