"""What brainsim, ann and compare share: errors, files, seeds, threads, progress, figure style.

It imports none of the three, so each of them can be used alone.
"""

from isocortex._version import __version__

__all__ = ["__version__"]
