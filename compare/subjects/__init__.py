"""Subjects before the stimuli, as {name: activity}: one kind of subject a file."""

from compare.subjects.checks import checked_activity
from compare.subjects.kinds import activity

__all__ = ["activity", "checked_activity"]
