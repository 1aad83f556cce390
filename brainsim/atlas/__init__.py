"""Ready brains, one builder a file, every number with its source."""

from brainsim.atlas.coba import coba

__all__ = ["coba"]
