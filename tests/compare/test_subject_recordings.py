"""Recordings as subjects: xarray, netCDF and npz, by the names of their axes or by shape."""

import numpy as np
import pytest
import xarray as xr

import compare
from compare.errors import (
    ActivityTypeError,
    DataFileError,
    InvalidActivityError,
    InvalidOptionError,
    MissingFileError,
    UnreadableFileError,
)

RNG = np.random.default_rng(0)
V1 = RNG.normal(size=(6, 3, 5))
IT = RNG.normal(size=(6, 3, 4))


def dataset():
    """Two regions whose axes stand in any order, and what is no region."""
    return xr.Dataset(
        {
            "V1": (("stimulus", "trial", "v1"), V1),
            "IT": (("it", "trial", "stimulus"), IT.transpose(2, 1, 0)),
            "contrast": (("stimulus",), np.ones(6)),
            "shape": (("stimulus", "word"), np.array([["a"]] * 6)),
            "atlas": (("v1", "it"), np.ones((5, 4))),
        }
    )


@pytest.mark.parametrize("kept", ["memory", "netcdf"])
@pytest.mark.parametrize("chunk", [None, 4])
def test_axes_are_found_by_name(tmp_path, kept, chunk):
    """In memory and in a file, whole and in chunks; what has no stimuli is no region."""
    subject = dataset()
    if kept == "netcdf":
        subject.to_netcdf(tmp_path / "data.nc", engine="h5netcdf")
        subject = tmp_path / "data.nc"
    found = compare.activity(subject, chunk=chunk)

    assert list(found) == ["V1", "IT"]
    np.testing.assert_array_equal(found["V1"], V1)
    np.testing.assert_array_equal(found["IT"], IT)


@pytest.mark.parametrize(
    ("stimulus", "trial"), [("presentation", "repetition"), ("image", "trial"), ("stimuli", "repeats")]
)
def test_axes_have_other_names_too(tmp_path, stimulus, trial):
    """What other tools call them, units in front as some write them; in a file, and in any measure."""
    axes = {"stimulus": stimulus, "trial": trial}
    other = dataset()[["V1", "IT"]].rename({**axes, "v1": "neuroid"}).transpose("neuroid", ...)
    other.to_netcdf(tmp_path / "data.nc", engine="h5netcdf")

    for subject in (other, tmp_path / "data.nc"):
        np.testing.assert_array_equal(compare.activity(subject, chunk=4)["V1"], V1)
    assert compare.cka(other["V1"], other["IT"]) == compare.cka(V1, IT)


def test_axes_without_names_go_by_shape():
    """Two are (stimulus, unit), three (stimulus, trial, unit)."""
    found = compare.activity(xr.Dataset({"a": (("x", "y"), V1[:, 0]), "b": (("x", "z", "w"), IT)}))

    assert {name: array.shape for name, array in found.items()} == {"a": (6, 1, 5), "b": (6, 3, 4)}


def test_an_array_is_one_region_or_divided_by_its_coordinate():
    """Units that say their region; in the order in which regions come."""
    whole = xr.DataArray(np.concatenate([V1, IT], axis=2), dims=("stimulus", "trial", "unit"), name="probe")

    np.testing.assert_array_equal(compare.activity(whole)["probe"], whole)
    found = compare.activity(whole.assign_coords(region=("unit", ["V1"] * 5 + ["IT"] * 4)))
    assert list(found) == ["V1", "IT"]
    np.testing.assert_array_equal(found["IT"], IT)
    assert list(compare.activity(whole.rename(None))) == ["activity"]


def test_npz_arrays_are_regions(tmp_path):
    """In the order of the file; layers= chooses."""
    np.savez(tmp_path / "data.npz", V1=V1, IT=IT)

    found = compare.activity(tmp_path / "data.npz")
    assert list(found) == ["V1", "IT"]
    np.testing.assert_array_equal(found["IT"], IT)
    assert list(compare.activity(str(tmp_path / "data.npz"), layers="IT")) == ["IT"]


