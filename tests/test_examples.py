"""Each numbered example runs, is short, and leaves a figure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("[0-9]*.py"))
QUICK = EXAMPLES[:4]  # what the README begins with; the others train for ten seconds and more


@pytest.mark.parametrize(
    "path",
    [path if path in QUICK else pytest.param(path, marks=pytest.mark.slow) for path in EXAMPLES],
    ids=lambda path: path.stem,
)
def test_example_runs_and_saves_a_figure(path, tmp_path):
    """Run in an empty folder, an example of at most 60 lines succeeds, warns of nothing and saves a picture."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60

    result = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"MPLBACKEND": "Agg"},
    )

    assert result.returncode == 0, result.stderr
    assert any(file.stat().st_size > 1000 for file in tmp_path.rglob("*.png"))


def test_the_examples_are_numbered_without_gaps():
    """They tell a story in its order."""
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    assert len(EXAMPLES) >= 3
