"""What every test shares: numbers that do not depend on which tests run before, and the counts of ONNX's vectors."""

from importlib.util import find_spec

import numpy as np
import pytest

# Written in autograd's NumPy, and looked through for doctests otherwise.
collect_ignore = [] if find_spec("autograd") else ["conformance/autograd_formulas.py"]

_states: dict = {}


@pytest.fixture(autouse=True)
def _the_same_numbers_whatever_runs_before(request):
    """Let a module's own generator begin anew in each test, so that order and selection change no number."""
    generator = getattr(request.module, "RNG", None)
    if isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        bits.state = _states.setdefault(request.module.__name__, bits.state)


def pytest_terminal_summary(terminalreporter):
    """Print the counts, whichever process ran the cases."""
    case = "test_ann_against_onnx.py::test_case["
    counts = {
        status: sum(case in one.nodeid for one in terminalreporter.stats.get(status, []))
        for status in ("passed", "failed", "skipped")
    }
    if any(counts.values()):
        terminalreporter.section("ONNX's vectors")
        terminalreporter.write_line(", ".join(f"{count} {status}" for status, count in counts.items()))
