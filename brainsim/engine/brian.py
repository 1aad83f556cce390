"""The reference engine: the same network, run by Brian2 itself.

Slow (NumPy code, no C compiler needed), and there to be compared with. Random input is drawn by
`brainsim.engine.draws` and given to Brian2 step by step; everything else is Brian2's own.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from brainsim.engine.brian_network import BrianNetwork
from brainsim.engine.checks import check_changing, check_rates, check_records, check_run, check_trial
from brainsim.engine.engine import AnyRecord, Engine, Interrupted, Keep, Record, RunResult, Session, Trial
from brainsim.engine.network import Network
from brainsim.engine.state import check_state, check_values, constant_synapses, neurons
from brainsim.engine.watch import Watch
from isocortex.progress import Advance

__all__ = ["BrianEngine"]

Spikes = tuple[np.ndarray, np.ndarray]


class BrianEngine(Engine):
    """Runs networks on Brian2, trial after trial on one thread."""

    def start(
        self,
        network: Network,
        trial: Trial,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        seed: int,
        threads: int | None = None,
    ) -> Session:
        """Begin a session; see `Engine.start`. `threads` changes nothing here."""
        session = BrianSession(network, seed)
        session.present(rates, bin_steps, trial)
        return session

    def run(
        self,
        network: Network,
        rates: Mapping[int, np.ndarray],
        bin_steps: int,
        steps: int,
        trials: Sequence[Trial],
        seed: int,
        threads: int | None = None,
        keep: Keep = "spikes",
        records: Sequence[AnyRecord] = (),
        advance: Advance | None = None,
    ) -> RunResult:
        """Run every trial; see `Engine.run`. `threads` changes nothing here."""
        checked = check_run(network, rates, bin_steps, steps, trials, keep, records)
        session = BrianSession(network, seed)
        session.check_records(records)
        initial = session.state()
        samples = [-(-steps // record.every) for record in records]
        results = [_empty(network, keep, records, samples) for _ in trials]
        reached = np.zeros(len(trials), dtype=np.int64)
        watch = Watch(advance)

        def run_one(index: int) -> None:
            session.restore(initial)
            session.network.present(checked, bin_steps, trials[index])
            results[index] = session.compute(steps, keep, records, watch)
            reached[index] = session.step

        try:
            watch.run(run_one, range(len(trials)), 1)
        except KeyboardInterrupt:
            raise Interrupted(_stacked(network, results, keep, records, samples), reached) from None
        return _stacked(network, results, keep, records, samples)


class BrianSession(Session):
    """A session upon Brian2 objects, which are made and prepared once."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = BrianNetwork(network, seed)
        self.recent: list[Spikes] = [
            (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32)) for _ in network.groups
        ]

    @property
    def step(self) -> int:
        """How many steps have been run."""
        return self.network.step

    def run(
        self, steps: int, keep: Keep = "spikes", records: Sequence[AnyRecord] = (), advance: Advance | None = None
    ) -> RunResult:
        """Go on; see `Session.run`."""
        check_records(self.network.network, steps, keep, records, self.step)
        self.check_records(records)
        begin, watch = self.step, Watch(advance)
        results: list[RunResult] = []
        try:
            watch.run(lambda _: results.append(self.compute(steps, keep, records, watch)), range(1), 1)
        except KeyboardInterrupt:
            if not results:  # it came before anything was done
                raise
            raise Interrupted(results[0], np.array([self.step - begin])) from None
        return results[0]

    def compute(self, steps: int, keep: Keep, records: Sequence[AnyRecord], watch: Watch) -> RunResult:
        """Do some steps in this thread, fewer if the watch is cancelled."""
        model = self.network
        when: list[list[np.ndarray]] = [[] for _ in model.groups]
        who: list[list[np.ndarray]] = [[] for _ in model.groups]
        samples: list[list[np.ndarray]] = [[] for _ in records]
        end = self.step + steps
        with np.errstate(all="ignore"):  # 0/0 in refractory neurons, whose result Brian2 throws away
            while self.step < end and not watch.cancelled.is_set():
                step = self.step
                model.advance()
                for k in range(len(model.groups)):
                    units = model.spiking(k)
                    if len(units):
                        when[k].append(np.full(len(units), step, dtype=np.int32))
                        who[k].append(units)
                for kept, record in zip(samples, records, strict=True):
                    if step % record.every == 0:
                        kept.append(model.recorded(record)[np.asarray(record.units)])
                watch.done(1)
        spikes = [(_joined(one, np.int32), _joined(other, np.uint32)) for one, other in zip(when, who, strict=True)]
        self._remember(spikes)
        if not watch.cancelled.is_set():
            model.check_finite()
        return _result(model.network, spikes, keep, records, samples)

    def present(self, rates: Mapping[int, np.ndarray], bin_steps: int, trial: Trial) -> None:
        """Present another stimulus; see `Session.present`."""
        check_trial(trial)
        checked = check_rates(self.network.network, rates, bin_steps, trial.stimulus + 1)
        self.network.present(checked, bin_steps, trial)

    def state(self) -> dict[str, np.ndarray]:
        """Give the state; see `Session.state`."""
        model = self.network
        state = {"step": np.array([self.step]), "began": np.array([model.began])}
        for k, _, names in neurons(model.network):
            for name in names:
                state[f"variable/{k}/{name}"] = self.get(k, name)
        for k, (steps, units) in enumerate(self.recent):
            state[f"spikes/{k}/steps"], state[f"spikes/{k}/units"] = steps.astype(np.int64), units.copy()
        return {**state, **{name: values.copy() for name, values in model.changing().items()}}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go to a state; see `Session.restore`."""
        model = self.network
        own = model.changing()
        checked = check_state(model.network, state, own)
        for name, values in own.items():
            values[:] = checked[name]
        for k, _, names in neurons(model.network):
            for name in names:
                model.variable(k, name, "state")[:] = checked[f"variable/{k}/{name}"]
        self.recent = [(checked[f"spikes/{k}/steps"], checked[f"spikes/{k}/units"]) for k in range(len(model.groups))]
        model.restore(int(checked["step"][0]), int(checked["began"][0]), self.recent)

    def get(self, group: int, variable: str) -> np.ndarray:
        """Give a state variable; see `Session.get`."""
        return self.network.variable(group, variable, f"group {group}").copy()

    def set(self, group: int, variable: str, values: np.ndarray) -> None:
        """Set a state variable; see `Session.set`."""
        target = self.network.variable(group, variable, f"group {group}")
        target[:] = check_values(self.network.network.groups[group], variable, values)

    def synapses(self, projection: int) -> dict[str, np.ndarray]:
        """Give synapses; see `Session.synapses`."""
        network = self.network.network
        if not 0 <= projection < len(network.projections) or network.projections[projection].synapse is None:
            return constant_synapses(network, projection)
        return self.network.synapse_values(projection)

    def change_weights(self, projection: int, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        """Change weights; see `Session.change_weights`."""
        check_changing(self.network.network, projection)
        wired = self.network.network.projections[projection]
        weights, targets = self.synapses(projection)["w"], wired.connections.expand().targets
        if wired.synapse is not None and len(weights):
            self.set_synapses(projection, {"w": wired.synapse.changed(weights, targets, change)})

    def set_synapses(self, projection: int, values: Mapping[str, np.ndarray]) -> None:
        """Set synapses; see `Session.set_synapses`."""
        check_changing(self.network.network, projection)
        self.network.set_synapses(projection, values)

    def check_records(self, records: Sequence[AnyRecord]) -> None:
        """Check that the variables to be recorded are there."""
        for number, record in enumerate(records):
            if isinstance(record, Record):
                self.network.check_variable(record.group, record.variable, f"records[{number}]")

    def _remember(self, spikes: Sequence[Spikes]) -> None:
        oldest = self.step - self.network.memory
        for k, (steps, units) in enumerate(spikes):
            steps = np.concatenate([self.recent[k][0], steps])
            units = np.concatenate([self.recent[k][1], units])
            self.recent[k] = (steps[steps >= oldest], units[steps >= oldest])


def _joined(parts: Sequence[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)


def _result(
    network: Network,
    spikes: Sequence[Spikes],
    keep: Keep,
    records: Sequence[AnyRecord],
    samples: Sequence[Sequence[np.ndarray]],
) -> RunResult:
    """Gather what one trial gave."""
    counts, first = [], []
    for group, (steps, units) in zip(network.groups, spikes, strict=True):
        counts.append(np.bincount(units, minlength=group.size).astype(np.int32)[None])
        earliest = np.full((1, group.size), -1, dtype=np.int32)
        earliest[0, units[::-1]] = steps[::-1]  # from the last spike to the first, so that the first one stays
        first.append(earliest)
    traces = (
        np.array(kept, dtype=np.float64).reshape(1, len(kept), len(record.units))
        for kept, record in zip(samples, records, strict=True)
    )
    kept_spikes = tuple([one] for one in spikes) if keep == "spikes" else None
    return RunResult(tuple(counts), tuple(first), kept_spikes, tuple(traces))


def _empty(network: Network, keep: Keep, records: Sequence[AnyRecord], samples: Sequence[int]) -> RunResult:
    """Give the result of a trial that never began."""
    none = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint32))
    return _result(network, [none] * len(network.groups), keep, records, [[] for _ in samples])


def _stacked(
    network: Network, results: Sequence[RunResult], keep: Keep, records: Sequence[AnyRecord], samples: Sequence[int]
) -> RunResult:
    """Join the results of trials; traces of those that ended early are filled up with zeros."""
    groups = range(len(network.groups))
    traces = tuple(
        np.zeros((len(results), count, len(record.units))) for count, record in zip(samples, records, strict=True)
    )
    for index, result in enumerate(results):
        for trace, one in zip(traces, result.traces, strict=True):
            trace[index, : one.shape[1]] = one[0]
    nothing = [np.zeros((0, group.size), dtype=np.int32) for group in network.groups]
    spikes = tuple([result.spikes[k][0] for result in results if result.spikes] for k in groups)
    return RunResult(
        tuple(np.concatenate([nothing[k], *(result.counts[k] for result in results)]) for k in groups),
        tuple(np.concatenate([nothing[k], *(result.first[k] for result in results)]) for k in groups),
        spikes if keep == "spikes" else None,
        traces,
    )
