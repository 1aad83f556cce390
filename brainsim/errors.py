"""What brainsim raises on purpose; each error is also the builtin that people catch.

::

    IsocortexError
    └── BrainsimError
        ├── ParameterError     (ValueError)   a parameter out of range, not finite, or in the wrong unit
        ├── ModelError         (ValueError)   regions, populations and projections that do not fit together
        ├── UnknownNameError   (KeyError)     a population, region, receptor or variable that is not there
        ├── KindError          (TypeError)    an object of the wrong kind
        ├── StimulusError      (ValueError)   stimuli of the wrong shape, type or range
        ├── MemoryLimitError   (MemoryError)  a run that will not fit
        ├── RecordingFileError (ValueError)   a file that is not a recording, or damaged
        ├── BrainFileError     (ValueError)   a file that is not a brain, or damaged, or hostile
        ├── CheckpointFileError (ValueError)  a file that is no saved simulation, or damaged
        └── ConnectivityFileError (ValueError) a graph, matrix or connectome file that cannot be used

    BrainsimError, of the engine (:mod:`brainsim.engine`)
    ├── EquationError      (ValueError)   equation text that is not understood, or not on the whitelist
    └── NetworkError       (ValueError)   a network that cannot run as it is, or a state that did not stay finite

    IsocortexError, for what all packages share (:mod:`isocortex.errors`): seeds, numbers of threads, paths
    ├── InvalidValueError, InvalidTypeError
    └── MissingFileError (FileNotFoundError), UnwritableFileError (OSError)

    KeyboardInterrupt
    ├── Interrupted            Ctrl-C, with what had been recorded
    └── LearningInterrupted    Ctrl-C, with what had been learned
"""

from typing import TYPE_CHECKING, Any

from isocortex.errors import InvalidTypeError, InvalidValueError, IsocortexError, UnreadableFileError

if TYPE_CHECKING:
    from brainsim.recording import Recording

__all__ = [
    "BrainFileError",
    "BrainsimError",
    "CheckpointFileError",
    "ConnectivityFileError",
    "Interrupted",
    "KindError",
    "LearningInterrupted",
    "MemoryLimitError",
    "ModelError",
    "ParameterError",
    "RecordingFileError",
    "StimulusError",
    "UnknownNameError",
]


class BrainsimError(IsocortexError):
    """Anything that brainsim raises on purpose."""


class ParameterError(BrainsimError, InvalidValueError):
    """A parameter out of range, not finite, or in the wrong unit."""


class ModelError(BrainsimError, InvalidValueError):
    """Regions, populations and projections that do not fit together."""


class UnknownNameError(BrainsimError, KeyError):
    """A population, region, receptor or variable that is not there; the message says which name comes nearest."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would put the sentence in quotation marks.
        return str(self.args[0]) if self.args else ""


class KindError(BrainsimError, InvalidTypeError):
    """An object of the wrong kind."""


class StimulusError(BrainsimError, InvalidValueError):
    """Stimuli of the wrong shape, type or range."""


class MemoryLimitError(BrainsimError, MemoryError):
    """A run that will not fit into memory; the message says how much it needs and what would fit."""


class RecordingFileError(BrainsimError, UnreadableFileError):
    """A file that is not a recording, or a damaged one."""


class BrainFileError(BrainsimError, UnreadableFileError):
    """A file that is not a brain, or a damaged one, or one that asks for what no brain is made of."""


class ConnectivityFileError(BrainsimError, UnreadableFileError):
    """A file of a graph, matrix or connectome that is none, or damaged, or could do harm."""


class CheckpointFileError(BrainsimError, UnreadableFileError):
    """A file that is no saved simulation, or a damaged one, or one of another version."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a simulation; what was recorded is kept.

    Parameters
    ----------
    recording : Recording or None
        What is complete; None if nothing is.
    message : str
        Says what it holds.
    """

    def __init__(self, recording: "Recording | None", message: str) -> None:
        super().__init__(message)
        self.recording = recording


class LearningInterrupted(KeyboardInterrupt):
    """Ctrl-C while a brain learned.

    Parameters
    ----------
    brain : Brain
        With what it had learned by then.
    presentations : int
        How many stimuli it had learned.
    """

    def __init__(self, brain: Any, presentations: int) -> None:
        super().__init__(f"interrupted after {presentations} presentations; what was learned is in .brain")
        # A Brain; its class is not named here, for the engine imports this module and may know no stimuli.
        self.brain, self.presentations = brain, presentations
