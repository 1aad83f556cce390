"""Short-term plasticity: what a synapse transmits depends on how recently it was used."""

from dataclasses import dataclass

from brainsim.engine.synapses import SynapseModel, SynapseVariable
from brainsim.errors import ParameterError
from brainsim.plasticity.rule import fraction, trace
from brainsim.units import number

__all__ = ["TsodyksMarkram"]


@dataclass(frozen=True)
class TsodyksMarkram:
    """Depression and facilitation (Tsodyks, Pawelzik and Markram 1998, doi:10.1162/089976698300017502).

    Resources recover, ``dx/dt = (1 - x) / tau_rec``, and their use decays, ``du/dt = -u / tau_facil``. Where a spike
    arrives::

        u  <-  u + U * (1 - u);    w * u * x is transmitted;    x  <-  x - u * x

    At rest u is 0 and x is 1, so the first spike transmits ``w * U``. Weights stay what they are.

    Parameters
    ----------
    U : float
        Use of resources by a spike after rest, from 0 to 1.
    tau_rec : float
        Time constant of recovery in ms; 0 for a synapse that does not depress.
    tau_facil : float
        Time constant of facilitation in ms; 0 for a synapse that does not facilitate: then u is U at every spike.

    Raises
    ------
    ParameterError, KindError
        If a value is out of range, or neither time constant is above 0.

    Notes
    -----
    The order of events is that of NEST's ``tsodyks2_synapse`` and of Brian2's example of short-term plasticity. NEST
    begins as if there had been a spike at time 0, this begins at rest. Defaults are NEST's.
    :func:`brainsim.theory.tsodyks_markram_steady_state` gives what a regular train transmits in the end.

    Examples
    --------
    >>> TsodyksMarkram(U=0.2, tau_rec=100, tau_facil=1000).synapse().amount
    'w * x * (u + U * (1 - u))'
    """

    U: float = 0.5
    tau_rec: float = 800.0
    tau_facil: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "U", fraction(self.U, "TsodyksMarkram.U"))
        for name in ("tau_rec", "tau_facil"):
            object.__setattr__(
                self, name, number(getattr(self, name), "ms", f"TsodyksMarkram.{name}", nonnegative=True)
            )
        if self.tau_rec == 0 == self.tau_facil:
            raise ParameterError("TsodyksMarkram: tau_rec or tau_facil must be above 0, or nothing is dynamic")

    def synapse(self) -> SynapseModel:
        """Give the engine's model."""
        depresses, facilitates = self.tau_rec > 0, self.tau_facil > 0
        used = "(u + U * (1 - u))" if facilitates else "U"
        variables = {}
        statements = []
        if facilitates:
            variables["u"] = trace(self.tau_facil)
            statements.append("u = u + U * (1 - u)")
        if depresses:
            variables["x"] = SynapseVariable(1.0, 1.0, self.tau_rec / 1e3)
            statements.append(f"x = x - {'u' if facilitates else 'U'} * x")
        amount = f"w * x * {used}" if depresses else f"w * {used}"
        return SynapseModel("; ".join(statements), "", amount, variables, {"U": self.U})
