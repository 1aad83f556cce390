"""Inference: noise ceilings, bootstrap over stimuli, permutation, correction for many tests."""

from compare.inference.ceiling import noise_ceiling
from compare.inference.criterion import Criterion
from compare.inference.intervals import (
    bootstrap_interval,
    max_statistic_p,
    partial_similarity,
    percentile_interval,
)
from compare.inference.pairs import PairVectors
from compare.inference.resampling import (
    bootstrap_draws,
    half_draws,
    left_out_draws,
    permuted_similarities,
    resampled_similarities,
)

__all__ = [
    "Criterion",
    "PairVectors",
    "bootstrap_draws",
    "bootstrap_interval",
    "half_draws",
    "left_out_draws",
    "max_statistic_p",
    "noise_ceiling",
    "partial_similarity",
    "percentile_interval",
    "permuted_similarities",
    "resampled_similarities",
]
