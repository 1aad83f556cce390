"""A current that fluctuates."""

from dataclasses import dataclass
from typing import Any, ClassVar

from brainsim.drives.drive import CURRENT, Drive, check_target, check_width, values_in_time
from brainsim.engine.inputs import OrnsteinUhlenbeckInput
from brainsim.units import number, to_si

__all__ = ["OrnsteinUhlenbeckDrive"]


@dataclass(frozen=True, eq=False)
class OrnsteinUhlenbeckDrive(Drive):
    """A current that fluctuates around a mean, an independent process into every unit of a population.

    ``dI/dt = (mean - I) / tau + sigma sqrt(2 / tau) xi(t)`` (Uhlenbeck and Ornstein 1930, doi:10.1103/PhysRev.36.823):
    normally distributed with this mean and standard deviation, with autocorrelation ``exp(-|t| / tau)``.

    It begins in that distribution, and is drawn exactly at the steps whatever their length (Gillespie 1996,
    doi:10.1103/PhysRevE.54.2084)::

        I(t + dt) = mean + (I(t) - mean) exp(-dt / tau) + sigma sqrt(1 - exp(-2 dt / tau)) N(0, 1)

    In the step from t to t + dt it has the value I(t). A current that is held for a step fluctuates a little more
    slowly than one that is not: what it does to a membrane differs by a share of the order of dt / tau.

    Parameters
    ----------
    target : str
        Full name of the population, ``"region.population"``.
    mean, sigma : float or array-like (unit)
        Mean and standard deviation of the current, in pA.
    tau : float
        Correlation time in ms.

    Raises
    ------
    ParameterError, KindError
        If a value is not finite, `sigma` is negative or `tau` is not positive.

    Notes
    -----
    The sum of a population's currents can be recorded as ``"I_drive"``.

    Examples
    --------
    >>> OrnsteinUhlenbeckDrive("V1.E", mean=150, sigma=60, tau=5).sigma
    60.0
    """

    target: str
    mean: Any
    sigma: Any
    tau: float

    receptor: ClassVar[None] = None  # type: ignore[misc]

    def __post_init__(self) -> None:
        check_target(self)
        mean, _ = values_in_time(self.mean, None, "pA", f"{self.label}.mean")
        sigma, _ = values_in_time(self.sigma, None, "pA", f"{self.label}.sigma", nonnegative=True)
        tau = number(self.tau, "ms", f"{self.label}.tau", positive=True)
        for name, value in (("mean", mean), ("sigma", sigma), ("tau", tau)):
            object.__setattr__(self, name, value)

    def check(self, units: int) -> None:
        """Check that there are as many means and standard deviations as units."""
        check_width(self, self.mean, None, "mean", units)
        check_width(self, self.sigma, None, "sigma", units)

    def lowered(self, target: int, units: int, dt: float) -> OrnsteinUhlenbeckInput:
        """Give the engine's input."""
        mean, sigma = to_si(self.mean, "pA"), to_si(self.sigma, "pA")
        return OrnsteinUhlenbeckInput(target, CURRENT, mean, sigma, to_si(self.tau, "ms"))
