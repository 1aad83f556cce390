"""What a similarity is held against: subjects that share the stimuli but not what is claimed.

Each keeps something and destroys the rest, so that a difference from it says what the similarity is due to. Give them
to :func:`compare.map_layers`: ``nulls={"rewired": compare.activity(rewired(brain), images)}``.
"""

from compare.nulls.poisson import poisson_surrogate
from compare.nulls.rewiring import rewired
from compare.nulls.side import side_of_null
from compare.nulls.stimuli import shuffled_stimuli
from compare.nulls.training import untrained
from compare.nulls.weights import shuffled_weights

__all__ = ["poisson_surrogate", "rewired", "shuffled_stimuli", "shuffled_weights", "side_of_null", "untrained"]
