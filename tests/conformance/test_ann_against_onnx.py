"""ONNX's stored vectors, run through ann's public layers, losses and optimisers; left out where onnx is missing."""

from importlib.metadata import version
from pathlib import Path

import pytest
from onnx_cases import BEYOND, cases, folders, markdown, outcome, outcomes

if not folders() or not version("onnx").startswith("1.22."):
    pytest.skip("onnx 1.22, the last that stores its vectors, is not installed", allow_module_level=True)
CASES = cases()


def named(case):
    """Name a case for a test."""
    return f"{case.operator}-{case.suite}-{case.name[5:]}"


@pytest.mark.parametrize("case", [case for case in CASES if case.operator not in BEYOND], ids=named)
def test_case(case):
    """The case's outputs come out of ann's own class."""
    hold(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.operator in BEYOND], ids=named)
def test_beyond(case):
    """So they do for operators beside the list."""
    hold(case)


def hold(case):
    """Fail or skip with the reason."""
    found = outcome(case)
    if found.status == "skipped":
        pytest.skip(found.reason)
    assert found.status == "passed", found.reason


def test_the_page_shows_these_counts():
    """No count falls unseen: the table of the page, which `evidence.onnx_vectors` writes, is that of today."""
    page = Path(__file__).parents[2] / "docs" / "ann" / "conformance.md"
    assert markdown(outcomes()) in page.read_text(encoding="utf-8")
