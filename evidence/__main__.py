"""Run the long checks, or those named: ``python -m evidence [NAME ...]``.

Each file of this folder prints what a paper, a theory or a target says beside what was measured.
They are too long for the test suite, which holds a small sibling of each. ``make evidence`` keeps what a full run
prints, dated, in ``evidence/RESULTS.md``.
"""

from pathlib import Path

from benchmarks._runner import run

if __name__ == "__main__":
    run(Path(__file__).parent)
