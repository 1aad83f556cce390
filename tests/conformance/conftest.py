"""What is collected without the peers, and what is said of ONNX's vectors at the end of a run."""

from importlib.util import find_spec

# Written in autograd's NumPy, and looked through for doctests otherwise.
collect_ignore = [] if find_spec("autograd") else ["autograd_formulas.py"]


def pytest_terminal_summary(terminalreporter):
    """Print the counts of the cases that ran; the reason of each skip stands above them."""
    from onnx_cases import BEYOND

    counts = {
        status: sum("::test_case[" in one.nodeid for one in terminalreporter.stats.get(status, []) if ours(one, BEYOND))
        for status in ("passed", "failed", "skipped")
    }
    if any(counts.values()):
        terminalreporter.section("ONNX's vectors")
        terminalreporter.write_line(", ".join(f"{count} {status}" for status, count in counts.items()))


def ours(report, beyond):
    """Tell whether a report is of a case of an operator of the list."""
    return "test_ann_against_onnx.py" in report.nodeid and not any(f"[{one}-" in report.nodeid for one in beyond)
