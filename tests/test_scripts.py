"""The scripts beside the packages keep pace with them."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("benchmarks", "evidence")
    for path in (ROOT / folder).rglob("*.py")
    if path.stem != "__main__"
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import(name):
    """Every benchmark and every evidence finds what it imports; what they print takes too long for a test."""
    assert importlib.import_module(name).__doc__
