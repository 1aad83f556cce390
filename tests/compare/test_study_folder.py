"""A run's folder: taken up wherever it was interrupted, never mixed, and nothing of others is touched."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compare.study.stages as listed
from compare.errors import FolderError
from compare.settings import StudySettings
from compare.study import RunFolder, Stage, Workspace, redraw, run_study
from compare.study.listener import Silence
from isocortex.errors import IsocortexError, MissingFileError, UnwritableFileError
from isocortex.files import read_json, write_json, write_text

Interrupt = Callable[[str], None]


def small_stages(interrupt: Interrupt = lambda place: None, log: list[str] | None = None) -> tuple[Stage, ...]:
    """Give four stages that compute something from seeds and each other, and can be interrupted at any place."""
    log = [] if log is None else log

    def draw(work: Workspace) -> dict[str, Any]:
        log.append("draw")
        interrupt("draw")
        work.save("activity/x.npz", {"x": np.random.default_rng(work.seed("data")).random(5)})
        interrupt("draw, written")
        return {"data": {"sum": work.load("activity/x.npz")["x"].sum()}}

    def square(work: Workspace) -> dict[str, Any]:
        log.append("square")
        work.save("activity/y.npz", {"y": work.load("activity/x.npz")["x"] ** work.settings.simulation.trials})
        interrupt("square, written")
        return {"squares": work.load("activity/y.npz")["y"].tolist()}

    def gather(work: Workspace) -> None:
        log.append("gather")
        write_json(work.path / "results.json", work.results("draw") | work.results("square"))
        interrupt("gather, written")

    def picture(work: Workspace) -> None:
        log.append("picture")
        write_text(work.path / "figures" / "a.svg", "picture")
        interrupt("picture, half")
        write_text(work.path / "index.html", work.settings.study.question)

    return (
        Stage("draw", "Drawing", draw, (), ("study.seed", "data"), ("activity/x.npz",)),
        Stage("square", "Squaring", square, ("draw",), ("simulation",), ("activity/y.npz",)),
        Stage("gather", "Gathering", gather, ("draw", "square"), ("study",), ("results.json",)),
        Stage("picture", "Drawing figures", picture, ("gather",), ("report",), ("figures/", "index.html")),
    )


PLACES = ("draw", "draw, written", "square, written", "gather, written", "picture, half")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Stage]], None]:
    """Give the function that puts other stages into the study."""
    return lambda stages: monkeypatch.setattr(listed, "STAGES", tuple(stages))


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a run but its record, which holds times."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "isocortex.json"]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def changed(**sections: dict[str, Any]) -> StudySettings:
    """Give settings other than the defaults."""
    return StudySettings.model_validate(sections)


class Stopped(Exception):
    """Stands for whatever ends a run."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [Stopped, KeyboardInterrupt])
def test_a_run_interrupted_anywhere_continues(
    tmp_path: Path, use: Callable[..., None], place: str, kind: type[BaseException]
) -> None:
    """A resumed run has the files of an uninterrupted one, and redoes no finished stage."""
    use(small_stages())
    run_study("digits", tmp_path / "whole")

    def stop(where: str) -> None:
        if where == place:
            raise kind

    first, second = [], []
    use(small_stages(stop, first))
    with pytest.raises(kind):
        run_study("digits", tmp_path / "cut")
    use(small_stages(log=second))
    run_study("digits", tmp_path / "cut", resume=True)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert first[:-1] + second == ["draw", "square", "gather", "picture"]


@pytest.mark.parametrize("place", PLACES)
def test_an_interrupted_run_can_be_redone(tmp_path: Path, use: Callable[..., None], place: str) -> None:
    """Without --resume everything is done anew, and nothing of the interrupted run stays behind."""

    def stop(where: str) -> None:
        (tmp_path / "cut" / "activity").mkdir(exist_ok=True)
        if where == place:
            raise Stopped

    use(small_stages(stop))
    with pytest.raises(Stopped):
        run_study("digits", tmp_path / "cut")
    log: list[str] = []
    use(small_stages(log=log))
    run_study("digits", tmp_path / "cut")
    assert log == ["draw", "square", "gather", "picture"]
    assert RunFolder(tmp_path / "cut").foreign() == []


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import compare.study.stages as listed
from compare.study import run_study
from isocortex.files import atomic_path
from test_study_folder import small_stages

def kill(place):
    if place == {place!r}:
        with atomic_path({out!r} + "/figures/b.svg") as temporary:  # a file half written is left behind
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)

