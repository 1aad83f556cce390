"""Which level of the visual hierarchy an area stands on."""

from types import MappingProxyType

__all__ = ["FELLEMAN_VAN_ESSEN"]

# Levels of the macaque's cortical visual areas: Felleman and Van Essen 1991, figure 4 (doi:10.1093/cercor/1.1.1), as
# they are listed in calc/data.py of https://github.com/bptripp/calc (MIT licence).
_AREAS = {
    1: "V1",
    2: "V2",
    3: "V3 VP",
    4: "PIP V3A",
    5: "MDP MIP PO MT V4t V4",
    6: "DP VOT",
    7: "VIP LIP MSTd MSTl FST PITd PITv",
    8: "7b 7a FEF STPp CITd CITv",
    9: "STPa AITd AITv",
    10: "36 46 TF TH",
}

FELLEMAN_VAN_ESSEN = MappingProxyType({area: level for level, areas in _AREAS.items() for area in areas.split()})
