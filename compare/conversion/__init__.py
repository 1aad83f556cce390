"""A trained network as a spiking brain, how faithful it is, and what it costs."""

from compare.conversion import plots
from compare.conversion.assembly import to_spiking
from compare.conversion.energy import ARITHMETIC, INTEGER, WITH_MEMORY, Costs, Energy, energy
from compare.conversion.fidelity import Fidelity, fidelity
from compare.conversion.read_out import ReadOut, read_out

__all__ = [
    "ARITHMETIC",
    "INTEGER",
    "WITH_MEMORY",
    "Costs",
    "Energy",
    "Fidelity",
    "ReadOut",
    "energy",
    "fidelity",
    "plots",
    "read_out",
    "to_spiking",
]
