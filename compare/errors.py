"""What goes wrong in a comparison; each error is also the builtin that people catch."""

from isocortex.errors import (
    InvalidTypeError,
    InvalidValueError,
    IsocortexError,
    MissingExtraError,
    MissingFileError,
    UnreadableFileError,
    UnwritableFileError,
)

__all__ = [
    "ActivityTypeError",
    "BiasWarning",
    "CompareError",
    "ConversionError",
    "DataError",
    "DataFileError",
    "FolderError",
    "InvalidActivityError",
    "InvalidOptionError",
    "InvalidTypeError",
    "InvalidValueError",
    "LeftOutWarning",
    "MemoryLimitError",
    "MissingExtraError",
    "MissingFileError",
    "NullError",
    "NullWarning",
    "ParallelError",
    "SettingsError",
    "TooFewStimuliError",
    "UnreadableFileError",
    "UnwritableFileError",
]


class CompareError(IsocortexError):
    """Anything that `compare` raises on purpose and that is its own."""


class DataError(CompareError, InvalidValueError):
    """Images, labels or responses that cannot be compared: shape, type, NaN, too few."""


class DataFileError(CompareError, UnreadableFileError):
    """A file of images or activity that cannot be read."""


class SettingsError(CompareError, InvalidValueError):
    """A study file with an unknown name or a value that cannot be used."""


class FolderError(CompareError, InvalidValueError):
    """An output folder that holds what this study did not write."""


class InvalidActivityError(DataError):
    """Activity that cannot be compared: misaligned stimuli, NaN, no units."""


class TooFewStimuliError(DataError):
    """Fewer stimuli (or trials, or classes) than a measure needs."""


class ConversionError(CompareError, InvalidValueError):
    """A layer that spikes cannot carry, or a brain that is no converted network."""


class NullError(CompareError, InvalidValueError):
    """A null that would be no other than what it is held against."""


class ActivityTypeError(CompareError, InvalidTypeError):
    """A subject, or an activity, of a kind that we do not know."""


class InvalidOptionError(CompareError, InvalidValueError):
    """A measure, method or option that does not exist or cannot be used."""


class MemoryLimitError(CompareError, MemoryError):
    """Activity that will not fit into memory or on the disk."""


class ParallelError(CompareError, RuntimeError):
    """A task whose worker died more often than it was tried again."""


class LeftOutWarning(UserWarning):
    """Parts of a subject that are no layers, since what they give has no axis of stimuli."""


class NullWarning(UserWarning):
    """A null that leaves some of what it is held against as it is."""


class BiasWarning(UserWarning):
    """A measure that finds similarity in independent data, because units outnumber stimuli."""
