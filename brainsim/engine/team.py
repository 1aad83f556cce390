"""The threads that run the parts of one network, step by step together."""

from collections.abc import Sequence

import numpy as np

from brainsim.engine.barrier import barrier, leave, pass_on
from brainsim.engine.operation import Operation, address_of
from brainsim.engine.trial import run_part, run_steps
from isocortex.threads import run_on_threads

__all__ = ["Team"]


class Team:
    """What each part does in a step: operations that find who spikes, and those after all parts have.

    A single part runs in the calling thread, and waits for nobody.
    """

    def __init__(self, parts: Sequence[tuple[Sequence[Operation], Sequence[Operation]]]) -> None:
        self.before = [len(spiking) for spiking, _ in parts]
        self.operations = [[*spiking, *delivering] for spiking, delivering in parts]  # addresses keep nothing alive
        self.functions = [_words([one.function.address for one in each]) for each in self.operations]
        self.arguments = [_words([address_of(one.arguments) for one in each]) for each in self.operations]

    def run(self, step: int, stop: int, row: int) -> None:
        """Run steps `step` to `stop` - 1, of which the first has row `row` of the logs."""
        parts = len(self.operations)
        if parts == 1:
            run_steps(self.functions[0], self.arguments[0], step, stop, row)
            return
        meeting, yielding = barrier(), pass_on()

        def one(part: int) -> None:
            lists = self.functions[part], self.arguments[part], self.before[part]
            run_part(*lists, step, stop, row, parts, address_of(meeting), yielding)

        run_on_threads(one, range(parts), parts, cancel=lambda: leave(meeting))


def _words(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)