listed.STAGES = small_stages(kill)
run_study("digits", {out!r})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_continues(tmp_path: Path, use: Callable[..., None]) -> None:
    """SIGKILL in the midst of writing leaves a folder that resumes, without the half-written file."""
    out = tmp_path / "cut"
    script = KILLED.format(tests=str(Path(__file__).parent), place="picture, half", out=str(out))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    assert any(name.startswith("figures/.b.") for name in contents(out))
    log: list[str] = []
    use(small_stages(log=log))
    run_study("digits", out, resume=True)
    run_study("digits", tmp_path / "whole")
    assert log[0] == "picture"
    assert contents(out) == contents(tmp_path / "whole")


def test_a_finished_run_is_taken_up_whole(tmp_path: Path, use: Callable[..., None]) -> None:
    """Resuming a finished run does nothing and says so of every stage."""
    log: list[str] = []
    use(small_stages(log=log))
    first = run_study("digits", tmp_path / "out")
    told: list[tuple[str, bool]] = []

    class Told(Silence):
        def ended(self, title: str, seconds: float, taken_up: bool) -> None:
            told.append((title, taken_up))

    assert run_study("digits", tmp_path / "out", resume=True, progress=Told()) == first
    assert log == ["draw", "square", "gather", "picture"]
    assert [taken_up for _, taken_up in told] == [True] * 4


def test_a_damaged_output_is_made_again(tmp_path: Path, use: Callable[..., None]) -> None:
    """A file that changed after its stage is noticed by its checksum, and only that stage is redone."""
    log: list[str] = []
    use(small_stages(log=log))
    run_study("digits", tmp_path / "out")
    whole = contents(tmp_path / "out")
    (tmp_path / "out" / "activity" / "x.npz").write_bytes(b"damaged")
    log.clear()
    run_study("digits", tmp_path / "out", resume=True)
    assert log == ["draw"]
    assert contents(tmp_path / "out") == whole


def test_other_settings_are_refused_without_force(tmp_path: Path, use: Callable[..., None]) -> None:
    """Results of different settings never stand in one folder, resumed or not."""
    use(small_stages())
    run_study("digits", tmp_path / "out")
    before = contents(tmp_path / "out")
    for resume in (False, True):
        with pytest.raises(FolderError, match=r"a run of other settings.*--force"):
            run_study("digits", tmp_path / "out", seed=1, resume=resume)
    assert contents(tmp_path / "out") == before
    forced = run_study("digits", tmp_path / "out", seed=1, force=True)
    assert forced == run_study("digits", tmp_path / "fresh", seed=1)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_run_that_finished_nothing_is_in_nobody_s_way(tmp_path: Path, use: Callable[..., None]) -> None:
    """After a mistake in its very first stage a study is corrected and run again, without --force."""

    def stop(where: str) -> None:
        raise Stopped

    use(small_stages(stop))
    with pytest.raises(Stopped):
        run_study("digits", tmp_path / "out")
    use(small_stages())
    assert run_study("digits", tmp_path / "out", seed=1) == run_study("digits", tmp_path / "fresh", seed=1)


