"""Simulation: one brain that is run on and on, looked into, saved, and gone on with in another process."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from brainsim import engine as engines
from brainsim.brain import Brain
from brainsim.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from brainsim.errors import Interrupted, KindError, ModelError, StimulusError, UnknownNameError
from brainsim.fitting import is_conductance
from brainsim.gathered import Asked
from brainsim.learning.learned import public_weights
from brainsim.lower import engine_weight, lower, public_unit
from brainsim.neurons import Source
from brainsim.pathways import pathway
from brainsim.plasticity import RewardSTDP
from brainsim.presented import Presented, presented
from brainsim.recording import Recording
from brainsim.records import Record, RecordWeights, recorded
from brainsim.requirements import check_choices, require_results, require_session
from brainsim.timing import whole_steps
from brainsim.units import from_si, number, numbers, to_si
from brainsim.wiring.rule import count
from isocortex.errors import nearest
from isocortex.progress import Advance, progress_bar
from isocortex.seeds import child_seed

__all__ = ["Simulation"]


class Simulation:
    """One brain in one trial that goes on as long as you like.

    ``run(a)`` and then ``run(b)`` is ``run(a + b)``, bit for bit: spikes on their way, refractory periods, noise and
    plastic synapses included. Its first run spikes as :func:`brainsim.simulate` does with the same stimulus, seed,
    ``stimulus_ids=[stimulus_id]`` and trial.

    Parameters
    ----------
    brain : Brain
        Who.
    stimulus : array-like or mapping of str to array-like, optional
        One stimulus, as the brain's encoders take it (without the axis over stimuli); a mapping gives each region its
        own. None for a brain without encoders. It lasts until :meth:`present` shows another; the last bin of rates
        that change in time goes on.
    dt : float
        Step in ms.
    seed : int
        Of the noise, which depends on the seed, `stimulus_id`, `trial`, and for each unit on the step, and on nothing
        else.
    stimulus_id, trial : int
        Tell presentations apart; see `seed`.
    engine : "compiled" or "brian2"
        What runs it; the spikes are the same.
    threads : int, optional
        Where the engine shares a large network among threads; changes no bit.

    Raises
    ------
    ParameterError, ModelError, StimulusError, UnknownNameError, KindError
        If something cannot be used; the message names it.
    MemoryLimitError
        If the brain will not fit.

    Examples
    --------
    >>> import brainsim
    >>> simulation = brainsim.Simulation(brainsim.atlas.coba(), seed=1)
    >>> first, second = simulation.run(5), simulation.run(5)
    >>> simulation.time, second.start
    (10.0, 5.0)
    >>> brainsim.Recording.join([first, second]).duration
    10.0
    """

    def __init__(
        self,
        brain: Brain,
        stimulus: Any = None,
        dt: float = 0.1,
        seed: int = 0,
        stimulus_id: int = 0,
        trial: int = 0,
        engine: Literal["compiled", "brian2"] = "compiled",
        threads: int | None = None,
    ) -> None:
        if not isinstance(brain, Brain):
            raise KindError(f"Simulation: brain must be a Brain, got {type(brain).__name__}")
        dt = number(dt, "ms", "Simulation: dt", positive=True)
        child_seed(seed)
        check_choices("Simulation", engine=engine)
        stimulus_id, trial = (
            count(value, f"Simulation: {name}") for name, value in (("stimulus_id", stimulus_id), ("trial", trial))
        )
        self._begin(brain, _shown(brain, stimulus, dt), dt, seed, stimulus_id, trial, engine, threads)

    def _begin(
        self,
        brain: Brain,
        shown: Presented,
        dt: float,
        seed: int,
        stimulus_id: int,
        trial: int,
        engine: str,
        threads: int | None,
    ) -> None:
        require_session(brain, engine)
        self._brain, self._dt, self._seed, self._engine = brain, dt, int(seed), engine
        self._shown, self._stimulus_id, self._trial = shown, stimulus_id, trial
        self._network = lower(brain, dt)
        self._session = engines.get_engine(engine, self._network).start(
            self._network, engines.Trial(0, stimulus_id, trial), shown.rates, shown.bin_steps, self._seed, threads
        )

    @property
    def brain(self) -> Brain:
        """Who is simulated: as built, whatever its synapses have learned since."""
        return self._brain

    @property
    def dt(self) -> float:
        """Step in ms."""
        return self._dt

    @property
    def time(self) -> float:
        """How long has been simulated, in ms."""
        return self._session.step * self._dt

    def run(
        self,
        duration: float,
        record: Sequence[Record | RecordWeights] | None = None,
        keep: Literal["spikes", "counts"] = "spikes",
        progress: bool | Callable[[int, str], Advance] | None = None,
    ) -> Recording:
        """Go on.

        Parameters
        ----------
        duration : float
            In ms, a whole number of steps.
        record : sequence of Record or RecordWeights, optional
            State variables and weights to keep. Their intervals count from the beginning of the simulation, so the
            samples of consecutive runs are those of one long run.
        keep : "spikes" or "counts"
            ``"counts"`` keeps counts and first spikes only.
        progress : bool or callable, optional
            Shows how many steps are done and the time left.

        Returns
        -------
        Recording
            Of this stretch alone; its times are absolute.

        Raises
        ------
        ParameterError, ModelError, UnknownNameError, KindError
            If something cannot be used; the simulation then stands where it stood.
        MemoryLimitError
            If what it gives will not fit.
        Interrupted
            On Ctrl-C: a KeyboardInterrupt whose ``recording`` holds what was simulated until then (None if nothing).
            The simulation stands, whole, at the end of that recording and can go on or be saved.
        """
        where = "Simulation.run"
        steps = whole_steps(number(duration, "ms", f"{where}: duration", positive=True), self._dt, f"{where}: duration")
        check_choices(where, keep=keep)
        records = recorded(self._brain, () if record is None else record, self._network)
        asked = Asked(self._brain, self._dt, steps, (self._stimulus_id,), 1, self._seed, records, self._session.step)
        require_results(asked, keep)
        try:
            with progress_bar(steps, "steps", progress) as advance:
                result = self._session.run(steps, keep, [one.engine for one in records], advance)
        except engines.Interrupted as stopped:
            raise Interrupted(
                asked.part(stopped.result, stopped.reached), f"Simulation: interrupted at {self.time:g} ms"
            ) from None
        return asked.recording(result)

    def present(self, stimulus: Any, stimulus_id: int = 0, trial: int = 0) -> None:
        """Show another stimulus from now on; the brain's state stays what it is.

        Parameters
        ----------
        stimulus : array-like or mapping of str to array-like
            As for the simulation itself; time within it counts from now.
        stimulus_id, trial : int
            From now on the noise is that of this presentation, at the steps to come: the same noise goes on if they
            stay the same.

        Raises
        ------
        StimulusError, ModelError, KindError, ParameterError
            If it cannot be shown; the one before then stays.
        """
        stimulus_id, trial = (
            count(stimulus_id, "Simulation.present: stimulus_id"),
            count(trial, "Simulation.present: trial"),
        )
        shown = _shown(self._brain, stimulus, self._dt)
        self._session.present(shown.rates, shown.bin_steps, engines.Trial(0, stimulus_id, trial))
        self._shown, self._stimulus_id, self._trial = shown, stimulus_id, trial

    def state(self, population: str, variable: str = "v") -> np.ndarray:
        """Give a state variable of every unit as it is now.

        Parameters
        ----------
        population : str
            Full name.
        variable : str
            ``"v"``, another variable of the model, or the name of a receptor.

        Returns
        -------
        numpy.ndarray of float64 (unit)
            In its public unit, such as mV.

        Raises
        ------
        UnknownNameError, ModelError
            If there is no such population or variable.
        """
        group, unit = self._variable(population, variable, "Simulation.state")
        return from_si(self._session.get(group, variable), unit)

    def set_state(self, population: str, variable: str, values: Any) -> None:
        """Set a state variable.

        Parameters
        ----------
        population, variable : str
            As for :meth:`state`.
        values : float or array-like (unit)
            In the variable's public unit, or Brian2 quantities.

        Raises
        ------
        UnknownNameError, ModelError, ParameterError, KindError
            If there is no such population or variable, or the values cannot be used.
        """
        group, unit = self._variable(population, variable, "Simulation.set_state")
        units, where = self._brain.populations[population].units, f"Simulation.set_state: {population}.{variable}"
        bound = is_conductance(self._brain, population, variable)
        one = number(values, unit, where, nonnegative=bound) if np.ndim(values) == 0 else None
        given = np.full(units, one) if one is not None else numbers(values, unit, where, units, nonnegative=bound)
        self._session.set(group, variable, to_si(given, unit))

    def weights(self, projection: str) -> np.ndarray:
        """Give the weights of a projection's synapses as they are now.

        Parameters
        ----------
        projection : str
            Its name, or ``"source -> target"`` where it has none or several targets.

        Returns
        -------
        numpy.ndarray of float64 (synapse)
            In the receptor's unit, in order of creation (sources, then targets).

        Raises
        ------
        UnknownNameError
            If there is no such projection.
        """
        place = pathway(self._brain, projection, "Simulation.weights")
        return public_weights(self._brain.pathways[place], self._session.synapses(place)["w"])

    def reward(self, amount: float) -> None:
        """Turn the eligibility of all reward-modulated synapses into weight, now.

        Parameters
        ----------
        amount : float
            How good it was; negative for a punishment. See :class:`brainsim.plasticity.RewardSTDP`.

        Raises
        ------
        ModelError
            If no projection has such plasticity.
        ParameterError, KindError
            If the amount is no finite number.
        """
        amount = number(amount, "1", "Simulation.reward: amount")
        places = [
            (place, one, one.projection.plasticity)
            for place, one in enumerate(self._brain.pathways)
            if isinstance(one.projection.plasticity, RewardSTDP)
        ]
        if not places:
            raise ModelError("Simulation.reward: no projection has plasticity=RewardSTDP(...)")
        for place, one, rule in places:
            now = self._session.synapses(place)
            changed = rule.rewarded(public_weights(one, now["w"]), now["c"], amount)
            model = rule.synapse(engine_weight(one))
            weights = to_si(changed * one.projection.receptor.gain, one.projection.receptor.weight_unit)
            self._session.set_synapses(place, {"w": np.clip(weights, model.low, model.high)})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the simulation to one file, whole or not at all: the brain, the stimulus' rates, and its state.

        Another process that loads it goes on bit for bit.

        Raises
        ------
        KindError
            If the brain holds an object that is not brainsim's, and no dataclass either.
        isocortex.errors.UnwritableFileError
            If it cannot be written.
        """
        saved = Checkpoint(self._brain, self._shown, self._dt, self._seed, self._stimulus_id, self._trial, self._engine)
        write_checkpoint(path, saved, self._session.state(), self._network)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        classes: Iterable[type[Any]] = (),
        engine: Literal["compiled", "brian2"] | None = None,
        threads: int | None = None,
    ) -> "Simulation":
        """Read a simulation that :meth:`save` wrote; nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.
        classes : iterable of type
            Your own dataclasses among the brain's parts, as for :meth:`Brain.load`.
        engine : "compiled" or "brian2", optional
            What goes on with it; the one that it was saved from by default, which plastic synapses need.
        threads : int, optional
            As for the simulation itself.

        Raises
        ------
        isocortex.errors.MissingFileError, CheckpointFileError
            If there is no such file, or it is damaged, or something else, or of another version.
        MemoryLimitError
            If the brain will not fit.
        """
        if engine is not None:
            check_choices("Simulation.load", engine=engine)
        saved, state = read_checkpoint(path, classes)
        simulation = cls.__new__(cls)
        with saved.checking(path):
            simulation._begin(
                saved.brain,
                saved.shown,
                saved.dt,
                saved.seed,
                saved.stimulus_id,
                saved.trial,
                engine or saved.engine,
                threads,
            )
            saved.check_network(simulation._network)
            simulation._session.restore(state)
        return simulation

    def __repr__(self) -> str:
        return f"Simulation({self._brain.name!r} at {self.time:g} ms, engine={self._engine!r})"

    def _variable(self, population: str, variable: str, where: str) -> tuple[int, str]:
        """Give the number of a population and the public unit of a variable."""
        names = list(self._brain.populations)
        if population not in names:
            raise UnknownNameError(f"{where}: there is no population {population!r}; {nearest(str(population), names)}")
        if isinstance(self._brain.populations[population].model, Source):
            raise ModelError(f"{where}: the units of {population} have no state variables")
        unit = public_unit(self._brain, population, variable)
        if unit is None:
            known = self._brain.state_units(population)
            raise UnknownNameError(
                f"{where}: {population} has no variable {variable!r}; {nearest(str(variable), known)}"
            )
        return names.index(population), unit


def _shown(brain: Brain, stimulus: Any, dt: float) -> Presented:
    """Ask the encoders about one stimulus."""
    shown = presented(brain, _alone(stimulus), dt)
    if shown.stimuli != 1:
        raise StimulusError(f"Simulation: needs one stimulus without an axis over stimuli, got {shown.stimuli}")
    return shown


def _alone(stimulus: Any) -> Any:
    if stimulus is None:
        return None
    if isinstance(stimulus, Mapping):
        return {region: _alone(one) for region, one in stimulus.items()}
    return stimulus[None] if isinstance(stimulus, np.ndarray) else [stimulus]
