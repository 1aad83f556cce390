"""Run the long checks and write them, dated, to ``evidence/RESULTS.md``: ``python -m evidence [NAME ...]``.

Each file of this folder has a ``main()`` that prints what a paper, a theory or a target says beside what was measured.
They are too long for the test suite, which holds a small sibling of each.
"""

import contextlib
import datetime
import importlib
import io
import platform
import sys
import time
from pathlib import Path

from isocortex import __version__
from isocortex.files import write_text

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


class _Tee(io.StringIO):
    """Keeps what is printed and shows it as well."""

    def write(self, text: str) -> int:
        sys.__stdout__.write(text)  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        return super().write(text)


def main() -> None:
    """Run the checks that the command line names; a full run replaces the table."""
    wanted = sys.argv[1:] or NAMES
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        raise SystemExit(f"no evidence called {', '.join(unknown)}; there is: {', '.join(NAMES)}")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parts = [
        "# Published beside measured\n",
        f"{today}, isocortex {__version__}, Python {platform.python_version()}, {platform.machine()}\n",
    ]
    sys.argv = sys.argv[:1]
    for name in wanted:
        start = time.perf_counter()
        print(f"== {name} ==", flush=True)
        with contextlib.redirect_stdout(_Tee()) as printed:
            importlib.import_module(f"evidence.{name}").main()
        seconds = time.perf_counter() - start
        parts.append(f"## {name}\n\n```\n{printed.getvalue().strip()}\n```\n\n{seconds:.0f} s\n")
    if wanted == NAMES:
        write_text(FOLDER / "RESULTS.md", "\n".join(parts))


if __name__ == "__main__":
    main()