def test_recordings_of_brainsim_are_known_by_their_files(tmp_path):
    """The file that `Recording.save` wrote gives what the recording gives."""
    import brainsim
    from brainsim import Brain, Population, Region

    brain = Brain("small", regions=[Region("retina", [Population("ON", brainsim.Poisson(), shape=(4, 4))])],
                  inputs={"retina": brainsim.Retina()})  # fmt: skip
    recording = brainsim.simulate(brain, np.full((3, 4, 4, 1), 0.5), duration=20, trials=2, seed=1)
    recording.save(tmp_path / "recording.nc")

    expected = compare.activity(recording)
    found = compare.activity(tmp_path / "recording.nc")
    assert list(found) == list(expected) == ["retina"]
    np.testing.assert_array_equal(found["retina"], expected["retina"])


def test_a_brain_in_chunks_is_the_same_brain():
    """Noise follows the number of the stimulus, not the chunk."""
    import brainsim
    from brainsim import Brain, Population, Region

    brain = Brain("small", regions=[Region("retina", [Population("ON", brainsim.Poisson(), shape=(4, 4))])],
                  inputs={"retina": brainsim.Retina()})  # fmt: skip
    images = RNG.uniform(size=(5, 4, 4, 1))
    whole = compare.activity(brain, images, duration=20, trials=2)
    parts = compare.activity(brain, images, duration=20, trials=2, chunk=2)
    by_region = compare.activity(brain, {"retina": images}, duration=20, trials=2, chunk=2)

    np.testing.assert_array_equal(parts["retina"], whole["retina"])
    np.testing.assert_array_equal(by_region["retina"], whole["retina"])


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n nothing", b"CDF\x01" + bytes(40)])
def test_foreign_netcdf_is_refused(tmp_path, content):
    """Empty, a picture, and netCDF-3."""
    path = tmp_path / "data.nc"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r"data\.nc: not readable as netCDF-4"):
        compare.activity(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_netcdf_is_refused(tmp_path, share):
    """Wherever it ends."""
    path = tmp_path / "data.nc"
    xr.Dataset({"V1": (("stimulus", "unit"), RNG.normal(size=(50, 200)))}).to_netcdf(path, engine="h5netcdf")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataFileError, match=r"data\.nc: "):
        compare.activity(path)


def test_numbers_that_lie_elsewhere_are_refused(tmp_path):
    """Links to other files, external and virtual arrays: a file from a stranger reads nothing of ours."""
    import h5py

    (tmp_path / "secret").write_bytes(bytes(range(64)))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones((4, 2))
    with h5py.File(tmp_path / "link.nc", "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")
    with h5py.File(tmp_path / "external.nc", "w") as file:
        file.create_dataset("x", (4, 2), "f8", external=[(str(tmp_path / "secret"), 0, 64)])
    with h5py.File(tmp_path / "virtual.nc", "w") as file:
        layout = h5py.VirtualLayout((4, 2), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", shape=(4, 2))
        file.create_virtual_dataset("x", layout)

    with pytest.raises(DataFileError, match="'x' is a link to somewhere else"):
        compare.activity(tmp_path / "link.nc")
    for name in ("external", "virtual"):
        with pytest.raises(DataFileError, match="numbers of 'x' lie in other files"):
            compare.activity(tmp_path / f"{name}.nc")


def test_npz_is_never_unpickled(tmp_path):
    """Objects, truncation and foreign content are refused."""
    np.savez(tmp_path / "objects.npz", V1=np.array([{"a": 1}, None], dtype=object))
    np.savez(tmp_path / "cut.npz", V1=V1)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "cut.npz").read_bytes()[:-40])
    (tmp_path / "foreign.npz").write_bytes(b"nothing")
    for name in ("objects", "cut", "foreign"):
        with pytest.raises(UnreadableFileError, match=rf"{name}\.npz"):
            compare.activity(tmp_path / f"{name}.npz")


