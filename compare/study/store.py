"""The folder of a run: what isocortex wrote there, under which settings, and what can be taken up again.

``isocortex.json`` in the folder records the settings, every finished stage with the checksums of its files, and,
before a stage begins, which files it is about to write. So a run that is killed at any point leaves a folder in
which every file is known: it belongs to a finished stage, to the interrupted one, or it is not ours.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from compare.errors import FolderError
from isocortex.errors import UnreadableFileError, UnwritableFileError
from isocortex.files import read_json, write_json

__all__ = ["RunFolder", "checksum"]

RECORD = "isocortex.json"
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # put into any folder by the system that shows it


class RunFolder:
    """The folder that a study writes to.

    Parameters
    ----------
    path : pathlib.Path
        The folder; made if it is missing.

    Raises
    ------
    FolderError
        If there is something in the folder that isocortex did not write, or its record is damaged.
    UnwritableFileError
        If the folder cannot be made or read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_dir():
            raise FolderError(f"{path}: is a file; choose a folder")
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._record = self._read()
        except OSError as error:
            raise UnwritableFileError(f"{path}: cannot be used ({error.strerror})") from error

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The settings under which the folder was written; None for a new one."""
        return self._record.get("settings")

    @property
    def settings_hash(self) -> str | None:
        """The hash of these settings."""
        return self._record.get("settings_hash")

    @property
    def finished(self) -> tuple[str, ...]:
        """The names of the stages that were finished."""
        return tuple(self._record["stages"])

    def foreign(self) -> list[str]:
        """List what is in the folder and was not written by isocortex, relative to it."""
        if self.settings is None:  # nothing of ours: no need to walk through what may be somebody's home
            return sorted(entry.name for entry in self.path.iterdir() if self._is_foreign(entry.name))
        return sorted(name for name in self._present() if self._is_foreign(name))

    def check(self, settings_hash: str, outputs: Iterable[str], force: bool = False) -> None:
        """Refuse a folder of other things or of other settings.

        Parameters
        ----------
        settings_hash : str
            The hash of the settings to be run.
        outputs : iterable of str
            All that will be written: files, or folders with a trailing slash, relative to the folder.
        force : bool
            Whether a run of other settings may be deleted, and other things may stand beside.

        Raises
        ------
        FolderError
            If the folder holds other things, or, without `force`, the results of other settings.
        """
        foreign = self.foreign()
        in_the_way = [name for name in foreign if _claims(outputs, name)]
        if in_the_way or (foreign and not (force and self.settings is not None)):
            name, *others = in_the_way or foreign
            more = f" (and {len(others)} more)" if others else ""
            raise FolderError(f"{self.path / name}{more}: not written by isocortex; choose another folder with --out")
        if not force and self.finished and self.settings_hash != settings_hash:
            raise FolderError(
                f"{self.path}: holds a run of other settings; choose another folder with --out, or delete that run "
                "with --force"
            )

    def begin(self, settings: Mapping[str, Any], settings_hash: str, keep: bool) -> None:
        """Start a run under `settings`; what is there is kept to be taken up, or deleted.

        Only what isocortex wrote is ever deleted.
        """
        if not keep:
            # The record itself stays until it is written anew, so that a kill in between leaves no unknown file.
            self._delete(name for name in self._present() if name != RECORD and self._wrote(name))
            self._record = _new_record()
        self._record["settings"] = dict(settings)
        self._record["settings_hash"] = settings_hash
        self._write()

    def reusable(self, stage: str, key: str) -> bool:
        """Say whether `stage` was finished under the same `key` and its files are as it left them."""
        entry = self._record["stages"].get(stage)
        if entry is None or entry["key"] != key:
            return False
        return all(
            (self.path / name).is_file() and checksum(self.path / name) == digest
            for name, digest in entry["files"].items()
        )

    def claim(self, stage: str, outputs: Iterable[str]) -> None:
        """Record that `stage` is about to write `outputs`, and delete what it wrote before.

        Parameters
        ----------
        stage : str
            The stage's name.
        outputs : iterable of str
            Files, or folders with a trailing slash, relative to the folder of the run.
        """
        earlier = self._record["stages"].pop(stage, {"files": {}})["files"]
        interrupted = self._record["claimed"]
        self._delete(name for name in self._present() if name in earlier or _claims(interrupted, name))
        self._record["claimed"] = list(outputs)
        self._write()

    def finish(self, stage: str, key: str, seconds: float) -> None:
        """Record that `stage` is finished: its key, its time, and the checksum of every file that it wrote."""
        files = sorted(name for name in self._present() if _claims(self._record["claimed"], name))
        self._record["stages"][stage] = {
            "key": key,
            "seconds": seconds,
            "files": {name: checksum(self.path / name) for name in files},
        }
        self._record["claimed"] = []
        self._write()

    def digests(self, stage: str) -> Mapping[str, str]:
        """Give the checksums of the files of a finished stage."""
        return self._record["stages"][stage]["files"]

    def seconds(self) -> dict[str, float]:
        """Give how long every finished stage took, also those of an earlier, interrupted run."""
        return {stage: entry["seconds"] for stage, entry in self._record["stages"].items()}

    def _read(self) -> dict[str, Any]:
        path = self.path / RECORD
        if not path.exists():
            return _new_record()
        try:
            record = read_json(path)
            _check_record(record)
        except (UnreadableFileError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise FolderError(
                f"{path}: damaged, so what isocortex wrote here is not known; choose another folder"
            ) from error
        return record

    def _write(self) -> None:
        write_json(self.path / RECORD, self._record)

    def _wrote(self, name: str) -> bool:
        """Say whether isocortex wrote this file, or was about to."""
        finished = any(name in entry["files"] for entry in self._record["stages"].values())
        return finished or _claims([RECORD, *self._record["claimed"]], name)

    def _is_foreign(self, name: str) -> bool:
        return not self._wrote(name) and Path(name).name not in LITTER

    def _present(self) -> list[str]:
        found = []
        for folder, _, names in os.walk(self.path):
            found += [(Path(folder) / name).relative_to(self.path).as_posix() for name in names]
        return found

    def _delete(self, names: Iterable[str]) -> None:
        try:
            for name in names:
                (self.path / name).unlink(missing_ok=True)
                for folder in Path(name).parents:
                    place = self.path / folder
                    if folder != Path() and place.is_dir() and not any(place.iterdir()):
                        place.rmdir()
        except OSError as error:
            raise UnwritableFileError(f"{self.path}: cannot be cleared ({error.strerror})") from error


def checksum(path: Path) -> str:
    """Give the BLAKE2b checksum of a file.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a"
    >>> _ = file.write_text("a")
    >>> checksum(file)[:8]
    '27c35e6e'
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _new_record() -> dict[str, Any]:
    return {
        "about": "What isocortex wrote in this folder; it is needed to take up a run again.",
        "settings": None,
        "settings_hash": None,
        "claimed": [],
        "stages": {},
    }


def _check_record(record: dict[str, Any]) -> None:
    """Refuse a record whose paths lead out of the folder, since they are deleted on demand."""
    names = list(record["claimed"])
    for entry in record["stages"].values():
        float(entry["seconds"])
        str.encode(entry["key"])
        names += entry["files"]
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ValueError(name)
    dict(record["settings"] or {})


def _claims(outputs: Iterable[str], name: str) -> bool:
    """Say whether a stage with these outputs may have written `name`, or was about to."""
    return any(
        name.startswith(output) if output.endswith("/") else name == output or _temporary(name, output)
        for output in outputs
    )


def _temporary(name: str, output: str) -> bool:
    """Say whether `name` is what `isocortex.files.atomic_path` writes before it renames it to `output`."""
    file, target = Path(name), Path(output)
    return file.parent == target.parent and file.name.startswith(f".{target.stem}.") and file.suffix == target.suffix
