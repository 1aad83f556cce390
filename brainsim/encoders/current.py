"""Numbers as currents."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import CurrentEncoder
from brainsim.encoders.values import check_numbers, onto_units
from brainsim.errors import KindError, StimulusError
from brainsim.parts import Population
from brainsim.units import number

__all__ = ["Current"]


@dataclass(frozen=True)
class Current(CurrentEncoder):
    """A current into each neuron that grows with its number: ``I = offset + gain x``, constant while it is shown.

    Parameters
    ----------
    gain, offset : float
        In pA; the gain for one unit of the stimulus.
    bin : float, optional
        How many ms a bin lasts, where the numbers change in time. The last bin goes on to the end of the trial.
    populations : sequence of str, optional
        Names of the region's populations that get the current; all that hold neurons by default.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Notes
    -----
    Stimuli are (stimulus, unit), or (stimulus, height, width[, channel]) for a population of that shape; with `bin`
    (stimulus, bin, unit) and so on. The current adds to those of drives and receptors; it can be recorded, with the
    drives', as ``"I_drive"``.

    Examples
    --------
    >>> from brainsim import IntegrateAndFire, Population
    >>> pixels = np.array([[0.0, 0.5, 1.0]])
    >>> Current(gain=2).currents(pixels, {"in": Population("in", IntegrateAndFire(), size=3)})["in"]
    array([[0., 1., 2.]])
    """

    gain: float = 1.0
    offset: float = 0.0
    bin: float | None = None
    _: KW_ONLY
    populations: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("gain", "offset"):
            object.__setattr__(self, name, number(getattr(self, name), "pA", f"Current.{name}"))
        if self.bin is not None:
            object.__setattr__(self, "bin", number(self.bin, "ms", "Current.bin", positive=True))
        if self.populations is not None:
            if isinstance(self.populations, str) or not all(isinstance(one, str) for one in self.populations):
                raise KindError(f"Current.populations: must be names of populations, got {self.populations!r}")
            object.__setattr__(self, "populations", tuple(self.populations))

    def currents(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the current into every population.

        Parameters
        ----------
        stimuli : array-like
            Stimuli first, then bins if there are any, then one number a unit.
        populations : mapping of str to Population
            Who gets them.

        Returns
        -------
        dict of str to numpy.ndarray
            pA; (stimulus, unit) or (stimulus, bin, unit).

        Raises
        ------
        StimulusError, KindError
            If the numbers are not finite, or not one a unit.
        """
        values = check_numbers(stimuli, -np.inf, np.inf, "Current")
        leading = 1 if self.bin is None else 2
        if values.ndim <= leading:
            raise StimulusError(
                f"Current: stimuli must have {leading + 1} dimensions or more, got shape {values.shape}"
            )
        given = self.offset + self.gain * values
        return {name: onto_units(given, one, "Current", leading) for name, one in populations.items()}
