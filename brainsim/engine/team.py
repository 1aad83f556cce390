"""The threads that run the parts of one network, step by step together."""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from brainsim.engine.barrier import barrier, leave, pass_on
from brainsim.engine.operation import Operation, address_of
from brainsim.engine.trial import run_part, run_steps
from isocortex.threads import run_on_threads

__all__ = ["Team"]

CHUNK = 256  # steps after which the pace is looked at
TRY = 32  # steps for which the slower way is tried again
OFTEN = 16  # chunks between two such trials


class Team:
    """What each part does in a step: operations that find who spikes, and those after all parts have.

    Threads that wait for each other in every step are slow where other processes hold the cores. So the same operations
    are now and then run by one thread, part after part, which changes no bit, and the faster way goes on.
    """

    def __init__(self, parts: Sequence[tuple[Sequence[Operation], Sequence[Operation]]]) -> None:
        self.parts = [_Sequence([*spiking, *delivering], len(spiking)) for spiking, delivering in parts]
        first, then = zip(*parts, strict=True)
        self.alone = _Sequence([one for each in (*first, *then) for one in each], 0)
        self.pace = {True: 0.0, False: 0.0}  # seconds a step, together or alone; 0 where it was never tried
        self.together = len(parts) > 1
        self.chunks = 0

    def run(self, step: int, stop: int, row: int) -> None:
        """Run steps `step` to `stop` - 1, of which the first has row `row` of the logs."""
        if len(self.parts) == 1:
            self._alone(step, stop, row)
            return
        while step < stop:
            other = self.pace[not self.together] == 0 or self.chunks % OFTEN == OFTEN - 1
            way = self.together != other
            end = min(step + (TRY if other or self.pace[way] == 0 else CHUNK), stop)
            began = perf_counter()
            self._way(way)(step, end, row)
            self.pace[way] = (perf_counter() - began) / (end - step)
            if all(self.pace.values()):
                self.together = self.pace[True] < self.pace[False]
            self.chunks += 1
            row += end - step
            step = end

    def _way(self, together: bool) -> Callable[[int, int, int], None]:
        return self._together if together else self._alone

    def _alone(self, step: int, stop: int, row: int) -> None:
        run_steps(self.alone.functions, self.alone.arguments, step, stop, row)

    def _together(self, step: int, stop: int, row: int) -> None:
        meeting, yielding, count = barrier(), pass_on(), len(self.parts)

        def one(part: _Sequence) -> None:
            own = (part.functions, part.arguments, part.before)
            run_part(*own, step, stop, row, count, address_of(meeting), yielding)

        run_on_threads(one, self.parts, count, cancel=lambda: leave(meeting))


class _Sequence:
    """Operations as compiled code takes them; `before` of them find who spikes."""

    def __init__(self, operations: Sequence[Operation], before: int) -> None:
        self.operations = operations  # addresses keep nothing alive
        self.before = before
        self.functions = np.array([one.function.address for one in operations], dtype=np.int64)
        self.arguments = np.array([address_of(one.arguments) for one in operations], dtype=np.int64)
