"""Noise ceilings from several subjects: how similar one geometry could be to all of them.

Nili et al. (2014), doi:10.1371/journal.pcbi.1003553. No single geometry is on average more similar to the subjects than
the one pooled over all of them (upper); pooled over the others, it does not know the subject that it is compared with
(lower), as a model does not. A model's similarity to bound is the *mean over subjects* of its similarity to each.

The pool is the one that the measure itself asks for: centred vectors over pairs (see `PairVectors`), each divided by
its length, are averaged, for the mean cosine with unit vectors is largest along their mean. That holds for whitened
comparators too, whose length is the whitened one. Ranks are averaged and ranked again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.errors import InvalidActivityError, InvalidOptionError, TooFewStimuliError
from compare.inference.pair_form import pair_form
from compare.inference.pairs import RANKED, PairVectors
from compare.measures.measure import Measure
from compare.measures.named import measure_named
from compare.measures.patterns import stimulus_trial_unit

__all__ = ["subject_ceiling"]


def subject_ceiling(subjects: Sequence[Any], measure: str | Measure = "rsa", **options: Any) -> tuple[float, float]:
    """Bound the mean similarity of anything to several subjects, or to single trials of one.

    Parameters
    ----------
    subjects : sequence of array-like
        Activity of each, (stimulus, unit) or (stimulus, trial, unit); they may differ in units. For single trials of
        one subject: its trials, ``[x[:, trial] for trial in range(x.shape[1])]``.
    measure : str or Measure
        ``"rsa"`` (but not by Kendall's tau, which has no pool: rho-a is close to tau-a) or ``"cka"``.
    **options
        For the measure, where its name is given.

    Returns
    -------
    lower, upper : float

    Raises
    ------
    TooFewStimuliError
        If there are fewer than 2 subjects, or fewer stimuli than the measure needs.
    InvalidOptionError
        If the measure is no cosine of pairs of stimuli.
    InvalidActivityError, ActivityTypeError
        If a subject cannot be used, or they saw different stimuli.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(20, 50))
    >>> lower, upper = subject_ceiling([shared + rng.normal(size=(20, 50)) for _ in range(5)])
    >>> 0 < lower < upper < 1
    True
    """
    chosen = measure_named(measure, **options)
    form = pair_form(chosen)
    if form is None:
        raise InvalidOptionError(
            f"measure: {chosen.label} has no pooled geometry; take RSA by another comparator (rho-a for tau-a), or CKA"
        )
    arrays = [stimulus_trial_unit(x, f"subjects[{index}]") for index, x in enumerate(subjects)]
    if len(arrays) < 2:
        raise TooFewStimuliError(f"subject_ceiling: needs at least 2 subjects, got {len(arrays)}")
    for index, array in enumerate(arrays):
        if len(array) != len(arrays[0]):
            raise InvalidActivityError(
                f"subjects[{index}]: has {len(array)} stimuli, but subjects[0] has {len(arrays[0])}: all must see the "
                "same"
            )
    vectors = [form.vector(array) for array in arrays]
    for index, vector in enumerate(vectors):
        unknown = int(np.isnan(vector).sum())
        if unknown:
            raise InvalidActivityError(
                f"subjects[{index}]: {unknown} of {vector.size} pairs of stimuli have no dissimilarity, since "
                "all units answer a stimulus alike; leave such stimuli out of all, or take the Euclidean distance"
            )
    each = PairVectors(np.stack(vectors), form.centring)
    values = each.centred() if form.centring in RANKED else each.values / each.lengths()[:, None]
    everyone = values.mean(axis=0)
    others = (values.sum(axis=0) - values) / (len(values) - 1)
    similarity = PairVectors(np.stack([*each.values, *others, everyone]), form.centring).similarity()
    count = len(values)
    lower = similarity[np.arange(count), count + np.arange(count)].mean()
    return float(lower), float(similarity[:count, -1].mean())
