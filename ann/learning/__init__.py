"""Learning rules: where the gradients come from that the optimiser follows, chosen by ``compile(learning=...)``.

::

    "backpropagation"            the loss's own gradient, the default
    "feedback_alignment"         errors go back through fixed random weights (Lillicrap et al. 2016)
    "direct_feedback_alignment"  the output's error goes to every layer through fixed random weights (Nokland 2016)
    "predictive_coding"          activity settles between stimulus and target, then every synapse learns from what it
                                 joins (Whittington and Bogacz 2017)

A rule takes the place of the first three of the four steps (forward, loss, backward); the optimiser, penalties on
weights, callbacks and all else stay as they are.
"""

from ann.learning.angles import angles
from ann.learning.backpropagation import Backpropagation
from ann.learning.direct_feedback_alignment import DirectFeedbackAlignment
from ann.learning.feedback_alignment import FeedbackAlignment
from ann.learning.names import get
from ann.learning.predictive_coding import PredictiveCoding
from ann.learning.rule import Rule

__all__ = [
    "Backpropagation",
    "DirectFeedbackAlignment",
    "FeedbackAlignment",
    "PredictiveCoding",
    "Rule",
    "angles",
    "get",
]
