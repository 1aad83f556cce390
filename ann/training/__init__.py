"""Training on whole data sets: the four steps of a network over all batches, again and again, and the record of it.

The functions here are the methods of the same names of every network.
"""

from ann.training.batchwise import predict_on_batch, test_on_batch, train_on_batch
from ann.training.fitting import fit
from ann.training.measuring import evaluate, predict
from ann.training.weighting import checked_weights

__all__ = ["checked_weights", "evaluate", "fit", "predict", "predict_on_batch", "test_on_batch", "train_on_batch"]
