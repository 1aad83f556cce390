"""Several subjects' RDMs in one table with names."""

import numpy as np
import pytest
import xarray as xr

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, TooFewStimuliError


@pytest.fixture
def subjects():
    """Give a layer and a region before the same six stimuli, one unit and one pattern of them silent."""
    rng = np.random.default_rng(0)
    region = rng.poisson(4, size=(6, 5, 7)).astype(float)
    region[:, :, 2] = 0
    region[3] = 0
    return {"layer": rng.normal(size=(6, 4)), "V1": region}


def test_table_holds_each_subjects_rdm(subjects):
    """A row is what `rdm` gives; what was silent is counted beside it."""
    table = compare.rdms(subjects)

    assert table.dims == ("subject", "pair")
    for name, x in subjects.items():
        np.testing.assert_array_equal(table.sel(subject=name), compare.rdm(x))
    assert table.coords["silent_units"].values.tolist() == [0, 1]
    assert table.coords["silent_stimuli"].values.tolist() == [0, 1]
    assert table.coords["trials"].values.tolist() == [1, 5]
    assert table.coords["units"].values.tolist() == [4, 7]
    assert table.attrs == {"distance": "correlation", "cross_validated": 0, "stimuli": 6}


def test_table_prints_its_names(subjects):
    """In a notebook and in a terminal: subjects, counts, and which distance."""
    table = compare.rdms(subjects, "euclidean")

    for text in (repr(table), table._repr_html_()):
        for word in ("euclidean distance", "layer", "V1", "silent_units", "first", "second"):
            assert word in text


def test_square_form_has_the_stimuli_on_both_sides(subjects):
    """Names of the stimuli come with the activity; the square is symmetric, with zeros on its diagonal."""
    named = xr.DataArray(subjects["layer"], dims=("stimulus", "unit"), coords={"stimulus": list("abcdef")})
    square = compare.square_rdm(compare.rdms({"layer": named, "V1": subjects["V1"]}, "euclidean"))

    assert square.dims == ("subject", "stimulus", "other")
    assert float(square.sel(subject="layer", stimulus="b", other="e")) == compare.rdm(named, "euclidean")[7]
    np.testing.assert_array_equal(square.values, square.transpose("subject", "other", "stimulus").values)
    assert not square.values[:, range(6), range(6)].any()
    assert square.attrs["distance"] == "euclidean"
    assert "units" in square.coords
    assert square.coords["stimulus"].values.tolist() == list("abcdef")


def test_square_form_of_arrays():
    """Any number of leading axes."""
    rows = np.arange(12.0).reshape(2, 2, 3)

    assert compare.square_rdm(rows).shape == (2, 2, 3, 3)
    np.testing.assert_array_equal(compare.square_rdm(rows)[1, 0], [[0, 6, 7], [6, 0, 8], [7, 8, 0]])


def test_table_is_kept_in_a_file(subjects, tmp_path):
    """NetCDF takes it and gives it back."""
    table = compare.rdms(subjects)
    table.to_netcdf(tmp_path / "rdms.nc", engine="h5netcdf")
    with xr.open_dataarray(tmp_path / "rdms.nc", engine="h5netcdf") as again:
        xr.testing.assert_identical(again.load(), table)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: compare.rdms([1, 2]), ActivityTypeError, "must be a mapping"),
        (lambda s: compare.rdms({}), InvalidActivityError, "is empty"),
        (lambda s: compare.rdms(s, "euclidian"), InvalidOptionError, "did you mean 'euclidean'"),
        (lambda s: compare.rdms(s, "crossnobis"), TooFewStimuliError, "layer: crossnobis distance: needs"),
        (lambda s: compare.rdms({**s, "V4": s["V1"][:5]}), InvalidActivityError, "V4: has 5 stimuli, but layer has 6"),
        (lambda s: compare.rdms({"V1": s["V1"] * np.nan}), InvalidActivityError, "V1: x: 6 of 6 stimuli"),
        (lambda s: compare.rdms({"V1": [["a"], ["b"]]}), ActivityTypeError, "V1: x: must hold real numbers"),
        (lambda s: compare.square_rdm(np.ones(4)), InvalidActivityError, "must end in"),
        (lambda s: compare.square_rdm(3.0), InvalidActivityError, "must end in"),
    ],
)
def test_what_makes_no_table_is_named(subjects, call, error, message):
    """Each kind of bad input has its error, with the subject's name."""
    with pytest.raises(error, match=message):
        call(subjects)
