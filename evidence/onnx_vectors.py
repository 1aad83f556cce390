"""ONNX's stored test vectors through ann's public classes: how many pass, by operator, and why the others do not run.

The table also stands in docs/ann/conformance.md, into which this script writes it.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "ann" / "conformance.md"


def write(table: str) -> None:
    """Put a table in the place of the one on the page."""
    text = PAGE.read_text(encoding="utf-8")
    start = text.index("| operator |")
    end = text.index("\n\n", start)
    PAGE.write_text(text[:start] + table + text[end:], encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests" / "conformance"))
    from onnx_cases import folders, markdown, outcomes, totals

    if folders():
        table = markdown(outcomes())
        print(table)
        print("\n{} passed, {} failed, {} skipped".format(*totals(outcomes())))
        write(table)
    else:
        print("  onnx is not installed: pip install 'onnx==1.22.*'")
