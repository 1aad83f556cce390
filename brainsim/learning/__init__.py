"""Learning: stimuli one after the other, and the brain that comes out of it."""

from brainsim.errors import LearningInterrupted
from brainsim.learning.course import learn
from brainsim.learning.history import LearningHistory, Presentation
from brainsim.learning.learned import frozen
from brainsim.learning.repeat import Repeat

__all__ = ["LearningHistory", "LearningInterrupted", "Presentation", "Repeat", "frozen", "learn"]