@pytest.mark.parametrize(
    ("subject", "error", "message"),
    [
        (lambda: xr.Dataset({"a": (("x",), np.ones(3))}), InvalidActivityError, "no numbers with an axis of stimuli"),
        (
            lambda: xr.Dataset({"a": (("x", "u"), np.ones((3, 2))), "b": (("y", "u"), np.ones((4, 2)))}),
            InvalidActivityError,
            r"recording\['b'\]: has 4 stimuli, but recording\['a'\] has 3",
        ),
        (
            lambda: xr.Dataset(
                {"a": (("stimulus", "u"), np.ones((3, 2))), "b": (("stimulus", "v"), np.ones((3, 1)))},
                coords={"region": ("u", ["b", "c"])},
            ),
            InvalidActivityError,
            "two regions are called 'b'",
        ),
        (
            lambda: xr.Dataset({"a": (("stimulus", "u"), [[1.0, np.nan], [1, 2]])}),
            InvalidActivityError,
            r"recording\['a'\]: 1 of 2 stimuli hold NaN or infinite values, the first is number 0",
        ),
        (lambda: "brain.pth", ActivityTypeError, r"install torch \(pip install 'isocortex\[torch\]'\)"),
        (lambda: "brain.mat", ActivityTypeError, "neither a network"),
        (lambda: "images.npy", ActivityTypeError, "holds an array without a name; numpy.load it"),
        (lambda: ".", MissingFileError, "pictures are read into an array first"),
        (lambda: "none.nc", MissingFileError, "no such file"),
    ],
)
def test_recordings_that_cannot_be_compared_are_named(subject, error, message):
    """Each has its error."""
    with pytest.raises(error, match=message):
        compare.activity(subject())


def test_a_map_of_layers_is_no_activity(tmp_path):
    """A file that `LayerMap.save` wrote leads to what reads it."""
    xr.Dataset({"similarity": (("layer", "region"), np.ones((2, 2)))}, attrs={"layer_map": "{}"}).to_netcdf(
        tmp_path / "map.nc", engine="h5netcdf"
    )
    with pytest.raises(ActivityTypeError, match=r"map of layers onto regions, no activity; compare\.LayerMap\.load"):
        compare.activity(tmp_path / "map.nc")


def test_options_of_other_kinds_are_refused(tmp_path):
    """A layout of a recording, a duration of a mapping, a region that is not there."""
    np.savez(tmp_path / "data.npz", V1=V1)
    with pytest.raises(InvalidOptionError, match="layout: is an option of torch modules"):
        compare.activity(tmp_path / "data.npz", layout="as given")
    with pytest.raises(InvalidOptionError, match="layout: is an option of torch modules"):
        compare.activity(dataset(), layout="as given")
    with pytest.raises(InvalidOptionError, match="'duration' is an option of a simulated brain"):
        compare.activity(dataset(), duration=3)
    for subject in (tmp_path / "data.npz", dataset(), {"V1": V1}):
        with pytest.raises(InvalidOptionError, match="layers: there is no 'V2'; choose one of"):
            compare.activity(subject, layers="V2")


def test_a_stimulus_that_is_bad_is_counted_from_the_first_chunk(tmp_path):
    """The message says where the chunk begins."""
    bad = V1.copy()
    bad[4, 0, 0] = np.inf

    with pytest.raises(InvalidActivityError, match=r"the first is number 0.*\(counted from number 4\)"):
        compare.activity({"V1": bad}, chunk=2, out=tmp_path / "kept")


def test_stimuli_are_held_against_the_recording(tmp_path):
    """As many must be given as were seen, if any are given."""
    np.savez(tmp_path / "data.npz", V1=V1)
    for subject in (tmp_path / "data.npz", dataset(), {"V1": V1}):
        assert len(compare.activity(subject, np.ones((6, 8, 8, 1)))["V1"]) == 6
        with pytest.raises(InvalidActivityError, match="was recorded for 6 stimuli, but 7 are given"):
            compare.activity(subject, np.ones((7, 8, 8, 1)))
