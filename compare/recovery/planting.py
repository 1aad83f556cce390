"""A synthetic region made from one layer, as noisy as a measured one.

A unit of the region is a unit of the layer, or a random mixture of all of them, whose responses ``s`` to the stimuli
have variance ``σ²``. In each trial it answers ``s + e``, e independent with variance ``σ² (1 - ρ) / ρ``: then the
share ρ of one trial's variance over stimuli is signal, which is the definition of the reliability ρ of one trial. What
was measured on the mean of T trials goes back to one by Spearman and Brown's formula, ``ρ = ρ_T / (T - (T - 1) ρ_T)``.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError
from compare.inference.reliability import unit_reliability
from compare.measures.patterns import CONSTANT, real_array, stimulus_trial_unit

__all__ = ["Noise", "measured_noise", "one_trial", "plant"]

LEAST = 0.01  # of a unit that answers at all: noise then has ten times the signal's spread


@dataclass(frozen=True)
class Noise:
    """What the units of a synthetic region are like.

    Parameters
    ----------
    reliability : numpy.ndarray
        Of one trial, each from 0 to 1; a synthetic unit has one of them. 0: only noise, as large as the signal.
    residuals : numpy.ndarray or None
        (trial of any stimulus, unit), of variance 1, one column a reliability: what measured units did besides their
        mean. Noise is then drawn from it row by row, so that units share noise as they did. None: independent normal.
    silent : int
        Units whose reliability is not known; left out.
    trials : int or None
        How many were recorded, where that is known.
    """

    reliability: np.ndarray
    residuals: np.ndarray | None = None
    silent: int = 0
    trials: int | None = None


def measured_noise(reliability: Any, seed: int = 0) -> Noise:
    """Give the noise that a reliability, several, or a recording stands for; see `recover_layers`.

    Raises
    ------
    InvalidOptionError
        If it is no number, numbers or recording, lies above 1, or no unit is reliable at all.
    TooFewStimuliError, InvalidActivityError, ActivityTypeError
        If a recording has fewer than 2 trials or cannot be used.

    Examples
    --------
    >>> measured_noise(0.5).reliability
    array([0.5])
    """
    array = real_array(reliability, "reliability")
    if array.ndim == 3:
        return replace(_recorded(stimulus_trial_unit(reliability, "reliability"), seed), trials=array.shape[1])
    if array.ndim > 1:
        raise InvalidOptionError(
            f"reliability: must be one number, one a unit, or a recording (stimulus, trial, unit), got shape "
            f"{array.shape}"
        )
    trials = getattr(reliability, "attrs", {}).get("trials")
    noise = _usable(one_trial(np.atleast_1d(array).astype(np.float64), int(trials or 1)), None)
    return replace(noise, trials=None if trials is None else int(trials))


def one_trial(reliability: np.ndarray, trials: int) -> np.ndarray:
    """Give the reliability of one trial from that of the mean over several (Spearman-Brown); at least 0, NaN kept.

    Examples
    --------
    >>> one_trial(np.array([0.8, -0.2]), 4)
    array([0.5, 0. ])
    """
    share = np.maximum(reliability, 0.0)
    return share / (trials - (trials - 1) * share)


def plant(layer: np.ndarray, units: int, mixtures: bool, noise: Noise, trials: int, rng: np.random.Generator) -> Any:
    """Make a synthetic region from a layer.

    Parameters
    ----------
    layer : numpy.ndarray
        (stimulus, unit).
    units : int
        How many the region has; drawn with replacement where the layer has fewer that vary.
    mixtures : bool
        Whether a unit is a random mixture of the layer's units, with normal weights.
    noise : Noise
        What its trials are like.
    trials : int
        How many.
    rng : numpy.random.Generator
        Chooses units, weights, reliabilities and noise.

    Returns
    -------
    numpy.ndarray
        (stimulus, trial, unit).

    Raises
    ------
    InvalidActivityError
        If no unit of the layer varies over stimuli.

    Examples
    --------
    >>> layer = np.random.default_rng(0).normal(size=(10, 7))
    >>> plant(layer, 20, False, Noise(np.array([0.5])), 4, np.random.default_rng(1)).shape
    (10, 4, 20)
    """
    varying = layer[:, layer.std(axis=0) > CONSTANT * np.abs(layer).max(axis=0)]
    if not varying.size:
        raise InvalidActivityError("no unit varies over stimuli, so no region can be made from it")
    if mixtures:
        signal = varying @ rng.normal(size=(varying.shape[1], units)) / np.sqrt(varying.shape[1])
    else:
        signal = varying[:, rng.choice(varying.shape[1], units, replace=varying.shape[1] < units)]
    which = rng.choice(len(noise.reliability), units, replace=len(noise.reliability) < units)
    shape = (len(layer), trials, units)
    if noise.residuals is None:
        error = rng.normal(size=shape)
    else:
        error = noise.residuals[rng.integers(0, len(noise.residuals), shape[:2])][:, :, which]
    share = noise.reliability[which]
    spread = signal.std(axis=0)
    known = np.maximum(share, LEAST)
    size = spread * np.where(share > 0, np.sqrt((1 - known) / known), 1.0)
    return np.where(share > 0, signal, signal.mean(axis=0))[:, None] + size * error


def _recorded(array: np.ndarray, seed: int) -> Noise:
    trials = array.shape[1]
    share = one_trial(unit_reliability(array, 10, seed), trials)
    residuals = (array - array.mean(axis=1, keepdims=True)).reshape(-1, array.shape[2])
    spread = residuals.std(axis=0)
    return _usable(share, residuals / np.where(spread > 0, spread, 1.0))


def _usable(share: np.ndarray, residuals: np.ndarray | None) -> Noise:
    if (share > 1).any():
        raise InvalidOptionError(f"reliability: must not lie above 1, got {float(np.nanmax(share)):.3g}")
    known = ~np.isnan(share)
    if not (share[known] > 0).any():
        raise InvalidOptionError(
            f"reliability: none of {share.size} units is reliable, so nothing could be told; take more trials"
        )
    return Noise(share[known], None if residuals is None else residuals[:, known], int((~known).sum()))
