"""The threads that run the parts of one network, step by step together."""

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from brainsim.engine.barrier import barrier, leave, pass_on
from brainsim.engine.operation import Operation, address_of
from brainsim.engine.trial import run_part, run_steps
from isocortex.threads import run_on_threads

__all__ = ["Team"]

SPAN = 0.005  # seconds between two looks at the pace
TRY = 32  # steps for which the slower way is tried again
RARELY = 20  # times as long as such a trial took, the faster way goes on before the next


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
        self.until_trial = 0.0  # seconds

    def run(self, step: int, stop: int, row: int) -> None:
        """Run steps `step` to `stop` - 1, of which the first has row `row` of the logs."""
        if len(self.parts) == 1:
            self._alone(step, stop, row)
            return
        while step < stop:
            trial = self.pace[not self.together] == 0 or self.until_trial < 0
            way = self.together != trial
            known = 0 if trial or not self.pace[way] else int(SPAN / self.pace[way])
            end = min(step + max(known, TRY), stop)
            took = self._together(step, end, row) if way else self._alone(step, end, row)
            self.pace[way] = took / (end - step)
            self.until_trial = RARELY * took if trial else self.until_trial - took
            if all(self.pace.values()):
                self.together = self.pace[True] < self.pace[False]
            row += end - step
            step = end

    def _alone(self, step: int, stop: int, row: int) -> float:
        """Run some steps, and give the seconds they took."""
        began = perf_counter()
        run_steps(self.alone.functions, self.alone.arguments, step, stop, row)
        return perf_counter() - began

    def _together(self, step: int, stop: int, row: int) -> float:
        """Run some steps on all threads, and give the seconds from when the last of them had started."""
        meeting, yielding, count = barrier(), pass_on(), len(self.parts)

        def one(part: _Sequence) -> float:
            began = perf_counter()
            own = (part.functions, part.arguments, part.before)
            run_part(*own, step, stop, row, count, address_of(meeting), yielding)
            return began

        began = run_on_threads(one, self.parts, count, cancel=lambda: leave(meeting))
        return perf_counter() - max(began)


class _Sequence:
    """Operations as compiled code takes them; `before` of them find who spikes."""

    def __init__(self, operations: Sequence[Operation], before: int) -> None:
        self.operations = operations  # addresses keep nothing alive
        self.before = before
        self.functions = np.array([one.function.address for one in operations], dtype=np.int64)
        self.arguments = np.array([address_of(one.arguments) for one in operations], dtype=np.int64)
