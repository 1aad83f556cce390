"""Runs the scripts of a folder, all of them or those that the command line names, each in a process of its own."""

import datetime
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from isocortex import __version__

LIBRARIES = ("numpy", "numba", "brian2", "nest-simulator", "torch", "scikit-learn")


def run(folder: Path) -> None:
    """Print where and when, then whatever each script prints, and how long it took.

    A process of its own, because memory that one script has taken would be counted as the next one's.
    """
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    wanted = sys.argv[1:] or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise SystemExit(f"{folder.name}: there is no {', '.join(unknown)}; there are: {', '.join(names)}")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    versions = ", ".join(f"{name} {found}" for name in LIBRARIES if (found := _version(name)))
    print(f"# {folder.name.capitalize()}\n")
    print(f"isocortex {__version__}, {today}, Python {platform.python_version()}, {versions}  ")
    print(f"{_machine()}, {os.cpu_count()} cores", flush=True)
    for name in wanted:
        print(f"\n## {name}\n\n```", flush=True)
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", f"{folder.name}.{name}"], cwd=folder.parent, check=True)
        print(f"({time.perf_counter() - start:.0f} s)\n```", flush=True)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _machine() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
