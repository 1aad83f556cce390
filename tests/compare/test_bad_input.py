"""Every public function that takes arrays, given what no array should be: an error of ours, or a value."""

import contextlib

import numpy as np
import pytest
import xarray as xr

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError
from isocortex.errors import IsocortexError

RNG = np.random.default_rng(0)
GOOD = RNG.normal(size=(12, 3, 5))
COUNTS = RNG.poisson(3.0, size=(12, 3, 5)).astype(float)
LABELS = np.arange(12) % 3


def holed(value):
    """Give good activity with one number that is none."""
    array = GOOD.copy()
    array[3, 1, 2] = value
    return array


CALLS = {
    "activity": lambda x: compare.activity({"b": GOOD, "a": x}),
    "bures_similarity": lambda x: compare.bures_similarity(x, GOOD),
    "cca": lambda x: compare.cca(x, GOOD[..., :3]),
    "cka": lambda x: compare.cka(GOOD, x),
    "cka rbf": lambda x: compare.cka(x, GOOD, kernel="rbf"),
    "cka_matrix": lambda x: compare.cka_matrix({"a": GOOD}, {"b": x}),
    "cka_of_batches": lambda x: compare.cka_of_batches([(GOOD, GOOD), (GOOD, x)]),
    "compare_rdms": lambda x: compare.compare_rdms(np.arange(66.0), x),
    "decoded_information": lambda x: compare.decoded_information(x, LABELS, folds=3, permutations=10),
    "lifetime_sparseness": compare.lifetime_sparseness,
    "linear_separability": lambda x: compare.linear_separability(x, LABELS, folds=3),
    "minibatch_cka": lambda x: compare.minibatch_cka(x, GOOD, batch=6),
    "noise_ceiling": lambda x: compare.noise_ceiling(x, measure="procrustes"),
    "noise_precision": compare.noise_precision,
    "participation_ratio": compare.participation_ratio,
    "poisson_surrogate": compare.poisson_surrogate,
    "population_sparseness": compare.population_sparseness,
    "predictivity": lambda x: compare.predictivity(GOOD, x, folds=3),
    "procrustes": lambda x: compare.procrustes(x, GOOD, alpha=0.0),
    "pwcca": lambda x: compare.pwcca(x, GOOD[..., :3]),
    "rdm": lambda x: compare.rdm(x, "crossnobis"),
    "rdms": lambda x: compare.rdms({"a": GOOD, "b": x}),
    "readout": lambda x: compare.readout(x, LABELS, folds=3),
    "reliability": compare.reliability,
    "rsa": lambda x: compare.rsa(GOOD, x),
    "shuffled_stimuli": lambda x: compare.shuffled_stimuli({"a": x}),
    "signal_dimensionality": compare.signal_dimensionality,
    "silent_patterns": compare.silent_patterns,
    "silent_units": compare.silent_units,
    "square_rdm": compare.square_rdm,
    "stochastic_shape": lambda x: compare.stochastic_shape(x, GOOD),
    "svcca": lambda x: compare.svcca(x, GOOD),
    "unit_matching": lambda x: compare.unit_matching(x, GOOD),
}
REFUSED = {
    "no stimuli": GOOD[:0],
    "no units": GOOD[..., :0],
    "NaN": holed(np.nan),
    "infinite": holed(np.inf),
    "too large": GOOD * 1e200,
    "too small": GOOD * 1e-200,
    "objects": GOOD.astype(object),
    "complex": GOOD + 1j,
    "text": np.full((12, 5), "a"),
    "markup": "<script>alert(1)</script>",
    "dates": np.zeros((12, 5), "M8[s]"),
    "a number": np.float64(1.0),
    "nothing": None,
    "rows that differ": [[1.0, 2.0], [3.0]],
    "an empty list": [],
    "a mapping": {"a": GOOD},
    "a data set": xr.Dataset({"a": (("stimulus", "unit"), GOOD[:, 0])}),
}
TAKEN = {
    "fewer stimuli": GOOD[:11],
    "one stimulus": GOOD[:1],
    "two stimuli": GOOD[:2],
    "one unit": GOOD[..., :1],
    "all silent": np.zeros((12, 3, 5)),
    "all but one silent": np.where(np.arange(12)[:, None, None] == 0, COUNTS, 0.0),
    "one stimulus twelve times": np.repeat(GOOD[:1], 12, axis=0),
    "whole numbers": COUNTS.astype(np.uint8),
    "truth": COUNTS > 2,
    "half precision": GOOD.astype(np.float16),
    "no trials": GOOD[:, 0],
    "one trial": GOOD[:, :1],
    "one axis": GOOD[:, 0, 0],
    "four axes": np.stack([GOOD, GOOD], axis=3),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_activity_is_refused(name):
    """Each of these is an error of ours that says something, and no other."""
    for bad, x in REFUSED.items():
        with pytest.raises(IsocortexError) as told:
            CALLS[name](x)
        assert len(str(told.value)) > 10, bad


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore::compare.errors.BiasWarning")
def test_what_is_odd_gives_a_value_or_an_error_of_ours(name):
    """Odd but real activity: whoever cannot use it says so, without a warning of NumPy's."""
    for x in TAKEN.values():
        with contextlib.suppress(IsocortexError):
            CALLS[name](x)


def test_errors_name_what_is_wrong_with_an_array():
    """Which argument, what it is, what to do."""
    for x, error, message in (
        (REFUSED["rows that differ"], InvalidActivityError, "x: rows differ in length; every stimulus must have"),
        (REFUSED["a data set"], ActivityTypeError, "x: must be an array of real numbers, got Dataset"),
        (REFUSED["markup"], ActivityTypeError, "x: must hold real numbers, got str"),
        (REFUSED["complex"], ActivityTypeError, "x: must hold real numbers, got dtype complex128"),
        (REFUSED["too small"], InvalidActivityError, "e-200 are too small to be squared; rescale them"),
        (None, ActivityTypeError, "x: must hold real numbers, got NoneType"),
    ):
        with pytest.raises(error, match=message):
            compare.cka(x, GOOD)


def test_an_option_that_a_measure_lacks_is_named():
    """Where options are handed on to the measure."""
    with pytest.raises(InvalidOptionError, match="rsa: has no option 'bootstrap'; choose one of: "):
        compare.across_seeds([{"a": GOOD}] * 2, [{"b": GOOD}] * 2, bootstrap=100)
    with pytest.raises(InvalidOptionError, match="cka: has no option 'distance'"):
        compare.map_layers({"a": GOOD}, {"b": GOOD}, "cka", distance="euclidean")
    with pytest.raises(InvalidOptionError, match="method: RSA is given as an object"):
        compare.noise_ceiling(GOOD, compare.measures.RSA(), method="pearson")