def test_forced_resuming_keeps_what_does_not_depend_on_the_change(tmp_path: Path, use: Callable[..., None]) -> None:
    """With --force and --resume only the stages downstream of a changed setting are redone."""
    log: list[str] = []
    use(small_stages(log=log))
    run_study("digits", tmp_path / "out")
    log.clear()
    other = changed(simulation={"trials": 3})
    run_study(other, tmp_path / "out", force=True, resume=True)
    assert log == ["square", "gather", "picture"]
    run_study(other, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_an_unused_setting_redoes_nothing(tmp_path: Path, use: Callable[..., None]) -> None:
    """A stage's key holds only the settings that it uses; threads are in none."""
    log: list[str] = []
    use(small_stages(log=log))
    run_study("digits", tmp_path / "out")
    log.clear()
    run_study(changed(simulation={"threads": 2}), tmp_path / "out", resume=True)
    assert log == []


def test_a_folder_of_other_things_is_refused(tmp_path: Path, use: Callable[..., None]) -> None:
    """A file that isocortex did not write is named, and --force does not help a folder that is not ours."""
    use(small_stages())
    (tmp_path / "thesis.tex").write_text("dear")
    for force in (False, True):
        with pytest.raises(FolderError, match=r"thesis\.tex: not written by isocortex; choose another folder"):
            run_study("digits", tmp_path, force=force)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_force_deletes_only_what_isocortex_wrote(tmp_path: Path, use: Callable[..., None]) -> None:
    """A note put into the folder of a run survives --force; one in the way of a result stops the run."""
    use(small_stages())
    run_study("digits", tmp_path)
    (tmp_path / "activity" / "notes.txt").write_text("mine")
    (tmp_path / ".DS_Store").write_bytes(b"of the system")
    with pytest.raises(FolderError, match=r"notes\.txt"):
        run_study("digits", tmp_path)
    run_study("digits", tmp_path, seed=1, force=True)
    assert (tmp_path / "activity" / "notes.txt").read_text() == "mine"
    assert (tmp_path / ".DS_Store").exists()
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    with pytest.raises(FolderError, match=r"mine\.svg"):
        run_study("digits", tmp_path, seed=1, force=True)
    assert (tmp_path / "figures" / "mine.svg").read_text() == "mine"


def test_the_report_can_be_drawn_again(tmp_path: Path, use: Callable[..., None]) -> None:
    """Redrawing runs the last stage alone, from the results."""
    log: list[str] = []
    use(small_stages(log=log))
    results = run_study("digits", tmp_path / "out")
    (tmp_path / "out" / "index.html").unlink()
    log.clear()
    assert redraw(tmp_path / "out") == results
    assert log == ["picture"]
    assert (tmp_path / "out" / "index.html").exists()


def test_there_is_nothing_to_draw_without_results(tmp_path: Path) -> None:
    """A folder without results, or with results of something else, is refused."""
    with pytest.raises(MissingFileError, match=r"results\.json: no such file; `isocortex run` makes it"):
        redraw(tmp_path)
    write_json(tmp_path / "results.json", {})
    with pytest.raises(FolderError, match="was not written by isocortex"):
        redraw(tmp_path)


@pytest.mark.parametrize(
    "record",
    [
        "not json",
        "[]",
        '{"stages": {}}',
        '{"claimed": ["../../x"], "stages": {}, "settings": {}}',
        '{"claimed": [], "stages": {"a": {"key": "k", "seconds": 1, "files": {"/etc/passwd": "0"}}}, "settings": {}}',
        '{"claimed": [], "stages": {"a": {"key": 3, "seconds": 1, "files": {}}}, "settings": {}}',
    ],
)
def test_a_damaged_or_hostile_record_is_refused(tmp_path: Path, record: str) -> None:
    """A record that cannot be read, or that would have files outside of the folder deleted, is refused."""
    (tmp_path / "isocortex.json").write_text(record)
    with pytest.raises(FolderError, match=r"isocortex\.json: damaged"):
        RunFolder(tmp_path)


def test_places_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    """A file, and a place that cannot be made, are each named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match="file: is a file; choose a folder"):
        RunFolder(tmp_path / "file")
    with pytest.raises(UnwritableFileError, match="cannot be used"):
        RunFolder(tmp_path / "file" / "below")


def test_a_full_disk_keeps_what_was_finished(
    tmp_path: Path, use: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills up the error names the file, and the run continues once there is room."""
    log: list[str] = []
    use(small_stages(log=log))
    written = np.savez

    def full(stream: Any, **arrays: np.ndarray) -> None:
        if "y" in arrays:
            raise OSError(28, "No space left on device")
        written(stream, **arrays)

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(IsocortexError, match=r"y\.npz: cannot be written \(No space left on device\)"):
        run_study("digits", tmp_path / "out")
    monkeypatch.setattr(np, "savez", written)
    run_study("digits", tmp_path / "out", resume=True)
    assert log == ["draw", "square", "square", "gather", "picture"]


def test_times_of_an_earlier_run_are_kept(tmp_path: Path, use: Callable[..., None]) -> None:
    """The record holds the time of every stage, whichever run did it."""
    use(small_stages())
    run_study("digits", tmp_path / "out")
    record = read_json(tmp_path / "out" / "isocortex.json")
    run_study("digits", tmp_path / "out", resume=True)
    assert RunFolder(tmp_path / "out").seconds() == {name: entry["seconds"] for name, entry in record["stages"].items()}


def test_stages_stand_in_order_and_write_apart() -> None:
    """Every stage comes after those it needs, uses settings that exist, and no two write the same file."""
    settings = StudySettings()
    names: list[str] = []
    written: list[str] = []
    for stage in listed.STAGES:
        assert set(stage.needs) <= set(names)
        for used in stage.uses:
            section, _, key = used.partition(".")
            assert not key or hasattr(getattr(settings, section), key)
        names.append(stage.name)
        written += stage.writes
    assert len(set(names)) == len(names)
    assert len(set(written)) == len(written)
