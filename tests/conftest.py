"""Says at the end of a run what became of ONNX's vectors; the reason of each skip stands above that."""


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
