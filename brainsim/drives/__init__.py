"""What a population receives from outside, whatever the stimulus.

Several drives on one population add up. Their times count from the beginning of a trial, or of a
:class:`~brainsim.Simulation`; presenting another stimulus changes no drive.
"""

from brainsim.drives.current import CurrentDrive
from brainsim.drives.drive import Drive
from brainsim.drives.ornstein_uhlenbeck import OrnsteinUhlenbeckDrive
from brainsim.drives.poisson import PoissonDrive
from brainsim.drives.spikes import SpikeDrive

__all__ = ["CurrentDrive", "Drive", "OrnsteinUhlenbeckDrive", "PoissonDrive", "SpikeDrive"]
