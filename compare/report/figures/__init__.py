"""The report's figures: each takes results, draws on given axes or a new figure, and returns it."""

from compare.report.figures.ceilings import draw_ceilings
from compare.report.figures.correspondence import draw_correspondence
from compare.report.figures.decision import draw_decision, draw_lead, draw_wins
from compare.report.figures.geometry import draw_geometry, draw_rdm
from compare.report.figures.matrix import draw_matrix
from compare.report.figures.moments import draw_latencies, draw_moments
from compare.report.figures.nulls import draw_nulls
from compare.report.figures.physiology import draw_latency, draw_physiology, draw_profile
from compare.report.figures.pictures import draw_filters, show_image
from compare.report.figures.raster import draw_example, draw_raster, populations_of
from compare.report.figures.readout import draw_readout
from compare.report.figures.recovery import draw_recovery
from compare.report.figures.shares import draw_shares
from compare.report.figures.similarity import draw_similarity
from compare.report.figures.training import draw_curves, draw_training
from compare.report.figures.units import draw_units

__all__ = [
    "draw_ceilings",
    "draw_correspondence",
    "draw_curves",
    "draw_decision",
    "draw_example",
    "draw_filters",
    "draw_geometry",
    "draw_latencies",
    "draw_latency",
    "draw_lead",
    "draw_matrix",
    "draw_moments",
    "draw_nulls",
    "draw_physiology",
    "draw_profile",
    "draw_raster",
    "draw_rdm",
    "draw_readout",
    "draw_recovery",
    "draw_shares",
    "draw_similarity",
    "draw_training",
    "draw_units",
    "draw_wins",
    "populations_of",
    "show_image",
]
