"""ONNX's stored vectors, run through ann's public layers, losses and optimisers; left out where onnx is missing."""

import pytest
from onnx_cases import cases, folders, outcome

if folders():
    CASES = cases()
else:
    pytest.skip("onnx is not installed", allow_module_level=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operator}-{case.suite}-{case.name[5:]}")
def test_case(case):
    """The case's outputs come out of ann's own class."""
    found = outcome(case)
    if found.status == "skipped":
        pytest.skip(found.reason)
    assert found.status == "passed", found.reason
