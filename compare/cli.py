"""The command `isocortex`. What is heavy is imported inside the commands, so that ``--help`` is quick."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from isocortex.errors import IsocortexError

__all__ = ["app", "main"]

app = typer.Typer(
    name="isocortex",
    help="Put a spiking brain and an artificial neural network in front of the same stimuli, and report which layer "
    "does what which region does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the report and all that it shows.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A study file (TOML).")]


def _version(asked: bool) -> None:
    if asked:
        from isocortex import __version__

        typer.echo(f"isocortex {__version__}")
        raise typer.Exit


@app.callback()
def _isocortex(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="'digits', or a study file (TOML).")] = "digits",
    out: Out = Path("report"),
    seed: Annotated[int | None, typer.Option(help="Instead of the study's own seed.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep the stages that an earlier run finished.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete a run of other settings in DIR.")] = False,
) -> None:
    """Run a study and write its report."""
    with _one_line():
        from compare.cli_display import Display
        from compare.study import run_study

        with Display() as display:
            run_study(study, out=out, seed=seed, resume=resume, force=force, progress=display)
        _finished(out)


@app.command()
def init(file: File) -> None:
    """Write a commented study file whose values are the defaults."""
    with _one_line():
        from compare.settings_file import settings_text
        from isocortex.errors import UnwritableFileError
        from isocortex.files import write_text

        if file.exists():
            raise UnwritableFileError(f"{file}: is there already; choose another name or delete it")
        write_text(file, settings_text())
        typer.echo(f"{file}: change what you like, then: isocortex run {file}")


@app.command()
def check(file: File) -> None:
    """Check a study file and its images without running it."""
    with _one_line():
        from compare.study import check_study

        typer.echo(f"{file}: {check_study(file)}")


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run.")]) -> None:
    """Draw the report of a finished run again."""
    with _one_line():
        from compare.cli_display import Display
        from compare.study import redraw

        with Display() as display:
            redraw(folder, progress=display)
        _finished(folder)


def main() -> None:
    """Run the command; a user's mistake is one line and exit code 2, Ctrl-C is 130."""
    with _one_line():
        app()


def _finished(folder: Path) -> None:
    typer.echo(str((folder / "index.html").absolute()))


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn what a user can mend into one line on standard error, without a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        _stop("stopped; what was finished is kept, --resume continues", 130)
    except IsocortexError as error:
        _stop(str(error), 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _stop(f"{where}{error.strerror or error}", 2)
    except MemoryError:
        _stop("not enough memory for this study; choose fewer stimuli or trials, or a smaller canvas", 2)


def _stop(message: str, code: int) -> None:
    typer.echo(f"isocortex: {' '.join(message.split())}", err=True)
    sys.exit(code)
