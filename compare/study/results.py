"""Every number of the report in one file, with what it takes to get it again."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from compare.settings import settings_hash
from compare.study.stage import Workspace
from isocortex import __version__
from isocortex.files import read_json, write_json
from isocortex.threads import resolve_threads

__all__ = ["PARTS", "RESULTS", "run_report", "run_results"]

RESULTS = "results.json"
PARTS = ("data", "network", "brain", "simulation", "spikes", "readout", "comparison", "units", "moments",
         "recovery")  # fmt: skip
PACKAGES = ("numpy", "scipy", "brian2", "numba", "networkx", "xarray", "scikit-learn", "matplotlib", "threadpoolctl")


def run_results(work: Workspace) -> None:
    """Gather what the stages contributed, and draw the verdict."""
    from compare.report import verdict
    from compare.study.stages import STAGES

    found: dict[str, Any] = {}
    for stage in STAGES:
        if stage.name in PARTS and stage.wanted(work.settings):
            found |= work.results(stage.name)
    measured = found.pop("physiology")
    for region in found["brain"]["regions"]:
        region |= measured[region["name"]]
    times = work.folder.seconds()
    results = {
        "isocortex": _provenance(),
        "study": _study(work),
        **found,
        "times": {name: round(seconds, 2) for name, seconds in times.items()},
        "total_s": round(sum(times.values()), 2),
        "notes": _notes(found),
    }
    results["verdict"] = {"sentences": list(verdict(results))}
    write_json(work.path / RESULTS, results)


def run_report(work: Workspace) -> None:
    """Draw the figures and the page from the results."""
    from compare.report import write_report

    write_report(read_json(work.path / RESULTS), work.path)


def _provenance() -> dict[str, Any]:
    return {
        "version": __version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpu_threads": resolve_threads(None),
        "blas": _blas(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _blas() -> list[str]:
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return sorted({f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} threads" for pool in pools})


def _study(work: Workspace) -> dict[str, Any]:
    sections = ("data", "network", "brain", "simulation", "comparison")
    return {
        "name": work.settings.study.name,
        "question": work.settings.study.question,
        "settings": work.settings.model_dump(mode="json"),
        "settings_hash": settings_hash(work.settings),
        "seeds": {section: work.seed(section) for section in sections},
    }


def _notes(found: dict[str, Any]) -> list[str]:
    """Collect what a reader must know: the remarks of every comparison."""
    notes = []
    for measure, layer_map in found["comparison"].items():
        notes += [f"{measure}: {note}" for note in layer_map.get("notes", [])]
    return notes
