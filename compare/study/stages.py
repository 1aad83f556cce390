"""The stages of a study, in order."""

from compare.study.data import STIMULI, run_data
from compare.study.stage import Stage

__all__ = ["STAGES"]

STAGES: tuple[Stage, ...] = (
    Stage("data", "Images chosen and placed", run_data, uses=("study.seed", "data"), outputs=(STIMULI,)),
)
