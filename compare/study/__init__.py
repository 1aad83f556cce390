"""A study: settings in, a folder with results and a report out, taken up again wherever it was interrupted."""

from compare.study.check import check_study
from compare.study.listener import Listener
from compare.study.run import redraw, run_stages, run_study
from compare.study.stage import Stage, Workspace
from compare.study.store import RunFolder

__all__ = ["Listener", "RunFolder", "Stage", "Workspace", "check_study", "redraw", "run_stages", "run_study"]
