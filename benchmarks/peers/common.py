"""What all peers share: the brains that are compared, and a measurement in a fresh process."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import brainsim

BRAINS = {
    "coba": brainsim.atlas.coba,
    "cuba": brainsim.atlas.cuba,
    "brunel": lambda: brainsim.atlas.brunel(g=5, eta=2),
}


def measure(peer: str, *options: str, cold: bool = False, environment: Mapping[str, str] | None = None) -> dict:
    """Run a peer in a fresh process and give what it printed as JSON in its last line.

    Parameters
    ----------
    peer : str
        Module in this package.
    *options : str
        Its command line.
    cold : bool
        With empty caches: nothing that was compiled before is found.
    environment : mapping, optional
        Variables to set.
    """
    variables = {**os.environ, **(environment or {})}
    with tempfile.TemporaryDirectory() as folder:
        if cold:
            for name in ("ISOCORTEX_CACHE", "NUMBA_CACHE_DIR", "BRIAN_CACHE", "MPLCONFIGDIR"):
                variables[name] = str(Path(folder) / name.lower())
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.peers.{peer}", *options],
            env=variables,
            check=False,
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        raise SystemExit(f"{peer} {' '.join(options)} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def available(module: str) -> bool:
    """Say whether a peer is installed."""
    from importlib.util import find_spec

    return find_spec(module) is not None
