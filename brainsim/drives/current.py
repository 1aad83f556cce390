"""A current that is injected."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from brainsim.drives.drive import CURRENT, Drive, check_target, check_width, shaped, values_in_time
from brainsim.engine.inputs import TimedInput
from brainsim.errors import ParameterError
from brainsim.timing import whole_steps
from brainsim.units import number, to_si

__all__ = ["CurrentDrive"]


@dataclass(frozen=True, eq=False)
class CurrentDrive(Drive):
    """A current into every unit of a population: constant, a step, or a waveform.

    It adds to the synaptic current of the membrane equation. In the step from t to t + dt it has the value of time t;
    it is 0 before `start` and from `stop` on.

    Parameters
    ----------
    target : str
        Full name of the population, ``"region.population"``.
    amplitude : float or array-like (unit), or (bin) or (bin, unit)
        In pA. A waveform is a value a bin; its first bin begins at `start`, and its last one goes on until `stop`.
    bin : float, optional
        How many ms a bin of a waveform lasts, a whole number of steps.
    start, stop : float
        From when until when it flows, in ms, whole numbers of steps; to the end by default.

    Raises
    ------
    ParameterError, KindError
        If a value is not finite, or `stop` is before `start`.

    Notes
    -----
    The sum of a population's currents can be recorded as ``"I_drive"``.

    Examples
    --------
    >>> import numpy as np
    >>> step = CurrentDrive("V1.E", 250, start=100, stop=600)
    >>> sine = CurrentDrive("V1.E", 50 * np.sin(np.arange(0, 1000, 0.5) / 20), bin=0.5)
    >>> step.amplitude, sine.amplitude.shape
    (250.0, (2000,))
    """

    target: str
    amplitude: Any
    bin: float | None = None
    _: KW_ONLY
    start: float = 0.0
    stop: float | None = None

    receptor: ClassVar[None] = None  # type: ignore[misc]

    def __post_init__(self) -> None:
        check_target(self)
        amplitude, width = values_in_time(self.amplitude, self.bin, "pA", f"{self.label}.amplitude")
        start = number(self.start, "ms", f"{self.label}.start", nonnegative=True)
        stop = None if self.stop is None else number(self.stop, "ms", f"{self.label}.stop", nonnegative=True)
        if stop is not None and stop <= start:
            raise ParameterError(f"{self.label}.stop: must be after start, got {stop:g} ms and {start:g} ms")
        for name, value in (("amplitude", amplitude), ("bin", width), ("start", start), ("stop", stop)):
            object.__setattr__(self, name, value)

    def check(self, units: int) -> None:
        """Check that there are as many amplitudes as units."""
        check_width(self, self.amplitude, self.bin, "amplitude", units)

    def lowered(self, target: int, units: int, dt: float) -> TimedInput:
        """Give the engine's input."""
        width = 1 if self.bin is None else whole_steps(self.bin, dt, f"{self.label}.bin")
        start = whole_steps(self.start, dt, f"{self.label}.start") if self.start else 0
        stop = None if self.stop is None else whole_steps(self.stop, dt, f"{self.label}.stop")
        return TimedInput(target, CURRENT, to_si(shaped(self.amplitude, self.bin), "pA"), width, start, stop)
