"""What a unit that counts its inputs' spikes receives them with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from brainsim.errors import KindError, ParameterError
from brainsim.receptors.receptor import Receptor

__all__ = ["Tally"]


@dataclass(frozen=True)
class Tally(Receptor):
    """A spike adds its weight to one of the target's own tallies: ``tally_k += weight``; weights in mV.

    For :class:`brainsim.Maximum`.

    Parameters
    ----------
    slot : int
        Which one, from 0.

    Raises
    ------
    KindError, ParameterError
        If it is no number of a tally.

    Examples
    --------
    >>> Tally(3).variable
    'tally_3'
    """

    slot: int = 0

    weight_unit: ClassVar[str] = "mV"

    def __post_init__(self) -> None:
        if isinstance(self.slot, bool) or not isinstance(self.slot, int):
            raise KindError(f"Tally.slot: must be a whole number, got {self.slot!r}")
        if self.slot < 0:
            raise ParameterError(f"Tally.slot: must not be negative, got {self.slot}")

    @property
    def variable(self) -> str:
        """The target's own variable."""
        return f"tally_{self.slot}"

    @property
    def state_units(self) -> Mapping[str, str]:
        """It adds none."""
        return {}

    @property
    def equation(self) -> str:
        """There is none."""
        return ""

    @property
    def current(self) -> str:
        """There is none."""
        return ""

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """There are none."""
        return {}

    def excites(self, weight: float, threshold: float) -> bool:
        """Tell whether the weight is positive."""
        return weight > 0
