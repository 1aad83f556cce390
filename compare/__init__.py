"""compare: a network and a brain before the same stimuli, and which layer does what which region does.

Everything is loaded when it is first used, so that importing is cheap.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from compare.conversion import to_spiking
    from compare.decoding import readout
    from compare.inference.ceiling import noise_ceiling
    from compare.inference.reliability import reliability
    from compare.information import decoded_information
    from compare.mapping import LayerMap, SeedMap, across_seeds, map_layers
    from compare.mapping.hierarchy import UnitHierarchy, unit_hierarchy
    from compare.mapping.region_order import RegionOrder, region_order
    from compare.mapping.soft import SoftAssignment, soft_assignment
    from compare.mapping.time_courses import time_courses
    from compare.measures import (
        cca,
        cka,
        cka_matrix,
        cka_of_batches,
        compare_rdms,
        minibatch_cka,
        noise_precision,
        procrustes,
        pwcca,
        rdm,
        rdms,
        silent_patterns,
        silent_units,
        square_rdm,
        svcca,
    )
    from compare.measures.bures_similarity import bures_similarity as bures_similarity
    from compare.measures.error_consistency import error_consistency as error_consistency
    from compare.measures.geometry import (
        lifetime_sparseness,
        linear_separability,
        participation_ratio,
        population_sparseness,
        signal_dimensionality,
    )
    from compare.measures.predictivity import predictivity as predictivity
    from compare.measures.rsa import rsa as rsa
    from compare.measures.stochastic_shape import stochastic_shape as stochastic_shape
    from compare.measures.unit_matching import unit_matching as unit_matching
    from compare.nulls import poisson_surrogate, rewired, shuffled_stimuli, shuffled_weights, untrained
    from compare.recovery import RecoveryResult, recover_layers
    from compare.study import run_study
    from compare.subjects import activity

__all__ = [
    "LayerMap",
    "RecoveryResult",
    "RegionOrder",
    "SeedMap",
    "SoftAssignment",
    "UnitHierarchy",
    "across_seeds",
    "activity",
    "bures_similarity",
    "cca",
    "cka",
    "cka_matrix",
    "cka_of_batches",
    "compare_rdms",
    "decoded_information",
    "error_consistency",
    "lifetime_sparseness",
    "linear_separability",
    "map_layers",
    "minibatch_cka",
    "noise_ceiling",
    "noise_precision",
    "participation_ratio",
    "poisson_surrogate",
    "population_sparseness",
    "predictivity",
    "procrustes",
    "pwcca",
    "rdm",
    "rdms",
    "readout",
    "recover_layers",
    "region_order",
    "reliability",
    "rewired",
    "rsa",
    "run_study",
    "shuffled_stimuli",
    "shuffled_weights",
    "signal_dimensionality",
    "silent_patterns",
    "silent_units",
    "soft_assignment",
    "square_rdm",
    "stochastic_shape",
    "svcca",
    "time_courses",
    "to_spiking",
    "unit_hierarchy",
    "unit_matching",
    "untrained",
]

_HOME = {
    "activity": "compare.subjects",
    "noise_ceiling": "compare.inference.ceiling",
    "reliability": "compare.inference.reliability",
    "LayerMap": "compare.mapping",
    "SeedMap": "compare.mapping",
    "across_seeds": "compare.mapping",
    "map_layers": "compare.mapping",
    "UnitHierarchy": "compare.mapping.hierarchy",
    "unit_hierarchy": "compare.mapping.hierarchy",
    "RegionOrder": "compare.mapping.region_order",
    "SoftAssignment": "compare.mapping.soft",
    "soft_assignment": "compare.mapping.soft",
    "time_courses": "compare.mapping.time_courses",
    "region_order": "compare.mapping.region_order",
    "bures_similarity": "compare.measures",
    "cca": "compare.measures",
    "cka": "compare.measures",
    "cka_matrix": "compare.measures",
    "cka_of_batches": "compare.measures",
    "minibatch_cka": "compare.measures",
    "compare_rdms": "compare.measures",
    "error_consistency": "compare.measures.error_consistency",
    "noise_precision": "compare.measures",
    "procrustes": "compare.measures",
    "pwcca": "compare.measures",
    "rdm": "compare.measures",
    "rdms": "compare.measures",
    "rsa": "compare.measures",
    "silent_patterns": "compare.measures",
    "silent_units": "compare.measures",
    "square_rdm": "compare.measures",
    "stochastic_shape": "compare.measures",
    "svcca": "compare.measures",
    "unit_matching": "compare.measures",
    "predictivity": "compare.measures",
    "decoded_information": "compare.information",
    "lifetime_sparseness": "compare.measures.geometry",
    "linear_separability": "compare.measures.geometry",
    "participation_ratio": "compare.measures.geometry",
    "population_sparseness": "compare.measures.geometry",
    "signal_dimensionality": "compare.measures.geometry",
    "poisson_surrogate": "compare.nulls",
    "rewired": "compare.nulls",
    "shuffled_stimuli": "compare.nulls",
    "shuffled_weights": "compare.nulls",
    "untrained": "compare.nulls",
    "to_spiking": "compare.conversion",
    "readout": "compare.decoding",
    "RecoveryResult": "compare.recovery",
    "recover_layers": "compare.recovery",
    "run_study": "compare.study",
}


def __getattr__(name: str) -> _typing.Any:
    if name not in _HOME:
        raise AttributeError(f"module 'compare' has no attribute {name!r}")
    value = getattr(_importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
