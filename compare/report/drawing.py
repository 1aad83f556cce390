"""The figures' files, drawn by two processes side by side.

Matplotlib lays out text in Python, on one core; a second process draws every other figure meanwhile. It is this module
run by itself, so that nothing of the caller's script is run again, and it is done without if it fails.
"""

import gc
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compare.report.arrays import load_arrays
from compare.report.figures.common import report_style
from compare.report.gallery import Plate, plates
from isocortex.style import save_figure
from isocortex.threads import resolve_threads

__all__ = ["draw_files", "save_plate"]

FEW = 8  # figures below which starting a process takes longer than drawing


def draw_files(
    results: Mapping[str, Any], folder: Path, formats: tuple[str, ...]
) -> dict[str, tuple[Plate, list[Path]]]:
    """Draw all figures of a study into ``folder/figures``.

    Parameters
    ----------
    results : mapping
        The results of a study.
    folder : pathlib.Path
        Of the study, whose arrays are read.
    formats : tuple of str
        Which files each figure gets.

    Returns
    -------
    dict
        Name -> the figure and its files, in the order of the page.
    """
    every = plates(results, load_arrays(folder / "activity"))
    others = every[1::2] if len(every) >= FEW and resolve_threads(None) > 1 else []
    helper = _Helper(results, folder, formats) if others else None
    found = {}
    try:
        for plate in every:
            if plate not in others:
                found[plate.name] = save_plate(plate, folder / "figures", formats)
        drawn = helper is not None and helper.succeeded()
    finally:
        if helper is not None:
            helper.end()
    for plate in others:
        paths = [folder / "figures" / f"{plate.name}.{suffix}" for suffix in formats]
        found[plate.name] = paths if drawn else save_plate(plate, folder / "figures", formats)
    return {plate.name: (plate, found[plate.name]) for plate in every}


def save_plate(plate: Plate, folder: Path, formats: tuple[str, ...]) -> list[Path]:
    """Draw one figure and write its files."""
    with report_style(), no_collection(), warnings.catch_warnings():
        # A name in a script that the font lacks: boxes in PNG and PDF, but text stays text in SVG and on the page.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        figure = plate.draw()
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)  # once, not once a format
            figure.set_layout_engine("none")
        return save_figure(figure, folder / plate.name, formats)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from running within the block.

    Matplotlib makes so many objects that live until the figure is done that collections take a quarter of its time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class _Helper:
    """A process that draws every other figure and ends."""

    def __init__(self, results: Mapping[str, Any], folder: Path, formats: tuple[str, ...]) -> None:
        # -P: nothing is imported from the folder in which the user happens to work, unless this process does so too.
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self.process: subprocess.Popen[str] | None = None
        try:
            told = json.dumps({"results": results, "folder": str(folder.absolute()), "formats": formats})
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "compare.report.drawing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": paths},
                text=True,
            )
            stream = self.process.stdin
            if stream is not None:
                stream.write(told)
                stream.close()
                self.process.stdin = None
        except (OSError, TypeError, ValueError):  # results that are not JSON, or no process to be had
            self.end()

    def succeeded(self) -> bool:
        """Wait until it is done, and say whether all went well."""
        return self.process is not None and self.process.wait() == 0

    def end(self) -> None:
        """Leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def main() -> None:
    """Draw every other figure of the results that are given as JSON on the standard input."""
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    for plate in plates(asked["results"], load_arrays(folder / "activity"))[1::2]:
        save_plate(plate, folder / "figures", tuple(asked["formats"]))


if __name__ == "__main__":
    main()
