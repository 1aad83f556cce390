"""A unit whose spike count is the largest of its inputs' counts: max-pooling with spikes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from brainsim.errors import KindError, ParameterError
from brainsim.neurons.model import Drawn, Resting
from brainsim.neurons.parameters import Parameter, ParametricModel, Spec, average, checked
from brainsim.receptors import Receptor

__all__ = ["Maximum"]

MOST_INPUTS = 64


@dataclass(frozen=True, eq=False)
class Maximum(ParametricModel):
    """Fires whenever the largest of its inputs' tallies grows: ``count = max_k tally_k / V_th``.

    Each input adds to a tally of its own, through the receptor ``Tally(k)``; a spike at
    ``tally_k - v > V_th / 2`` for any k, then ``v += V_th``. So v is what the unit has sent, and the tallies are what
    it was sent. Where all weights are `V_th`, its spike count is the largest of its inputs' counts, a delay
    later: exactly, and at every time.

    Parameters
    ----------
    inputs : int
        How many tallies; from 1 to 64.
    V_th : float, array-like (unit) or Distribution
        What a spike stands for, in mV.

    Raises
    ------
    ParameterError, KindError
        If there are no inputs or too many, or a value is out of range.

    Notes
    -----
    No claim that neurons do so: the unit counts without an end. Rueckauer et al. (2017,
    doi:10.3389/fnins.2017.00682) let the spikes of the input with the largest rate so far pass a gate; then a change of
    leader gains or loses spikes, which counting does not.

    Examples
    --------
    >>> Maximum(inputs=2).spike_condition
    'tally_0 - v > 0.5 * V_th or tally_1 - v > 0.5 * V_th'
    """

    inputs: int = 4
    V_th: Parameter = 1.0

    t_ref: ClassVar[float] = 0.0  # type: ignore[misc]
    method: ClassVar[str] = "euler"  # type: ignore[misc]
    threshold_parameter: ClassVar[str | None] = None
    specs: ClassVar[Mapping[str, Spec]] = {"V_th": Spec("mV", positive=True)}

    def __post_init__(self) -> None:
        if isinstance(self.inputs, bool) or not isinstance(self.inputs, int):
            raise KindError(f"Maximum.inputs: must be a whole number, got {self.inputs!r}")
        if not 1 <= self.inputs <= MOST_INPUTS:
            raise ParameterError(f"Maximum.inputs: must be from 1 to {MOST_INPUTS}, got {self.inputs}")
        object.__setattr__(self, "V_th", checked(self.V_th, self.specs["V_th"], "Maximum.V_th"))

    @property
    def state_units(self) -> Mapping[str, str]:
        """What it sent, and what it was sent, in mV."""
        return dict.fromkeys(["v", *self._tallies], "mV")

    @property
    def names(self) -> frozenset[str]:
        """Whatever the equations name."""
        return frozenset({*self.specs, *self.state_units})

    @property
    def equations(self) -> str:
        """Nothing changes but by spikes."""
        return "\n".join(f"d{name}/dt = 0 * mV / ms : volt" for name in self.state_units)

    @property
    def spike_condition(self) -> str:
        """A tally is ahead of what was sent."""
        return " or ".join(f"{name} - v > 0.5 * V_th" for name in self._tallies)

    @property
    def reset_statements(self) -> str:
        """One more was sent."""
        return "v += V_th"

    @property
    def mean_threshold(self) -> float:
        """`V_th`, averaged over units."""
        return average(self.V_th)

    def integrator(self, receptors: tuple[Receptor, ...]) -> str:
        """Give ``"euler"``: there is nothing to integrate."""
        return self.method

    def resting(self, drawn: Drawn) -> Resting:
        """Nothing counted, nothing sent."""
        return {"v": (0.0, "mV")}

    @property
    def _tallies(self) -> list[str]:
        return [f"tally_{k}" for k in range(self.inputs)]
