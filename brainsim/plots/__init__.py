"""Figures of recordings, measures and brains. Every function takes an Axes (or makes one) and returns it."""

from brainsim.plots.connections import weight_fields, weight_matrix, weights_over_time
from brainsim.plots.curves import correlogram, fi_curve, spectrum
from brainsim.plots.graph import brain_graph
from brainsim.plots.regions import concurrency, propagation
from brainsim.plots.spiking import isi_histogram, psth, raster
from brainsim.plots.states import traces

__all__ = [
    "brain_graph",
    "concurrency",
    "correlogram",
    "fi_curve",
    "isi_histogram",
    "propagation",
    "psth",
    "raster",
    "spectrum",
    "traces",
    "weight_fields",
    "weight_matrix",
    "weights_over_time",
]
