"""Predictivity: how well one subject's units are predicted from another's, on stimuli that were held out."""

from compare.measures.predictivity.both import BothDirections, PredictedBothWays
from compare.measures.predictivity.estimate import predictivity
from compare.measures.predictivity.pls import PLSPredictivity
from compare.measures.predictivity.regression import FittedRegression, RegressionMeasure
from compare.measures.predictivity.ridge import RidgePredictivity
from compare.measures.predictivity.score import Predicted

__all__ = [
    "BothDirections",
    "FittedRegression",
    "PLSPredictivity",
    "Predicted",
    "PredictedBothWays",
    "RegressionMeasure",
    "RidgePredictivity",
    "predictivity",
]
