"""Which stimuli are held out together: seeded folds, if asked for with a share of every class, or groups unparted."""

import warnings
from typing import Any

import numpy as np

from compare.checks import check_count
from compare.errors import InvalidActivityError, TooFewStimuliError
from isocortex.seeds import child_seed

__all__ = ["LEAST_HELD_OUT", "held_out_folds"]

LEAST_HELD_OUT = 3  # two points always correlate perfectly


def held_out_folds(
    stimuli: int, folds: int, seed: int, stratify: Any = None, groups: Any = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Part the stimuli into folds at random.

    Parameters
    ----------
    stimuli, folds : int
        How many of each.
    seed : int
        Of the order.
    stratify : array-like, optional
        A class for each stimulus: every fold gets its share of every class.
    groups : array-like, optional
        A group for each stimulus (one object from several views, one film): a group is never parted between training
        and held-out stimuli.

    Returns
    -------
    list of (numpy.ndarray, numpy.ndarray)
        Training and held-out stimuli of each fold.

    Raises
    ------
    InvalidOptionError, InvalidActivityError
        If there are fewer than 2 folds, or `stratify` or `groups` do not name each stimulus.
    TooFewStimuliError
        If a fold would hold out fewer than 3 stimuli, or there are fewer members of a class, or groups, than folds.

    Examples
    --------
    >>> [held_out.tolist() for _, held_out in held_out_folds(6, 2, seed=0)]
    [[2, 3, 4], [0, 1, 5]]
    """
    from sklearn import model_selection

    check_count("folds", folds, 2)
    if stimuli < LEAST_HELD_OUT * folds:
        raise TooFewStimuliError(
            f"folds: {stimuli} stimuli in {folds} folds leave fewer than {LEAST_HELD_OUT} to score; take fewer folds"
        )
    classes, members = _numbered(stratify, "stratify", stimuli), _numbered(groups, "groups", stimuli)
    _check_enough(classes, "stratify: a class", folds)
    if members is not None and members.max() + 1 < folds:
        raise TooFewStimuliError(f"groups: {members.max() + 1} groups cannot be parted into {folds} folds")
    kind = {
        (False, False): model_selection.KFold,
        (True, False): model_selection.StratifiedKFold,
        (False, True): model_selection.GroupKFold,
        (True, True): model_selection.StratifiedGroupKFold,
    }[classes is not None, members is not None]
    splitter = kind(folds, shuffle=True, random_state=child_seed(seed, "predictivity folds") % 2**32)
    with warnings.catch_warnings():  # of few members of a class: what matters is checked here
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(np.empty((stimuli, 0)), classes, members))
    smallest = min(len(held_out) for _, held_out in parts)
    if smallest < LEAST_HELD_OUT:
        raise TooFewStimuliError(
            f"groups: a fold holds out {smallest} stimuli, fewer than {LEAST_HELD_OUT}; take fewer folds"
        )
    return parts


def _numbered(labels: Any, name: str, stimuli: int) -> np.ndarray | None:
    if labels is None:
        return None
    array = np.asarray(labels)
    if array.shape != (stimuli,):
        raise InvalidActivityError(f"{name}: must name one for each of the {stimuli} stimuli, got shape {array.shape}")
    return np.unique(array, return_inverse=True)[1]


def _check_enough(index: np.ndarray | None, what: str, folds: int) -> None:
    if index is not None and np.bincount(index).min() < folds:
        raise TooFewStimuliError(f"{what} has {np.bincount(index).min()} stimuli, fewer than {folds} folds")
