"""Inference: noise ceilings, bootstrap over stimuli, permutation, correction for many tests."""

from compare.inference.ceiling import noise_ceiling, two_sided_ceiling
from compare.inference.draws import bootstrap_draws, half_draws, left_out_draws, subset_draws
from compare.inference.estimates import Estimate
from compare.inference.intervals import (
    false_discovery_q,
    max_statistic_p,
    partial_similarity,
    percentile_interval,
)
from compare.inference.pair_form import PairForm, pair_form
from compare.inference.pairs import PairVectors
from compare.inference.resampling import left_out_similarities, permuted_similarities, resampled_similarities
from compare.inference.subject_ceiling import subject_ceiling
from compare.inference.subsets import ByPatterns, ByRdms, ByWhitenedRdms, StimulusSubsets

__all__ = [
    "ByPatterns",
    "ByRdms",
    "ByWhitenedRdms",
    "Estimate",
    "PairForm",
    "PairVectors",
    "StimulusSubsets",
    "bootstrap_draws",
    "false_discovery_q",
    "half_draws",
    "left_out_draws",
    "left_out_similarities",
    "max_statistic_p",
    "noise_ceiling",
    "pair_form",
    "partial_similarity",
    "percentile_interval",
    "permuted_similarities",
    "resampled_similarities",
    "subject_ceiling",
    "subset_draws",
    "two_sided_ceiling",
]
