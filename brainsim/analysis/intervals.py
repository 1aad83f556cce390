"""Inter-spike intervals and how irregular they are.

Intervals lie within a trial; those of all trials and stimuli are pooled unit by unit, so a unit whose rate differs
between stimuli has a higher coefficient of variation (CV2 and LV, which compare neighbours, hardly change).
"""

import numpy as np

from brainsim.recording import Recording, single
from brainsim.recording.choose import spikes_of
from brainsim.wiring.rule import count

__all__ = ["inter_spike_intervals", "isi_cv", "isi_cv2", "isi_lv"]


def inter_spike_intervals(recording: Recording, population: str) -> tuple[np.ndarray, np.ndarray]:
    """Give all inter-spike intervals of a population.

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.

    Returns
    -------
    intervals : numpy.ndarray of float64 (interval)
        In ms; trial after trial, in each unit after unit, in each in order of time.
    units : numpy.ndarray of int64 (interval)
        Whose they are.

    Raises
    ------
    UnknownNameError, ModelError
        If there is no such population, or only counts were kept.

    Examples
    --------
    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> inter_spike_intervals(recording, "in.cells")[0]
    array([10., 10., 10., 10., 10., 10.])
    """
    steps, units, _ = _intervals(recording, population)
    return steps * recording.dt, units


def isi_cv(recording: Recording, population: str, least: int = 5) -> np.ndarray:
    """Give each unit's coefficient of variation of its inter-spike intervals, CV = std(I) / mean(I).

    0 is a clock, 1 a Poisson process, 1 / sqrt(k) a gamma process of order k.

    Parameters
    ----------
    recording : Recording
        With spikes.
    population : str
        Full name.
    least : int
        Units with fewer intervals get NaN.

    Returns
    -------
    numpy.ndarray (unit)

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or `least` is below 1.

    Examples
    --------
    A clock, and a unit that has too few intervals to tell:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> isi_cv(recording, "in.cells")
    array([ 0., nan])
    """
    least = count(least, "isi_cv: least", least=1)
    intervals, units, size = _intervals(recording, population)
    mean = _mean(intervals, units, size, 1)
    # Two passes: squares of long intervals would swallow a small spread.
    spread = np.sqrt(_mean((intervals - mean[units]) ** 2, units, size, least))
    return spread / mean


def isi_cv2(recording: Recording, population: str, least: int = 5) -> np.ndarray:
    """Give each unit's CV2, the mean over pairs of neighbouring intervals of 2 |I' - I| / (I' + I).

    0 is a clock, 1 a Poisson process. A rate that drifts slowly does not raise it. Holt, Softky, Koch and Douglas
    1996, doi:10.1152/jn.1996.75.5.1806.

    Parameters
    ----------
    recording, population, least
        As :func:`isi_cv`; `least` counts pairs.

    Returns
    -------
    numpy.ndarray (unit)

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        As :func:`isi_cv`.

    Examples
    --------
    A clock, and a unit that has too few intervals to tell:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> isi_cv2(recording, "in.cells")
    array([ 0., nan])
    """
    contrast, units, size = _contrasts(recording, population)
    return _mean(2 * np.abs(contrast), units, size, count(least, "isi_cv2: least", least=1))


def isi_lv(recording: Recording, population: str, least: int = 5) -> np.ndarray:
    """Give each unit's local variation LV, the mean over pairs of neighbours of 3 ((I' - I) / (I' + I))^2.

    0 is a clock, 1 a Poisson process, 3 / (2k + 1) a gamma process of order k. Shinomoto, Shima and Tanji 2003,
    doi:10.1162/089976603322518759.

    Parameters
    ----------
    recording, population, least
        As :func:`isi_cv`; `least` counts pairs.

    Returns
    -------
    numpy.ndarray (unit)

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        As :func:`isi_cv`.

    Examples
    --------
    A clock, and a unit that has too few intervals to tell:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 20, 30, 40, 50, 60, 70, 15], [0] * 7 + [1])], duration=100)
    >>> isi_lv(recording, "in.cells")
    array([ 0., nan])
    """
    contrast, units, size = _contrasts(recording, population)
    return _mean(3 * contrast**2, units, size, count(least, "isi_lv: least", least=1))


def _intervals(recording: Recording, population: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Give intervals in steps, whose they are, and how many units there are."""
    population = single(recording, population)
    spikes = spikes_of(recording, population, "inter_spike_intervals")
    parts, owners = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for row in range(len(spikes.offsets) - 1):
        steps, units = spikes.row(row)
        order = np.argsort(units, kind="stable")
        steps, units = steps[order], units[order]
        same = units[1:] == units[:-1]
        parts.append(np.diff(steps)[same])
        owners.append(units[1:][same])
    return np.concatenate(parts), np.concatenate(owners, dtype=np.int64), recording.sizes[population]


def _contrasts(recording: Recording, population: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Give (I' - I) / (I' + I) of neighbouring intervals, whose they are, and how many units there are."""
    population = single(recording, population)
    spikes = spikes_of(recording, population, "inter_spike_intervals")
    parts, owners = [np.zeros(0)], [np.zeros(0, np.int64)]
    for row in range(len(spikes.offsets) - 1):
        steps, units = spikes.row(row)
        order = np.argsort(units, kind="stable")
        steps, units = steps[order], units[order]
        same = units[2:] == units[:-2]
        before, after = np.diff(steps)[:-1][same], np.diff(steps)[1:][same]
        parts.append((after - before) / (after + before))
        owners.append(units[2:][same])
    return np.concatenate(parts), np.concatenate(owners, dtype=np.int64), recording.sizes[population]


def _mean(values: np.ndarray, units: np.ndarray, size: int, least: int) -> np.ndarray:
    """Average values unit by unit; NaN for a unit with fewer than `least` of them."""
    number = np.bincount(units, minlength=size)
    total = np.bincount(units, values, minlength=size)
    return np.where(number >= least, total / np.maximum(number, 1), np.nan)
