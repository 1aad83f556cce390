"""What sources have in common."""

__all__ = ["Source"]


class Source:
    """Units whose spikes come from an encoder; they have no state variables and receive nothing."""
