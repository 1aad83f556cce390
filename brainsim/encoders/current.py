"""Numbers as currents."""

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import CurrentEncoder
from brainsim.encoders.values import check_numbers, onto_units
from brainsim.errors import KindError, ModelError, StimulusError
from brainsim.parts import Population
from brainsim.units import number
from brainsim.wiring.rule import Ends, Rule, count

__all__ = ["Current"]


@dataclass(frozen=True)
class Current(CurrentEncoder):
    """A current into each neuron that grows with its number: ``I = offset + gain x``, constant while it is shown.

    With `wiring` the numbers are no longer one a neuron, but reach the neurons as a rule says, as if they were units
    that sent a steady current: ``I_j = offset + gain sum_i f_ij x_i`` with the rule's factors f (1 where it has none).

    Parameters
    ----------
    gain, offset : float
        In pA; the gain for one unit of the stimulus.
    bin : float, optional
        How many ms a bin lasts, where the numbers change in time. The last bin goes on to the end of the trial.
    populations : sequence of str, optional
        Names of the region's populations that get the current; all that hold neurons by default.
    wiring : Rule, optional
        From :mod:`brainsim.wiring`: one that draws nothing, such as a convolution or a matrix.
    shape : tuple of int, optional
        Of a stimulus, where there is a `wiring`: (unit,), (height, width) or (height, width, channel).

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
    >>> from brainsim import wiring
    >>> mixed = Current(wiring=wiring.from_matrix([[1, 0], [0.5, 3]]), shape=(2,))
    >>> mixed.currents([[2.0, 4.0]], {"in": Population("in", IntegrateAndFire(), size=2)})["in"]
    array([[ 4., 12.]])
    """

    gain: float = 1.0
    offset: float = 0.0
    bin: float | None = None
    _: KW_ONLY
    populations: tuple[str, ...] | None = None
    wiring: Rule | None = None
    shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("gain", "offset"):
            object.__setattr__(self, name, number(getattr(self, name), "pA", f"Current.{name}"))
        if self.bin is not None:
            object.__setattr__(self, "bin", number(self.bin, "ms", "Current.bin", positive=True))
        if self.populations is not None:
            if isinstance(self.populations, str) or not all(isinstance(one, str) for one in self.populations):
                raise KindError(f"Current.populations: must be names of populations, got {self.populations!r}")
            object.__setattr__(self, "populations", tuple(self.populations))
        if (self.wiring is None) != (self.shape is None):
            raise ModelError("Current: wiring and shape come together: the shape is that of a stimulus")
        if self.wiring is not None and not isinstance(self.wiring, Rule):
            raise KindError(f"Current.wiring: must come from brainsim.wiring, got {self.wiring!r}")
        if self.shape is not None:
            object.__setattr__(self, "shape", tuple(count(one, "Current.shape", least=1) for one in self.shape))

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
            If the numbers are not finite, or not one a unit, or not one for each place of `shape`.
        ModelError
            If the rule cannot connect the shape with a population.
        """
        values = check_numbers(stimuli, -np.inf, np.inf, "Current")
        leading = 1 if self.bin is None else 2
        if values.ndim <= leading:
            raise StimulusError(
                f"Current: stimuli must have {leading + 1} dimensions or more, got shape {values.shape}"
            )
        return {
            name: self.offset + self.gain * self._reaching(values, one, leading) for name, one in populations.items()
        }

    def _reaching(self, values: np.ndarray, population: Population, leading: int) -> np.ndarray:
        """Give what reaches each unit, (stimulus, unit) or (stimulus, bin, unit)."""
        if self.wiring is None or self.shape is None:
            return onto_units(values, population, "Current", leading)
        from scipy.sparse import csr_array

        ends = Ends(self.shape, population.grid, False, f"Current({population.name!r})")
        self.wiring.check(ends)
        size = math.prod(self.shape)
        if math.prod(values.shape[leading:]) != size:
            raise StimulusError(f"Current: a stimulus is of shape {values.shape[leading:]}, expects {self.shape}")
        wired = self.wiring.connect(ends, np.random.default_rng(0))
        factors = np.ones(wired.synapses) if wired.factors is None else wired.factors
        matrix = csr_array((factors, wired.targets.astype(np.int64), wired.indptr), shape=(size, population.units))
        reaching = values.reshape(-1, size) @ matrix
        return np.asarray(reaching).reshape(*values.shape[:leading], population.units)
