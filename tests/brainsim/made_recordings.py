"""Recordings made by hand, whose answers are known."""

import numpy as np

from brainsim import Recording
from brainsim.recording import Spikes


def spikes_of(trials, units):
    """Give counts, first steps and spikes of trials, each a list of steps a unit."""
    lists = []
    for trial in trials:
        when = np.concatenate([np.asarray(train, dtype=np.int64) for train in trial])
        which = np.repeat(np.arange(units), [len(train) for train in trial])
        order = np.lexsort((which, when))
        lists.append((when[order], which[order]))
    spikes = Spikes.joined(lists)
    return spikes.counts(units), spikes.first_steps(units), spikes


def recording_of(trains, steps=1000, dt=0.5, trials=1, **more):
    """Make a recording of population a.E (and others) from spike steps: one list of units' steps a (stimulus, trial).

    Parameters
    ----------
    trains : list of list of sequence of int
        Of a.E; or a mapping of several populations' names to such lists.
    """
    populations = trains if isinstance(trains, dict) else {"a.E": trains}
    counts, first, lists = {}, {}, {}
    for name, its in populations.items():
        units = len(its[0])
        stimuli = len(its) // trials
        some, early, lists[name] = spikes_of(its, units)
        counts[name], first[name] = (table.reshape(stimuli, trials, units) for table in (some, early))
    return Recording("made", dt, steps, tuple(range(stimuli)), trials, 0, counts, first, lists, **more)
