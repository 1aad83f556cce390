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
    from compare.mapping import LayerMap, map_layers
    from compare.mapping.region_order import RegionOrder, region_order
    from compare.measures import (
        bures_similarity,
        cca,
        cka,
        cka_matrix,
        cka_of_batches,
        compare_rdms,
        minibatch_cka,
        noise_precision,
        predictivity,
        procrustes,
        pwcca,
        rdm,
        rdms,
        rsa,
        silent_patterns,
        silent_units,
        square_rdm,
        stochastic_shape,
        svcca,
        unit_matching,
    )
    from compare.measures.error_consistency import error_consistency as error_consistency
    from compare.nulls import shuffled_stimuli
    from compare.study import run_study
    from compare.subjects import activity

__all__ = [
    "LayerMap",
    "RegionOrder",
    "activity",
    "bures_similarity",
    "cca",
    "cka",
    "cka_matrix",
    "cka_of_batches",
    "compare_rdms",
    "error_consistency",
    "map_layers",
    "minibatch_cka",
    "noise_ceiling",
    "noise_precision",
    "predictivity",
    "procrustes",
    "pwcca",
    "rdm",
    "rdms",
    "readout",
    "region_order",
    "reliability",
    "rsa",
    "run_study",
    "shuffled_stimuli",
    "silent_patterns",
    "silent_units",
    "square_rdm",
    "stochastic_shape",
    "svcca",
    "to_spiking",
    "unit_matching",
]

_HOME = {
    "activity": "compare.subjects",
    "noise_ceiling": "compare.inference.ceiling",
    "reliability": "compare.inference.reliability",
    "LayerMap": "compare.mapping",
    "map_layers": "compare.mapping",
    "RegionOrder": "compare.mapping.region_order",
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
    "shuffled_stimuli": "compare.nulls",
    "to_spiking": "compare.conversion",
    "readout": "compare.decoding",
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
