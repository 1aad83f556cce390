"""Figures of a network and its training; each takes an Axes, or makes one, and gives it back."""

from ann.plots.network import network_graph
from ann.plots.training import confusion_matrix, learning_curves, training_curves, training_panels, trials

__all__ = ["confusion_matrix", "learning_curves", "network_graph", "training_curves", "training_panels", "trials"]
