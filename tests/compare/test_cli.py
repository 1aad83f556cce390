"""The command: exit codes, one line for a mistake, and what it leaves behind."""

import io
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import compare.study.stages as listed
from compare.cli import app, main
from compare.cli_display import Display
from compare.settings import StudySettings
from compare.settings_file import load_settings
from compare.study import Stage, Workspace
from isocortex.files import write_json, write_text

Study = Callable[[Callable[[], None]], None]


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Study:
    """Give the function that replaces the study's stages by two quick ones, of which the second calls `during`."""

    def use(during: Callable[[], None] = lambda: None) -> None:
        def gather(work: Workspace) -> dict[str, Any]:
            with work.bar(2, "counting") as advance:
                advance(2)
            write_json(work.path / "results.json", {"seed": work.settings.study.seed})
            return {}

        def picture(work: Workspace) -> None:
            during()
            write_text(work.path / "index.html", "page")

        stages = (
            Stage("gather", "Results gathered", gather, (), ("study",), ("results.json",)),
            Stage("picture", "Report drawn", picture, ("gather",), (), ("index.html",)),
        )
        monkeypatch.setattr(listed, "STAGES", stages)

    return use


def run(*arguments: object) -> tuple[int, str, str]:
    """Run the command in this process; give its exit code, output and errors."""
    ended = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.stdout, ended.stderr


def mistake(*arguments: object) -> str:
    """Run the command, see that it ends with code 2 and one line, and give that line."""
    code, _, errors = run(*arguments)
    assert code == 2
    assert errors.count("\n") == 1
    assert "Traceback" not in errors
    return errors


def test_a_run_prints_its_stages_and_ends_with_the_report(tmp_path: Path, study: Study) -> None:
    """One line a stage with its time; the last line is the path of the page."""
    study()
    code, output, errors = run("run", "digits", "--out", tmp_path / "out", "--seed", 3)
    lines = output.splitlines()
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"Results gathered +\d+\.\d s", lines[0])
    assert re.fullmatch(r"Report drawn +\d+\.\d s", lines[1])
    assert Path(lines[-1]) == tmp_path / "out" / "index.html"
    assert Path(lines[-1]).exists()
    assert '"seed": 3' in (tmp_path / "out" / "results.json").read_text()


