"""What a simulation gives: spikes, counts and first spikes of every unit, and the traces asked for.

Stored sparsely; xarray comes in where a table with named axes is asked for.
"""

from brainsim.recording.choose import check_position, chosen, single
from brainsim.recording.recording import Recording
from brainsim.recording.spikes import Spikes
from brainsim.recording.trace import Trace

__all__ = ["Recording", "Spikes", "Trace", "check_position", "chosen", "single"]
