"""How much memory there is, asked before any is taken."""

from pathlib import Path

from brainsim.errors import MemoryLimitError

__all__ = ["available_bytes", "readable", "require"]


def available_bytes() -> int | None:
    """Give how many bytes this process may still take; None where the platform does not say.

    On Linux the smaller of what the kernel calls available and what the control group leaves.
    """
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            used = int((group / "memory.current").read_text(encoding="ascii"))
            statistics = (group / "memory.stat").read_text(encoding="ascii").splitlines()
            cache = sum(int(line.split()[1]) for line in statistics if line.split()[0] in ("inactive_file",))
            available = min(available, max(int(limit) - used + cache, 0))
    except (OSError, ValueError, IndexError):
        pass
    return available


def require(needed: int, what: str, remedy: str) -> None:
    """Raise if `needed` bytes are more than there are.

    Raises
    ------
    MemoryLimitError
        Says how much is needed, how much there is, and `remedy`.
    """
    available = available_bytes()
    if available is not None and needed > available:
        raise MemoryLimitError(f"{what}: needs about {readable(needed)}, {readable(available)} are free; {remedy}")


def readable(size: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> readable(3 * 2**30)
    '3.0 GiB'
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