def test_digits_is_what_runs_alone(tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """`isocortex run` without a word runs the default study into `report`."""
    study()
    monkeypatch.chdir(tmp_path)
    assert run("run")[0] == 0
    assert (tmp_path / "report" / "index.html").exists()


def test_running_again_says_what_becomes_of_the_earlier_run(tmp_path: Path, study: Study) -> None:
    """A finished run is redone with a word, or taken up with --resume."""
    study()
    run("run", "--out", tmp_path / "out")
    assert "a finished run, which is done anew; --resume would keep it" in run("run", "--out", tmp_path / "out")[1]
    code, output, _ = run("run", "--out", tmp_path / "out", "--resume")
    assert code == 0
    assert output.count("(from the earlier run)") == 2


def test_mistakes_are_one_line(tmp_path: Path, study: Study) -> None:
    """A study that is not there, a mistyped key, other settings, a foreign folder and a missing image each say so."""
    study()
    assert "did you mean 'digits'" in mistake("run", "digit", "--out", tmp_path / "out")
    file = tmp_path / "my.toml"
    file.write_text("[simulation]\ntrails = 3")
    assert "did you mean 'trials'" in mistake("run", file, "--out", tmp_path / "out")
    assert "did you mean 'trials'" in mistake("check", file)
    run("run", "--out", tmp_path / "out")
    assert "--force" in mistake("run", "--out", tmp_path / "out", "--seed", 1)
    assert "my.toml (and 1 more): not written by isocortex" in mistake("run", "--out", tmp_path)
    assert "must be at least 0, got -1" in mistake("run", "--out", tmp_path / "out", "--seed", -1)
    assert "results.json: no such file" in mistake("report", tmp_path / "none")
    file.write_text("[data]\nimages = 'none.npz'")
    assert "none.npz: no such file" in mistake("check", file)


def test_ctrl_c_is_130_and_keeps_what_was_finished(tmp_path: Path, study: Study) -> None:
    """Ctrl-C ends with one line and code 130; the finished stage is taken up by --resume."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    study(interrupt)
    code, _, errors = run("run", "--out", tmp_path / "out")
    assert code == 130
    assert "--resume continues" in errors
    study()
    code, output, _ = run("run", "--out", tmp_path / "out", "--resume")
    assert code == 0
    assert output.count("(from the earlier run)") == 1


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device", "big.npz"), "big.npz: No space left on device"),
        (OSError("odd"), "odd"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_the_machine_s_limits_are_one_line(tmp_path: Path, study: Study, error: Exception, message: str) -> None:
    """A full disk and exhausted memory are one line and code 2, also where a library meets them."""

    def fail() -> None:
        raise error

    study(fail)
    assert message in mistake("run", "--out", tmp_path / "out")


def test_a_defect_of_ours_is_not_hidden(tmp_path: Path, study: Study) -> None:
    """What is no user's mistake keeps its traceback."""

    def fail() -> None:
        raise ZeroDivisionError

    study(fail)
    with pytest.raises(ZeroDivisionError):
        run("run", "--out", tmp_path / "out")


def test_init_writes_the_defaults_and_no_file_twice(tmp_path: Path) -> None:
    """The commented file reads back as the defaults; a file that is there is left alone."""
    file = tmp_path / "my.toml"
    code, output, _ = run("init", file)
    assert code == 0
    assert f"isocortex run {file}" in output
    assert load_settings(file) == StudySettings()
    file.write_text("mine")
    assert "is there already" in mistake("init", file)
    assert file.read_text() == "mine"


def test_check_says_what_would_run(tmp_path: Path) -> None:
    """A valid study of the user's own images is described in one line, and nothing is written."""
    images = np.random.default_rng(0).random((60, 12, 12))
    np.savez(tmp_path / "own.npz", images=images, labels=np.arange(60) % 2)
    file = tmp_path / "my.toml"
    file.write_text(
        "[data]\nimages = 'own.npz'\nstimuli = 10\ncanvas = 32\nmax_shift = 2\n[brain]\nprototypes = [4, 4, 4]"
    )
    code, output, _ = run("check", file)
    assert code == 0
    assert "48 images to train on, 12 held out, 10 stimuli of 2 classes on 32 x 32 pixels" in output
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["my.toml", "own.npz"]


def test_check_finds_what_does_not_fit(tmp_path: Path) -> None:
    """A canvas too small, too few of a class and too few stimuli for the folds are found without running."""
    np.savez(tmp_path / "own.npz", images=np.zeros((60, 12, 12)), labels=np.arange(60) % 2)
    file = tmp_path / "my.toml"
    for settings, message in (
        ("canvas = 12\nmax_shift = 1", "set canvas to at least 14"),
        ("stimuli = 20\ncanvas = 24", "of class 0, but there are 6; ask for at most 12 stimuli"),
        ("stimuli = 8\ncanvas = 24", "give 4 of a class, fewer than the 5 folds"),
        ("stimuli = 10\ncanvas = 34", "multiples of 4"),
        ("stimuli = 10\ncanvas = 40\n[network]\nfilters = [1, 1, 1, 1, 1, 1]", "max_pooling2d_6"),
        ("held_out = 0.001\nstimuli = 8\ncanvas = 24", "too few to hold out"),
        ("stimuli = 20\n[comparison]\nmeasures = ['ridge']", "20 are too few for the measure 'ridge', which needs 30"),
        ("stimuli = 20\n[comparison]\nmeasures = ['cca']", "the pixels alone have 1600 before 20 stimuli"),
    ):
        file.write_text(f"[data]\nimages = 'own.npz'\n{settings}")
        assert message in mistake("check", file)
    file.write_text("[data]\nimages = 'digitz'")
    assert "did you mean 'digits'" in mistake("check", file)


def test_report_draws_again(tmp_path: Path, study: Study) -> None:
    """`isocortex report` makes the page anew and prints its path."""
    study()
    run("run", "--out", tmp_path / "out")
    (tmp_path / "out" / "index.html").unlink()
    code, output, _ = run("report", tmp_path / "out")
    assert code == 0
    assert output.splitlines()[-1] == str(tmp_path / "out" / "index.html")
    assert (tmp_path / "out" / "index.html").exists()


def test_the_version_is_the_distribution_s() -> None:
    """`--version` prints what is installed."""
    assert run("--version") == (0, f"isocortex {version('isocortex')}\n", "")


def test_bars_are_drawn_in_a_terminal_only() -> None:
    """In a terminal a long stage has a bar that is gone at the end; in a file there are lines alone."""
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=100, highlight=False, color_system=None)
        with Display(console) as display:
            display.began("Brain simulated")
            display.bar(800, "trials")(800)
            time.sleep(0.3 if terminal else 0)  # a terminal is drawn ten times a second
            display.ended("Brain simulated", 12.34, False)
            display.note("[not markup]")
        text = console.file.getvalue()
        assert ("800/800" in text) == terminal
        assert re.search(r"Brain simulated +12\.3 s\n", text)
        assert "[not markup]" in text


def test_main_turns_ctrl_c_into_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before a command has begun is no traceback either."""
    import compare.cli

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compare.cli, "app", interrupt)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_the_installed_command_answers(tmp_path: Path) -> None:
    """The console script runs as a process of its own: an unknown option and a mistake end with code 2."""
    command = [sys.executable, "-c", "from compare.cli import main; main()"]
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert helped.returncode == 0
    assert all(name in helped.stdout for name in ("run", "init", "check", "report"))
    assert subprocess.run([*command, "run", "--nonsense"], capture_output=True).returncode == 2
    wrong = subprocess.run([*command, "check", str(tmp_path / "no.toml")], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr == f"isocortex: {tmp_path / 'no.toml'}: no such file\n"
