"""The history as a table in a file."""

import csv
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ann.callbacks.callback import Callback
from ann.errors import UnreadableFileError, UnwritableFileError
from isocortex.files import as_path, atomic_path, existing

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes one row an epoch: ``epoch`` (counted from 1) and the numbers of the history.

    Every row is on the disk when its epoch ends. A resumed run goes on in the same file: rows of epochs that it will
    train again, because the run was cut off after its last checkpoint, are taken out first.

    Parameters
    ----------
    path : path-like
        Where to.
    append : bool
        Whether a run that is not resumed keeps the rows that are there already, too.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `path` is none.
    UnwritableFileError, UnreadableFileError
        If it cannot be written, or what is there has other columns.
    """

    def __init__(self, path: str | os.PathLike[str], append: bool = False):
        as_path(path, "CSVLogger.path")
        self.path = path
        self.append = bool(append)
        self._columns: list[str] | None = None

    def on_train_begin(self, model: "Network") -> None:
        """Begin the file, or find the place to go on."""
        done = model.history.epochs if model.history else 0
        there = os.path.isfile(self.path) and os.path.getsize(self.path) > 0
        self._columns = None
        if there and (done or self.append):
            try:
                lines = existing(self.path).read_text(encoding="utf-8").splitlines(keepends=True)
                # A process that was killed amid a row leaves part of it.
                rows = list(csv.reader(line for line in lines if line.endswith("\n")))
                self._columns = rows[0]
                kept = [row for row in rows[1:] if self.append or int(row[self._columns.index("epoch")]) <= done]
            except (OSError, csv.Error, ValueError, IndexError) as error:
                raise UnreadableFileError(f"{self.path}: is no table that CSVLogger wrote ({error})") from error
            with atomic_path(self.path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([self._columns, *kept])
        elif there:
            self._write([], "w")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], model: "Network") -> None:
        """Write a row."""
        columns = ["epoch", *logs]
        if self._columns is None:
            self._columns = columns
            self._write([columns], "w")
        if self._columns != columns:
            raise UnreadableFileError(
                f"{self.path}: has the columns {', '.join(self._columns)}, the run {', '.join(columns)}; "
                "take another file"
            )
        self._write([[epoch + 1, *(repr(float(value)) for value in logs.values())]], "a")

    def _write(self, rows: list[list[object]] | list[list[str]], mode: str) -> None:
        try:
            with open(self.path, mode, newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows(rows)
        except OSError as error:
            raise UnwritableFileError(f"{self.path}: cannot be written ({error.strerror or error})") from error
