"""Whether the units of a population act together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from brainsim.errors import ModelError, ParameterError
from brainsim.recording import Recording, chosen, single
from brainsim.recording.choose import spikes_of
from brainsim.recording.tables import bin_steps
from brainsim.wiring.rule import count
from isocortex.seeds import generator

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["chi_synchrony", "synchrony"]


def synchrony(
    recording: Recording,
    populations: str | Sequence[str] | None = None,
    bin_width: float = 3.0,
    units: int | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """Give the variance of each population's spike count over its mean, in bins of time: S = var(n) / mean(n).

    1 for units that fire independently with a constant rate, as large as their number where all fire at once. It
    grows with the number of units where they are correlated, so compare numbers taken from as many units. Potjans
    and Diesmann 2014, doi:10.1093/cercor/bhs358, counted in bins of 3 ms.

    Parameters
    ----------
    recording : Recording
        With spikes. Leave a transient out with :meth:`Recording.between`.
    populations : str or sequence of str, optional
        Full names; all by default.
    bin_width : float
        In ms; a last bin that is not full is left out.
    units : int, optional
        How many units are drawn from each population; all by default, and where it has fewer.
    seed : int
        Of the draw.

    Returns
    -------
    dict of str to float
        Averaged over trials and stimuli; NaN where nothing spiked.

    Raises
    ------
    UnknownNameError, ModelError, ParameterError
        If there is no such population, only counts were kept, or there are fewer than two bins.

    Examples
    --------
    Two units that always fire together:

    >>> from brainsim import Brain, Population, Region, SpikeSource, simulate
    >>> from brainsim.encoders import Spikes
    >>> brain = Brain("eye", [Region("in", [Population("cells", SpikeSource(), size=2)])], inputs={"in": Spikes()})
    >>> recording = simulate(brain, [([10, 10, 30, 30, 70, 70], [0, 1, 0, 1, 0, 1])], duration=100)
    >>> round(synchrony(recording)["in.cells"], 2)
    1.82
    """
    names = chosen(recording, populations)
    steps, bins = bin_steps(recording, bin_width, "synchrony: bin_width")
    if bins < 2:
        raise ParameterError(f"synchrony: needs at least two bins of {bin_width:g} ms, got {bins}")
    most = None if units is None else count(units, "synchrony: units", least=1)
    result = {}
    for name in names:
        spikes, size = spikes_of(recording, name, "synchrony"), recording.sizes[name]
        counted = np.ones(size, dtype=bool)
        if most is not None and most < size:
            counted = np.zeros(size, dtype=bool)
            counted[generator(seed, "synchrony", name).choice(size, most, replace=False)] = True
        ratios = []
        for row in range(len(spikes.offsets) - 1):
            when, which = spikes.row(row)
            counts = np.bincount(when[counted[which]] // steps, minlength=bins)[:bins]
            if counts.any():
                ratios.append(counts.var() / counts.mean())
        result[name] = float(np.mean(ratios)) if ratios else np.nan
    return result


def chi_synchrony(recording: Recording, population: str, variable: str = "v") -> "DataArray":
    """Give the synchrony of membrane potentials: chi^2 = var_t(mean_i V_i) / mean_i(var_t V_i).

    1 where all units do the same, 1 / sqrt(N) for N independent ones. Golomb and Rinzel 1994,
    doi:10.1016/0167-2789(94)90214-3.

    Parameters
    ----------
    recording : Recording
        With the variable of at least two units recorded, at an interval well below the time over which it changes.
    population, variable : str
        Which.

    Returns
    -------
    xarray.DataArray (stimulus, trial)
        NaN where nothing changed.

    Raises
    ------
    UnknownNameError, ModelError
        If it was not recorded, or of one unit only.
    """
    from xarray import DataArray

    population = single(recording, population)
    trace = recording.trace(population, variable)
    if trace.sizes["unit"] < 2 or trace.sizes["time"] < 2:
        raise ModelError(f"chi_synchrony: {population} {variable} must be of at least two units and two samples")
    values = trace.values
    together = values.mean(axis=3).var(axis=2)
    alone = values.var(axis=2).mean(axis=2)
    chi = np.full(alone.shape, np.nan)
    np.divide(together, alone, out=chi, where=alone > 0)
    return DataArray(
        np.sqrt(chi),
        dims=("stimulus", "trial"),
        coords={"stimulus": list(recording.stimulus_ids)},
        name="chi",
        attrs={"units": "1", "population": population, "variable": variable, "recorded_units": trace.sizes["unit"]},
    )
