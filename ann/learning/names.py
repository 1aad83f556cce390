"""Learning rules by name."""

from typing import Any

from ann.learning.backpropagation import Backpropagation
from ann.learning.direct_feedback_alignment import DirectFeedbackAlignment
from ann.learning.feedback_alignment import FeedbackAlignment
from ann.learning.predictive_coding import PredictiveCoding
from ann.learning.rule import Rule
from ann.registry import resolve

__all__ = ["get"]

_CHOICES = {
    "backpropagation": Backpropagation,
    "feedback_alignment": FeedbackAlignment,
    "direct_feedback_alignment": DirectFeedbackAlignment,
    "predictive_coding": PredictiveCoding,
    **{kind.__name__: kind for kind in (Backpropagation, FeedbackAlignment, DirectFeedbackAlignment, PredictiveCoding)},
}


def get(learning: Any, what: str = "learning") -> Rule:
    """Give the learning rule that a name stands for.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none of that name, or it is not a name.

    Examples
    --------
    >>> get("predictive_coding")
    PredictiveCoding(steps=20, rate=0.2, output_variance=10.0)
    """
    return resolve(learning, Rule, _CHOICES, what)
