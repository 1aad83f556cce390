"""Run every benchmark, or those named: ``python -m benchmarks [NAME ...]``.

Each file of this folder is one benchmark; it prints what was measured beside its target or beside a
peer measured in the same run. Nothing here is asserted: a clock is no test. ``make bench`` keeps what a full run prints
in ``benchmarks/RESULTS.md``.
"""

from pathlib import Path

from benchmarks._runner import run

if __name__ == "__main__":
    run(Path(__file__).parent)
