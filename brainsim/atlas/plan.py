"""The plan of a hierarchy: regions, populations and projections as a builder adds them."""

from dataclasses import dataclass, field

import numpy as np

from brainsim import wiring
from brainsim.atlas.anatomy import EXCITATION, FUNCTIONS, INHIBITION, LOCAL_DELAY, SCATTER, conduction_delay
from brainsim.neurons import LIF, Poisson
from brainsim.parts import Population, Projection, Region
from brainsim.wiring.rule import Ends, Rule

__all__ = ["Plan"]

# Units that each unit reaches by feedback, and with how many nS (ours).
FEEDBACK_REACH, FEEDBACK_WEIGHT = 16, 0.1


@dataclass
class Plan:
    """What has been planned of a brain: its parts, and the rates of the last population to answer images."""

    seed: int
    feedback: bool
    shuffled: bool
    regions: list[Region] = field(default_factory=list)
    projections: list[Projection] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def region(self, name: str, **populations: tuple[LIF | Poisson, tuple[int, ...]]) -> None:
        """Add a region of populations, each of a cell model and a shape."""
        made = []
        for population, (model, shape) in populations.items():
            initial = {"v": SCATTER[model]} if isinstance(model, LIF) else {}
            made.append(Population(population, model, shape=shape, initial=initial))
            self.shapes[f"{name}.{population}"] = shape
        self.regions.append(Region(name, made, function=FUNCTIONS[name]))

    def connect(self, source: str, target: str, rule: Rule, delay: float, *, inhibitory: bool = False) -> None:
        """Add a projection whose rule holds the weights in nS."""
        receptor = INHIBITION if inhibitory else EXCITATION
        self.projections.append(Projection(source, target, rule, receptor, weight=1.0, delay=delay))

    def arrive(self, source: str, target: str, excite: Rule, recruit: Rule, interneurons: str) -> None:
        """Add a feedforward projection onto principal cells, and the one that recruits their interneurons."""
        delay = conduction_delay(source.split(".")[0], target.split(".")[0])
        self.connect(source, interneurons, recruit, delay)
        self.connect(source, target, excite, delay + LOCAL_DELAY["excitatory"])

    def spread(self, source: str, target: str, bank: np.ndarray, stride: int, padding: int = 0) -> Rule:
        """Wire a coarse source onto a fine target: the convolution from target to source, turned round."""
        rule = wiring.convolution(bank, stride=stride, padding=padding)
        ends = Ends(self.shapes[target], self.shapes[source], False, f"{source} -> {target}")
        listed = rule.shared(ends, weight=1.0, delay=0).expand()
        from scipy.sparse import csr_array

        shape = (ends.sources, ends.targets)
        weights = np.broadcast_to(np.asarray(listed.weights), len(listed.targets))
        return wiring.from_matrix(csr_array((weights, listed.targets, listed.indptr.astype(np.int64)), shape=shape).T)

    def feed_back(self, source: str, target: str, bank: np.ndarray, stride: int) -> None:
        """Add feedback along the strongest synapses of the feedforward bank from `target` to `source`.

        Each source unit reaches `FEEDBACK_REACH` units with `FEEDBACK_WEIGHT` nS each: about a tenth of what it takes
        to threshold, so that feedback modulates and does not drive (Crick and Koch 1998, doi:10.1038/34584).
        """
        if not self.feedback:
            return
        flat = bank.reshape(len(bank), -1)
        kept = np.zeros_like(flat)
        strongest = np.argsort(-flat, axis=1, kind="stable")[:, :FEEDBACK_REACH]
        np.put_along_axis(kept, strongest, FEEDBACK_WEIGHT, axis=1)
        kept[flat == 0] = 0
        rule = self.spread(source, target, kept.reshape(bank.shape), stride)
        delay = conduction_delay(source.split(".")[0], target.split(".")[0]) + LOCAL_DELAY["excitatory"]
        self.projections.append(Projection(source, target, rule, EXCITATION, weight=1.0, delay=delay, kind="feedback"))
