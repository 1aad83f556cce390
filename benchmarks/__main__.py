"""Run every benchmark, or those named: ``python -m benchmarks [NAME ...]``.

Each file of this folder is one benchmark with a ``main()``; it prints what was measured beside its target or beside a
peer measured in the same run. Nothing here is asserted: a clock is no test.
"""

import importlib
import platform
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main() -> None:
    """Run the benchmarks that the command line names."""
    wanted = sys.argv[1:] or NAMES
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        raise SystemExit(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    print(f"{platform.platform()}, Python {platform.python_version()}")
    sys.argv = sys.argv[:1]
    for name in wanted:
        print(f"\n== {name} ==", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
